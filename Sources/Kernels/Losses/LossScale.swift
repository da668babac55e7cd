import CDescentKernels

/// The factors of a loss. `gradient` is 1 / batch. The others are 1, unless huge losses have overflowed and are added up
/// once more, shrunk by `KERNEL_LOSS_SHRINK`. They are powers of two, so that bits change only where something would
/// overflow or underflow.
struct LossScale {
  /// For scores before they are subtracted: the difference may be twice as large as either.
  let difference: Double
  /// From such a difference to the scale of the losses.
  let linear: Double
  /// From such a difference to the scale of the square root of the losses.
  let root: Double
  /// For a loss.
  let value: Double
  /// For a slope.
  let gradient: Double
  /// For a slope that was computed from a difference, or from one times `root`.
  let gradientOfDifference: Double
  let gradientOfRoot: Double

  @inline(__always)
  init(gradient: Double) {
    (difference, linear, root, value) = (1, 1, 1, 1)
    (self.gradient, gradientOfDifference, gradientOfRoot) = (gradient, gradient, gradient)
  }

  @inline(__always)
  init(_ rows: kernel_rows) {
    gradient = rows.gradient_scale
    value = rows.shrinks ? KERNEL_LOSS_SHRINK : 1
    difference = rows.shrinks ? 0.5 : 1
    linear = rows.shrinks ? 2 * KERNEL_LOSS_SHRINK : 1
    // 2^-64 is the root of the shrinkage.
    root = rows.shrinks ? 0x1p-63 : 1
    gradientOfDifference = rows.shrinks ? 2 * gradient : gradient
    gradientOfRoot = rows.shrinks ? 0x1p64 * gradient : gradient
  }
}
