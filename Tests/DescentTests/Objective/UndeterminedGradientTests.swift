import Foundation
import TestSupport
import XCTest

@testable import Descent

/// Gradients that differences cannot judge, and those that look so but can be judged.
final class UndeterminedGradientTests: XCTestCase {
  private enum Verdict { case right, wrong, undetermined, doubtful }

  private func check(_ objective: Objective, at x: [Double], step: Double = 0) throws -> (Verdict, GradientReport) {
    let report = try checkGradient(of: objective, at: x, count: x.count, step: step)
    if report.maxRelativeError > 1e-3 { return (.wrong, report) }
    if report.undetermined > 0 { return (.undetermined, report) }
    return (report.maxRelativeError < 1e-6 ? .right : .doubtful, report)
  }

  private func sine(_ factor: Double, offset: Double = 0) -> Objective {
    { x, gradient in
      gradient?[0] = factor * cos(x[0])
      return offset + sin(x[0])
    }
  }

  /// A step in proportion to x meets many waves of a sine far from 0.
  func testAFunctionThatOscillatesWithinTheStep() throws {
    for x in [1e3, 1e5, 1e6, -1e6, 1.0001e6, 1e7, 1e8, 3.7e8, 1e9, 1e10] {
      for (factor, expected) in [(1, Verdict.right), (1.01, .wrong), (0.99, .wrong), (-1, .wrong), (2, .wrong)] {
        let (verdict, report) = try check(sine(factor), at: [x])
        XCTAssertEqual(verdict, expected, "\(factor) at \(x): \(report)")
        XCTAssertEqual(report.suspectedKinks, 0, "\(factor) at \(x)")
      }
    }
    // There the numbers lie an eighth apart: nobody can see the derivative.
    for factor in [1, 1.01, -1] { XCTAssertEqual(try check(sine(factor), at: [1e15]).0, .undetermined) }
  }

  private func sines(_ factor: Double, _ offset: Double, count: Int = 10) -> Objective {
    { x, gradient in
      for index in 0..<count { gradient?[index] = factor * cos(x[index]) }
      return (0..<count).reduce(offset) { $0 + sin(x[$1]) }
    }
  }

  private func points(_ count: Int, seed: UInt64) -> [Double] {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { _ in 2 * random.symmetric() }
  }

  /// Noise is all that is left of the function's changes.
  func testLargeOffsets() throws {
    for exponent in 0...18 {
      let offset = pow(10, Double(exponent))
      for seed in 0..<5 as Range<UInt64> {
        let x = points(10, seed: seed)
        let (right, report) = try check(sines(1, offset), at: x)
        XCTAssertNotEqual(right, .wrong, "\(offset): \(report)")
        if exponent <= 7 { XCTAssertEqual(right, .right, "\(offset): \(report)") }
        if exponent >= 12 {
          XCTAssertEqual(right, .undetermined, "\(offset): \(report)")
          XCTAssertEqual(report.undetermined, 10)
          XCTAssertEqual(report.undeterminedIndex, 0)
        }
        XCTAssertEqual(report.value, offset, accuracy: 11)
        XCTAssertGreaterThanOrEqual(report.noise, Double.ulpOfOne * abs(report.value))
        XCTAssertLessThan(report.noise, 4 * Double.ulpOfOne * max(1, abs(report.value)))
        for factor in [1.5, -1, 1.01] {
          let (wrong, report) = try check(sines(factor, offset), at: x)
          XCTAssertTrue(wrong == .wrong || exponent >= 9 && wrong == .undetermined, "\(factor), \(offset): \(report)")
        }
        if exponent <= 10 { XCTAssertEqual(try check(sines(-1, offset), at: x).0, .wrong) }
        // From 1e16 on the function is constant to the computer, and a gradient of 0 is its own.
        if exponent <= 15 { XCTAssertNotEqual(try check(sines(0, offset), at: x).0, .right, "\(offset)") }
      }
    }
  }

