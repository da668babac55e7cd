/// A search along a line for a step that meets the strong Wolfe conditions (Moré and Thuente, "Line search algorithms with
/// guaranteed sufficient decrease", 1994). Where the values are so close that rounding decides which is lower, the slopes alone
/// do (Hager and Zhang 2005, the approximate Wolfe conditions).
struct LineSearch {
  /// The share of the slope by which the value must fall, and the share to which the slope must flatten.
  let decrease: Double
  let curvature: Double
  /// How often the function is evaluated at most, once something lower has been found.
  let most: Int

  /// So often at least before a search is given up that has found nothing lower.
  static var leastTries: Int { 20 }
  var mostTries: Int { max(most, Self.leastTries) }

  struct Place {
    var step: Double
    var value: Double
    var slope: Double

    /// On the function less a line through the start.
    func tilted(_ tilt: Double) -> Place { Place(step: step, value: value - step * tilt, slope: slope - tilt) }
  }

  enum Outcome {
    /// The step, whether or not it was the last one that was evaluated.
    case found(Double)
    /// The function falls on and on, until it or the point leaves the range of a double.
    case endless
    /// No step went down. `sawNumbers`: whether the function was finite somewhere.
    case failed(sawNumbers: Bool)
  }

  /// Searches along a point's direction, where its slope is below 0, with `first` as first step and none beyond `largest`.
  func run(
    _ point: inout BatchPoint, slope: Double, first: Double, largest: Double, _ evaluate: Evaluation
  ) -> Outcome {
    let start = Place(step: 0, value: point.value, slope: slope)
    let noise = point.noise * point.value.magnitude
    var bracket = Bracket(start: start, noise: noise)
    var largest = largest
    var step = min(first, largest)
    var isModified = true
    var (sawNumbers, tries, stride) = (false, 0, 16.0)
    while true {
      if tries >= most {
        let isLower = bracket.low.step > 0 && bracket.low.value < start.value
        if isLower && bracket.isOpen && largest == .infinity && bracket.low.step >= 0x1p20 * first {
          // No end in sight after steps ever longer. If there is one, longer strides find it soon.
          step = bracket.low.step * stride
          stride *= stride
        } else if isLower || tries >= mostTries {
          break
        }
      }
      tries += 1
      let found = point.attempt(step, evaluate)
      let now = Place(step: step, value: found.value, slope: found.slope)
      guard point.trialIsFinite && now.slope.isFinite else {
        if stride > 16 && point.trialIsBeyond { return .endless }
        // The function ends somewhere before.
        let low = bracket.low.step
        largest = min(largest, low + (step - low) / 2)
        step = low + (step - low) / 10
        bracket.forgetFarEnd()
        if step == low { break }
        continue
      }
      sawNumbers = sawNumbers || point.hasMoved
      let allowed = start.value + decrease * step * start.slope
      let isLow = now.value <= allowed && now.value < start.value
      if isLow && now.slope.magnitude <= curvature * start.slope.magnitude { return .found(step) }
      if now.value <= start.value + noise && now.slope.magnitude <= curvature * start.slope.magnitude
        && now.slope <= (2 * decrease - 1) * start.slope && point.flattens
      {
        return .found(step)
      }
      if step >= largest && isLow && now.slope <= decrease * start.slope { return .found(step) }
      if now.value <= allowed && now.slope >= min(decrease, curvature) * start.slope { isModified = false }
      // At first that of the paper's function ψ is sought, which is the value above the line of sufficient decrease.
      let tilt = isModified && now.value <= bracket.low.value && now.value > allowed ? decrease * start.slope : 0
      guard let next = bracket.narrow(now, tilt: tilt, largest: largest), next != step else { break }
      step = next
    }
    // Neither condition can be met to the letter; any lower value will do.
    if bracket.low.step > 0 && bracket.low.value < start.value { return .found(bracket.low.step) }
    return .failed(sawNumbers: sawNumbers)
  }
}

/// The interval of uncertainty: the best place so far, and another end beyond the minimum when it is known.
struct Bracket {
  private(set) var low: LineSearch.Place
  private var far: LineSearch.Place
  private var isClosed = false
  /// Whether the function was still falling at the last place.
  var isOpen: Bool { !isClosed }
  private let noise: Double
  private var width = Double.infinity
  private var widthBefore = Double.infinity

  init(start: LineSearch.Place, noise: Double) {
    (low, far, self.noise) = (start, start, noise)
  }

