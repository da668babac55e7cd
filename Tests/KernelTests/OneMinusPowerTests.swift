import TestSupport
import XCTest

@testable import Kernels

/// The bias correction of Adam and its kin, against values made with mpmath.
final class OneMinusPowerTests: XCTestCase {
  func testWithinOneUlp() throws {
    for row in try GoldenElementary.load().oneMinusPower {
      let actual = oneMinusPower(row.beta, row.t)
      XCTAssertLessThanOrEqual(
        ulpDistance(actual, row.value), 1, "1 - \(row.beta)^\(row.t) = \(row.value), not \(actual)")
    }
  }

  func testGrowsWithTheSteps() {
    for beta in [1e-5, 0.5, 0.9, 0.999, 0.9999999, (1.0).nextDown] {
      let corrections = (1...300).map { oneMinusPower(beta, $0) }
      XCTAssertTrue(zip(corrections, corrections.dropFirst()).allSatisfy { $0 <= $1 && $1 <= 1 }, "\(beta)")
    }
  }

  /// Adam divides by it, with every instruction set.
  func testAdamUsesIt() throws {
    for table in availableKernels() {
      let adam = try XCTUnwrap(table.rules.first { $0.name == "adam" })
      for (beta1, beta2, t) in [(0.9, 0.999, 1), (0.9, 0.999, 1000), (0.5, 0.99999, 7)] as [(Double, Double, UInt64)] {
        let constants = adam.constants(options: ["learning_rate": 0.25, "beta1": beta1, "beta2": beta2], t: t)
        XCTAssertTrue(constants.contains(0.25 / oneMinusPower(beta1, t)), table.instructionSet)
        XCTAssertTrue(constants.contains(1 / oneMinusPower(beta2, t)), table.instructionSet)
      }
    }
  }
}
