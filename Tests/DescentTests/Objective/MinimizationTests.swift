import Foundation
import XCTest

@testable import Descent

final class MinimizationTests: XCTestCase {
  private let algorithms = ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"]

  /// A learning rate that suits the algorithm and the function.
  private func learningRate(_ algorithm: String, _ function: String) -> Double {
    switch algorithm {
    case "sgd": ["Rosenbrock": 0.001, "Beale": 0.01, "Himmelblau": 0.01][function] ?? 0.1
    case "momentum", "nesterov": ["Rosenbrock": 0.0002, "Beale": 0.002, "Himmelblau": 0.002][function] ?? 0.02
    case "adagrad": 0.5
    case "rmsprop": 0.001
    default: 0.02
    }
  }

  func testEachAlgorithmFindsTheMinimumOfEachFunction() throws {
    for function in TestFunction.all {
      for algorithm in algorithms {
        var optimizer = try Optimizer.named(
          algorithm, ["learning_rate": learningRate(algorithm, function.name)])
        var x = function.start
        let result = try optimizer.minimize(
          function.evaluate, from: &x, until: .after(steps: 60_000, gradient: 1e-7))
        let what = "\(algorithm) on \(function.name): \(x) after \(result.steps) steps, \(result.end)"
        // RMSProp goes on dancing around the minimum, at a distance of about its learning rate.
        XCTAssertLessThan(function.distance(x), algorithm == "rmsprop" ? 5e-3 : 1e-4, what)
        XCTAssertLessThan(result.value - function.least, algorithm == "rmsprop" ? 1e-3 : 1e-7, what)
        XCTAssertEqual(result.value, function.value(x), what)
        XCTAssertEqual(result.evaluations, result.steps + 1, what)
        if algorithm != "rmsprop" { XCTAssertEqual(result.end, .gradient, what) }
      }
    }
  }

  func testNumericGradientFindsThemToo() throws {
    for function in TestFunction.all {
      for method in [DifferenceMethod.central, .richardson] {
        var optimizer = try Optimizer.named("adam", ["learning_rate": 0.05])
        var x = function.start
        var calls: UInt64 = 0
        let result = try optimizer.minimize(
          { x, gradient in
            XCTAssertNil(gradient)
            calls += 1
            return function.evaluate(x, nil)
          }, from: &x, differences: Differences(method, step: 0), until: .after(steps: 3000))
        XCTAssertLessThan(function.distance(x), 1e-4, "\(function.name) \(method)")
        XCTAssertEqual(result.evaluations, calls, "\(function.name) \(method)")
        XCTAssertGreaterThanOrEqual(calls, 3001 * UInt64(1 + 2 * x.count))
      }
    }
  }

  /// The six rules as a textbook has them.
  private func textbook(
    _ algorithm: String, _ function: TestFunction, steps: Int, learningRate rate: Double
  ) -> [[Double]] {
    var x = function.start
    var path: [[Double]] = []
    var first = [Double](repeating: 0, count: x.count)
    var second = first
    for step in 1...steps {
      let gradient = function.gradient(x)
      for (index, g) in gradient.enumerated() {
        switch algorithm {
        case "sgd": x[index] -= rate * g
        case "momentum":
          first[index] = 0.9 * first[index] - rate * g
          x[index] += first[index]
        case "nesterov":
          let before = first[index]
          first[index] = 0.9 * before - rate * g
          x[index] += -0.9 * before + 1.9 * first[index]
        case "adagrad":
          second[index] += g * g
          x[index] -= rate * g / (second[index].squareRoot() + 1e-7)
        case "rmsprop":
          second[index] = 0.99 * second[index] + 0.01 * g * g
          x[index] -= rate * g / (second[index].squareRoot() + 1e-7)
        default:
          first[index] = 0.9 * first[index] + 0.1 * g
          second[index] = 0.999 * second[index] + 0.001 * g * g
          let mean = first[index] / (1 - pow(0.9, Double(step)))
          let square = second[index] / (1 - pow(0.999, Double(step)))
          x[index] -= rate * mean / (square.squareRoot() + 1e-8)
        }
      }
      path.append(x)
    }
    return path
  }

