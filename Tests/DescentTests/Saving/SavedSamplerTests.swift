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
    func check(_ saved: SavedBytes, _ name: String, _ value: UInt64, _ reason: String, line: UInt = #line) {
      assertCorrupt(saved.altered { $0[name] = value }, as: Sampler.self, reason, line: line)
    }
    check(shuffled, "samples", 0, "samples: 0 is outside [1, inf)")
    check(shuffled, "samples", 1 << 63, "samples: 9223372036854775808 is above 9223372036854775807")
    check(shuffled, "batch_size", 0, "batch_size: 0 is outside [1, inf)")
    check(shuffled, "sampling", 5, "sampling: there is no sampling 5")
    check(shuffled, "drop_last", 2, "drop_last: 2 is above 1")
    check(shuffled, "batch", 9, "batch: 9 is outside [0, 9)")
    check(shuffled, "batch", .max, "batch: 18446744073709551615 is above 9223372036854775807")
    check(shuffled, "sampling", 3, "classes: is missing")
    let large = try SavedBytes(of: Self.make(.shuffle, batchSize: 60))
    check(
      large, "drop_last", 1,
      "drop: the only batch is short, 53 samples for a batch_size of 60: none would be left")

    let stratified = try SavedBytes(of: Self.make(.stratified))
    check(stratified, "samples", 54, "classes: is 53 numbers of int32, not 54 numbers of int64")
    check(
      stratified, "samples", 1 << 62, "classes: is 53 numbers of int32, not 4611686018427387904 numbers of int64")
    check(stratified, "sampling", 1, "classes: is nothing that this version of the library knows there")
    check(stratified, "classes", 0x8000_0000_0000_0000, "labels[1]: -2147483648 is negative")

    let weighted = try SavedBytes(of: Self.make(.weighted))
    check(weighted, "samples", 54, "masses: is 53 numbers of uint64, not 54 numbers of int64")
    check(weighted, "masses", 1 << 62, "masses[0]: 4611686018427387904 is outside [0, 72057594037927936]")
    check(weighted, "aliases", 53 | 5 << 32, "aliases[0]: 53 is outside [0, 53)")
    check(weighted, "aliases", 0xffff_ffff, "aliases[0]: -1 is outside [0, 53)")
  }

  /// A memory that there is not.
  func testTooManySamples() throws {
    let saved = try SavedBytes(of: Self.make(.shuffle)).altered { $0["samples"] = 1 << 61 }
    assertFailure(
      .outOfMemory, "no memory for 2305843009213693952 elements of the order of the samples: the byte count overflows"
    ) { () throws(Failure) in _ = try saved.load(as: Sampler.self) }
  }
}
