import CDescentKernels
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

  /// What is kept from one step to the next saves time, and changes nothing: a long training, one that is saved and goes on,
  /// and one whose decay is changed on the way.
  func testKeptPowersGiveTheSameBits() {
    let bases = [0, -0.0, .leastNonzeroMagnitude, 1e-30, 0.5, 0.9, 0.999, 0.9999999, (1.0).nextDown]
    for beta in bases {
      var power = kernel_power()
      for step in Array(0...3000) + distantSteps { assertSame(beta, step, &power) }
    }
    var random = SeededRandom(seed: 12)
    var power = kernel_power()
    var step: UInt64 = 1
    var beta = 0.9
    for _ in 0..<20_000 {
      switch random.index(0..<20) {
      case 0: beta = bases[random.index(0..<bases.count)]
      case 1: step = UInt64(random.index(0..<5000))
      case 2: step &-= 1
      case 3: step &+= 16
      case 4: step = distantSteps[random.index(0..<distantSteps.count)]
      case 5: break
      default: step &+= 1
      }
      assertSame(beta, step, &power)
    }
  }

  private let distantSteps: [UInt64] = [15, 16, 17, 1 << 20, 1 << 53, .max - 16, .max - 15, .max, 1, 0]

  private func assertSame(_ beta: Double, _ step: UInt64, _ power: inout kernel_power) {
    let (kept, expected) = (oneMinusPower(beta, step, kept: &power), oneMinusPower(beta, step))
    if kept.bitPattern != expected.bitPattern { XCTFail("1 - \(beta)^\(step): kept \(kept), else \(expected)") }
  }

  /// The rule keeps both of its powers, each for itself.
  func testAdamKeepsThem() throws {
    for table in availableKernels() {
      let adam = try XCTUnwrap(table.rules.first { $0.name == "adam" })
      for (beta1, beta2) in [(0.9, 0.999), (0, 0.999), (0.9, 0), (0, 0), (0.999, 0.9)] {
        var memory = kernel_memory()
        for t in (1...100).map(UInt64.init) + [7, 1_000_000, 1] {
          let options = ["beta1": beta1, "beta2": beta2]
          XCTAssertEqual(
            adam.constants(options: options, t: t, memory: &memory), adam.constants(options: options, t: t),
            "\(table.instructionSet), \(beta1), \(beta2), step \(t)")
        }
      }
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