  func testTrajectoriesAreTheTextbooksOwn() throws {
    for name in ["quadratic", "Rosenbrock", "Beale"] {
      let function = TestFunction.named(name)
      for algorithm in algorithms {
        let rate = learningRate(algorithm, name)
        let path = textbook(algorithm, function, steps: 200, learningRate: rate)
        var optimizer = try Optimizer.named(algorithm, ["learning_rate": rate])
        var x = function.start
        var steps = 0
        var before = function.start
        let result = try optimizer.minimize(function.evaluate, from: &x, until: .after(steps: 200)) { report, x in
          let expected = path[steps]
          steps += 1
          let point = array(x, expected.count)
          for index in expected.indices {
            XCTAssertEqual(
              point[index], expected[index], accuracy: 1e-9 * max(1, abs(expected[index])),
              "\(algorithm) on \(name), step \(steps)")
          }
          let length = { (v: [Double]) in v.reduce(0) { $0 + $1 * $1 }.squareRoot() }
          XCTAssertEqual(report.step, UInt64(steps))
          XCTAssertEqual(report.stepTotal, 200)
          XCTAssertEqual(report.epoch, 0)
          XCTAssertFalse(report.isEpochEnd)
          XCTAssertEqual(report.loss, function.value(point))
          XCTAssertEqual(report.learningRate, rate)
          XCTAssertEqual(
            report.gradientNorm, length(function.gradient(point)), accuracy: 1e-12 * report.gradientNorm)
          XCTAssertEqual(
            report.updateRatio, length(zip(point, before).map { $0 - $1 }) / length(before), accuracy: 1e-12)
          before = point
          return false
        }
        XCTAssertEqual(steps, 200)
        XCTAssertEqual(result.steps, 200)
        XCTAssertEqual(optimizer.stepCount, 200)
        XCTAssertEqual(x, before)
      }
    }
  }

  func testTwoCallsAreOne() throws {
    let function = TestFunction.named("Rosenbrock")
    for algorithm in algorithms {
      var (once, twice) = (function.start, function.start)
      var optimizer = try Optimizer.named(algorithm, ["learning_rate": 0.001])
      _ = try optimizer.minimize(function.evaluate, from: &once, until: .after(steps: 50))
      try optimizer.reset()
      _ = try optimizer.minimize(function.evaluate, from: &twice, until: .after(steps: 20))
      _ = try optimizer.minimize(function.evaluate, from: &twice, until: .after(steps: 30))
      XCTAssertEqual(once, twice, algorithm)
    }
  }

  // MARK: - How it ends

  private func end(
    from start: [Double] = [3, -2, 1], _ stop: StopCriteria, progress: ((FitProgress) -> Bool)? = nil
  ) throws -> SearchResult {
    var optimizer = try Optimizer.named("sgd", ["learning_rate": 0.1])
    var x = start
    let function = TestFunction.named("quadratic")
    let result = try optimizer.minimize(
      function.evaluate, from: &x, until: stop, progress: progress.map { progress in { report, _ in progress(report) } }
    )
    XCTAssertEqual(result.value, function.value(x))
    XCTAssertEqual(
      result.gradientNorm, function.gradient(x).reduce(0) { $0 + $1 * $1 }.squareRoot(), accuracy: 1e-15)
    XCTAssertEqual(result.evaluations, result.steps + 1)
    XCTAssertEqual(optimizer.stepCount, result.steps)
    return result
  }

  func testReachesSteps() throws {
    let result = try end(.after(steps: 7))
    XCTAssertEqual(result.end, .steps)
    XCTAssertEqual(result.steps, 7)
  }

