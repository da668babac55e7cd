import XCTest

@testable import Descent

/// Defaults and ranges of every option in every algorithm and dialect, and what may be changed when.
final class OptimizerOptionTests: XCTestCase {
  /// The table of descent.h: defaults of the textbook, PyTorch, Keras and Optax, or the one that they share.
  private let table: [String: [String: [Double]]] = [
    "sgd": ["learning_rate": [0.01, 0.001, 0.01, 0.01]],
    "momentum": [
      "learning_rate": [0.01, 0.001, 0.01, 0.01], "momentum_decay": [0.9, 0.9, 0.9, 0.9], "dampening": [0, 0, 0, 0],
    ],
    "nesterov": ["learning_rate": [0.01, 0.001, 0.01, 0.01], "momentum_decay": [0.9, 0.9, 0.9, 0.9]],
    "adagrad": [
      "learning_rate": [0.01, 0.01, 0.001, 0.01], "epsilon": [1e-7, 1e-10, 1e-7, 1e-7],
      "learning_rate_decay": [0, 0, 0, 0], "initial_accumulator": [0, 0, 0.1, 0.1],
    ],
    "rmsprop": [
      "learning_rate": [0.01, 0.01, 0.001, 0.01], "rho": [0.99, 0.99, 0.9, 0.9], "epsilon": [1e-7, 1e-8, 1e-7, 1e-8],
      "centered": [0, 0, 0, 0], "momentum_decay": [0, 0, 0, 0],
    ],
    "adam": [
      "learning_rate": [0.001, 0.001, 0.001, 0.001], "beta1": [0.9, 0.9, 0.9, 0.9],
      "beta2": [0.999, 0.999, 0.999, 0.999], "epsilon": [1e-8, 1e-8, 1e-7, 1e-8], "bias_correction": [1, 1, 1, 1],
      "amsgrad": [0], "epsilon_root": [0],
    ],
    "adamw": [
      "learning_rate": [0.001], "beta1": [0.9], "beta2": [0.999], "epsilon": [1e-8, 1e-8, 1e-7, 1e-8],
      "bias_correction": [1], "amsgrad": [0], "epsilon_root": [0], "decoupled_weight_decay": [0.01, 0.01, 0.004, 1e-4],
    ],
    "adamax": [
      "learning_rate": [0.002, 0.002, 0.001, 0.002], "beta1": [0.9], "beta2": [0.999],
      "epsilon": [1e-8, 1e-8, 1e-7, 1e-8],
    ],
    "nadam": [
      "learning_rate": [0.002, 0.002, 0.001, 0.001], "beta1": [0.9], "beta2": [0.999],
      "epsilon": [1e-8, 1e-8, 1e-7, 1e-8], "epsilon_root": [0], "momentum_decay": [0.004],
    ],
    "radam": [
      "learning_rate": [0.001], "beta1": [0.9], "beta2": [0.999], "epsilon": [1e-8], "epsilon_root": [0],
      "nesterov_momentum": [0],
    ],
    "adadelta": [
      "learning_rate": [1, 1, 0.001, 1], "rho": [0.9, 0.9, 0.95, 0.9], "epsilon": [1e-6, 1e-6, 1e-7, 1e-6],
    ],
    "rprop": [
      "learning_rate": [0.01], "eta_minus": [0.5], "eta_plus": [1.2], "minimum_step": [1e-6], "maximum_step": [50],
    ],
    "asgd": ["learning_rate": [0.01], "lambd": [1e-4], "alpha": [0.75], "t0": [1e6]],
    "lion": [
      "learning_rate": [1e-4, 1e-4, 0.001, 1e-4], "beta1": [0.9], "beta2": [0.99],
      "decoupled_weight_decay": [0.001, 0.001, 0, 0.001],
    ],
    "signum": ["learning_rate": [0.001], "momentum_decay": [0.9]],
    "adan": [
      "learning_rate": [0.001], "beta1": [0.98], "beta2": [0.92], "beta3": [0.99], "epsilon": [1e-8],
      "epsilon_root": [1e-8, 0, 1e-8, 1e-8], "proximal_weight_decay": [0],
    ],
    "ademamix": [
      "learning_rate": [0.001], "beta1": [0.9], "beta2": [0.999], "beta3": [0.9999], "alpha": [5], "epsilon": [1e-8],
      "epsilon_root": [0], "slow_warmup_steps": [0],
    ],
    "adabelief": [
      "learning_rate": [0.001], "beta1": [0.9], "beta2": [0.999], "epsilon": [1e-16], "epsilon_root": [1e-16],
      "nesterov_momentum": [0],
    ],
    "yogi": [
      "learning_rate": [0.01], "beta1": [0.9], "beta2": [0.999], "epsilon": [0.001], "initial_accumulator": [1e-6],
    ],
    "adopt": [
      "learning_rate": [0.001], "beta1": [0.9], "beta2": [0.9999], "epsilon": [1e-6], "nesterov_momentum": [0],
      "clip_update": [1],
    ],
    "ftrl": ["learning_rate": [0.1], "beta": [1], "l1": [0], "l2": [0]],
    "schedule_free_sgd": ["learning_rate": [1], "momentum_decay": [0.9], "average_power": [0], "rate_power": [2]],
    "schedule_free_adamw": [
      "learning_rate": [0.0025], "beta1": [0.9], "beta2": [0.999], "epsilon": [1e-8], "average_power": [0],
      "rate_power": [2],
    ],
    "mars": [
      "learning_rate": [0.003], "beta1": [0.95], "beta2": [0.99], "epsilon": [1e-8], "gamma": [0.025], "amsgrad": [0],
      "vectors_too": [0], "vector_learning_rate": [0.003], "vector_beta1": [0.9], "vector_beta2": [0.95],
      "vector_weight_decay": [0.1],
    ],
    "lars": [
      "learning_rate": [0.1], "momentum_decay": [0.9], "trust_coefficient": [0.001], "epsilon": [0],
      "nesterov_momentum": [0],
    ],
    "lamb": [
      "learning_rate": [0.001], "beta1": [0.9], "beta2": [0.999], "epsilon": [1e-6], "epsilon_root": [0],
    ],
    "novograd": [
      "learning_rate": [0.001], "beta1": [0.9], "beta2": [0.25], "epsilon": [1e-6], "epsilon_root": [0],
    ],
    "prodigy": [
      "learning_rate": [1], "beta1": [0.9], "beta2": [0.999], "beta3": [0], "epsilon": [1e-8], "bias_correction": [0],
      "initial_distance": [1e-6], "distance_coefficient": [1], "growth_rate": [0], "safeguard_warmup": [0],
    ],
    "adafactor": [
      "learning_rate": [0.01], "decay_power": [0.8], "epsilon": [0, 0, 0, 1e-30], "scale_floor": [0.001],
      "clip_threshold": [1], "minimum_side": [0, 0, 0, 128], "scale_by_weights": [1], "momentum_decay": [0],
    ],
    "muon": [
      "learning_rate": [0.02, 0.001, 0.02, 0.02], "momentum_decay": [0.95], "nesterov_momentum": [1],
      "epsilon": [1e-7, 1e-7, 1e-7, 1e-8], "decoupled_weight_decay": [0, 0.1, 0, 0], "orthogonalization_steps": [5],
      "consistent_rms": [0], "adaptive_scale": [0], "bfloat16_products": [0, 1, 0, 0],
      "vector_learning_rate": [0.001], "vector_beta1": [0.9], "vector_beta2": [0.999], "vector_epsilon": [1e-8],
      "vector_weight_decay": [0],
    ],
    "shampoo": [
      "learning_rate": [0.001], "momentum_decay": [0], "epsilon": [1e-6], "precondition_frequency": [1],
      "maximum_side": [1024],
    ],
    "soap": [
      "learning_rate": [0.003], "beta1": [0.95], "beta2": [0.95], "beta3": [0], "epsilon": [1e-8],
      "bias_correction": [1], "decoupled_weight_decay": [0.01], "precondition_frequency": [10],
      "maximum_side": [10_000], "precondition_vectors": [0], "normalize_gradient": [0],
    ],
    "lbfgs": [
      "l1": [0], "history": [10], "line_search_steps": [20], "wolfe_decrease": [1e-4], "wolfe_curvature": [0.9],
      "part_iterations": [10],
    ],
    "conjugate_gradient": ["line_search_steps": [20], "wolfe_decrease": [1e-4], "wolfe_curvature": [0.1]],
    "sdca": [:],
    "coordinate_descent": [:],
  ]

