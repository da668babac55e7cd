/// `eˣ` in every lane, within 1 ulp (tested); 0 below −745.2, infinity above 709.8, NaN for NaN, exactly 1 for 0.
///
/// `x = n ln 2 + r` with `|r| ≤ ln 2 / 2`, then the Taylor polynomial of degree 13, whose truncation error is below
/// 2⁻⁵⁷. Only + − × are used, so that all instruction sets agree.
@inline(__always)
func exp(_ x: Lanes) -> Lanes { outOfLine(replaceByExponential, x) }

@inline(never)
private func replaceByExponential(_ place: UnsafeMutableRawPointer) {
  let x = load(place, as: Lanes.self)
  // Beyond these bounds the result is 0 or infinity anyway; NaN passes, as it compares false.
  var bounded = x.replacing(with: -750, where: x .< -750)
  bounded = bounded.replacing(with: 720, where: bounded .> 720)

  // Adding 1.5·2⁵² rounds to an integer, which then stands in the low bits.
  let shifter = Lanes(repeating: 0x1.8p52)
  let shifted = bounded * 0x1.71547652b82fep0 + shifter
  let n = shifted - shifter
  // ln 2 in two parts; the first has 32 trailing zero bits, so that its product with n is exact.
  let r = (bounded - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33

  var p = Lanes(repeating: 1.0 / 6_227_020_800)
  p = p * r + 1.0 / 479_001_600
  p = p * r + 1.0 / 39_916_800
  p = p * r + 1.0 / 3_628_800
  p = p * r + 1.0 / 362_880
  p = p * r + 1.0 / 40_320
  p = p * r + 1.0 / 5_040
  p = p * r + 1.0 / 720
  p = p * r + 1.0 / 120
  p = p * r + 1.0 / 24
  p = p * r + 1.0 / 6
  p = p * r + 0.5
  // What the rounding of 1 + r loses can be computed exactly, and joins the small terms.
  let sum = r + 1
  let exponential = sum + (p * (r * r) + (r - (sum - 1)))

  // Two factors 2ⁿ, so that subnormal results and those next to infinity can be reached.
  let exponent = bits(shifted) &- bits(shifter)
  let half = exponent &>> 1
  store(exponential * powerOfTwo(half) * powerOfTwo(exponent &- half), to: place)
}

/// `2ⁿ` for `−1022 ≤ n ≤ 1023`.
@inline(__always)
private func powerOfTwo(_ n: LaneBits) -> Lanes { lanes((n &+ 1023) &<< 52) }
