import CDescentKernels

/// NovoGrad (Ginsburg et al., "Stochastic gradient methods with layer-wise adaptive moments for training of deep networks",
/// 2019), in Optax's form: the second moment is one number of each tensor, `n = β₂ n + (1 − β₂) ‖g‖²`, `‖g‖²` in the first
/// step; `m = β₁ m + g / (√n + ε) + λ w; w −= η m`.
enum NovoGrad: ReducingRule {
  static var algorithm: Int32 { 43 }
  static var name: StaticString { "novograd" }
  static var title: StaticString { "NovoGrad" }
  static var formula: StaticString {
    """
    n = beta2 * n + (1 - beta2) * |g|^2, |g|^2 in the first step, of the tensor; \
    m = beta1 * m + g / (sqrt(n + epsilon_root) + epsilon) + decoupled_weight_decay * w; w -= learning_rate * m
    """
  }
  static var states: RuleStates { RuleStates(RuleState("m"), RuleState(ofEachTensor: "n")) }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.001), RuleOption(KERNEL_BETA1, 0.9), RuleOption(KERNEL_BETA2, 0.25),
      RuleOption(KERNEL_EPSILON, 1e-6), RuleOption(KERNEL_EPSILON_ROOT, 0))
  }
  static var decaysItself: Bool { true }
  static var sums: RuleSums { RuleSums(.squares(0)) }
  static var termCount: Int { 1 }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    Constants(options[KERNEL_BETA1], 1, options[KERNEL_DECOUPLED_WEIGHT_DECAY], options[KERNEL_LEARNING_RATE])
  }

  @inline(__always)
  static func measure<V: KernelVector>(
    _ w: V, _ g: V, _ state: State<V>, _ constants: Constants<V>
  ) -> Terms<V> { [g, V(), V()] }

  static func combine(
    step: UInt64, options: Options, scalars: inout Scalars, sums: inout TensorSums, constants: inout Constants<Double>
  ) {
    let beta2 = options[KERNEL_BETA2]
    sums.kept = step == 1 ? sums.tensor[0] : beta2 * sums.kept + (1 - beta2) * sums.tensor[0]
    constants[1] = (sums.kept + options[KERNEL_EPSILON_ROOT]).squareRoot() + options[KERNEL_EPSILON]
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (beta1, divisor, decay, rate) = (constants[0], constants[1], constants[2], constants[3])
    state[0] = beta1 * state[0] + (g / divisor + decay * w)
    w = w - rate * state[0]
  }
}
