import CDescentKernels

/// Momentum (Polyak, "Some methods of speeding up the convergence of iteration methods", 1964), in the form of
/// Sutskever et al. (2013): `v = μ v − η g; w += v`.
enum Momentum: UpdateRule {
  static var algorithm: Int32 { 2 }
  static var name: StaticString { "momentum" }
  static var title: StaticString { "Momentum" }
  static var formula: StaticString { "v = momentum_decay * v - learning_rate * g; w += v" }
  static var stateNames: StateNames { .one("velocity") }
  static var options: RuleOptions { RuleOptions((KERNEL_LEARNING_RATE, 0.01), (KERNEL_MOMENTUM_DECAY, 0.9)) }

  static func prepare(step: UInt64, options: Options) -> Constants<Double> {
    Constants(options[KERNEL_LEARNING_RATE], options[KERNEL_MOMENTUM_DECAY])
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (learningRate, decay) = (constants.values.0, constants.values.1)
    state.0 = decay * state.0 - learningRate * g
    w = w + state.0
  }
}
