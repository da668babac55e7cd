import XCTest

@testable import Descent

final class SamplerOrderTests: XCTestCase {
  /// From an implementation in Python: the seed must give these in every release. The labels' size costs nothing.
  func testStratifiedIsPinned() throws {
    let labels: [Int32] = [3, 0, 3, 3, 0, .max, 3, 3, 0, 3]
    var sampler = try Sampler(samples: 10, batchSize: 4, sampling: .stratified, seed: 7, labels: labels)
    let epochs: [UInt64: [[Int]]] = [
      0: [[4, 7, 3, 6], [1, 0, 9, 5], [8, 2]], 2: [[8, 0, 6, 9], [1, 3, 2, 5], [4, 7]],
    ]
    for epoch: UInt64 in [0, 2, 0] {
      try sampler.seek(epoch: epoch, batch: 0)
      for batch in epochs[epoch]! { XCTAssertEqual(Array(sampler.next()), batch, "epoch \(epoch)") }
    }
  }

  /// Epochs that do not fit into 32 bits, from the same implementation; after the last one comes the first.
  func testLateEpochs() throws {
    var sampler = try Sampler(samples: 10, batchSize: 10, sampling: .shuffle, seed: 7, labels: nil)
    let table: [(epoch: UInt64, order: [Int])] = [
      (1 << 32 - 1, [9, 4, 6, 7, 1, 8, 5, 2, 0, 3]), (1 << 32, [1, 8, 6, 2, 9, 0, 5, 7, 4, 3]),
      (1 << 32 + 3, [6, 4, 9, 7, 3, 1, 5, 8, 2, 0]), (.max, [5, 3, 0, 1, 9, 2, 8, 4, 6, 7]),
    ]
    for (epoch, order) in table {
      try sampler.seek(epoch: epoch, batch: 0)
      XCTAssertEqual(Array(sampler.next()), order, "epoch \(epoch)")
    }
    XCTAssertEqual(sampler.epoch, 0)
    XCTAssertEqual(Array(sampler.next()), [4, 0, 3, 7, 5, 6, 1, 9, 2, 8])
  }

  /// Which labels the classes have does not matter, only their order.
  func testLabelsAreNamesOnly() throws {
    var random = PhiloxGenerator(seed: 1)
    for _ in 0..<50 {
      let names = Set((0..<8).map { _ in Int32.random(in: 0...(.max), using: &random) }).sorted()
      let ranks = (0..<100).map { _ in Int32.random(in: 0..<Int32(names.count), using: &random) }
      var first = try Sampler(samples: 100, batchSize: 9, sampling: .stratified, seed: 5, labels: ranks)
      var second = try Sampler(
        samples: 100, batchSize: 9, sampling: .stratified, seed: 5, labels: ranks.map { names[Int($0)] })
      for _ in 0..<30 { XCTAssertEqual(Array(first.next()), Array(second.next())) }
    }
  }

  /// Every sample in a class of its own, and the classes in the order of their labels.
  func testSortingLabels() throws {
    var random = PhiloxGenerator(seed: 1)
    let labels = Set((0..<3000).map { _ in Int32.random(in: 0...(.max), using: &random) }).shuffled(using: &random)
    var sampler = try Sampler(
      samples: labels.count, batchSize: labels.count, sampling: .stratified, seed: 0, labels: labels)
    XCTAssertEqual(sampler.next().map { labels[$0] }, labels.sorted())
  }
}