  /// The default of an option in a dialect; nil where the algorithm has no such option.
  private func expected(_ name: String, _ algorithm: String, dialect: Int) -> Double? {
    let isBatch = !algorithmNames.contains(algorithm)
    if name == "dialect" { return isBatch ? nil : Double(dialect) }
    let isMatrixMethod = ["adafactor", "muon", "shampoo", "soap"].contains(algorithm)
    guard let values = table[algorithm]![name] else {
      return isBatch || isMatrixMethod && name == "state_dtype" ? nil : common[name]
    }
    return values.count == 1 ? values[0] : values[dialect]
  }

  /// What every algorithm has but for the batch methods.
  private let common: [String: Double] = [
    "weight_decay": 0, "clip_value": 0, "clip_norm": 0, "maximize": 0, "decoupled_weight_decay": 0,
    "not_finite_policy": 0, "track_health": 0, "schedule": 0, "warmup_steps": 0, "schedule_steps": 1000,
    "schedule_factor": 0.1, "schedule_power": 1, "schedule_floor": 0, "cycle_factor": 1, "cycle_rise": 0.3,
    "cycle_start": 0.04, "patience": 10, "rate_free_weight_decay": 0, "plateau_rises": 0, "plateau_threshold": 1e-4,
    "cooldown": 0, "cycle_decay": 1, "average": 0, "average_decay": 0.999, "average_start": 0, "lookahead_steps": 0,
    "lookahead_rate": 0.5, "accumulate_steps": 1, "centralize": 0, "adaptive_clip": 0, "cautious": 0,
    "state_dtype": 0, "stochastic_rounding": 0, "rounding_seed": 0, "gradient_scale": 1,
  ]

