import CDescentKernels

/// Yogi (Zaheer et al., "Adaptive methods for nonconvex optimization", 2018), in Optax's form: Adam with
/// `v −= (1 − β₂) sign(v − g²) g²`, both moments starting at `initial_accumulator`.
enum Yogi: UpdateRule {
  static var algorithm: Int32 { 22 }
  static var name: StaticString { "yogi" }
  static var title: StaticString { "Yogi" }
  static var formula: StaticString {
    """
    m = beta1 * m + (1 - beta1) * g; v -= (1 - beta2) * sign(v - g^2) * g^2; \
    w -= learning_rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
    """
  }
  static var states: RuleStates {
    RuleStates(
      RuleState("m", startingAt: KERNEL_INITIAL_ACCUMULATOR),
      RuleState("v", KERNEL_NOT_NEGATIVE, startingAt: KERNEL_INITIAL_ACCUMULATOR))
  }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.01), RuleOption(KERNEL_BETA1, 0.9), RuleOption(KERNEL_BETA2, 0.999),
      RuleOption(KERNEL_EPSILON, 0.001), RuleOption(KERNEL_INITIAL_ACCUMULATOR, 1e-6))
  }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let (beta1, beta2) = (options[KERNEL_BETA1], options[KERNEL_BETA2])
    return Constants(
      beta1, 1 - beta1, 1 - beta2, options[KERNEL_LEARNING_RATE] / options.correction(KERNEL_BETA1, step, place: 0),
      1 / options.correction(KERNEL_BETA2, step, place: 1), options[KERNEL_EPSILON])
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (beta1, oneMinusBeta1, oneMinusBeta2) = (constants[0], constants[1], constants[2])
    let (rate, insideRoot, epsilon) = (constants[3], constants[4], constants[5])
    let square = g * g
    state[0] = beta1 * state[0] + oneMinusBeta1 * g
    state[1] = state[1] - oneMinusBeta2 * sign(state[1] - square) * square
    w = w - rate * state[0] / ((state[1] * insideRoot).squareRoot() + epsilon)
  }
}
