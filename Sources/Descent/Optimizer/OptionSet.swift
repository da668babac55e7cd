import CDescentKernels

/// A set of options.
struct OptionSet: BitwiseCopyable {
  /// A bit for each number below 64, and for each from there on.
  private var low: UInt64
  private var high: UInt64 = 0

  init() { low = 0 }

  /// Options with numbers below 64, a bit for each.
  init(_ numbers: UInt64) { low = numbers }

  func contains(_ option: Option) -> Bool { contains(option.number) }
  @inline(__always)
  func contains(_ number: UInt32) -> Bool { (number < 64 ? low : high) &>> UInt64(number) & 1 != 0 }

  mutating func insert(_ option: Option) { insert(option.number) }
  mutating func insert(_ number: UInt32) { set(number, to: true) }
  mutating func remove(_ option: Option) { set(option.number, to: false) }

  @inline(never)
  private mutating func set(_ number: UInt32, to isIn: Bool) {
    let (bit, value): (UInt64, UInt64) = (1 &<< UInt64(number), isIn ? 1 &<< UInt64(number) : 0)
    if number < 64 { low = low & ~bit | value } else { high = high & ~bit | value }
  }

  mutating func formUnion(_ other: OptionSet) {
    low |= other.low
    high |= other.high
  }

  var count: Int { low.nonzeroBitCount + high.nonzeroBitCount }
}

/// The numbers that a rule keeps for a group of tensors.
typealias RuleScalars = InlineArray<4, Double>
