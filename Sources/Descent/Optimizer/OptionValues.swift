import CDescentKernels

/// The values of an optimizer's options, by their number.
struct OptionValues {
  private var values = InlineArray<64, Double>(repeating: 0)

  /// The algorithm's defaults.
  init(of algorithm: Algorithm) {
    for index in 0..<Option.count {
      guard let option = Option.at(index), let value = try? algorithm.defaultValue(of: option) else { continue }
      self[option] = value
    }
  }

  subscript(option: Option) -> Double {
    get { values[Int(option.number)] }
    set { values[Int(option.number)] = newValue }
  }

  var weightDecay: Double { values[Int(KERNEL_WEIGHT_DECAY.rawValue)] }
  var learningRate: Double { values[Int(KERNEL_LEARNING_RATE.rawValue)] }

  func withPointer<Result>(_ body: (UnsafePointer<Double>) -> Result) -> Result {
    withUnsafePointer(to: values) { body(UnsafeRawPointer($0).assumingMemoryBound(to: Double.self)) }
  }
}
