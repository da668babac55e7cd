import CDescent
import DescentABI
import XCTest

final class BadLossInputTests: XCTestCase {
  private let caller = Caller()
  /// Scores or predictions, and room for a gradient, of both types.
  private lazy var scores = caller.makeBlock("scores", bytes: 12 * 8)
  private lazy var gradient = caller.makeBlock("gradient", bytes: 12 * 8)
  private lazy var labels = caller.makeBlock("labels", [0, 1, 2, 1] as [Int32])
  private lazy var floatTargets = caller.makeBlock("float targets", [Float](repeating: 0.5, count: 12))
  private lazy var doubleTargets = caller.makeBlock("double targets", [Double](repeating: 0.5, count: 12))
  private lazy var value = caller.makeBlock("value", [6.5])

  /// A call of descent_loss_classify or _regress; what is not given is all right.
  private struct Arguments {
    var loss: UInt32
    var dtype = DESCENT_FLOAT32
    var batch = 4
    var columns = 3
    var scores: UnsafeRawPointer?
    var labels: UnsafePointer<Int32>?
    var targets: UnsafeRawPointer?
    var gradient: UnsafeMutableRawPointer?
    var value: UnsafeMutablePointer<Double>?

    func classify() -> descent_status {
      descent_loss_classify(descent_loss(rawValue: loss), dtype, batch, columns, scores, labels, gradient, value)
    }

    func regress() -> descent_status {
      descent_loss_regress(descent_loss(rawValue: loss), dtype, batch, columns, scores, targets, gradient, value)
    }
  }

  private func arguments(
    _ loss: descent_loss, _ dtype: descent_dtype = DESCENT_FLOAT32, _ change: (inout Arguments) -> Void = { _ in }
  ) -> Arguments {
    let targets = dtype == DESCENT_FLOAT32 ? UnsafeRawPointer(floatTargets) : UnsafeRawPointer(doubleTargets)
    var arguments = Arguments(
      loss: loss.rawValue, dtype: dtype, scores: scores, labels: labels, targets: targets, gradient: gradient,
      value: value)
    change(&arguments)
    return arguments
  }

  private struct Case {
    let status: descent_status
    let text: String
    let change: (inout Arguments) -> Void

    init(
      _ text: String, _ status: descent_status = DESCENT_ERROR_INVALID_ARGUMENT,
      _ change: @escaping (inout Arguments) -> Void
    ) {
      (self.status, self.text, self.change) = (status, text, change)
    }
  }

  /// What both functions refuse, but for the names of the arguments.
  private func commonCases(scores: String, columns: String) -> [Case] {
    var cases = [
      Case("\(scores) is NULL", DESCENT_ERROR_NULL_POINTER) { $0.scores = nil },
      Case("value is NULL", DESCENT_ERROR_NULL_POINTER) { $0.value = nil },
      Case("batch: 0 is outside [1, inf)") { $0.batch = 0 },
      Case("batch: 18446744073709551615 overflows") { $0.batch = -1 },
      Case("\(columns): 0 is outside [1, inf)") { $0.columns = 0 },
      Case("\(columns): 9223372036854775808 overflows") { $0.columns = .min },
      Case("batch * \(columns): 9223372036854775807 * 3 ") { $0.batch = .max },
      Case("batch * \(columns): 2147483648 * 1073741824 ") { ($0.batch, $0.columns) = (1 << 31, 1 << 30) },
    ]
    for number: UInt32 in [0, 3, 4, .max] {
      cases.append(Case("dtype: \(number) is neither") { $0.dtype = descent_dtype(rawValue: number) })
    }
    for number: UInt32 in [0, 7, 19, 28, 63, .max] {
      cases.append(Case("loss: there is no loss \(number)") { $0.loss = number })
    }
    // The gradient may be the scores themselves, but must not overlap them otherwise.
    for distance in [4, -1, 47, -47] {
      cases.append(
        Case("gradient overlaps the \(scores)") {
          $0.gradient = UnsafeMutableRawPointer(mutating: $0.scores! + distance)
        })
    }
    return cases
  }

