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
  /// How wide a kink is, for a difference; 0 if it is one.
  let smoothing: Double

  @inline(__always)
  init(gradient: Double, smoothing: Double = 0) {
    (difference, linear, root, value) = (1, 1, 1, 1)
    (self.gradient, gradientOfDifference, gradientOfRoot) = (gradient, gradient, gradient)
    self.smoothing = smoothing
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
    smoothing = rows.smoothing * difference
  }

  /// `max(0, x)` of a difference, and its slope, with a parabola from `-smoothing / 2` to `smoothing / 2` (Chen and
  /// Mangasarian, "A class of smoothing functions for nonlinear and mixed complementarity problems", 1996). It is above the
  /// kink, by an eighth of its width at most.
  @inline(__always)
  func ramp(_ x: Lanes) -> (value: Lanes, slope: Lanes) {
    let place = x / smoothing + 0.5
    let (isBelow, isAbove) = (place .<= 0, place .>= 1)
    return (
      (place * place * (0.5 * smoothing)).replacing(with: 0, where: isBelow).replacing(with: x, where: isAbove),
      place.replacing(with: 0, where: isBelow).replacing(with: 1, where: isAbove)
    )
  }
}
