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

  private func makeClassifier(_ samples: TestSamples) throws -> LinearClassifier {
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
      // Cut off and sealed: the content ends too early.
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
    checkLengths(try SavedBytes(of: makeClassifier(samples)), as: LinearClassifier.self)
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
    checkBits(try SavedBytes(of: makeClassifier(samples)), as: LinearClassifier.self)
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
      saved.altered { $0.bytes[8] = 2 }, as: Optimizer.self,
      "format version 2, but this version of the library reads 1 only")
    assertCorrupt(
      saved.altered { $0.bytes[12] = 64 }, as: Optimizer.self,
      "something of an unknown kind, 64, was saved here, not an optimizer")
    assertCorrupt(saved, as: Sampler.self, "an optimizer was saved here, not a sampler")
    assertCorrupt(
      try SavedBytes(of: makeClassifier(samples)), as: Optimizer.self, "a classifier was saved here, not an optimizer")
    assertCorrupt(
      try SavedBytes(of: SavedSamplerTests.make(.shuffle)), as: LinearClassifier.self,
      "a sampler was saved here, not a classifier")
    var altered = saved
    altered.bytes[100] ^= 4
    assertCorrupt(altered, as: Optimizer.self, "the checksum is another one: the bytes were altered")
    // Two errors that a sum would not see.
    altered = saved
    altered.bytes.swapAt(200, 208)
    if altered != saved {
      assertCorrupt(altered, as: Optimizer.self, "the checksum is another one: the bytes were altered")
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
    let end = saved.bytes.count - 8
    func check(word: Int, _ value: UInt64, _ reason: String, line: UInt = #line) {
      assertCorrupt(saved.altered { $0[word: word] = value }, as: Optimizer.self, reason, line: line)
    }
    check(word: 0, 0, "algorithm: there is no algorithm 0")
    check(word: 0, 77, "algorithm: there is no algorithm 77")
    check(word: 0, 1 << 33, "algorithm: 8589934592 is above 2147483647")
    check(word: 0, 6, "options that adam does not have in this version of the library")
    check(word: 1, .max, "step_count: 18446744073709551615 is above 4611686018427387904")
    check(word: 4, 1 << 63, "reports without progress: 9223372036854775808 is above 4611686018427387904")
    check(word: 5, 4, "step of the health record: 4 is above 3")
    check(word: 12, .max, "clipped_steps: 18446744073709551615 is above 4611686018427387904")
    check(word: 15, (4.0).bitPattern, "dialect: 4 is not a whole number in [0, 3]")
    check(word: 15, (0.5).bitPattern, "dialect: 0.5 is not a whole number in [0, 3]")
    check(word: 15, (1.0).bitPattern, "dialect: stated twice")
    check(word: 16, 1 << 63, "options that rmsprop does not have in this version of the library")
    check(word: 17, 1 << 60, "the content is longer than the \(end) bytes before its checksum")
    check(word: 18, 0, "option: 0 comes after 0")
    check(word: 18, 3, "beta1: rmsprop has no such option")
    check(word: 18, 99, "option: there is no option 99")
    check(word: 20, 1, "option: 1 comes after 1")
    check(word: 19, (-1.0).bitPattern, "learning_rate: -1 is outside [0, inf)")
    check(word: 19, Double.nan.bitPattern, "learning_rate: nan is outside [0, inf)")
    check(word: 21, (1.0).bitPattern, "momentum_decay: 1 is outside [0, 1)")
    let groups = 18 + 2 * 23
    func words(_ range: Range<Int>) -> [UInt64] { range.map { saved[word: $0] } }
    XCTAssertEqual(words(groups..<groups + 4), [2, 4, 1, 1], "groups and the first one")
    check(word: groups, 1 << 59, "the content is longer than the \(end) bytes before its checksum")
    check(word: groups + 1, 0, "group: 0 comes after 0")
    check(word: groups + 1, 6, "group: 6 comes after 6")
    check(word: groups + 1, 1 << 32, "group: 4294967296 is above 4294967295")
    check(word: groups + 3, 21, "group 4: clip_norm holds for the whole optimizer")
    let tensors = groups + 9
    XCTAssertEqual(words(tensors..<tensors + 5), [2, 7, 1, 3, 2], "tensors, buffers, the first shape")
    check(word: tensors, 1 << 60, "the content is longer than the \(end) bytes before its checksum")
    check(word: tensors, 0, "state buffers: 7 is above 0")
    check(word: tensors + 1, 8, "state buffers: 8 is above 7")
    check(word: tensors + 1, 3, "the state \"velocity\" is missing, but the options call for it")
    check(word: tensors + 1, 6, "the state \"mean_square\" is missing, but the options call for it")
    check(word: tensors + 2, 0, "tensor 0: rows: 0 is outside [1, inf)")
    check(word: tensors + 2, 1 << 58, "the content is longer than the \(end) bytes before its checksum")
    check(
      word: tensors + 2, 1 << 60,
      "tensor 0: rows * columns: 1152921504606846976 * 3 elements of float64 overflow")
    check(
      word: tensors + 2, 1 << 62,
      "tensor 0: rows * columns: 4611686018427387904 * 3 elements of float64 overflow")
    check(word: tensors + 4, 3, "tensor 0: dtype: 3 is neither DESCENT_FLOAT32 (1) nor DESCENT_FLOAT64 (2)")
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
