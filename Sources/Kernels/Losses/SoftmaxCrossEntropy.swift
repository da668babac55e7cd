/// Softmax cross-entropy: `log Σⱼ exp(sⱼ − max s) − (s_y − max s)`, gradient `p − onehot(y)`. No score is too large: the
/// greatest exponent is 0.
enum SoftmaxCrossEntropy: ClassificationLoss {
  static var loss: Int32 { 1 }
  static var name: StaticString { "softmax_cross_entropy" }

  @inline(__always)
  static func row(
    _ scores: LaneRow, label: Int, gradient: LaneRow?, gradientScale: Double, valueScale: Double
  ) -> Double {
    var index = 0
    var greatestLanes = Lanes(repeating: -.infinity)
    while index < scores.count {
      greatestLanes = maximum(greatestLanes, scores.read(at: index, fill: -.infinity))
      index += Lanes.scalarCount
    }
    let greatest = maximum(greatestLanes)

    index = 0
    var sumLanes = Lanes()
    while index < scores.count {
      sumLanes = sumLanes + exp(scores.read(at: index, fill: -.infinity) - greatest)
      index += Lanes.scalarCount
    }
    let total = sum(sumLanes)
    let ofLabel = scores[label]

    if let gradient {
      index = 0
      while index < scores.count {
        let probability = exp(scores.read(at: index, fill: -.infinity) - greatest) / total
        let hit = laneIndices(from: index) .== LaneBits(repeating: Int64(label))
        gradient.write(probability.replacing(with: probability - 1, where: hit) * gradientScale, at: index)
        index += Lanes.scalarCount
      }
    }

    // Scaled first, so that the distance of two huge scores overflows only where the mean itself would.
    var distance = greatest * valueScale - ofLabel * valueScale
    if distance == .infinity && greatest.isFinite && ofLabel.isFinite { distance = .greatestFiniteMagnitude }
    return log(Lanes(repeating: total))[0] * valueScale + distance
  }
}
