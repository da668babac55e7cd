import CDescentKernels

/// `1 − βᵗ` for `0 ≤ β < 1`, within 1 ulp (tested): the bias correction of Adam and its kin.
///
/// The complements are multiplied up by repeated squaring, `1 − ab = (1 − a) + a (1 − b)` with `a` and `b` themselves powers
/// of β: nothing cancels, however close β is to 1 or however large `t` is. The integers behind it have 11 bits more than
/// a double and come from no C library. The power is a product of one with an exponent below 16 and one whose exponent is a
/// multiple of 16; where `kept` has room for them they are there in most steps.
func oneMinusPower(
  _ beta: Double, _ exponent: UInt64, kept power: UnsafeMutablePointer<kernel_power>? = nil
) -> Double {
  let low = exponent % UInt64(KERNEL_LOW_POWERS)
  guard let power else {
    return lowPower(Complement(base: beta), low).joined(highPower(beta, exponent &- low)).value
  }
  let numbers = kernel_power_numbers(power)
  // Zero is a number that may be asked for, and what the memory holds at first.
  if power.pointee.base != beta || !power.pointee.is_filled {
    var complement = Complement.ofOne
    var index: UInt64 = 0
    while index < UInt64(KERNEL_LOW_POWERS) {
      complement.write(to: numbers + 2 * Int(index + 1))
      complement = complement.joined(Complement(base: beta))
      index &+= 1
    }
    power.pointee.base = beta
    power.pointee.is_filled = true
    power.pointee.steps = .max
  }
  if power.pointee.steps != exponent &- low {
    power.pointee.steps = exponent &- low
    highPower(beta, exponent &- low).write(to: numbers)
  }
  return Complement(numbers + 2 * Int(low + 1)).joined(Complement(numbers)).value
}

/// The complement of a power with a small exponent.
private func lowPower(_ base: Complement, _ exponent: UInt64) -> Complement {
  var product = Complement.ofOne
  var index: UInt64 = 0
  while index < exponent {
    product = product.joined(base)
    index &+= 1
  }
  return product
}

/// The complement of a power with any exponent.
private func highPower(_ beta: Double, _ exponent: UInt64) -> Complement {
  var square = Complement(base: beta)
  var product = Complement.ofOne
  var remaining = exponent
  while remaining != 0 {
    if remaining & 1 != 0 { product = product.joined(square) }
    square = square.joined(square)
    remaining &>>= 1
  }
  return product
}

/// A number `c` between 0 and 1, as `mantissa · 2^(−64 − exponent)` with the mantissa's first bit set; it stands for the
/// factor `1 − c`.
private struct Complement {
  private let mantissa: UInt64
  private let exponent: UInt64

  @inline(__always)
  init(mantissa: UInt64, exponent: UInt64) {
    let zeros = UInt64(mantissa.leadingZeroBitCount)
    self.mantissa = mantissa &<< zeros
    self.exponent = mantissa == 0 ? 0 : exponent &+ zeros
  }

  /// The complement of the factor 1.
  static var ofOne: Complement { Complement(mantissa: 0, exponent: 0) }

  /// The complement of a factor below 1. A factor below 2⁻⁶⁴ counts as 0.
  @inline(__always)
  init(base: Double) {
    let power = UInt64(base * 0x1p64)
    self.init(mantissa: power == 0 ? .max : 0 &- power, exponent: 0)
  }

  /// As it was written.
  @inline(__always)
  init(_ numbers: UnsafeMutablePointer<UInt64>) { (mantissa, exponent) = (numbers[0], numbers[1]) }

  @inline(__always)
  func write(to numbers: UnsafeMutablePointer<UInt64>) { (numbers[0], numbers[1]) = (mantissa, exponent) }

  var value: Double { Double(mantissa) * Double(sign: .plus, exponent: -64 - Int(exponent), significand: 1) }

  /// The factor `1 − c`, in units of 2⁻⁶⁴; 1 itself is one unit less.
  private var factor: UInt64 { exponent > 63 ? .max : 0 &- (mantissa &>> exponent) &- (mantissa == 0 ? 1 : 0) }

  /// The complement of the product of both factors.
  @inline(__always)
  func joined(_ other: Complement) -> Complement {
    if mantissa == 0 { return other }
    if other.mantissa == 0 { return self }
    let smaller = exponent < other.exponent ? other : self
    let larger = exponent < other.exponent ? self : other
    // c + d (1 − c) with the larger one as c, so that the sum lies in its binade or the one above.
    let part = smaller.mantissa.multipliedFullWidth(by: larger.factor).high
    let shift = smaller.exponent &- larger.exponent
    let addend = shift > 63 ? 0 : part &>> shift
    let (sum, carry) = larger.mantissa.addingReportingOverflow(addend)
    // A carry out of exponent 0 would be a complement of 1 or more: rounding can reach it, the number itself cannot.
    if !carry { return Complement(mantissa: sum, exponent: larger.exponent) }
    if larger.exponent == 0 { return Complement(mantissa: .max, exponent: 0) }
    return Complement(mantissa: 1 &<< 63 | sum &>> 1, exponent: larger.exponent &- 1)
  }
}
