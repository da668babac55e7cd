import CDescentKernels

/// FTRL-Proximal (McMahan et al., "Ad click prediction: a view from the trenches", 2013, algorithm 1), with the learning rate
/// as α: `σ = (√(n + g²) − √n) / α; z += g − σ w; n += g²; w = 0 where |z| ≤ λ₁, else (sign(z) λ₁ − z) / ((β + √n) / α + λ₂)`.
/// Weights are made anew from z in each step; first values other than 0 enter through the first `σ w` only.
enum FTRL: UpdateRule {
  static var algorithm: Int32 { 24 }
  static var name: StaticString { "ftrl" }
  static var title: StaticString { "FTRL" }
  static var formula: StaticString {
    """
    z += g - (sqrt(n + g^2) - sqrt(n)) / learning_rate * w; n += g^2; \
    w = 0 if |z| <= l1, else (sign(z) * l1 - z) / ((beta + sqrt(n)) / learning_rate + l2)
    """
  }
  static var states: RuleStates { RuleStates(RuleState("z", KERNEL_PRECISE), RuleState("n", KERNEL_NOT_NEGATIVE)) }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.1), RuleOption(KERNEL_BETA, 1), RuleOption(KERNEL_L1, 0),
      RuleOption(KERNEL_L2, 0))
  }
  static var missedRows: kernel_missed_rows { KERNEL_MISSED_IS_MADE_ANEW }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    // A rate of 0 divides by 0: nothing moves then.
    let rate = options[KERNEL_LEARNING_RATE]
    return Constants(
      rate > 0 ? rate : 1, options[KERNEL_BETA], options[KERNEL_L1], options[KERNEL_L2], rate > 0 ? 1 : 0)
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (rate, beta, l1, l2, moves) = (constants[0], constants[1], constants[2], constants[3], constants[4])
    let squares = state[1] + g * g
    let (before, now) = (state[1].squareRoot(), squares.squareRoot())
    let z = state[0] + (g - (now - before) / rate * w)
    // Spelled out: the compiler would make a call of `sign` here, for each vector.
    let beyond = V.choose(V() - l1 - z, over: l1 - z, where: z, isBelow: V())
    let moved = beyond / ((beta + now) / rate + l2)
    // Zero, and NaN where z is.
    let zero = z * V() + V()
    let weight = V.choose(moved, over: zero, where: l1, isBelow: magnitude(z))
    state[0] = V.choose(z, over: state[0], where: V(), isBelow: moves)
    state[1] = V.choose(squares, over: state[1], where: V(), isBelow: moves)
    w = V.choose(weight, over: w, where: V(), isBelow: moves)
  }
}
