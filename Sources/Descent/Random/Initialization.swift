/// How a matrix of parameters starts; the numbers are those of `descent_initializer`.
public enum Initializer: UInt32 {
  case zeros = 1
  case normal = 2
  case uniform = 3
  case xavierNormal = 4
  case xavierUniform = 5
  case heNormal = 6
  case heUniform = 7

  public static func find(_ number: UInt32) throws(Failure) -> Initializer {
    guard let initializer = Initializer(rawValue: number) else {
      throw Failure(.invalidArgument, "initializer: there is no initializer \(number)")
    }
    return initializer
  }

  /// The standard deviation, or the bound of a uniform one, for a scale of 1. Xavier: Glorot and Bengio, "Understanding
  /// the difficulty of training deep feedforward neural networks", 2010. He: He, Zhang, Ren and Sun, "Delving deep into
  /// rectifiers", 2015. A uniform distribution's variance is a third of its squared bound.
  private func spread(_ shape: Shape) -> Double {
    let (inputs, outputs) = (Double(shape.rows), Double(shape.columns))
    return switch self {
    case .zeros: 0
    case .normal, .uniform: 1
    case .xavierNormal: (2 / (inputs + outputs)).squareRoot()
    case .xavierUniform: (6 / (inputs + outputs)).squareRoot()
    case .heNormal: (2 / inputs).squareRoot()
    case .heUniform: (6 / inputs).squareRoot()
    }
  }

  private var isUniform: Bool {
    switch self {
    case .uniform, .xavierUniform, .heUniform: true
    case .zeros, .normal, .xavierNormal, .heNormal: false
    }
  }

  /// Fills a matrix. Number `i` takes draw `i` of the seed, the same one as in a classifier's own initialization.
  public func fill(_ values: UnsafeMutableRawPointer, _ shape: Shape, scale: Double, seed: UInt64) throws(Failure) {
    try checkNotNegative(scale, "scale")
    let spread = scale * spread(shape)
    let random = Philox(seed: seed, stream: RandomPurpose.initialization.stream())
    for index in 0..<shape.count {
      var number = 0.0
      if self != .zeros {
        let uniform = random.uniform(at: UInt64(index))
        number = spread * (isUniform ? 2 * uniform - 1 : normalQuantile(uniform))
      }
      if shape.type.isDouble {
        values.storeBytes(of: number, toByteOffset: index * 8, as: Double.self)
      } else {
        values.storeBytes(of: Float(number), toByteOffset: index * 4, as: Float.self)
      }
    }
  }
}
