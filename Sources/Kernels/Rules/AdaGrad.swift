import CDescentKernels

/// AdaGrad (Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization",
/// 2011): `h += g²; w −= η g / (√h + ε)`.
enum AdaGrad: UpdateRule {
  static var algorithm: Int32 { 4 }
  static var name: StaticString { "adagrad" }
  static var title: StaticString { "AdaGrad" }
  static var formula: StaticString { "h += g^2; w -= learning_rate * g / (sqrt(h) + epsilon)" }
  static var stateNames: StateNames { .one("sum_of_squares") }
  static var options: RuleOptions { RuleOptions((KERNEL_LEARNING_RATE, 0.01), (KERNEL_EPSILON, 1e-7)) }

  static func prepare(step: UInt64, options: Options) -> Constants<Double> {
    Constants(options[KERNEL_LEARNING_RATE], options[KERNEL_EPSILON])
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (learningRate, epsilon) = (constants.values.0, constants.values.1)
    state.0 = state.0 + g * g
    w = w - learningRate * g / (state.0.squareRoot() + epsilon)
  }
}
