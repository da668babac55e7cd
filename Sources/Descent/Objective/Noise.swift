/// How far a function's values are from those of a smooth function: the standard deviation of one value.
struct Noise {
  /// Near the point where it was measured.
  let level: Double
  /// Of larger values, as a share of them.
  let relative: Double
  /// How many times greater it may be where the function does not change at all. If it is constant wherever it was
  /// measured, it may be computed in single precision, with changes that are lost in the rounding.
  private(set) var whereFlat = 1.0

  func of(_ first: Double, _ second: Double) -> Double { max(level, relative * max(abs(first), abs(second))) }

  /// Measures the noise of an objective's values near `x`, where it is `value`: at least the rounding of that value.
  ///
  /// The fourth differences at nine points next to each other are nothing but noise if the points are close enough
  /// (Moré and Wild, "Estimating computational noise", SISC 2011). If they are too close, a function that is computed in
  /// single precision does not change at all. So the distance grows, by 16 each time. What the differences then become
  /// tells the two apart: those of a smooth function grow at most like the fourth power of the distance, whereas the
  /// steps of a rounded function appear all at once.
  init(
    of objective: Objective, at x: UnsafePointer<Double>, count: Int, value: Double,
    scratch: UnsafeMutablePointer<Double>
  ) {
    let rounding = Double.ulpOfOne * abs(value)
    var level = rounding
    var relative = Double.ulpOfOne
    var previous = rounding
    var shiftsWithSteps = 0
    // A rounded function may be constant for long, and then rise by one unit from point to point.
    var (isConstant, wasConstant) = (true, true)
    var shift = 0x1p-44
    while shift <= (isConstant || wasConstant && level == rounding ? 0x1p-8 : 0x1p-20) {
      let sample = Sample(of: objective, at: x, count: count, value: value, shift: shift, scratch: scratch)
      guard sample.deviation.isFinite else { break }
      let deviation = max(sample.deviation, rounding)
      let appearsAtOnce = shift > 0x1p-44 && deviation > 4 * 0x1p16 * previous
      if appearsAtOnce && shiftsWithSteps == 0 { shiftsWithSteps = 3 }
      // More and more of the steps are met, until the points are further apart than they.
      guard shift == 0x1p-44 || deviation <= 8 * previous || shiftsWithSteps > 0 else { break }
      level = max(level, deviation)
      if shiftsWithSteps > 0 {
        relative = max(relative, min(deviation / sample.largest, 4 * shift))
        shiftsWithSteps -= 1
        if shiftsWithSteps == 0 { break }
      }
      previous = deviation
      (isConstant, wasConstant) = (isConstant && sample.isConstant, isConstant)
      shift *= 16
    }
    self.init(level: level, relative: relative)
    if isConstant { whereFlat = 0x1p28 }
  }

  init(level: Double, relative: Double) {
    self.level = level
    self.relative = relative
  }

  /// Nine values at points that lie `shift` times the coordinates apart.
  private struct Sample {
    let deviation: Double
    let largest: Double
    let isConstant: Bool

    init(
      of objective: Objective, at x: UnsafePointer<Double>, count: Int, value: Double, shift: Double,
      scratch: UnsafeMutablePointer<Double>
    ) {
      var values = InlineArray<9, Double>(repeating: value)
      var (largest, isConstant) = (abs(value), true)
      for step in 1..<9 {
        for index in 0..<count {
          // Equal distances, whatever the rounding: that would look like noise.
          let distance = x[index] == 0 ? shift : x[index] + shift * x[index] - x[index]
          scratch[index] = x[index] + Double(step) * distance
        }
        values[step] = objective(scratch, nil)
        largest = max(largest, abs(values[step]))
        isConstant = isConstant && values[step] == value
      }
      var sum = 0.0
      for first in 0..<5 {
        let fourth =
          (values[first] + values[first + 4]) - 4 * (values[first + 1] + values[first + 3]) + 6 * values[first + 2]
        sum += fourth * fourth
      }
      // Fourth differences of independent numbers have 70 times their variance.
      deviation = (sum / 5 / 70).squareRoot()
      self.largest = largest
      self.isConstant = isConstant
    }
  }
}
