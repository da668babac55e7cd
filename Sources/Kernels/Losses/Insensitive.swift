import CDescentKernels

/// `max(0, |p − t| − ε)`, the loss of support vector regression (Vapnik 1995).
enum EpsilonInsensitive: InsensitiveLoss {
  static var loss: Int32 { 25 }
  static var name: StaticString { "epsilon_insensitive" }
  static var dual: kernel_dual { kernel_dual(softness: 0, bound: 1, marginShare: 1) }

  @inline(__always)
  static func kinks(parameter: Double) -> LossKinks? { LossKinks(margin: parameter) }

  @inline(__always)
  static func term(_ excess: Lanes, _ scale: LossScale) -> (value: Lanes, slope: Lanes) {
    // Written this way, the slope of NaN is NaN.
    (excess * scale.linear, excess.replacing(with: scale.gradient, where: excess .> 0))
  }
}

/// The same squared.
enum SquaredEpsilonInsensitive: InsensitiveLoss {
  static var loss: Int32 { 26 }
  static var name: StaticString { "squared_epsilon_insensitive" }
  static var dual: kernel_dual { kernel_dual(softness: 0.5, marginShare: 1) }

  @inline(__always)
  static func term(_ excess: Lanes, _ scale: LossScale) -> (value: Lanes, slope: Lanes) {
    let root = excess * scale.root
    return (root * root, excess * (2 * scale.gradientOfDifference))
  }
}

/// A loss of how far the distance is above ε. One that is exactly ε adds nothing to the gradient.
protocol InsensitiveLoss: RegressionLoss {
  /// The loss of an excess that was multiplied by `scale.difference`, and its slope, both times their factors.
  static func term(_ excess: Lanes, _ scale: LossScale) -> (value: Lanes, slope: Lanes)
}

extension InsensitiveLoss {
  static var parameter: LossParameter? {
    LossParameter(name: "epsilon", minimum: 0, maximum: .infinity, standard: 0.1)
  }

  @inline(__always)
  static func term(
    prediction: Lanes, target: Lanes, parameter: Double, _ scale: LossScale
  ) -> (value: Lanes, gradient: Lanes) {
    let error = prediction * scale.difference - target * scale.difference
    let excess = magnitude(error) - parameter * scale.difference
    // Written this way, NaN is outside.
    let isWithin = excess .<= 0
    let term = term(excess, scale)
    let slope = term.slope.replacing(with: 0 - term.slope, where: prediction .< target)
    return (term.value.replacing(with: 0, where: isWithin), slope.replacing(with: 0, where: isWithin))
  }
}
