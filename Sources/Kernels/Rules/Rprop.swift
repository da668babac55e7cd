import CDescentKernels

/// Rprop (Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning", 1993), the variant without
/// weight backtracking, as in PyTorch: each weight has a step size `a`, which grows where the gradient keeps its sign and
/// shrinks where it changes; where it has changed the weight rests. For full batches. The learning rate is the first `a`, and
/// has no effect later. Optax limits `a` only where it changes, and applies each step one call late.
enum Rprop: UpdateRule {
  static var algorithm: Int32 { 15 }
  static var name: StaticString { "rprop" }
  static var title: StaticString { "Rprop" }
  static var formula: StaticString {
    """
    a *= eta_plus where g * p > 0, eta_minus where g * p < 0; a in [minimum_step, maximum_step], a = learning_rate at first; \
    g = 0 where g * p < 0; w -= sign(g) * a; p = g
    """
  }
  static var states: RuleStates {
    RuleStates(
      RuleState("previous_gradient", KERNEL_PRECISE),
      RuleState("step_size", KERNEL_PRECISE, startingAt: KERNEL_LEARNING_RATE))
  }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.01), RuleOption(KERNEL_ETA_MINUS, 0.5), RuleOption(KERNEL_ETA_PLUS, 1.2),
      RuleOption(KERNEL_MINIMUM_STEP, 1e-6), RuleOption(KERNEL_MAXIMUM_STEP, 50))
  }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    Constants(
      options[KERNEL_ETA_MINUS], options[KERNEL_ETA_PLUS], options[KERNEL_MINIMUM_STEP], options[KERNEL_MAXIMUM_STEP],
      options.dialect == KERNEL_OPTAX ? 1 : 0)
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (etaMinus, etaPlus, least, greatest) = (constants[0], constants[1], constants[2], constants[3])
    let (zero, one, isOptax) = (V(), V(repeating: 1), constants[4])
    let (previous, size) = (state[0], state[1])
    // Once: of several the compiler makes calls, for each vector.
    let direction = sign(g)
    // Above 0 where the signs agree, below where they do not. Optax keeps the signed step instead of the gradient, which has
    // its sign.
    let agreement = direction * previous
    let factor = V.choose(
      etaPlus, over: V.choose(etaMinus, over: one, where: agreement, isBelow: zero), where: zero, isBelow: agreement)
    var limited = size * factor
    limited = V.choose(least, over: limited, where: limited, isBelow: least)
    limited = V.choose(greatest, over: limited, where: greatest, isBelow: limited)
    // NaN where the agreement is.
    var stays = isOptax + agreement * zero
    stays = V.choose(zero, over: stays, where: agreement, isBelow: zero)
    stays = V.choose(zero, over: stays, where: zero, isBelow: agreement)
    let unchanged = V.choose(size, over: limited, where: zero, isBelow: stays)
    state[1] = unchanged
    let kept = V.choose(zero, over: g, where: agreement, isBelow: zero)
    let step = V.choose(zero, over: direction, where: agreement, isBelow: zero) * unchanged
    state[0] = V.choose(step, over: kept, where: zero, isBelow: isOptax)
    let late = V.choose(zero, over: previous, where: agreement, isBelow: zero)
    w = w - V.choose(late, over: step, where: zero, isBelow: isOptax)
  }
}
