import CDescent
import DescentABI
import XCTest

/// Which algorithm has which option, its range and its default, as the documentation has them.
final class OptionTests: XCTestCase {
  /// What every algorithm has.
  private static let common: [descent_option: Double] = [
    DESCENT_CLIP_VALUE: 0, DESCENT_CLIP_NORM: 0, DESCENT_MAXIMIZE: 0, DESCENT_DECOUPLED_WEIGHT_DECAY: 0,
    DESCENT_NOT_FINITE_POLICY: 0, DESCENT_TRACK_HEALTH: 0, DESCENT_SCHEDULE: 0, DESCENT_WARMUP_STEPS: 0,
    DESCENT_SCHEDULE_STEPS: 1000, DESCENT_SCHEDULE_FACTOR: 0.1, DESCENT_SCHEDULE_POWER: 1, DESCENT_SCHEDULE_FLOOR: 0,
    DESCENT_CYCLE_FACTOR: 1, DESCENT_CYCLE_RISE: 0.3, DESCENT_CYCLE_START: 0.04, DESCENT_PATIENCE: 10,
    DESCENT_DIALECT: 0, DESCENT_RATE_FREE_WEIGHT_DECAY: 0, DESCENT_PLATEAU_RISES: 0, DESCENT_PLATEAU_THRESHOLD: 1e-4,
    DESCENT_COOLDOWN: 0, DESCENT_CYCLE_DECAY: 1, DESCENT_AVERAGE: 0, DESCENT_AVERAGE_DECAY: 0.999,
    DESCENT_AVERAGE_START: 0, DESCENT_LOOKAHEAD_STEPS: 0, DESCENT_LOOKAHEAD_RATE: 0.5, DESCENT_ACCUMULATE_STEPS: 1,
    DESCENT_CENTRALIZE: 0, DESCENT_ADAPTIVE_CLIP: 0, DESCENT_CAUTIOUS: 0, DESCENT_STATE_DTYPE: 0,
    DESCENT_STOCHASTIC_ROUNDING: 0, DESCENT_ROUNDING_SEED: 0, DESCENT_GRADIENT_SCALE: 1,
  ]

  private var defaults: [(algorithm: descent_algorithm, options: [descent_option: Double])] {
    ownDefaults.map { ($0, $1.merging(Self.common) { own, _ in own }) }
  }

  private let ownDefaults: [(algorithm: descent_algorithm, options: [descent_option: Double])] = [
    (DESCENT_SGD, [DESCENT_LEARNING_RATE: 0.01, DESCENT_WEIGHT_DECAY: 0]),
    (
      DESCENT_MOMENTUM,
      [DESCENT_LEARNING_RATE: 0.01, DESCENT_MOMENTUM_DECAY: 0.9, DESCENT_WEIGHT_DECAY: 0, DESCENT_DAMPENING: 0]
    ),
    (DESCENT_NESTEROV, [DESCENT_LEARNING_RATE: 0.01, DESCENT_MOMENTUM_DECAY: 0.9, DESCENT_WEIGHT_DECAY: 0]),
    (
      DESCENT_ADAGRAD,
      [
        DESCENT_LEARNING_RATE: 0.01, DESCENT_EPSILON: 1e-7, DESCENT_WEIGHT_DECAY: 0, DESCENT_LEARNING_RATE_DECAY: 0,
        DESCENT_INITIAL_ACCUMULATOR: 0,
      ]
    ),
    (
      DESCENT_RMSPROP,
      [
        DESCENT_LEARNING_RATE: 0.01, DESCENT_RHO: 0.99, DESCENT_EPSILON: 1e-7, DESCENT_WEIGHT_DECAY: 0,
        DESCENT_MOMENTUM_DECAY: 0, DESCENT_CENTERED: 0,
      ]
    ),
    (
      DESCENT_ADAM,
      [
        DESCENT_LEARNING_RATE: 0.001, DESCENT_BETA1: 0.9, DESCENT_BETA2: 0.999, DESCENT_EPSILON: 1e-8,
        DESCENT_WEIGHT_DECAY: 0, DESCENT_BIAS_CORRECTION: 1, DESCENT_AMSGRAD: 0, DESCENT_EPSILON_ROOT: 0,
      ]
    ),
  ]

  private struct Range {
    let text: String
    var minimum = 0.0
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

