import CDescentKernels

/// An option's name and range, the same for every algorithm that has it. The defaults are the rules'.
public struct Option {
  public let number: UInt32
  public let name: StaticString
  /// The greatest and least value that are accepted; infinity itself never is.
  public let minimum: Double
  public let maximum: Double
  /// The range as a reader writes it.
  let notation: StaticString
  /// On or off, 1 or 0.
  public let isSwitch: Bool

  public static var count: Int { 8 }

  /// The options in the order of their numbers.
  public static func at(_ index: Int) -> Option? {
    switch index {
    case 0: fromZero(KERNEL_LEARNING_RATE, "learning_rate")
    case 1: fraction(KERNEL_MOMENTUM_DECAY, "momentum_decay")
    case 2: fraction(KERNEL_BETA1, "beta1")
    case 3: fraction(KERNEL_BETA2, "beta2")
    case 4: fromZero(KERNEL_EPSILON, "epsilon")
    case 5: fraction(KERNEL_RHO, "rho")
    case 6: fromZero(KERNEL_WEIGHT_DECAY, "weight_decay")
    case 7: onOrOff(KERNEL_BIAS_CORRECTION, "bias_correction")
    default: nil
    }
  }

  public static func find(_ number: UInt32) throws(Failure) -> Option {
    for index in 0..<count {
      if let option = at(index), option.number == number { return option }
    }
    throw Failure(.invalidArgument, "option: there is no option \(number)")
  }

  public static func named(_ name: UnsafePointer<CChar>) throws(Failure) -> Option {
    for index in 0..<count {
      if let option = at(index), isSameText(name, option.name) { return option }
    }
    throw Failure(.unknownName, "name: there is no option \"\(name)\"")
  }

  func check(_ value: Double) throws(Failure) {
    if isSwitch && value != 0 && value != 1 {
      throw Failure(.invalidArgument, "\(name): \(value) is neither 0 nor 1")
    }
    guard value.isFinite && value >= minimum && value <= maximum else {
      throw Failure(.invalidArgument, "\(name): \(value) is outside \(notation)")
    }
  }

  private static func fromZero(_ option: kernel_option, _ name: StaticString) -> Option {
    Option(
      number: option.rawValue, name: name, minimum: 0, maximum: .infinity, notation: "[0, inf)", isSwitch: false)
  }

  private static func fraction(_ option: kernel_option, _ name: StaticString) -> Option {
    Option(
      number: option.rawValue, name: name, minimum: 0, maximum: (1 as Double).nextDown, notation: "[0, 1)",
      isSwitch: false)
  }

  private static func onOrOff(_ option: kernel_option, _ name: StaticString) -> Option {
    Option(number: option.rawValue, name: name, minimum: 0, maximum: 1, notation: "{0, 1}", isSwitch: true)
  }
}
