import CDescentKernels

/// Averaged SGD (Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992), in PyTorch's form:
/// `w = w (1 − λ e) − e g` with a rate `e = η / (1 + λ η t)^α` that falls, and beside it the mean of the weights from step
/// `t0` on; before that it is the weights themselves. The rate is computed at the end of a step, for the next one.
enum ASGD: UpdateRule {
  static var algorithm: Int32 { 16 }
  static var name: StaticString { "asgd" }
  static var title: StaticString { "ASGD" }
  static var formula: StaticString {
    """
    w = w * (1 - lambd * e) - e * g; average += (w - average) / max(1, t - 1 - t0); \
    e = learning_rate / (1 + lambd * learning_rate * t)^alpha for the next step
    """
  }
  static var states: RuleStates { RuleStates(RuleState("average", KERNEL_PRECISE)) }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.01), RuleOption(KERNEL_LAMBD, 1e-4), RuleOption(KERNEL_ALPHA, 0.75),
      RuleOption(KERNEL_T0, 1e6))
  }
  static var scalars: RuleScalars { RuleScalars(RuleScalar("rate")) }
  static var average: RuleAverage { .state(0) }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let (rate, lambda, t) = (options[KERNEL_LEARNING_RATE], options[KERNEL_LAMBD], Double(step))
    let present = step == 1 ? rate : scalars[0]
    scalars[0] = rate / power(1 + lambda * rate * t, options[KERNEL_ALPHA])
    let averaged = Swift.max(1, t - 1 - options[KERNEL_T0])
    return Constants(1 - lambda * present, present, 1 / averaged, averaged == 1 ? 0 : 1, averaged == 1 ? 1 : 0)
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (kept, rate, share, isMean, isCopy) = (constants[0], constants[1], constants[2], constants[3], constants[4])
    w = w * kept - rate * g
    // From the weights themselves it is no way to them, so that a copy is exact.
    let base = isMean * state[0] + isCopy * w
    state[0] = base + (w - base) * share
  }
}
