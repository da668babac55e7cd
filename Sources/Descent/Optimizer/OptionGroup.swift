import CDescentKernels

/// The options of the tensors of one group: the optimizer's own where the group has none of its own.
struct OptionGroup: BitwiseCopyable {
  let id: UInt32
  private(set) var values: OptionValues
  /// The options that are not 0: what a step asks for, most of it in vain.
  private(set) var used: OptionSet
  /// Of group 0: the options that are not 0 in some group.
  fileprivate(set) var usedInSome: OptionSet
  /// Whether float32, and so every type, can hold those options that would make NaN of a gradient of 0 if it could not.
  private(set) var suitFloats: Bool
  /// The options that were set here.
  private(set) var own = OptionSet()
  /// What the rule keeps from one step to the next, and what that becomes with the step that is being prepared.
  var scalars: RuleScalars
  private var nextScalars: RuleScalars
  /// What `prepare` has made of them, where `combine` follows.
  private var preparedScalars: RuleScalars
  private var memory = kernel_memory()
  /// What is the same for all the group's tensors in a step.
  var update = kernel_update()

  init(id: UInt32, values: OptionValues, scalars: RuleScalars) {
    self.id = id
    self.values = values
    used = values.othersThanZero
    usedInSome = used
    suitFloats = values.suitFloats
    self.scalars = scalars
    nextScalars = scalars
    preparedScalars = scalars
  }

  /// A group with the values of another, none of which is its own.
  init(id: UInt32, following base: OptionGroup) { self.init(id: id, values: base.values, scalars: base.scalars) }

  mutating func set(_ option: Option, to value: Double) {
    change(option, to: value)
    own.insert(option)
  }

  private mutating func change(_ option: Option, to value: Double) {
    values[option] = value
    if value != 0 { used.insert(option) } else { used.remove(option) }
    suitFloats = values.suitFloats
  }

  /// Counts options as set; a bit for each number.
  mutating func markAsSet(_ numbers: UInt64) { own = OptionSet(numbers) }

  func owns(_ option: Option) -> Bool { own.contains(option) }

  /// Takes over a value of the optimizer's, unless the group has its own.
  mutating func follow(_ option: Option, _ value: Double) {
    if !owns(option) { change(option, to: value) }
  }

  /// Makes ready for a step: `rateFactor` is the schedule's, `gradientScale` that of clipping by norm, and gradients come
  /// multiplied by `lossScale`.
  mutating func prepare(
    _ rule: UnsafePointer<kernel_rule>, step: UInt64, rateFactor: Double, gradientScale: Double, lossScale: Double
  ) {
    let gradientScale = gradientScale / lossScale
    let scheduledRate = limited(values[KERNEL_LEARNING_RATE] * rateFactor)
    let constants = withUnsafeMutablePointer(to: &update.constants) { UnsafeMutableRawPointer($0) }
    nextScalars = scalars
    withPreparation(step: step, rateFactor: rateFactor, constants) { rule.pointee.prepare($0) }
    preparedScalars = nextScalars
    let clip = values[KERNEL_CLIP_VALUE]
    let stages = kernel_stages(
      clip_value: clip > 0 ? clip * lossScale : .infinity,
      gradient_scale: values[KERNEL_MAXIMIZE] != 0 ? -gradientScale : gradientScale,
      coupled_decay: values[KERNEL_WEIGHT_DECAY],
      kept_share: (rule.pointee.decays_itself ? 1 : 1 - scheduledRate * values[KERNEL_DECOUPLED_WEIGHT_DECAY])
        * (1 - values[KERNEL_RATE_FREE_WEIGHT_DECAY]))
    update.stages = stages
    update.resting_states = 0
    for index in 0..<rule.pointee.state_count {
      let needs = kernel_rule_state_needs(rule, index)
      if needs != 0 && values[kernel_option(rawValue: needs)] == 0 { update.resting_states |= 1 << UInt32(index) }
    }
    update.has_stages =
      clip > 0 || stages.gradient_scale != 1 || stages.coupled_decay != 0 || stages.kept_share != 1
  }

  /// The options with the rates of a step.
  func scheduledValues(rateFactor: Double) -> OptionValues {
    var scheduled = values
    scheduled[KERNEL_LEARNING_RATE] = limited(values[KERNEL_LEARNING_RATE] * rateFactor)
    scheduled[KERNEL_VECTOR_LEARNING_RATE] = limited(values[KERNEL_VECTOR_LEARNING_RATE] * rateFactor)
    return scheduled
  }

  /// Makes the constants of a tensor that has steps and kept numbers of its own.
  mutating func prepare(
    _ rule: UnsafePointer<kernel_rule>, step: UInt64, rateFactor: Double, _ scalars: inout RuleScalars,
    constants: UnsafeMutableRawPointer
  ) {
    let groups = nextScalars
    nextScalars = scalars
    withPreparation(step: step, rateFactor: rateFactor, constants) { rule.pointee.prepare($0) }
    scalars = nextScalars
    nextScalars = groups
  }

