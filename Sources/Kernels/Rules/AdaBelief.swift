import CDescentKernels

/// AdaBelief (Zhuang et al., "AdaBelief optimizer: adapting stepsizes by the belief in observed gradients", 2020), in Optax's
/// form: `m = β₁ m + (1 − β₁) g; s = β₂ s + (1 − β₂) (g − m)² + ε_root; w −= η (m / c₁) / (√(s / c₂) + ε)`.
enum AdaBelief: UpdateRule {
  static var algorithm: Int32 { 21 }
  static var name: StaticString { "adabelief" }
  static var title: StaticString { "AdaBelief" }
  static var formula: StaticString {
    """
    m = beta1 * m + (1 - beta1) * g; s = beta2 * s + (1 - beta2) * (g - m)^2 + epsilon_root; \
    w -= learning_rate * (m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + epsilon)
    """
  }
  static var states: RuleStates { RuleStates(RuleState("m"), RuleState("s", KERNEL_NOT_NEGATIVE)) }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.001), RuleOption(KERNEL_BETA1, 0.9), RuleOption(KERNEL_BETA2, 0.999),
      RuleOption(KERNEL_EPSILON, 1e-16), RuleOption(KERNEL_EPSILON_ROOT, 1e-16), RuleOption(KERNEL_NESTEROV_MOMENTUM, 0)
    )
  }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let (beta1, beta2) = (options[KERNEL_BETA1], options[KERNEL_BETA2])
    var numerator = (ofMomentum: 1 / options.correction(KERNEL_BETA1, step, place: 0), ofGradient: 0.0)
    if options.isOn(KERNEL_NESTEROV_MOMENTUM) { numerator = nesterovNumerator(options, step) }
    let rate = options[KERNEL_LEARNING_RATE]
    return Constants(
      beta1, 1 - beta1, beta2, 1 - beta2, rate * numerator.ofMomentum, rate * numerator.ofGradient,
      1 / options.correction(KERNEL_BETA2, step, place: 1), options[KERNEL_EPSILON_ROOT], options[KERNEL_EPSILON])
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (beta1, oneMinusBeta1, beta2, oneMinusBeta2) = (constants[0], constants[1], constants[2], constants[3])
    let (ofMomentum, ofGradient) = (constants[4], constants[5])
    let (insideRoot, epsilonRoot, epsilon) = (constants[6], constants[7], constants[8])
    state[0] = beta1 * state[0] + oneMinusBeta1 * g
    let surprise = g - state[0]
    state[1] = beta2 * state[1] + oneMinusBeta2 * (surprise * surprise) + epsilonRoot
    w = w - (ofMomentum * state[0] + ofGradient * g) / ((state[1] * insideRoot).squareRoot() + epsilon)
  }
}
