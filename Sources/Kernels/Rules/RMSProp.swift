import CDescentKernels

/// RMSProp (Tieleman and Hinton, "Neural networks for machine learning", lecture 6.5, 2012):
/// `h = ρ h + (1 − ρ) g²; w −= η g / (√h + ε)`. Centered, `h` less the square of the mean gradient stands under the root
/// (Graves 2013). With momentum `v = μ v + η g / (√h + ε); w −= v`, η being outside of `v` in PyTorch. Keras and Optax have
/// `√(h + ε)`.
enum RMSProp: UpdateRule {
  static var algorithm: Int32 { 5 }
  static var name: StaticString { "rmsprop" }
  static var title: StaticString { "RMSProp" }
  static var formula: StaticString {
    "h = rho * h + (1 - rho) * g^2; w -= learning_rate * g / (sqrt(h) + epsilon)"
  }
  static var states: RuleStates {
    RuleStates(
      RuleState("mean_square", KERNEL_NOT_NEGATIVE), RuleState("mean_gradient", ifSet: KERNEL_CENTERED),
      RuleState("velocity", ifSet: KERNEL_MOMENTUM_DECAY))
  }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.01, keras: 0.001),
      RuleOption(KERNEL_RHO, 0.99, keras: 0.9, optax: 0.9),
      RuleOption(KERNEL_EPSILON, 1e-7, pytorch: 1e-8, optax: 1e-8),
      RuleOption(KERNEL_MOMENTUM_DECAY, 0),
      RuleOption(KERNEL_CENTERED, 0))
  }

  static var metric: kernel_metric { .root(of: 0, epsilonInside: 3, epsilonOutside: 4) }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let (rate, rho) = (options[KERNEL_LEARNING_RATE], options[KERNEL_RHO])
    let epsilon = rootEpsilon(options)
    let centered: Double = options[KERNEL_CENTERED] != 0 ? 1 : 0
    // With momentum PyTorch multiplies the velocity by the rate, the others what flows into it.
    let outside = options.dialect == KERNEL_PYTORCH && options[KERNEL_MOMENTUM_DECAY] != 0
    return Constants(
      rho, 1 - rho, centered, epsilon.inside, epsilon.outside,
      options[KERNEL_MOMENTUM_DECAY], outside ? 1 : rate, outside ? rate : 1)
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (rho, oneMinusRho, centered) = (constants[0], constants[1], constants[2])
    let (epsilonInside, epsilonOutside) = (constants[3], constants[4])
    let (decay, ofGradient, ofVelocity) = (constants[5], constants[6], constants[7])
    state[0] = rho * state[0] + oneMinusRho * (g * g)
    state[1] = rho * state[1] + oneMinusRho * g
    // Rounding can make the difference negative. Where it is not centered the mean must not overflow when it is squared.
    let difference = state[0] - centered * state[1] * state[1]
    let variance = V.choose(V(), over: difference, where: difference, isBelow: V())
    state[2] = decay * state[2] + ofGradient * g / ((variance + epsilonInside).squareRoot() + epsilonOutside)
    w = w - ofVelocity * state[2]
  }
}
