/// What a comparison of a gradient with differences found.
public struct GradientReport {
  public internal(set) var maxRelativeError = 0.0
  public internal(set) var worstIndex = 0
  public internal(set) var analytic = 0.0
  public internal(set) var numeric = 0.0
  public internal(set) var checked = 0
  public internal(set) var suspectedKinks = 0

  mutating func add(_ finding: CoordinateFinding, index: Int, analytic: Double) {
    if finding.isKink { suspectedKinks += 1 }
    if checked == 0 || finding.relativeError > maxRelativeError {
      maxRelativeError = finding.relativeError
      worstIndex = index
      self.analytic = analytic
      numeric = finding.numeric
    }
    checked += 1
  }
}

/// What the comparison of one coordinate found.
struct CoordinateFinding {
  var numeric: Double
  /// 0 at a kink.
  var relativeError: Double
  var isKink: Bool
}

/// Compares the derivative along one coordinate with central differences, of more than one step where they disagree:
///
/// - With a smaller one, truncation is less, and a kink nearby is outside; with a larger one rounding is less. The
///   difference with the smallest sum of deviation and noise counts. Where the derivative is too small to be compared, a
///   deviation that noise explains, or a shift of x by a ten-thousandth of the step, counts as none.
/// - Where the one-sided derivatives differ, and differ as much when the step is a hundred times smaller, the function
///   seems to have a kink. There any derivative between the two is right. (Without a kink the gap shrinks like the step.)
struct CoordinateCheck {
  let analytic: Double
  /// The coordinate, and the function's value there.
  let x: Double
  let value: Double
  /// The noise of one value of the function, and what else may make the derivatives differ.
  let noise: Double
  var slack = 0.0
  /// The relative error that counts as none.
  var comparable = 1e-6

  private struct Slopes {
    let numeric: Double
    let ahead: Double
    let behind: Double
    let noise: Double

    var gap: Double { abs(ahead - behind) }
  }

  /// Starts from a central difference; nil if the function is not finite near x.
  @inline(never)
  func compare(_ line: (Double) -> Double, from difference: Difference) -> CoordinateFinding? {
    let first = slopes(difference)
    let step = difference.step
    guard first.numeric.isFinite else { return nil }
    var best = first
    var isKink = false
    let hasGap = first.gap > max(0.1 * max(abs(first.ahead), abs(first.behind)), first.noise)
    if !agrees(first) || hasGap {
      choose(&best, slopes(line, step / 10))
      let finest = slopes(line, step / 100)
      choose(&best, finest)
      isKink = seemsKink(first, finest)
    }
    var larger = step
    for _ in 0..<2 where !isKink && !agrees(best) {
      larger *= 10
      if larger < 1e-3 * max(abs(x), 1) { choose(&best, slopes(line, larger)) }
    }
    return CoordinateFinding(
      numeric: best.numeric, relativeError: isKink ? 0 : relativeError(best), isKink: isKink)
  }

  @inline(never)
  private func slopes(_ line: (Double) -> Double, _ step: Double) -> Slopes {
    slopes(Differences.central(line, x, step))
  }

  private func slopes(_ difference: Difference) -> Slopes {
    let step = difference.step
    return Slopes(
      numeric: difference.derivative, ahead: (difference.above - value) / (x + step - x),
      behind: (value - difference.below) / (x - (x - step)), noise: 10 * noise / step + slack)
  }

  private func deviation(_ slopes: Slopes) -> Double { abs(analytic - slopes.numeric) }

  private func agrees(_ slopes: Slopes) -> Bool {
    deviation(slopes) <= 1e-7 * max(abs(analytic), abs(slopes.numeric))
  }

  private func choose(_ best: inout Slopes, _ other: Slopes) {
    if deviation(other) + other.noise < deviation(best) + best.noise { best = other }
  }

  private func relativeError(_ slopes: Slopes) -> Double {
    let deviation = deviation(slopes)
    let size = max(abs(analytic), abs(slopes.numeric))
    // The gap is the second derivative times the step: at a critical point truncation is all that is left of the
    // derivative, and far less than that.
    let explained = slopes.noise + 1e-4 * slopes.gap
    let isTooSmallToCompare = explained > comparable * size
    return deviation == 0 || deviation <= explained && isTooSmallToCompare ? 0 : deviation / size
  }

