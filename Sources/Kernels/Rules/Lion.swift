import CDescentKernels

/// Lion (Chen et al., "Symbolic discovery of optimization algorithms", 2023): `w *= 1 − η λ; w −= η sign(β₁ m + (1 − β₁) g);
/// m = β₂ m + (1 − β₂) g`, with `sign(0) = 0`. The defaults are Optax's, with a rate of the paper's size.
enum Lion: UpdateRule {
  static var algorithm: Int32 { 17 }
  static var name: StaticString { "lion" }
  static var title: StaticString { "Lion" }
  static var formula: StaticString {
    """
    w *= 1 - learning_rate * decoupled_weight_decay; w -= learning_rate * sign(beta1 * m + (1 - beta1) * g); \
    m = beta2 * m + (1 - beta2) * g
    """
  }
  static var states: RuleStates { RuleStates(RuleState("m")) }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 1e-4, keras: 0.001), RuleOption(KERNEL_BETA1, 0.9),
      RuleOption(KERNEL_BETA2, 0.99),
      RuleOption(KERNEL_DECOUPLED_WEIGHT_DECAY, 0.001, keras: 0))
  }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let (beta1, beta2) = (options[KERNEL_BETA1], options[KERNEL_BETA2])
    return Constants(beta1, 1 - beta1, beta2, 1 - beta2, options[KERNEL_LEARNING_RATE])
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (beta1, oneMinusBeta1, beta2, oneMinusBeta2) = (constants[0], constants[1], constants[2], constants[3])
    w = w - constants[4] * sign(beta1 * state[0] + oneMinusBeta1 * g)
    state[0] = beta2 * state[0] + oneMinusBeta2 * g
  }
}
