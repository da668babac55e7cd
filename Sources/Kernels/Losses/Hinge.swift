import CDescentKernels

/// The multiclass hinge loss of Weston and Watkins (1999), the course's SVM loss: `Σ_{j≠y} max(0, sⱼ − s_y + 1)`.
enum MulticlassHinge: ClassificationLoss {
  static var loss: Int32 { 2 }
  static var name: StaticString { "multiclass_hinge" }
  static var hasKinks: Bool { true }
}

/// The same with each term squared: `Σ_{j≠y} max(0, sⱼ − s_y + 1)²`.
enum SquaredHinge: ClassificationLoss {
  static var loss: Int32 { 3 }
  static var name: StaticString { "squared_hinge" }
}

/// The sum of the rows' hinge losses. Out of line, so that there is one copy for both powers.
@inline(never)
func classifyMargins(power: Double, _ rows: UnsafePointer<kernel_rows>) -> Double {
  classify(MarginLoss(power: power), binary: hinge(power: power), rows)
}

@inline(never)
func classifyMargins(power: Double, _ rows: UnsafePointer<kernel_packed_rows>) -> Double {
  classify(MarginLoss(power: power), binary: hinge(power: power), rows)
}

/// A sum of powers, 1 or 2, of the margins `sⱼ − s_y + 1` that are above 0. One that is exactly 0 adds nothing to the gradient,
/// unless the kink there is smoothed.
private struct MarginLoss: RowLoss {
  let power: Double

  /// The loss of a margin that was multiplied by `scale.difference`, and its slope.
  @inline(__always)
  private func term(_ margin: Lanes, _ scale: LossScale) -> (value: Lanes, slope: Lanes) {
    if power == 1 && scale.smoothing > 0 {
      let ramp = scale.ramp(margin)
      return (ramp.value * scale.linear, ramp.slope)
    }
    let base = margin * (power == 1 ? scale.linear : scale.root)
    let rest = base.replacing(with: 1, where: SIMDMask<LaneBits>(repeating: power == 1))
    return (base * rest, power * rest)
  }

  /// The margins up to which there is no loss.
  @inline(__always)
  private func satisfied(_ scale: LossScale) -> Double { power == 1 ? -0.5 * scale.smoothing : 0 }

  /// The factor between the sums of these slopes and the gradient.
  @inline(__always)
  private func gradientScale(_ scale: LossScale) -> Double { power == 1 ? scale.gradient : scale.gradientOfRoot }

  @inline(__always)
  func losses<Rows: ScoreRows>(_ rows: Rows, labels: LaneBits, scale: LossScale) -> Lanes {
    let ofLabel = rows.scores(in: labels) * scale.difference
    let (gradientScale, bound) = (gradientScale(scale), satisfied(scale))
    var values = Lanes()
    var slopes = Lanes()
    var column = 0
    while column < rows.columns {
      let margin = rows.scores(column) * scale.difference - ofLabel + scale.difference
      // Written this way, a NaN counts as a violation and reaches the loss.
      let satisfied = (margin .<= bound) .| (labels .== LaneBits(repeating: Int64(column)))
      let term = term(margin, scale)
      values = values + term.value.replacing(with: 0, where: satisfied)
      let slope = term.slope.replacing(with: 0, where: satisfied)
      slopes = slopes + slope
      if rows.takesGradient { rows.setGradient(slope * gradientScale, column) }
      column += 1
    }
    if rows.takesGradient {
      let ownSlopes = 0 - slopes * gradientScale
      var row = 0
      while row < Lanes.scalarCount {
        rows.setGradient(ownSlopes[row], Int(labels[row]), row: row)
        row += 1
      }
    }
    return values
  }
}

private func hinge(power: Double) -> ColumnFunction {
  power == 1 ? { compute(HingeTerm.self, $0) } : { compute(SquaredHingeTerm.self, $0) }
}
