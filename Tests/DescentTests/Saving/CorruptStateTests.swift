import struct TestSupport.SeededRandom
import XCTest

@testable import Descent

/// Bytes that were not saved so: each is refused with a reason, and nothing that is believed does harm.
final class CorruptStateTests: XCTestCase {
  private func makeOptimizer() throws -> OptimizerBench {
    let bench = try OptimizerBench(
      "rmsprop", ["centered": 1, "track_health": 1, "schedule": 8],
      tensors: [BenchTensor([1, 2, 3]), BenchTensor([4], type: .float32, group: 6)])
    try bench.set("learning_rate", 0.5, group: 4)
    try bench.set("momentum_decay", 0.5, group: 6)
    for _ in 0..<3 { try bench.step([[1, -1, 0], [2]]) }
    return bench
  }

  private func makeClassifier(_ samples: TestSamples) throws -> LinearModel {
    let classifier = try LinearReference(.multiclassHinge, dimension: 2, classes: 2).makeClassifier()
    var optimizer = try Optimizer.named("sgd")
    try classifier.fit(
      samples.dataset, with: &optimizer, FitOptions(epochs: 2, batchSize: 3, sampling: 1, seed: 0), isWatched: true
    ) { _ in false }
    return classifier
  }

  private let samples = TestSamples(7, dimension: 2, classes: 2)

  private func checkLengths<Value: Savable & ~Copyable>(_ saved: SavedBytes, as type: Value.Type) {
    for count in 0..<saved.bytes.count {
      var short = saved
      short.bytes.removeLast(saved.bytes.count - count)
      let reason =
        count < 32
        ? "too short: \(count) bytes, but nothing that was saved has less than 32"
        : "\(count) bytes, but \(saved.bytes.count) were saved: cut off, or not at its end"
      assertCorrupt(short, as: type, reason)
      if count < 32 { continue }
      // Cut off and sealed: it ends too early, unless what is missing is a whole entry that need not be there.
      if saved.beginsEntry(at: count - SavedFrame.checksumSize) { continue }
      short.seal()
      assertCorrupt(short, as: type)
    }
    for extra in [1, 8, 100] {
      var long = saved
      long.bytes += [UInt8](repeating: 0, count: extra)
      let reason = "\(long.bytes.count) bytes, but \(saved.bytes.count) were saved: cut off, or not at its end"
      assertCorrupt(long, as: type, reason)
      long.seal()
      assertCorrupt(long, as: type)
    }
  }

  func testEveryTruncationAndEveryLongerOne() throws {
    checkLengths(try SavedBytes(of: makeOptimizer().optimizer), as: Optimizer.self)
    checkLengths(try SavedBytes(of: makeClassifier(samples)), as: LinearModel.self)
    for mode in [Sampling.shuffle, .replacement, .stratified, .weighted] {
      checkLengths(try SavedBytes(of: SavedSamplerTests.make(mode)), as: Sampler.self)
    }
  }

