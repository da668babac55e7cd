/// A number computed in double, with a running bound on the error that rounding to `Element` after each operation can
/// make in it (Higham, "Accuracy and stability of numerical algorithms", 2nd edition, section 3.3).
///
/// Textbook formulas written in these numbers tell a test how far a correct implementation may be from them. For
/// `Element == Double` the value itself is uncertain by the same bound.
public struct RoundedNumber<Element: ElementType> {
  public let value: Double
  public let error: Double

  private init(value: Double, error: Double) {
    self.value = value
    self.error = error
  }

  /// A number that `Element` holds exactly.
  public init(_ exact: Element) { self.init(value: Double(exact), error: 0) }

  /// A constant that was computed in double within `doubleRoundings` roundings, then rounded to `Element`.
  public init(constant: Double, doubleRoundings: Double = 0) {
    self = Self.rounding(constant, error: constant.magnitude * doubleRoundings * Double.unitRoundoff)
  }

  /// How far an evaluation in `Element` arithmetic may be: it has this error, and in double the value has it too.
  public var allowance: Double { 2 * error }

  private static func rounding(_ value: Double, error: Double) -> Self {
    Self(
      value: value,
      error: error + value.magnitude * Element.unitRoundoff + Double(Element.leastNonzeroMagnitude))
  }

  public static func + (a: Self, b: Self) -> Self { rounding(a.value + b.value, error: a.error + b.error) }
  public static func - (a: Self, b: Self) -> Self { rounding(a.value - b.value, error: a.error + b.error) }

  public static func * (a: Self, b: Self) -> Self {
    rounding(
      a.value * b.value,
      error: a.error * b.value.magnitude + b.error * a.value.magnitude + a.error * b.error)
  }

  public static func / (a: Self, b: Self) -> Self {
    let quotient = a.value / b.value
    return rounding(
      quotient, error: (a.error + quotient.magnitude * b.error) / max(b.value.magnitude - b.error, 0))
  }

  public func squareRoot() -> Self {
    let root = value.squareRoot()
    return Self.rounding(root, error: root - max(value - error, 0).squareRoot())
  }
}
