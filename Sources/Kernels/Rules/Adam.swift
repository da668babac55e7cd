import CDescentKernels

/// Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1):
/// `m = β₁ m + (1 − β₁) g; v = β₂ v + (1 − β₂) g²; w −= η (m / c₁) / (√(v / c₂) + ε)` with the bias corrections
/// `c₁ = 1 − β₁ᵗ`, `c₂ = 1 − β₂ᵗ`, both 1 when bias correction is off.
enum Adam: UpdateRule {
  static var algorithm: Int32 { 6 }
  static var name: StaticString { "adam" }
  static var title: StaticString { "Adam" }
  static var formula: StaticString {
    """
    m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g^2; \
    w -= learning_rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
    """
  }
  static var stateNames: StateNames { .two("m", "v") }
  static var options: RuleOptions {
    RuleOptions(
      (KERNEL_LEARNING_RATE, 0.001), (KERNEL_BETA1, 0.9), (KERNEL_BETA2, 0.999), (KERNEL_EPSILON, 1e-8),
      (KERNEL_BIAS_CORRECTION, 1))
  }

  static func prepare(step: UInt64, options: Options) -> Constants<Double> {
    let (beta1, beta2) = (options[KERNEL_BETA1], options[KERNEL_BETA2])
    let corrected = options[KERNEL_BIAS_CORRECTION] != 0
    let correction1 = corrected ? oneMinusPower(beta1, step) : 1
    let correction2 = corrected ? oneMinusPower(beta2, step) : 1
    return Constants(
      beta1, 1 - beta1, beta2, 1 - beta2,
      options[KERNEL_LEARNING_RATE] / correction1, 1 / correction2, options[KERNEL_EPSILON])
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (beta1, oneMinusBeta1, beta2, oneMinusBeta2, correctedRate, inverseCorrection2, epsilon, _) = constants.values
    state.0 = beta1 * state.0 + oneMinusBeta1 * g
    state.1 = beta2 * state.1 + oneMinusBeta2 * (g * g)
    w = w - correctedRate * state.0 / ((state.1 * inverseCorrection2).squareRoot() + epsilon)
  }
}
