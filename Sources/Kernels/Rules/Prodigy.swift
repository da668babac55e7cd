import CDescentKernels

/// Prodigy (Mishchenko and Defazio, "Prodigy: an expeditiously adaptive parameter-free learner", 2023): Adam with a rate that
/// is estimated, `d`, from how far all tensors have come: `N = β₃ N + Σ (d / d₀) e ⟨g, w₀ − w⟩` with `e = d η`,
/// `s = β₃ s + (d / d₀) e g`, `d = max(d, d_coef N / Σ |s|)`; `m = β₁ m + d (1 − β₁) g; v = β₂ v + d² (1 − β₂) g²;
/// w −= e (m / (√v + d ε) + λ w)`. The learning rate is 1, and a schedule may lower it. β₃ is `√β₂` where it is 0, and
/// a growth rate of 0 stands for none.
enum Prodigy: ReducingRule {
  static var algorithm: Int32 { 44 }
  static var name: StaticString { "prodigy" }
  static var title: StaticString { "Prodigy" }
  static var formula: StaticString {
    """
    e = d * learning_rate; N = beta3 * N + sum(d / initial_distance * e * g * (w0 - w)); \
    s = beta3 * s + d / initial_distance * e * g; m = beta1 * m + d * (1 - beta1) * g; \
    v = beta2 * v + d^2 * (1 - beta2) * g^2; d = max(d, distance_coefficient * N / sum(|s|)), sums over all tensors; \
    w -= e * (m / (sqrt(v) + d * epsilon) + decoupled_weight_decay * w)
    """
  }
  static var states: RuleStates {
    RuleStates(
      RuleState("m"), RuleState("v", KERNEL_NOT_NEGATIVE), RuleState("s"), RuleState(copyOfValues: "initial_values"))
  }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 1), RuleOption(KERNEL_BETA1, 0.9), RuleOption(KERNEL_BETA2, 0.999),
      RuleOption(KERNEL_BETA3, 0), RuleOption(KERNEL_EPSILON, 1e-8), RuleOption(KERNEL_BIAS_CORRECTION, 0),
      RuleOption(KERNEL_INITIAL_DISTANCE, 1e-6), RuleOption(KERNEL_DISTANCE_COEFFICIENT, 1),
      RuleOption(KERNEL_GROWTH_RATE, 0), RuleOption(KERNEL_SAFEGUARD_WARMUP, 0))
  }
  static var scalars: RuleScalars {
    RuleScalars(RuleScalar("distance"), RuleScalar("greatest_distance"), RuleScalar("numerator"))
  }
  static var decaysItself: Bool { true }
  static var sums: RuleSums { RuleSums(.products(0, 1), .magnitudes(2)) }
  static var termCount: Int { 3 }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let first = options[KERNEL_INITIAL_DISTANCE]
    if step == 1 { (scalars[0], scalars[1], scalars[2]) = (first, first, 0) }
    let distance = scalars[0]
    let (beta1, beta2) = (options[KERNEL_BETA1], options[KERNEL_BETA2])
    let rate = distance * options[KERNEL_LEARNING_RATE] * correction(step, options)
    // A rate of 0 lets the estimates rest.
    if rate == 0 { return Constants(1, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0) }
    let weight = distance / first * rate
    return Constants(
      beta1, distance * (1 - beta1), beta2, distance * distance * (1 - beta2), decay(options), weight,
      options.isOn(KERNEL_SAFEGUARD_WARMUP) ? distance / first * distance : weight, rate,
      rate * options[KERNEL_DECOUPLED_WEIGHT_DECAY], distance * options[KERNEL_EPSILON], beta1 == 0 ? 1 : 0)
  }

  private static func decay(_ options: Options) -> Double {
    options[KERNEL_BETA3] == 0 ? options[KERNEL_BETA2].squareRoot() : options[KERNEL_BETA3]
  }

  private static func correction(_ step: UInt64, _ options: Options) -> Double {
    if !options.isOn(KERNEL_BIAS_CORRECTION) { return 1 }
    return options.correction(KERNEL_BETA2, step, place: 1).squareRoot()
      / options.correction(KERNEL_BETA1, step, place: 0)
  }

  @inline(__always)
  static func measure<V: KernelVector>(
    _ w: V, _ g: V, _ state: State<V>, _ constants: Constants<V>
  ) -> Terms<V> { [constants[5] * g, state[3] - w, constants[4] * state[2] + constants[6] * g] }

  static func combine(
    step: UInt64, options: Options, scalars: inout Scalars, sums: inout TensorSums, constants: inout Constants<Double>
  ) {
    // Nothing is known yet while all gradients are 0.
    guard constants[7] != 0 && sums.all[1] != 0 else {
      constants[7] = 0
      constants[8] = 0
      return
    }
    let before = scalars[0]
    scalars[2] = decay(options) * scalars[2] + sums.all[0]
    let estimate = options[KERNEL_DISTANCE_COEFFICIENT] * scalars[2] / sums.all[1]
    var distance = before
    if distance == options[KERNEL_INITIAL_DISTANCE] { distance = Swift.max(distance, estimate) }
    scalars[1] = Swift.max(scalars[1], estimate)
    let growth = options[KERNEL_GROWTH_RATE]
    distance = growth == 0 ? scalars[1] : Swift.min(scalars[1], distance * growth)
    scalars[0] = distance
    constants[9] = distance * options[KERNEL_EPSILON]
    // Without a first moment it is the gradient times the new distance that is divided.
    if constants[10] != 0 { constants[7] *= distance / before }
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (beta1, ofGradient, beta2, ofSquare) = (constants[0], constants[1], constants[2], constants[3])
    let (beta3, ofSum, rate, decay, epsilon) = (constants[4], constants[6], constants[7], constants[8], constants[9])
    state[0] = beta1 * state[0] + ofGradient * g
    state[1] = beta2 * state[1] + ofSquare * (g * g)
    state[2] = beta3 * state[2] + ofSum * g
    let step = rate * state[0] / (state[1].squareRoot() + epsilon)
    // Before anything is known the divisor may be 0.
    w = w - decay * w - V.choose(step, over: rate, where: V(), isBelow: rate)
  }
}