  private enum Range {
    case fromZero, fraction, share, fromOne
    case from(Double)
    case whole(Double, Double)
    /// From the first on, and below the second or up to it.
    case below(Double, Double)
    case upTo(Double, Double)

    var accepted: [Double] {
      switch self {
      case .fromZero: [0, .leastNonzeroMagnitude, 1, .greatestFiniteMagnitude]
      case .fraction: [0, 0.5, 1 - 0x1p-53]
      case .share: [0, 0.5, 1]
      case .fromOne: [1, 1.5, .greatestFiniteMagnitude]
      case .from(let least): [least, 1, .greatestFiniteMagnitude]
      case .whole(let least, let most): [least, most, ((least + most) / 2).rounded()]
      case .below(let least, let most): [least, most / 2, most.nextDown]
      case .upTo(let least, let most): [least, most / 2, most]
      }
    }

    var refused: [Double] {
      let others: [Double] =
        switch self {
        case .fromZero: [-.leastNonzeroMagnitude]
        case .fraction: [-0.5, 1, 2]
        case .share: [-.leastNonzeroMagnitude, 1 + 0x1p-52]
        case .fromOne: [1 - 0x1p-53, 0]
        case .from(let least): [least.nextDown, 0, -1]
        case .whole(let least, let most): [least - 1, most * 2 + 1, least + 0.5, -0.5]
        case .below(let least, let most): [least.nextDown, 0, most]
        case .upTo(let least, let most): [least.nextDown, 0, most.nextUp]
        }
      return others + [.nan, .infinity, -.infinity]
    }
  }