  func testReachesGradient() throws {
    let result = try end(.after(steps: 1000, gradient: 1e-3))
    XCTAssertEqual(result.end, .gradient)
    XCTAssertLessThanOrEqual(result.gradientNorm, 1e-3)
    XCTAssertGreaterThan(result.gradientNorm, 0.5e-3)
    // A point where nothing is left to do.
    XCTAssertEqual(try end(from: [1, 2, -0.5], .after(gradient: 1e-9)).steps, 0)
  }

  func testReachesTarget() throws {
    let result = try end(.after(steps: 1000, target: 0.01))
    XCTAssertEqual(result.end, .target)
    XCTAssertLessThanOrEqual(result.value, 0.01)
    XCTAssertEqual(try end(.after(target: 100)).steps, 0)
    // A negative one is not "unused".
    var optimizer = try Optimizer.named("sgd", ["learning_rate": 0.1])
    var x = [1, 1e-3]
    let saddle = try optimizer.minimize(
      TestFunction.named("saddle").evaluate, from: &x, until: .after(steps: 10_000, target: -0.2))
    XCTAssertEqual(saddle.end, .target)
    XCTAssertLessThanOrEqual(saddle.value, -0.2)
  }

  func testReachesValueTolerance() throws {
    var values = [TestFunction.named("quadratic").value([3, -2, 1])]
    let result = try end(.after(steps: 1000, value: 1e-4)) {
      values.append($0.loss)
      return false
    }
    XCTAssertEqual(result.end, .valueTolerance)
    for index in 1..<values.count {
      XCTAssertEqual(abs(values[index] - values[index - 1]) <= 1e-4 * max(1, values[index]), index == values.count - 1)
    }
    // It needs two values.
    XCTAssertEqual(try end(from: [1, 2, -0.5], .after(value: 1)).steps, 1)
  }

  func testReachesTime() throws {
    let result = try end(.after(seconds: 1e-9))
    XCTAssertEqual(result.end, .time)
    XCTAssertGreaterThanOrEqual(result.seconds, 1e-9)
    // Time passes also where nothing improves.
    var optimizer = try Optimizer.named("sgd")
    var x = [1.0]
    let flat = try optimizer.minimize(
      { _, gradient in
        gradient?[0] = 1e-3
        return 1
      }, from: &x, until: .after(seconds: 0.02))
    XCTAssertEqual(flat.end, .time)
    XCTAssertGreaterThan(flat.steps, 1)
  }

  func testStopsByCallbackAndCanGoOn() throws {
    let result = try end(.after(steps: 100)) { $0.step == 5 }
    XCTAssertEqual(result.end, .callback)
    XCTAssertEqual(result.steps, 5)

    let function = TestFunction.named("Beale")
    var optimizer = try Optimizer.named("adam")
    var (x, whole) = (function.start, function.start)
    _ = try optimizer.minimize(function.evaluate, from: &x, until: .after(steps: 100)) { report, _ in report.step == 60
    }
    _ = try optimizer.minimize(function.evaluate, from: &x, until: .after(steps: 40))
    var other = try Optimizer.named("adam")
    _ = try other.minimize(function.evaluate, from: &whole, until: .after(steps: 100))
    XCTAssertEqual(x, whole)
  }

  func testTheOrderOfTheReasons() throws {
    let reasons: [(StopCriteria, SearchEnd)] = [
      (try .after(steps: 3, gradient: 1e9, value: 1e9, target: 1e9, seconds: 1e-12), .gradient),
      (try .after(steps: 3, value: 1e9, target: 1e9, seconds: 1e-12), .target),
      (try .after(steps: 1, value: 1e9), .valueTolerance), (try .after(steps: 1, seconds: 1e9), .steps),
    ]
    for (stop, expected) in reasons { XCTAssertEqual(try end(stop).end, expected) }
    // The last step is reported, and its reason goes before the callback's.
    XCTAssertEqual(try end(.after(steps: 4)) { _ in false }.steps, 4)
    XCTAssertEqual(try end(.after(steps: 4)) { $0.step == 4 }.end, .steps)
  }