  private func seemsKink(_ first: Slopes, _ finest: Slopes) -> Bool {
    guard finest.gap > 2 * finest.noise && finest.gap > 0.3 * first.gap else { return false }
    let tolerance = 1e-3 * finest.gap + finest.noise
    return min(finest.ahead, finest.behind) - tolerance <= analytic
      && analytic <= max(finest.ahead, finest.behind) + tolerance
  }
}

/// Draws `wanted` of `total` numbers without repetition, in rising order (Knuth, "The Art of Computer Programming",
/// volume 2, 3.4.2, algorithm S): no memory, and every subset is equally likely.
struct Subset {
  private let total: Int
  private var wanted: Int
  private let random: Philox

  init(_ wanted: Int, of total: Int, seed: UInt64) {
    self.wanted = wanted
    self.total = total
    random = Philox(seed: seed, stream: RandomPurpose.subset.stream())
  }

  /// Whether `index` is drawn; to be asked for 0, 1, 2 and so on.
  mutating func takes(_ index: Int) -> Bool {
    guard random.index(below: total - index, at: UInt64(index)) < wanted else { return false }
    wanted -= 1
    return true
  }
}

/// Compares the gradient that an objective of `n` numbers gives at `x` with central differences: `wanted` coordinates,
/// drawn by the seed; nil for all.
public func checkGradient(
  of objective: Objective, at x: UnsafePointer<Double>, count n: Int, step: Double, subset wanted: Int? = nil,
  seed: UInt64 = 0
) throws(Failure) -> GradientReport {
  try checkDimension(n)
  let differences = try Differences(.central, step: step)
  if let wanted, wanted < 1 || wanted > n {
    throw Failure(.invalidArgument, "count: \(UInt(bitPattern: wanted)) is outside [1, \(n)]")
  }
  let gradientMemory = try Memory(of: Double.self, count: n, purpose: "the gradient")
  let pointMemory = try Memory(of: Double.self, count: n, purpose: "a point nearby")
  let (gradient, point) = (gradientMemory.pointer(to: Double.self), pointMemory.pointer(to: Double.self))
  try differences.checkStep(x, count: n)

  for index in 0..<n { gradient[index] = .nan }
  let value = objective(x, gradient)
  if !value.isFinite { throw Failure(.notFinite, "objective: its value at x is \(value)") }
  for index in 0..<n where !gradient[index].isFinite {
    throw Failure(.notFinite, "objective: gradient[\(index)] is \(gradient[index]), or was not written")
  }
  let noise = noiseLevel(of: objective, at: x, count: n, value: value, scratch: point)
  copy(x, to: point, count: n)
  var subset = Subset(wanted ?? n, of: n, seed: seed)
  var report = GradientReport()
  for index in 0..<n where subset.takes(index) {
    // A function, not a closure that is kept: that would lie on the heap.
    func line(_ place: Double) -> Double {
      point[index] = place
      return objective(point, nil)
    }
    let difference = differences.derivative(of: line, at: x[index], value: value)
    let check = CoordinateCheck(analytic: gradient[index], x: x[index], value: value, noise: noise)
    guard let finding = check.compare(line, from: difference) else { throw notFinite(near: index, x[index]) }
    point[index] = x[index]
    report.add(finding, index: index, analytic: gradient[index])
  }
  return report
}

/// The noise of an objective's values: fourth differences at nine points that lie so close to `x` that nothing but
/// rounding can make the function look rough (Moré and Wild, "Estimating computational noise", SISC 2011); at least the
/// rounding of the value itself.
private func noiseLevel(
  of objective: Objective, at x: UnsafePointer<Double>, count: Int, value: Double,
  scratch: UnsafeMutablePointer<Double>
) -> Double {
  let rounding = Double.ulpOfOne * abs(value)
  var values = InlineArray<9, Double>(repeating: value)
  for step in 1..<9 {
    let shift = 0x1p-40 * Double(step)
    for index in 0..<count { scratch[index] = x[index] == 0 ? shift : x[index] + shift * x[index] }
    values[step] = objective(scratch, nil)
  }
  var sum = 0.0
  for first in 0..<5 {
    let fourth =
      (values[first] + values[first + 4]) - 4 * (values[first + 1] + values[first + 3]) + 6 * values[first + 2]
    sum += fourth * fourth
  }
  // Fourth differences of independent numbers have 70 times their variance.
  let noise = (sum / 5 / 70).squareRoot()
  return noise.isFinite ? max(rounding, noise) : rounding
}
