import XCTest

@testable import Descent

final class SamplerTests: XCTestCase {
  func testAnEpochHasEachSampleOnce() throws {
    for samples in [1, 2, 3, 10, 64, 101] {
      for batchSize in [1, 2, 7, 10, 100, 101] {
        for epoch in try drawEpochs(4, samples: samples, batchSize: batchSize, .shuffle, seed: 3) {
          XCTAssert(isPermutation(epoch, of: samples), "\(samples) samples in batches of \(batchSize)")
        }
      }
    }
  }

  func testSizesOfBatches() throws {
    let table: [(samples: Int, batchSize: Int, sizes: [Int])] = [
      (10, 4, [4, 4, 2]), (8, 4, [4, 4]), (5, 4, [4, 1]), (3, 3, [3]), (3, 4, [3]), (3, 1_000_000, [3]),
      (1, 1, [1]), (4, 1, [1, 1, 1, 1]),
    ]
    for row in table {
      for sampling in [Sampling.shuffle, .replacement, .stratified] {
        let epochs = try drawEpochs(3, samples: row.samples, batchSize: row.batchSize, sampling, seed: 1)
        for epoch in epochs { XCTAssertEqual(epoch.map(\.count), row.sizes, "\(row), \(sampling)") }
      }
    }
  }

  /// The order of three epochs from an implementation in Python: the seed must give it in every release.
  func testShuffleIsPinned() throws {
    let epochs = try drawEpochs(3, samples: 10, batchSize: 4, .shuffle, seed: 7)
    XCTAssertEqual(
      epochs.map { Array($0.joined()) },
      [
        [4, 0, 3, 7, 5, 6, 1, 9, 2, 8],
        [0, 5, 8, 2, 9, 7, 6, 4, 1, 3],
        [5, 0, 9, 6, 3, 8, 4, 2, 7, 1],
      ])
  }

  func testReplacementIsPinned() throws {
    let epochs = try drawEpochs(2, samples: 10, batchSize: 4, .replacement, seed: 7)
    XCTAssertEqual(
      epochs.map { Array($0.joined()) }, [[7, 4, 6, 5, 2, 2, 1, 3, 2, 8], [7, 7, 4, 7, 7, 6, 9, 5, 1, 3]])
  }

  func testEpochsDifferAndSeedsRepeat() throws {
    let labels = (0..<60).map { Int32($0 % 4) }
    for sampling in [Sampling.shuffle, .replacement, .stratified] {
      func draw(seed: UInt64) throws -> [[[Int]]] {
        try drawEpochs(5, samples: 60, batchSize: 8, sampling, seed: seed, labels: labels, classes: 4)
      }
      let epochs = try draw(seed: 9)
      XCTAssertEqual(Set(epochs).count, 5, "\(sampling): epochs repeat")
      XCTAssertEqual(epochs, try draw(seed: 9), "\(sampling): the same seed")
      XCTAssert(Set(epochs).isDisjoint(with: try draw(seed: 10)), "\(sampling): another seed")
    }
  }

  /// The order does not depend on how it is cut into batches.
  func testBatchSizeDoesNotChangeTheOrder() throws {
    for sampling in [Sampling.shuffle, .replacement] {
      let orders = try [1, 3, 20, 50].map { batchSize in
        try drawEpochs(2, samples: 50, batchSize: batchSize, sampling, seed: 2).map { Array($0.joined()) }
      }
      XCTAssertEqual(Set(orders).count, 1, "\(sampling)")
    }
  }

  func testAllOrdersAreEquallyLikely() throws {
    var counts: [[Int]: Int] = [:]
    for seed in 0..<300 {
      for epoch in try drawEpochs(8, samples: 4, batchSize: 3, .shuffle, seed: UInt64(seed)) {
        counts[Array(epoch.joined()), default: 0] += 1
      }
    }
    XCTAssertEqual(counts.count, 24)
    assertEquallyLikely(Array(counts.values), "orders of four samples")
  }

  func testReplacementIsUniform() throws {
    var counts = [Int](repeating: 0, count: 37)
    let epochs = try drawEpochs(60, samples: 37, batchSize: 10, .replacement, seed: 4)
    for sample in epochs.joined().joined() { counts[sample] += 1 }
    XCTAssertEqual(counts.reduce(0, +), 60 * 37)
    assertEquallyLikely(counts, "draws with replacement")
    // Within a batch too a sample comes again: 10 draws from 37 all differ in 26 % of the cases.
    let repeats = epochs.joined().filter { $0.count == 10 && Set($0).count < 10 }.count
    XCTAssertEqual(Double(repeats) / 180, 0.737, accuracy: 0.16)
  }
}
