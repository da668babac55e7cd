import CDescentKernels

/// LARS (You, Gitman and Ginsburg, "Large batch training of convolutional networks", 2017), in Optax's form: momentum whose
/// rate is, for each tensor, `η κ ‖w‖ / (‖u‖ + ε)` with `u = g + λ w`; `η` where one of the norms is 0.
/// `b = μ b − η r u; w += b`, or with Nesterov's look ahead `w += μ b − η r u`. For large batches.
enum LARS: ReducingRule {
  static var algorithm: Int32 { 40 }
  static var name: StaticString { "lars" }
  static var title: StaticString { "LARS" }
  static var formula: StaticString {
    """
    u = g + weight_decay * w; r = trust_coefficient * |w| / (|u| + epsilon), norms of the tensor, or 1 if one is 0; \
    velocity = momentum_decay * velocity - learning_rate * r * u; w += velocity
    """
  }
  static var states: RuleStates { RuleStates(RuleState("velocity")) }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.1), RuleOption(KERNEL_MOMENTUM_DECAY, 0.9),
      RuleOption(KERNEL_TRUST_COEFFICIENT, 0.001), RuleOption(KERNEL_EPSILON, 0),
      RuleOption(KERNEL_NESTEROV_MOMENTUM, 0))
  }
  static var sums: RuleSums { RuleSums(.squares(0), .squares(1)) }
  static var termCount: Int { 2 }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let decay = options[KERNEL_MOMENTUM_DECAY]
    let looksAhead = options.isOn(KERNEL_NESTEROV_MOMENTUM)
    return Constants(decay, options[KERNEL_LEARNING_RATE], looksAhead ? decay : 1, looksAhead ? 1 : 0)
  }

  static func measure<V: KernelVector>(
    _ w: V, _ g: V, _ state: State<V>, _ constants: Constants<V>
  ) -> Terms<V> { [w, g, V()] }

  static func combine(
    step: UInt64, options: Options, scalars: inout Scalars, sums: inout TensorSums, constants: inout Constants<Double>
  ) {
    let (ofWeights, ofGradient) = (sums.tensor[0].squareRoot(), sums.tensor[1].squareRoot())
    if ofWeights == 0 || ofGradient == 0 { return }
    constants[1] *= options[KERNEL_TRUST_COEFFICIENT] * ofWeights / (ofGradient + options[KERNEL_EPSILON])
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (decay, rate, ofVelocity, ofGradient) = (constants[0], constants[1], constants[2], constants[3])
    let descent = rate * g
    state[0] = decay * state[0] - descent
    w = w + (ofVelocity * state[0] - ofGradient * descent)
  }
}
