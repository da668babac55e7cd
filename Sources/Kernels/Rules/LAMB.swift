import CDescentKernels

/// LAMB (You et al., "Large batch optimization for deep learning: training BERT in 76 minutes", 2020), in Optax's form: Adam's
/// direction `u = (m / c₁) / (√(v / c₂) + ε) + λ w` with a rate for each tensor, `w −= η ‖w‖ / ‖u‖ u`; `η` where one of the
/// norms is 0.
enum LAMB: ReducingRule {
  static var algorithm: Int32 { 41 }
  static var name: StaticString { "lamb" }
  static var title: StaticString { "LAMB" }
  static var formula: StaticString {
    """
    m and v as in adam; u = (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t) + epsilon_root) + epsilon) \
    + decoupled_weight_decay * w; w -= learning_rate * |w| / |u| * u, norms of the tensor; the quotient is 1 if one is 0
    """
  }
  static var states: RuleStates { RuleStates(RuleState("m"), RuleState("v", KERNEL_NOT_NEGATIVE)) }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.001), RuleOption(KERNEL_BETA1, 0.9), RuleOption(KERNEL_BETA2, 0.999),
      RuleOption(KERNEL_EPSILON, 1e-6), RuleOption(KERNEL_EPSILON_ROOT, 0))
  }
  static var decaysItself: Bool { true }
  static var sums: RuleSums { RuleSums(.squares(0), .squares(1)) }
  static var termCount: Int { 2 }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let (beta1, beta2) = (options[KERNEL_BETA1], options[KERNEL_BETA2])
    return Constants(
      beta1, 1 - beta1, beta2, 1 - beta2, 1 / options.correction(KERNEL_BETA1, step, place: 0),
      1 / options.correction(KERNEL_BETA2, step, place: 1), options[KERNEL_EPSILON_ROOT], options[KERNEL_EPSILON],
      options[KERNEL_DECOUPLED_WEIGHT_DECAY], options[KERNEL_LEARNING_RATE])
  }

  @inline(__always)
  private static func direction<V: KernelVector>(
    _ w: V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>
  ) -> V {
    let (beta1, oneMinusBeta1, beta2, oneMinusBeta2) = (constants[0], constants[1], constants[2], constants[3])
    let (ofMean, insideRoot, epsilonRoot) = (constants[4], constants[5], constants[6])
    let (epsilon, decay) = (constants[7], constants[8])
    state[0] = beta1 * state[0] + oneMinusBeta1 * g
    state[1] = beta2 * state[1] + oneMinusBeta2 * (g * g)
    return ofMean * state[0] / ((state[1] * insideRoot + epsilonRoot).squareRoot() + epsilon) + decay * w
  }

  @inline(__always)
  static func measure<V: KernelVector>(
    _ w: V, _ g: V, _ state: State<V>, _ constants: Constants<V>
  ) -> Terms<V> {
    var state = state
    return [w, direction(w, g, &state, constants), V()]
  }

  static func combine(
    step: UInt64, options: Options, scalars: inout Scalars, sums: inout TensorSums, constants: inout Constants<Double>
  ) {
    let (ofWeights, ofDirection) = (sums.tensor[0].squareRoot(), sums.tensor[1].squareRoot())
    if ofWeights != 0 && ofDirection != 0 { constants[9] *= ofWeights / ofDirection }
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    w = w - constants[9] * direction(w, g, &state, constants)
  }
}
