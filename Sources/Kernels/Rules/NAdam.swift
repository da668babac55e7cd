import CDescentKernels

/// NAdam (Dozat, "Incorporating Nesterov momentum into Adam", 2016), in PyTorch's form with the momentum's own schedule:
/// `μₜ = β₁ (1 − ½ 0.96^(tψ))`, `Π = ∏ μ`, `w −= η ((1 − μₜ) g / (1 − Π) + μₜ₊₁ m / (1 − Π μₜ₊₁)) / (√(v / c₂) + ε)`, with
/// `momentum_decay` as ψ. Optax has `β₁ m / (1 − β₁^(t+1)) + (1 − β₁) g / c₁` over the same root, without ψ.
enum NAdam: UpdateRule {
  static var algorithm: Int32 { 12 }
  static var name: StaticString { "nadam" }
  static var title: StaticString { "NAdam" }
  static var formula: StaticString {
    """
    mu(t) = beta1 * (1 - 0.96^(t * momentum_decay) / 2); P(t) = mu(1) ... mu(t); m and v as in adam; \
    w -= learning_rate * ((1 - mu(t)) * g / (1 - P(t)) + mu(t + 1) * m / (1 - P(t + 1))) \
    / (sqrt(v / (1 - beta2^t) + epsilon_root) + epsilon)
    """
  }
  static var states: RuleStates { RuleStates(RuleState("m"), RuleState("v", KERNEL_NOT_NEGATIVE)) }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.002, keras: 0.001, optax: 0.001), RuleOption(KERNEL_BETA1, 0.9),
      RuleOption(KERNEL_BETA2, 0.999), RuleOption(KERNEL_EPSILON, 1e-8, keras: 1e-7),
      RuleOption(KERNEL_EPSILON_ROOT, 0), RuleOption(KERNEL_MOMENTUM_DECAY, 0.004))
  }
  static var scalars: RuleScalars { RuleScalars(RuleScalar("momentum_product", startingAt: 1)) }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let rate = options[KERNEL_LEARNING_RATE]
    let correction2 = options.correction(KERNEL_BETA2, step, place: 1)
    let (now, next) = (momentum(options, step), momentum(options, step + 1))
    scalars[0] *= now
    var ofGradient = rate * (1 - now) / (1 - scalars[0])
    var ofMomentum = rate * next / (1 - scalars[0] * next)
    if options.dialect == KERNEL_OPTAX {
      let numerator = nesterovNumerator(options, step)
      (ofGradient, ofMomentum) = (rate * numerator.ofGradient, rate * numerator.ofMomentum)
    }
    return Constants(
      options[KERNEL_BETA1], 1 - options[KERNEL_BETA1], options[KERNEL_BETA2], 1 - options[KERNEL_BETA2],
      ofMomentum, ofGradient, 1 / correction2, options[KERNEL_EPSILON_ROOT], options[KERNEL_EPSILON])
  }

  private static func momentum(_ options: Options, _ step: UInt64) -> Double {
    // Keras has PyTorch's schedule with a ψ that cannot be set.
    let decay = options[KERNEL_MOMENTUM_DECAY]
    return options[KERNEL_BETA1] * (1 - 0.5 * power(0.96, Double(step) * decay))
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (beta1, oneMinusBeta1, beta2, oneMinusBeta2) = (constants[0], constants[1], constants[2], constants[3])
    let (ofMomentum, ofGradient) = (constants[4], constants[5])
    let (insideRoot, epsilonRoot, epsilon) = (constants[6], constants[7], constants[8])
    state[0] = beta1 * state[0] + oneMinusBeta1 * g
    state[1] = beta2 * state[1] + oneMinusBeta2 * (g * g)
    let root = (state[1] * insideRoot + epsilonRoot).squareRoot() + epsilon
    w = w - (ofMomentum * state[0] + ofGradient * g) / root
  }
}

/// Nesterov's look ahead in Adam's kin, in Optax's form: what m and g count in place of `m / c₁`.
func nesterovNumerator(_ options: Options, _ step: UInt64) -> (ofMomentum: Double, ofGradient: Double) {
  let beta1 = options[KERNEL_BETA1]
  return (beta1 / oneMinusPower(beta1, step + 1), (1 - beta1) / options.correction(KERNEL_BETA1, step, place: 0))
}
