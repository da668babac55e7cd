/// `(p − t)²`.
enum SquaredError: RegressionLoss {
  static var loss: Int32 { 20 }
  static var name: StaticString { "squared_error" }

  @inline(__always)
  static func term(prediction: Lanes, target: Lanes, _ scale: LossScale) -> (value: Lanes, gradient: Lanes) {
    let error = prediction * scale.difference - target * scale.difference
    let root = error * scale.root
    return (root * root, error * (2 * scale.gradientOfDifference))
  }
}

/// `|p − t|`; its derivative at 0 is taken as 0.
enum AbsoluteError: RegressionLoss {
  static var loss: Int32 { 21 }
  static var name: StaticString { "absolute_error" }

  @inline(__always)
  static func term(prediction: Lanes, target: Lanes, _ scale: LossScale) -> (value: Lanes, gradient: Lanes) {
    let error = prediction * scale.difference - target * scale.difference
    let sign = error.replacing(with: 1, where: prediction .> target).replacing(with: -1, where: prediction .< target)
    return (magnitude(error) * scale.linear, sign * scale.gradient)
  }
}

/// Huber's loss with δ = 1 (1964): `(p − t)² / 2` up to a distance of 1, `|p − t| − ½` beyond.
enum Huber: RegressionLoss {
  static var loss: Int32 { 22 }
  static var name: StaticString { "huber" }

  @inline(__always)
  static func term(prediction: Lanes, target: Lanes, _ scale: LossScale) -> (value: Lanes, gradient: Lanes) {
    let error = prediction * scale.difference - target * scale.difference
    let (distance, root, bound) = (magnitude(error), error * scale.root, scale.difference)
    let value = (root * root * 0.5)
      .replacing(with: (distance - 0.5 * bound) * scale.linear, where: distance .> bound)
    let slope = error.replacing(with: bound, where: error .> bound).replacing(with: -bound, where: error .< -bound)
    return (value, slope * scale.gradientOfDifference)
  }
}

/// `log(1 + exp(p)) − t p` for a target between 0 and 1. What is left of `max(p, 0) − t p` is `(1 − t) p` for a positive
/// `p` and `−t p` else; to it comes `log(1 + exp(−|p|))`. Nothing overflows, and nothing is lost where t is close to 1.
enum Logistic: RegressionLoss {
  static var loss: Int32 { 23 }
  static var name: StaticString { "logistic" }
  static var targetsAreProbabilities: Bool { true }

  @inline(__always)
  static func term(prediction: Lanes, target: Lanes, _ scale: LossScale) -> (value: Lanes, gradient: Lanes) {
    let distance = magnitude(prediction)
    let decay = exp(0 - distance)
    let negative = prediction .< 0
    let missing = (1 - target).replacing(with: target, where: negative)
    let sigmoid = Lanes(repeating: 1).replacing(with: decay, where: negative) / (decay + 1)
    return ((missing * distance + log1p(decay)) * scale.value, (sigmoid - target) * scale.gradient)
  }
}