  /// Makes a tensor's constants out of its own or the group's, when its sums are known.
  mutating func combine(
    _ rule: UnsafePointer<kernel_rule>, step: UInt64, rateFactor: Double, _ sums: inout kernel_sums,
    from own: UnsafeRawPointer?, constants: UnsafeMutableRawPointer
  ) {
    withUnsafeBytes(of: update.constants) {
      constants.copyMemory(from: own ?? $0.baseAddress!, byteCount: $0.count)
    }
    // The same for each tensor of the group.
    nextScalars = preparedScalars
    withPreparation(step: step, rateFactor: rateFactor, constants) { rule.pointee.combine!($0, &sums) }
  }

  /// What a rule is asked with: the rates are those of the step.
  private mutating func withPreparation(
    step: UInt64, rateFactor: Double, _ constants: UnsafeMutableRawPointer,
    _ body: (UnsafePointer<kernel_preparation>) -> Void
  ) {
    let (rate, vectorRate) = (values[KERNEL_LEARNING_RATE], values[KERNEL_VECTOR_LEARNING_RATE])
    values[KERNEL_LEARNING_RATE] = limited(rate * rateFactor)
    values[KERNEL_VECTOR_LEARNING_RATE] = limited(vectorRate * rateFactor)
    values.withPointer { options in
      withUnsafeMutablePointer(to: &memory) { memory in
        withUnsafeMutableBytes(of: &nextScalars) { scalars in
          var preparation = kernel_preparation(
            step: step, options: options, memory: memory, constants: constants.assumingMemoryBound(to: Double.self),
            scalars: scalars.baseAddress!.assumingMemoryBound(to: Double.self))
          body(&preparation)
        }
      }
    }
    values[KERNEL_LEARNING_RATE] = rate
    values[KERNEL_VECTOR_LEARNING_RATE] = vectorRate
  }

  /// The step that was prepared is made.
  mutating func commit() { scalars = nextScalars }
}

/// The optimizer's own options, group 0, and those of the other groups. They lie apart from the optimizer, which is passed
/// around in each step.
struct OptionGroups: ~Copyable {
  private var memory: Memory
  private var capacity = 1
  private(set) var count = 1

  /// The algorithm's defaults in a dialect.
  init(of algorithm: Algorithm, dialect: UInt32 = 0) throws(Failure) {
    let values = OptionValues(of: algorithm, dialect: dialect)
    try self.init(OptionGroup(id: 0, values: values, scalars: algorithm.initialScalars), roomFor: 1)
  }

  /// Group 0 and room for `capacity` groups in all, which are to be added.
  init(_ base: OptionGroup, roomFor capacity: Int) throws(Failure) {
    memory = try Memory(of: OptionGroup.self, count: capacity, purpose: "option groups")
    self.capacity = capacity
    memory.pointer(to: OptionGroup.self).initialize(to: base)
  }

  private var groups: UnsafeMutablePointer<OptionGroup> { memory.pointer(to: OptionGroup.self) }

  /// The optimizer's own value of an option.
  subscript(option: kernel_option) -> Double { groups[0].values[option] }

  /// What the schedule multiplies the learning rate with in a step.
  func rateFactor(step: UInt64, _ plateau: Plateau) -> Double {
    if self[KERNEL_SCHEDULE] == 0 && self[KERNEL_WARMUP_STEPS] == 0 { return 1 }
    return Schedule.factor(base.pointee.values, step: step, plateau: plateau)
  }

  /// A group, by its place; the optimizer's own comes first.
  subscript(index: Int) -> UnsafePointer<OptionGroup> { UnsafePointer(groups + index) }

  var base: UnsafePointer<OptionGroup> { self[0] }

  /// The place of a group; nil if it has not been made.
  func index(of id: UInt32) -> Int? {
    for index in 0..<count where groups[index].id == id { return index }
    return nil
  }

  /// A group that has been made.
  private func group(_ id: UInt32) -> UnsafeMutablePointer<OptionGroup> { groups + (id == 0 ? 0 : index(of: id)!) }

  /// What is the same for the tensors of a group that has been made. Several threads may ask for it.
  func commonUpdate(of id: UInt32) -> kernel_update { group(id).pointee.update }

  /// The place where that is, whose rest is to be filled in: for one thread alone.
  func update(of id: UInt32) -> UnsafeMutablePointer<kernel_update> {
    let group = group(id)
    // A place in memory of our own, not a copy: the pointer is good for as long as the groups are.
    return withUnsafeMutablePointer(to: &group.pointee.update) { $0 }
  }

  /// Whether some group's gradients are limited.
  var limitValues: Bool { some(KERNEL_CLIP_VALUE) }

  /// Whether an option is not 0 in some group.
  func some(_ option: kernel_option) -> Bool { groups[0].usedInSome.contains(option.rawValue) }

  /// Comes after changes of options.
  private func noteUse() {
    groups[0].usedInSome = groups[0].used
    for place in 1..<count { groups[0].usedInSome.formUnion(groups[place].used) }
  }

