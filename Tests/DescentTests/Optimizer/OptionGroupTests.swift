import struct TestSupport.SeededRandom
import XCTest

@testable import Descent

/// Options of some tensors that the others do not have.
final class OptionGroupTests: XCTestCase {
  /// Each tensor goes as it would under an optimizer with its group's options.
  func testTensorsGoAsUnderOptimizersOfTheirOwn() throws {
    let rates = [0.01, 0.1, 0, 1e-4]
    let decays = [0.1, 0, 0.5, 0]
    for algorithm in algorithmNames {
      for type in [ElementType.float32, .float64] {
        let tensors = (0..<4).map { BenchTensor(floatNumbers(21, seed: UInt64($0)), type: type, group: UInt32($0) * 7) }
        let bench = try OptimizerBench(algorithm, ["clip_value": 0.75], tensors: tensors)
        for group in (0..<4).reversed() {
          try bench.set("learning_rate", rates[group], group: UInt32(group) * 7)
          try bench.set("weight_decay", decays[group], group: UInt32(group) * 7)
          try bench.set("decoupled_weight_decay", decays[3 - group], group: UInt32(group) * 7)
        }
        let alone = try (0..<4).map { group in
          try OptimizerBench(
            algorithm,
            [
              "learning_rate": rates[group], "weight_decay": decays[group], "clip_value": 0.75,
              "decoupled_weight_decay": decays[3 - group],
            ], values: floatNumbers(21, seed: UInt64(group)), type: type)
        }
        for step in 0..<5 {
          let gradients = (0..<4).map { floatNumbers(21, seed: UInt64(100 + 4 * step + $0)) }
          try bench.step(gradients)
          for group in 0..<4 { try alone[group].step([gradients[group]]) }
        }
        for group in 0..<4 { XCTAssertEqual(bench.values[group], alone[group].values[0], "\(algorithm), \(group)") }
      }
    }
  }

  /// Shared until overridden, also when the optimizer's own option changes later.
  func testSharing() throws {
    let bench = try OptimizerBench("adam")
    try bench.set("learning_rate", 0.5, group: 9)
    XCTAssertEqual(try bench.value("beta1", group: 9), 0.9)
    try bench.set("beta1", 0.25)
    try bench.set("learning_rate", 0.75)
    XCTAssertEqual(try bench.value("beta1", group: 9), 0.25)
    XCTAssertEqual(try bench.value("learning_rate", group: 9), 0.5)
    XCTAssertEqual(try bench.value("learning_rate"), 0.75)
    // A group's own value stays its own, even where it is the optimizer's.
    try bench.set("beta2", 0.999, group: 9)
    try bench.set("beta2", 0.5)
    XCTAssertEqual(try bench.value("beta2", group: 9), 0.999)
    // A group made later shares the present values; the optimizer's options read the same in each.
    try bench.set("epsilon", 1, group: 10)
    XCTAssertEqual(try bench.value("beta1", group: 10), 0.25)
    XCTAssertEqual(try bench.value("epsilon"), 1e-8)
    try bench.set("clip_norm", 3)
    XCTAssertEqual(try bench.value("clip_norm", group: 9), 3)
  }

  func testDialectAndGroups() throws {
    let bench = try OptimizerBench("rmsprop")
    try bench.set("rho", 0.5, group: 1)
    try bench.set("learning_rate", 0.25)
    try bench.set("dialect", 2)
    XCTAssertEqual(try bench.value("rho"), 0.9)
    XCTAssertEqual(try bench.value("rho", group: 1), 0.5)
    XCTAssertEqual(try bench.value("learning_rate", group: 1), 0.25, "set for the optimizer, so for the group")
    try bench.set("dialect", 1)
    XCTAssertEqual(try bench.value("epsilon", group: 1), 1e-8)
    XCTAssertEqual(try bench.value("dialect", group: 1), 1)
  }

