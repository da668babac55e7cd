import CDescentKernels

/// Schedule-Free SGD (Defazio et al., "The road less scheduled", 2024). The tensors hold y, where gradients are taken;
/// `z −= γ g` goes on as SGD would, and the weighted mean of its points, x, is what is to be evaluated
/// (`descent_optimizer_use_average`): `y = (1 − β) z + β x` with `momentum_decay` as β. A step's weight is `t^r γ_max^p`
/// (`average_power`, `rate_power`), with the greatest rate so far. Weight decay is taken at y.
enum ScheduleFreeSGD: UpdateRule {
  static var algorithm: Int32 { 25 }
  static var name: StaticString { "schedule_free_sgd" }
  static var title: StaticString { "ScheduleFreeSGD" }
  static var formula: StaticString {
    """
    c = weight(t) / (weight(1) + ... + weight(t)); y += c * (z - y) + learning_rate * (momentum_decay * (1 - c) - 1) * g; \
    z -= learning_rate * g; the average is x = (y - (1 - momentum_decay) * z) / momentum_decay
    """
  }
  static var states: RuleStates { RuleStates(RuleState(copyOfValues: "z")) }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 1), RuleOption(KERNEL_MOMENTUM_DECAY, 0.9), RuleOption(KERNEL_AVERAGE_POWER, 0),
      RuleOption(KERNEL_RATE_POWER, 2))
  }
  static var scalars: RuleScalars { scheduleFreeScalars }
  static var decaysItself: Bool { true }
  static var average: RuleAverage { .beyond(0, by: KERNEL_MOMENTUM_DECAY) }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let share = scheduleFreeShare(step, options, &scalars)
    return scheduleFreeConstants(options, KERNEL_MOMENTUM_DECAY, share: share)
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    moveScheduleFree(&w, g, &state[0], constants)
  }
}

var scheduleFreeScalars: RuleScalars {
  @inline(__always) get {
    RuleScalars(RuleScalar("weight_sum"), RuleScalar("greatest_rate", startingAt: -1))
  }
}

/// How much of z the mean takes in with this step.
func scheduleFreeShare(_ step: UInt64, _ options: Options, _ scalars: inout Scalars) -> Double {
  scalars[1] = Swift.max(options[KERNEL_LEARNING_RATE], scalars[1])
  let weight = power(Double(step), options[KERNEL_AVERAGE_POWER]) * power(scalars[1], options[KERNEL_RATE_POWER])
  scalars[0] += weight
  return scalars[0] > 0 ? weight / scalars[0] : 0
}

func scheduleFreeConstants(_ options: Options, _ beta: kernel_option, share: Double) -> Constants<Double> {
  let rate = options[KERNEL_LEARNING_RATE]
  return Constants(
    share, rate, rate * (options[beta] * (1 - share) - 1), options[KERNEL_DECOUPLED_WEIGHT_DECAY])
}

@inline(__always)
func moveScheduleFree<V: KernelVector>(_ y: inout V, _ g: V, _ z: inout V, _ constants: Constants<V>) {
  let (share, rate, ofGradient, decay) = (constants[0], constants[1], constants[2], constants[3])
  let direction = g + decay * y
  y = y + share * (z - y) + ofGradient * direction
  z = z - rate * direction
}
