/// What dual coordinate ascent keeps from one epoch to the next: a dual variable for each score of each sample.
struct DualState: ~Copyable {
  let samples: Int
  let outputs: Int
  /// Of b and the sums, and behind them the variables.
  private let memory: Memory
  /// By what W is the sum of the variables times weights and features.
  var share = 0.0
  /// Whether no score moves any more.
  var isAtRest = false

  /// None.
  init() {
    (samples, outputs) = (0, 0)
    memory = Memory()
  }

  /// All are 0.
  init(samples: Int, outputs: Int) throws(Failure) {
    memory = try Memory(
      of: Float.self, count: boundedProduct(samples + 4, outputs), purpose: "the samples' dual variables")
    (self.samples, self.outputs) = (samples, outputs)
  }

  var variables: UnsafeMutablePointer<Float> { memory.pointer(to: Float.self) + 4 * outputs }
  /// b, as exact as it is known, and the weighted sums of the variables, which are 0 at the minimum, since b is free.
  var bias: UnsafeMutablePointer<Double> { memory.pointer(to: Double.self) }
  var sums: UnsafeMutablePointer<Double> { bias + outputs }

  func write(_ fields: inout Fields) throws(Failure) {
    var (samples, outputs, share, isAtRest) = (samples, outputs, share, isAtRest)
    try fields.size("dual.samples", &samples)
    try fields.size("dual.outputs", &outputs)
    try fields.real("dual.share", &share)
    try fields.flag("dual.is_at_rest", &isAtRest)
    try list(&fields)
  }

  private func list(_ fields: inout Fields) throws(Failure) {
    if samples == 0 { return }
    try fields.array("dual.variables", .row(.float32, samples * outputs), variables)
    try fields.array("dual.bias", .row(.float64, outputs), bias)
    try fields.array("dual.sums", .row(.float64, outputs), sums)
  }

  static func read(_ fields: inout Fields) throws(Failure) -> DualState {
    var (samples, outputs) = (0, 0)
    try fields.size("dual.samples", &samples, upTo: Int.max / 8)
    try fields.size("dual.outputs", &outputs)
    if samples > 0 {
      try fields.require("dual.variables", .row(.float32, boundedProduct(samples, outputs)))
      try fields.require("dual.bias", .row(.float64, outputs))
    }
    var state = samples > 0 ? try DualState(samples: samples, outputs: outputs) : DualState()
    try fields.real("dual.share", &state.share)
    try fields.flag("dual.is_at_rest", &state.isAtRest)
    try state.list(&fields)
    return state
  }
}
