import XCTest

@testable import Descent

/// The promise of stratified sampling, in numbers: each batch, and each run of batches from the first one on, has of every
/// class its share of the data set, rounded up or down.
final class ApportionmentTests: XCTestCase {
  /// The first batch that breaks the promise, if there is one.
  private func failure(_ counts: [Int], batchSize: Int) throws -> String? {
    let samples = counts.reduce(0, +)
    var apportionment = try Apportionment(
      samples: samples, batchSize: batchSize, classes: counts.count, count: { counts[$0] })
    var (end, taken) = (0, [Int](repeating: 0, count: counts.count))
    for batch in 0..<((samples + batchSize - 1) / batchSize) {
      apportionment.move(to: batch)
      let size = min(batchSize, samples - end)
      end += size
      var seats = 0
      for (index, count) in counts.enumerated() {
        let share = apportionment[index]
        guard share.taken == taken[index] else { return "\(counts) by \(batchSize): batch \(batch), \(share)" }
        seats += share.quota
        taken[index] += share.quota
        for (number, size) in [(share.quota, size), (taken[index], end)]
        where number < size * count / samples || number > (size * count + samples - 1) / samples {
          return "\(counts) by \(batchSize): class \(index) has \(number) of \(size) samples in batch \(batch)"
        }
      }
      if seats != size { return "\(counts) by \(batchSize): batch \(batch) has \(seats) samples" }
    }
    return nil
  }

  /// All ways to write `total` as a sum of numbers that do not increase.
  private func partitions(of total: Int, atMost limit: Int) -> [[Int]] {
    if total == 0 { return [[]] }
    return (1...limit).reversed().flatMap { first in
      first > total ? [] : partitions(of: total - first, atMost: first).map { [first] + $0 }
    }
  }

  func testAllSmallDataSets() throws {
    for samples in 1...14 {
      for counts in partitions(of: samples, atMost: samples) {
        for batchSize in 1...samples + 1 { XCTAssertNil(try failure(counts, batchSize: batchSize)) }
      }
    }
  }

  func testRandomDataSets() throws {
    var random = PhiloxGenerator(seed: 1)
    for round in 0..<1500 {
      let limit = [1, 3, 12, 100][round % 4]
      var counts = (0..<Int.random(in: 1...40, using: &random)).map { _ in Int.random(in: 0...limit, using: &random) }
      // Every other one with a class that has most of the samples.
      if round % 8 < 4 { counts[0] += Int.random(in: 1...limit * 30, using: &random) }
      let samples = counts.reduce(0, +)
      guard samples > 0 else { continue }
      let greatest = round % 3 == 0 ? samples : min(samples, 10)
      XCTAssertNil(try failure(counts, batchSize: Int.random(in: 1...greatest, using: &random)))
    }
  }

  /// Data sets in which giving seats to whoever is furthest behind breaks the promise, and others that force every choice.
  func testTraps() throws {
    let table: [([Int], Int)] = [
      ([6, 6, 1, 1, 1, 1, 1, 1, 1], 3), ([10, 10, 1, 1, 1, 1, 1, 1], 5), ([12, 12, 1, 1, 1, 1, 1], 7),
      ([8, 8, 8, 8, 1], 11), ([1, 2, 2, 2, 2], 8), ([999, 1], 999), ([999, 1], 2), ([1], 1),
    ]
    for (counts, batchSize) in table { XCTAssertNil(try failure(counts, batchSize: batchSize)) }
  }

  func testManyClasses() throws {
    for batchSize in [1, 128, 1000, 4999] {
      XCTAssertNil(try failure((0..<1000).map { $0 % 11 }, batchSize: batchSize))
    }
  }

  /// No product of sizes overflows at the greatest number of samples; nothing is allocated for each.
  func testGreatestDataSet() throws {
    let samples = Int(Int32.max)
    for counts in [[samples], [samples - 1, 1], [samples / 2, samples / 2 + 1], [samples - 7, 3, 2, 2]] {
      for batchSize in [1, samples / 2, samples - 1, samples] {
        var apportionment = try Apportionment(
          samples: samples, batchSize: batchSize, classes: counts.count, count: { counts[$0] })
        for batch in 0..<min(100, samples / batchSize) {
          apportionment.move(to: batch)
          XCTAssertEqual((0..<counts.count).reduce(0) { $0 + apportionment[$1].quota }, batchSize)
        }
      }
    }
  }

  func testMovingGivesTheSameAsGoing() throws {
    let counts = [17, 5, 3, 1, 30]
    func quotas(_ apportionment: borrowing Apportionment) -> [[Int]] {
      var result: [[Int]] = []
      for index in 0..<counts.count { result.append([apportionment[index].taken, apportionment[index].quota]) }
      return result
    }
    var going = try Apportionment(samples: 56, batchSize: 5, classes: 5, count: { counts[$0] })
    var expected: [[[Int]]] = []
    for batch in 0..<12 {
      going.move(to: batch)
      expected.append(quotas(going))
    }
    for batch in [11, 0, 5, 5, 4, 10, 0, 11] {
      going.move(to: batch)
      XCTAssertEqual(quotas(going), expected[batch], "batch \(batch)")
    }
  }
}
