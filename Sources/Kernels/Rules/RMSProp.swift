import CDescentKernels

/// RMSProp (Tieleman and Hinton, "Neural networks for machine learning", lecture 6.5, 2012):
/// `h = ρ h + (1 − ρ) g²; w −= η g / (√h + ε)`.
enum RMSProp: UpdateRule {
  static var algorithm: Int32 { 5 }
  static var name: StaticString { "rmsprop" }
  static var title: StaticString { "RMSProp" }
  static var formula: StaticString {
    "h = rho * h + (1 - rho) * g^2; w -= learning_rate * g / (sqrt(h) + epsilon)"
  }
  static var stateNames: StateNames { .one("mean_square") }
  static var options: RuleOptions {
    RuleOptions((KERNEL_LEARNING_RATE, 0.01), (KERNEL_RHO, 0.99), (KERNEL_EPSILON, 1e-7))
  }

  static func prepare(step: UInt64, options: Options) -> Constants<Double> {
    let rho = options[KERNEL_RHO]
    return Constants(options[KERNEL_LEARNING_RATE], rho, 1 - rho, options[KERNEL_EPSILON])
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (learningRate, rho, oneMinusRho, epsilon, _, _, _, _) = constants.values
    state.0 = rho * state.0 + oneMinusRho * (g * g)
    w = w - learningRate * g / (state.0.squareRoot() + epsilon)
  }
}
