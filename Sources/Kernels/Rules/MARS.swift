import CDescentKernels

/// MARS (Yuan et al., "MARS: unleashing the power of variance reduction for training large models", 2024), its form on AdamW,
/// as pytorch_optimizer has it: `c = g + γ β₁ / (1 − β₁) (g − p)` with the gradient before, p (0 at first), divided by its norm
/// over the tensor where that is above 1; `m = β₁ m + (1 − β₁) c; v = β₂ v + (1 − β₂) c²;
/// w −= η (m / c₁) / ((√(v + 1e-15) + ε) / √c₂)`. Vectors (one row) take AdamW with options of their own, unless
/// `vectors_too` is set.
enum MARS: ReducingRule {
  static var algorithm: Int32 { 27 }
  static var name: StaticString { "mars" }
  static var title: StaticString { "MARS" }
  static var formula: StaticString {
    """
    c = g + gamma * beta1 / (1 - beta1) * (g - previous_gradient); c /= max(1, |c|), the norm of the tensor; \
    m = beta1 * m + (1 - beta1) * c; v = beta2 * v + (1 - beta2) * c^2; w *= 1 - learning_rate * decoupled_weight_decay; \
    w -= learning_rate * (m / (1 - beta1^t)) * sqrt(1 - beta2^t) / (sqrt(v + 1e-15) + epsilon)
    """
  }
  static var states: RuleStates {
    RuleStates(
      RuleState("m"), RuleState("v", KERNEL_NOT_NEGATIVE), RuleState("previous_gradient"),
      RuleState("v_max", KERNEL_NOT_NEGATIVE, ifSet: KERNEL_AMSGRAD))
  }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.003), RuleOption(KERNEL_BETA1, 0.95), RuleOption(KERNEL_BETA2, 0.99),
      RuleOption(KERNEL_EPSILON, 1e-8), RuleOption(KERNEL_GAMMA, 0.025), RuleOption(KERNEL_AMSGRAD, 0),
      RuleOption(KERNEL_VECTORS_TOO, 0), RuleOption(KERNEL_VECTOR_LEARNING_RATE, 0.003),
      RuleOption(KERNEL_VECTOR_BETA1, 0.9), RuleOption(KERNEL_VECTOR_BETA2, 0.95),
      RuleOption(KERNEL_VECTOR_WEIGHT_DECAY, 0.1))
  }
  static var decaysItself: Bool { true }
  static var keptConstant: Int32 { 8 }
  static var sums: RuleSums { RuleSums(.squares(0)) }
  static var termCount: Int { 1 }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    constants(
      options, beta1: options[KERNEL_BETA1], beta2: options[KERNEL_BETA2],
      correction1: options.correction(KERNEL_BETA1, step, place: 0),
      correction2: options.correction(KERNEL_BETA2, step, place: 1), rate: options[KERNEL_LEARNING_RATE],
      decay: options[KERNEL_DECOUPLED_WEIGHT_DECAY], gamma: options[KERNEL_GAMMA])
  }

  private static func constants(
    _ options: Options, beta1: Double, beta2: Double, correction1: Double, correction2: Double, rate: Double,
    decay: Double, gamma: Double
  ) -> Constants<Double> {
    Constants(
      beta1, 1 - beta1, beta2, 1 - beta2, gamma * beta1 / (1 - beta1), 1,
      rate / correction1 * correction2.squareRoot(), options[KERNEL_EPSILON], 1 - rate * decay)
  }

  @inline(__always)
  static func measure<V: KernelVector>(
    _ w: V, _ g: V, _ state: State<V>, _ constants: Constants<V>
  ) -> Terms<V> { [g + constants[4] * (g - state[2]), V(), V()] }

  static func combine(
    step: UInt64, options: Options, scalars: inout Scalars, sums: inout TensorSums, constants: inout Constants<Double>
  ) {
    if sums.isVector && !options.isOn(KERNEL_VECTORS_TOO) {
      let (beta1, beta2) = (options[KERNEL_VECTOR_BETA1], options[KERNEL_VECTOR_BETA2])
      constants = Self.constants(
        options, beta1: beta1, beta2: beta2, correction1: oneMinusPower(beta1, step),
        correction2: oneMinusPower(beta2, step), rate: options[KERNEL_VECTOR_LEARNING_RATE],
        decay: options[KERNEL_VECTOR_WEIGHT_DECAY], gamma: 0)
      return
    }
    let norm = sums.tensor[0].squareRoot()
    // Asked this way round, a NaN goes on.
    if !(norm <= 1) { constants[5] = norm }
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (beta1, oneMinusBeta1, beta2, oneMinusBeta2) = (constants[0], constants[1], constants[2], constants[3])
    let (ofDifference, norm, rate, epsilon, kept) = (
      constants[4], constants[5], constants[6], constants[7], constants[8]
    )
    let corrected = (g + ofDifference * (g - state[2])) / norm
    state[0] = beta1 * state[0] + oneMinusBeta1 * corrected
    state[1] = beta2 * state[1] + oneMinusBeta2 * (corrected * corrected)
    state[2] = g
    state[3] = greater(state[3], state[1])
    let root = (state[3] + V(repeating: 1e-15)).squareRoot() + epsilon
    w = w * kept - rate * state[0] / root
  }
}