  private let ranges: [String: Range] = [
    "learning_rate": .fromZero, "momentum_decay": .fraction, "beta1": .fraction, "beta2": .fraction,
    "epsilon": .fromZero, "rho": .fraction, "weight_decay": .fromZero, "bias_correction": .whole(0, 1),
    "clip_value": .fromZero, "clip_norm": .fromZero, "maximize": .whole(0, 1), "decoupled_weight_decay": .fromZero,
    "not_finite_policy": .whole(0, 2), "track_health": .whole(0, 1), "schedule": .whole(0, 8),
    "warmup_steps": .whole(0, 0x1p53), "schedule_steps": .whole(1, 0x1p53), "schedule_factor": .fromZero,
    "schedule_power": .fromZero, "schedule_floor": .share, "cycle_factor": .fromOne, "cycle_rise": .share,
    "cycle_start": .share, "patience": .whole(0, 0x1p53), "dialect": .whole(0, 3), "dampening": .share,
    "centered": .whole(0, 1), "amsgrad": .whole(0, 1), "learning_rate_decay": .fromZero,
    "initial_accumulator": .fromZero, "beta3": .fraction, "epsilon_root": .fromZero, "nesterov_momentum": .whole(0, 1),
    "alpha": .fromZero, "eta_minus": .share, "eta_plus": .fromOne, "minimum_step": .fromZero,
    "maximum_step": .fromZero, "lambd": .fromZero, "t0": .fromZero, "beta": .fromZero, "l1": .fromZero,
    "l2": .fromZero, "rate_power": .fromZero, "average_power": .fromZero, "slow_warmup_steps": .whole(0, 0x1p53),
    "clip_update": .whole(0, 1), "proximal_weight_decay": .fromZero, "trust_coefficient": .fromZero,
    "gamma": .fromZero, "vectors_too": .whole(0, 1), "vector_learning_rate": .fromZero, "vector_beta1": .fraction,
    "vector_beta2": .fraction, "vector_weight_decay": .fromZero, "initial_distance": .from(1e-300),
    "distance_coefficient": .fromZero, "growth_rate": .fromZero, "safeguard_warmup": .whole(0, 1),
    "rate_free_weight_decay": .share,
    "plateau_rises": .whole(0, 1), "plateau_threshold": .fromZero, "cooldown": .whole(0, 0x1p53), "cycle_decay": .share,
    "average": .whole(0, 2), "average_decay": .share, "average_start": .whole(0, 0x1p53),
    "lookahead_steps": .whole(0, 0x1p53), "lookahead_rate": .share, "accumulate_steps": .whole(1, 0x1p53),
    "centralize": .whole(0, 1), "adaptive_clip": .fromZero, "cautious": .whole(0, 1),
    "orthogonalization_steps": .whole(0, 100), "consistent_rms": .fromZero, "adaptive_scale": .whole(0, 1),
    "vector_epsilon": .fromZero, "precondition_frequency": .whole(1, 0x1p53), "maximum_side": .whole(0, 0x1p53),
    "normalize_gradient": .whole(0, 1), "decay_power": .fromZero, "scale_floor": .fromZero,
    "clip_threshold": .from(1e-300), "minimum_side": .whole(0, 0x1p53), "scale_by_weights": .whole(0, 1),
    "precondition_vectors": .whole(0, 1), "bfloat16_products": .whole(0, 1), "state_dtype": .whole(0, 2),
    "stochastic_rounding": .whole(0, 1),
    "rounding_seed": .whole(0, 0x1p53), "gradient_scale": .from(1e-300),
    "history": .whole(1, 1000), "line_search_steps": .whole(1, 1000), "wolfe_decrease": .upTo(1e-16, 0.5),
    "wolfe_curvature": .below(1e-16, 1), "part_iterations": .whole(0, 1000),
  ]

  func testDefaults() throws {
    XCTAssertEqual(Set(ranges.keys), Set(optionNames))
    XCTAssertEqual(optionNames.count, ranges.count)
    for algorithm in allAlgorithmNames {
      for dialect in 0...3 {
        let bench = try OptimizerBench(algorithm)
        if dialect != 0 {
          if !algorithmNames.contains(algorithm) { continue }
          try bench.set("dialect", Double(dialect))
        }
        for name in optionNames {
          if let expected = expected(name, algorithm, dialect: dialect) {
            XCTAssertEqual(try bench.value(name), expected, "\(algorithm), dialect \(dialect), \(name)")
          } else {
            let text = "\(name): \(algorithm) has no such option"
            assertFailure(.unsupported, text) { () throws(Failure) in _ = try bench.value(name) }
            assertFailure(.unsupported, text) { () throws(Failure) in try bench.set(name, 0) }
          }
        }
      }
    }
  }

