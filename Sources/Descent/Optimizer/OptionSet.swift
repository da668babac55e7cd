import CDescentKernels

/// A set of options.
struct OptionSet: BitwiseCopyable {
  private var words = InlineArray<2, UInt64>(repeating: 0)

  init() {}

  /// Options with numbers below 64, a bit for each.
  init(_ numbers: UInt64) { words[0] = numbers }

  func contains(_ option: Option) -> Bool { contains(option.number) }
  func contains(_ number: UInt32) -> Bool { words[Int(number / 64)] >> UInt64(number % 64) & 1 != 0 }

  mutating func insert(_ option: Option) { insert(option.number) }
  mutating func insert(_ number: UInt32) { words[Int(number / 64)] |= 1 << UInt64(number % 64) }
  mutating func remove(_ option: Option) { words[Int(option.number / 64)] &= ~(1 << UInt64(option.number % 64)) }

  var count: Int {
    var count = 0
    for index in words.indices { count += words[index].nonzeroBitCount }
    return count
  }
}

/// The numbers that a rule keeps for a group of tensors.
typealias RuleScalars = InlineArray<4, Double>
