import CDescentKernels

/// SOAP (Vyas et al., "SOAP: improving and stabilizing Shampoo using Adam", 2024), in pytorch_optimizer's form: Adam in the
/// basis of the eigenvectors of Shampoo's matrices, which are means (β₃, or β₂ where that is 0), and the basis is brought up to
/// date every so many steps: `v = β₂ v + (1 − β₂) (Q₁ᵀ g Q₂)²`, `w −= η √c₂ / c₁ Q₁ (Q₁ᵀ m Q₂ / (√v + ε)) Q₂ᵀ`, and then
/// `w *= 1 − η λ`. The first call makes the matrices and does not move, so that t counts from the second. A side longer than
/// `maximum_side` stays as it is; a tensor with one row too, which then takes Adam, unless `precondition_vectors`. What
/// happens to matrices is in the engine, in Descent/Matrix.
enum SOAP: UpdateRule {
  static var algorithm: Int32 { 62 }
  static var name: StaticString { "soap" }
  static var title: StaticString { "SOAP" }
  static var formula: StaticString {
    """
    row_statistics = beta3 * row_statistics + (1 - beta3) * g g^T, row_basis Q its eigenvectors, columns alike with P; \
    m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * (Q^T g P)^2; \
    w -= learning_rate * sqrt(1 - beta2^t) / (1 - beta1^t) * Q ((Q^T m P) / (sqrt(v) + epsilon)) P^T; \
    w *= 1 - learning_rate * decoupled_weight_decay; t counts from the second call
    """
  }
  static var states: RuleStates {
    RuleStates(
      RuleState("m"), RuleState("v", KERNEL_NOT_NEGATIVE), RuleState(ofMatrices: "row_statistics"),
      RuleState(ofMatrices: "column_statistics"), RuleState(ofMatrices: "row_basis"),
      RuleState(ofMatrices: "column_basis"))
  }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.003), RuleOption(KERNEL_BETA1, 0.95), RuleOption(KERNEL_BETA2, 0.95),
      RuleOption(KERNEL_BETA3, 0), RuleOption(KERNEL_EPSILON, 1e-8), RuleOption(KERNEL_BIAS_CORRECTION, 1),
      RuleOption(KERNEL_DECOUPLED_WEIGHT_DECAY, 0.01), RuleOption(KERNEL_PRECONDITION_FREQUENCY, 10),
      RuleOption(KERNEL_MAXIMUM_SIDE, 10_000), RuleOption(KERNEL_PRECONDITION_VECTORS, 0),
      RuleOption(KERNEL_NORMALIZE_GRADIENT, 0))
  }
  static var decaysItself: Bool { true }

  /// Those of tensors without matrices.
  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let (beta1, beta2) = (options[KERNEL_BETA1], options[KERNEL_BETA2])
    if step == 1 { return Constants(1, 0, 1, 0, 0, 1, 1) }
    let rate = options[KERNEL_LEARNING_RATE]
    var correction = 1.0
    if options.isOn(KERNEL_BIAS_CORRECTION) {
      correction =
        options.correction(KERNEL_BETA2, step - 1, place: 1).squareRoot()
        / options.correction(KERNEL_BETA1, step - 1, place: 0)
    }
    return Constants(
      beta1, 1 - beta1, beta2, 1 - beta2, rate * correction, options[KERNEL_EPSILON],
      1 - rate * options[KERNEL_DECOUPLED_WEIGHT_DECAY])
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (beta1, oneMinusBeta1, beta2, oneMinusBeta2) = (constants[0], constants[1], constants[2], constants[3])
    let (rate, epsilon, kept) = (constants[4], constants[5], constants[6])
    state[0] = beta1 * state[0] + oneMinusBeta1 * g
    state[1] = beta2 * state[1] + oneMinusBeta2 * (g * g)
    w = (w - rate * state[0] / (state[1].squareRoot() + epsilon)) * kept
  }
}
