import CDescentKernels

/// An algorithm, its options, and the state of the tensors that it updates.
public struct Optimizer: ~Copyable {
  public let algorithm: Algorithm
  public internal(set) var stepCount: UInt64 = 0
  var groups: OptionGroups
  var state = OptimizerState()
  var plateau = Plateau()
  var recorder = HealthRecorder()

  public init(_ algorithm: Algorithm) {
    self.algorithm = algorithm
    groups = OptionGroups(OptionValues(of: algorithm, dialect: 0))
  }

  // MARK: Options

  /// Sets an option of a group of tensors; group 0 is the optimizer itself.
  public mutating func set(_ option: Option, group: UInt32 = 0, to value: Double) throws(Failure) {
    _ = try algorithm.defaultValue(of: option)
    if group != 0 && option.scope != .group {
      throw Failure(.invalidArgument, "\(option.name): holds for the whole optimizer, not for a group")
    }
    try option.check(value)
    if state.count > 0 {
      if option.scope == .beforeFirstStep && value != options[option] {
        throw Failure(.invalidArgument, "\(option.name): can be changed before the first step only")
      }
      if value != 0 && algorithm.states({ state in state.needs == option.number && !self.state.has(state.index) }) {
        throw Failure(.invalidArgument, "\(option.name): needs state, which is made in the first step only")
      }
    }
    try groups.set(option, of: group, to: value)
    if option.number == KERNEL_DIALECT.rawValue {
      groups.adoptDefaults(OptionValues(of: algorithm, dialect: UInt32(value)))
    }
  }

  public func value(of option: Option, group: UInt32 = 0) throws(Failure) -> Double {
    _ = try algorithm.defaultValue(of: option)
    return groups[try index(ofGroup: group)].values[option]
  }

  private var options: OptionValues { groups.base.values }

  var isMaximizing: Bool { options[KERNEL_MAXIMIZE] != 0 }

  /// The place of a group that has been made.
  private func index(ofGroup group: UInt32) throws(Failure) -> Int {
    guard let index = groups.index(of: group) else {
      throw Failure(.invalidArgument, "group: there is no group \(group); setting an option of it makes it")
    }
    return index
  }

  /// The learning rate of the next step, as the schedule has it.
  public var learningRate: Double { options[KERNEL_LEARNING_RATE] * rateFactor(stepCount + 1) }

  private func rateFactor(_ step: UInt64) -> Double { Schedule.factor(options, step: step, plateau: plateau) }

  /// Tells the schedule that waits for a plateau how the training goes.
  public mutating func report(loss: Double) { plateau.report(loss, options) }

  // MARK: Steps

  /// Forgets state, step count, shapes, the plateau and what was counted; keeps the options.
  public mutating func reset() {
    state = OptimizerState()
    stepCount = 0
    plateau = Plateau()
    recorder = HealthRecorder()
  }

  /// One update of all tensors.
  public mutating func step(_ tensors: TensorList) throws(Failure) {
    try check(tensors)
    guard try admits(tensors) else { return recorder.countSkipped() }
    try makeState(tensors)
    let scale = clippingScale(tensors)
    if tracksHealth { recorder.begin(tensors) }
    stepCount += 1
    groups.prepare(algorithm.rule, step: stepCount, rateFactor: rateFactor(stepCount), gradientScale: scale)
    for index in 0..<tensors.count { apply(to: tensors[index], index) }
    if tracksHealth { recorder.end(tensors, step: stepCount) }
  }

  /// Checks the tensors. Before the first step it fixes their shapes and makes the state.
  mutating func adopt(_ tensors: TensorList) throws(Failure) {
    try check(tensors)
    try makeState(tensors)
  }

  private func check(_ tensors: TensorList) throws(Failure) {
    try state.check(count: tensors.count)
    for index in 0..<tensors.count {
      let tensor = try tensors.checked(index)
      if groups.index(of: tensor.group) == nil {
        throw Failure(
          .invalidArgument,
          "tensor \(index): group: there is no group \(tensor.group); setting an option of it makes it")
      }
      try state.check(tensor.shape, index)
    }
  }

  private mutating func makeState(_ tensors: TensorList) throws(Failure) {
    let new = state.count == 0 ? try OptimizerState(tensors, algorithm, groups) : OptimizerState()
    if tracksHealth { try recorder.makeRoom(tensors) }
    if state.count == 0 { state = new }
  }

  private func apply(to tensor: Tensor, _ index: Int) {
    var update = groups.update(groups.index(of: tensor.group)!)
    update.values = tensor.values
    update.gradient = tensor.gradient
    update.count = tensor.shape.count
    withUnsafeMutableBytes(of: &update.state) { pointers in
      let pointers = pointers.baseAddress!.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
      for buffer in 0..<algorithm.stateCount { pointers[buffer] = state.buffer(buffer, tensor: index) }
    }
    switch tensor.shape.type {
    case .float32: algorithm.rule.pointee.update_float32(&update)
    case .float64: algorithm.rule.pointee.update_float64(&update)
    }
  }

  /// A tensor's state buffer of this name, and its number of elements.
  public func state(tensor: Int, named name: UnsafePointer<CChar>) throws(Failure) -> UnsafeMutableRawBufferPointer {
    let buffer = try algorithm.stateIndex(name)
    guard state.count > 0 else { throw Failure(.invalidArgument, "tensor: there is no state before the first step") }
    guard tensor >= 0 && tensor < state.count else {
      throw Failure(.invalidArgument, "tensor: \(UInt(bitPattern: tensor)) is outside [0, \(state.count))")
    }
    guard let start = state.buffer(buffer, tensor: tensor) else {
      throw Failure(.unknownName, "name: the options do not call for the state \"\(name)\"")
    }
    return UnsafeMutableRawBufferPointer(start: start, count: state.shape(tensor).count)
  }

  // MARK: Gradients as a whole

  /// Whether the policy lets these gradients in: false if the step is to be skipped.
  private func admits(_ tensors: TensorList) throws(Failure) -> Bool {
    let policy = options[KERNEL_NOT_FINITE_POLICY]
    if policy == 0 { return true }
    for index in 0..<tensors.count {
      let tensor = tensors[index]
      let first = tensor.firstNotFinite
      if first == tensor.shape.count { continue }
      if policy == 2 { return false }
      throw Failure(
        .notFinite,
        "tensor \(index): gradient[\(first)] is \(tensor.gradientElement(first)), which not_finite_policy refuses")
    }
    return true
  }

  /// What the gradients are multiplied with so that their common norm is at most `clip_norm`.
  private mutating func clippingScale(_ tensors: TensorList) -> Double {
    let limit = options[KERNEL_CLIP_NORM]
    if limit == 0 { return 1 }
    var sum = SquareSum()
    for index in 0..<tensors.count {
      let tensor = tensors[index]
      let clip = groups[groups.index(of: tensor.group)!].values[KERNEL_CLIP_VALUE]
      sum.add(tensor.gradient, count: tensor.shape.count, type: tensor.shape.type, clip: clip > 0 ? clip : .infinity)
    }
    let norm = sum.total.squareRoot()
    guard norm > limit else { return 1 }
    recorder.countClipped()
    return limit / norm
  }

  // MARK: Health

  private var tracksHealth: Bool { options[KERNEL_TRACK_HEALTH] != 0 }

  /// What the last step did, and what all of them counted.
  public var health: Health { recorder.health }
}
