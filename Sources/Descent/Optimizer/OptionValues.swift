import CDescentKernels

/// Option values, by their number.
struct OptionValues: BitwiseCopyable {
  private var values = InlineArray<128, Double>(repeating: 0)

  /// The algorithm's defaults in a dialect.
  init(of algorithm: Algorithm, dialect: UInt32) {
    for index in 0..<Option.count {
      guard let option = Option.at(index), let value = try? algorithm.defaultValue(of: option, dialect: dialect)
      else { continue }
      values[Int(option.number)] = value
    }
    self[KERNEL_DIALECT] = Double(dialect)
  }

  subscript(option: kernel_option) -> Double {
    get { values[Int(option.rawValue)] }
    set { values[Int(option.rawValue)] = newValue }
  }

  subscript(option: Option) -> Double {
    get { values[Int(option.number)] }
    set { values[Int(option.number)] = newValue }
  }

  /// The options that are not 0.
  var othersThanZero: OptionSet {
    var set = OptionSet()
    for number in values.indices where values[number] != 0 { set.insert(UInt32(number)) }
    return set
  }

  /// Mutating, since the values would otherwise be copied for the call.
  mutating func withPointer<Result>(_ body: (UnsafePointer<Double>) -> Result) -> Result {
    withUnsafePointer(to: &values) { body(UnsafeRawPointer($0).assumingMemoryBound(to: Double.self)) }
  }
}
