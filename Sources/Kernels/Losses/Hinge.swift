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
  static func row(
    _ scores: LaneRow, label: Int, gradient: LaneRow?, gradientScale: Double, valueScale: Double
  ) -> Double {
    let ofLabel = scores[label]
    var values = Lanes()
    var slopes = Lanes()
    var index = 0
    while index < scores.count {
      let margin = scores.read(at: index, fill: 0) - ofLabel + 1
      let indices = laneIndices(from: index)
      let isNoOther =
        (indices .== LaneBits(repeating: Int64(label))) .| (indices .>= LaneBits(repeating: Int64(scores.count)))
      // Asked this way round, a NaN counts as violated and reaches the loss.
      let satisfied = (margin .<= 0) .| isNoOther
      values = values + value(margin).replacing(with: 0, where: satisfied)
      let slope = slope(margin).replacing(with: 0, where: satisfied)
      slopes = slopes + slope
      gradient?.write(slope * gradientScale, at: index)
      index += Lanes.scalarCount
    }
    gradient?[label] = 0 - sum(slopes) * gradientScale
    return sum(values) * valueScale
  }
}
