import TestSupport
import XCTest

@testable import Descent

/// Stratified sampling promises, for whatever distribution of the classes: an epoch has each sample once, and each batch
/// has of every class its share of the data set, rounded up or down.
final class StratifiedSamplingTests: XCTestCase {
  private func label(_ classCounts: [Int], using random: inout SeededRandom) -> [Int32] {
    classCounts.enumerated().flatMap { index, count in [Int32](repeating: Int32(index), count: count) }
      .shuffled(using: &random)
  }

  /// Fails with the first batch that breaks the promise.
  private func check(
    _ classCounts: [Int], batchSize: Int, epochs: Int = 2, seed: UInt64 = 1, line: UInt = #line
  ) throws {
    var random = SeededRandom(seed: seed)
    let labels = label(classCounts, using: &random)
    let samples = labels.count
    let drawn = try drawEpochs(
      epochs, samples: samples, batchSize: batchSize, .stratified, seed: seed, labels: labels,
      classes: classCounts.count)
    for epoch in drawn {
      XCTAssert(isPermutation(epoch, of: samples), "\(classCounts) in batches of \(batchSize)", line: line)
      for (index, batch) in epoch.enumerated() {
        var quotas = [Int](repeating: 0, count: classCounts.count)
        for sample in batch { quotas[Int(labels[sample])] += 1 }
        for (quota, count) in zip(quotas, classCounts) {
          let (low, rest) = (batch.count * count).quotientAndRemainder(dividingBy: samples)
          if quota < low || quota > low + (rest > 0 ? 1 : 0) {
            return XCTFail(
              """
              classes of \(classCounts) samples, batches of \(batchSize): batch \(index) of \(batch.count) has \(quotas), \
              but the share of a class of \(count) is \(Double(batch.count * count) / Double(samples))
              """, line: line)
          }
        }
      }
    }
  }

  func testEveryBatchHasTheSharesOfTheClasses() throws {
    let table: [(classCounts: [Int], batchSizes: [Int])] = [
      ([10], [1, 3, 10]),  // one class
      ([5, 5], [1, 2, 3, 4, 7, 10]),
      ([0, 7, 0, 3, 0], [1, 3, 5, 10]),  // classes without a sample
      ([97, 2, 1], [1, 10, 33, 50, 99, 100]),  // very rare ones
      ([1000, 1, 1, 1], [16, 100, 128]),
      ([1, 1, 1, 1, 1, 1, 1], [1, 2, 3, 5]),  // as many classes as samples
      ([6, 10, 3, 1], [4, 7, 20]),
      // Classes that are not above their share for long must not be left for the end.
      ([10, 10, 1, 1, 1, 1, 1, 1], [5]),
      ([12, 12, 1, 1, 1, 1, 1], [7]),
      ([15, 10, 1, 1, 1, 1, 1, 1], [6]),
      ([10, 10, 2, 2, 2, 2, 2, 1], [3]),
      ([50, 1, 0, 50, 1, 1, 1, 1, 0, 1, 0], [21]),
    ]
    for row in table {
      for batchSize in row.batchSizes { try check(row.classCounts, batchSize: batchSize) }
    }
  }

  func testRandomDistributionsOfTheClasses() throws {
    var random = SeededRandom(seed: 20)
    for round in 0..<2000 {
      let kinds: [(inout SeededRandom) -> Int] = [
        { Int.random(in: 0...12, using: &$0) },
        { [0, 1, 1, 2, 50].randomElement(using: &$0)! },
        { Int.random(in: 1...3, using: &$0) },
        { 1 << Int.random(in: 0...7, using: &$0) },
      ]
      let kind = kinds[round % kinds.count]
      let classCounts = (0..<Int.random(in: 1...12, using: &random)).map { _ in kind(&random) }
      let samples = classCounts.reduce(0, +)
      guard samples > 0 else { continue }
      try check(classCounts, batchSize: Int.random(in: 1...samples, using: &random), seed: UInt64(round))
    }
  }

  /// What is over or under the share is made up for soon: at no time in the epoch is a class further from its share of
  /// what has been drawn than two samples.
  func testClassesComeEvenlyThroughTheEpoch() throws {
    let classCounts = [300, 60, 30, 7, 3]
    var random = SeededRandom(seed: 6)
    let labels = label(classCounts, using: &random)
    let epoch = try drawEpochs(
      1, samples: 400, batchSize: 9, .stratified, seed: 6, labels: labels, classes: 5)[0]
    var (drawn, taken) = (0, [0, 0, 0, 0, 0])
    for batch in epoch {
      drawn += batch.count
      for sample in batch { taken[Int(labels[sample])] += 1 }
      for (taken, count) in zip(taken, classCounts) {
        XCTAssertEqual(Double(taken), Double(drawn * count) / 400, accuracy: 2, "after \(drawn) samples")
      }
    }
  }

  func testMembersAreDrawnAnewEachEpoch() throws {
    let labels = (0..<40).map { Int32($0 < 30 ? 0 : 1) }
    let epochs = try drawEpochs(
      50, samples: 40, batchSize: 4, .stratified, seed: 8, labels: labels, classes: 2)
    XCTAssertEqual(Set(epochs.map { Set($0[0]) }).count, 50, "first batches")
    // Each member of a class is equally likely to come first in it.
    var counts = [Int](repeating: 0, count: 10)
    for seed in 0..<20 {
      let epochs = try drawEpochs(
        20, samples: 40, batchSize: 4, .stratified, seed: UInt64(seed), labels: labels, classes: 2)
      for epoch in epochs { counts[epoch.joined().first { labels[$0] == 1 }! - 30] += 1 }
    }
    assertEquallyLikely(counts, "first of the rare class")
  }

  /// Classes of the same size are not put into the same order.
  func testClassesAreShuffledIndependently() throws {
    let labels = (0..<60).map { Int32($0 / 20) }
    let epochs = try drawEpochs(3, samples: 60, batchSize: 6, .stratified, seed: 2, labels: labels, classes: 3)
    for epoch in epochs {
      let orders = (0..<3).map { label in epoch.joined().filter { $0 / 20 == label }.map { $0 % 20 } }
      XCTAssertEqual(Set(orders).count, 3)
    }
  }
}