  /// A least-squares objective of 50 x 20 in single precision.
  private func leastSquares(_ factor: Float, seed: UInt64) -> Objective {
    let (rows, columns) = (50, 20)
    var random = SeededRandom(seed: seed)
    let matrix = (0..<rows * columns).map { _ in Float(2 * random.symmetric()) }
    let right = (0..<rows).map { _ in Float(2 * random.symmetric()) }
    return { x, gradient in
      let point = (0..<columns).map { Float(x[$0]) }
      var (sum, slopes) = (Float(0), [Float](repeating: 0, count: columns))
      for row in 0..<rows {
        var rest = -right[row]
        for column in 0..<columns { rest += matrix[row * columns + column] * point[column] }
        sum += 0.5 * rest * rest
        for column in 0..<columns { slopes[column] += rest * matrix[row * columns + column] }
      }
      for column in 0..<columns { gradient?[column] = Double(factor * slopes[column]) }
      return Double(sum)
    }
  }

  func testSinglePrecision() throws {
    for seed in 0..<30 as Range<UInt64> {
      let x = points(20, seed: 100 + seed)
      let (right, report) = try check(leastSquares(1, seed: seed), at: x)
      XCTAssertTrue(right == .right || right == .undetermined, "\(seed): \(report)")
      // Half a unit in the last place of a number of 24 bits, and a few of them.
      XCTAssertGreaterThan(report.noise, 0x1p-26 * report.value, "\(seed)")
      XCTAssertLessThan(report.noise, 0x1p-20 * report.value, "\(seed)")
      XCTAssertLessThan(report.undetermined, 15, "\(seed): \(report)")
      for factor: Float in [1.5, -1, 0, 1.02] {
        let (wrong, report) = try check(leastSquares(factor, seed: seed), at: x)
        XCTAssertEqual(wrong, .wrong, "\(factor), \(seed): \(report)")
      }
    }
  }

  /// A function that is a staircase to the computer has the derivative 0 on its steps.
  func testSteps() throws {
    let staircase: (Double) -> Objective = { slope in
      { x, gradient in
        gradient?[0] = slope
        return floor(x[0])
      }
    }
    XCTAssertEqual(try check(staircase(0), at: [2.4]).0, .right)
    XCTAssertEqual(try check(staircase(0.5), at: [2.4]).0, .wrong)
    XCTAssertNotEqual(try check(staircase(0), at: [3]).0, .wrong)
  }

  /// Where the function does not depend on a coordinate, an analytic derivative is wrong unless it is 0.
  func testUnusedCoordinates() throws {
    for (slope, expected) in [(0, Verdict.right), (1, .wrong), (-1e-3, .wrong)] {
      for offset in [0, 1e3] {
        let (verdict, report) = try check(
          { x, gradient in
            gradient?[0] = 2 * x[0]
            gradient?[1] = slope
            return offset + x[0] * x[0]
          }, at: [0.7, 1.3])
        XCTAssertEqual(verdict, expected, "\(slope), \(offset): \(report)")
      }
    }
  }

  /// At a minimum nothing is left of the derivative, and that is known.
  func testMinima() throws {
    for offset in [0, 1, 1e6] {
      for power in [2.0, 4] {
        for x in [0, 1, 30, 1e-3] {
          for center in [x, 0] {
            let (verdict, report) = try check(
              { point, gradient in
                gradient?[0] = power * pow(point[0] - center, power - 1)
                return offset + pow(point[0] - center, power)
              }, at: [x])
            XCTAssertNotEqual(verdict, .wrong, "\(offset), \(power), \(x), \(center): \(report)")
            if power == 2 && x != 1e-3 { XCTAssertEqual(verdict, .right, "\(offset), \(x), \(center): \(report)") }
          }
        }
      }
    }
  }

  /// Corners next to x, with noise that hides how near they are: no right gradient is called wrong.
  func testCornersInNoise() throws {
    for offset in [0, 1e4, 1e8] {
      for exponent in -16...0 {
        for sign in [1.0, -1] {
          let corner = 1 + sign * pow(10, Double(exponent))
          let slopes = sign > 0 ? 1.0 : 3
          for (slope, expected) in [(slopes, Verdict.right), (5, .wrong), (0.5, .wrong)] {
            let (verdict, report) = try check(
              { x, gradient in
                gradient?[0] = slope
                return offset + x[0] + 2 * max(0, x[0] - corner)
              }, at: [1])
            if expected == .right {
              XCTAssertTrue(verdict == .right || verdict == .undetermined, "\(offset), \(corner): \(report)")
            } else {
              XCTAssertEqual(verdict, .wrong, "\(offset), \(corner), \(slope): \(report)")
            }
          }
        }
      }
    }
  }
}
