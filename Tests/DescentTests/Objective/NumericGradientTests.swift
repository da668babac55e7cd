import Foundation
import TestSupport
import XCTest

@testable import Descent

final class NumericGradientTests: XCTestCase {
  /// What the methods achieve on smooth functions, relative to the largest slope on the function's scale.
  private let methods: [(DifferenceMethod, Double)] = [(.forward, 3e-7), (.central, 1e-9), (.richardson, 1e-10)]

  /// One-dimensional functions of length scale 1 with their derivatives, to be stretched.
  private let shapes: [(name: String, value: (Double) -> Double, slope: (Double) -> Double)] = [
    ("sine", { sin($0) }, { cos($0) }),
    ("exponential", { exp(-$0) }, { -exp(-$0) }),
    ("parabola", { ($0 - 3) * ($0 - 3) }, { 2 * ($0 - 3) }),
    ("softplus", { log(1 + exp($0)) }, { 1 / (1 + exp(-$0)) }),
    ("quartic", { $0 * $0 * $0 * $0 + 1 }, { 4 * $0 * $0 * $0 }),
  ]

  func testScales() throws {
    for (method, accuracy) in methods {
      for shape in shapes {
        for exponent in -8...8 {
          let scale = pow(10, Double(exponent))
          for place in [0.4, -1.3, 2.2] {
            let gradient = try gradientByDifferences(
              { x, _ in shape.value(x[0] / scale) }, at: [place * scale], Differences(method, step: 0))
            XCTAssertEqual(
              gradient[0] * scale, shape.slope(place), accuracy: 30 * accuracy,
              "\(method), \(shape.name) at \(place), scale \(scale)")
          }
        }
      }
    }
  }

  func testVectorsThatMixScales() throws {
    let scales = (-8...8).map { pow(10, Double($0)) }
    for (method, accuracy) in methods {
      let x = scales.enumerated().map { (0.3 + 0.1 * Double($0)) * $1 }
      let gradient = try gradientByDifferences(
        { x, _ in scales.indices.reduce(0.0) { $0 + sin(x[$1] / scales[$1]) } }, at: x, Differences(method, step: 0))
      for (index, scale) in scales.enumerated() {
        XCTAssertEqual(
          gradient[index] * scale, cos(x[index] / scale), accuracy: 100 * accuracy, "\(method), scale \(scale)")
      }
    }
  }

  func testCoordinatesThatAreNearZeroByAccident() throws {
    for (method, accuracy) in methods {
      for small in [0, 1e-300, 1e-100, 1e-20, 1e-15, 1e-12, -1e-9, 1e-9, 1e-6, 1e-4, -1e-3, 0.01, 0.1] {
        let x = [small, 0.7, small]
        // Values of about 5, all slopes about 1.
        let gradient = try gradientByDifferences(
          { x, _ in 5 + sin(x[0]) + x[1] * exp(x[2]) }, at: x, Differences(method, step: 0))
        let exact = [cos(small), exp(small), 0.7 * exp(small)]
        for index in 0..<3 {
          XCTAssertEqual(gradient[index], exact[index], accuracy: 3000 * accuracy, "\(method), \(small), \(index)")
        }
      }
    }
  }

  /// A slope of exactly 0, from which larger steps must not lead away.
  func testFlatPlaces() throws {
    for (method, accuracy) in methods {
      for scale in [1e-8, 1e-4, 1, 1e4] {
        let flat: [(String, Double, (Double) -> Double)] = [
          ("constant", 1, { _ in 3 }), ("cubic", 1, { 1 + ($0 - 1) * ($0 - 1) * ($0 - 1) }),
          ("cosine", Double.pi, { 2 + cos($0) }),
        ]
        for (name, place, value) in flat {
          let gradient = try gradientByDifferences(
            { x, _ in value(x[0] / scale) }, at: [place * scale], Differences(method, step: 0))
          XCTAssertEqual(gradient[0] * scale, 0, accuracy: 100 * accuracy, "\(method), \(name), scale \(scale)")
        }
      }
    }
  }

