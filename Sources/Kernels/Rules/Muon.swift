import CDescentKernels

/// Muon (Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024): momentum whose step is made
/// orthogonal, nearly, by a Newton–Schulz iteration: `m += (1 − μ) (g − m)`, `X = u / (‖u‖ + ε)` with `u = g + μ (m − g)`, so
/// often `A = X Xᵀ; X = 3.4445 X + (2.0315 A − 4.775) A X`, and `w −= η √max(1, rows / columns) X`. PyTorch has
/// `max(‖u‖, ε)`, and bfloat16 from the rounding of u to X; Optax a bias correction and the inverse quotient of the sides.
/// Tensors with one row take AdamW, with options of their own; in Optax's dialect with Nesterov's look ahead if the matrices
/// have it. What happens to matrices is in the engine, in Descent/Matrix.
enum Muon: UpdateRule {
  static var algorithm: Int32 { 60 }
  static var name: StaticString { "muon" }
  static var title: StaticString { "Muon" }
  static var formula: StaticString {
    """
    m += (1 - momentum_decay) * (g - m); u = g + momentum_decay * (m - g); X = u / (|u| + epsilon), \
    orthogonalization_steps times A = X X^T, X = 3.4445 * X + (2.0315 * A - 4.775 * I) * A X; \
    w -= learning_rate * sqrt(max(1, rows / columns)) * X; tensors with one row: adamw with vector_* options
    """
  }
  static var states: RuleStates { RuleStates(RuleState("m"), RuleState(ofMatrices: "v")) }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.02, pytorch: 0.001), RuleOption(KERNEL_MOMENTUM_DECAY, 0.95),
      RuleOption(KERNEL_NESTEROV_MOMENTUM, 1), RuleOption(KERNEL_EPSILON, 1e-7, optax: 1e-8),
      RuleOption(KERNEL_DECOUPLED_WEIGHT_DECAY, 0, pytorch: 0.1), RuleOption(KERNEL_ORTHOGONALIZATION_STEPS, 5),
      RuleOption(KERNEL_CONSISTENT_RMS, 0), RuleOption(KERNEL_ADAPTIVE_SCALE, 0),
      RuleOption(KERNEL_BFLOAT16_PRODUCTS, 0, pytorch: 1),
      RuleOption(KERNEL_VECTOR_LEARNING_RATE, 0.001), RuleOption(KERNEL_VECTOR_BETA1, 0.9),
      RuleOption(KERNEL_VECTOR_BETA2, 0.999), RuleOption(KERNEL_VECTOR_EPSILON, 1e-8),
      RuleOption(KERNEL_VECTOR_WEIGHT_DECAY, 0))
  }
  static var decaysItself: Bool { true }

  /// Those of tensors with one row.
  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let (beta1, beta2) = (options[KERNEL_VECTOR_BETA1], options[KERNEL_VECTOR_BETA2])
    let rate = options[KERNEL_VECTOR_LEARNING_RATE]
    let correction1 = options.correction(KERNEL_VECTOR_BETA1, step, place: 0)
    var (ofMomentum, ofGradient) = (rate / correction1, 0.0)
    if options.dialect == KERNEL_OPTAX && options.isOn(KERNEL_NESTEROV_MOMENTUM) {
      (ofMomentum, ofGradient) = (rate * beta1 / oneMinusPower(beta1, step + 1), rate * (1 - beta1) / correction1)
    }
    return Constants(
      beta1, 1 - beta1, beta2, 1 - beta2, ofMomentum, ofGradient,
      1 / options.correction(KERNEL_VECTOR_BETA2, step, place: 1), options[KERNEL_VECTOR_EPSILON],
      1 - rate * options[KERNEL_VECTOR_WEIGHT_DECAY], options[KERNEL_LEARNING_RATE], options[KERNEL_EPSILON])
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (beta1, oneMinusBeta1, beta2, oneMinusBeta2) = (constants[0], constants[1], constants[2], constants[3])
    let (ofMomentum, ofGradient, insideRoot) = (constants[4], constants[5], constants[6])
    let (epsilon, kept) = (constants[7], constants[8])
    state[0] = beta1 * state[0] + oneMinusBeta1 * g
    state[1] = beta2 * state[1] + oneMinusBeta2 * (g * g)
    let root = (state[1] * insideRoot).squareRoot() + epsilon
    w = kept * w - (ofMomentum * state[0] + ofGradient * g) / root
  }
}
