import CDescentKernels

/// An optimization algorithm: a rule in the kernel table.
public struct Algorithm {
  let rule: UnsafePointer<kernel_rule>

  public static var count: Int { kernels.pointee.rule_count }

  public static func at(_ index: Int) -> Algorithm? {
    guard index >= 0 && index < count else { return nil }
    return Algorithm(rule: kernel_rule_at(kernels, index))
  }

  public static func find(_ number: UInt32) throws(Failure) -> Algorithm {
    for index in 0..<count {
      if let algorithm = at(index), algorithm.number == number { return algorithm }
    }
    throw Failure(.invalidArgument, "algorithm: there is no algorithm \(number)")
  }

  public static func named(_ name: UnsafePointer<CChar>) throws(Failure) -> Algorithm {
    for index in 0..<count {
      if let algorithm = at(index), isSameText(name, algorithm.name) { return algorithm }
    }
    throw Failure(.unknownName, "name: there is no algorithm \"\(name)\"")
  }

  public var number: UInt32 { UInt32(bitPattern: rule.pointee.algorithm) }
  public var name: UnsafePointer<CChar> { rule.pointee.name }
  public var title: UnsafePointer<CChar> { rule.pointee.title }
  public var formula: UnsafePointer<CChar> { rule.pointee.formula }
  public var stateCount: Int { rule.pointee.state_count }

  /// nil past the last buffer.
  public func stateName(_ index: Int) -> UnsafePointer<CChar>? { kernel_rule_state_name(rule, index) }

  func stateIndex(_ name: UnsafePointer<CChar>) throws(Failure) -> Int {
    for index in 0..<stateCount {
      if let candidate = stateName(index), isSameText(name, candidate) { return index }
    }
    throw Failure(.unknownName, "name: \(self.name) has no state \"\(name)\"")
  }

  /// The default of an option, if the algorithm has it.
  public func defaultValue(of option: Option) throws(Failure) -> Double {
    guard kernel_rule_has(rule, option.number) else {
      throw Failure(.unsupported, "\(option.name): \(name) has no such option")
    }
    return kernel_rule_default(rule, option.number)
  }
}
