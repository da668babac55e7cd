import Foundation

/// SplitMix64 (Steele, Lea and Flood 2014): test data that is the same in each run and does not come from the generator
/// under test.
public struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// Uniform in the range.
  public mutating func uniform(_ range: Range<Double>) -> Double { Double.random(in: range, using: &self) }

  /// Uniform in [-1, 1).
  public mutating func symmetric() -> Double { uniform(-1..<1) }

  /// Of either sign, with an exponent of ten that is uniform in the range.
  public mutating func illScaled(_ exponents: Range<Double>) -> Double {
    let magnitude = pow(10, uniform(exponents))
    return symmetric() < 0 ? -magnitude : magnitude
  }

  /// A whole number, uniform in the range.
  public mutating func index(_ range: Range<Int>) -> Int { Int.random(in: range, using: &self) }

  /// Numbers of either sign whose exponents of ten are uniform in the range.
  public mutating func illScaled<Element: ElementType>(_ exponents: Range<Double>, count: Int) -> [Element] {
    (0..<count).map { _ in Element(illScaled(exponents)) }
  }

  /// Numbers that are uniform in the range.
  public mutating func uniform<Element: ElementType>(_ range: Range<Double>, count: Int) -> [Element] {
    (0..<count).map { _ in Element(uniform(range)) }
  }
}
