import CDescentKernels

/// RAdam (Liu et al., "On the variance of the adaptive learning rate and beyond", 2020): with `ρ∞ = 2 / (1 − β₂) − 1` and
/// `ρ = ρ∞ − 2 t β₂ᵗ / c₂`, while `ρ ≤ 5` a step is `w −= η m / c₁`; after that `w −= η (m / c₁) r √c₂ / (√v + ε)` with
/// `r² = (ρ − 4) (ρ − 2) ρ∞ / ((ρ∞ − 4) (ρ∞ − 2) ρ)`. Optax has `√(v / c₂) + ε` instead, and takes `ρ = 5` to the latter.
enum RAdam: UpdateRule {
  static var algorithm: Int32 { 13 }
  static var name: StaticString { "radam" }
  static var title: StaticString { "RAdam" }
  static var formula: StaticString {
    """
    m and v as in adam; n = 2 / (1 - beta2) - 1; p = n - 2 * t * beta2^t / (1 - beta2^t); p > 5: \
    r = sqrt((p - 4) * (p - 2) * n / ((n - 4) * (n - 2) * p)) and \
    w -= learning_rate * r * (m / (1 - beta1^t)) * sqrt(1 - beta2^t) / (sqrt(v) + epsilon); else \
    w -= learning_rate * m / (1 - beta1^t)
    """
  }
  static var states: RuleStates { RuleStates(RuleState("m"), RuleState("v", KERNEL_NOT_NEGATIVE)) }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.001), RuleOption(KERNEL_BETA1, 0.9), RuleOption(KERNEL_BETA2, 0.999),
      RuleOption(KERNEL_EPSILON, 1e-8), RuleOption(KERNEL_EPSILON_ROOT, 0), RuleOption(KERNEL_NESTEROV_MOMENTUM, 0))
  }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let (beta1, beta2) = (options[KERNEL_BETA1], options[KERNEL_BETA2])
    let correction2 = options.correction(KERNEL_BETA2, step, place: 1)
    let isOptax = options.dialect == KERNEL_OPTAX
    var numerator = (ofMomentum: 1 / options.correction(KERNEL_BETA1, step, place: 0), ofGradient: 0.0)
    if options.isOn(KERNEL_NESTEROV_MOMENTUM) { numerator = nesterovNumerator(options, step) }

    let longest = 2 / (1 - beta2) - 1
    let length = longest - 2 * Double(step) * (1 - correction2) / correction2
    let isRectified = isOptax ? length >= 5 : length > 5
    var rate = options[KERNEL_LEARNING_RATE]
    if isRectified {
      rate *=
        ((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)).squareRoot()
      if !isOptax { rate *= correction2.squareRoot() }
    }
    return Constants(
      beta1, 1 - beta1, beta2, 1 - beta2, rate * numerator.ofMomentum, rate * numerator.ofGradient,
      isOptax ? 1 / correction2 : 1, options[KERNEL_EPSILON_ROOT], options[KERNEL_EPSILON], isRectified ? 1 : 0)
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (beta1, oneMinusBeta1, beta2, oneMinusBeta2) = (constants[0], constants[1], constants[2], constants[3])
    let (ofMomentum, ofGradient) = (constants[4], constants[5])
    let (insideRoot, epsilonRoot, epsilon, isRectified) = (constants[6], constants[7], constants[8], constants[9])
    state[0] = beta1 * state[0] + oneMinusBeta1 * g
    state[1] = beta2 * state[1] + oneMinusBeta2 * (g * g)
    let root = (state[1] * insideRoot + epsilonRoot).squareRoot() + epsilon
    let divisor = V.choose(root, over: V(repeating: 1), where: V(), isBelow: isRectified)
    w = w - (ofMomentum * state[0] + ofGradient * g) / divisor
  }
}
