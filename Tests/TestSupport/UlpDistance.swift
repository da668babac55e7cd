/// How many doubles one has to step from `a` to reach `b`; 0 for two NaN, and the greatest number for one.
public func ulpDistance(_ a: Double, _ b: Double) -> UInt64 {
  guard !a.isNaN && !b.isNaN else { return a.isNaN && b.isNaN ? 0 : .max }
  let (x, y) = (ordinal(a), ordinal(b))
  return x > y ? UInt64(x - y) : UInt64(y - x)
}

/// The place of a double among all doubles in order; that of both zeros is 0.
private func ordinal(_ x: Double) -> Int64 {
  let magnitude = Int64(x.magnitude.bitPattern)
  return x.sign == .minus ? -magnitude : magnitude
}
