import CDescentKernels

/// A loss of a row of scores against the row's label. The loop over the rows and the element types follow from it.
protocol ClassificationLoss {
  /// The pinned value of `descent_loss`, and the name in configuration files.
  static var loss: Int32 { get }
  static var name: StaticString { get }

  /// Returns the row's loss times `valueScale`, and fills in the gradient times `gradientScale`.
  static func row(
    _ scores: LaneRow, label: Int, gradient: LaneRow?, gradientScale: Double, valueScale: Double
  ) -> Double
}

/// The sum of the rows' losses, row by row.
@inline(__always)
func classify<L: ClassificationLoss>(_: L.Type, _ rows: UnsafePointer<kernel_rows>) -> Double {
  let rows = rows.pointee
  let labels = rows.labels.unsafelyUnwrapped
  let pitch = rows.columns * (rows.is_double ? MemoryLayout<Double>.stride : MemoryLayout<Float>.stride)
  var total = 0.0
  var row = 0
  while row < rows.rows {
    total += L.row(
      LaneRow(rows.scores + row * pitch, count: rows.columns, isDouble: rows.is_double),
      label: Int(labels[row]),
      gradient: rows.gradient.map { LaneRow($0 + row * pitch, count: rows.columns, isDouble: rows.is_double) },
      gradientScale: rows.gradient_scale,
      valueScale: rows.value_scale)
    row += 1
  }
  return total
}
