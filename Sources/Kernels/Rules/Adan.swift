import CDescentKernels

/// Adan (Xie et al., "Adan: adaptive Nesterov momentum algorithm for faster optimizing deep models", 2022), with moments of
/// the gradient, of its difference to the one before (0 in the first step), and of both together:
/// `m = β₁ m + (1 − β₁) g; v = β₂ v + (1 − β₂) Δ; n = β₃ n + (1 − β₃) (g + k Δ)²; w −= η (m / c₁ + k v / c₂) / (√(n / c₃) + ε)`.
/// Each β is the share that is kept. Optax has `k = 1 − β₂`; the paper's is `k = β₂` in these terms, which PyTorch's dialect
/// takes, as pytorch_optimizer does.
enum Adan: UpdateRule {
  static var algorithm: Int32 { 19 }
  static var name: StaticString { "adan" }
  static var title: StaticString { "Adan" }
  static var formula: StaticString {
    """
    d = g - previous_gradient; m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * d; \
    n = beta3 * n + (1 - beta3) * (g + (1 - beta2) * d)^2; w -= learning_rate * (m / (1 - beta1^t) \
    + (1 - beta2) * v / (1 - beta2^t)) / (sqrt(n / (1 - beta3^t) + epsilon_root) + epsilon)
    """
  }
  static var states: RuleStates {
    RuleStates(RuleState("m"), RuleState("v"), RuleState("n", KERNEL_NOT_NEGATIVE), RuleState("previous_gradient"))
  }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.001), RuleOption(KERNEL_BETA1, 0.98), RuleOption(KERNEL_BETA2, 0.92),
      RuleOption(KERNEL_BETA3, 0.99), RuleOption(KERNEL_EPSILON, 1e-8),
      RuleOption(KERNEL_EPSILON_ROOT, 1e-8, pytorch: 0),
      RuleOption(KERNEL_PROXIMAL_WEIGHT_DECAY, 0))
  }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let (beta1, beta2, beta3) = (options[KERNEL_BETA1], options[KERNEL_BETA2], options[KERNEL_BETA3])
    let correction1 = options.correction(KERNEL_BETA1, step, place: 0)
    let correction2 = options.correction(KERNEL_BETA2, step, place: 1)
    let correction3 = options.correction(KERNEL_BETA3, step, place: 2)
    let rate = options[KERNEL_LEARNING_RATE]
    let share = options.dialect == KERNEL_PYTORCH ? beta2 : 1 - beta2
    return Constants(
      beta1, 1 - beta1, beta2, 1 - beta2, beta3, 1 - beta3, share, rate / correction1, rate * share / correction2,
      1 / correction3, options[KERNEL_EPSILON_ROOT], options[KERNEL_EPSILON], step == 1 ? 0 : 1,
      1 / (1 + rate * options[KERNEL_PROXIMAL_WEIGHT_DECAY]))
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (beta1, oneMinusBeta1, beta2, oneMinusBeta2) = (constants[0], constants[1], constants[2], constants[3])
    let (beta3, oneMinusBeta3, share) = (constants[4], constants[5], constants[6])
    let (ofMean, ofDifference, insideRoot) = (constants[7], constants[8], constants[9])
    let (epsilonRoot, epsilon, hasPrevious, kept) = (constants[10], constants[11], constants[12], constants[13])
    let difference = (g - state[3]) * hasPrevious
    let ahead = g + share * difference
    state[0] = beta1 * state[0] + oneMinusBeta1 * g
    state[1] = beta2 * state[1] + oneMinusBeta2 * difference
    state[2] = beta3 * state[2] + oneMinusBeta3 * (ahead * ahead)
    state[3] = g
    let root = (state[2] * insideRoot + epsilonRoot).squareRoot() + epsilon
    w = (w - (ofMean * state[0] + ofDifference * state[1]) / root) * kept
  }
}