  func testRefusals() throws {
    let bench = try OptimizerBench("adam", values: [1])
    let unknown = "group: there is no group 4; setting an option of it makes it"
    assertFailure(.invalidArgument, unknown) { () throws(Failure) in _ = try bench.value("beta1", group: 4) }
    assertFailure(.invalidArgument, "learning_rate: -1 is outside [0, inf)") { () throws(Failure) in
      try bench.set("learning_rate", -1, group: 4)
    }
    assertFailure(.unsupported, "rho: adam has no such option") { () throws(Failure) in
      try bench.set("rho", 0.5, group: 4)
    }
    let perGroup: Set = [
      "learning_rate", "momentum_decay", "beta1", "beta2", "epsilon", "rho", "weight_decay", "bias_correction",
      "clip_value", "decoupled_weight_decay", "dampening", "learning_rate_decay",
      "beta3", "epsilon_root", "nesterov_momentum", "alpha", "eta_minus", "eta_plus", "minimum_step", "maximum_step",
      "lambd", "t0", "beta", "l1", "l2", "rate_power", "average_power", "slow_warmup_steps", "clip_update",
      "proximal_weight_decay",
      "trust_coefficient", "gamma", "vectors_too", "vector_learning_rate", "vector_beta1", "vector_beta2",
      "vector_weight_decay", "initial_distance", "distance_coefficient", "growth_rate", "safeguard_warmup",
      "rate_free_weight_decay", "centralize", "adaptive_clip", "cautious",
      "orthogonalization_steps", "consistent_rms", "adaptive_scale", "vector_epsilon", "decay_power", "scale_floor",
      "clip_threshold", "scale_by_weights", "bfloat16_products", "stochastic_rounding",
    ]
    for algorithm in algorithmNames {
      let bench = try OptimizerBench(algorithm)
      for name in optionNames {
        guard let value = try? bench.value(name) else { continue }
        if perGroup.contains(name) {
          try bench.set(name, value, group: 2)
          XCTAssertEqual(try bench.value(name, group: 2), value)
        } else {
          assertFailure(.invalidArgument, "\(name): holds for the whole optimizer, not for a group") {
            () throws(Failure) in try bench.set(name, value, group: 5)
          }
        }
      }
      assertFailure(.invalidArgument, "group: there is no group 5; setting an option of it makes it") {
        () throws(Failure) in _ = try bench.value("learning_rate", group: 5)
      }
    }
    // None of these made the group, and a step with it changes nothing.
    let tensors = [BenchTensor([1, 2]), BenchTensor([3], group: 4)]
    let stepped = try OptimizerBench("adam", tensors: tensors)
    assertFailure(.invalidArgument, "tensor 1: \(unknown)") { () throws(Failure) in try stepped.step([[1, 1], [1]]) }
    XCTAssertEqual(stepped.values, [[1, 2], [3]])
    XCTAssertNil(stepped.state("m"))
    try stepped.set("beta1", 0.5, group: 4)
    try stepped.step([[1, 1], [1]])
    XCTAssertEqual(stepped.optimizer.stepCount, 1)
  }

  /// A tensor may change its group between steps, and groups may be made after the first step.
  func testGroupsAfterTheFirstStep() throws {
    let tensor = BenchTensor([0])
    let bench = try OptimizerBench("momentum", ["learning_rate": 1], tensors: [tensor])
    try bench.step([[1]])
    try bench.set("momentum_decay", 0, group: .max)
    var description = tensor.description
    description.group = .max
    tensor.gradient = [4]
    try bench.step([description])
    XCTAssertEqual(bench.values[0], [-5])
    XCTAssertEqual(bench.state("velocity"), [-4])
    try bench.step([tensor.description])
    XCTAssertEqual(bench.values[0], [-5 - 3.6 - 4])
  }

  func testManyGroups() throws {
    let count = 300
    let tensors = (0..<count).map { BenchTensor([0], group: UInt32($0)) }
    let bench = try OptimizerBench("sgd", tensors: tensors)
    var random = SeededRandom(seed: 1)
    for group in (0..<count).shuffled(using: &random) {
      try bench.set("learning_rate", Double(group), group: UInt32(group))
    }
    for group in (0..<count).shuffled(using: &random) {
      try bench.set("decoupled_weight_decay", Double(group % 2), group: UInt32(group))
    }
    try bench.step([[Double]](repeating: [1], count: count))
    XCTAssertEqual(bench.values.map(\.[0]), (0..<count).map { group in -Double(group) })
    try bench.step([[Double]](repeating: [0], count: count))
    for group in 0..<count {
      XCTAssertEqual(bench.values[group][0], Double(group % 2 == 1 ? group * (group - 1) : -group))
    }
    try bench.optimizer.reset()
    XCTAssertEqual(try bench.value("learning_rate", group: 299), 299, "a reset keeps the options, those of groups too")
  }

  /// The limit of each group's values counts for the common norm.
  func testClippingByNormWithLimitsOfGroups() throws {
    let bench = try OptimizerBench(
      "sgd", ["clip_norm": 1, "learning_rate": 1], tensors: [BenchTensor([0]), BenchTensor([0], group: 1)])
    try bench.set("clip_value", 3, group: 1)
    try bench.step([[4], [100]])
    assertNear(bench.values.flatMap { $0 }, [-0.8, -0.6], relative: 1e-15)
  }

  /// One group's switch makes a state for all tensors.
  func testStateForOneGroup() throws {
    let bench = try OptimizerBench("rmsprop", tensors: [BenchTensor([1, 1]), BenchTensor([1], group: 1)])
    let plain = try OptimizerBench("rmsprop", values: [1, 1])
    try bench.set("momentum_decay", 0.5, group: 1)
    for _ in 0..<3 {
      try bench.step([[1, -2], [1]])
      try plain.step([[1, -2]])
    }
    XCTAssertEqual(bench.values[0], plain.values[0])
    XCTAssertNotNil(bench.state("velocity", tensor: 0))
    XCTAssertNil(plain.state("velocity"))
    XCTAssertNotEqual(bench.values[1][0], plain.values[0][0])
  }
}
