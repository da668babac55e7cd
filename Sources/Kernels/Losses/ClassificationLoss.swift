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
}

/// The sum of the rows' losses, row by row. Where there are two classes, of which one has the score and the other 0, it is
/// `binary`.
@inline(__always)
func classify<L: RowLoss>(_ loss: L, binary: ColumnFunction, _ rows: UnsafePointer<kernel_rows>) -> Double {
  if rows.pointee.is_binary { return classifyColumns(binary, rows) }
  return sum(rows) { loss.losses($0, labels: $1, scale: $2) }
}

/// The same for up to eight packed rows; their gradient takes the scores' place.
@inline(__always)
func classify<L: RowLoss>(_ loss: L, binary: ColumnFunction, _ rows: UnsafePointer<kernel_packed_rows>) -> Double {
  if rows.pointee.is_binary { return classifyColumns(binary, rows) }
  return sum(rows) { loss.losses($0, labels: $1, scale: $2) }
}

/// A loss of each column by itself, whose target is 1 in the label's own column and 0 in the others. A binary model's only
/// column is that of class 1. Out of line, so that there is one copy for all of them.
@inline(never)
func classifyColumns(_ function: ColumnFunction, _ rows: UnsafePointer<kernel_rows>) -> Double {
  let first = rows.pointee.is_binary ? 1 : 0
  return sum(rows) { columnLosses(function, $0, $1, firstClass: first, $2) }
}

@inline(never)
func classifyColumns(_ function: ColumnFunction, _ rows: UnsafePointer<kernel_packed_rows>) -> Double {
  let first = rows.pointee.is_binary ? 1 : 0
  return sum(rows) { columnLosses(function, $0, $1, firstClass: first, $2) }
}

@inline(__always)
private func columnLosses<Rows: ScoreRows>(
  _ function: ColumnFunction, _ rows: Rows, _ labels: LaneBits, firstClass: Int, _ scale: LossScale
) -> Lanes {
  var term = ColumnTerm(parameter: 0, scale)
  var losses = Lanes()
  var column = 0
  while column < rows.columns {
    term.prediction = rows.scores(column)
    term.target = oneHot(labels .== LaneBits(repeating: Int64(column + firstClass)))
    term.compute(function)
    losses = losses + term.value
    if rows.takesGradient { rows.setGradient(term.gradient, column) }
    column += 1
  }
  return losses
}

/// 1 where a column is the label's own, else 0.
@inline(__always)
func oneHot(_ isOfLabel: SIMDMask<LaneBits>) -> Lanes { Lanes().replacing(with: 1, where: isOfLabel) }

@inline(__always)
private func sum(
  _ rows: UnsafePointer<kernel_rows>, _ losses: (StridedRows, LaneBits, LossScale) -> Lanes
) -> Double {
  let rows = rows.pointee
  var total = 0.0
  var first = 0
  while first < rows.rows {
    let count = min(Lanes.scalarCount, rows.rows - first)
    let labels = labelLanes(rows.labels.unsafelyUnwrapped + first, count: count)
    let strided = StridedRows(rows, from: first)
    add(strided.weights.apply(to: losses(strided, labels, LossScale(rows))), count: count, to: &total)
    first += Lanes.scalarCount
  }
  return total
}

@inline(__always)
private func sum(
  _ rows: UnsafePointer<kernel_packed_rows>, _ losses: (PackedRows, LaneBits, LossScale) -> Lanes
) -> Double {
  let rows = rows.pointee
  let labels = labelLanes(rows.labels.unsafelyUnwrapped, count: rows.rows)
  let packed = PackedRows(rows)
  var total = 0.0
  let own = losses(packed, labels, LossScale(gradient: rows.gradient_scale, smoothing: rows.smoothing))
  add(packed.weights.apply(to: own), count: rows.rows, to: &total)
  return total
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
