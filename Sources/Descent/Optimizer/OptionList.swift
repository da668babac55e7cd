import CDescentKernels

extension Option {
  public static var count: Int { 96 }

  /// The options in the order of their numbers.
  public static func at(_ index: Int) -> Option? {
    switch index {
    case 0: fromZero(KERNEL_LEARNING_RATE, "learning_rate")
    case 1: fraction(KERNEL_MOMENTUM_DECAY, "momentum_decay")
    case 2: fraction(KERNEL_BETA1, "beta1")
    case 3: fraction(KERNEL_BETA2, "beta2")
    case 4: fromZero(KERNEL_EPSILON, "epsilon")
    case 5: fraction(KERNEL_RHO, "rho")
    case 6: fromZero(KERNEL_WEIGHT_DECAY, "weight_decay", common: 0)
    case 7: onOrOff(KERNEL_BIAS_CORRECTION, "bias_correction", scope: .group)
    case 8: fromZero(KERNEL_CLIP_VALUE, "clip_value", common: 0)
    case 9: fromZero(KERNEL_CLIP_NORM, "clip_norm", common: 0, scope: .optimizer)
    case 10: onOrOff(KERNEL_MAXIMIZE, "maximize", common: 0, scope: .optimizer)
    case 11: fromZero(KERNEL_DECOUPLED_WEIGHT_DECAY, "decoupled_weight_decay", common: 0)
    case 12: whole(KERNEL_NOT_FINITE_POLICY, "not_finite_policy", 0...2, common: 0)
    case 13: onOrOff(KERNEL_TRACK_HEALTH, "track_health", common: 0, scope: .optimizer)
    case 14: whole(KERNEL_SCHEDULE, "schedule", 0...8, common: 0)
    case 15: whole(KERNEL_WARMUP_STEPS, "warmup_steps", 0...0x1p53, common: 0)
    case 16: whole(KERNEL_SCHEDULE_STEPS, "schedule_steps", 1...0x1p53, common: 1000)
    case 17: fromZero(KERNEL_SCHEDULE_FACTOR, "schedule_factor", common: 0.1, scope: .optimizer)
    case 18: fromZero(KERNEL_SCHEDULE_POWER, "schedule_power", common: 1, scope: .optimizer)
    case 19: share(KERNEL_SCHEDULE_FLOOR, "schedule_floor", common: 0)
    case 20: real(KERNEL_CYCLE_FACTOR, "cycle_factor", 1 ... .infinity, common: 1, scope: .optimizer)
    case 21: share(KERNEL_CYCLE_RISE, "cycle_rise", common: 0.3)
    case 22: share(KERNEL_CYCLE_START, "cycle_start", common: 0.04)
    case 23: whole(KERNEL_PATIENCE, "patience", 0...0x1p53, common: 10)
    case 24: whole(KERNEL_DIALECT, "dialect", 0...3, common: 0, scope: .beforeFirstStep)
    case 25: real(KERNEL_DAMPENING, "dampening", 0...1)
    case 26: onOrOff(KERNEL_CENTERED, "centered", scope: .optimizer)
    case 27: onOrOff(KERNEL_AMSGRAD, "amsgrad", scope: .optimizer)
    case 28: fromZero(KERNEL_LEARNING_RATE_DECAY, "learning_rate_decay")
    case 29: fromZero(KERNEL_INITIAL_ACCUMULATOR, "initial_accumulator", scope: .beforeFirstStep)
    case 30: fraction(KERNEL_BETA3, "beta3")
    case 31: fromZero(KERNEL_EPSILON_ROOT, "epsilon_root")
    case 32: onOrOff(KERNEL_NESTEROV_MOMENTUM, "nesterov_momentum", scope: .group)
    case 33: fromZero(KERNEL_ALPHA, "alpha")
    case 34: real(KERNEL_ETA_MINUS, "eta_minus", 0...1)
    case 35: real(KERNEL_ETA_PLUS, "eta_plus", 1 ... .infinity)
    case 36: fromZero(KERNEL_MINIMUM_STEP, "minimum_step")
    case 37: fromZero(KERNEL_MAXIMUM_STEP, "maximum_step")
    case 38: fromZero(KERNEL_LAMBD, "lambd")
    case 39: fromZero(KERNEL_T0, "t0")
    case 40: fromZero(KERNEL_BETA, "beta")
    case 41: fromZero(KERNEL_L1, "l1")
    case 42: fromZero(KERNEL_L2, "l2")
    case 43: fromZero(KERNEL_RATE_POWER, "rate_power")
    case 44: fromZero(KERNEL_AVERAGE_POWER, "average_power")
    case 45: whole(KERNEL_SLOW_WARMUP_STEPS, "slow_warmup_steps", 0...0x1p53, scope: .group)
    case 46: onOrOff(KERNEL_CLIP_UPDATE, "clip_update", scope: .group)
    case 47: fromZero(KERNEL_PROXIMAL_WEIGHT_DECAY, "proximal_weight_decay")
    case 48: fromZero(KERNEL_TRUST_COEFFICIENT, "trust_coefficient")
    case 49: fromZero(KERNEL_GAMMA, "gamma")
    case 50: onOrOff(KERNEL_VECTORS_TOO, "vectors_too", scope: .group)
    case 51: fromZero(KERNEL_VECTOR_LEARNING_RATE, "vector_learning_rate")
    case 52: fraction(KERNEL_VECTOR_BETA1, "vector_beta1")
    case 53: fraction(KERNEL_VECTOR_BETA2, "vector_beta2")
    case 54: fromZero(KERNEL_VECTOR_WEIGHT_DECAY, "vector_weight_decay")
    case 55: real(KERNEL_INITIAL_DISTANCE, "initial_distance", 1e-300 ... .infinity)
    case 56: fromZero(KERNEL_DISTANCE_COEFFICIENT, "distance_coefficient")
    case 57: fromZero(KERNEL_GROWTH_RATE, "growth_rate")
    case 58: onOrOff(KERNEL_SAFEGUARD_WARMUP, "safeguard_warmup", scope: .group)
    case 59: real(KERNEL_RATE_FREE_WEIGHT_DECAY, "rate_free_weight_decay", 0...1, common: 0)
    case 60: onOrOff(KERNEL_PLATEAU_RISES, "plateau_rises", common: 0, scope: .optimizer)
    case 61: fromZero(KERNEL_PLATEAU_THRESHOLD, "plateau_threshold", common: 1e-4, scope: .optimizer)
    case 62: whole(KERNEL_COOLDOWN, "cooldown", 0...0x1p53, common: 0)
    case 63: share(KERNEL_CYCLE_DECAY, "cycle_decay", common: 1)
    case 64: whole(KERNEL_AVERAGE, "average", 0...2, common: 0)
    case 65: share(KERNEL_AVERAGE_DECAY, "average_decay", common: 0.999)
    case 66: whole(KERNEL_AVERAGE_START, "average_start", 0...0x1p53, common: 0)
    case 67: whole(KERNEL_LOOKAHEAD_STEPS, "lookahead_steps", 0...0x1p53, common: 0)
    case 68: share(KERNEL_LOOKAHEAD_RATE, "lookahead_rate", common: 0.5)
    case 69: whole(KERNEL_ACCUMULATE_STEPS, "accumulate_steps", 1...0x1p53, common: 1)
    case 70: onOrOff(KERNEL_CENTRALIZE, "centralize", common: 0, scope: .group)
    case 71: fromZero(KERNEL_ADAPTIVE_CLIP, "adaptive_clip", common: 0)
    case 72: onOrOff(KERNEL_CAUTIOUS, "cautious", common: 0, scope: .group)
    case 73: whole(KERNEL_ORTHOGONALIZATION_STEPS, "orthogonalization_steps", 0...100, scope: .group)
    case 74: fromZero(KERNEL_CONSISTENT_RMS, "consistent_rms")
    case 75: onOrOff(KERNEL_ADAPTIVE_SCALE, "adaptive_scale", scope: .group)
    case 76: fromZero(KERNEL_VECTOR_EPSILON, "vector_epsilon")
    case 77: whole(KERNEL_PRECONDITION_FREQUENCY, "precondition_frequency", 1...0x1p53)
    case 78: whole(KERNEL_MAXIMUM_SIDE, "maximum_side", 0...0x1p53, scope: .beforeFirstStep)
    case 79: onOrOff(KERNEL_NORMALIZE_GRADIENT, "normalize_gradient", scope: .beforeFirstStep)
    case 80: fromZero(KERNEL_DECAY_POWER, "decay_power")
    case 81: fromZero(KERNEL_SCALE_FLOOR, "scale_floor")
    case 82: real(KERNEL_CLIP_THRESHOLD, "clip_threshold", 1e-300 ... .infinity)
    case 83: whole(KERNEL_HISTORY, "history", 1...1000, scope: .beforeFirstStep)
    case 84: whole(KERNEL_LINE_SEARCH_STEPS, "line_search_steps", 1...1000)
    case 85: real(KERNEL_WOLFE_DECREASE, "wolfe_decrease", 1e-16...0.5, scope: .optimizer)
    case 86: real(KERNEL_WOLFE_CURVATURE, "wolfe_curvature", 1e-16...(1 as Double).nextDown, scope: .optimizer)
    case 87: onOrOff(KERNEL_SCALE_BY_WEIGHTS, "scale_by_weights", scope: .group)
    case 88: onOrOff(KERNEL_PRECONDITION_VECTORS, "precondition_vectors", scope: .beforeFirstStep)
    case 89: whole(KERNEL_MINIMUM_SIDE, "minimum_side", 0...0x1p53, scope: .beforeFirstStep)
    case 90: whole(KERNEL_PART_ITERATIONS, "part_iterations", 0...1000)
    case 91: onOrOff(KERNEL_BFLOAT16_PRODUCTS, "bfloat16_products", scope: .group)
    case 92: whole(KERNEL_STATE_DTYPE, "state_dtype", 0...2, common: 0, scope: .beforeFirstStep)
    case 93: onOrOff(KERNEL_STOCHASTIC_ROUNDING, "stochastic_rounding", common: 0, scope: .group)
    case 94: whole(KERNEL_ROUNDING_SEED, "rounding_seed", 0...0x1p53, common: 0)
    case 95: real(KERNEL_GRADIENT_SCALE, "gradient_scale", 1e-300 ... .infinity, common: 1, scope: .optimizer)
    default: nil
    }
  }

