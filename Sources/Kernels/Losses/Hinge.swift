/// The multiclass hinge loss of Weston and Watkins (1999), the course's SVM loss: `Σ_{j≠y} max(0, sⱼ − s_y + 1)`.
enum MulticlassHinge: MarginLoss {
  static var loss: Int32 { 2 }
  static var name: StaticString { "multiclass_hinge" }

  @inline(__always)
  static func value(_ margin: Lanes) -> Lanes { margin }
  @inline(__always)
  static func slope(_ margin: Lanes) -> Lanes { Lanes(repeating: 1) }
}

/// The same with each term squared: `Σ_{j≠y} max(0, sⱼ − s_y + 1)²`.
enum SquaredHinge: MarginLoss {
  static var loss: Int32 { 3 }
  static var name: StaticString { "squared_hinge" }

  @inline(__always)
  static func value(_ margin: Lanes) -> Lanes { margin * margin }
  @inline(__always)
  static func slope(_ margin: Lanes) -> Lanes { margin + margin }
}

/// A sum over the margins `sⱼ − s_y + 1` that are above 0. One that is exactly 0 adds nothing to the gradient.
protocol MarginLoss: ClassificationLoss {
  static func value(_ margin: Lanes) -> Lanes
  static func slope(_ margin: Lanes) -> Lanes
}

extension MarginLoss {
  @inline(__always)
  static func losses<Rows: ScoreRows>(
    _ rows: Rows, labels: LaneBits, gradientScale: Double, valueScale: Double
  ) -> Lanes {
    let ofLabel = rows.scores(in: labels)
    var values = Lanes()
    var slopes = Lanes()
    var column = 0
    while column < rows.columns {
      let margin = rows.scores(column) - ofLabel + 1
      // Asked this way round, a NaN counts as violated and reaches the loss.
      let satisfied = (margin .<= 0) .| (labels .== LaneBits(repeating: Int64(column)))
      values = values + value(margin).replacing(with: 0, where: satisfied)
      let slope = slope(margin).replacing(with: 0, where: satisfied)
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
    return values * valueScale
  }
}
