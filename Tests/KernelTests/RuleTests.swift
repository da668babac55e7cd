import CDescentKernels
import TestSupport
import XCTest

/// The rules of the course, step by step, against textbook code.
final class RuleTests: XCTestCase {
  func testAgainstTextbookInFloat32() { checkAgainstTextbook(Float.self) }
  func testAgainstTextbookInFloat64() { checkAgainstTextbook(Double.self) }

  /// Each rule takes those whose options it has.
  private let optionSets: [[String: Double]] = [
    [:],
    ["weight_decay": 0.01],
    ["learning_rate": 0.3, "weight_decay": 0.5],
    ["learning_rate": 0.1, "momentum_decay": 0.5],
    ["learning_rate": 0.1, "momentum_decay": 0, "weight_decay": 0.1],
    ["epsilon": 1e-3],
    ["epsilon": 10, "learning_rate": 2, "weight_decay": 0.1],
    ["rho": 0.6, "weight_decay": 0.1],
    ["rho": 0],
    ["bias_correction": 0],
    ["bias_correction": 0, "weight_decay": 0.01],
    ["beta1": 0.5, "beta2": 0.75, "weight_decay": 0.1],
    ["beta1": 0, "beta2": 0.99999],
  ]

  private func checkAgainstTextbook<Element: ElementType>(_ type: Element.Type) {
    for rule in availableKernels()[0].rules where rule.hasTextbook {
      guard let textbook = TextbookRule(rawValue: rule.name) else {
        XCTFail("\(rule.name) has no textbook code")
        continue
      }
      XCTAssertEqual(rule.stateNames, textbook.stateNames)
      for options in optionSets where options.keys.allSatisfy(rule.hasOption) {
        XCTAssertNil(firstDifference(rule, textbook, options, type), "\(rule.name), \(type), \(options)")
      }
    }
  }

  private func firstDifference<Element: ElementType>(
    _ rule: UnsafePointer<kernel_rule>, _ textbook: TextbookRule, _ options: [String: Double], _: Element.Type
  ) -> String? {
    let count = 37  // two of the widest vectors and a tail
    var random = SeededRandom(seed: 1)
    var run = TrajectoryRun<Element>(
      rule: rule, textbook: textbook, options: options, initial: random.illScaled(-3..<3, count: count))
    for t in 1...200 {
      run.step(gradient: gradient(&random, count: count))
      for index in 0..<count {
        if let difference = run.differenceInOneStep(index) ?? run.differenceInAllSteps(index) {
          return "step \(t), element \(index): \(difference)"
        }
      }
    }
    return nil
  }

  /// Random; of a size of its own for each element; of any size; mostly zero.
  private func gradient<Element: ElementType>(_ random: inout SeededRandom, count: Int) -> [Element] {
    (0..<count).map { index in
      switch index % 4 {
      case 0: Element(random.symmetric())
      case 1: Element(random.symmetric() * pow(10, Double(index) / 2.2 - 8))
      case 2: Element(random.illScaled(-8..<8))
      default: random.symmetric() < 0.7 ? 0 : Element(random.symmetric())
      }
    }
  }
}

extension TrajectoryRun {
  /// Within one step the tolerance is the textbook code's running bound on rounding errors: neither guessed, nor the same
  /// for a well-conditioned element and one whose gradients span sixteen orders of magnitude.
  fileprivate func differenceInOneStep(_ index: Int) -> String? {
    let names = [("weight", values[index], oneStep[index].weight)]
    let states = state.indices.map { ("state \($0)", state[$0][index], oneStep[index].state[$0]) }
    for (name, actual, expected) in names + states {
      if !((Double(actual) - expected.value).magnitude <= expected.allowance) {
        return "\(name) is \(actual) instead of \(expected.value) ± \(expected.allowance)"
      }
    }
    return nil
  }

  /// Over 200 steps a strict bound would be useless: with weight decay an adaptive rule steps to and fro over a minimum,
  /// and each time may double an error. 4096 roundings of the greatest weight are four times what these data need, and
  /// far below what a wrong formula does.
  fileprivate func differenceInAllSteps(_ index: Int) -> String? {
    let expected = allSteps[index].weight.value
    let allowance = 4096 * Element.unitRoundoff * greatest[index]
    if (Double(values[index]) - expected).magnitude <= allowance { return nil }
    return "weight is \(values[index]) after all steps, instead of \(expected) ± \(allowance)"
  }
}
