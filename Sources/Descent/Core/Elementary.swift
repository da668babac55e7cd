import CDescentKernels

// Functions of one number that do not come from the C library, whose last bit differs from one to another.

/// `cos πx` for `0 ≤ x ≤ 1`, within 2⁻⁵².
func cosineOfPi(_ x: Double) -> Double {
  if x > 0.5 { return -cosineOfPi(1 - x) }
  // Between 0 and π/4 the Taylor series converge fast.
  return x <= 0.25 ? cosineSeries(x * .pi) : sineSeries((0.5 - x) * .pi)
}

/// `xʸ` for `x ≥ 0`.
func power(_ x: Double, _ y: Double) -> Double {
  if y == 0 { return 1 }
  return x == 0 ? 0 : exponential(y * naturalLogarithm(x))
}

func naturalLogarithm(_ x: Double) -> Double {
  var (x, result) = (x, 0.0)
  kernels.pointee.log(&result, &x, 1)
  return result
}

/// `log(1 + x)`, exact to the last bits for small x too.
func logarithm(onePlus x: Double) -> Double {
  var (x, result) = (x, 0.0)
  kernels.pointee.log1p(&result, &x, 1)
  return result
}

func exponential(_ x: Double) -> Double {
  var (x, result) = (x, 0.0)
  kernels.pointee.exp(&result, &x, 1)
  return result
}

private func cosineSeries(_ x: Double) -> Double {
  let z = x * x
  var term = 1.0
  for n in stride(from: 16.0, through: 2, by: -2) { term = 1 - z / (n * (n - 1)) * term }
  return term
}

private func sineSeries(_ x: Double) -> Double {
  let z = x * x
  var term = 1.0
  for n in stride(from: 17.0, through: 3, by: -2) { term = 1 - z / (n * (n - 1)) * term }
  return x * term
}