  func testRanges() throws {
    for algorithm in allAlgorithmNames {
      for name in optionNames where expected(name, algorithm, dialect: 0) != nil {
        let bench = try OptimizerBench(algorithm)
        for value in ranges[name]!.accepted {
          try bench.set(name, value)
          XCTAssertEqual(try bench.value(name), value, "\(algorithm), \(name)")
        }
        let before = try bench.value(name)
        for value in ranges[name]!.refused {
          XCTAssertThrowsError(try bench.set(name, value), "\(algorithm), \(name), \(value)")
          XCTAssertEqual(try bench.value(name), before, "\(algorithm), \(name), \(value)")
        }
      }
    }
  }

  func testRangeTexts() throws {
    let bench = try OptimizerBench("adam")
    let texts: [(String, Double, String)] = [
      ("learning_rate", -1, "learning_rate: -1 is outside [0, inf)"), ("beta1", 1, "beta1: 1 is outside [0, 1)"),
      ("cycle_rise", 1.5, "cycle_rise: 1.5 is outside [0, 1]"),
      ("cycle_factor", 0.5, "cycle_factor: 0.5 is outside [1, inf)"),
      ("amsgrad", 2, "amsgrad: 2 is neither 0 nor 1"), ("schedule", 9, "schedule: 9 is not a whole number in [0, 8]"),
      ("patience", 0.5, "patience: 0.5 is not a whole number in [0, 9007199254740992]"),
      ("schedule_steps", 0, "schedule_steps: 0 is not a whole number in [1, 9007199254740992]"),
      ("dialect", .nan, "dialect: nan is not a whole number in [0, 3]"),
    ]
    for (name, value, text) in texts {
      assertFailure(.invalidArgument, text) { () throws(Failure) in try bench.set(name, value) }
    }
  }

  /// Another dialect's defaults replace defaults, not what was set; and back again.
  func testDialectKeepsWhatWasSet() throws {
    let bench = try OptimizerBench("adagrad", ["epsilon": 1e-7])
    XCTAssertEqual(try bench.value("epsilon"), 1e-7)
    try bench.set("dialect", 1)
    XCTAssertEqual(try bench.value("epsilon"), 1e-7, "set, though to the default")
    try bench.set("dialect", 2)
    XCTAssertEqual(try bench.value("learning_rate"), 0.001)
    XCTAssertEqual(try bench.value("initial_accumulator"), 0.1)
    try bench.set("dialect", 0)
    XCTAssertEqual(try bench.value("learning_rate"), 0.01)
    XCTAssertEqual(try bench.value("initial_accumulator"), 0)
    XCTAssertEqual(try bench.value("weight_decay"), 0)
  }

  /// After the first step, until a reset: the dialect and AdaGrad's first sum are fixed.
  func testBeforeTheFirstStepOnly() throws {
    let bench = try OptimizerBench("adagrad", values: [1])
    try bench.set("dialect", 2)
    try bench.set("initial_accumulator", 4)
    try bench.step([[3]])
    XCTAssertEqual(bench.state("sum_of_squares"), [13])
    let rate = try bench.value("learning_rate")
    for (name, value, same) in [("dialect", 1.0, 2.0), ("initial_accumulator", 0.5, 4)] {
      assertFailure(.invalidArgument, "\(name): can be changed before the first step only") { () throws(Failure) in
        try bench.set(name, value)
      }
      XCTAssertEqual(try bench.value(name), same)
      try bench.set(name, same)
    }
    XCTAssertEqual(try bench.value("learning_rate"), rate)
    try bench.optimizer.reset()
    try bench.set("dialect", 1)
    try bench.set("initial_accumulator", 0.25)
    try bench.step([[3]])
    XCTAssertEqual(bench.state("sum_of_squares"), [9.25])
  }

  func testInitialAccumulator() throws {
    for type in [ElementType.float32, .float64] {
      let bench = try OptimizerBench(
        "adagrad", ["initial_accumulator": 0.1],
        tensors: [BenchTensor([1, 2, 3], type: type), BenchTensor([4], type: type)])
      try bench.step([[0, 1, 0], [0]])
      let first = type == .float32 ? Double(Float(0.1)) : 0.1
      XCTAssertEqual(bench.state("sum_of_squares")![0], first)
      XCTAssertEqual(bench.state("sum_of_squares", tensor: 1), [first])
      XCTAssertEqual(bench.values[0][0], 1)
    }
  }

