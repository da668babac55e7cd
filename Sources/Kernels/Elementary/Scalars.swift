// The elementary functions for one number.

func exponential(_ x: Double) -> Double { exp(Lanes(repeating: x))[0] }

func naturalLogarithm(_ x: Double) -> Double { log(Lanes(repeating: x))[0] }

/// `xʸ` for `x ≥ 0`.
func power(_ x: Double, _ y: Double) -> Double {
  if y == 0 { return 1 }
  if y == 1 { return x }
  if y == 2 { return x * x }
  return x == 0 ? 0 : exponential(y * naturalLogarithm(x))
}
