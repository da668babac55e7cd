/// The slopes along one coordinate with one step.
struct Slopes {
  let step: Double
  /// The central difference, and the one-sided ones.
  let numeric: Double
  let ahead: Double
  let behind: Double
  /// What noise may make of an error in them: ten times its standard deviation, by the step.
  let uncertainty: Double

  init(_ difference: Difference, x: Double, value: Double, noise: Noise) {
    step = difference.step
    numeric = difference.derivative
    ahead = (difference.above - value) / (x + step - x)
    behind = (value - difference.below) / (x - (x - step))
    uncertainty = 10 * noise.of(difference.above, difference.below) / step
  }

  var gap: Double { abs(ahead - behind) }
  var steepness: Double { max(abs(ahead), abs(behind)) }
  var isFlat: Bool { ahead == 0 && behind == 0 }
  /// Whether the function's changes stand clear of its noise.
  var isVisible: Bool { steepness > 0 && steepness >= 4 * uncertainty }
  var hasGap: Bool { gap > 0 && gap >= 4 * uncertainty }
}

/// A numeric derivative, and how well it is known.
struct DerivativeEstimate {
  enum Kind {
    /// Seen at two steps and more that do not contradict each other.
    case resolved
    /// The function does not change at all at the smallest steps, and then suddenly, or never.
    case flat
    /// The function's changes are less than its noise.
    case invisible
    /// What is seen is too rough for a derivative.
    case unresolved
  }

  var kind: Kind
  var value: Double
  var uncertainty: Double
  /// The largest slope seen nearby.
  var steepness = 0.0
}

/// A corner of the function: the derivative may be anything between the one-sided ones.
struct Kink {
  let slopes: Slopes

  func allows(_ derivative: Double) -> Bool {
    let tolerance = 1e-3 * slopes.gap + slopes.uncertainty
    return min(slopes.ahead, slopes.behind) - tolerance <= derivative
      && derivative <= max(slopes.ahead, slopes.behind) + tolerance
  }
}

/// Differences with steps that are four times larger from one to the next.
///
/// A derivative can be read where the steps are small enough for the function to be smooth, and large enough for its
/// changes to stand clear of the noise. That cannot be told from one step: a function that oscillates within the step
/// has slopes as well, which have nothing to do with its derivative; but these fall when the step grows, as the function
/// does not change any more. So reading begins at the smallest step at which changes are seen, it goes on only if the
/// slopes do not fall there, and ends where a larger step contradicts the smaller ones.
struct Ladder {
  private var slopes: InlineArray<33, Slopes>
  private var low = 18
  private var high = 18

  private static var ratio: Double { 4 }

  init(_ first: Slopes) { slopes = InlineArray(repeating: first) }

  /// Adds smaller steps until the function is seen to be smooth, or not seen at all.
  mutating func descend(limit: Double, _ measure: (Double) -> Slopes) {
    while low > 0 && slopes[low].step / Self.ratio >= limit {
      let next = measure(slopes[low].step / Self.ratio)
      guard next.numeric.isFinite else { return }
      low -= 1
      slopes[low] = next
      let coarse = slopes[low + 1]
      let isSmooth =
        abs(next.numeric - coarse.numeric) <= next.uncertainty + 1e-8 * next.steepness
        && next.uncertainty <= 1e-3 * next.steepness && (next.gap <= 0.4 * coarse.gap || !next.hasGap)
      if isSmooth || !next.isVisible && !coarse.isVisible { return }
    }
  }

  /// Adds a larger step; false if there is none.
  mutating func ascend(limit: Double, _ measure: (Double) -> Slopes) -> Bool {
    let step = slopes[high].step * Self.ratio
    guard high < 32 && step <= limit else { return false }
    let next = measure(step)
    guard next.numeric.isFinite else { return false }
    high += 1
    slopes[high] = next
    return true
  }

  private func first(_ property: (Slopes) -> Bool) -> Int? {
    for index in low...high where property(slopes[index]) { return index }
    return nil
  }

  // MARK: - Kinks

  /// Where the one-sided derivatives first differ; one step further if a corner has only just come within reach.
  private var cornerStep: Int? {
    guard let index = first({ $0.hasGap }), index < high else { return nil }
    return slopes[index + 1].gap > 4.5 * slopes[index].gap ? index + 1 : index
  }