  func scheduledValues(of id: UInt32, rateFactor: Double) -> OptionValues {
    group(id).pointee.scheduledValues(rateFactor: rateFactor)
  }

  /// Whether a group's steps keep to where they agree with the gradient.
  func isCautious(_ id: UInt32) -> Bool { group(id).pointee.values[KERNEL_CAUTIOUS] != 0 }

  /// What a group's gradients, which come multiplied by `lossScale`, are limited to; infinity if they are not.
  func clipValue(_ id: UInt32, lossScale: Double) -> Double {
    let clip = self[index(of: id)!].pointee.values[KERNEL_CLIP_VALUE]
    return clip > 0 ? clip * lossScale : .infinity
  }

  /// Sets an option of a group, which is made if it is new; one of group 0 holds for all that have none of their own.
  mutating func set(_ option: Option, of id: UInt32, to value: Double) throws(Failure) {
    let index =
      if let made = index(of: id) { made } else { try add(OptionGroup(id: id, following: groups[0])) }
    let groups = groups
    groups[index].set(option, to: value)
    if id == 0 { for index in 1..<count { groups[index].follow(option, value) } }
    noteUse()
  }

  /// Makes the constants of a tensor of a group.
  func combine(
    _ rule: UnsafePointer<kernel_rule>, group id: UInt32, step: UInt64, rateFactor: Double, _ sums: inout kernel_sums,
    from own: UnsafeRawPointer?, constants: UnsafeMutableRawPointer
  ) {
    group(id).pointee.combine(rule, step: step, rateFactor: rateFactor, &sums, from: own, constants: constants)
  }

  /// Makes the constants of a tensor of a group that has steps and kept numbers of its own.
  func prepare(
    _ rule: UnsafePointer<kernel_rule>, group id: UInt32, step: UInt64, rateFactor: Double,
    _ scalars: inout RuleScalars,
    constants: UnsafeMutableRawPointer
  ) {
    group(id).pointee.prepare(rule, step: step, rateFactor: rateFactor, &scalars, constants: constants)
  }

  func prepare(
    _ rule: UnsafePointer<kernel_rule>, step: UInt64, rateFactor: Double, gradientScale: Double, lossScale: Double
  ) {
    // The draws of a step, whatever group a tensor is in.
    let rounding =
      some(KERNEL_STOCHASTIC_ROUNDING) || some(KERNEL_STATE_DTYPE)
      ? Philox(seed: UInt64(self[KERNEL_ROUNDING_SEED]), stream: RandomPurpose.rounding.stream()).bits(at: step) : 0
    for index in 0..<count {
      groups[index].prepare(
        rule, step: step, rateFactor: rateFactor, gradientScale: gradientScale, lossScale: lossScale)
      groups[index].update.is_stochastic = groups[index].values[KERNEL_STOCHASTIC_ROUNDING] != 0
      groups[index].update.rounding_key = (UInt32(truncatingIfNeeded: rounding), UInt32(rounding >> 32))
    }
  }

  /// The step that was prepared is made.
  func commit() {
    for index in 0..<count { groups[index].commit() }
  }

  /// What the rule keeps for a group that has been made.
  func scalars(of id: UInt32) -> RuleScalars { group(id).pointee.scalars }

  /// What the rule keeps for the group at a place.
  func setScalars(_ scalars: RuleScalars, at place: Int) { groups[place].scalars = scalars }

  /// What the rule keeps for every group.
  func setScalars(_ scalars: RuleScalars) {
    for index in 0..<count { groups[index].scalars = scalars }
  }

  /// Another dialect's defaults, for all options that were not set.
  func adoptDefaults(_ defaults: OptionValues) {
    for place in 0..<Option.count {
      guard let option = Option.at(place) else { continue }
      groups[0].follow(option, defaults[option])
      for index in 1..<count { groups[index].follow(option, groups[0].values[option]) }
    }
    noteUse()
  }

  /// Sets an option of the group at a place, and of no other.
  func setOwn(_ option: Option, to value: Double, at place: Int) {
    groups[place].set(option, to: value)
    noteUse()
  }

  /// Gives the optimizer's own option a value without counting it as set.
  func setUnmarked(_ option: Option, to value: Double) {
    groups[0].follow(option, value)
    noteUse()
  }

  /// The same groups, with room for `capacity` of them.
  func copy(capacity: Int? = nil) throws(Failure) -> OptionGroups {
    var copy = try OptionGroups(base.pointee, roomFor: capacity ?? count)
    Descent.copy(UnsafePointer(groups), to: copy.groups, count: count)
    copy.count = count
    return copy
  }

  /// Adds a group whose number is new; returns its place.
  @discardableResult mutating func add(_ group: OptionGroup) throws(Failure) -> Int {
    if count == capacity { self = try copy(capacity: 2 * capacity + 3) }
    (groups + count).initialize(to: group)
    count += 1
    noteUse()
    return count - 1
  }
}
