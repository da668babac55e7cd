/// The limits of the variables; each pointer may be nil, each number infinite.
public struct Bounds {
  let lower: UnsafePointer<Double>?
  let upper: UnsafePointer<Double>?

  public init(lower: UnsafePointer<Double>? = nil, upper: UnsafePointer<Double>? = nil) {
    self.lower = lower
    self.upper = upper
  }

  var isEmpty: Bool { lower == nil && upper == nil }

  func check(count: Int) throws(Failure) {
    if isEmpty { return }
    for index in 0..<count {
      let (low, high) = (least(index), greatest(index))
      if low.isNaN { throw Failure(.invalidArgument, "lower[\(index)] is NaN") }
      if high.isNaN { throw Failure(.invalidArgument, "upper[\(index)] is NaN") }
      if low > high {
        throw Failure(.invalidArgument, "lower[\(index)], upper[\(index)]: \(low) is above \(high)")
      }
      if low == .infinity { throw Failure(.invalidArgument, "lower[\(index)] is inf, which no number reaches") }
      if high == -.infinity { throw Failure(.invalidArgument, "upper[\(index)] is -inf, which no number reaches") }
    }
  }

  func least(_ index: Int) -> Double { lower?[index] ?? -.infinity }
  func greatest(_ index: Int) -> Double { upper?[index] ?? .infinity }

  /// The nearest number within the bounds.
  func nearest(_ index: Int, _ x: Double) -> Double {
    let (low, high) = (least(index), greatest(index))
    return x < low ? low : x > high ? high : x
  }

  /// Moves a point to the nearest one within the bounds.
  func project(_ x: Vector, count: Int) {
    if isEmpty { return }
    for index in 0..<count { x[index] = nearest(index, x[index]) }
  }

  /// How far a step along the negative gradient would go in each variable, within the bounds.
  func projectedGradient(_ x: UnsafePointer<Double>, _ gradient: UnsafePointer<Double>, into out: Vector, count: Int) {
    for index in 0..<count { out[index] = projected(index, x[index], gradient[index]) }
  }

  /// The same of one variable: the gradient itself where no bound is in the way, with all its digits.
  func projected(_ index: Int, _ x: Double, _ gradient: Double) -> Double {
    gradient > 0 ? min(gradient, x - least(index)) : gradient < 0 ? max(gradient, x - greatest(index)) : gradient
  }

  /// Whether a variable is at a bound that its gradient pushes it to.
  func holds(_ index: Int, _ x: Double, gradient: Double) -> Bool {
    gradient > 0 && x <= least(index) || gradient < 0 && x >= greatest(index)
  }

  /// A function of one variable at a place, where it is `value` at `x`; beyond a bound what the parabola through places on
  /// the other side says, or the line to the other bound if that is too near.
  func value(
    at place: Double, of index: Int, around x: Double, value: Double, _ line: (Double) -> Double
  ) -> Double {
    if nearest(index, place) == place { return line(place) }
    let distance = place - x
    let (near, far) = (x - distance, x - 2 * distance)
    if nearest(index, far) == far { return 3 * value - 3 * line(near) + line(far) }
    let edge = nearest(index, near)
    return edge == x ? value : value + (line(edge) - value) / (edge - x) * distance
  }
}
