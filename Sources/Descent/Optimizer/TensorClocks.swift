import CDescentKernels

/// How many steps each tensor has made, and what the rule keeps of them. Nothing while that is the same for all tensors:
/// then the optimizer counts, and a group keeps. It differs once a step has passed a tensor by, or a tensor has come later.
struct TensorClocks: ~Copyable {
  struct Clock: BitwiseCopyable {
    /// The constants of the step that is being prepared; they come first.
    var constants = InlineArray<16, Double>(repeating: 0)
    var steps: UInt64
    /// What the rule keeps from one step to the next, and what that becomes with the step that is being prepared.
    var scalars: RuleScalars
    var next: RuleScalars

    init(steps: UInt64, scalars: RuleScalars) { (self.steps, self.scalars, next) = (steps, scalars, scalars) }

    func isSame(as other: Clock) -> Bool {
      for index in scalars.indices where scalars[index].bitPattern != other.scalars[index].bitPattern { return false }
      return steps == other.steps
    }
  }

  private(set) var count: Int
  private let memory: Memory

  /// None.
  init() {
    count = 0
    memory = Memory()
  }

  init(count: Int, _ clock: (Int) -> Clock) throws(Failure) {
    memory = try Memory(of: Clock.self, count: count, purpose: "the steps of tensors")
    self.count = count
    for index in 0..<count { (self[index]).initialize(to: clock(index)) }
  }

  var isEmpty: Bool { count == 0 }

  subscript(index: Int) -> UnsafeMutablePointer<Clock> { memory.pointer(to: Clock.self) + index }

  /// The number of the step that a tensor makes: `common` if that is the same for all.
  func step(_ index: Int, unless common: UInt64) -> UInt64 { isEmpty ? common : self[index].pointee.steps + 1 }

  /// A tensor's constants in the step that is being prepared; nil if it has its group's.
  func constants(_ index: Int) -> UnsafeRawPointer? {
    isEmpty ? nil : UnsafeRawPointer(self[index])
  }

  /// The step is made.
  func commit(_ tensors: TensorList) {
    for index in 0..<count where tensors.takesPart(index) {
      self[index].pointee.steps += 1
      self[index].pointee.scalars = self[index].pointee.next
    }
  }

  /// Forgets all tensors but the first ones.
  mutating func keepFirst(_ number: Int) { count = min(count, number) }
}

extension Optimizer {
  /// Whether tensors may have made different numbers of steps. What a rule keeps of the sums over all tensors is one thing for
  /// all of them.
  var canHaveClocks: Bool { !(algorithm.isReducing && algorithm.scalarCount > 0) }

  /// Whether a step of these tensors calls for clocks that are not there.
  func needsClocks(_ tensors: TensorList) -> Bool {
    if !tensors.areParameters || !canHaveClocks { return false }
    if !clocks.isEmpty { return clocks.count < tensors.count }
    return stepCount > 0 && state.count > 0 && state.count < tensors.count || tensors.skipsSome
  }

  /// Forgets clocks that all show the optimizer's own count, where they say nothing else: restored ones mostly do.
  mutating func dropNeedlessClocks(_ tensors: TensorList) {
    if clocks.isEmpty || algorithm.scalarCount > 0 || clocks.count < tensors.count || tensors.skipsSome { return }
    for index in 0..<clocks.count where clocks[index].pointee.steps != stepCount { return }
    clocks = TensorClocks()
  }

  /// Clocks of all tensors that there are, if they have none yet; they show what is the same for all.
  mutating func makeOwnClocks() throws(Failure) {
    if !clocks.isEmpty { return }
    let (steps, scalars) = (stepCount, groups.base.pointee.scalars)
    clocks = try TensorClocks(count: state.count) { _ in TensorClocks.Clock(steps: steps, scalars: scalars) }
  }

  /// Clocks that go on from what there is; those of new tensors begin.
  func makeClocks(_ tensors: TensorList) throws(Failure) -> TensorClocks {
    try TensorClocks(count: tensors.count) { index in
      if index < clocks.count { return clocks[index].pointee }
      if index >= state.count { return TensorClocks.Clock(steps: 0, scalars: algorithm.initialScalars) }
      return TensorClocks.Clock(steps: stepCount, scalars: groups.scalars(of: tensors.group(index)))
    }
  }

  /// Makes the constants of each tensor that has steps of its own.
  mutating func prepareClocks(_ tensors: TensorList, rateFactor: Double) {
    var model: Int?
    for index in 0..<clocks.count where tensors.takesPart(index) {
      let (clock, group) = (clocks[index], tensors.group(index))
      // Most of them are in step.
      if let model, tensors.group(model) == group, clocks[model].pointee.isSame(as: clock.pointee) {
        clock.pointee = clocks[model].pointee
      } else {
        let constants = UnsafeMutableRawPointer(mutating: clocks.constants(index)!)
        clock.pointee.next = clock.pointee.scalars
        groups.prepare(
          algorithm.rule, group: group, step: clock.pointee.steps + 1, rateFactor: rateFactor, &clock.pointee.next,
          constants: constants)
      }
      model = index
    }
  }

  /// Throws unless each tensor's type can hold its constants.
  func checkClocks(_ tensors: TensorList) throws(Failure) {
    for index in 0..<clocks.count where tensors.takesPart(index) && tensors.shape(index).type != .float64 {
      let clock = clocks[index]
      for place in clock.pointee.constants.indices where !Float(clock.pointee.constants[place]).isFinite {
        throw Failure(
          .invalidArgument, "tensor \(index): learning_rate: what follows from it is infinite in the tensor's type")
      }
    }
  }
}