  // MARK: - Functions that leave the numbers

  func testDivergenceReturnsTheBestPoint() throws {
    for bad in [Double.nan, .infinity, -.infinity] {
      for inGradient in [false, true] {
        var calls = 0
        var points: [Double] = []
        var optimizer = try Optimizer.named("sgd", ["learning_rate": 1])
        var x = [8.0]
        let result = try optimizer.minimize(
          { x, gradient in
            calls += 1
            points.append(x[0])
            // Down to 2 in the third call, then up, then out.
            gradient![0] = calls < 3 ? 3 : calls < 5 ? -4 : inGradient ? bad : 0
            return calls < 5 ? x[0] : inGradient ? -100 : bad
          }, from: &x, until: .after(steps: 100, gradient: 1e-9))
        XCTAssertEqual(result.end, .diverged)
        XCTAssertEqual(points, [8, 5, 2, 6, 10])
        XCTAssertEqual(x, [2])
        XCTAssertEqual(result.value, 2)
        XCTAssertEqual(result.gradientNorm, 4)
        XCTAssertEqual(result.steps, 4)
        XCTAssertEqual(result.evaluations, 5)
      }
    }
  }

  /// Whatever ends it, the best value of all that were seen is told.
  func testTheBestPoint() throws {
    for (end, steps) in [("steps", 5), ("callback", 4), ("diverged", 6)] {
      for returnsBest in [false, true] {
        var values = [3.0, 2, 7, 1, 6, 9, .nan]
        var optimizer = try Optimizer.named("sgd", ["learning_rate": 1])
        var (x, best) = ([10.0], [Double.nan])
        let result = try x.withUnsafeMutableBufferPointer { x in
          try best.withUnsafeMutableBufferPointer { best in
            try optimizer.minimize(
              { _, gradient in
                gradient![0] = 1
                return values.removeFirst()
              }, from: x.baseAddress!, count: 1, until: .after(steps: end == "steps" ? 5 : 100),
              returning: PointChoice(returnsBest: returnsBest, best: best.baseAddress!), isWatched: true
            ) { end == "callback" && $0.step == 4 }
          }
        }
        XCTAssertEqual(result.steps, UInt64(steps))
        XCTAssertEqual(best, [7])
        XCTAssertEqual(result.bestValue, 1)
        let isLast = end != "diverged" && !returnsBest
        XCTAssertEqual(x, [isLast ? 10 - Double(steps) : 7])
        XCTAssertEqual(result.value, isLast ? (end == "steps" ? 9 : 6) : 1)
      }
    }
  }

  func testALearningRateThatIsTooLargeReturnsTheStart() throws {
    var optimizer = try Optimizer.named("sgd", ["learning_rate": 1.5])
    var x = [5.0]
    let result = try optimizer.minimize(
      { x, gradient in
        gradient?[0] = 2 * x[0]
        return x[0] * x[0]
      }, from: &x, until: .after(steps: 50))
    XCTAssertGreaterThan(result.value, 1e30)
    XCTAssertEqual(result.bestValue, 25)
  }

  func testABadFirstValueLeavesThePoint() throws {
    for bad in [Double.nan, .infinity, -.infinity] {
      var optimizer = try Optimizer.named("adam")
      var x = [1.0, 2.0]
      let result = try optimizer.minimize(
        { x, gradient in
          gradient![0] = 1
          gradient![1] = 1
          return bad
        }, from: &x, until: .after(steps: 10))
      XCTAssertEqual(result.end, .diverged)
      XCTAssertEqual(x, [1, 2])
      XCTAssertEqual(result.steps, 0)
      XCTAssertEqual(result.value.bitPattern, bad.bitPattern)
    }
  }

