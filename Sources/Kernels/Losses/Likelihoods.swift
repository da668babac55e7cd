import CDescentKernels

/// `log(1 + exp(p)) − t p` for a target between 0 and 1. What is left of `max(p, 0) − t p` is `(1 − t) p` for a positive
/// `p` and `−t p` else; to it comes `log(1 + exp(−|p|))`. Nothing overflows, and nothing is lost where t is close to 1.
enum Logistic: RegressionLoss {
  static var loss: Int32 { 23 }
  static var name: StaticString { "logistic" }
  static var response: kernel_response { KERNEL_SIGMOID }
  static var targets: (least: Double, greatest: Double) { (0, 1) }
  static var dual: kernel_dual {
    var dual = kernel_dual(softness: 0)
    dual.is_logistic = true
    return dual
  }

  @inline(__always)
  static func term(
    prediction: Lanes, target: Lanes, parameter: Double, _ scale: LossScale
  ) -> (value: Lanes, gradient: Lanes) {
    let distance = magnitude(prediction)
    let decay = exp(0 - distance)
    let negative = prediction .< 0
    let missing = (1 - target).replacing(with: target, where: negative)
    let sigmoid = Lanes(repeating: 1).replacing(with: decay, where: negative) / (decay + 1)
    return ((missing * distance + log1p(decay)) * scale.value, (sigmoid - target) * scale.gradient)
  }
}

/// `exp(p) − t p` for a target that is not negative: the negative log-likelihood of a Poisson distribution with the mean
/// `exp(p)`, but for `log t!`. Infinite where `exp(p)` is.
enum Poisson: RegressionLoss {
  static var loss: Int32 { 27 }
  static var name: StaticString { "poisson" }
  static var response: kernel_response { KERNEL_EXPONENTIAL }
  static var targets: (least: Double, greatest: Double) { (0, .infinity) }

  @inline(__always)
  static func term(
    prediction: Lanes, target: Lanes, parameter: Double, _ scale: LossScale
  ) -> (value: Lanes, gradient: Lanes) {
    let mean = exp(prediction)
    // Where the mean is infinite the product may be too, and where it is 0 the product may be 0 times infinity.
    let product = (target * (prediction * scale.value)).replacing(
      with: 0, where: (mean .== .infinity) .| (target .== 0))
    return (mean * scale.value - product, (mean - target) * scale.gradient)
  }
}