  private func checkBits<Value: Savable & ~Copyable>(_ saved: SavedBytes, as type: Value.Type) {
    var flipped = saved
    for bit in 0..<saved.bytes.count * 8 {
      flipped.bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      assertCorrupt(flipped, as: type)
      flipped.bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
  }

  func testEverySingleBit() throws {
    checkBits(try SavedBytes(of: makeOptimizer().optimizer), as: Optimizer.self)
    checkBits(try SavedBytes(of: makeClassifier(samples)), as: LinearModel.self)
    for mode in [Sampling.replacement, .stratified, .weighted] {
      checkBits(try SavedBytes(of: SavedSamplerTests.make(mode)), as: Sampler.self)
    }
  }

  func testForeignBytes() throws {
    let saved = try SavedBytes(of: makeOptimizer().optimizer)
    assertCorrupt(
      saved.altered { $0.bytes[0] = 0x92 }, as: Optimizer.self,
      "nothing that libdescent saved: the first bytes are not \\x93DESCENT")
    assertCorrupt(
      saved.altered { $0.bytes[8] = 3 }, as: Optimizer.self,
      "format version 3, but this version of the library reads 1 to 2 only")
    assertCorrupt(
      saved.altered { $0.bytes[12] = 64 }, as: Optimizer.self,
      "something of an unknown kind, 64, was saved here, not an optimizer")
    assertCorrupt(saved, as: Sampler.self, "an optimizer was saved here, not a sampler")
    assertCorrupt(
      try SavedBytes(of: makeClassifier(samples)), as: Optimizer.self, "a classifier was saved here, not an optimizer")
    assertCorrupt(
      try SavedBytes(of: SavedSamplerTests.make(.shuffle)), as: LinearModel.self,
      "a sampler was saved here, not a classifier")
    var altered = saved
    altered.bytes[100] ^= 4
    assertCorrupt(altered, as: Optimizer.self, "checksum mismatch: the bytes were altered")
    // Two errors that a sum would not see.
    altered = saved
    altered.bytes.swapAt(200, 208)
    if altered != saved {
      assertCorrupt(altered, as: Optimizer.self, "checksum mismatch: the bytes were altered")
    }
  }

  /// Whatever size is promised, only what is there counts.
  func testPromisedSizes() throws {
    let saved = try SavedBytes(of: makeOptimizer().optimizer)
    for size in [0, 1, 31, 32, 1 << 32, 1 << 60, 1 << 63, .max] as [UInt64] {
      var promising = saved
      promising.write(size, at: 16)
      assertCorrupt(
        promising, as: Optimizer.self,
        "\(saved.bytes.count) bytes, but \(size) were saved: cut off, or not at its end")
    }
    // The caller may say so, too: then the bytes before the promised end are not looked at.
    for size in [1 << 63, .max] as [UInt] {
      var promising = saved
      promising.write(UInt64(size), at: 16)
      promising.bytes.withUnsafeBytes { bytes in
        do throws(Failure) {
          _ = try Optimizer.load(bytes.baseAddress!, size: size)
          XCTFail("size \(size)")
        } catch {
          XCTAssertEqual(error.kind, .corruptState)
        }
      }
    }
  }

  func testWrongValuesOfAnOptimizer() throws {
    let saved = try SavedBytes(of: makeOptimizer().optimizer)
    func check(_ name: String, _ value: UInt64, _ reason: String, line: UInt = #line) {
      assertCorrupt(saved.altered { $0[name] = value }, as: Optimizer.self, reason, line: line)
    }
    func check(_ name: String, real value: Double, _ reason: String, line: UInt = #line) {
      check(name, value.bitPattern, reason, line: line)
    }
    check("algorithm", 0, "algorithm: there is no algorithm 0")
    check("algorithm", 77, "algorithm: there is no algorithm 77")
    check("algorithm", 1 << 31, "algorithm: -2147483648 is below 0")
    check("algorithm", 1, "options_set[2]: sgd has no option centered")
    check("step_count", UInt64.max, "step_count: 18446744073709551615 is above 4611686018427387904")
    check("plateau.reports", 1 << 63, "plateau.reports: 9223372036854775808 is above 4611686018427387904")
    check("health.step", 4, "health.step: 4 is above 3")
    check("health.clipped_steps", .max, "health.clipped_steps: 18446744073709551615 is above 4611686018427387904")
    check("options.dialect", real: 4.0, "dialect: 4 is not a whole number in [0, 3]")
    check("options.dialect", real: 0.5, "dialect: 0.5 is not a whole number in [0, 3]")
    check("options_set", 99, "option: there is no option 99")
    check("options_set", 3, "options_set[0]: rmsprop has no option beta1")
    check("options.learning_rate", real: -1.0, "learning_rate: -1 is outside [0, inf)")
    check("options.learning_rate", real: Double.nan, "learning_rate: nan is outside [0, inf)")
    check("options.momentum_decay", real: 1.0, "momentum_decay: 1 is outside [0, 1)")
    check("group.4.learning_rate", real: -1.0, "learning_rate: -1 is outside [0, inf)")
    check("groups", 0 | 6 << 32, "group: 0 comes after 0")
    check("groups", 6 | 6 << 32, "group: 6 comes after 6")
    check("groups", 5 | 6 << 32, "group 5: has no options")
    check("tensors", 1 << 60, "tensors: 1152921504606846976 is above \(saved.names.count)")
    check("tensors", 0, "step_count: 3, but there are no tensors")
    check("tensors", 3, "tensor.2.rows: is missing")
    check("tensor.0.rows", 0, "tensor.0.mean_square: is 1 x 3 numbers of float64, not 0 x 3 numbers of float64")
    check("tensor.0.rows", 2, "tensor.0.mean_square: is 1 x 3 numbers of float64, not 2 x 3 numbers of float64")
    check("tensor.0.rows", 1 << 60, "tensor 0: rows * columns: 1152921504606846976 * 3 elements of float64 overflow")
    check("tensor.0.rows", 1 << 62, "tensor 0: rows * columns: 4611686018427387904 * 3 elements of float64 overflow")
    check(
      "tensor.0.dtype", 3,
      "tensor 0: dtype: 3 is none of DESCENT_FLOAT32 (1), FLOAT64 (2), FLOAT16 (4) and BFLOAT16 (5)")
    check("tensor.0.dtype", 1, "tensor.0.mean_square: is 1 x 3 numbers of float64, not 1 x 3 numbers of float32")
  }

  func testEntriesThatAreNone() throws {
    let saved = try SavedBytes(of: makeOptimizer().optimizer)
    func check(_ reason: String, line: UInt = #line, _ change: (inout SavedBytes) -> Void) {
      assertCorrupt(saved.altered(change), as: Optimizer.self, reason, line: line)
    }
    check("step_count: is there twice") { $0.repeatEntry("step_count") }
    check("tensor.0.beta: is nothing that this version of the library knows there") {
      $0.repeatEntry("tensor.0.rows", as: "tensor.0.beta")
    }
    let place = saved.bytes.firstRange(of: Array("step_count".utf8))!.lowerBound - 8
    check("the entry at byte \(place) is none") { $0[header: "step_count", 0] = 20 | 10 << 16 }
    check("the entry at byte \(place) is none") { $0[header: "step_count", 0] = 19 | 3 << 8 | 10 << 16 }
    check("the entry at byte \(place) is none") { $0[header: "step_count", 0] = 19 | 10 << 16 | 1 << 32 }
    check("the entry at byte \(place) has a name that does not end where it should") {
      $0[header: "step_count", 0] = 19 | 9 << 16
    }
    // What an earlier version of the library did not have.
    func isNew(_ name: String) -> Bool {
      ["health.state_not_finite", "plateau.cooldown"].contains(name)
        || name.hasPrefix("options.") && name != "options.dialect"
    }
    for name in saved.names where !isNew(name) {
      var without = saved
      without.remove(name)
      without.seal()
      assertCorrupt(without, as: Optimizer.self)
    }
    let loaded = try saved.altered {
      $0.remove("options.clip_norm")
      $0.remove("health.state_not_finite")
    }.load(as: Optimizer.self)
    XCTAssertEqual(try loaded.value(of: Option.find(21)), 0)
    XCTAssertEqual(loaded.health.stateNotFinite, 0)
  }

  /// Arrays that promise more than there is.
  func testPromisedNumbers() throws {
    let saved = try SavedBytes(of: makeOptimizer().optimizer)
    for (word, size) in [(1, 1 << 20), (1, 1 << 62), (2, 1 << 40), (2, .max), (1, .max)] as [(Int, UInt64)] {
      assertCorrupt(
        saved.altered { $0[header: "tensor.0.mean_square", word] = size }, as: Optimizer.self,
        "tensor.0.mean_square: it ends in the midst of its numbers")
    }
  }
}

/// Fails unless these bytes are refused as corrupt, for whatever reason.
private func assertCorrupt<Value: Savable & ~Copyable>(
  _ saved: SavedBytes, as type: Value.Type, file: StaticString = #filePath, line: UInt = #line
) {
  do throws(Failure) {
    _ = try saved.load(as: type)
    XCTFail("they were loaded", file: file, line: line)
  } catch {
    XCTAssertEqual(error.kind, .corruptState, file: file, line: line)
    XCTAssert(error.message.text.hasPrefix("buffer: "), error.message.text, file: file, line: line)
  }
}
