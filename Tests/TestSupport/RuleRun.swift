import CDescentKernels

/// One tensor under a kernel rule, in guarded memory at awkward offsets.
public final class RuleRun<Element: ElementType> {
  public let values: GuardedArray<Element>
  public let gradient: GuardedArray<Element>
  public let state: [GuardedArray<Element>]

  /// The arrays lie `misalignment`, `misalignment + 1`, … bytes past an aligned address.
  public init(values: [Element], gradient: [Element], state: [[Element]], misalignment: Int = 0) {
    self.values = GuardedArray(values, misalignedBy: misalignment)
    self.gradient = GuardedArray(gradient, misalignedBy: misalignment + 1)
    self.state = state.enumerated().map { GuardedArray($1, misalignedBy: misalignment + 2 + $0) }
  }

  /// One update of a stretch of the tensor.
  public func update(
    by rule: UnsafePointer<kernel_rule>, of table: UnsafeMutablePointer<kernel_table>, constants: [Double],
    coupledDecay: Double, _ stretch: Range<Int>? = nil
  ) {
    let stretch = stretch ?? 0..<values.count
    let offset = stretch.lowerBound * MemoryLayout<Element>.stride
    var update = kernel_update()
    update.values = values.pointer + offset
    update.gradient = UnsafeRawPointer(gradient.pointer + offset)
    update.count = stretch.count
    update.setConstants(constants)
    update.setState(state.map { $0.pointer + offset })
    update.has_stages = coupledDecay != 0
    update.stages = kernel_stages(clip_value: .infinity, gradient_scale: 1, coupled_decay: coupledDecay, kept_share: 1)
    kernel_run(table, rule, &update, Element.isDouble)
  }

  /// Whether nothing was written but values and state.
  public var isIntact: Bool { values.isIntact && gradient.isUnchanged && state.allSatisfy(\.isIntact) }

  public func hasSameBits(as other: RuleRun) -> Bool {
    values.hasSameBits(as: other.values) && zip(state, other.state).allSatisfy { $0.hasSameBits(as: $1) }
  }
}

extension UnsafePointer<kernel_rule> {
  /// The numbers that the rule prepares for step `t`, with these options and the rule's defaults; `memory` is what it keeps
  /// from one step to the next.
  public func constants(
    options: [String: Double] = [:], t: UInt64, memory: UnsafeMutablePointer<kernel_memory>? = nil
  ) -> [Double] {
    var values = (0..<UInt32(KERNEL_OPTION_SLOTS)).map { kernel_rule_default(self, $0, KERNEL_TEXTBOOK.rawValue) }
    for (name, value) in options { values[Int(kernelOption(name).rawValue)] = value }
    return constants(values: values, t: t, memory: memory)
  }

  /// The same with all options, by their numbers.
  public func constants(
    values: [Double], t: UInt64, memory: UnsafeMutablePointer<kernel_memory>? = nil
  ) -> [Double] {
    var constants = [Double](repeating: 0, count: KERNEL_MAX_CONSTANTS)
    var scalars = (0..<KERNEL_MAX_SCALARS).map { kernel_rule_scalar_initial(self, $0) }
    return values.withUnsafeBufferPointer { options in
      constants.withUnsafeMutableBufferPointer { constants in
        scalars.withUnsafeMutableBufferPointer { scalars in
          var preparation = kernel_preparation(
            step: t, options: options.baseAddress!, memory: memory, constants: constants.baseAddress!,
            scalars: scalars.baseAddress!)
          pointee.prepare(&preparation)
          return Array(constants)
        }
      }
    }
  }

  /// Whether the textbook's form has the option: options that call for a state of their own make another form of it.
  public func hasOption(_ name: String) -> Bool {
    let option = kernelOption(name).rawValue
    if option == KERNEL_WEIGHT_DECAY.rawValue { return true }
    let makesAnotherForm = (0..<pointee.state_count).contains { kernel_rule_state_needs(self, $0) == option }
    return kernel_rule_has(self, option) && !makesAnotherForm
  }

  public func defaultValue(of name: String) -> Double {
    kernel_rule_default(self, kernelOption(name).rawValue, KERNEL_TEXTBOOK.rawValue)
  }
}

/// The options in the order of their numbers, which are those of `descent_option`.
public let kernelOptionNames = [
  "learning_rate", "momentum_decay", "beta1", "beta2", "epsilon", "rho", "weight_decay", "bias_correction",
]

private func kernelOption(_ name: String) -> kernel_option {
  guard let index = kernelOptionNames.firstIndex(of: name) else { fatalError("no option \(name)") }
  return kernel_option(rawValue: UInt32(index) + KERNEL_LEARNING_RATE.rawValue)
}
