import CDescentKernels
import TestSupport
import XCTest

/// The rules of the course, and the textbook code, against weights that PyTorch's optimizers have made.
final class GoldenTrajectoryTests: XCTestCase {
  func testAgainstPyTorchInFloat32() throws { try checkAgainstPyTorch(Float.self) }
  func testAgainstPyTorchInFloat64() throws { try checkAgainstPyTorch(Double.self) }

  private func checkAgainstPyTorch<Element: ElementType>(_ type: Element.Type) throws {
    let golden = try GoldenTrajectories.load()
    XCTAssertEqual(golden.gradients.count, golden.recordedSteps.last)
    for rule in availableKernels()[0].rules where rule.hasTextbook {
      let runs = golden.runs.filter { $0.algorithm == rule.name }
      XCTAssertFalse(runs.isEmpty, "\(rule.name) has no golden trajectory")
      for run in runs {
        XCTAssertEqual(run.weights.count, golden.recordedSteps.count)
        XCTAssertNil(firstDifference(golden, run, rule, type), "\(rule.name), \(type), \(run.options)")
      }
    }
  }

  /// Each step rounds each weight about once, and such errors add up like a random walk: to some 11 of the greatest
  /// weight's after 120 steps, and a few times that where momentum keeps them. Nothing amplifies them in these data.
  private func firstDifference<Element: ElementType>(
    _ golden: GoldenTrajectories, _ recorded: GoldenTrajectories.Run, _ rule: UnsafePointer<kernel_rule>,
    _: Element.Type
  ) -> String? {
    guard let textbook = TextbookRule(rawValue: rule.name) else { return "no textbook code" }
    var run = TrajectoryRun<Element>(
      rule: rule, textbook: textbook, options: recorded.options, initial: golden.initial.map { Element($0.value) })
    for (step, gradient) in zip(1..., golden.gradients) {
      run.step(gradient: gradient.map { Element($0.value) })
      guard let record = golden.recordedSteps.firstIndex(of: step) else { continue }
      for (index, expected) in recorded.weights[record].map(\.value).enumerated() {
        let rounding = run.greatest[index] * 32
        let pairs = [
          ("kernel", Double(run.values[index]), Element.unitRoundoff),
          ("textbook", run.allSteps[index].weight.value, Double.unitRoundoff),
        ]
        for (name, actual, unitRoundoff) in pairs {
          if !((actual - expected).magnitude <= rounding * unitRoundoff) {
            return
              "\(name), step \(step), element \(index): \(actual) instead of \(expected) ± \(rounding * unitRoundoff)"
          }
        }
      }
    }
    return nil
  }
}
