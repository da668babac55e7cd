import CDescentKernels

/// Signum (Bernstein et al., "signSGD: compressed optimisation for non-convex problems", 2018):
/// `m = μ m + (1 − μ) g; w −= η sign(m)`, with `sign(0) = 0`; signSGD with `μ = 0`.
enum Signum: UpdateRule {
  static var algorithm: Int32 { 18 }
  static var name: StaticString { "signum" }
  static var title: StaticString { "Signum" }
  static var formula: StaticString {
    "m = momentum_decay * m + (1 - momentum_decay) * g; w -= learning_rate * sign(m)"
  }
  static var states: RuleStates { RuleStates(RuleState("m")) }
  static var options: RuleOptions {
    RuleOptions(RuleOption(KERNEL_LEARNING_RATE, 0.001), RuleOption(KERNEL_MOMENTUM_DECAY, 0.9))
  }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let decay = options[KERNEL_MOMENTUM_DECAY]
    return Constants(decay, 1 - decay, options[KERNEL_LEARNING_RATE])
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    state[0] = constants[0] * state[0] + constants[1] * g
    w = w - constants[2] * sign(state[0])
  }
}
