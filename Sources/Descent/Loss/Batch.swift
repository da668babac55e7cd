import CDescentKernels

/// Scores or predictions of a batch, and where their gradient goes: the arguments that all losses share. Borrowed.
public struct Batch {
  let scores: UnsafeRawPointer
  let gradient: UnsafeMutableRawPointer?
  let shape: Shape

  /// The names are what the caller calls the scores and the number of columns.
  @inline(never)
  public init(
    scores: UnsafeRawPointer, gradient: UnsafeMutableRawPointer?, rows: Int, columns: Int, type: ElementType,
    scoresName: StaticString, columnsName: StaticString
  ) throws(Failure) {
    shape = try Shape(rows: rows, columns: columns, type: type, rowsName: "batch", columnsName: columnsName)
    if let gradient, UnsafeRawPointer(gradient) != scores,
      overlap(gradient, scores, bytes: shape.count * type.size)
    {
      throw Failure(.invalidArgument, "gradient overlaps the \(scoresName) without being the same array")
    }
    self.scores = scores
    self.gradient = gradient
  }
}

extension LossFunction {
  /// The mean loss of a batch against labels.
  public func classify(_ batch: Batch, labels: UnsafePointer<Int32>) throws(Failure) -> Double {
    try requireLabels()
    try checkLabels(labels, count: batch.shape.rows, classes: batch.shape.columns)
    return mean(batch, labels: labels, targets: nil)
  }

  /// The mean loss of a batch against real targets.
  public func regress(_ batch: Batch, targets: UnsafeRawPointer) throws(Failure) -> Double {
    try requireTargets()
    if let gradient = batch.gradient, overlap(gradient, targets, bytes: batch.shape.count * batch.shape.type.size) {
      throw Failure(.invalidArgument, "gradient overlaps targets")
    }
    try checkTargets(targets, count: batch.shape.count, type: batch.shape.type)
    return mean(batch, labels: nil, targets: targets)
  }

  private func mean(_ batch: Batch, labels: UnsafePointer<Int32>?, targets: UnsafeRawPointer?) -> Double {
    var rows = kernel_rows(
      is_double: batch.shape.type == .float64, scores: batch.scores, labels: labels, targets: targets,
      gradient: batch.gradient,
      rows: batch.shape.rows, columns: batch.shape.columns, gradient_scale: 1 / Double(batch.shape.rows),
      shrinks: false, parameter: parameter, weights: nil, is_binary: false, smoothing: 0)
    // A pass that overwrites the scores with the gradient comes last.
    let isInPlace = rows.gradient == UnsafeMutableRawPointer(mutating: rows.scores)
    if isInPlace { rows.gradient = nil }
    var value = sum(rows) * rows.gradient_scale
    if !value.isFinite {
      // A sum, a loss or a slope may have overflowed although the means do not.
      rows.shrinks = true
      value = mean(ofShrunk: sum(rows), rows: batch.shape.rows)
    }
    if isInPlace {
      rows.gradient = batch.gradient
      _ = sum(rows)
    }
    return value
  }

  /// Throws unless the loss takes every target.
  func checkTargets(_ targets: UnsafeRawPointer, count: Int, type: ElementType) throws(Failure) {
    guard let range = targetRange else { return }
    if type.isDouble {
      try checkTargets(targets, Double.self, count: count, range)
    } else {
      try checkTargets(targets, Float.self, count: count, range)
    }
  }

  private func checkTargets<T: BinaryFloatingPoint & BitwiseCopyable>(
    _ targets: UnsafeRawPointer, _: T.Type, count: Int, _ range: Interval
  ) throws(Failure) {
    for index in 0..<count {
      let target = Double(targets.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: T.self))
      if range.contains(target) { continue }
      throw Failure(.invalidArgument, "targets[\(index)]: \(target) is outside \(range.text)")
    }
  }

  private func mean(ofShrunk sum: Double, rows: Int) -> Double {
    let mean = sum / Double(rows) / KERNEL_LOSS_SHRINK
    return entry.pointee.stays_finite && sum.isFinite ? min(mean, .greatestFiniteMagnitude) : mean
  }
}

/// Throws unless every label is a class number.
func checkLabels(_ labels: UnsafePointer<Int32>, count: Int, classes: Int) throws(Failure) {
  for index in 0..<count where labels[index] < 0 || Int(labels[index]) >= classes {
    throw Failure(.invalidArgument, "labels[\(index)]: \(labels[index]) is outside [0, \(classes))")
  }
}
