import CDescentKernels

/// Nesterov's accelerated gradient (1983), with `w` at the point looked ahead to (Sutskever et al., "On the importance of
/// initialization and momentum in deep learning", 2013; CS231n): `v' = μ v − η g; w += −μ v + (1 + μ) v'`, which is
/// `w += μ v' − η g`.
enum Nesterov: UpdateRule {
  static var algorithm: Int32 { 3 }
  static var name: StaticString { "nesterov" }
  static var title: StaticString { "Nesterov" }
  static var formula: StaticString {
    "v' = momentum_decay * v - learning_rate * g; w += -momentum_decay * v + (1 + momentum_decay) * v'; v = v'"
  }
  static var stateNames: StateNames { .one("velocity") }
  static var options: RuleOptions { RuleOptions((KERNEL_LEARNING_RATE, 0.01), (KERNEL_MOMENTUM_DECAY, 0.9)) }

  static func prepare(step: UInt64, options: Options) -> Constants<Double> {
    Constants(options[KERNEL_LEARNING_RATE], options[KERNEL_MOMENTUM_DECAY])
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (learningRate, decay) = (constants.values.0, constants.values.1)
    let descent = learningRate * g
    state.0 = decay * state.0 - descent
    w = w + (decay * state.0 - descent)
  }
}
