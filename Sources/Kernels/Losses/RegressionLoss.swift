import CDescentKernels

/// A loss of predictions against real targets, element by element. The loop over elements and element types is
/// generic.
protocol RegressionLoss {
  /// The pinned value of `descent_loss`, and the name in configuration files.
  static var loss: Int32 { get }
  static var name: StaticString { get }
  /// Whether targets must lie in [0, 1].
  static var targetsAreProbabilities: Bool { get }

  /// The loss of each lane and its derivative, both times their factors.
  static func term(prediction: Lanes, target: Lanes, _ scale: LossScale) -> (value: Lanes, gradient: Lanes)
}

extension RegressionLoss {
  static var targetsAreProbabilities: Bool { false }
}

/// The sum of the losses of all elements, eight partial sums in the elements' order.
@inline(__always)
func regress<L: RegressionLoss>(_: L.Type, _ rows: UnsafePointer<kernel_rows>) -> Double {
  let rows = rows.pointee
  let count = rows.rows * rows.columns
  let predictions = LaneRow(rows.scores, count: count, isDouble: rows.is_double)
  let targets = LaneRow(rows.targets.unsafelyUnwrapped, count: count, isDouble: rows.is_double)
  let gradient = rows.gradient.map { LaneRow($0, count: count, isDouble: rows.is_double) }
  let scale = LossScale(rows)
  var total = Lanes()
  var index = 0
  while index < count {
    let term = L.term(
      prediction: predictions.read(at: index, fill: 0), target: targets.read(at: index, fill: 0), scale)
    let beyond = laneIndices(from: index) .>= LaneBits(repeating: Int64(count))
    total = total + term.value.replacing(with: 0, where: beyond)
    gradient?.write(term.gradient, at: index)
    index += Lanes.scalarCount
  }
  return sum(total)
}
