/// A function of the caller's: its value at `x`, and its gradient there unless that pointer is nil.
public typealias Objective = (_ x: UnsafePointer<Double>, _ gradient: UnsafeMutablePointer<Double>?) -> Double

/// How a search for the minimum of a function ended; the numbers are those of `descent_reason`.
public enum SearchEnd: UInt32 {
  case steps = 1
  case gradient = 2
  case valueTolerance = 3
  case target = 4
  case time = 5
  case callback = 6
  case diverged = 7
  case rounding = 8
  case wrongGradient = 9
}

/// The outcome of a search. Value and gradient belong to the point that it leaves behind.
public struct SearchResult {
  public internal(set) var end: SearchEnd
  public internal(set) var steps: UInt64 = 0
  public internal(set) var evaluations: UInt64 = 0
  public internal(set) var value: Double
  public internal(set) var gradientNorm = 0.0
  public internal(set) var seconds = 0.0
  /// The smallest value of those where value and gradient were finite; `value` if there was none.
  public internal(set) var bestValue: Double

  init(end: SearchEnd, value: Double) {
    self.end = end
    self.value = value
    bestValue = value
  }
}

/// How many numbers a function takes.
func checkDimension(_ n: Int) throws(Failure) {
  try checkSize(n, "n")
  if byteCount(n, MemoryLayout<Double>.size) == nil {
    throw Failure(.invalidArgument, "n: \(n) numbers of float64 overflow")
  }
}

@inline(never)
func checkNotNegative(_ value: Double, _ name: StaticString) throws(Failure) {
  guard value.isFinite && value >= 0 else {
    throw Failure(.invalidArgument, "\(name): \(value) is outside [0, inf)")
  }
}

/// `√Σ (a − b)²`, or of `a` alone, in the elements' order with four partial sums. NaN or infinite exactly if an element
/// is or if the norm itself overflows: elements whose squares leave the range of a double are scaled first.
@inline(never)
func norm(_ a: UnsafePointer<Double>, minus b: UnsafePointer<Double>? = nil, count: Int) -> Double {
  let sum = sumOfSquares(a, b, count, scale: 1)
  if sum > 1e-280 && sum < 1e300 { return sum.squareRoot() }
  var largest = 0.0
  for index in 0..<count {
    let magnitude = abs(b.map { a[index] - $0[index] } ?? a[index])
    if !magnitude.isFinite { return magnitude }
    largest = max(largest, magnitude)
  }
  if largest == 0 { return 0 }
  // The power of two keeps the bits of the quotients.
  let unit = powerOfTwo(below: largest)
  return sumOfSquares(a, b, count, scale: 1 / unit).squareRoot() * unit
}

private func sumOfSquares(
  _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>?, _ count: Int, scale: Double
) -> Double {
  func square(_ index: Int) -> Double {
    let scaled = (b.map { a[index] - $0[index] } ?? a[index]) * scale
    return scaled * scaled
  }
  var sums = SIMD4<Double>()
  let whole = count & ~3
  var index = 0
  while index < whole {
    sums += SIMD4(square(index), square(index + 1), square(index + 2), square(index + 3))
    index += 4
  }
  var rest = 0.0
  while index < count {
    rest += square(index)
    index += 1
  }
  return ((sums.x + sums.y) + (sums.z + sums.w)) + rest
}

/// The greatest power of two that is not above a positive number, but for the few that have no inverse in a double.
func powerOfTwo(below x: Double) -> Double {
  Double(sign: .plus, exponent: max(-1022, min(1022, x.exponent)), significand: 1)
}
