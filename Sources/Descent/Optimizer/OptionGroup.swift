import CDescentKernels

/// The options of the tensors of one group: the optimizer's own where the group has none of its own.
struct OptionGroup: BitwiseCopyable {
  let id: UInt32
  private(set) var values: OptionValues
  /// A bit for each option that was set here.
  private(set) var own: UInt64
  /// What is the same for all the group's tensors in a step.
  private(set) var update = kernel_update()

  init(id: UInt32, values: OptionValues, own: UInt64 = 0) {
    self.id = id
    self.values = values
    self.own = own
  }

  mutating func set(_ option: Option, to value: Double) {
    values[option] = value
    own |= 1 << UInt64(option.number)
  }

  /// Takes over a value of the optimizer's, unless the group has its own.
  mutating func follow(_ option: Option, _ value: Double) {
    if own >> UInt64(option.number) & 1 == 0 { values[option] = value }
  }

  /// Makes ready for a step: `rateFactor` is the schedule's, `gradientScale` that of clipping by norm.
  mutating func prepare(
    _ rule: UnsafePointer<kernel_rule>, step: UInt64, rateFactor: Double, gradientScale: Double
  ) {
    var scheduled = values
    scheduled[KERNEL_LEARNING_RATE] *= rateFactor
    scheduled.withPointer { options in
      withUnsafeMutableBytes(of: &update.constants) {
        rule.pointee.prepare(step, options, $0.baseAddress!.assumingMemoryBound(to: Double.self))
      }
    }
    let clip = values[KERNEL_CLIP_VALUE]
    update.clip_value = clip > 0 ? clip : .infinity
    update.gradient_scale = values[KERNEL_MAXIMIZE] != 0 ? -gradientScale : gradientScale
    update.coupled_decay = values[KERNEL_WEIGHT_DECAY]
    update.kept_share = 1 - scheduled[KERNEL_LEARNING_RATE] * values[KERNEL_DECOUPLED_WEIGHT_DECAY]
    update.has_stages =
      clip > 0 || update.gradient_scale != 1 || update.coupled_decay != 0 || update.kept_share != 1
  }
}

/// The optimizer's own options, group 0, and those of the other groups.
struct OptionGroups: ~Copyable {
  private(set) var base: OptionGroup
  private var others = Memory()
  private var capacity = 0
  private(set) var count = 1

  init(_ values: OptionValues) { base = OptionGroup(id: 0, values: values) }

  /// Group 0 and room for `count` groups in all, which are to be added.
  init(_ base: OptionGroup, roomFor count: Int) throws(Failure) {
    self.base = base
    others = try Memory(of: OptionGroup.self, count: count - 1, purpose: "option groups")
    capacity = count - 1
  }

  /// A group other than 0, by its place.
  private func other(_ index: Int) -> UnsafeMutablePointer<OptionGroup> {
    others.pointer(to: OptionGroup.self) + (index - 1)
  }

  /// The place of a group among all of them; nil if it has not been made.
  func index(of id: UInt32) -> Int? {
    if id == 0 { return 0 }
    for index in 1..<count where other(index).pointee.id == id { return index }
    return nil
  }

  subscript(index: Int) -> OptionGroup {
    get { index == 0 ? base : other(index).pointee }
  }

  /// What is the same for the tensors of the group at a place.
  func update(_ index: Int) -> kernel_update {
    index == 0 ? base.update : other(index).pointee.update
  }

  /// Sets an option of a group, which is made if it is new; one of group 0 holds for all that have none of their own.
  mutating func set(_ option: Option, of id: UInt32, to value: Double) throws(Failure) {
    if id == 0 {
      base.set(option, to: value)
      for index in 1..<count { other(index).pointee.follow(option, value) }
      return
    }
    let index = if let made = index(of: id) { made } else { try add(OptionGroup(id: id, values: base.values)) }
    other(index).pointee.set(option, to: value)
  }

  mutating func prepare(
    _ rule: UnsafePointer<kernel_rule>, step: UInt64, rateFactor: Double, gradientScale: Double
  ) {
    base.prepare(rule, step: step, rateFactor: rateFactor, gradientScale: gradientScale)
    for index in 1..<count {
      other(index).pointee.prepare(
        rule, step: step, rateFactor: rateFactor, gradientScale: gradientScale)
    }
  }

  /// Another dialect's defaults, for all options that were not set.
  mutating func adoptDefaults(_ defaults: OptionValues) {
    for place in 0..<Option.count {
      guard let option = Option.at(place) else { continue }
      base.follow(option, defaults[option])
      for index in 1..<count { other(index).pointee.follow(option, base.values[option]) }
    }
  }

  func copy() throws(Failure) -> OptionGroups {
    var copy = try OptionGroups(base, roomFor: count)
    for index in 1..<count { try copy.add(self[index]) }
    return copy
  }

  /// Adds a group whose number is new; returns its place.
  @discardableResult mutating func add(_ group: OptionGroup) throws(Failure) -> Int {
    if count - 1 == capacity {
      let larger = try Memory(of: OptionGroup.self, count: 2 * capacity + 4, purpose: "option groups")
      for index in 1..<count { larger.pointer(to: OptionGroup.self)[index - 1] = self[index] }
      others = larger
      capacity = 2 * capacity + 4
    }
    other(count).initialize(to: group)
    count += 1
    return count - 1
  }
}
