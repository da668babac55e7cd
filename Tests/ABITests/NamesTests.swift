import CDescent
import DescentABI
import XCTest

final class NamesTests: XCTestCase {
  private func text(_ pointer: UnsafePointer<CChar>?) -> String? { pointer.map { String(cString: $0) } }

  private let indicesOutside = [-1, Int.min, Int.max, 128, 1 << 32]
  private let unknownNumbers: [UInt32] = [0, 9, 119, 127, 128, 1000, 0x8000_0000, .max]

  func testAlgorithms() {
    let names = [
      "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "adamax", "nadam", "radam", "adadelta",
      "rprop", "asgd", "lion", "signum", "adan", "ademamix", "adabelief", "yogi", "adopt", "ftrl", "schedule_free_sgd",
      "schedule_free_adamw", "mars", "lars", "lamb", "adafactor", "novograd", "prodigy", "muon", "shampoo", "soap",
      "lbfgs", "conjugate_gradient", "sdca", "coordinate_descent",
    ]
    XCTAssertEqual(descent_algorithm_count(), names.count)
    for (index, name) in names.enumerated() {
      let algorithm = descent_algorithm_at(index)
      XCTAssertEqual(text(descent_algorithm_name(algorithm)), name)
      var found = descent_algorithm(rawValue: 0)
      assertOK(descent_algorithm_from_name(name, &found))
      XCTAssertEqual(found, algorithm)
      let optimizer = makeOptimizer(algorithm)
      XCTAssertEqual(descent_optimizer_algorithm(optimizer), algorithm)
      descent_optimizer_free(optimizer)
    }
    for index in indicesOutside + [names.count] { XCTAssertEqual(descent_algorithm_at(index).rawValue, 0) }
  }

  func testWhatIsSaidAboutAlgorithms() {
    let table: [(algorithm: descent_algorithm, title: String, states: [String])] = [
      (DESCENT_SGD, "SGD", []), (DESCENT_MOMENTUM, "Momentum", ["velocity"]),
      (DESCENT_NESTEROV, "Nesterov", ["velocity"]), (DESCENT_ADAGRAD, "AdaGrad", ["sum_of_squares"]),
      (DESCENT_RMSPROP, "RMSProp", ["mean_square", "mean_gradient", "velocity"]),
      (DESCENT_ADAM, "Adam", ["m", "v", "v_max"]),
    ]
    for (algorithm, title, states) in table {
      XCTAssertEqual(text(descent_algorithm_title(algorithm)), title)
      for (index, state) in states.enumerated() {
        XCTAssertEqual(text(descent_algorithm_state_name(algorithm, index)), state)
      }
      for index in [states.count] + indicesOutside { XCTAssertNil(descent_algorithm_state_name(algorithm, index)) }

      let formula = text(descent_algorithm_formula(algorithm)) ?? ""
      XCTAssertFalse(formula.contains("\n"), "one line")
      XCTAssert(formula.contains("w "), formula)
      // Each option of the algorithm's usual form is in its formula, by its name.
      for index in 0..<descent_option_count() {
        let option = descent_option_at(index)
        var (minimum, maximum, usual) = (0.0, 0.0, 0.0)
        let has = descent_option_range(algorithm, option, &minimum, &maximum, &usual) == DESCENT_OK
        if option.rawValue >= DESCENT_WEIGHT_DECAY.rawValue && option != DESCENT_EPSILON_ROOT { continue }
        if algorithm == DESCENT_RMSPROP && option == DESCENT_MOMENTUM_DECAY { continue }
        XCTAssertEqual(formula.contains(text(descent_option_name(option))!), has, "\(formula): option \(option)")
      }
    }
  }

