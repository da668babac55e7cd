import Foundation
import TestSupport
import XCTest

@testable import Descent

final class GradientCheckTests: XCTestCase {
  private func check(
    _ objective: Objective, at x: [Double], step: Double = 0, subset: Int? = nil, seed: UInt64 = 0
  ) throws -> GradientReport {
    try checkGradient(of: objective, at: x, count: x.count, step: step, subset: subset, seed: seed)
  }

  private func points(_ count: Int, seed: UInt64, spread: Double = 2) -> [Double] {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { _ in spread * random.symmetric() }
  }

  func testRightGradients() throws {
    for function in TestFunction.all {
      for seed in 0..<100 as Range<UInt64> {
        let x = points(function.start.count, seed: seed)
        let report = try check(function.evaluate, at: x)
        XCTAssertLessThan(report.maxRelativeError, 1e-6, "\(function.name) at \(x): \(report)")
        XCTAssertEqual(report.suspectedKinks, 0, "\(function.name) at \(x)")
        XCTAssertEqual(report.checked, x.count)
      }
      for x in function.minima + [function.start] {
        XCTAssertLessThan(try check(function.evaluate, at: x).maxRelativeError, 1e-6, "\(function.name) at \(x)")
      }
    }
  }

  func testRightGradientsOnAllScales() throws {
    let scales = (-8...8).map { pow(10, Double($0)) }
    let x = scales.enumerated().map { (0.3 + 0.1 * Double($0)) * $1 }
    let report = try check(
      { x, gradient in
        for (index, scale) in scales.enumerated() { gradient?[index] = cos(x[index] / scale) / scale }
        return scales.indices.reduce(0.0) { $0 + sin(x[$1] / scales[$1]) }
      }, at: x)
    XCTAssertLessThan(report.maxRelativeError, 1e-6, "\(report)")
  }

  /// Coupled terms over 10,000 numbers; with `factor` on one component of the gradient.
  private func chain(_ wrong: Int?, _ factor: Double) -> Objective {
    { x, gradient in
      let count = 10_000
      var sum = 0.0
      if let gradient { for index in 0..<count { gradient[index] = 0 } }
      for index in 0..<count {
        let next = (index + 1) % count
        let a = x[index] * x[index] - 0.5 * x[next]
        sum += sin(a) + 0.1 * x[index] * x[index]
        guard let gradient else { continue }
        gradient[index] += 2 * x[index] * cos(a) + 0.2 * x[index]
        gradient[next] -= 0.5 * cos(a)
      }
      if let gradient, let wrong { gradient[wrong] *= factor }
      return sum
    }
  }

  func testAPlantedErrorOfOnePercentInTenThousand() throws {
    let x = points(10_000, seed: 3)
    // A full check takes 20,000 evaluations of 10,000 terms: a stretch around the error is checked with a subset that
    // holds it, and another that does not.
    for wrong in [0, 4_321, 9_999] {
      for factor in [1.01, 0.99] {
        let function = chain(wrong, factor)
        var seed: UInt64 = 0
        while !holds(wrong, seed) { seed += 1 }
        let report = try check(function, at: x, subset: 200, seed: seed)
        XCTAssertEqual(report.worstIndex, wrong)
        XCTAssertEqual(report.maxRelativeError, 0.01, accuracy: 2e-4)
        XCTAssertEqual(report.analytic / report.numeric, factor, accuracy: 1e-4)
        XCTAssertEqual(report.checked, 200)
        while holds(wrong, seed) { seed += 1 }
        XCTAssertLessThan(try check(function, at: x, subset: 200, seed: seed).maxRelativeError, 1e-4)
      }
    }
  }

  private func holds(_ index: Int, _ seed: UInt64) -> Bool {
    var subset = Subset(200, of: 10_000, seed: seed)
    return (0..<10_000).filter { subset.takes($0) }.contains(index)
  }

  func testWrongGradientsOfSmallFunctions() throws {
    for function in TestFunction.all {
      for seed in 0..<20 as Range<UInt64> {
        let x = points(function.start.count, seed: seed)
        for index in x.indices {
          for factor in [1.01, 0.99, -1, 0, 2] {
            let report = try check(
              { x, gradient in
                let value = function.evaluate(x, gradient)
                gradient?[index] *= factor
                return value
              }, at: x)
            XCTAssertGreaterThan(report.maxRelativeError, 5e-3, "\(function.name) at \(x), \(index), \(factor)")
            XCTAssertEqual(report.worstIndex, index)
          }
        }
      }
    }
  }

  // MARK: - Kinks

