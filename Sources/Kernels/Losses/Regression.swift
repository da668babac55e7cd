import CDescentKernels

/// `(p − t)²`.
enum SquaredError: RegressionLoss {
  static var loss: Int32 { 20 }
  static var name: StaticString { "squared_error" }
  static var dual: kernel_dual { kernel_dual(softness: 0.5) }

  @inline(__always)
  static func term(
    prediction: Lanes, target: Lanes, parameter: Double, _ scale: LossScale
  ) -> (value: Lanes, gradient: Lanes) {
    let error = prediction * scale.difference - target * scale.difference
    let root = error * scale.root
    return (root * root, error * (2 * scale.gradientOfDifference))
  }
}

/// `|p − t|`; its derivative at 0 is taken as 0.
enum AbsoluteError: RegressionLoss {
  static var loss: Int32 { 21 }
  static var name: StaticString { "absolute_error" }
  static var dual: kernel_dual { kernel_dual(softness: 0, bound: 1) }

  @inline(__always)
  static func kinks(parameter: Double) -> LossKinks? { LossKinks() }

  @inline(__always)
  static func term(
    prediction: Lanes, target: Lanes, parameter: Double, _ scale: LossScale
  ) -> (value: Lanes, gradient: Lanes) {
    let error = prediction * scale.difference - target * scale.difference
    let sign = error.replacing(with: 1, where: prediction .> target).replacing(with: -1, where: prediction .< target)
    return (magnitude(error) * scale.linear, sign * scale.gradient)
  }
}

/// The pinball loss of Koenker and Bassett (1978), `q max(t − p, 0) + (1 − q) max(p − t, 0)`, whose mean is least at the
/// targets' quantile q; its derivative at 0 is taken as 0.
enum Quantile: RegressionLoss {
  static var loss: Int32 { 24 }
  static var name: StaticString { "quantile" }
  static var dual: kernel_dual {
    var dual = kernel_dual(softness: 0, bound: 0, boundShare: 1)
    (dual.low, dual.low_share) = (-1, 1)
    return dual
  }
  static var parameter: LossParameter? {
    LossParameter(name: "quantile", minimum: .leastNonzeroMagnitude, maximum: (1.0).nextDown, standard: 0.5)
  }

  @inline(__always)
  static func kinks(parameter: Double) -> LossKinks? { LossKinks(above: 1 - parameter, below: parameter) }

  @inline(__always)
  static func term(
    prediction: Lanes, target: Lanes, parameter: Double, _ scale: LossScale
  ) -> (value: Lanes, gradient: Lanes) {
    let error = prediction * scale.difference - target * scale.difference
    let isAbove = prediction .> target
    let weight = Lanes(repeating: parameter).replacing(with: 1 - parameter, where: isAbove)
    let slope = error.replacing(with: weight, where: isAbove).replacing(with: -parameter, where: prediction .< target)
    return (magnitude(error) * scale.linear * weight, slope * scale.gradient)
  }
}

/// Huber's loss (1964): `(p − t)² / 2` up to a distance of δ, `δ (|p − t| − δ/2)` beyond.
enum Huber: RegressionLoss {
  static var loss: Int32 { 22 }
  static var name: StaticString { "huber" }
  static var dual: kernel_dual { kernel_dual(softness: 1, bound: 0, boundShare: 1) }
  static var parameter: LossParameter? {
    LossParameter(name: "delta", minimum: .leastNonzeroMagnitude, maximum: .infinity, standard: 1)
  }

  @inline(__always)
  static func term(
    prediction: Lanes, target: Lanes, parameter: Double, _ scale: LossScale
  ) -> (value: Lanes, gradient: Lanes) {
    let error = prediction * scale.difference - target * scale.difference
    let (distance, root, bound) = (magnitude(error), error * scale.root, parameter * scale.difference)
    let value = (root * root * 0.5)
      .replacing(with: (distance - 0.5 * bound) * scale.linear * parameter, where: distance .> bound)
    let slope = error.replacing(with: bound, where: error .> bound).replacing(with: -bound, where: error .< -bound)
    return (value, slope * scale.gradientOfDifference)
  }
}
