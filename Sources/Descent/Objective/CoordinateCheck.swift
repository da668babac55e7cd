/// What the comparison of one coordinate found.
struct CoordinateFinding {
  var numeric: Double
  /// 0 at a kink, and where it is undetermined.
  var relativeError = 0.0
  var isKink = false
  /// Noise hides whether the derivative is right.
  var isUndetermined = false
}

/// Compares the derivative along one coordinate with central differences, of many steps where the first does not settle
/// it: see `Ladder`.
///
/// Right and wrong are told apart at a relative error of 1e-3. Where the numeric derivative is not known so well, the
/// coordinate is undetermined unless even that suffices to see an error. It is known well enough, too, if the function's
/// slopes nearby are ten thousand times larger than what is unknown (at a critical point the derivative itself is 0), or if
/// the caller calls that negligible.
struct CoordinateCheck {
  let analytic: Double
  /// The coordinate, and the function's value there.
  let x: Double
  let value: Double
  let noise: Noise
  /// The largest step.
  let reach: Double
  /// What rounding may make of an error in the analytic derivative.
  var slack = 0.0
  /// What need not be known of the numeric derivative.
  var negligible = 0.0
  /// The relative error that counts as none.
  var comparable = 1e-6

  /// Starts from a central difference; nil if the function is not finite near x.
  @inline(never)
  func compare(_ line: (Double) -> Double, from difference: Difference) -> CoordinateFinding? {
    let first = Slopes(difference, x: x, value: value, noise: noise)
    guard first.numeric.isFinite else { return nil }
    if agrees(first) { return CoordinateFinding(numeric: first.numeric, relativeError: relativeError(first.numeric)) }

    var ladder = Ladder(first)
    ladder.descend(limit: abs(x) * 0x1p-46) { slopes(line, $0) }
    while true {
      let found = judge(ladder, shift: 1e-4 * first.gap)
      let isSettled = ladder.isKinkExcluded && !found.isUndetermined && isPrecise(ladder, found)
      if isSettled || !ladder.ascend(limit: reach, { slopes(line, $0) }) { return found }
    }
  }

  private func slopes(_ line: (Double) -> Double, _ step: Double) -> Slopes {
    Slopes(Differences.central(line, x, step), x: x, value: value, noise: noise)
  }

  /// Whether the first difference says enough.
  private func agrees(_ first: Slopes) -> Bool {
    let size = max(abs(analytic), abs(first.numeric))
    let hasGap = first.gap > max(0.1 * first.steepness, first.uncertainty)
    return !hasGap && first.uncertainty + slack <= 1e-3 * size
      && abs(analytic - first.numeric) <= 0.1 * comparable * size + slack
  }

  private func relativeError(_ numeric: Double) -> Double {
    analytic == numeric ? 0 : abs(analytic - numeric) / max(abs(analytic), abs(numeric))
  }

  /// Whether a better numeric derivative would change nothing that matters.
  private func isPrecise(_ ladder: borrowing Ladder, _ found: CoordinateFinding) -> Bool {
    let (deviation, size) = (abs(analytic - found.numeric), max(abs(analytic), abs(found.numeric)))
    if ladder.kink != nil { return true }
    return ladder.derivative.uncertainty <= 0.1 * max(deviation, comparable * size)
  }

  /// What the ladder says so far. A deviation that a tiny shift of x explains is none: at a critical point that is all
  /// there is of the derivative.
  private func judge(_ ladder: borrowing Ladder, shift: Double) -> CoordinateFinding {
    let derivative = ladder.derivative
    if let kink = ladder.kink {
      let numeric = kink.slopes.numeric
      if kink.allows(analytic) { return CoordinateFinding(numeric: numeric, isKink: true) }
      return CoordinateFinding(numeric: numeric, relativeError: relativeError(numeric))
    }
    let unseen = derivative.kind == .flat ? derivative.uncertainty * noise.whereFlat : derivative.uncertainty
    let uncertainty = unseen + slack + shift
    let (deviation, size) = (abs(analytic - derivative.value), max(abs(analytic), abs(derivative.value)))
    var finding = CoordinateFinding(numeric: derivative.value)
    switch derivative.kind {
    case .flat where analytic == 0: break
    // A function that varies less than its noise may yet have a derivative, if it oscillates fast enough.
    case .invisible where deviation > 1e5 * uncertainty, .flat where deviation > uncertainty,
      .resolved where deviation > uncertainty + 1e-3 * size:
      finding.relativeError = deviation / size
    case .unresolved: finding.isUndetermined = true
    default:
      let nearby = derivative.kind == .resolved ? 1e-4 * derivative.steepness : 0
      let needed = max(max(1e-3 * size, nearby), negligible)
      if uncertainty > needed || deviation > uncertainty && derivative.kind == .invisible {
        finding.isUndetermined = true
      } else if deviation > uncertainty || uncertainty <= comparable * size {
        finding.relativeError = relativeError(derivative.value)
      }
    }
    return finding
  }
}