  mutating func forgetFarEnd() {
    isClosed = false
    far = low
    (width, widthBefore) = (.infinity, .infinity)
  }

  /// Takes in a place, and returns the next step to try; nil if there is none left between the ends. `tilt` is subtracted
  /// from slopes, and its line from values.
  mutating func narrow(_ given: LineSearch.Place, tilt: Double, largest: Double) -> Double? {
    let (best, other, now) = (low.tilted(tilt), far.tilted(tilt), given.tilted(tilt))
    let isFlat = (now.value - best.value).magnitude <= noise
    let isHigher = now.value > best.value && !isFlat
    let turns = now.slope * (best.step - now.step) < 0
    var next = proposal(best, other, now, isHigher, turns, isFlat: isFlat, largest: largest)
    if isHigher {
      far = given
      isClosed = true
    } else {
      if turns {
        far = low
        isClosed = true
      }
      low = given
    }
    if !isClosed {
      let distance = given.step - best.step
      next = min(max(next, given.step + 1.1 * distance), given.step + 4 * distance)
      return given.step < largest ? min(next, largest) : nil
    }
    let (least, greatest) = (min(low.step, far.step), max(low.step, far.step))
    if greatest - least <= Double.ulpOfOne * greatest { return nil }
    // Where two places have not made the interval much smaller, it is halved.
    if (far.step - low.step).magnitude >= 0.66 * widthBefore { next = low.step + (far.step - low.step) / 2 }
    widthBefore = width
    width = (far.step - low.step).magnitude
    next = min(max(next, least), greatest)
    if next == least || next == greatest || !next.isFinite { next = least + (greatest - least) / 2 }
    return next
  }

  /// The four cases of section 4 of the paper.
  private func proposal(
    _ best: LineSearch.Place, _ other: LineSearch.Place, _ now: LineSearch.Place, _ isHigher: Bool, _ turns: Bool,
    isFlat: Bool, largest: Double
  ) -> Double {
    let secant = now.step - now.slope * ((now.step - best.step) / (now.slope - best.slope))
    if isHigher {
      let cubic = minimum(best, now)
      let slope = (now.value - best.value) / (now.step - best.step)
      let parabola = best.step + best.slope / (best.slope - slope) / 2 * (now.step - best.step)
      let isNearer = (cubic - best.step).magnitude < (parabola - best.step).magnitude
      return isNearer ? cubic : cubic + (parabola - cubic) / 2
    }
    if turns {
      let cubic = isFlat ? secant : minimum(best, now)
      return (cubic - now.step).magnitude > (secant - now.step).magnitude ? cubic : secant
    }
    let limit = now.step + 4 * (now.step - best.step)
    let outward = now.step > best.step ? min(limit, largest) : max(limit, 0)
    if now.slope.magnitude <= best.slope.magnitude {
      // Where the cubic has no minimum ahead, it falls for ever.
      var cubic = isFlat ? secant : minimum(best, now)
      if !((cubic - now.step) * (now.step - best.step) > 0) { cubic = outward }
      let ahead = (secant - now.step) * (now.step - best.step) > 0 ? secant : outward
      if isClosed {
        let nearer = (cubic - now.step).magnitude < (ahead - now.step).magnitude ? cubic : ahead
        let edge = now.step + 0.66 * (other.step - now.step)
        return now.step > best.step ? min(edge, nearer) : max(edge, nearer)
      }
      let farther = (cubic - now.step).magnitude > (ahead - now.step).magnitude ? cubic : ahead
      return min(farther, outward)
    }
    return isClosed ? minimum(now, other) : outward
  }

  /// Where the cubic with the values and slopes of two places has its minimum.
  private func minimum(_ a: LineSearch.Place, _ b: LineSearch.Place) -> Double {
    let distance = b.step - a.step
    let theta = 3 * (a.value - b.value) / distance + a.slope + b.slope
    let scale = max(theta.magnitude, max(a.slope.magnitude, b.slope.magnitude))
    if scale == 0 { return a.step }
    let square = (theta / scale) * (theta / scale) - (a.slope / scale) * (b.slope / scale)
    let root = (distance < 0 ? -scale : scale) * max(0, square).squareRoot()
    // Of the two forms of the solution, that without cancellation.
    let share = (root - a.slope + theta) / (root - a.slope + root + b.slope)
    return a.step + share * distance
  }
}
