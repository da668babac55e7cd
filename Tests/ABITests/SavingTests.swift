import CDescent
import DescentABI
import XCTest

/// The functions that save and load, as a C program calls them.
final class SavingTests: XCTestCase {
  private typealias Size = (OpaquePointer?, UnsafeMutablePointer<Int>?) -> descent_status
  private typealias Save = (OpaquePointer?, UnsafeMutableRawPointer?, Int, UnsafeMutablePointer<Int>?) -> descent_status

  private func bytes(_ handle: OpaquePointer?, _ size: Size, _ save: Save) -> [UInt8] {
    var (count, written) = (-1, -1)
    assertOK(size(handle, &count))
    var bytes = [UInt8](repeating: 0xaa, count: count + 8)
    assertOK(save(handle, &bytes, count + 8, &written))
    XCTAssertEqual(written, count)
    XCTAssertEqual(Array(bytes[count...]), [UInt8](repeating: 0xaa, count: 8), "behind its end")
    return Array(bytes[..<count])
  }

  private func saved(optimizer: OpaquePointer?) -> [UInt8] {
    bytes(optimizer, descent_optimizer_save_size, descent_optimizer_save)
  }
  private func saved(sampler: OpaquePointer?) -> [UInt8] {
    bytes(sampler, descent_sampler_save_size, descent_sampler_save)
  }
  private func saved(classifier: OpaquePointer?) -> [UInt8] {
    bytes(classifier, descent_classifier_save_size, descent_classifier_save)
  }

  func testEverythingIsTheSameAgain() {
    let caller = Caller()
    for optimizer in [caller.fresh, caller.stepped, caller.trainer] {
      let bytes = saved(optimizer: optimizer)
      var loaded: OpaquePointer?
      assertOK(descent_optimizer_load(bytes, bytes.count, &loaded))
      XCTAssertEqual(saved(optimizer: loaded), bytes)
      XCTAssertEqual(descent_optimizer_algorithm(loaded), descent_optimizer_algorithm(optimizer))
      XCTAssertEqual(descent_optimizer_step_count(loaded), descent_optimizer_step_count(optimizer))
      descent_optimizer_free(loaded)
    }
    let bytes = saved(classifier: caller.classifier)
    var loaded: OpaquePointer?
    assertOK(descent_classifier_load(bytes, bytes.count, &loaded))
    XCTAssertEqual(saved(classifier: loaded), bytes)
    descent_classifier_free(loaded)
  }

  func testSampler() {
    var sampler: OpaquePointer?
    assertOK(descent_sampler_create(10, 3, Int32(DESCENT_SAMPLE_SHUFFLE.rawValue), nil, 5, &sampler))
    var (indices, count) = ([Int](repeating: 0, count: 3), 0)
    for _ in 0..<6 { assertOK(descent_sampler_next(sampler, &indices, &count)) }
    let bytes = saved(sampler: sampler)
    var loaded: OpaquePointer?
    assertOK(descent_sampler_load(bytes, bytes.count, &loaded))
    for _ in 0..<10 {
      assertOK(descent_sampler_next(sampler, &indices, &count))
      let expected = Array(indices[..<count])
      assertOK(descent_sampler_next(loaded, &indices, &count))
      XCTAssertEqual(Array(indices[..<count]), expected)
    }
    descent_sampler_free(sampler)
    descent_sampler_free(loaded)
  }

