import CDescentKernels

/// Shampoo (Gupta, Koren and Singer, "Shampoo: preconditioned stochastic tensor optimization", 2018): AdaGrad with a whole
/// matrix for each side of a tensor, `L = ε + Σ G Gᵀ`, `R = ε + Σ Gᵀ G`, `w −= η L^(−1/4) G R^(−1/4)`. A tensor with one row
/// has the second one only, and its power is −1/2, as where one of the sides is longer than `maximum_side`; where both are, it
/// is AdaGrad. With momentum, `G = (1 − μ) g + μ` times the step before. What happens to matrices is in the engine, in
/// Descent/Matrix.
enum Shampoo: UpdateRule {
  static var algorithm: Int32 { 61 }
  static var name: StaticString { "shampoo" }
  static var title: StaticString { "Shampoo" }
  static var formula: StaticString {
    """
    row_statistics = epsilon + sum of g g^T; column_statistics = epsilon + sum of g^T g; every precondition_frequency steps \
    row_root = row_statistics^(-1/4), column_root alike, 0 before; w -= learning_rate * row_root g column_root; \
    one side only, with the power -1/2, for tensors with one row or a side above maximum_side, adagrad's step with two of \
    these; with momentum_decay g is mixed with previous_step
    """
  }
  static var states: RuleStates {
    RuleStates(
      RuleState("previous_step", ifSet: KERNEL_MOMENTUM_DECAY), RuleState(ofMatrices: "sum_of_squares"),
      RuleState(ofMatrices: "row_statistics"), RuleState(ofMatrices: "column_statistics"),
      RuleState(ofMatrices: "row_root"), RuleState(ofMatrices: "column_root"))
  }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.001), RuleOption(KERNEL_MOMENTUM_DECAY, 0), RuleOption(KERNEL_EPSILON, 1e-6),
      RuleOption(KERNEL_PRECONDITION_FREQUENCY, 1), RuleOption(KERNEL_MAXIMUM_SIDE, 1024))
  }

  /// Those of tensors without matrices.
  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    // There is no step before the first.
    let kept = step == 1 ? 0 : options[KERNEL_MOMENTUM_DECAY]
    return Constants(1 - kept, kept, options[KERNEL_EPSILON], options[KERNEL_LEARNING_RATE])
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (share, kept, epsilon, rate) = (constants[0], constants[1], constants[2], constants[3])
    let mixed = share * g + kept * state[0]
    state[1] = state[1] + mixed * mixed
    state[0] = mixed / (state[1] + epsilon).squareRoot()
    w = w - rate * state[0]
  }
}
