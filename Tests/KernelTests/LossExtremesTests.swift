import CDescentKernels
import TestSupport
import XCTest

/// Losses where formulas written without care overflow, and at their kinks.
final class LossExtremesTests: XCTestCase {
  func testSoftmaxOfAnyFiniteScoresInFloat32() throws { try checkSoftmax(Float.self) }
  func testSoftmaxOfAnyFiniteScoresInFloat64() throws { try checkSoftmax(Double.self) }

  private func checkSoftmax<Element: ElementType>(_: Element.Type) throws {
    let greatest = Element.greatestFiniteMagnitude
    let big = Element(1e30)
    // Scores, label, value (nil: twice the greatest number), gradient.
    let cases: [([Element], Int32, Double?, [Element])] = [
      ([big, -big], 0, 0, [0, 0]),
      ([big, -big], 1, 2 * Double(big), [1, -1]),
      ([big, big], 0, log(2), [-0.5, 0.5]),
      ([-big, -big, -big, -big], 2, log(4), [0.25, 0.25, -0.75, 0.25]),
      ([big, 0, -big, 5], 1, Double(big), [1, -1, 0, 0]),
      ([greatest, -greatest], 0, 0, [0, 0]),
      ([greatest, -greatest], 1, nil, [1, -1]),
      ([greatest, greatest], 1, log(2), [0.5, -0.5]),
      (
        [-greatest, -greatest, greatest, -greatest, -greatest, -greatest, -greatest, -greatest, -greatest], 8, nil,
        [0, 0, 1, 0, 0, 0, 0, 0, -1]
      ),
      ([-greatest], 0, 0, [0]),
      ([Element](repeating: 0, count: 16), 15, log(16), [Element](repeating: 1.0 / 16, count: 15) + [-15.0 / 16]),
      (
        [Element](repeating: 3.25, count: 1024), 0, log(1024),
        [-1023.0 / 1024] + [Element](repeating: 1.0 / 1024, count: 1023)
      ),
    ]
    for table in availableKernels() {
      let softmax = try table.loss("softmax_cross_entropy")
      for (scores, label, value, gradient) in cases {
        let outcome = LossRun(scores: scores, labels: [label], targets: [], columns: scores.count).evaluate(softmax)
        let what = "\(table.instructionSet), \(scores.prefix(9)), label \(label)"
        if let value {
          XCTAssertEqual(outcome.value, value, accuracy: value * 4 * Double.unitRoundoff, what)
        } else {
          // In double it overflows, but for its half.
          let half = outcome.value.isFinite ? outcome.value / 2 : halfOfShrunk(softmax, scores, label)
          XCTAssertEqual(half, Double(greatest), what)
        }
        XCTAssertEqual(outcome.gradient, gradient, what)
      }
    }
  }

  private func halfOfShrunk<Element: ElementType>(
    _ loss: UnsafePointer<kernel_loss>, _ scores: [Element], _ label: Int32
  ) -> Double {
    var run = LossRun(scores: scores, labels: [label], targets: [], columns: scores.count)
    run.shrinks = true
    return run.evaluate(loss).value / (2 * KERNEL_LOSS_SHRINK)
  }

  /// Rows whose own losses overflow, and whose slopes do before they are divided by the size of the batch.
  func testShrunkLossesDoNotOverflow() throws {
    let greatest = Double.greatestFiniteMagnitude
    // Loss, its value for scores or predictions of ±greatest, and the gradient times 1/8, for the first of them.
    let cases: [(String, Double, Double)] = [
      ("softmax_cross_entropy", greatest, -0.125), ("multiclass_hinge", greatest, -0.125),
      ("squared_hinge", .infinity, -greatest / 2), ("squared_error", .infinity, -greatest / 2),
      ("absolute_error", greatest, -0.125), ("huber", greatest, -0.125), ("quantile", greatest / 2, -0.0625),
      ("epsilon_insensitive", greatest, -0.125), ("squared_epsilon_insensitive", .infinity, -greatest / 2),
    ]
    for table in availableKernels() {
      for (name, half, slope) in cases {
        let loss = try table.loss(name)
        var run = LossRun(scores: [-greatest, greatest], labels: [0], targets: [greatest, greatest], columns: 2)
        run.shrinks = true
        run.gradientScale = 0.125
        let outcome = run.evaluate(loss)
        XCTAssertEqual(outcome.value / (2 * KERNEL_LOSS_SHRINK), half, "\(table.instructionSet), \(name)")
        XCTAssertEqual(outcome.gradient[0], slope, "\(table.instructionSet), \(name)")
      }
    }
  }