  /// A gradient that was not written must not look like one of zeros.
  func testAnUnwrittenGradientIsNoMinimum() throws {
    var optimizer = try Optimizer.named("sgd")
    var x = [1.0, 2.0]
    let result = try optimizer.minimize(
      { x, gradient in
        gradient![0] = 0
        return 1
      }, from: &x, until: .after(gradient: 1e-3))
    XCTAssertEqual(result.end, .diverged)
  }

  func testALearningRateThatIsTooHighEnds() throws {
    for function in TestFunction.all where function.name != "saddle" {
      var optimizer = try Optimizer.named("sgd", ["learning_rate": 1e3])
      var x = function.start
      let result = try optimizer.minimize(function.evaluate, from: &x, until: .after(gradient: 1e-9))
      XCTAssertEqual(result.end, .diverged, function.name)
      XCTAssertEqual(x, function.start, function.name)
    }
  }

  func testADifferenceThatIsNotFiniteDiverges() throws {
    var optimizer = try Optimizer.named("sgd", ["learning_rate": 0.35])
    var x = [1.0]
    // From 1 by 0.65 to 0.3, from where a difference of 0.25 reaches too far.
    let result = try optimizer.minimize(
      { x, _ in x[0] > 0.1 ? x[0] : .nan }, from: &x, differences: Differences(.central, step: 0.25),
      until: .after(steps: 100))
    XCTAssertEqual(result.end, .diverged)
    XCTAssertEqual(x[0], 0.65, accuracy: 1e-12)
    XCTAssertEqual(result.steps, 2)
    XCTAssertEqual(result.evaluations, 9)
  }

  func testNormsOfExtremeNumbers() {
    for scale in [2000 * Double.leastNonzeroMagnitude, 1e-200, 1, 1e200, 1e307] {
      let numbers = [3 * scale, -4 * scale, 0, 0, 12 * scale]
      XCTAssertEqual(norm(numbers, count: 5) / (13 * scale), 1, accuracy: scale < 1e-300 ? 1e-3 : 1e-15)
      XCTAssertEqual(norm(numbers, minus: [0, 0, 0, 0, 0], count: 5), norm(numbers, count: 5))
    }
    XCTAssertEqual(norm([0, 0], count: 2), 0)
    XCTAssertTrue(norm([1, .nan, .infinity], count: 3).isNaN)
    XCTAssertEqual(norm([1, -.infinity], count: 2), .infinity)
    XCTAssertEqual(norm([1.7e308, 1.7e308], count: 2), .infinity)
  }

  // MARK: - What is refused

  func testRefusals() throws {
    let function = TestFunction.named("quadratic")
    assertFailure(.invalidArgument, "stop: all criteria are 0, but at least one must be used") { () throws(Failure) in
      _ = try StopCriteria(maxSteps: 0, gradientTolerance: 0, valueTolerance: 0, targetValue: -0.0, maxSeconds: 0)
    }
    var other = try Optimizer.named("adam")
    var pair = [1.0, 2.0]
    _ = try other.minimize(TestFunction.named("saddle").evaluate, from: &pair, until: .after(steps: 1))
    let state = pair
    let stop = try StopCriteria.after(steps: 1)
    assertFailure(
      .shapeMismatch, "tensor 0: 1 x 3 float64, but the first step had 1 x 2 float64"
    ) { () throws(Failure) in
      var x: (Double, Double, Double) = (1, 2, 3)
      _ = try withUnsafeMutablePointer(to: &x) { (x) throws(Failure) in
        try x.withMemoryRebound(to: Double.self, capacity: 3) { (x) throws(Failure) in
          try other.minimize(function.evaluate, from: x, count: 3, until: stop, isWatched: false) { _ in false }
        }
      }
    }
    XCTAssertEqual(other.stepCount, 1)
    XCTAssertEqual(pair, state)
  }
}
