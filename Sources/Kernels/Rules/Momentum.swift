import CDescentKernels

/// Momentum (Polyak, "Some methods of speeding up the convergence of iteration methods", 1964), in the form of
/// Sutskever et al. (2013): `v = μ v − η g; w += v`. In PyTorch's dialect the learning rate is outside the velocity:
/// `v = μ v + (1 − τ) g; w −= η v`, with `v = g` in the first step, and always if `μ = 0`.
enum Momentum: UpdateRule {
  static var algorithm: Int32 { 2 }
  static var name: StaticString { "momentum" }
  static var title: StaticString { "Momentum" }
  static var formula: StaticString { "v = momentum_decay * v - learning_rate * g; w += v" }
  static var states: RuleStates { RuleStates(RuleState("velocity")) }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.01, pytorch: 0.001), RuleOption(KERNEL_MOMENTUM_DECAY, 0.9),
      RuleOption(KERNEL_DAMPENING, 0))
  }

  static var metric: kernel_metric { .rate }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    // The first velocity of PyTorch is the gradient, not dampened, and so is each where none is kept.
    let isFirst = step == 1 || options[KERNEL_MOMENTUM_DECAY] == 0
    let share = isFirst && options.dialect == KERNEL_PYTORCH ? 1 : 1 - options[KERNEL_DAMPENING]
    return velocityConstants(options, share: share)
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (decay, ofGradient, ofVelocity) = (constants[0], constants[1], constants[2])
    state[0] = decay * state[0] + ofGradient * g
    w = w + ofVelocity * state[0]
  }
}

/// `(μ, a, b)` for `v = μ v + a g; w += b v`: the learning rate belongs to `a`, or in PyTorch's dialect to `b`.
func velocityConstants(_ options: Options, share: Double) -> Constants<Double> {
  let (rate, decay) = (options[KERNEL_LEARNING_RATE], options[KERNEL_MOMENTUM_DECAY])
  if options.dialect == KERNEL_PYTORCH || options.dialect == KERNEL_OPTAX { return Constants(decay, share, -rate) }
  return Constants(decay, -(rate * share), 1)
}