  func testNamedFunctions() throws {
    var random = SeededRandom(seed: 7)
    for function in TestFunction.all {
      for _ in 0..<50 {
        let x = function.start.map { _ in 2 * random.symmetric() }
        let exact = function.gradient(x)
        let size = exact.reduce(1) { max($0, abs($1)) }
        for (method, accuracy) in methods {
          let gradient = try gradientByDifferences(function.evaluate, at: x, Differences(method, step: 0))
          for index in x.indices {
            XCTAssertEqual(
              gradient[index], exact[index], accuracy: 300 * accuracy * size, "\(method), \(function.name), \(x)")
          }
        }
      }
    }
  }

  /// The orders of the methods: what is left over when the step is 10 times smaller.
  func testOrders() throws {
    for (method, order) in [(DifferenceMethod.forward, 1), (.central, 2), (.richardson, 4)] {
      let errors = try [0.1, 0.01].map {
        abs(try gradientByDifferences({ x, _ in exp(x[0]) }, at: [0.5], Differences(method, step: $0))[0] - exp(0.5))
      }
      XCTAssertEqual(log10(errors[0] / errors[1]), Double(order), accuracy: 0.1, "\(method)")
    }
  }

  func testWhatIsEvaluated() throws {
    for (method, expected) in [(DifferenceMethod.forward, 4), (.central, 6), (.richardson, 12)] {
      for step in [0, 0.5] {
        var calls = 0
        let x = [1.0, -2.0, 4.0]
        _ = try gradientByDifferences(
          { y, gradient in
            XCTAssertNil(gradient)
            XCTAssertLessThanOrEqual(x.indices.reduce(0) { $0 + (x[$1] == y[$1] ? 0 : 1) }, 1)
            calls += 1
            return y[0] + y[1] * y[2]
          }, at: x, Differences(method, step: step))
        XCTAssertEqual(calls, expected, "\(method), \(step)")
      }
    }
  }

  /// Where a larger step leaves the domain, the smaller one counts.
  func testDomains() throws {
    for (method, _) in methods {
      for place in [1e-9, 1e-4, 1] {
        let gradient = try gradientByDifferences(
          { x, _ in 1e6 + log(x[0]) }, at: [place], Differences(method, step: 0))
        XCTAssertEqual(gradient[0] * place, 1, accuracy: 0.05, "\(method) at \(place)")
      }
    }
  }

  func testRefusals() throws {
    func differences(_ method: DifferenceMethod, _ step: Double) throws(Failure) -> Differences {
      try Differences(method, step: step)
    }
    for step in [-1, .nan, .infinity] as [Double] {
      assertFailure(.invalidArgument, "step: \(step == -1 ? "-1" : "\(step)") is outside [0, inf)") {
        () throws(Failure) in
        _ = try differences(.central, step)
      }
    }
    assertFailure(.invalidArgument, "method: there is no difference 4") { () throws(Failure) in
      _ = try Differences(method: 4, step: 0)
    }
    func assertFails(
      _ kind: Failure.Kind, _ text: String, _ x: [Double], _ differences: Differences, _ value: ([Double]) -> Double
    ) {
      var gradient = [Double](repeating: 7, count: x.count)
      assertFailure(kind, text) { () throws(Failure) in
        var failure: Failure?
        gradient.withUnsafeMutableBufferPointer { out in
          x.withUnsafeBufferPointer { x in
            do throws(Failure) {
              try numericGradient(
                of: { point, _ in value(array(point, x.count)) }, at: x.baseAddress!, count: x.count, differences,
                into: out.baseAddress!)
            } catch { failure = error }
          }
        }
        if let failure { throw failure }
      }
      XCTAssertEqual(gradient, [Double](repeating: 7, count: x.count))
    }
    assertFails(
      .notFinite, "objective: its value is NaN or infinite near x[1] = 2", [1, 2, 3], try differences(.central, 0)
    ) { $0[1] < 2 ? .nan : 0 }
    assertFails(
      .notFinite, "objective: its value is NaN or infinite near x[2] = inf", [1, 2, .infinity],
      try differences(.richardson, 0)
    ) { $0[0] }
    assertFails(.notFinite, "objective: its value at x is inf", [1], try differences(.forward, 0)) { _ in .infinity }
    assertFails(
      .invalidArgument, "step: 1e-20 is lost in x[1] = 2", [0, 2], try differences(.central, 1e-20)
    ) { $0[0] }
  }
}
