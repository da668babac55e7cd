import CDescentKernels

/// Gradient descent: `w -= η g`.
enum SGD: UpdateRule {
  static var algorithm: Int32 { 1 }
  static var name: StaticString { "sgd" }
  static var title: StaticString { "SGD" }
  static var formula: StaticString { "w -= learning_rate * g" }
  static var states: RuleStates { RuleStates() }
  static var options: RuleOptions {
    RuleOptions(RuleOption(KERNEL_LEARNING_RATE, 0.01, pytorch: 0.001))
  }

  static var metric: kernel_metric { .rate }
  static var missedRows: kernel_missed_rows { KERNEL_MISSED_IS_MADE_UP }

  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double> {
    Constants(options[KERNEL_LEARNING_RATE])
  }

  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    let learningRate = constants[0]
    w = w - learningRate * g
  }
}