  /// Σ |x|: every 0 is a kink.
  func testAbsoluteValues() throws {
    for atZero in [-1, -0.5, 0, 0.3, 1] {
      let objective: Objective = { x, gradient in
        for index in 0..<4 { gradient?[index] = x[index] == 0 ? atZero : x[index] < 0 ? -1 : 1 }
        return (0..<4).reduce(0) { $0 + abs(x[$1]) }
      }
      let report = try check(objective, at: [0, 1, -2, 0])
      XCTAssertEqual(report.maxRelativeError, 0, accuracy: 1e-6, "\(atZero): \(report)")
      if atZero != 0 { XCTAssertEqual(report.suspectedKinks, 2) }
      // Near one it is no kink, but smaller steps are needed.
      for near in [1e-12, 1e-9, 1e-8, 3e-7, 1e-6, 1e-5] {
        let report = try check(objective, at: [near, -near, 1, 2], step: 1e-5)
        XCTAssertLessThan(report.maxRelativeError, 1e-6, "\(near): \(report)")
        XCTAssertLessThan(try check(objective, at: [near, -near, 1, 2]).maxRelativeError, 1e-6, "\(near)")
      }
    }
  }

  /// A derivative that lies outside the two at a kink is wrong.
  func testWrongGradientsAtKinks() throws {
    for wrong in [1.01, -1.01, 2, 100] {
      let report = try check(
        { x, gradient in
          gradient?[0] = wrong
          return abs(x[0])
        }, at: [0])
      XCTAssertGreaterThan(report.maxRelativeError, 5e-3, "\(wrong)")
      XCTAssertEqual(report.suspectedKinks, 0)
    }
  }

  /// A sum of hinges of linear functions, hundreds of which are at or near their corners.
  func testHinges() throws {
    let (samples, dimension) = (400, 20)
    var random = SeededRandom(seed: 5)
    let features = (0..<samples).map { _ in (0..<dimension).map { _ in random.symmetric() } }
    let x = points(dimension, seed: 8, spread: 1)
    // Each hinge's corner lies at a chosen distance.
    let distances = [0, 0, 1e-15, -1e-12, 1e-9, 1e-7, -1e-6, 1e-5, 1, -1, 0.3, -0.5]
    let offsets = features.enumerated().map { sample, row in
      distances[sample % distances.count] - zip(row, x).reduce(0) { $0 + $1.0 * $1.1 }
    }
    func objective(_ wrong: Double) -> Objective {
      { x, gradient in
        var sum = 0.0
        if let gradient { for index in 0..<dimension { gradient[index] = 0 } }
        for sample in 0..<samples {
          var margin = offsets[sample]
          for index in 0..<dimension { margin += features[sample][index] * x[index] }
          sum += max(0, margin)
          if let gradient, margin > 0 {
            for index in 0..<dimension { gradient[index] += features[sample][index] }
          }
        }
        if let gradient { gradient[3] += wrong }
        return sum
      }
    }
    let report = try check(objective(0), at: x)
    XCTAssertLessThan(report.maxRelativeError, 1e-3, "\(report)")
    XCTAssertGreaterThan(report.suspectedKinks, dimension / 2, "\(report)")
    XCTAssertGreaterThan(try check(objective(100), at: x).maxRelativeError, 0.1)
  }

  /// A layer of rectifiers with a squared loss, at random points: no kink is hit, but many are near.
  func testRectifiers() throws {
    let (inputs, hidden) = (8, 16)
    var random = SeededRandom(seed: 9)
    let features = (0..<30).map { _ in (0..<inputs).map { _ in random.symmetric() } }
    let objective: Objective = { x, gradient in
      var sum = 0.0
      let count = inputs * hidden + hidden
      if let gradient { for index in 0..<count { gradient[index] = 0 } }
      for row in features {
        var activity = [Double](repeating: 0, count: hidden)
        for unit in 0..<hidden {
          for input in 0..<inputs { activity[unit] += row[input] * x[unit * inputs + input] }
        }
        var out = -1.0
        for unit in 0..<hidden { out += max(0, activity[unit]) * x[inputs * hidden + unit] }
        sum += out * out
        guard let gradient else { continue }
        for unit in 0..<hidden where activity[unit] > 0 {
          gradient[inputs * hidden + unit] += 2 * out * activity[unit]
          for input in 0..<inputs {
            gradient[unit * inputs + input] += 2 * out * x[inputs * hidden + unit] * row[input]
          }
        }
      }
      return sum
    }
    for seed in 0..<30 as Range<UInt64> {
      let report = try check(objective, at: points(inputs * hidden + hidden, seed: seed, spread: 1))
      XCTAssertLessThan(report.maxRelativeError, 1e-5, "\(report)")
    }
    // All weights 0, where every unit is at its corner.
    let report = try check(objective, at: [Double](repeating: 0, count: inputs * hidden + hidden))
    XCTAssertEqual(report.maxRelativeError, 0)
  }

