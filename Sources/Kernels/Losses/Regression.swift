/// `(p − t)²`.
enum SquaredError: RegressionLoss {
  static var loss: Int32 { 20 }
  static var name: StaticString { "squared_error" }

  @inline(__always)
  static func term(prediction: Lanes, target: Lanes) -> (value: Lanes, slope: Lanes) {
    let error = prediction - target
    return (error * error, error + error)
  }
}

/// `|p − t|`; its derivative at 0 is taken as 0.
enum AbsoluteError: RegressionLoss {
  static var loss: Int32 { 21 }
  static var name: StaticString { "absolute_error" }

  @inline(__always)
  static func term(prediction: Lanes, target: Lanes) -> (value: Lanes, slope: Lanes) {
    let error = prediction - target
    let sign = error.replacing(with: 1, where: error .> 0).replacing(with: -1, where: error .< 0)
    return (magnitude(error), sign)
  }
}

/// Huber's loss with δ = 1 (1964): `(p − t)² / 2` up to a distance of 1, `|p − t| − ½` beyond.
enum Huber: RegressionLoss {
  static var loss: Int32 { 22 }
  static var name: StaticString { "huber" }

  @inline(__always)
  static func term(prediction: Lanes, target: Lanes) -> (value: Lanes, slope: Lanes) {
    let error = prediction - target
    let distance = magnitude(error)
    let far = distance .> 1
    let value = (error * error * 0.5).replacing(with: distance - 0.5, where: far)
    let slope = error.replacing(with: 1, where: error .> 1).replacing(with: -1, where: error .< -1)
    return (value, slope)
  }
}

/// `log(1 + exp(p)) − t p` for a target between 0 and 1, as `max(p, 0) − t p + log(1 + exp(−|p|))`, in which nothing
/// overflows.
enum Logistic: RegressionLoss {
  static var loss: Int32 { 23 }
  static var name: StaticString { "logistic" }
  static var targetsAreProbabilities: Bool { true }

  @inline(__always)
  static func term(prediction: Lanes, target: Lanes) -> (value: Lanes, slope: Lanes) {
    let decay = exp(0 - magnitude(prediction))
    let negative = prediction .< 0
    let positivePart = prediction.replacing(with: 0, where: negative)
    let sigmoid = Lanes(repeating: 1).replacing(with: decay, where: negative) / (decay + 1)
    return (positivePart - target * prediction + log1p(decay), sigmoid - target)
  }
}