  /// A corner: the one-sided derivatives stay apart as the step shrinks. (Where the function is smooth the gap shrinks
  /// like the step.)
  var kink: Kink? {
    guard let index = cornerStep, index + 2 <= high else { return nil }
    let (gap, next, last) = (slopes[index].gap, slopes[index + 1].gap, slopes[index + 2].gap)
    let staysApart = next > 0.6 * gap && next < 1.8 * gap && last > 0.5 * gap && last < 3 * gap
    return staysApart ? Kink(slopes: slopes[index]) : nil
  }

  /// Whether larger steps could not show a corner either.
  var isKinkExcluded: Bool {
    guard let index = first({ $0.hasGap }) else { return true }
    return index + 3 <= high || (index + 2 <= high && cornerStep == index)
  }

  // MARK: - The derivative

  var derivative: DerivativeEstimate {
    let isFlatAtFirst = slopes[low].isFlat
    guard let visible = first({ $0.isVisible }) else {
      let last = slopes[high]
      let isFlat = first({ !$0.isFlat }) == nil
      return DerivativeEstimate(kind: isFlat ? .flat : .invisible, value: last.numeric, uncertainty: last.uncertainty)
    }
    if isFlatAtFirst, visible > low + 1, first({ !$0.isFlat }) == visible {
      let last = slopes[visible - 1]
      return DerivativeEstimate(kind: .flat, value: 0, uncertainty: last.uncertainty)
    }
    // Before anything is seen the slope is less than the noise allows, even if what then appears is a jump or a corner:
    // unless it is hardly more than the noise, and the steps before were too large as well.
    let appearsClearly = visible > low + 1 && slopes[visible].steepness >= 40 * slopes[visible].uncertainty
    var best = DerivativeEstimate(
      kind: appearsClearly ? .resolved : .unresolved, value: slopes[max(low, visible - 1)].numeric,
      uncertainty: slopes[max(low, visible - 1)].uncertainty, steepness: slopes[visible].steepness)
    guard visible < high && slopes[visible + 1].steepness >= 0.5 * slopes[visible].steepness else { return best }
    var (least, greatest) = (-Double.infinity, Double.infinity)
    for index in low..<visible {
      least = max(least, slopes[index].numeric - slopes[index].uncertainty)
      greatest = min(greatest, slopes[index].numeric + slopes[index].uncertainty)
    }
    for index in visible..<high {
      // A function that oscillates within the step does not change any more when the step grows.
      if slopes[index + 1].steepness < 0.5 * slopes[index].steepness { break }
      let (value, uncertainty) = estimate(index)
      least = max(least, value - uncertainty)
      greatest = min(greatest, value + uncertainty)
      if least - greatest > 1e-9 * slopes[index].steepness { break }
      if best.kind == .unresolved || uncertainty < best.uncertainty {
        (best.kind, best.value, best.uncertainty) = (.resolved, value, uncertainty)
      }
      best.steepness = max(best.steepness, slopes[index].steepness)
    }
    return best
  }

  /// The derivative by one step, or extrapolated from it and the next ones (Richardson), and what noise, truncation and
  /// a corner nearby may make of an error.
  private func estimate(_ index: Int) -> (value: Double, uncertainty: Double) {
    let (here, next) = (slopes[index], slopes[index + 1])
    let corner = here.gap > 0.4 * next.gap ? here.gap / 2 : 0
    let change = abs(next.numeric - here.numeric)
    if change > 0.5 * here.steepness { return (here.numeric, here.uncertainty + corner + change) }
    let plain = here.uncertainty + corner + change / 4
    guard index + 2 <= high else { return (here.numeric, plain) }
    let (extrapolated, coarser) = (extrapolate(index), extrapolate(index + 1))
    let uncertainty = 1.2 * here.uncertainty + corner + abs(extrapolated - coarser) / 4
    return uncertainty < plain ? (extrapolated, uncertainty) : (here.numeric, plain)
  }

  private func extrapolate(_ index: Int) -> Double {
    let factor = Self.ratio * Self.ratio
    return (factor * slopes[index].numeric - slopes[index + 1].numeric) / (factor - 1)
  }
}
