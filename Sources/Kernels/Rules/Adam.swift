import CDescentKernels

/// Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1):
/// `m = β₁ m + (1 − β₁) g; v = β₂ v + (1 − β₂) g²; w −= η (m / c₁) / (√(v / c₂) + ε)` with the bias corrections
/// `c₁ = 1 − β₁ᵗ`, `c₂ = 1 − β₂ᵗ`, both 1 when bias correction is off. PyTorch has `√v / √c₂` (rounded differently), Keras
/// `w −= (η √c₂ / c₁) m / (√v + ε)`. AMSGrad (Reddi, Kale and Kumar 2018), in PyTorch's form, takes the greatest `v` so far
/// instead of `v`; in Optax it is the greatest `v / c₂`. `epsilon_root`, Optax's eps_root, is added to what is under the root.
enum Adam: TwoPartRule {
  static var algorithm: Int32 { 6 }
  static var name: StaticString { "adam" }
  static var title: StaticString { "Adam" }
  static var formula: StaticString {
    """
    m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g^2; \
    w -= learning_rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t) + epsilon_root) + epsilon)
    """
  }
  static var states: RuleStates {
    RuleStates(
      RuleState("m"), RuleState("v", KERNEL_NOT_NEGATIVE),
      RuleState("v_max", KERNEL_NOT_NEGATIVE, ifSet: KERNEL_AMSGRAD))
  }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.001), RuleOption(KERNEL_BETA1, 0.9), RuleOption(KERNEL_BETA2, 0.999),
      RuleOption(KERNEL_EPSILON, 1e-8, keras: 1e-7), RuleOption(KERNEL_BIAS_CORRECTION, 1),
      RuleOption(KERNEL_AMSGRAD, 0), RuleOption(KERNEL_EPSILON_ROOT, 0))
  }

  static var metric: kernel_metric { .root(of: 1, or: 2, inside: 5, epsilonInside: 8, outside: 6, epsilonOutside: 7) }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let (beta1, beta2) = (options[KERNEL_BETA1], options[KERNEL_BETA2])
    let corrected = options[KERNEL_BIAS_CORRECTION] != 0
    let correction1 = corrected ? options.correction(KERNEL_BETA1, step, place: 0) : 1
    let correction2 = corrected ? options.correction(KERNEL_BETA2, step, place: 1) : 1
    let rate = options[KERNEL_LEARNING_RATE] / correction1
    let epsilon = options[KERNEL_EPSILON]
    // The second correction belongs under the root, in PyTorch to the root, in Keras to the rate. Under the root it comes
    // before AMSGrad's comparison, as Optax wants it; the textbook's AMSGrad compares what is not corrected.
    let root = correction2.squareRoot()
    let (rated, inside, outside) =
      switch options.dialect {
      case KERNEL_KERAS: (rate * root, 1.0, 1.0)
      case KERNEL_TEXTBOOK where options[KERNEL_AMSGRAD] == 0: (rate, 1 / correction2, 1.0)
      case KERNEL_OPTAX: (rate, 1 / correction2, 1.0)
      default: (rate, 1.0, 1 / root)
      }
    return Constants(beta1, 1 - beta1, beta2, 1 - beta2, rated, inside, outside, epsilon, options[KERNEL_EPSILON_ROOT])
  }

  @inline(__always)
  static func updateStates<V: KernelVector>(_ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (beta1, oneMinusBeta1, beta2, oneMinusBeta2) = (constants[0], constants[1], constants[2], constants[3])
    state[0] = beta1 * state[0] + oneMinusBeta1 * g
    state[1] = beta2 * state[1] + oneMinusBeta2 * (g * g)
  }

  @inline(__always)
  static func updateValues<V: KernelVector>(_ w: inout V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (rate, insideRoot, outsideRoot) = (constants[4], constants[5], constants[6])
    let (epsilon, epsilonRoot) = (constants[7], constants[8])
    // Without AMSGrad the greatest v so far is 0, and v is not negative. Asked this way round, a NaN goes on.
    let second = state[1] * insideRoot
    state[2] = V.choose(state[2], over: second, where: second, isBelow: state[2])
    w = w - rate * state[0] / ((state[2] + epsilonRoot).squareRoot() * outsideRoot + epsilon)
  }
}