  private let share = Range(
    text: "is outside [0, 1]", maximum: 1, accepted: [0, .leastNonzeroMagnitude, 0.5, 1],
    refused: [-.leastNonzeroMagnitude, -1, 1 + 0x1p-52, 2])
  private let fromOne = Range(
    text: "is outside [1, inf)", minimum: 1, maximum: .infinity, accepted: [1, 1.5, 1e300],
    refused: [0, 1 - 0x1p-53, -1])

  private let factor = Range(
    text: "is outside [1e-300, inf)", minimum: 1e-300, maximum: .infinity, accepted: [1e-300, 1, 65536, 1e300],
    refused: [0, -1, 9e-301])

  private func whole(_ bounds: ClosedRange<Double>, _ text: String) -> Range {
    Range(
      text: "is not a whole number in \(text)", minimum: bounds.lowerBound, maximum: bounds.upperBound,
      accepted: [bounds.lowerBound, bounds.lowerBound + 1, bounds.upperBound],
      refused: [bounds.lowerBound - 1, bounds.lowerBound + 0.5, bounds.upperBound + 2, -1e300, 1e300])
  }

  private func range(of option: descent_option) -> Range {
    switch option {
    case DESCENT_LEARNING_RATE, DESCENT_EPSILON, DESCENT_WEIGHT_DECAY, DESCENT_CLIP_VALUE, DESCENT_CLIP_NORM,
      DESCENT_DECOUPLED_WEIGHT_DECAY, DESCENT_SCHEDULE_FACTOR, DESCENT_SCHEDULE_POWER, DESCENT_LEARNING_RATE_DECAY,
      DESCENT_INITIAL_ACCUMULATOR, DESCENT_EPSILON_ROOT, DESCENT_PLATEAU_THRESHOLD,
      DESCENT_ADAPTIVE_CLIP:
      fromZero
    case DESCENT_BIAS_CORRECTION, DESCENT_MAXIMIZE, DESCENT_TRACK_HEALTH, DESCENT_CENTERED, DESCENT_AMSGRAD,
      DESCENT_PLATEAU_RISES, DESCENT_CENTRALIZE, DESCENT_CAUTIOUS, DESCENT_STOCHASTIC_ROUNDING:
      onOrOff
    case DESCENT_SCHEDULE_FLOOR, DESCENT_CYCLE_RISE, DESCENT_CYCLE_START, DESCENT_DAMPENING, DESCENT_CYCLE_DECAY,
      DESCENT_RATE_FREE_WEIGHT_DECAY, DESCENT_AVERAGE_DECAY, DESCENT_LOOKAHEAD_RATE:
      share
    case DESCENT_CYCLE_FACTOR: fromOne
    case DESCENT_GRADIENT_SCALE: factor
    case DESCENT_NOT_FINITE_POLICY, DESCENT_AVERAGE, DESCENT_STATE_DTYPE: whole(0...2, "[0, 2]")
    case DESCENT_SCHEDULE: whole(0...8, "[0, 8]")
    case DESCENT_DIALECT: whole(0...3, "[0, 3]")
    case DESCENT_WARMUP_STEPS, DESCENT_PATIENCE, DESCENT_COOLDOWN, DESCENT_AVERAGE_START, DESCENT_LOOKAHEAD_STEPS,
      DESCENT_ROUNDING_SEED:
      whole(0...0x1p53, "[0, 9007199254740992]")
    case DESCENT_SCHEDULE_STEPS, DESCENT_ACCUMULATE_STEPS: whole(1...0x1p53, "[1, 9007199254740992]")
    default: fraction
    }
  }

  /// Each algorithm of the course with every option: either it has it everywhere, or nowhere. OptimizerOptionTests has the
  /// others.
  private func forEachPair(
    _ body: (_ optimizer: OpaquePointer, descent_algorithm, descent_option, _ usual: Double?) throws -> Void
  ) rethrows {
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
      XCTAssertEqual(minimum, range(of: option).minimum)
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
      let kept = range.maximum == 1 ? 1 - usual : max(range.minimum, usual / 2)
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
      // A dialect changes the defaults of others.
      for changed in options.keys where changed != DESCENT_DIALECT {
        let optimizer = makeOptimizer(algorithm)
        defer { descent_optimizer_free(optimizer) }
        guard let new = range(of: changed).accepted.last(where: { $0 != options[changed] }) else { continue }
        assertOK(descent_optimizer_set(optimizer, changed, new))
        for (option, usual) in options { XCTAssertEqual(value(optimizer, option), option == changed ? new : usual) }
      }
    }
  }
}
