/// `1 − βᵗ` for `0 ≤ β < 1`, rounded to within 1 ulp: the bias correction of Adam and its kin.
///
/// βᵗ is computed by repeated squaring of a 64-bit fixed-point fraction, whose absolute error stays below `t βᵗ⁻¹ 2⁻⁶⁴`
/// and which involves no C library. A double would lose digits twice: in βᵗ for large `t`, and in the difference
/// when βᵗ is close to 1.
func oneMinusPower(_ beta: Double, _ exponent: UInt64) -> Double {
  var base = UInt64(beta * 0x1p64)
  if base == 0 { return 1 }
  var remaining = exponent
  // The power is `product / 2⁶⁴`, or 1 while `isOne`.
  var product: UInt64 = 0
  var isOne = true
  while remaining != 0 {
    if remaining & 1 != 0 {
      product = isOne ? base : roundedHighHalf(product, base)
      isOne = false
      if product == 0 { return 1 }
    }
    base = roundedHighHalf(base, base)
    remaining &>>= 1
  }
  return isOne ? 0 : Double(0 &- product) * 0x1p-64
}

/// `a b / 2⁶⁴` to the nearest integer.
@inline(__always)
private func roundedHighHalf(_ a: UInt64, _ b: UInt64) -> UInt64 {
  let (high, low) = a.multipliedFullWidth(by: b)
  return high &+ (low &>> 63)
}
