/// How a derivative is approximated; the numbers are those of `descent_difference`.
public enum DifferenceMethod: UInt32 {
  case forward = 1
  case central = 2
  case richardson = 3

  /// The step for a coordinate of magnitude 1, where truncation and rounding of a function whose values and derivatives
  /// are about 1 balance: ε^(1/2), ε^(1/3) and ε^(1/5) of the double's ε = 2⁻⁵².
  var unitStep: Double {
    switch self {
    case .forward: 0x1p-26
    case .central: 0x1.965fea53d6e41p-18
    case .richardson: 0x1.8406003b2ae5ap-11
    }
  }
}

/// A derivative along one coordinate by differences.
struct Difference {
  var derivative: Double
  let step: Double
  /// What rounding the function's values to a double makes of an error in the derivative.
  var rounding: Double
  /// The function's values on the two sides; the first one is that at the coordinate itself for a forward difference.
  let below: Double
  let above: Double
}

/// Approximates gradients by differences, with the same step for all coordinates or one chosen for each.
///
/// The chosen step is proportional to the coordinate's magnitude, as if the function changed on the scale of its
/// argument (and on the scale of 1 where the argument is 0). A coordinate may also be near 0 by accident; then the
/// differences drown in the rounding of the function's values. Where that rounding is a thousand times worse than with a
/// well-scaled function, steps that are a hundred times larger are tried, up to that of a coordinate of magnitude 1, and
/// the one with the smallest error estimate is taken: the estimate is the rounding, and the deviation from the next
/// smaller step.
public struct Differences {
  let method: DifferenceMethod
  /// 0 to choose it.
  let step: Double

  init(_ method: DifferenceMethod, step: Double) throws(Failure) {
    try checkNotNegative(step, "step")
    self.method = method
    self.step = step
  }

  public init(method: UInt32, step: Double) throws(Failure) {
    guard let known = DifferenceMethod(rawValue: method) else {
      throw Failure(.invalidArgument, "method: there is no difference \(method)")
    }
    try self.init(known, step: step)
  }

  /// A step that was given must change every coordinate.
  func checkStep(_ x: UnsafePointer<Double>, count: Int) throws(Failure) {
    guard step > 0 else { return }
    let smallest = method == .richardson ? step / 2 : step
    for index in 0..<count where x[index].isFinite {
      if x[index] + smallest == x[index] || x[index] - smallest == x[index] {
        throw Failure(.invalidArgument, "step: \(step) is lost in x[\(index)] = \(x[index])")
      }
    }
  }

  /// The derivative at `x` of `line`, whose value there is `value`.
  @inline(never)
  func derivative(of line: (Double) -> Double, at x: Double, value: Double) -> Difference {
    if step > 0 { return difference(line, x, step, value) }
    let magnitude = abs(x)
    let first = x == 0 ? method.unitStep : max(method.unitStep * magnitude, 1e-290)
    let largest = method.unitStep * max(magnitude, 1)
    var last = difference(line, x, first, value)
    var best = last
    var smallestError = last.rounding
    var attempts = 0
    while last.derivative.isFinite && last.step < largest / 10 && isDrowned(last) {
      attempts += 1
      let step = attempts > 4 ? largest : min(100 * last.step, largest)
      let next = difference(line, x, step, value)
      guard next.derivative.isFinite else { break }
      let error = max(next.rounding, abs(next.derivative - last.derivative))
      if error < smallestError { (best, smallestError) = (next, error) }
      last = next
    }
    return best
  }

  private func isDrowned(_ difference: Difference) -> Bool {
    difference.rounding * method.unitStep > 1000 * Double.ulpOfOne * abs(difference.derivative)
  }

  private func difference(_ line: (Double) -> Double, _ x: Double, _ step: Double, _ value: Double) -> Difference {
    switch method {
    case .forward:
      let ahead = x + step
      let there = line(ahead)
      return Difference(
        derivative: (there - value) / (ahead - x), step: step,
        rounding: Double.ulpOfOne * max(abs(there), abs(value)) / step, below: value, above: there)
    case .central: return Self.central(line, x, step)
    case .richardson:
      var wide = Self.central(line, x, step)
      let narrow = Self.central(line, x, step / 2)
      wide.derivative = (4 * narrow.derivative - wide.derivative) / 3
      wide.rounding = narrow.rounding
      return wide
    }
  }

  @inline(never)
  static func central(_ line: (Double) -> Double, _ x: Double, _ step: Double) -> Difference {
    // The distance of the two points is exact, that of `2 * step` is not.
    let (ahead, behind) = (x + step, x - step)
    let (above, below) = (line(ahead), line(behind))
    return Difference(
      derivative: (above - below) / (ahead - behind), step: step,
      rounding: Double.ulpOfOne * max(abs(above), abs(below)) / step, below: below, above: above)
  }

  /// Writes the gradient at `x`, where the objective is `value`. `scratch` has room for a point. Returns how often the
  /// objective was called, and the coordinate whose derivative was not finite; there it ends.
  /// The objective is not asked beyond the bounds: what its values would be there follows from those within.
  func gradient(
    of objective: Objective, at x: UnsafePointer<Double>, value: Double, within bounds: Bounds = Bounds(),
    scratch: UnsafeMutablePointer<Double>, into gradient: UnsafeMutablePointer<Double>, count: Int
  ) -> (failed: Int?, evaluations: UInt64) {
    copy(x, to: scratch, count: count)
    var evaluations: UInt64 = 0
    for index in 0..<count {
      let slope = derivative(
        of: { place in
          bounds.value(at: place, of: index, around: x[index], value: value) { place in
            evaluations += 1
            scratch[index] = place
            return objective(scratch, nil)
          }
        }, at: x[index], value: value)
      scratch[index] = x[index]
      gradient[index] = slope.derivative
      if !slope.derivative.isFinite { return (index, evaluations) }
    }
    return (nil, evaluations)
  }
}

/// The gradient of an objective of `n` numbers at `x` by differences.
public func numericGradient(
  of objective: Objective, at x: UnsafePointer<Double>, count n: Int, _ differences: Differences,
  into out: UnsafeMutablePointer<Double>
) throws(Failure) {
  try checkDimension(n)
  let memory = try Memory(of: Double.self, count: n, purpose: "the gradient")
  let scratch = try Memory(of: Double.self, count: n, purpose: "a point nearby")
  try differences.checkStep(x, count: n)
  let value = differences.method == .forward ? objective(x, nil) : 0
  if !value.isFinite { throw Failure(.notFinite, "objective: its value at x is \(value)") }
  let result = differences.gradient(
    of: objective, at: x, value: value, scratch: scratch.pointer(to: Double.self),
    into: memory.pointer(to: Double.self), count: n)
  if let index = result.failed { throw notFinite(near: index, x[index]) }
  copy(memory.pointer(to: Double.self), to: out, count: n)
}

func notFinite(near index: Int, _ x: Double) -> Failure {
  Failure(.notFinite, "objective: its value is NaN or infinite near x[\(index)] = \(x)")
}
