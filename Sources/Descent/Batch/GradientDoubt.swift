extension BatchPoint {
  /// Whether the gradient along the direction, which no step went down, disagrees with the function: compared with differences
  /// at many distances, where one of them stands clear of rounding.
  mutating func gradientIsWrong(_ evaluate: Evaluation) -> Bool {
    let steepest = steepest
    let slope = dot(steepest, direction, count: count)
    guard slope.isFinite, slope != 0 else { return false }
    let start = value
    var distance = min(1, 1 / length(direction, count: count)) * (1 + length(x, count: count)) / 8
    if !bounds.isEmpty { distance = min(distance, 0.5) }
    var (best, smallestError, before) = (0.0, Double.infinity, Double.nan)
    for _ in 0..<20 {
      let near = attempt(distance, evaluate).value
      let far = attempt(2 * distance, evaluate).value
      let derivative = (4 * (near - start) - (far - start)) / (2 * distance)
      let rounding = 8 * Double.ulpOfOne * max(start.magnitude, max(near.magnitude, far.magnitude)) / distance
      let error = rounding + (derivative - before).magnitude
      if derivative.isFinite && error < smallestError { (best, smallestError) = (derivative, error) }
      before = derivative
      distance /= 8
    }
    let size = max(best.magnitude, slope.magnitude)
    return smallestError < 0.02 * size && (best - slope).magnitude > 0.1 * size
  }
}
