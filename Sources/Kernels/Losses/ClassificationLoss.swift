import CDescentKernels

/// What is known of a loss of a row of scores against the row's label.
protocol ClassificationLoss {
  /// The pinned value of `descent_loss`, and the name in configuration files.
  static var loss: Int32 { get }
  static var name: StaticString { get }

  /// Whether finite scores have a finite loss, if need be the greatest double.
  static var staysFinite: Bool { get }
  /// Whether its slope jumps somewhere.
  static var hasKinks: Bool { get }
}

extension ClassificationLoss {
  static var staysFinite: Bool { false }
  static var hasKinks: Bool { false }
}

/// Such a loss of eight rows at a time. The loops over rows, element types and layouts are generic.
protocol RowLoss {
  /// Returns the rows' losses and fills in the gradient, both times their factors.
  func losses<Rows: ScoreRows>(_ rows: Rows, labels: LaneBits, scale: LossScale) -> Lanes

  /// The loss of each lane where there are two classes, of which one has the score and the other 0, and its derivative, both
  /// times their factors.
  func term(score: Lanes, isOfLabel: SIMDMask<LaneBits>, _ scale: LossScale) -> (value: Lanes, gradient: Lanes)
}

/// The sum of the rows' losses, row by row.
@inline(__always)
func classify<L: RowLoss>(_ loss: L, _ rows: UnsafePointer<kernel_rows>) -> Double {
  let rows = rows.pointee
  var total = 0.0
  var first = 0
  while first < rows.rows {
    let count = min(Lanes.scalarCount, rows.rows - first)
    let labels = labelLanes(rows.labels.unsafelyUnwrapped + first, count: count)
    let losses = losses(loss, StridedRows(rows, from: first), labels, LossScale(rows), isBinary: rows.is_binary)
    add(losses, count: count, to: &total)
    first += Lanes.scalarCount
  }
  return total
}

/// The same for up to eight packed rows; their gradient takes the scores' place.
@inline(__always)
func classify<L: RowLoss>(_ loss: L, _ rows: UnsafePointer<kernel_packed_rows>) -> Double {
  let rows = rows.pointee
  let labels = labelLanes(rows.labels.unsafelyUnwrapped, count: rows.rows)
  let scale = LossScale(gradient: rows.gradient_scale, smoothing: rows.smoothing)
  var total = 0.0
  add(losses(loss, PackedRows(rows), labels, scale, isBinary: rows.is_binary), count: rows.rows, to: &total)
  return total
}

/// The rows' losses, times their weights.
@inline(__always)
private func losses<L: RowLoss, Rows: ScoreRows>(
  _ loss: L, _ rows: Rows, _ labels: LaneBits, _ scale: LossScale, isBinary: Bool
) -> Lanes {
  if !isBinary { return rows.weights.apply(to: loss.losses(rows, labels: labels, scale: scale)) }
  let term = loss.term(score: rows.scores(0), isOfLabel: labels .== LaneBits(repeating: 1), scale)
  if rows.takesGradient { rows.setGradient(term.gradient, 0) }
  return rows.weights.apply(to: term.value)
}

/// Adds the first `count` losses in the order of the rows.
@inline(__always)
func add(_ losses: Lanes, count: Int, to total: inout Double) {
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