  func testCurvatureIsNoKink() throws {
    // √|x|³ has no second derivative at 0, and a parabola of great curvature has one.
    let functions: [Objective] = [
      { x, gradient in
        gradient?[0] = 1.5 * abs(x[0]).squareRoot() * (x[0] < 0 ? -1 : 1)
        return pow(abs(x[0]), 1.5)
      },
      { x, gradient in
        gradient?[0] = 2e6 * x[0]
        return 1e6 * x[0] * x[0]
      },
      { x, gradient in
        gradient?[0] = 2e6 * (x[0] - 1)
        return 1e6 * (x[0] - 1) * (x[0] - 1) + 3
      },
    ]
    for (index, function) in functions.enumerated() {
      for x in [0, 1, 1 + 1e-9, 0.5] {
        let report = try check(function, at: [x])
        XCTAssertEqual(report.suspectedKinks, 0, "\(index) at \(x): \(report)")
        XCTAssertLessThan(report.maxRelativeError, 1e-6, "\(index) at \(x): \(report)")
      }
    }
  }

  /// Derivatives that the noise of the function hides are not errors; a function in single precision is such a one.
  func testNoise() throws {
    let single: (Double) -> Objective = { factor in
      { x, gradient in
        let a = (0..<5).map { Float(x[$0]) }
        for index in 0..<5 { gradient?[index] = factor * Double(cos(a[index])) }
        return Double(a.reduce(Float(0)) { $0 + sin($1) })
      }
    }
    for seed in 0..<20 as Range<UInt64> {
      XCTAssertLessThan(
        try check(single(1), at: points(5, seed: seed), step: 1e-3).maxRelativeError, 1e-3, "\(seed)")
      XCTAssertGreaterThan(
        try check(single(1.1), at: points(5, seed: seed), step: 1e-3).maxRelativeError, 0.05, "\(seed)")
    }
    let offset = try check(
      { x, gradient in
        gradient?[0] = 0
        gradient?[1] = 1e-14
        return 1e3 + 0 * x[0] + 1e-14 * x[1]
      }, at: [1, 1])
    XCTAssertEqual(offset.maxRelativeError, 0)
    XCTAssertEqual(offset.checked, 2)
  }

  // MARK: - Subsets

  func testSubsetsAreDrawnEvenly() {
    var counts = [Int](repeating: 0, count: 20)
    var pairs = 0
    for seed in 0..<20_000 as Range<UInt64> {
      var subset = Subset(5, of: 20, seed: seed)
      let taken = (0..<20).filter { subset.takes($0) }
      XCTAssertEqual(taken.count, 5)
      for index in taken { counts[index] += 1 }
      if taken.contains(0) && taken.contains(1) { pairs += 1 }
    }
    assertEquallyLikely(counts, "elements")
    // 5/20 · 4/19 of them.
    XCTAssertEqual(Double(pairs), 20_000 * 5 / 20 * 4 / 19, accuracy: 5 * (20_000.0 / 19).squareRoot())
    var all = Subset(20, of: 20, seed: 1)
    XCTAssertTrue((0..<20).allSatisfy { all.takes($0) })
  }

  func testSubsetOfAll() throws {
    let function = TestFunction.named("quadratic")
    let (all, subset) = (
      try check(function.evaluate, at: [1, 2, 3]), try check(function.evaluate, at: [1, 2, 3], subset: 3, seed: 9)
    )
    XCTAssertEqual(all.maxRelativeError, subset.maxRelativeError)
    XCTAssertEqual(all.worstIndex, subset.worstIndex)
  }

  func testRefusals() throws {
    let quadratic = TestFunction.named("quadratic")
    func assertFails(
      _ kind: Failure.Kind, _ text: String, step: Double = 0, subset: Int? = nil, _ objective: Objective
    ) {
      assertFailure(kind, text) { () throws(Failure) in
        _ = try checkGradient(of: objective, at: [1, 2, 3], count: 3, step: step, subset: subset)
      }
    }
    assertFails(.invalidArgument, "count: 0 is outside [1, 3]", subset: 0, quadratic.evaluate)
    assertFails(.invalidArgument, "count: 4 is outside [1, 3]", subset: 4, quadratic.evaluate)
    assertFails(.invalidArgument, "count: 18446744073709551615 is outside [1, 3]", subset: -1, quadratic.evaluate)
    assertFails(.invalidArgument, "step: -1 is outside [0, inf)", step: -1, quadratic.evaluate)
    assertFails(.invalidArgument, "step: 1e-17 is lost in x[0] = 1", step: 1e-17, quadratic.evaluate)
    assertFails(.notFinite, "objective: its value at x is nan") { _, _ in .nan }
    assertFails(.notFinite, "objective: gradient[2] is nan, or was not written") { _, gradient in
      gradient?[0] = 0
      gradient?[1] = 0
      return 0
    }
    assertFails(.notFinite, "objective: its value is NaN or infinite near x[1] = 2") { x, gradient in
      for index in 0..<3 { gradient?[index] = 0 }
      return x[1] > 2 && x[0] == 1 ? .infinity : 0
    }
  }
}
