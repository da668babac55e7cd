import struct TestSupport.SeededRandom
import XCTest

@testable import Descent

/// A sampler that was loaded gives the batches that the saved one would have given.
final class SavedSamplerTests: XCTestCase {
  private static let labels = (0..<53).map { Int32($0 % 11 == 0 ? 2_000_000_000 : $0 % 4) }
  private static let weights = (0..<53).map { Double($0 % 5) * ($0 == 20 ? 1e300 : 1) }

  static func make(_ sampling: Sampling, samples: Int = 53, batchSize: Int = 6) throws -> Sampler {
    if sampling == .weighted {
      return try Sampler(samples: samples, batchSize: batchSize, weights: weights, seed: 9)
    }
    return try Sampler(samples: samples, batchSize: batchSize, sampling: sampling, seed: 9, labels: labels)
  }

  private let modes = [Sampling.shuffle, .replacement, .stratified, .weighted]

  func testAtEveryBatchOfAnEpoch() throws {
    for mode in modes {
      for drops in [false, true] {
        for batchSize in [1, 6, 53, 60] where !(drops && batchSize > 53) {
          var sampler = try Self.make(mode, batchSize: batchSize)
          try sampler.setDropLast(drops)
          for _ in 0..<2 * sampler.batchesPerEpoch + 1 {
            let saved = try SavedBytes(of: sampler)
            var loaded = try saved.load(as: Sampler.self)
            XCTAssertEqual(try SavedBytes(of: loaded), saved)
            let next = Array(sampler.next())
            XCTAssertEqual(Array(loaded.next()), next, "\(mode), epoch \(sampler.epoch), batch \(sampler.batch)")
            for _ in 0..<3 { XCTAssertEqual(Array(loaded.next()).count > 0, true) }
          }
        }
      }
    }
  }

  /// Long after.
  func testGoesOn() throws {
    for mode in modes {
      var sampler = try Self.make(mode)
      try sampler.seek(epoch: .max, batch: 4)
      var loaded = try SavedBytes(of: sampler).load(as: Sampler.self)
      for _ in 0..<30 {
        XCTAssertEqual(Array(loaded.next()), Array(sampler.next()), "\(mode)")
        XCTAssertEqual([loaded.epoch, UInt64(loaded.batch)], [sampler.epoch, UInt64(sampler.batch)])
      }
    }
  }

  /// Tables of many kinds of weights, also such as have full columns without an alias.
  func testWeights() throws {
    var random = SeededRandom(seed: 3)
    for count in [1, 2, 3, 17, 64, 1000] {
      let lists: [[Double]] = [
        [Double](repeating: 2, count: count), (0..<count).map { $0 == count / 2 ? 1 : 0 },
        (0..<count).map { _ in random.symmetric() + 1 }, (0..<count).map { Double($0 % 2 * 3 + 1) },
      ]
      for weights in lists {
        var sampler = try Sampler(samples: count, batchSize: 10, weights: weights, seed: 1)
        var loaded = try SavedBytes(of: sampler).load(as: Sampler.self)
        for _ in 0..<200 { XCTAssertEqual(Array(loaded.next()), Array(sampler.next())) }
      }
    }
  }

  func testWrongValues() throws {
    let shuffled = try SavedBytes(of: Self.make(.shuffle))
    func check(_ saved: SavedBytes, word: Int, _ value: UInt64, _ reason: String, line: UInt = #line) {
      assertCorrupt(saved.altered { $0[word: word] = value }, as: Sampler.self, reason, line: line)
    }
    check(shuffled, word: 0, 0, "samples: 0 is outside [1, inf)")
    check(shuffled, word: 0, 1 << 63, "samples: 9223372036854775808 is above 9223372036854775807")
    check(shuffled, word: 1, 0, "batch_size: 0 is outside [1, inf)")
    check(shuffled, word: 2, 5, "sampling: there is no sampling 5")
    check(shuffled, word: 2, 1 << 40, "sampling: 1099511627776 is above 2147483647")
    check(shuffled, word: 4, 2, "drop_last: 2 is above 1")
    check(shuffled, word: 6, 9, "batch: 9 is outside [0, 9)")
    check(shuffled, word: 6, .max, "batch: 18446744073709551615 is above 9223372036854775807")
    check(shuffled, word: 2, 3, "the content is longer than the 80 bytes before its checksum")
    let large = try SavedBytes(of: Self.make(.shuffle, batchSize: 60))
    check(
      large, word: 4, 1,
      "drop: the only batch is short, 53 samples for a batch_size of 60: none would be left")

    let stratified = try SavedBytes(of: Self.make(.stratified))
    check(
      stratified, word: 0, 54, "the content is longer than the \(stratified.bytes.count - 8) bytes before its checksum")
    check(
      stratified, word: 0, 1 << 62,
      "the content is longer than the \(stratified.bytes.count - 8) bytes before its checksum")
    check(stratified, word: 0, 52, "4 bytes too many")
    check(stratified, word: 7, 0x8000_0000_0000_0000, "labels[1]: -2147483648 is negative")

    let weighted = try SavedBytes(of: Self.make(.weighted))
    check(weighted, word: 0, 54, "the content is longer than the \(weighted.bytes.count - 8) bytes before its checksum")
    check(weighted, word: 7, 1 << 62, "mass of a column: 4611686018427387904 is above 72057594037927936")
    let aliases = 7 + 53
    check(weighted, word: aliases, 53 | 5 << 32, "alias of column 0: 53 is outside [0, 53)")
    check(weighted, word: aliases, 0xffff_ffff, "alias of column 0: -1 is outside [0, 53)")
  }

  /// A memory that there is not.
  func testTooManySamples() throws {
    let saved = try SavedBytes(of: Self.make(.shuffle)).altered { $0[word: 0] = 1 << 61 }
    assertFailure(
      .outOfMemory, "no memory for 2305843009213693952 elements of the order of the samples: the byte count overflows"
    ) { () throws(Failure) in _ = try saved.load(as: Sampler.self) }
  }
}