  /// A fit that saves itself in its callback; each checkpoint, resumed, ends with the bytes of the whole.
  func testCheckpointsOfAFit() {
    final class Checkpoints {
      var (classifier, optimizer): (OpaquePointer?, OpaquePointer?)
      var saved: [(classifier: [UInt8], optimizer: [UInt8])] = []
      var stopAt: UInt64 = 0
      var save: () -> (classifier: [UInt8], optimizer: [UInt8]) = { ([], []) }
    }
    let checkpoints = Checkpoints()
    let callback: descent_progress = { report, context in
      let checkpoints = Unmanaged<Checkpoints>.fromOpaque(context!).takeUnretainedValue()
      checkpoints.saved.append(checkpoints.save())
      return report!.pointee.step == checkpoints.stopAt ? 1 : 0
    }
    let context = Unmanaged.passUnretained(checkpoints).toOpaque()
    let caller = Caller()
    let optimizer = makeOptimizer(DESCENT_ADAM, [DESCENT_TRACK_HEALTH: 1])
    defer { descent_optimizer_free(optimizer) }
    checkpoints.save = { (self.saved(classifier: caller.classifier), self.saved(optimizer: optimizer)) }
    withUnsafePointer(to: caller.data) { data in
      withUnsafePointer(to: caller.options { $0.epochs = 3 }) { options in
        assertOK(descent_classifier_fit(caller.classifier, optimizer, data, options, callback, context))
        XCTAssertEqual(checkpoints.saved.count, 9)
        let whole = checkpoints.saved[8]
        for checkpoint in checkpoints.saved {
          var (classifier, optimizer): (OpaquePointer?, OpaquePointer?)
          assertOK(descent_classifier_load(checkpoint.classifier, checkpoint.classifier.count, &classifier))
          assertOK(descent_optimizer_load(checkpoint.optimizer, checkpoint.optimizer.count, &optimizer))
          checkpoints.save = { (self.saved(classifier: classifier), self.saved(optimizer: optimizer)) }
          // Stopped once more on the way.
          checkpoints.stopAt = 7
          let status = descent_classifier_resume(classifier, optimizer, data, options, callback, context)
          checkpoints.stopAt = 0
          if status == DESCENT_ERROR_CANCELLED {
            assertOK(descent_classifier_resume(classifier, optimizer, data, options, callback, context))
          } else {
            XCTAssertEqual(status, DESCENT_OK)
          }
          XCTAssertEqual(saved(classifier: classifier), whole.classifier)
          XCTAssertEqual(saved(optimizer: optimizer), whole.optimizer)
          descent_classifier_free(classifier)
          descent_optimizer_free(optimizer)
        }
      }
    }
  }

  func testChecksum() {
    XCTAssertEqual(descent_checksum("123456789", 9), 0x995d_c9bb_df19_39fa)
    XCTAssertEqual(descent_checksum(nil, 9), 0)
    XCTAssertEqual(descent_checksum("1", 0), 0)
    let caller = Caller()
    let bytes = withExtendedLifetime(caller) { saved(optimizer: caller.stepped) }
    let stored = bytes.suffix(8).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    XCTAssertEqual(descent_checksum(bytes, bytes.count - 8), stored)
  }

