/// Softmax cross-entropy: `log Σⱼ exp(sⱼ − max s) − (s_y − max s)`, gradient `p − onehot(y)`. No score is too large: the
/// greatest exponent is 0.
struct SoftmaxCrossEntropy: ClassificationLoss, RowLoss {
  static var loss: Int32 { 1 }
  static var name: StaticString { "softmax_cross_entropy" }
  static var staysFinite: Bool { true }

  @inline(__always)
  func losses<Rows: ScoreRows>(_ rows: Rows, labels: LaneBits, scale: LossScale) -> Lanes {
    let ofLabel = rows.scores(in: labels)
    var greatest = rows.scores(0)
    var column = 1
    while column < rows.columns {
      greatest = maximum(greatest, rows.scores(column))
      column += 1
    }
    let total = exponentials(rows, greatest, labels, scale.gradient)
    let distance = greatest * scale.difference - ofLabel * scale.difference
    return (log(total) * scale.difference + distance) * scale.linear
  }

  /// The sum of the exponentials. The gradient needs them again: those of the first columns are kept, the others are
  /// recomputed, with the same bits.
  @inline(__always)
  private func exponentials<Rows: ScoreRows>(
    _ rows: Rows, _ greatest: Lanes, _ labels: LaneBits, _ gradientScale: Double
  ) -> Lanes {
    var kept = InlineArray<12, Lanes> { _ in Lanes() }
    var total = Lanes()
    var column = 0
    while column < rows.columns {
      let exponential = exp(rows.scores(column) - greatest)
      if column < kept.count { kept[column] = exponential }
      total = total + exponential
      column += 1
    }
    guard rows.takesGradient else { return total }
    let inverse = 1 / total
    column = 0
    while column < rows.columns {
      let exponential = column < kept.count ? kept[column] : exp(rows.scores(column) - greatest)
      let probability = exponential * inverse
      let hit = labels .== LaneBits(repeating: Int64(column))
      rows.setGradient(probability.replacing(with: probability - 1, where: hit) * gradientScale, column)
      column += 1
    }
    return total
  }
}
