import CDescentKernels

/// AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019): Adam, whose decay `w *= 1 − η λ` does not
/// pass through the moments. The decay comes before the step, as in PyTorch; in Optax and Keras it is part of it, which is
/// the same but for rounding.
enum AdamW: UpdateRule {
  static var algorithm: Int32 { 10 }
  static var name: StaticString { "adamw" }
  static var title: StaticString { "AdamW" }
  static var formula: StaticString {
    """
    w *= 1 - learning_rate * decoupled_weight_decay; m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g^2; \
    w -= learning_rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t) + epsilon_root) + epsilon)
    """
  }
  static var states: RuleStates { Adam.states }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.001), RuleOption(KERNEL_BETA1, 0.9), RuleOption(KERNEL_BETA2, 0.999),
      RuleOption(KERNEL_EPSILON, 1e-8, keras: 1e-7), RuleOption(KERNEL_BIAS_CORRECTION, 1),
      RuleOption(KERNEL_AMSGRAD, 0), RuleOption(KERNEL_EPSILON_ROOT, 0),
      RuleOption(KERNEL_DECOUPLED_WEIGHT_DECAY, 0.01, keras: 0.004, optax: 1e-4))
  }

  static var metric: kernel_metric { Adam.metric }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    Adam.prepare(step: step, options: options, scalars: &scalars)
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    Adam.update(&w, g, &state, constants)
  }
}
