extension BatchPoint {
  /// Whether the gradient along the direction, which no step went down, disagrees with the function: compared with differences
  /// at many distances, where one of them stands clear of rounding.
  mutating func gradientIsWrong(_ evaluate: Evaluation) -> Bool {
    // The direction stays within bounds: what they cut off the gradient is a part of the slope.
    let slope = dot(bounds.isEmpty ? steepest : gradient, direction, count: count)
    guard slope.isFinite, slope != 0 else { return false }
    if isRounded(evaluate) { return false }
    let start = value
    var distance = min(1, 1 / length(direction, count: count)) * (1 + length(x, count: count)) / 8
    // On no account beyond the place where the line bends, or l1 does.
    distance = min(distance, straight / 2)
    var (best, smallestError, before) = (0.0, Double.infinity, Double.nan)
    for _ in 0..<20 {
      let near = attempt(distance, evaluate).value
      let far = attempt(2 * distance, evaluate).value
      let derivative = (4 * (near - start) - (far - start)) / (2 * distance)
      let largest = max(start.magnitude, max(near.magnitude, far.magnitude))
      let rounding = 8 * max(Double.ulpOfOne * largest, .leastNonzeroMagnitude) / distance
      let error = rounding + (derivative - before).magnitude
      if derivative.isFinite && error < smallestError { (best, smallestError) = (derivative, error) }
      before = derivative
      distance /= 8
    }
    let size = max(best.magnitude, slope.magnitude)
    return smallestError < 0.02 * size && (best - slope).magnitude > 0.1 * size
  }

  /// Whether a few roundings of the point make another slope of this one, as near a minimum: then it says nothing.
  private mutating func isRounded(_ evaluate: Evaluation) -> Bool {
    let slope = dot(gradient, direction, count: count)
    let distance = 8 * Double.ulpOfOne * length(x, count: count) / length(direction, count: count)
    if distance == 0 { return false }
    _ = attempt(distance, evaluate)
    return (dot(trialGradient, direction, count: count) - slope).magnitude > 0.1 * slope.magnitude
  }
}
