/// A number of about 106 bits, as the sum of two doubles (Dekker, "A floating-point technique for extending the available
/// precision", 1971). Not for numbers near the ends of the range.
struct PairOfDoubles {
  private let high: Double
  private let low: Double

  init(_ value: Double) { (high, low) = (value, 0) }

  private init(_ high: Double, _ low: Double) {
    let sum = high + low
    (self.high, self.low) = (sum, low - (sum - high))
  }

  var value: Double { high + low }

  static func + (a: PairOfDoubles, b: PairOfDoubles) -> PairOfDoubles {
    let sum = a.high + b.high
    let part = sum - a.high
    let error = (a.high - (sum - part)) + (b.high - part)
    return PairOfDoubles(sum, error + a.low + b.low)
  }

  static func - (a: PairOfDoubles, b: PairOfDoubles) -> PairOfDoubles { a + PairOfDoubles(-b.high, -b.low) }

  static func * (a: PairOfDoubles, b: PairOfDoubles) -> PairOfDoubles {
    let product = a.high * b.high
    let ((a1, a2), (b1, b2)) = (halves(a.high), halves(b.high))
    let error = a2 * b2 - (((product - a1 * b1) - a2 * b1) - a1 * b2)
    return PairOfDoubles(product, error + (a.high * b.low + a.low * b.high))
  }

  func divided(by divisor: Double) -> PairOfDoubles {
    let quotient = high / divisor
    let rest = self - PairOfDoubles(quotient) * PairOfDoubles(divisor)
    return PairOfDoubles(quotient, rest.value / divisor)
  }

  /// `(1 + x)ⁿ − 1`: nothing is lost where x is small.
  func powerOfOnePlus(_ exponent: UInt64) -> PairOfDoubles {
    var (square, power, rest) = (self, PairOfDoubles(0), exponent)
    while rest > 0 {
      if rest & 1 != 0 { power = power + square + power * square }
      rest >>= 1
      if rest > 0 { square = square + square + square * square }
    }
    return power
  }

  /// Two numbers of 26 bits whose sum is the number.
  private static func halves(_ x: Double) -> (Double, Double) {
    let scaled = 134_217_729 * x
    let high = scaled - (scaled - x)
    return (high, x - high)
  }
}
