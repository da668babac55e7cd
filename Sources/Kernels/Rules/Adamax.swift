import CDescentKernels

/// Adamax (Kingma and Ba 2015, section 7.1): `m = β₁ m + (1 − β₁) g; u = max(β₂ u, |g| + ε); w −= (η / c₁) m / u`.
enum Adamax: UpdateRule {
  static var algorithm: Int32 { 11 }
  static var name: StaticString { "adamax" }
  static var title: StaticString { "Adamax" }
  static var formula: StaticString {
    """
    m = beta1 * m + (1 - beta1) * g; u = max(beta2 * u, |g| + epsilon); w -= learning_rate / (1 - beta1^t) * m / u
    """
  }
  static var states: RuleStates { RuleStates(RuleState("m"), RuleState("u", KERNEL_NOT_NEGATIVE)) }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.002, keras: 0.001), RuleOption(KERNEL_BETA1, 0.9),
      RuleOption(KERNEL_BETA2, 0.999), RuleOption(KERNEL_EPSILON, 1e-8, keras: 1e-7))
  }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let rate = options[KERNEL_LEARNING_RATE] / options.correction(KERNEL_BETA1, step, place: 0)
    return Constants(
      options[KERNEL_BETA1], 1 - options[KERNEL_BETA1], options[KERNEL_BETA2], options[KERNEL_EPSILON], rate,
      options.dialect == KERNEL_KERAS ? 1 : 0)
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (beta1, oneMinusBeta1, beta2) = (constants[0], constants[1], constants[2])
    let (epsilon, rate, isOutside) = (constants[3], constants[4], constants[5])
    state[0] = beta1 * state[0] + oneMinusBeta1 * g
    // Keras adds ε to u where it divides, the others to the gradient.
    state[1] = greater(beta2 * state[1], magnitude(g) + (epsilon - isOutside * epsilon))
    w = w - rate * state[0] / (state[1] + isOutside * epsilon)
  }
}
