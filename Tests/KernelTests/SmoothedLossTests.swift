import CDescentKernels
import TestSupport
import XCTest

/// Parabolas in the places of a loss's kinks, for batch methods: `max(0, x)` becomes `(x + w/2)² / 2w` where `|x| < w/2`.
final class SmoothedLossTests: XCTestCase {
  private static let width = 0.75

  private static func ramp(_ x: Double) -> Double {
    if abs(x) >= width / 2 { return max(0, x) }
    return (x + width / 2) * (x + width / 2) / (2 * width)
  }

  /// Of one score and its target, 0.25, or its class, 1 of two.
  private static func expected(_ name: String, _ score: Double) -> Double? {
    let error = score - 0.25
    switch name {
    case "absolute_error": return ramp(error) + ramp(-error)
    case "quantile": return 0.7 * ramp(error) + 0.3 * ramp(-error)
    case "epsilon_insensitive": return ramp(error - 0.3) + ramp(-error - 0.3)
    case "multiclass_hinge", "one_vs_rest_hinge": return ramp(1 - score)
    default: return nil
    }
  }

  /// From far on one side of the kinks to far on the other, with their ends among them.
  private static let scores = (-40...60).map { Double($0) / 20 } + [0.625, -0.125, 1.375, 1e9, -1e9]

  private func value(_ loss: UnsafePointer<kernel_loss>, _ score: Double, shrinks: Bool = false) -> (Double, Double) {
    var run = LossRun<Double>(scores: [score], labels: [1], targets: [0.25], columns: 1)
    run.parameter = loss.pointee.parameter_name == nil ? nil : 0.3
    (run.isBinary, run.smoothing, run.shrinks) = (loss.pointee.takes_labels, Self.width, shrinks)
    let outcome = run.evaluate(loss)
    return (outcome.value, outcome.gradient[0])
  }

  func testAgainstTextbook() {
    for table in availableKernels() {
      for loss in table.losses where loss.pointee.has_kinks {
        for score in Self.scores {
          let what = "\(table.instructionSet), \(loss.name), \(score)"
          guard let expected = Self.expected("\(loss.name)", score) else { return XCTFail(what) }
          let (value, slope) = value(loss, score)
          XCTAssertEqual(value, expected, accuracy: 1e-14 * max(1, expected), what)
          let step = 1e-6 * max(1, abs(score))
          let difference =
            (Self.expected("\(loss.name)", score + step)! - Self.expected("\(loss.name)", score - step)!) / (2 * step)
          XCTAssertEqual(slope, difference, accuracy: 2e-6, what)
          let shrunk = self.value(loss, score, shrinks: true)
          XCTAssertEqual(shrunk.0, value * KERNEL_LOSS_SHRINK, what)
          XCTAssertEqual(shrunk.1, slope, what)
        }
      }
    }
  }

  /// A loss without kinks stays as it is, and so does one whose parabolas have no width.
  func testOtherLosses() {
    for table in availableKernels() {
      XCTAssertEqual(table.losses.filter { $0.pointee.has_kinks }.count, 5)
      for loss in table.losses where !loss.pointee.has_kinks {
        for score in Self.scores {
          var run = LossRun<Double>(scores: [score, 1], labels: [1], targets: [0.25, 0.5], columns: 2)
          let plain = run.evaluate(loss)
          run.smoothing = Self.width
          let smoothed = run.evaluate(loss)
          XCTAssertEqual(smoothed.value, plain.value, "\(loss.name), \(score)")
          XCTAssertTrue(haveSameBits(smoothed.gradient, plain.gradient), "\(loss.name), \(score)")
        }
      }
    }
  }
}