  func testRefusals() {
    let caller = Caller()
    let buffer = caller.makeBlock("buffer", bytes: 4096)
    let size = caller.makeBlock("size", [-7])
    let out = caller.makeBlock("out", [OpaquePointer(bitPattern: 64)])
    let optimizer = saved(optimizer: caller.stepped)
    let place = caller.makeBlock("bytes", optimizer)
    let count = optimizer.count
    let (null, invalid) = (DESCENT_ERROR_NULL_POINTER, DESCENT_ERROR_INVALID_ARGUMENT)
    let corrupt = DESCENT_ERROR_CORRUPT_STATE
    assertRefused(
      [
        Refusal(null, "optimizer is NULL") { descent_optimizer_save_size(nil, size) },
        Refusal(null, "bytes is NULL") { descent_optimizer_save_size(caller.stepped, nil) },
        Refusal(null, "optimizer is NULL") { descent_optimizer_save(nil, buffer, 4096, size) },
        Refusal(null, "buffer is NULL") { descent_optimizer_save(caller.stepped, nil, 4096, size) },
        Refusal(null, "written is NULL") { descent_optimizer_save(caller.stepped, buffer, 4096, nil) },
        Refusal(invalid, "capacity: \(count - 1) bytes, but \(count) are needed") {
          descent_optimizer_save(caller.stepped, buffer, count - 1, size)
        },
        Refusal(null, "buffer is NULL") { descent_optimizer_load(nil, 100, out) },
        Refusal(null, "out is NULL") { descent_optimizer_load(place, count, nil) },
        Refusal(corrupt, "buffer: too short: 0 bytes") { descent_optimizer_load(place, 0, out) },
        Refusal(corrupt, "buffer: \(count - 1) bytes, but \(count) were saved") {
          descent_optimizer_load(place, count - 1, out)
        },
        Refusal(corrupt, "buffer: 18446744073709551615 bytes, but \(count) were saved") {
          descent_optimizer_load(place, -1, out)
        },
        Refusal(corrupt, "buffer: nothing that libdescent saved") { descent_optimizer_load(buffer, 4096, out) },
        Refusal(corrupt, "buffer: an optimizer was saved here, not a classifier") {
          descent_classifier_load(place, count, out)
        },
        Refusal(corrupt, "buffer: an optimizer was saved here, not a sampler") {
          descent_sampler_load(place, count, out)
        },
        Refusal(null, "classifier is NULL") { descent_classifier_save_size(nil, size) },
        Refusal(null, "classifier is NULL") { descent_classifier_save(nil, buffer, 4096, size) },
        Refusal(null, "bytes is NULL") { descent_classifier_save_size(caller.classifier, nil) },
        Refusal(invalid, "capacity: 10 bytes, but ") { descent_classifier_save(caller.classifier, buffer, 10, size) },
        Refusal(null, "sampler is NULL") { descent_sampler_save_size(nil, size) },
        Refusal(null, "sampler is NULL") { descent_sampler_save(nil, buffer, 4096, size) },
        Refusal(null, "buffer is NULL") { descent_sampler_load(nil, 4, out) },
        Refusal(null, "out is NULL") { descent_classifier_load(place, count, nil) },
      ], caller)
  }

  func testRefusalsOfResuming() {
    let caller = Caller()
    var unfitted: OpaquePointer?
    assertOK(descent_classifier_create(Caller.dimension, Caller.classes, DESCENT_MULTICLASS_HINGE, &unfitted))
    defer { descent_classifier_free(unfitted) }
    func resume(
      _ classifier: OpaquePointer?, _ optimizer: OpaquePointer?,
      _ change: @escaping (inout descent_fit_options) -> Void = { _ in }
    ) -> () -> descent_status {
      {
        withUnsafePointer(to: caller.data) { data in
          withUnsafePointer(to: caller.options(change)) { options in
            descent_classifier_resume(classifier, optimizer, data, options, nil, nil)
          }
        }
      }
    }
    let (null, invalid) = (DESCENT_ERROR_NULL_POINTER, DESCENT_ERROR_INVALID_ARGUMENT)
    assertRefused(
      [
        Refusal(null, "classifier is NULL", resume(nil, caller.trainer)),
        Refusal(null, "optimizer is NULL", resume(caller.classifier, nil)),
        Refusal(invalid, "classifier: there was no fit that could go on", resume(unfitted, caller.fresh)),
        Refusal(
          invalid, "options: seed: 1, but the fit that is to go on has 0",
          resume(caller.classifier, caller.trainer) { $0.seed = 1 }),
        Refusal(
          invalid, "options: batch_size: 2, but the fit that is to go on has 3",
          resume(caller.classifier, caller.trainer) { $0.batch_size = 2 }),
        Refusal(
          invalid, "options: sampling: 3, but the fit that is to go on has 1",
          resume(caller.classifier, caller.trainer) { $0.sampling = 3 }),
        Refusal(
          invalid, "options: epochs: 9, but the fit that is to go on has begun epoch 10",
          resume(caller.classifier, caller.trainer) { $0.epochs = 9 }),
        Refusal(invalid, "options: struct_size is 3", resume(caller.classifier, caller.trainer) { $0.struct_size = 3 }),
        Refusal(
          invalid, "optimizer: has made 2 steps, but 30 when the fit that is to go on made its last one",
          resume(caller.classifier, caller.stepped)),
      ], caller)
    // With all of it right there is nothing to do.
    let before = saved(classifier: caller.classifier)
    assertOK(resume(caller.classifier, caller.trainer)())
    XCTAssertEqual(saved(classifier: caller.classifier), before)
  }
}
