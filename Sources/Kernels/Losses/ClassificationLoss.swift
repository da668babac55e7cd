import CDescentKernels

/// A loss of a row of scores against the row's label, for eight rows at a time. The loops over rows, element types and layouts
/// are generic.
protocol ClassificationLoss {
  /// The pinned value of `descent_loss`, and the name in configuration files.
  static var loss: Int32 { get }
  static var name: StaticString { get }

  /// Whether finite scores have a finite loss, if need be the greatest double.
  static var staysFinite: Bool { get }

  /// Returns the rows' losses and fills in the gradient, both times their factors.
  static func losses<Rows: ScoreRows>(_ rows: Rows, labels: LaneBits, scale: LossScale) -> Lanes
}

extension ClassificationLoss {
  static var staysFinite: Bool { false }
}

/// The sum of the rows' losses, row by row.
@inline(__always)
func classify<L: ClassificationLoss>(_: L.Type, _ rows: UnsafePointer<kernel_rows>) -> Double {
  let rows = rows.pointee
  var total = 0.0
  var first = 0
  while first < rows.rows {
    let count = min(Lanes.scalarCount, rows.rows - first)
    let losses = L.losses(
      StridedRows(rows, from: first), labels: labelLanes(rows.labels.unsafelyUnwrapped + first, count: count),
      scale: LossScale(rows))
    add(losses, count: count, to: &total)
    first += Lanes.scalarCount
  }
  return total
}

/// The same for up to eight packed rows; their gradient takes the scores' place.
@inline(__always)
func classify<L: ClassificationLoss>(_: L.Type, _ rows: UnsafePointer<kernel_packed_rows>) -> Double {
  let rows = rows.pointee
  let losses = L.losses(
    PackedRows(base: rows.scores, columns: rows.columns, takesGradient: rows.takes_gradient),
    labels: labelLanes(rows.labels, count: rows.rows), scale: LossScale(gradient: rows.gradient_scale))
  var total = 0.0
  add(losses, count: rows.rows, to: &total)
  return total
}

/// Adds the first `count` losses in the order of the rows.
@inline(__always)
private func add(_ losses: Lanes, count: Int, to total: inout Double) {
  var lane = 0
  while lane < count {
    total += losses[lane]
    lane += 1
  }
}

/// The rows' labels; lanes past the last row repeat it.
@inline(__always)
private func labelLanes(_ labels: UnsafePointer<Int32>, count: Int) -> LaneBits {
  LaneBits { Int64(labels[min($0, count - 1)]) }
}

extension ScoreRows {
  /// Each row's score in its own column.
  @inline(__always)
  func scores(in columns: LaneBits) -> Lanes { Lanes { score(Int(columns[$0]), row: $0) } }
}
