import CDescentKernels

/// Schedule-Free AdamW (Defazio et al. 2024): as Schedule-Free SGD, with `g / (√(v / c₂) + ε) + λ y` in place of the gradient,
/// `v = β₂ v + (1 − β₂) g²`, and β₁ as β.
enum ScheduleFreeAdamW: UpdateRule {
  static var algorithm: Int32 { 26 }
  static var name: StaticString { "schedule_free_adamw" }
  static var title: StaticString { "ScheduleFreeAdamW" }
  static var formula: StaticString {
    """
    v = beta2 * v + (1 - beta2) * g^2; d = g / (sqrt(v / (1 - beta2^t)) + epsilon) + decoupled_weight_decay * y; \
    c = weight(t) / (weight(1) + ... + weight(t)); y += c * (z - y) + learning_rate * (beta1 * (1 - c) - 1) * d; \
    z -= learning_rate * d; the average is x = (y - (1 - beta1) * z) / beta1
    """
  }
  static var states: RuleStates { RuleStates(RuleState(copyOfValues: "z"), RuleState("v", KERNEL_NOT_NEGATIVE)) }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.0025), RuleOption(KERNEL_BETA1, 0.9), RuleOption(KERNEL_BETA2, 0.999),
      RuleOption(KERNEL_EPSILON, 1e-8), RuleOption(KERNEL_AVERAGE_POWER, 0), RuleOption(KERNEL_RATE_POWER, 2))
  }
  static var scalars: RuleScalars { scheduleFreeScalars }
  static var decaysItself: Bool { true }
  static var average: RuleAverage { .beyond(0, by: KERNEL_BETA1) }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let share = scheduleFreeShare(step, options, &scalars)
    var constants = scheduleFreeConstants(options, KERNEL_BETA1, share: share)
    constants[4] = options[KERNEL_BETA2]
    constants[5] = 1 - options[KERNEL_BETA2]
    constants[6] = 1 / options.correction(KERNEL_BETA2, step, place: 1)
    constants[7] = options[KERNEL_EPSILON]
    return constants
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (beta2, oneMinusBeta2, insideRoot, epsilon) = (constants[4], constants[5], constants[6], constants[7])
    state[1] = beta2 * state[1] + oneMinusBeta2 * (g * g)
    let normalized = g / ((state[1] * insideRoot).squareRoot() + epsilon)
    moveScheduleFree(&w, normalized, &state[0], constants)
  }
}
