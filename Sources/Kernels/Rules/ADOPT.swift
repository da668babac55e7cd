import CDescentKernels

/// ADOPT (Taniguchi et al., "ADOPT: modified Adam can converge with any β₂ with the optimal rate", 2024): the gradient is
/// divided by the root of v as it was before, limited to `±t^¼`, and only then averaged:
/// `n = g / max(√v, ε); m = β₁ m + (1 − β₁) n; w −= η m; v = β₂ v + (1 − β₂) g²`. The first step only makes `v = g²`.
/// Optax counts from the second step, so that its limit is `±(t − 1)^¼`.
enum ADOPT: UpdateRule {
  static var algorithm: Int32 { 23 }
  static var name: StaticString { "adopt" }
  static var title: StaticString { "ADOPT" }
  static var formula: StaticString {
    """
    t = 1: v = g^2; t > 1: n = g / max(sqrt(v), epsilon), within -t^(1/4) and t^(1/4); m = beta1 * m + (1 - beta1) * n; \
    w -= learning_rate * m; v = beta2 * v + (1 - beta2) * g^2
    """
  }
  static var states: RuleStates { RuleStates(RuleState("m"), RuleState("v", KERNEL_NOT_NEGATIVE)) }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.001), RuleOption(KERNEL_BETA1, 0.9), RuleOption(KERNEL_BETA2, 0.9999),
      RuleOption(KERNEL_EPSILON, 1e-6), RuleOption(KERNEL_NESTEROV_MOMENTUM, 0), RuleOption(KERNEL_CLIP_UPDATE, 1))
  }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let (beta1, beta2, rate) = (options[KERNEL_BETA1], options[KERNEL_BETA2], options[KERNEL_LEARNING_RATE])
    let isFirst = step == 1
    let count = Double(options.dialect == KERNEL_OPTAX ? step - 1 : step)
    // Not infinity, which is refused as a number of a step.
    let bound = options.isOn(KERNEL_CLIP_UPDATE) ? count.squareRoot().squareRoot() : 0
    let looksAhead = options.isOn(KERNEL_NESTEROV_MOMENTUM)
    return Constants(
      beta1, 1 - beta1, isFirst ? 0 : beta2, isFirst ? 1 : 1 - beta2, options[KERNEL_EPSILON], bound,
      looksAhead ? rate * beta1 : rate, looksAhead ? rate * (1 - beta1) : 0, isFirst ? 0 : 1)
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (beta1, oneMinusBeta1, beta2, oneMinusBeta2) = (constants[0], constants[1], constants[2], constants[3])
    let (epsilon, bound, ofMean, ofGradient, moves) = (
      constants[4], constants[5], constants[6], constants[7], constants[8]
    )
    let quotient = g / greater(epsilon, state[1].squareRoot())
    // Spelled out: the compiler would make a call of `limited` here, for each vector.
    let below = V.choose(bound, over: quotient, where: bound, isBelow: quotient)
    let within = V.choose(V() - bound, over: below, where: below, isBelow: V() - bound)
    let clipped = V.choose(within, over: quotient, where: V(), isBelow: bound)
    let normalized = V.choose(clipped, over: V(), where: V(), isBelow: moves)
    state[0] = beta1 * state[0] + oneMinusBeta1 * normalized
    state[1] = beta2 * state[1] + oneMinusBeta2 * (g * g)
    w = w - (ofMean * state[0] + ofGradient * normalized)
  }
}