  func testOptions() {
    let names = [
      "learning_rate", "momentum_decay", "beta1", "beta2", "epsilon", "rho", "weight_decay", "bias_correction",
      "clip_value", "clip_norm", "maximize", "decoupled_weight_decay", "not_finite_policy", "track_health",
      "schedule", "warmup_steps", "schedule_steps", "schedule_factor", "schedule_power", "schedule_floor",
      "cycle_factor", "cycle_rise", "cycle_start", "patience", "dialect", "dampening", "centered", "amsgrad",
      "learning_rate_decay", "initial_accumulator",
      "beta3", "epsilon_root", "nesterov_momentum", "alpha", "eta_minus", "eta_plus", "minimum_step", "maximum_step",
      "lambd", "t0", "beta", "l1", "l2", "rate_power", "average_power", "slow_warmup_steps", "clip_update",
      "proximal_weight_decay",
      "trust_coefficient", "gamma", "vectors_too", "vector_learning_rate", "vector_beta1", "vector_beta2",
      "vector_weight_decay", "initial_distance", "distance_coefficient", "growth_rate", "safeguard_warmup",
      "rate_free_weight_decay",
      "plateau_rises", "plateau_threshold", "cooldown", "cycle_decay", "average", "average_decay", "average_start",
      "lookahead_steps", "lookahead_rate", "accumulate_steps", "centralize", "adaptive_clip", "cautious",
      "orthogonalization_steps", "consistent_rms", "adaptive_scale", "vector_epsilon",
      "precondition_frequency", "maximum_side", "normalize_gradient", "decay_power",
      "scale_floor", "clip_threshold",
      "history", "line_search_steps", "wolfe_decrease", "wolfe_curvature", "scale_by_weights", "precondition_vectors",
      "minimum_side", "part_iterations", "bfloat16_products", "state_dtype", "stochastic_rounding", "rounding_seed",
      "gradient_scale",
    ]
    let switches = [
      "bias_correction", "maximize", "track_health", "centered", "amsgrad", "nesterov_momentum", "clip_update",
      "vectors_too", "safeguard_warmup", "plateau_rises", "centralize", "cautious",
      "adaptive_scale", "normalize_gradient", "scale_by_weights", "precondition_vectors", "bfloat16_products",
      "stochastic_rounding",
    ]
    XCTAssertEqual(descent_option_count(), names.count)
    for (index, name) in names.enumerated() {
      let option = descent_option_at(index)
      XCTAssertEqual(text(descent_option_name(option)), name)
      XCTAssertEqual(descent_option_is_switch(option), switches.contains(name))
      var found = descent_option(rawValue: 0)
      assertOK(descent_option_from_name(name, &found))
      XCTAssertEqual(found, option)
    }
    for index in indicesOutside + [names.count] { XCTAssertEqual(descent_option_at(index).rawValue, 0) }
  }

  func testLosses() {
    let labelled = [
      "softmax_cross_entropy", "multiclass_hinge", "squared_hinge", "one_vs_rest_hinge", "one_vs_rest_squared_hinge",
      "one_vs_rest_logistic",
    ]
    let parameters: [String: (name: String, minimum: Double, maximum: Double, standard: Double)] = [
      "huber": ("delta", .leastNonzeroMagnitude, .infinity, 1),
      "quantile": ("quantile", .leastNonzeroMagnitude, (1.0).nextDown, 0.5),
      "epsilon_insensitive": ("epsilon", 0, .infinity, 0.1),
      "squared_epsilon_insensitive": ("epsilon", 0, .infinity, 0.1),
    ]
    let names =
      labelled + [
        "squared_error", "absolute_error", "huber", "logistic", "quantile", "epsilon_insensitive",
        "squared_epsilon_insensitive", "poisson",
      ]
    XCTAssertEqual(descent_loss_count(), names.count)
    for (index, name) in names.enumerated() {
      let loss = descent_loss_at(index)
      XCTAssertEqual(text(descent_loss_name(loss)), name)
      XCTAssertEqual(descent_loss_takes_labels(loss), labelled.contains(name))
      var found = descent_loss(rawValue: 0)
      assertOK(descent_loss_from_name(name, &found))
      XCTAssertEqual(found, loss)
      let parameter = descent_loss_parameter_name(loss)
      XCTAssertEqual(parameter.map { String(cString: $0) }, parameters[name]?.name, name)
      guard let expected = parameters[name] else { continue }
      var (minimum, maximum, standard) = (-7.0, -7.0, -7.0)
      assertOK(descent_loss_parameter_range(loss, &minimum, &maximum, &standard))
      XCTAssertEqual([minimum, maximum, standard], [expected.minimum, expected.maximum, expected.standard], name)
    }
    for index in indicesOutside + [names.count] { XCTAssertEqual(descent_loss_at(index).rawValue, 0) }
  }

  func testUnknownNumbersHaveNoName() {
    for number in unknownNumbers {
      let algorithm = descent_algorithm(rawValue: number)
      XCTAssertNil(descent_algorithm_name(algorithm))
      XCTAssertNil(descent_algorithm_title(algorithm))
      XCTAssertNil(descent_algorithm_formula(algorithm))
      XCTAssertNil(descent_algorithm_state_name(algorithm, 0))
      XCTAssertNil(descent_option_name(descent_option(rawValue: number)))
      XCTAssertFalse(descent_option_is_switch(descent_option(rawValue: number)))
      XCTAssertNil(descent_loss_name(descent_loss(rawValue: number)))
      XCTAssertFalse(descent_loss_takes_labels(descent_loss(rawValue: number)))
    }
  }
}
