import CDescentKernels
import CPlatform

/// A loss in the kernel table, with the number that it depends on, if there is one.
public struct LossFunction: Listed {
  public static var noun: StaticString { "loss" }

  let entry: UnsafePointer<kernel_loss>
  let parameter: Double

  public static var count: Int { kernels.pointee.loss_count }

  public static func at(_ index: Int) -> LossFunction? {
    guard index >= 0 && index < count else { return nil }
    let entry = UnsafePointer(kernel_loss_at(kernels, index))
    return LossFunction(entry: entry, parameter: entry.pointee.parameter_default)
  }

  public var number: UInt32 { UInt32(bitPattern: entry.pointee.loss) }
  public var name: UnsafePointer<CChar> { entry.pointee.name }
  public var takesLabels: Bool { entry.pointee.takes_labels }

  /// Where targets must lie; nil for anywhere.
  var targetRange: Interval? {
    let least = entry.pointee.least_target
    return least == -.infinity ? nil : Interval(minimum: least, maximum: entry.pointee.greatest_target)
  }

  /// Whether it stays the same where scores and targets move by as much.
  var movesWithTargets: Bool { !takesLabels && targetRange == nil && entry.pointee.response == KERNEL_IDENTITY }

  /// Whether its slope jumps somewhere.
  var hasKinks: Bool { entry.pointee.has_kinks }

  /// nil for a loss without a parameter.
  public var parameterName: UnsafePointer<CChar>? { entry.pointee.parameter_name }

  public func parameterRange() throws(Failure) -> (minimum: Double, maximum: Double, standard: Double) {
    _ = try requireParameter()
    return (entry.pointee.parameter_minimum, entry.pointee.parameter_maximum, entry.pointee.parameter_default)
  }

  /// The same loss with another parameter.
  public func with(parameter: Double) throws(Failure) -> LossFunction {
    let name = try requireParameter()
    let range = Interval(minimum: entry.pointee.parameter_minimum, maximum: entry.pointee.parameter_maximum)
    guard range.contains(parameter) else {
      throw Failure(.invalidArgument, "parameter: \(name): \(parameter) is outside \(range.text)")
    }
    return LossFunction(entry: entry, parameter: parameter)
  }

  private func requireParameter() throws(Failure) -> UnsafePointer<CChar> {
    guard let name = parameterName else { throw Failure(.unsupported, "loss: \(self.name) has no parameter") }
    return name
  }

  func requireLabels() throws(Failure) {
    if !takesLabels { throw Failure(.invalidArgument, "loss: \(name) takes real targets, not labels") }
  }

  func requireTargets() throws(Failure) {
    if takesLabels { throw Failure(.invalidArgument, "loss: \(name) takes labels, not real targets") }
  }

  /// The sum over some rows, in blocks of a fixed size, so that it does not depend on the number of threads.
  func sum(_ rows: kernel_rows) -> Double {
    let blocks = (rows.rows - 1) / LossJob.rowsPerBlock + 1
    // A temporary allocation may end up on the heap, and fail.
    var room = InlineArray<64, Double>(repeating: 0)
    return withUnsafeMutableBytes(of: &room) { room in
      let sums = room.baseAddress!.assumingMemoryBound(to: Double.self)
      var total = 0.0
      var first = 0
      while first < blocks {
        let count = min(blocks - first, 64)
        var job = LossJob(kernel: entry.pointee.sum, rows: rows, first: first, sums: sums)
        run(&job, pieces: count, inParallel: rows.rows * rows.columns >= leastParallelCount)
        for index in 0..<count { total += sums[index] }
        first += count
      }
      return total
    }
  }
}

/// Some blocks of rows, each with a sum of its own.
private struct LossJob: Job {
  static var rowsPerBlock: Int { 256 }

  let kernel: kernel_row_loss
  let rows: kernel_rows
  let first: Int
  let sums: UnsafeMutablePointer<Double>

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: LossJob.self).pointee
      var block = job.block(index)
      job.sums[index] = job.kernel(&block)
    }
  }

  private func block(_ index: Int) -> kernel_rows {
    let firstRow = (first + index) * Self.rowsPerBlock
    let offset = firstRow * rows.columns * (rows.is_double ? ElementType.float64 : .float32).size
    var block = rows
    block.rows = min(Self.rowsPerBlock, rows.rows - firstRow)
    block.scores = rows.scores + offset
    block.labels = rows.labels.map { $0 + firstRow }
    block.targets = rows.targets.map { $0 + offset }
    block.weights = rows.weights.map { $0 + firstRow }
    block.gradient = rows.gradient.map { $0 + offset }
    return block
  }
}
