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

private func cosineSeries(_ x: Double) -> Double { series(x * x, from: 16) }

private func sineSeries(_ x: Double) -> Double { x * series(x * x, from: 17) }

/// `1 − z / (k (k − 1)) · (1 − z / ((k − 2)(k − 3)) · …)`, from the power `last` down to 2 or 3.
private func series(_ z: Double, from last: Int) -> Double {
  var term = 1.0
  for power in stride(from: last, to: 1, by: -2) { term = 1 - z / Double(power * (power - 1)) * term }
  return term
}
