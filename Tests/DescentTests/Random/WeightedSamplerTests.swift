import XCTest

@testable import Descent

final class WeightedSamplerTests: XCTestCase {
  private func draw(_ count: Int, weights: [Double], seed: UInt64, epoch: UInt64 = 0) throws -> [Int] {
    var sampler = try Sampler(samples: weights.count, batchSize: 7, weights: weights, seed: seed)
    try sampler.seek(epoch: epoch, batch: 0)
    var result: [Int] = []
    while result.count < count { result += Array(sampler.next()) }
    return Array(result.prefix(count))
  }

  /// The share of the draws that each number has, from the table itself: 64-bit numbers in even steps.
  private func shares(_ weights: [Double], steps: Int = 1 << 20) throws -> [Double] {
    let table = try AliasTable(weights: weights, count: weights.count)
    var counts = [Int](repeating: 0, count: weights.count)
    let step = UInt64.max / UInt64(steps)
    for index in 0..<steps { counts[table.draw(step / 2 + UInt64(index) * step)] += 1 }
    return counts.map { Double($0) / Double(steps) }
  }

  /// From an implementation in Python with exact fractions: the seed must give these in every release.
  func testPinned() throws {
    let weights = [1, 0, 3, 2.5, 0.5, 0]
    var sampler = try Sampler(samples: 6, batchSize: 6, weights: weights, seed: 7)
    XCTAssertEqual(Array(sampler.next()), [2, 2, 4, 3, 2, 2])
    XCTAssertEqual(Array(sampler.next()), [2, 4, 2, 2, 2, 4])
    XCTAssertEqual(try draw(6, weights: weights, seed: 7, epoch: 1), [2, 4, 2, 2, 2, 4])
  }

  func testTableHasTheSharesOfTheWeights() throws {
    var random = PhiloxGenerator(seed: 1)
    var table: [[Double]] = [
      [1], [.leastNonzeroMagnitude], [1, 1], [1, 0], [0, 1], [0, 0, 1, 0], [1, 2, 3, 4],
      [1e308, 1e308, 1e308, 1.7e308],
      [.leastNonzeroMagnitude, .leastNonzeroMagnitude, 2 * .leastNonzeroMagnitude],
      [1e-300, 1e300], [1, 1e-9, 1e-9, 1e-9], (1...100).map { 1 / Double($0) }, (1...31).map { 1 / Double(1 << $0) },
      [Double](repeating: 0.1, count: 1000),
    ]
    for _ in 0..<100 {
      table.append(
        (0..<Int.random(in: 1...50, using: &random)).map { _ in
          Bool.random(using: &random) ? 0 : Double.random(in: 0...1, using: &random)
        } + [0.5])
    }
    for weights in table {
      let greatest = weights.max()!
      let sum = weights.reduce(0) { $0 + $1 / greatest }
      // Each of a number's pieces is measured to a step.
      for (share, weight) in zip(try shares(weights, steps: 1 << 16), weights) {
        XCTAssertEqual(share, weight / greatest / sum, accuracy: Double(weights.count + 2) * 0x1p-16, "\(weights)")
        if weight == 0 { XCTAssertEqual(share, 0, "\(weights)") }
      }
    }
  }

  /// 900,000 draws of a table with great differences: the chi-square statistic of its 40 cells.
  func testFrequencies() throws {
    let weights = (0..<40).map { $0 % 5 == 0 ? 0.0 : Double($0 * $0) / 7 }
    let draws = 900_000
    var counts = [Int](repeating: 0, count: 40)
    for sample in try draw(draws, weights: weights, seed: 3) { counts[sample] += 1 }
    let sum = weights.reduce(0, +)
    var statistic = 0.0
    for (count, weight) in zip(counts, weights) {
      guard weight > 0 else {
        XCTAssertEqual(count, 0, "drawn in spite of a weight of 0")
        continue
      }
      let expected = Double(draws) * weight / sum
      statistic += (Double(count) - expected) * (Double(count) - expected) / expected
    }
    // 31 degrees of freedom: mean 31, standard deviation 7.9.
    XCTAssert(statistic > 8 && statistic < 70, "chi-square \(statistic)")
  }

  /// Draws that follow each other are independent: pairs of them too have the shares that they should.
  func testPairsOfDraws() throws {
    let weights = [1.0, 2, 3, 4]
    let drawn = try draw(160_000, weights: weights, seed: 11)
    var counts = [Int](repeating: 0, count: 16)
    for index in stride(from: 0, to: drawn.count, by: 2) { counts[drawn[index] * 4 + drawn[index + 1]] += 1 }
    var statistic = 0.0
    for (cell, count) in counts.enumerated() {
      let expected = 80_000 * weights[cell / 4] * weights[cell % 4] / 100
      statistic += (Double(count) - expected) * (Double(count) - expected) / expected
    }
    // 15 degrees of freedom: mean 15, standard deviation 5.5.
    XCTAssert(statistic > 2 && statistic < 43, "chi-square \(statistic)")
  }

  func testAHundredThousandSamplesOfWhichOneIsHeavy() throws {
    var weights = [Double](repeating: 1e-12, count: 100_000)
    weights[777] = 1
    weights[0] = 0
    let drawn = try draw(50_000, weights: weights, seed: 1)
    XCTAssertEqual(drawn.filter { $0 != 777 }.count, 0, "expected once in 10 million draws")
    XCTAssertEqual(try shares(weights)[777], 1 - 99_998e-12, accuracy: 0x1p-19)
  }

  func testTheScaleOfTheWeightsDoesNotMatter() throws {
    let weights = (0..<30).map { Double($0 * 7919 % 31) }
    let drawn = try draw(1000, weights: weights, seed: 2)
    for scale in [0x1p-1000, 0x1p-3, 0x1p1000] {
      XCTAssertEqual(try draw(1000, weights: weights.map { $0 * scale }, seed: 2), drawn, "times \(scale)")
    }
  }
}
