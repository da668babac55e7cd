import CDescentKernels

/// A set of options.
struct OptionSet: BitwiseCopyable {
  private var words = InlineArray<2, UInt64>(repeating: 0)

  init() {}

  /// Options with numbers below 64, a bit for each.
  init(_ numbers: UInt64) { words[0] = numbers }

  func contains(_ option: Option) -> Bool { words[word(option)] >> bit(option) & 1 != 0 }

  mutating func insert(_ option: Option) { words[word(option)] |= 1 << bit(option) }

  var count: Int {
    var count = 0
    for index in words.indices { count += words[index].nonzeroBitCount }
    return count
  }

  private func word(_ option: Option) -> Int { Int(option.number / 64) }
  private func bit(_ option: Option) -> UInt64 { UInt64(option.number % 64) }
}

/// The numbers that a rule keeps for a group of tensors.
typealias RuleScalars = InlineArray<4, Double>
