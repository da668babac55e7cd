import CDescentKernels

// What a tensor's type makes of a step's numbers: an epsilon of 1e-60 is 0 in float32, a rate of 1e308 infinite, and either
// makes NaN of a gradient that is 0.

extension OptionGroups {
  /// Throws unless each tensor's type can hold the numbers that were prepared for a step.
  func checkNumbers(_ tensors: TensorList) throws(Failure) {
    for place in 0..<count where !UnsafeMutablePointer(mutating: self[place]).pointee.suitsEveryType() {
      for index in 0..<tensors.count where tensors.group(index) == self[place].pointee.id {
        let type = tensors.shape(index).type
        guard let problem = self[place].pointee.problem(in: type) else { continue }
        throw Failure(.invalidArgument, "tensor \(index): \(problem) in its type, \(type.name)")
      }
    }
  }
}

extension OptionGroup {
  /// A quick test for every step: true means that every type can hold the numbers. Mutating, since all that is looked at would
  /// otherwise be copied.
  fileprivate mutating func suitsEveryType() -> Bool {
    guard
      suitFloats && isFloat(values[KERNEL_LEARNING_RATE]) && isFloat(update.stages.coupled_decay)
        && isFloat(update.stages.kept_share)
    else { return false }
    return kernel_constants_are_floats(&update)
  }

  /// What a type makes of a number that it should not; nil if nothing.
  @inline(never)
  fileprivate func problem(in type: ElementType) -> Message? {
    let lost =
      lost(KERNEL_EPSILON, type) ?? lost(KERNEL_CLIP_VALUE, type) ?? lost(KERNEL_EPSILON_ROOT, type)
      ?? lost(KERNEL_INITIAL_ACCUMULATOR, type)
    if let lost { return lost }
    let infinite =
      infinite(KERNEL_LEARNING_RATE, type) ?? infinite(KERNEL_EPSILON, type) ?? infinite(KERNEL_WEIGHT_DECAY, type)
      ?? infinite(KERNEL_DECOUPLED_WEIGHT_DECAY, type) ?? infinite(KERNEL_INITIAL_ACCUMULATOR, type)
    if let infinite { return infinite }
    var areFinite = type.holds(update.stages.kept_share)
    withUnsafeBytes(of: update.constants) { constants in
      for index in 0..<Int(KERNEL_MAX_CONSTANTS)
      where !type.holds(constants.load(fromByteOffset: 8 * index, as: Double.self)) { areFinite = false }
    }
    if areFinite { return nil }
    return "learning_rate: what follows from \(values[KERNEL_LEARNING_RATE]) is infinite"
  }

  private func lost(_ option: kernel_option, _ type: ElementType) -> Message? {
    let value = values[option]
    let isLost = !type.isDouble && value > 0 && Float(value) == 0
    return isLost ? "\(Option.name(option)): \(value) is 0" : nil
  }

  private func infinite(_ option: kernel_option, _ type: ElementType) -> Message? {
    type.holds(values[option]) ? nil : "\(Option.name(option)): \(values[option]) is infinite"
  }
}

extension OptionValues {
  /// Whether float32 can hold what is divided by, or limited to.
  var suitFloats: Bool {
    let least = Double(Float.leastNonzeroMagnitude)
    func survives(_ option: kernel_option) -> Bool {
      let value = self[option]
      return value >= least && isFloat(value) || value == 0
    }
    return survives(KERNEL_EPSILON) && survives(KERNEL_EPSILON_ROOT) && survives(KERNEL_INITIAL_ACCUMULATOR)
      && (self[KERNEL_CLIP_VALUE] >= least || self[KERNEL_CLIP_VALUE] == 0)
  }
}

/// Whether a number is finite in float32. Asked this way round, NaN is not.
@inline(__always)
private func isFloat(_ value: Double) -> Bool { value.magnitude <= Double(Float.greatestFiniteMagnitude) }

extension ElementType {
  /// Whether a number is finite in this type.
  fileprivate func holds(_ value: Double) -> Bool { isDouble ? value.isFinite : Float(value).isFinite }
}
