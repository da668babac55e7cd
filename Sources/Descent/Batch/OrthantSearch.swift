/// The step of OWL-QN (Andrew and Gao, "Scalable training of L1-regularized log-linear models", 2007): along the direction,
/// as far as it goes down, but no variable past 0.
struct OrthantSearch {
  let decrease: Double
  let most: Int

  /// Leaves the trial point where the value is sufficiently lower. `steepest` is the pseudo-gradient.
  func run(
    _ point: inout BatchPoint, _ steepest: Vector, isFirst: Bool, _ evaluate: Evaluation
  ) -> BatchEnd? {
    let (n, direction) = (point.count, point.direction)
    // Only where it agrees with the pseudo-gradient.
    for index in 0..<point.penalized where !areOpposed(direction[index], steepest[index]) { direction[index] = 0 }
    let reach = length(direction, count: n)
    let slope = dot(steepest, direction, count: n)
    guard slope < 0 && slope.isFinite && reach.isFinite else { return .stuck }
    let noise = point.noise * point.value.magnitude
    var step = isFirst ? point.reach / reach : 1
    var sawNumbers = false
    for _ in 0..<most {
      combine(into: point.trial, 1, point.x, step, direction, count: n)
      for index in 0..<point.penalized {
        let orthant = point.x[index] != 0 ? point.x[index] : -steepest[index]
        if (point.trial[index] < 0) != (orthant < 0) || orthant == 0 { point.trial[index] = 0 }
      }
      point.stepLength = step
      point.evaluateTrial(evaluate)
      if !point.trialIsFinite {
        step /= 10
        continue
      }
      sawNumbers = sawNumbers || point.hasMoved
      var expected = 0.0
      for index in 0..<n { expected += steepest[index] * (point.trial[index] - point.x[index]) }
      let change = point.trialValue - point.value
      if change <= decrease * expected && change < 0 { return nil }
      // Rounding hides a change so small; then the slopes tell.
      if change <= noise && -expected <= noise && point.trialFlattens { return nil }
      // The parabola with this slope and value, if it is one.
      let parabola = -expected * step / (change - expected) / 2
      step = min(max(parabola, 0.1 * step), 0.5 * step)
    }
    return sawNumbers ? .stuck : .notFinite
  }
}

/// Whether two numbers have different signs: their product may vanish.
private func areOpposed(_ a: Double, _ b: Double) -> Bool { a < 0 && b > 0 || a > 0 && b < 0 }
