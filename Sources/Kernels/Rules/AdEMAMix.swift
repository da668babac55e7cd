import CDescentKernels

/// AdEMAMix (Pagliardini, Ablin and Grangier, "The AdEMAMix optimizer: better, faster, older", 2024), with a fast and a slow
/// mean of the gradients: `w −= η (m / c₁ + α n) / (√(v / c₂) + ε)`, `n = β₃ n + (1 − β₃) g`, which is not corrected. With
/// `slow_warmup_steps` T, `αₜ = min(t α / T, α)` and `β₃ₜ = min(exp(ln β₁ ln β₃ / ((1 − t/T) ln β₃ + (t/T) ln β₁)), β₃)`.
enum AdEMAMix: UpdateRule {
  static var algorithm: Int32 { 20 }
  static var name: StaticString { "ademamix" }
  static var title: StaticString { "AdEMAMix" }
  static var formula: StaticString {
    """
    m = beta1 * m + (1 - beta1) * g; slow_m = beta3 * slow_m + (1 - beta3) * g; v = beta2 * v + (1 - beta2) * g^2; \
    w -= learning_rate * (m / (1 - beta1^t) + alpha * slow_m) / (sqrt(v / (1 - beta2^t) + epsilon_root) + epsilon)
    """
  }
  static var states: RuleStates { RuleStates(RuleState("m"), RuleState("slow_m"), RuleState("v", KERNEL_NOT_NEGATIVE)) }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.001), RuleOption(KERNEL_BETA1, 0.9), RuleOption(KERNEL_BETA2, 0.999),
      RuleOption(KERNEL_BETA3, 0.9999), RuleOption(KERNEL_ALPHA, 5), RuleOption(KERNEL_EPSILON, 1e-8),
      RuleOption(KERNEL_EPSILON_ROOT, 0), RuleOption(KERNEL_SLOW_WARMUP_STEPS, 0))
  }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let (beta1, beta2) = (options[KERNEL_BETA1], options[KERNEL_BETA2])
    let rate = options[KERNEL_LEARNING_RATE]
    let slow = slowMean(step, options)
    return Constants(
      beta1, 1 - beta1, beta2, 1 - beta2, slow.decay, 1 - slow.decay,
      rate / options.correction(KERNEL_BETA1, step, place: 0), rate * slow.weight,
      1 / options.correction(KERNEL_BETA2, step, place: 1), options[KERNEL_EPSILON_ROOT], options[KERNEL_EPSILON])
  }

  private static func slowMean(_ step: UInt64, _ options: Options) -> (decay: Double, weight: Double) {
    let (beta1, beta3, alpha) = (options[KERNEL_BETA1], options[KERNEL_BETA3], options[KERNEL_ALPHA])
    let (t, length) = (Double(step), options[KERNEL_SLOW_WARMUP_STEPS])
    if t >= length { return (beta3, alpha) }
    // The half-life of the mean grows linearly from that of β₁ to that of β₃. A β of 0 has none.
    if beta1 == 0 || beta3 == 0 { return (beta3, t / length * alpha) }
    let (fast, slow, share) = (naturalLogarithm(beta1), naturalLogarithm(beta3), t / length)
    let decay = exponential(fast * slow / ((1 - share) * slow + share * fast))
    return (Swift.min(decay, beta3), share * alpha)
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (beta1, oneMinusBeta1, beta2, oneMinusBeta2) = (constants[0], constants[1], constants[2], constants[3])
    let (beta3, oneMinusBeta3) = (constants[4], constants[5])
    let (ofMean, ofSlowMean, insideRoot) = (constants[6], constants[7], constants[8])
    let (epsilonRoot, epsilon) = (constants[9], constants[10])
    state[0] = beta1 * state[0] + oneMinusBeta1 * g
    state[1] = beta3 * state[1] + oneMinusBeta3 * g
    state[2] = beta2 * state[2] + oneMinusBeta2 * (g * g)
    let root = (state[2] * insideRoot + epsilonRoot).squareRoot() + epsilon
    w = w - (ofMean * state[0] + ofSlowMean * state[1]) / root
  }
}
