import XCTest

@testable import Descent

final class InitializationTests: XCTestCase {
  private func makeClassifier(_ dimension: Int = 100, _ classes: Int = 50) throws -> LinearModel {
    try LinearModel(dimension: dimension, classes: classes, loss: LossFunction.find(1))
  }

  func testEverythingIsZeroAtFirst() throws {
    let classifier = try makeClassifier()
    XCTAssert((classifier.weightArray + classifier.biasArray).allSatisfy { $0.bitPattern == 0 })
    XCTAssertEqual(classifier.penalty, 0)
  }

  func testDrawsAreNormal() throws {
    for (standardDeviation, seed) in [(0.01, 1), (1, 2), (1e-20, 3), (1e10, 4)] {
      let classifier = try makeClassifier()
      for index in 0..<50 { classifier.bias[index] = 3 }
      try classifier.initialize(standardDeviation: standardDeviation, seed: UInt64(seed))
      let draws = classifier.weightArray.map { Double($0) / standardDeviation }
      Moments(draws).assertNormal(standardDeviation: 1, count: draws.count)
      XCTAssertEqual(Set(draws).count, draws.count, "draws repeat")
      XCTAssertEqual(classifier.biasArray, [Float](repeating: 0, count: 50))
    }
  }

  func testTheSeedDecides() throws {
    func draw(_ seed: UInt64) throws -> [UInt32] {
      let classifier = try makeClassifier(7, 3)
      try classifier.initialize(standardDeviation: 0.5, seed: seed)
      return classifier.weightArray.map(\.bitPattern)
    }
    for seed: UInt64 in [0, 1, .max] {
      XCTAssertEqual(try draw(seed), try draw(seed))
      XCTAssertNotEqual(try draw(seed), try draw(seed ^ 1))
    }
  }

  /// The first draws of seed 3, from Philox in Python and scipy.stats.norm.ppf, rounded to float: the seed must give them
  /// in every release.
  func testDrawsArePinned() throws {
    let expected: [Float] = [
      0.00119534705, 0.00364999659, 0.00610190025, 0.00943828095, -0.00665375125, -0.00642189477,
    ]
    let classifier = try makeClassifier(2, 3)
    try classifier.initialize(standardDeviation: 0.01, seed: 3)
    XCTAssertEqual(classifier.weightArray, expected)
  }

  /// Weights do not depend on how many there are.
  func testDrawsAreByPosition() throws {
    let (large, small) = (try makeClassifier(10, 10).drawn(), try makeClassifier(3, 3).drawn())
    XCTAssertEqual(Array(large.prefix(9)), small)
  }

  func testStandardDeviation() throws {
    let classifier = try makeClassifier(3, 2)
    classifier.bias[1] = 4
    try classifier.initialize(standardDeviation: 1, seed: 1)
    let before = classifier.weightArray
    classifier.bias[1] = 4
    for (value, text) in [
      (-1.0, "-1"), (-1e-300, "-1e-300"), (.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"),
    ] {
      assertFailure(.invalidArgument, "standard_deviation: \(text) is outside [0, inf)") { () throws(Failure) in
        try classifier.initialize(standardDeviation: value, seed: 2)
      }
      XCTAssertEqual(classifier.weightArray, before)
      XCTAssertEqual(classifier.biasArray, [0, 4])
    }
    try classifier.initialize(standardDeviation: 0, seed: 1)
    XCTAssertEqual(classifier.weightArray + classifier.biasArray, [0, 0, 0, 0, 0, 0, 0, 0])
  }
}

extension LinearModel {
  fileprivate consuming func drawn() throws -> [Float] {
    try initialize(standardDeviation: 1, seed: 8)
    return weightArray
  }
}
