import CDescentKernels

/// Losses of each class by itself against all others: `Σⱼ f(±sⱼ)`, with a plus in the label's column and a minus in the others.
/// Each column is a binary problem of its own, as in LIBLINEAR (Fan et al. 2008).
enum OneVsRestHinge: ClassificationLoss {
  static var loss: Int32 { 4 }
  static var name: StaticString { "one_vs_rest_hinge" }
  static var hasKinks: Bool { true }
}

enum OneVsRestSquaredHinge: ClassificationLoss {
  static var loss: Int32 { 5 }
  static var name: StaticString { "one_vs_rest_squared_hinge" }
}

/// Its column is `Logistic`.
enum OneVsRestLogistic: ClassificationLoss {
  static var loss: Int32 { 6 }
  static var name: StaticString { "one_vs_rest_logistic" }
}

/// `max(0, 1 − y p)`, where y is 1 for a target of 1 and −1 for one of 0.
enum HingeTerm: ColumnLoss {
  static var dual: kernel_dual { hingeDual(softness: 0, bound: 1) }

  @inline(__always)
  static func term(
    prediction: Lanes, target: Lanes, parameter: Double, _ scale: LossScale
  ) -> (value: Lanes, gradient: Lanes) {
    let margin = HingeMargin(prediction, target, scale)
    if scale.smoothing > 0 {
      let ramp = scale.ramp(margin.size)
      return (ramp.value * scale.linear, margin.sign * ramp.slope * scale.gradient)
    }
    return (margin.violation(margin.size * scale.linear), margin.violation(margin.sign * scale.gradient))
  }
}

/// The same squared.
enum SquaredHingeTerm: ColumnLoss {
  static var dual: kernel_dual { hingeDual(softness: 0.5, bound: .infinity) }

  @inline(__always)
  static func term(
    prediction: Lanes, target: Lanes, parameter: Double, _ scale: LossScale
  ) -> (value: Lanes, gradient: Lanes) {
    let margin = HingeMargin(prediction, target, scale)
    let root = margin.size * scale.root
    return (margin.violation(root * root), margin.violation(margin.sign * (2 * root) * scale.gradientOfRoot))
  }
}

/// `1 − y p`, times `scale.difference`. One that is exactly 0 adds nothing to the gradient.
private struct HingeMargin {
  /// `−y`.
  let sign: Lanes
  let size: Lanes

  @inline(__always)
  init(_ prediction: Lanes, _ target: Lanes, _ scale: LossScale) {
    sign = Lanes(repeating: 1).replacing(with: -1, where: target .== 1)
    size = sign * prediction * scale.difference + scale.difference
  }

  /// Written this way, a NaN counts as a violation and reaches the loss.
  @inline(__always)
  func violation(_ x: Lanes) -> Lanes { x.replacing(with: 0, where: size .<= 0) }
}

@inline(__always)
private func hingeDual(softness: Double, bound: Double) -> kernel_dual {
  var dual = kernel_dual(softness: softness, bound: bound)
  dual.is_hinge = true
  return dual
}