  /// Which buffers there are: those that the options of the first step call for.
  func testStateBuffers() throws {
    let cases: [(String, [String: Double], [String], [String])] = [
      ("momentum", [:], ["velocity"], []), ("nesterov", [:], ["velocity"], []),
      ("adagrad", [:], ["sum_of_squares"], []),
      ("rmsprop", [:], ["mean_square"], ["mean_gradient", "velocity"]),
      ("rmsprop", ["centered": 1], ["mean_square", "mean_gradient"], ["velocity"]),
      ("rmsprop", ["momentum_decay": 0.5], ["mean_square", "velocity"], ["mean_gradient"]),
      ("rmsprop", ["momentum_decay": 0.5, "centered": 1], ["mean_square", "mean_gradient", "velocity"], []),
      ("adam", [:], ["m", "v"], ["v_max"]), ("adam", ["amsgrad": 1], ["m", "v", "v_max"], []),
    ]
    for (algorithm, options, present, absent) in cases {
      let bench = try OptimizerBench(
        algorithm, options, tensors: [BenchTensor([1, 2]), BenchTensor([3], type: .float32)])
      for name in present { XCTAssertNil(bench.state(name)) }
      for _ in 0..<3 { try bench.step([[1, -2], [3]]) }
      for tensor in 0..<2 {
        for name in present {
          let state = try XCTUnwrap(bench.state(name, tensor: tensor), "\(algorithm), \(options), \(name)")
          XCTAssertTrue(state.allSatisfy { $0 != 0 && $0.isFinite })
        }
        for name in absent {
          assertFailure(.unknownName, "name: the options do not call for the state \"\(name)\"") { () throws(Failure) in
            _ = try bench.optimizer.state(tensor: tensor, named: name)
          }
        }
      }
    }
  }

  /// A switch that needs state cannot be switched on when there is none; off and on again it can.
  func testSwitchesThatNeedState() throws {
    for (algorithm, name, value) in [
      ("rmsprop", "centered", 1.0), ("rmsprop", "momentum_decay", 0.5), ("adam", "amsgrad", 1),
    ] {
      let bench = try OptimizerBench(algorithm, values: [1, 2])
      try bench.step([[1, 2]])
      let before = bench.fingerprint
      for group: UInt32 in name == "momentum_decay" ? [0, 3] : [0] {
        assertFailure(.invalidArgument, "\(name): needs state, which is made in the first step only") {
          () throws(Failure) in
          try bench.set(name, value, group: group)
        }
      }
      XCTAssertEqual(try bench.value(name), 0)
      XCTAssertEqual(bench.fingerprint, before)
      XCTAssertThrowsError(try bench.value(name, group: 3))
      try bench.set(name, 0)
      try bench.optimizer.reset()
      try bench.set(name, value)
      try bench.step([[1, 2]])
      try bench.set(name, 0)
      try bench.step([[1, 2]])
      try bench.set(name, value)
      try bench.step([[1, 2]])
      XCTAssertTrue(bench.values[0].allSatisfy(\.isFinite))
    }
  }

  /// AMSGrad's greatest v never falls, and is v where that only rises.
  func testGreatestSoFar() throws {
    for dialect in 0...2 {
      let bench = try OptimizerBench("adam", ["amsgrad": 1, "beta2": 0.5, "dialect": Double(dialect)], values: [1, 1])
      try bench.step([[4, 1]])
      try bench.step([[1, 4]])
      XCTAssertEqual(bench.state("v"), [4.5, 8.25])
      XCTAssertEqual(bench.state("v_max"), [8, 8.25])
    }
    let optax = try OptimizerBench("adam", ["amsgrad": 1, "beta2": 0.5, "dialect": 3], values: [1, 1])
    try optax.step([[4, 1]])
    try optax.step([[1, 4]])
    assertNear(optax.state("v_max")!, [16, 11], relative: 1e-15)
  }
}
