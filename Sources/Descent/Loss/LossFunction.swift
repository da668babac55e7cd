import CDescentKernels

/// A loss in the kernel table.
public struct LossFunction: Listed {
  public static var noun: StaticString { "loss" }

  let entry: UnsafePointer<kernel_loss>

  public static var count: Int { kernels.pointee.loss_count }

  public static func at(_ index: Int) -> LossFunction? {
    guard index >= 0 && index < count else { return nil }
    return LossFunction(entry: kernel_loss_at(kernels, index))
  }

  public var number: UInt32 { UInt32(bitPattern: entry.pointee.loss) }
  public var name: UnsafePointer<CChar> { entry.pointee.name }
  public var takesLabels: Bool { entry.pointee.takes_labels }

  func requireLabels() throws(Failure) {
    if !takesLabels { throw Failure(.invalidArgument, "loss: \(name) takes real targets, not labels") }
  }

  func requireTargets() throws(Failure) {
    if takesLabels { throw Failure(.invalidArgument, "loss: \(name) takes labels, not real targets") }
  }

  /// The sum over some rows, in blocks of a fixed size, so that it does not depend on who computes which block.
  func sum(_ rows: kernel_rows) -> Double {
    let rowsPerBlock = 256
    let pitch = rows.columns * (rows.is_double ? ElementType.float64 : .float32).size
    var total = 0.0
    var block = rows
    var first = 0
    while first < rows.rows {
      block.rows = min(rowsPerBlock, rows.rows - first)
      block.scores = rows.scores + first * pitch
      block.labels = rows.labels.map { $0 + first }
      block.targets = rows.targets.map { $0 + first * pitch }
      block.gradient = rows.gradient.map { $0 + first * pitch }
      total += entry.pointee.sum(&block)
      first += block.rows
    }
    return total
  }
}
