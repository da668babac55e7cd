import CDescentKernels

/// An optimization algorithm: a rule in the kernel table.
public struct Algorithm: Listed {
  public static var noun: StaticString { "algorithm" }

  let rule: UnsafePointer<kernel_rule>

  public static var count: Int { kernels.pointee.rule_count }

  public static func at(_ index: Int) -> Algorithm? {
    guard index >= 0 && index < count else { return nil }
    return Algorithm(rule: kernel_rule_at(kernels, index))
  }

  public var number: UInt32 { UInt32(bitPattern: rule.pointee.algorithm) }
  public var name: UnsafePointer<CChar> { rule.pointee.name }
  public var title: UnsafePointer<CChar> { rule.pointee.title }
  public var formula: UnsafePointer<CChar> { rule.pointee.formula }
  public var stateCount: Int { rule.pointee.state_count }

  /// nil past the last buffer.
  public func stateName(_ index: Int) -> UnsafePointer<CChar>? { kernel_rule_state_name(rule, index) }

  /// Whether it needs sums over whole tensors before their elements can be updated.
  var isReducing: Bool { rule.pointee.combine != nil }

  /// The shape of a tensor's buffer.
  public func stateShape(_ index: Int, of tensor: Shape) throws(Failure) -> Shape {
    guard index >= 0 && index < stateCount else {
      throw Failure(
        .invalidArgument, "index: \(UInt(bitPattern: index)); \(name) has \(stateCount) state buffers")
    }
    // As if the sides had no limits: where a tensor has the buffer at all.
    var options = OptionValues(of: self, dialect: 0)
    options[KERNEL_MAXIMUM_SIDE] = .infinity
    options[KERNEL_MINIMUM_SIDE] = 0
    options[KERNEL_PRECONDITION_VECTORS] = 1
    return StateLayouts(self, options).shape(index, of: tensor, options)
      ?? Shape(checkedRows: 0, columns: 0, type: tensor.type)
  }

  func state(_ index: Int) -> AlgorithmState { AlgorithmState(rule: rule, index: index) }

  /// Whether a state buffer of the algorithm has a property.
  func states(_ property: (AlgorithmState) -> Bool) -> Bool {
    for index in 0..<stateCount where property(state(index)) { return true }
    return false
  }

  func stateIndex(_ name: UnsafePointer<CChar>) throws(Failure) -> Int {
    for index in 0..<stateCount {
      if let candidate = stateName(index), isSameText(name, candidate) { return index }
    }
    throw Failure(.unknownName, "name: \(self.name) has no state \"\(name)\"")
  }

  /// How many numbers the rule keeps for a group of tensors, and their names.
  var scalarCount: Int { rule.pointee.scalar_count }
  func scalarName(_ index: Int) -> UnsafePointer<CChar> { kernel_rule_scalar_name(rule, index)! }

  /// The same name; nil past the last one.
  public func keptName(_ index: Int) -> UnsafePointer<CChar>? { kernel_rule_scalar_name(rule, index) }

  var initialScalars: RuleScalars {
    var scalars = RuleScalars(repeating: 0)
    for index in 0..<scalarCount { scalars[index] = kernel_rule_scalar_initial(rule, index) }
    return scalars
  }

  /// Whether it decides itself where to evaluate, so that it cannot be stepped.
  public var isBatch: Bool { rule.pointee.is_batch }
  /// Whether it is such a one that fits linear models, and does not go along a function.
  public var isForModels: Bool { rule.pointee.is_for_models }
  /// Which of these it is.
  var isByCoordinates: Bool { number == CoordinateFit.number }
  var isDual: Bool { isForModels && !isByCoordinates }
  /// Whether it is a batch method for any function.
  var minimizesFunctions: Bool { isBatch && !isForModels }

  /// The steps' common options mean nothing to a batch method.
  func has(_ option: Option) -> Bool {
    commonDefault(of: option) != nil || kernel_rule_has(rule, option.number)
  }

  /// The default of an option that all algorithms have that are stepped; methods of matrices keep their state as it is.
  private func commonDefault(of option: Option) -> Double? {
    if isBatch || option.number == KERNEL_STATE_DTYPE.rawValue && AnyMatrixMethod.find(number) != nil { return nil }
    return option.commonDefault
  }

  /// The default of an option, if the algorithm has it.
  public func defaultValue(of option: Option, dialect: UInt32 = 0) throws(Failure) -> Double {
    if kernel_rule_has(rule, option.number) { return kernel_rule_default(rule, option.number, dialect) }
    if let common = commonDefault(of: option) { return common }
    throw Failure(.unsupported, "\(option.name): \(name) has no such option")
  }
}

/// A state buffer of an algorithm.
struct AlgorithmState {
  let rule: UnsafePointer<kernel_rule>
  let index: Int

  /// The number of the option that calls for it when it is not 0; 0 if it is always there.
  var needs: UInt32 { kernel_rule_state_needs(rule, index) }

  var kind: kernel_kind { kernel_rule_state_kind(rule, index) }

  /// Whether the options of some group call for it.
  func isCalledFor(by groups: borrowing OptionGroups) -> Bool {
    needs == 0 || groups.some(kernel_option(rawValue: needs))
  }

  /// How many numbers of it a tensor has.
  var layout: StateLayout { StateLayout(kernel_rule_state_layout(rule, index)) }

  /// Whether it begins as a copy of the tensor.
  var isCopyOfValues: Bool { kernel_rule_state_initial(rule, index) == UInt32(KERNEL_INITIAL_VALUES) }

  /// The number with which it begins otherwise.
  func initialValue(_ options: OptionValues) -> Double {
    let option = kernel_rule_state_initial(rule, index)
    return option == 0 ? 0 : options[kernel_option(rawValue: option)]
  }
}
