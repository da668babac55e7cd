/// What a comparison of a gradient with differences found.
public struct GradientReport {
  public internal(set) var maxRelativeError = 0.0
  public internal(set) var worstIndex = 0
  public internal(set) var analytic = 0.0
  public internal(set) var numeric = 0.0
  public internal(set) var checked = 0
  public internal(set) var suspectedKinks = 0
  public internal(set) var undetermined = 0
  /// The first of the undetermined; 0 if there is none.
  public internal(set) var undeterminedIndex = 0
  /// The function's value, and the standard deviation of its noise.
  public let value: Double
  public let noise: Double

  init(value: Double, noise: Noise) {
    self.value = value
    self.noise = noise.level
  }

  mutating func add(_ finding: CoordinateFinding, index: Int, analytic: Double) {
    if finding.isKink { suspectedKinks += 1 }
    if finding.isUndetermined {
      if undetermined == 0 { undeterminedIndex = index }
      undetermined += 1
    }
    if checked == 0 || finding.relativeError > maxRelativeError {
      maxRelativeError = finding.relativeError
      worstIndex = index
      self.analytic = analytic
      numeric = finding.numeric
    }
    checked += 1
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
  let noise = Noise(of: objective, at: x, count: n, value: value, scratch: point)
  let scale = GradientScale(x, gradient, count: n)
  copy(x, to: point, count: n)
  var subset = Subset(wanted ?? n, of: n, seed: seed)
  var report = GradientReport(value: value, noise: noise)
  for index in 0..<n where subset.takes(index) {
    // A function, not a closure that is kept: that would lie on the heap.
    func line(_ place: Double) -> Double {
      point[index] = place
      return objective(point, nil)
    }
    let difference = differences.derivative(of: line, at: x[index], value: value)
    var check = CoordinateCheck(
      analytic: gradient[index], x: x[index], value: value, noise: noise,
      reach: max(scale.reach(x[index]), 64 * difference.step))
    let size = scale.derivative(x[index])
    check.slack = 4 * noise.relative * size
    check.negligible = max(1e-9, 16 * noise.relative) * size
    guard let finding = check.compare(line, from: difference) else { throw notFinite(near: index, x[index]) }
    point[index] = x[index]
    report.add(finding, index: index, analytic: gradient[index])
  }
  return report
}

/// How large the point's coordinates and the derivatives are.
private struct GradientScale {
  private let length: Double
  private var largestDerivative = 0.0
  /// Of the products with the coordinates: the change of the function where a coordinate changes by itself.
  private var largestChange = 0.0

  init(_ x: UnsafePointer<Double>, _ gradient: UnsafePointer<Double>, count: Int) {
    length = norm(x, count: count) / Double(count).squareRoot()
    for index in 0..<count {
      largestDerivative = max(largestDerivative, abs(gradient[index]))
      largestChange = max(largestChange, abs(gradient[index]) * Self.unit(x[index]))
    }
  }

  private static func unit(_ x: Double) -> Double { x == 0 ? 1 : abs(x) }

  /// The largest step: a quarter of the coordinate, or of the coordinates' root mean square.
  func reach(_ x: Double) -> Double { 0.25 * (length == 0 ? 1 : max(abs(x), length)) }

  /// The largest derivative, or what it would be for a coordinate of this size, whichever is less.
  func derivative(_ x: Double) -> Double { min(largestDerivative, largestChange / Self.unit(x)) }
}
