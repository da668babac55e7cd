import Foundation

/// One parameter under an optimizer, written from the textbook formulas and nothing else: what the kernels are compared
/// with. Its numbers know how far rounding may take a correct implementation from them.
public struct TextbookParameter<Element: ElementType> {
  public typealias Number = RoundedNumber<Element>

  public internal(set) var weight: Number
  /// In the order of the rule's state names.
  public internal(set) var state: [Number]

  /// `state` as a number of steps has left it; zeros before the first.
  public init(weight: Element, state: [Element]) {
    self.weight = Number(weight)
    self.state = state.map { Number($0) }
  }
}

/// The optimizers that have textbook code.
public enum TextbookRule: String, CaseIterable, Sendable {
  case sgd, momentum, nesterov, adagrad, rmsprop, adam

  public var stateNames: [String] {
    switch self {
    case .sgd: []
    case .momentum, .nesterov: ["velocity"]
    case .adagrad: ["sum_of_squares"]
    case .rmsprop: ["mean_square"]
    case .adam: ["m", "v"]
    }
  }

  /// Step `t`, from 1, of all parameters. Options go by their names; those not given are the defaults.
  public func step<Element>(
    _ parameters: inout [TextbookParameter<Element>], gradient: [Element], options: [String: Double], t: UInt64
  ) {
    typealias Number = RoundedNumber<Element>
    let values = defaults.merging(options) { $1 }
    func option(_ name: String) -> Number { Number(constant: values[name]!) }
    let update: (inout TextbookParameter<Element>, Number) -> Void
    switch self {
    case .sgd: update = sgdUpdate(option("learning_rate"))
    case .momentum: update = momentumUpdate(option("learning_rate"), option("momentum_decay"))
    case .nesterov: update = nesterovUpdate(option("learning_rate"), option("momentum_decay"))
    case .adagrad: update = adagradUpdate(option("learning_rate"), option("epsilon"))
    case .rmsprop: update = rmspropUpdate(option("learning_rate"), rho: values["rho"]!, option("epsilon"))
    case .adam:
      update = adamUpdate(
        option("learning_rate"), beta1: values["beta1"]!, beta2: values["beta2"]!, option("epsilon"),
        biasCorrection: values["bias_correction"]! != 0, t: t)
    }
    let weightDecay = values["weight_decay"]!
    for index in parameters.indices {
      var g = Number(gradient[index])
      if weightDecay != 0 { g = g + Number(constant: weightDecay) * parameters[index].weight }
      update(&parameters[index], g)
    }
  }

  /// As the course gives them.
  public var defaults: [String: Double] {
    var own: [String: Double]
    switch self {
    case .sgd: own = ["learning_rate": 0.01]
    case .momentum, .nesterov: own = ["learning_rate": 0.01, "momentum_decay": 0.9]
    case .adagrad: own = ["learning_rate": 0.01, "epsilon": 1e-7]
    case .rmsprop: own = ["learning_rate": 0.01, "rho": 0.99, "epsilon": 1e-7]
    case .adam:
      own = ["learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "bias_correction": 1]
    }
    own["weight_decay"] = 0
    return own
  }
}

private typealias Update<Element: ElementType> = (inout TextbookParameter<Element>, RoundedNumber<Element>) -> Void

/// w −= η g
private func sgdUpdate<Element>(_ rate: RoundedNumber<Element>) -> Update<Element> {
  { p, g in p.weight = p.weight - rate * g }
}

/// v = μ v − η g; w += v
private func momentumUpdate<Element>(_ rate: RoundedNumber<Element>, _ mu: RoundedNumber<Element>) -> Update<Element> {
  { p, g in
    p.state[0] = mu * p.state[0] - rate * g
    p.weight = p.weight + p.state[0]
  }
}

/// v' = μ v − η g; w += −μ v + (1 + μ) v'
private func nesterovUpdate<Element>(_ rate: RoundedNumber<Element>, _ mu: RoundedNumber<Element>) -> Update<Element> {
  { p, g in
    let before = p.state[0]
    p.state[0] = mu * before - rate * g
    p.weight = p.weight + ((RoundedNumber(1) + mu) * p.state[0] - mu * before)
  }
}

/// h += g²; w −= η g / (√h + ε)
private func adagradUpdate<Element>(
  _ rate: RoundedNumber<Element>, _ epsilon: RoundedNumber<Element>
) -> Update<Element> {
  { p, g in
    p.state[0] = p.state[0] + g * g
    p.weight = p.weight - rate * g / (p.state[0].squareRoot() + epsilon)
  }
}

/// h = ρ h + (1 − ρ) g²; w −= η g / (√h + ε)
private func rmspropUpdate<Element>(
  _ rate: RoundedNumber<Element>, rho: Double, _ epsilon: RoundedNumber<Element>
) -> Update<Element> {
  let keep = RoundedNumber<Element>(constant: rho)
  let take = RoundedNumber<Element>(constant: 1 - rho, doubleRoundings: 1)
  return { p, g in
    p.state[0] = keep * p.state[0] + take * (g * g)
    p.weight = p.weight - rate * g / (p.state[0].squareRoot() + epsilon)
  }
}

/// m = β₁ m + (1 − β₁) g; v = β₂ v + (1 − β₂) g²; w −= η (m / c₁) / (√(v / c₂) + ε)
private func adamUpdate<Element>(
  _ rate: RoundedNumber<Element>, beta1: Double, beta2: Double, _ epsilon: RoundedNumber<Element>,
  biasCorrection: Bool, t: UInt64
) -> Update<Element> {
  typealias Number = RoundedNumber<Element>
  /// 1 − βᵗ = −expm1(t log β), which loses no digits where βᵗ is close to 1.
  func correction(_ beta: Double) -> Number {
    biasCorrection ? Number(constant: -expm1(Double(t) * log(beta)), doubleRoundings: 8) : Number(1)
  }
  let (keep1, take1) = (Number(constant: beta1), Number(constant: 1 - beta1, doubleRoundings: 1))
  let (keep2, take2) = (Number(constant: beta2), Number(constant: 1 - beta2, doubleRoundings: 1))
  let (c1, c2) = (correction(beta1), correction(beta2))
  return { p, g in
    p.state[0] = keep1 * p.state[0] + take1 * g
    p.state[1] = keep2 * p.state[1] + take2 * (g * g)
    p.weight = p.weight - rate * (p.state[0] / c1) / ((p.state[1] / c2).squareRoot() + epsilon)
  }
}
