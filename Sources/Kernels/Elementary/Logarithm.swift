/// The natural logarithm in every lane, within 1 ulp (tested); −infinity for 0, NaN for negative numbers and NaN.
///
/// `x = 2ᵏ (1 + f)` with `1 + f` between √½ and √2; `log(1 + f)` from the odd series in `s = f / (2 + f)`, with the
/// minimax coefficients that FDLIBM publishes for it (Sun Microsystems, 1993).
@inline(__always)
func log(_ x: Lanes) -> Lanes { outOfLine(replaceByLogarithm, x) }

@inline(never)
private func replaceByLogarithm(_ place: UnsafeMutableRawPointer) {
  let x = load(place, as: Lanes.self)
  let subnormal = x .< 0x1p-1022
  let scaled = x.replacing(with: x * 0x1p54, where: subnormal)

  // Counting from √½ makes the integer part of the exponent k and leaves the mantissa in the wanted interval.
  let sqrtHalf: Int64 = 0x3fe6_a09e_667f_3bcd
  let distance = bits(scaled) &- sqrtHalf
  let exponent = distance &>> 52
  let f = lanes(bits(scaled) &- (exponent &<< 52)) - 1
  // An integer below 2⁵¹ added to the bits of 1.5·2⁵² is that number plus the integer.
  let shifter = Lanes(repeating: 0x1.8p52)
  var k = lanes(bits(shifter) &+ exponent) - shifter
  k = k.replacing(with: k - 54, where: subnormal)

  let s = f / (f + 2)
  let z = s * s
  let w = z * z
  let even = w * (w * (w * 1.531383769920937332e-01 + 2.222219843214978396e-01) + 3.999999999940941908e-01)
  let odd =
    z
    * (w * (w * (w * 1.479819860511658591e-01 + 1.818357216161805012e-01) + 2.857142874366239149e-01)
      + 6.666666666666735130e-01)
  let halfSquare = f * f * 0.5
  let remainder = s * (halfSquare + (even + odd)) + k * 1.90821492927058770002e-10
  var result = k * 6.93147180369123816490e-01 - ((halfSquare - remainder) - f)

  result = result.replacing(with: -.infinity, where: x .== 0)
  result = result.replacing(with: .infinity, where: x .== .infinity)
  store(result.replacing(with: .nan, where: (x .< 0) .| (x .!= x)), to: place)
}

/// `log(1 + x)` in every lane, for `0 ≤ x ≤ 1`, within 2 ulp (tested).
@inline(__always)
func log1p(_ x: Lanes) -> Lanes { outOfLine(replaceByLogarithmOfOnePlus, x) }

@inline(never)
private func replaceByLogarithmOfOnePlus(_ place: UnsafeMutableRawPointer) {
  let x = load(place, as: Lanes.self)
  let sum = x + 1
  // What the rounding of 1 + x lost, to first order.
  store(log(sum) + (x - (sum - 1)) / sum, to: place)
}