  /// An option's name.
  static func name(_ option: kernel_option) -> UnsafePointer<CChar> {
    for index in 0..<count {
      if let found = at(index), found.number == option.rawValue { return found.name }
    }
    return cString("?")
  }

  private static func real(
    _ option: kernel_option, _ name: StaticString, _ range: ClosedRange<Double>, common: Double? = nil,
    scope: Scope = .group
  ) -> Option {
    Option(
      number: option.rawValue, name: cString(name), minimum: range.lowerBound, maximum: range.upperBound, kind: .real,
      commonDefault: common, scope: scope)
  }

  private static func fromZero(
    _ option: kernel_option, _ name: StaticString, common: Double? = nil, scope: Scope = .group
  ) -> Option {
    real(option, name, 0 ... .infinity, common: common, scope: scope)
  }

  private static func fraction(_ option: kernel_option, _ name: StaticString) -> Option {
    real(option, name, 0...(1 as Double).nextDown)
  }

  private static func share(_ option: kernel_option, _ name: StaticString, common: Double) -> Option {
    real(option, name, 0...1, common: common, scope: .optimizer)
  }

  private static func whole(
    _ option: kernel_option, _ name: StaticString, _ range: ClosedRange<Double>, common: Double? = nil,
    scope: Scope = .optimizer
  ) -> Option {
    Option(
      number: option.rawValue, name: cString(name), minimum: range.lowerBound, maximum: range.upperBound, kind: .whole,
      commonDefault: common, scope: scope)
  }

  private static func onOrOff(
    _ option: kernel_option, _ name: StaticString, common: Double? = nil, scope: Scope
  ) -> Option {
    Option(
      number: option.rawValue, name: cString(name), minimum: 0, maximum: 1, kind: .onOrOff, commonDefault: common,
      scope: scope)
  }
}
