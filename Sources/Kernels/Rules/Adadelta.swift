import CDescentKernels

/// Adadelta (Zeiler, "Adadelta: an adaptive learning rate method", 2012): `s = ρ s + (1 − ρ) g²; Δ = √(u + ε) / √(s + ε) g;
/// u = ρ u + (1 − ρ) Δ²; w −= η Δ`.
enum Adadelta: UpdateRule {
  static var algorithm: Int32 { 14 }
  static var name: StaticString { "adadelta" }
  static var title: StaticString { "Adadelta" }
  static var formula: StaticString {
    """
    s = rho * s + (1 - rho) * g^2; d = sqrt(u + epsilon) / sqrt(s + epsilon) * g; u = rho * u + (1 - rho) * d^2; \
    w -= learning_rate * d
    """
  }
  static var states: RuleStates {
    RuleStates(
      RuleState("mean_square", KERNEL_NOT_NEGATIVE), RuleState("mean_square_update", KERNEL_NOT_NEGATIVE))
  }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 1, keras: 0.001), RuleOption(KERNEL_RHO, 0.9, keras: 0.95),
      RuleOption(KERNEL_EPSILON, 1e-6, keras: 1e-7))
  }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    Constants(options[KERNEL_LEARNING_RATE], options[KERNEL_RHO], 1 - options[KERNEL_RHO], options[KERNEL_EPSILON])
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (learningRate, rho, oneMinusRho, epsilon) = (constants[0], constants[1], constants[2], constants[3])
    state[0] = rho * state[0] + oneMinusRho * (g * g)
    let change = (state[1] + epsilon).squareRoot() / (state[0] + epsilon).squareRoot() * g
    state[1] = rho * state[1] + oneMinusRho * (change * change)
    w = w - learningRate * change
  }
}