  func testLogisticOfAnyFiniteScores() throws {
    // Prediction, target, value, derivative.
    let cases: [(Double, Double, Double, Double)] = [
      (1e30, 0, 1e30, 1), (1e30, 1, 0, 0), (-1e30, 0, 0, 0), (-1e30, 1, 1e30, -1), (1e30, 0.25, 0.75e30, 0.75),
      (.greatestFiniteMagnitude, 0, .greatestFiniteMagnitude, 1), (.greatestFiniteMagnitude, 1, 0, 0),
      (-.greatestFiniteMagnitude, 1, .greatestFiniteMagnitude, -1), (0, 0.5, log(2), 0), (-0.0, 0, log(2), 0.5),
      (-800, 0, 0, 0), (-700, 0, exp(-700), exp(-700)), (40, 1, exp(-40), -exp(-40)),
    ]
    for table in availableKernels() {
      let logistic = try table.loss("logistic")
      for (prediction, target, value, slope) in cases {
        let outcome = LossRun(scores: [prediction], labels: [0], targets: [target], columns: 1).evaluate(logistic)
        let what = "\(table.instructionSet), \(prediction), \(target)"
        XCTAssertEqual(outcome.value, value, accuracy: value * 1e-15, what)
        // The derivative is 1 minus something here, so that its error is absolute.
        XCTAssertEqual(outcome.gradient[0], slope, accuracy: prediction < 0 ? abs(slope) * 1e-15 : 1e-16, what)
      }
    }
  }

  /// A margin, or an error, of exactly 0 is on the flat side.
  func testGradientAtKinksIsZero() throws {
    for table in availableKernels() {
      for name in ["multiclass_hinge", "squared_hinge"] {
        let hinge = LossRun(scores: [1.5, 2.5, 1.5, 0, 1.5] as [Double], labels: [1], targets: [], columns: 5)
        let outcome = try hinge.evaluate(table.loss(name))
        XCTAssertEqual(outcome.value, 0, "\(table.instructionSet), \(name)")
        XCTAssertEqual(outcome.gradient, [0, 0, 0, 0, 0], "\(table.instructionSet), \(name)")
      }
      let error = LossRun(
        scores: [0, 1, -1, 2.5, -0.0] as [Double], labels: [0], targets: [0, 1, -1, 2.5, 0], columns: 5)
      XCTAssertEqual(try error.evaluate(table.loss("absolute_error")).gradient, [0, 0, 0, 0, 0], table.instructionSet)
      // Huber's two pieces meet at a distance of 1.
      let huber = try LossRun(scores: [1, -1, 1.5] as [Double], labels: [0], targets: [0, 0, 0], columns: 3)
        .evaluate(table.loss("huber"))
      XCTAssertEqual(huber.value, 2, table.instructionSet)
      XCTAssertEqual(huber.gradient, [1, -1, 1], table.instructionSet)
      // Exactly ε away, on either side, and just beyond.
      for (name, value, slope) in [("epsilon_insensitive", 0.25, 1.0), ("squared_epsilon_insensitive", 0.0625, 0.5)] {
        var insensitive = LossRun(
          scores: [1, -1, 1.25] as [Double], labels: [0], targets: [0.5, -0.5, 0.5], columns: 3)
        insensitive.parameter = 0.5
        let outcome = try insensitive.evaluate(table.loss(name))
        XCTAssertEqual(outcome.value, value, "\(table.instructionSet), \(name)")
        XCTAssertEqual(outcome.gradient, [0, 0, slope], "\(table.instructionSet), \(name)")
      }
      var quantile = LossRun(scores: [1, 2, 0] as [Double], labels: [0], targets: [1, 1, 1], columns: 3)
      quantile.parameter = 0.75
      let outcome = try quantile.evaluate(table.loss("quantile"))
      XCTAssertEqual(outcome.value, 1, table.instructionSet)
      XCTAssertEqual(outcome.gradient, [0, 0.25, -0.75], table.instructionSet)
    }
  }

  /// With one class nothing can be violated; the margin of the label itself, which is 1, does not count.
  func testOneClassHasNoLoss() throws {
    for loss in availableKernels()[0].losses where loss.pointee.joins_columns {
      let outcome = LossRun(scores: [7.0], labels: [0], targets: [], columns: 1).evaluate(loss)
      XCTAssertEqual(outcome.value, 0, loss.name)
      XCTAssertEqual(outcome.gradient, [0], loss.name)
    }
  }

  /// Infinity and NaN reach the loss as they reach the formula, for every tail: lanes beyond the row take no part.
  func testInfinityAndNaNPropagate() throws {
    for table in availableKernels() {
      for columns in 2...17 {
        for name in ["multiclass_hinge", "squared_hinge"] {
          let loss = try table.loss(name)
          let what = "\(table.instructionSet), \(name), \(columns) columns"
          var run = LossRun(scores: [Double](repeating: 0, count: columns), labels: [0], targets: [], columns: columns)
          run.scores[0] = -.infinity
          XCTAssertEqual(run.evaluate(loss).value, .infinity, what)
          if name == "multiclass_hinge" {
            XCTAssertEqual(run.evaluate(loss).gradient[0], -Double(columns - 1), what)
          }
          run.scores[0] = .infinity
          XCTAssertEqual(run.evaluate(loss).value, 0, what)
        }
        for loss in table.losses {
          for position in [0, columns - 1] {
            var run = LossRun(
              scores: [Double](repeating: 0.5, count: columns), labels: [0],
              targets: [Double](repeating: 0.25, count: columns), columns: columns)
            run.scores[position] = .nan
            let what = "\(table.instructionSet), \(loss.name), \(columns) columns, NaN at \(position)"
            XCTAssertTrue(run.evaluate(loss).value.isNaN, what)
          }
        }
      }
    }
  }
}

extension UnsafeMutablePointer<kernel_table> {
  func loss(_ name: String) throws -> UnsafePointer<kernel_loss> {
    try XCTUnwrap(losses.first { $0.name == name }, name)
  }
}
