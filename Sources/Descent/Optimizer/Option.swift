import CDescentKernels

/// An option's name and range, the same for every algorithm that has it.
public struct Option: Listed {
  public static var noun: StaticString { "option" }

  public let number: UInt32
  public let name: UnsafePointer<CChar>
  /// The least and greatest value that are accepted; infinity itself never is.
  public let minimum: Double
  public let maximum: Double
  public let kind: Kind
  /// The default where the engine has the option for every algorithm; nil where the rules decide.
  let commonDefault: Double?
  let scope: Scope

  public enum Kind {
    case real
    /// Whole numbers only.
    case whole
    /// Off or on, 0 or 1.
    case onOrOff
  }

  /// What an option may be set for, and when.
  enum Scope {
    /// For each group of tensors, at any time.
    case group
    /// For the whole optimizer, at any time.
    case optimizer
    /// For the whole optimizer, before its first step.
    case beforeFirstStep
  }

  public var isSwitch: Bool { kind == .onOrOff }

  func check(_ value: Double) throws(Failure) {
    switch kind {
    case .onOrOff:
      if value != 0 && value != 1 { throw Failure(.invalidArgument, "\(name): \(value) is neither 0 nor 1") }
    case .whole:
      guard value >= minimum && value <= maximum && value == value.rounded() else {
        throw Failure(
          .invalidArgument, "\(name): \(value) is not a whole number in [\(minimum), \(maximum)]")
      }
    case .real:
      let range = Interval(minimum: minimum, maximum: maximum)
      if !range.contains(value) { throw Failure(.invalidArgument, "\(name): \(value) is outside \(range.text)") }
    }
  }
}
