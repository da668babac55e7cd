import CDescent
import DescentABI
import XCTest

/// A call that fails, at whatever moment, leaves its results as they were: arrays, numbers and structs.
final class UnwrittenResultTests: XCTestCase {
  private let objective = CallerFunction.objective
  private static let guardValue = -12345.0

  /// A bowl whose value or gradient is bad in call number `call` and after it.
  private func bowl(badFrom call: Int, _ bad: Double, inGradient: Bool) -> CallerFunction {
    var calls = 0
    return CallerFunction { x, gradient in
      calls += 1
      for index in x.indices { gradient?[index] = 2 * x[index] }
      guard calls > call else { return x.reduce(0) { $0 + $1 * $1 } }
      if inGradient { gradient?[1] = bad }
      return inGradient ? 1 : bad
    }
  }

  private func forEachFailure(calls: Int, _ body: (CallerFunction) -> Void) {
    for bad in [Double.nan, .infinity, -.infinity] {
      for inGradient in [false, true] {
        for call in 0..<calls { body(bowl(badFrom: call, bad, inGradient: inGradient)) }
      }
    }
  }

  private let x = [1.0, -2, 3]
  private var untouched: [Double] { [Double](repeating: Self.guardValue, count: 40) }

  func testNumericGradient() {
    for method in [DESCENT_FORWARD, DESCENT_CENTRAL, DESCENT_RICHARDSON] {
      var failures = 0
      forEachFailure(calls: 20) { function in
        var gradient = untouched
        let status = descent_numeric_gradient(3, x, objective, function.context, method, 0, &gradient)
        if status != DESCENT_OK {
          failures += 1
          XCTAssertEqual(gradient, untouched)
        }
      }
      XCTAssertGreaterThan(failures, 3)
    }
  }

  func testGradientCheck() {
    var failures = 0
    forEachFailure(calls: 80) { function in
      var report = descent_gradient_report.empty
      report.noise = Self.guardValue
      report.worst_index = 77
      let status = descent_gradient_check(3, x, objective, function.context, 0, &report)
      if status != DESCENT_OK {
        failures += 1
        XCTAssertEqual(status, DESCENT_ERROR_NOT_FINITE)
        XCTAssertEqual(report.worst_index, 77)
        XCTAssertEqual(report.noise, Self.guardValue)
        XCTAssertEqual(report.undetermined, 0)
      }
    }
    XCTAssertGreaterThan(failures, 10)
  }

  /// A bad value only ends a range test; what was made until then is its record.
  func testRangeOfLearningRates() {
    for policy in [0.0, 1] {
      let optimizer = makeOptimizer(DESCENT_SGD, [DESCENT_NOT_FINITE_POLICY: policy])
      defer { descent_optimizer_free(optimizer) }
      for (minimum, maximum) in [(1e-300, 1e10), (1e-6, 1e-3), (1e-300, 1.7e308), (5e-324, 1e300)] {
        forEachFailure(calls: 12) { function in
          var options = descent_range_options()
          descent_range_options_init(&options)
          (options.steps, options.minimum, options.maximum) = (10, minimum, maximum)
          var (rates, losses) = (untouched, untouched)
          var (count, proposal) = (99, Self.guardValue)
          let status = descent_learning_rate_range(
            optimizer, 3, x, objective, function.context, &options, &rates, &losses, &count, &proposal)
          let written = status == DESCENT_OK ? count : 0
          if status != DESCENT_OK {
            XCTAssertEqual(count, 99)
            XCTAssertEqual(proposal, Self.guardValue)
          } else {
            XCTAssertLessThanOrEqual(count, Int(function.calls))
          }
          for (index, (rate, loss)) in zip(rates, losses).enumerated() {
            XCTAssertEqual(rate == Self.guardValue, index >= written)
            XCTAssertEqual(loss == Self.guardValue, index >= written)
            XCTAssertTrue(loss.isFinite && rate.isFinite)
          }
        }
      }
    }
  }

  func testRangeOfAClassifiersLearningRates() {
    let caller = Caller()
    let optimizer = makeOptimizer(DESCENT_SGD)
    defer { descent_optimizer_free(optimizer) }
    for (minimum, maximum) in [(1e-300, 1e10), (1e-6, 10), (1e-30, 1e30), (1e-300, 1e300)] {
      var (data, fit, options) = (caller.data, descent_fit_options(), descent_range_options())
      descent_fit_options_init(&fit)
      descent_range_options_init(&options)
      (options.steps, options.minimum, options.maximum) = (30, minimum, maximum)
      var (rates, losses) = (untouched, untouched)
      var (count, proposal) = (99, Self.guardValue)
      let status = descent_classifier_learning_rate_range(
        caller.classifier, optimizer, &data, &fit, &options, &rates, &losses, &count, &proposal)
      if status == DESCENT_OK {
        XCTAssertGreaterThan(count, 3)
        XCTAssertEqual(rates[0], minimum)
        XCTAssertEqual(rates[count], Self.guardValue)
      } else {
        XCTAssertEqual(rates, untouched)
        XCTAssertEqual(losses, untouched)
        XCTAssertEqual(count, 99)
      }
      if maximum < 1e38 && minimum > 1e-38 || maximum == 1e10 { assertOK(status) }
    }
  }

  /// A step that the policy refuses, in the middle of a minimization, ends it: the best point is handed out.
  func testMinimizing() {
    var diverged = 0
    for call in 0..<8 {
      let function = CallerFunction { x, gradient in
        for index in x.indices { gradient?[index] = 2 * x[index] }
        return 1
      }
      let optimizer = makeOptimizer(DESCENT_SGD, [DESCENT_LEARNING_RATE: call < 4 ? 1e100 : 0.1])
      defer { descent_optimizer_free(optimizer) }
      assertOK(descent_optimizer_set(optimizer, DESCENT_NOT_FINITE_POLICY, 1))
      var (x, best) = (x, untouched)
      var (stop, result) = (descent_stop.after(steps: UInt64(call + 1)), descent_result.empty)
      let status = best.withUnsafeMutableBufferPointer {
        stop.best_x = $0.baseAddress
        return descent_minimize(optimizer, 3, &x, objective, function.context, &stop, nil, nil, &result)
      }
      XCTAssertEqual(status, DESCENT_OK)
      if result.reason == DESCENT_DIVERGED {
        diverged += 1
        XCTAssertEqual(x, [1, -2, 3])
      }
      XCTAssertEqual(Array(best.prefix(3)), [1, -2, 3])
      XCTAssertEqual(best[3], Self.guardValue)
      XCTAssertEqual(result.best_value, 1)
    }
    XCTAssertGreaterThan(diverged, 0)
  }
}