  func testClassify() {
    let cases =
      commonCases(scores: "scores", columns: "classes") + [
        Case("labels is NULL", DESCENT_ERROR_NULL_POINTER) { $0.labels = nil },
        Case("loss: squared_error takes real targets, not labels") { $0.loss = 20 },
        Case("loss: logistic takes real targets, not labels") { $0.loss = 23 },
      ]
    for loss in [DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_MULTICLASS_HINGE, DESCENT_SQUARED_HINGE] {
      for dtype in [DESCENT_FLOAT32, DESCENT_FLOAT64] {
        assertRefused(
          cases.map { refusal in
            let call = arguments(loss, dtype, refusal.change)
            return Refusal(refusal.status, refusal.text) { call.classify() }
          }, caller)
      }
    }
  }

  func testRegress() {
    let cases =
      commonCases(scores: "predictions", columns: "outputs") + [
        Case("targets is NULL", DESCENT_ERROR_NULL_POINTER) { $0.targets = nil },
        Case("loss: multiclass_hinge takes labels, not real targets") { $0.loss = 2 },
        Case("gradient overlaps targets") { $0.gradient = UnsafeMutableRawPointer(mutating: $0.targets) },
        Case("gradient overlaps targets") { $0.gradient = UnsafeMutableRawPointer(mutating: $0.targets! + 47) },
      ]
    for loss in [DESCENT_SQUARED_ERROR, DESCENT_ABSOLUTE_ERROR, DESCENT_HUBER, DESCENT_LOGISTIC, DESCENT_POISSON] {
      for dtype in [DESCENT_FLOAT32, DESCENT_FLOAT64] {
        assertRefused(
          cases.map { refusal in
            let call = arguments(loss, dtype, refusal.change)
            return Refusal(refusal.status, refusal.text) { call.regress() }
          }, caller)
      }
    }
  }

  /// At each position, whether the gradient is wanted, not wanted, or takes the scores' place.
  func testLabelsOutOfRange() {
    let scores = scores
    for position in 0..<4 {
      for label: Int32 in [-1, 3, .min, .max] {
        let kept = labels[position]
        labels[position] = label
        assertRefused(
          [nil, gradient, scores].map { place in
            let call = arguments(DESCENT_SQUARED_HINGE) { $0.gradient = place }
            return Refusal(
              DESCENT_ERROR_INVALID_ARGUMENT, "labels[\(position)]: \(label) is outside [0, 3)"
            ) { call.classify() }
          }, caller)
        labels[position] = kept
      }
    }
  }

  func testLogisticTargetsThatAreNoProbabilities() {
    let bad = [-0.5, 1.5, -1e-30, 1 + 0x1p-23, .infinity, -.infinity, .nan]
    for position in 0..<12 {
      for target in bad {
        (floatTargets[position], doubleTargets[position]) = (Float(target), target)
        assertRefused(
          [DESCENT_FLOAT32, DESCENT_FLOAT64].flatMap { dtype in
            [nil, gradient, scores].map { place in
              let call = arguments(DESCENT_LOGISTIC, dtype) { $0.gradient = place }
              return Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "targets[\(position)]: ") { call.regress() }
            }
          }, caller)
        (floatTargets[position], doubleTargets[position]) = (0.5, 0.5)
      }
    }
  }

  /// The other losses take any target, and the logistic loss takes 0 and 1.
  func testTargetsThatAreAllRight() {
    scores.initializeMemory(as: Float.self, repeating: 0.25, count: 12)
    for (position, target) in [-3.0, 2, 1e30, 0, 1].enumerated() { floatTargets[position] = Float(target) }
    for loss in [
      DESCENT_SQUARED_ERROR, DESCENT_ABSOLUTE_ERROR, DESCENT_HUBER, DESCENT_QUANTILE, DESCENT_EPSILON_INSENSITIVE,
      DESCENT_SQUARED_EPSILON_INSENSITIVE,
    ] {
      assertOK(arguments(loss).regress())
    }
    for position in 0..<12 { floatTargets[position] = Float(position % 2) }
    assertOK(arguments(DESCENT_LOGISTIC).regress())
    assertOK(arguments(DESCENT_LOGISTIC) { $0.gradient = nil }.regress())
  }
}
