import CDescentKernels

/// Nesterov's accelerated gradient (1983), with `w` at the point looked ahead to (Sutskever et al., "On the importance of
/// initialization and momentum in deep learning", 2013; CS231n): `v' = μ v − η g; w += −μ v + (1 + μ) v'`, which is
/// `w += μ v' − η g`. In PyTorch's dialect the learning rate is outside: `v = μ v + g; w −= η (g + μ v)`.
enum Nesterov: UpdateRule {
  static var algorithm: Int32 { 3 }
  static var name: StaticString { "nesterov" }
  static var title: StaticString { "Nesterov" }
  static var formula: StaticString {
    "v' = momentum_decay * v - learning_rate * g; w += -momentum_decay * v + (1 + momentum_decay) * v'; v = v'"
  }
  static var states: RuleStates { RuleStates(RuleState("velocity")) }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.01, pytorch: 0.001), RuleOption(KERNEL_MOMENTUM_DECAY, 0.9))
  }

  static var metric: kernel_metric { .rate }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    velocityConstants(options, share: 1)
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (decay, ofGradient, ofVelocity) = (constants[0], constants[1], constants[2])
    let descent = ofGradient * g
    state[0] = decay * state[0] + descent
    w = w + ofVelocity * (decay * state[0] + descent)
  }
}
