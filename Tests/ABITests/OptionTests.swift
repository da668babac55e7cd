import CDescent
import DescentABI
import XCTest

/// Which algorithm has which option, its range and its default, as the documentation has them.
final class OptionTests: XCTestCase {
  private let defaults: [(algorithm: descent_algorithm, options: [descent_option: Double])] = [
    (DESCENT_SGD, [DESCENT_LEARNING_RATE: 0.01, DESCENT_WEIGHT_DECAY: 0]),
    (DESCENT_MOMENTUM, [DESCENT_LEARNING_RATE: 0.01, DESCENT_MOMENTUM_DECAY: 0.9, DESCENT_WEIGHT_DECAY: 0]),
    (DESCENT_NESTEROV, [DESCENT_LEARNING_RATE: 0.01, DESCENT_MOMENTUM_DECAY: 0.9, DESCENT_WEIGHT_DECAY: 0]),
    (DESCENT_ADAGRAD, [DESCENT_LEARNING_RATE: 0.01, DESCENT_EPSILON: 1e-7, DESCENT_WEIGHT_DECAY: 0]),
    (
      DESCENT_RMSPROP,
      [DESCENT_LEARNING_RATE: 0.01, DESCENT_RHO: 0.99, DESCENT_EPSILON: 1e-7, DESCENT_WEIGHT_DECAY: 0]
    ),
    (
      DESCENT_ADAM,
      [
        DESCENT_LEARNING_RATE: 0.001, DESCENT_BETA1: 0.9, DESCENT_BETA2: 0.999, DESCENT_EPSILON: 1e-8,
        DESCENT_WEIGHT_DECAY: 0, DESCENT_BIAS_CORRECTION: 1,
      ]
    ),
  ]

  private struct Range {
    let text: String
    let maximum: Double
    /// Values in it, and finite values just outside.
    let accepted: [Double]
    let refused: [Double]
  }

  private let fromZero = Range(
    text: "is outside [0, inf)", maximum: .infinity,
    accepted: [0, -0.0, .leastNonzeroMagnitude, 1, 1e300, .greatestFiniteMagnitude],
    refused: [-.leastNonzeroMagnitude, -1, -.greatestFiniteMagnitude])
  private let fraction = Range(
    text: "is outside [0, 1)", maximum: 1 - 0x1p-53, accepted: [0, .leastNonzeroMagnitude, 0.5, 1 - 0x1p-53],
    refused: [-.leastNonzeroMagnitude, -1, 1, 1 + 0x1p-52, 2, .greatestFiniteMagnitude])
  private let onOrOff = Range(
    text: "is neither 0 nor 1", maximum: 1, accepted: [0, 1],
    refused: [-.leastNonzeroMagnitude, .leastNonzeroMagnitude, 0.5, 1 - 0x1p-53, 1 + 0x1p-52, -1, 2])

  private func range(of option: descent_option) -> Range {
    switch option {
    case DESCENT_LEARNING_RATE, DESCENT_EPSILON, DESCENT_WEIGHT_DECAY: fromZero
    case DESCENT_BIAS_CORRECTION: onOrOff
    default: fraction
    }
  }

  /// Every algorithm with every option: either it has it everywhere, or nowhere.
  private func forEachPair(
    _ body: (_ optimizer: OpaquePointer, descent_algorithm, descent_option, _ usual: Double?) throws -> Void
  ) rethrows {
    XCTAssertEqual(defaults.count, descent_algorithm_count())
    for (algorithm, options) in defaults {
      for index in 0..<descent_option_count() {
        let optimizer = makeOptimizer(algorithm)
        defer { descent_optimizer_free(optimizer) }
        try body(optimizer, algorithm, descent_option_at(index), options[descent_option_at(index)])
      }
    }
  }

  private func value(_ optimizer: OpaquePointer, _ option: descent_option) -> Double {
    var value = Double.nan
    assertOK(descent_optimizer_get(optimizer, option, &value))
    return value
  }

  func testRangesAndDefaults() {
    forEachPair { optimizer, algorithm, option, usual in
      guard let usual else { return }
      var (minimum, maximum, defaultValue) = (Double.nan, Double.nan, Double.nan)
      assertOK(descent_option_range(algorithm, option, &minimum, &maximum, &defaultValue))
      XCTAssertEqual(minimum, 0)
      XCTAssertEqual(maximum, range(of: option).maximum)
      XCTAssertEqual(defaultValue, usual)
      XCTAssertEqual(value(optimizer, option), usual)
    }
  }

  func testValuesInTheRangeAreKept() {
    forEachPair { optimizer, _, option, usual in
      guard usual != nil else { return }
      for value in range(of: option).accepted {
        assertOK(descent_optimizer_set(optimizer, option, value))
        XCTAssertEqual(self.value(optimizer, option), value)
      }
    }
  }

  func testValuesOutsideAreRefused() {
    forEachPair { optimizer, _, option, usual in
      guard let usual else { return }
      let range = range(of: option)
      let name = String(cString: descent_option_name(option))
      let kept = range.maximum == 1 ? 1 - usual : usual / 2
      assertOK(descent_optimizer_set(optimizer, option, kept))
      for value in range.refused + [.infinity, -.infinity, .nan, .signalingNaN] {
        XCTAssertEqual(
          descent_optimizer_set(optimizer, option, value), DESCENT_ERROR_INVALID_ARGUMENT, "\(name) = \(value)")
        XCTAssert(lastError.hasPrefix("\(name): ") && lastError.hasSuffix(" \(range.text)"), lastError)
        XCTAssertEqual(self.value(optimizer, option), kept)
      }
    }
  }

  func testOptionsThatTheAlgorithmDoesNotHave() {
    forEachPair { optimizer, algorithm, option, usual in
      guard usual == nil else { return }
      let text =
        "\(String(cString: descent_option_name(option))): \(String(cString: descent_algorithm_name(algorithm))) has no "
        + "such option"
      var (first, second, third) = (5.5, 6.5, 7.5)
      // Whatever the value, even one that is out of every range.
      for value in [0, 0.5, 1, -1, .nan] {
        assertFails(descent_optimizer_set(optimizer, option, value), DESCENT_ERROR_UNSUPPORTED, text)
      }
      assertFails(descent_optimizer_get(optimizer, option, &first), DESCENT_ERROR_UNSUPPORTED, text)
      assertFails(
        descent_option_range(algorithm, option, &first, &second, &third), DESCENT_ERROR_UNSUPPORTED, text)
      XCTAssertEqual([first, second, third], [5.5, 6.5, 7.5])
    }
  }

  /// Setting one option leaves the others.
  func testOptionsAreIndependent() {
    for (algorithm, options) in defaults {
      for changed in options.keys {
        let optimizer = makeOptimizer(algorithm)
        defer { descent_optimizer_free(optimizer) }
        let new = changed == DESCENT_BIAS_CORRECTION ? 0 : 0.125
        assertOK(descent_optimizer_set(optimizer, changed, new))
        for (option, usual) in options { XCTAssertEqual(value(optimizer, option), option == changed ? new : usual) }
      }
    }
  }
}
