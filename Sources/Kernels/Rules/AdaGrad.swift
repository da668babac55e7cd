import CDescentKernels

/// AdaGrad (Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization",
/// 2011): `h += g²; w −= η g / (√h + ε)`. Keras and Optax have `√(h + ε)` and start with `h = 0.1`; PyTorch divides η by
/// `1 + (t − 1) learning_rate_decay`.
enum AdaGrad: UpdateRule {
  static var algorithm: Int32 { 4 }
  static var name: StaticString { "adagrad" }
  static var title: StaticString { "AdaGrad" }
  static var formula: StaticString { "h += g^2; w -= learning_rate * g / (sqrt(h) + epsilon)" }
  static var states: RuleStates {
    RuleStates(RuleState("sum_of_squares", KERNEL_NOT_NEGATIVE, startingAt: KERNEL_INITIAL_ACCUMULATOR))
  }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LEARNING_RATE, 0.01, keras: 0.001),
      RuleOption(KERNEL_EPSILON, 1e-7, pytorch: 1e-10),
      RuleOption(KERNEL_INITIAL_ACCUMULATOR, 0, keras: 0.1, optax: 0.1),
      RuleOption(KERNEL_LEARNING_RATE_DECAY, 0))
  }

  static var missedRows: kernel_missed_rows { KERNEL_MISSED_IS_MADE_UP_BUT_DECAY }
  static var metric: kernel_metric { .root(of: 0, epsilonInside: 1, epsilonOutside: 2, rate: 0) }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    let rate = options[KERNEL_LEARNING_RATE] / (1 + Double(step - 1) * options[KERNEL_LEARNING_RATE_DECAY])
    let epsilon = rootEpsilon(options)
    return Constants(rate, epsilon.inside, epsilon.outside)
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let (learningRate, epsilonInside, epsilonOutside) = (constants[0], constants[1], constants[2])
    state[0] = state[0] + g * g
    w = w - learningRate * g / ((state[0] + epsilonInside).squareRoot() + epsilonOutside)
  }
}

/// Keras and Optax add ε under the root, the others to the root.
func rootEpsilon(_ options: Options) -> (inside: Double, outside: Double) {
  let epsilon = options[KERNEL_EPSILON]
  return options.dialect == KERNEL_KERAS || options.dialect == KERNEL_OPTAX ? (epsilon, 0) : (0, epsilon)
}
