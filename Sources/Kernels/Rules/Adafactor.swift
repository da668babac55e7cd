import CDescentKernels

/// Adafactor (Shazeer and Stern, "Adafactor: adaptive learning rates with sublinear memory cost", 2018): instead of a mean of
/// the squared gradients of each element, one for each row and each column, whose product takes its place. With
/// `q = t^−decay_power`: `R += q (mean of g² over a row − R)`, `C` for columns, `V = R C / mean(R)`, `u = g / √V`,
/// `w −= α u / max(1, rms(u) / clip_threshold)` with `α = max(scale_floor, rms(w)) min(η, 1 / √t)`. Optax takes η as it is, and
/// adds ε to g². What it does with a tensor is in the engine, in Descent/Matrix.
enum Adafactor: RuleDescription {
  static var algorithm: Int32 { 42 }
  static var name: StaticString { "adafactor" }
  static var title: StaticString { "Adafactor" }
  static var formula: StaticString {
    """
    q = t^-decay_power; row_mean += q * (row mean of g^2 - row_mean), column_mean alike; \
    u = g / sqrt(row_mean * column_mean / mean(row_mean)); w -= min(learning_rate, 1 / sqrt(t)) \
    * max(scale_floor, rms(w)) * u / max(1, rms(u) / clip_threshold), with momentum_decay a mean m of it; tensors with one \
    row or a side below minimum_side: v += q * (g^2 - v), u = g / sqrt(v)
    """
  }
  static var states: RuleStates {
    RuleStates(
      RuleState(ofMatrices: "row_mean"), RuleState(ofMatrices: "column_mean"), RuleState(ofMatrices: "v"),
      RuleState("m", ifSet: KERNEL_MOMENTUM_DECAY))
  }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.01), RuleOption(KERNEL_DECAY_POWER, 0.8),
      RuleOption(KERNEL_EPSILON, 0, optax: 1e-30), RuleOption(KERNEL_SCALE_FLOOR, 1e-3),
      RuleOption(KERNEL_CLIP_THRESHOLD, 1), RuleOption(KERNEL_MINIMUM_SIDE, 0, optax: 128),
      RuleOption(KERNEL_SCALE_BY_WEIGHTS, 1), RuleOption(KERNEL_MOMENTUM_DECAY, 0))
  }
  static var decaysItself: Bool { true }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    Constants(options[KERNEL_LEARNING_RATE], options[KERNEL_CLIP_THRESHOLD])
  }
}
