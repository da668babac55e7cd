import CDescentKernels

/// What every step method can have besides its rule: averages of the parameters, Lookahead, gradients that are collected over
/// several steps, and gradients that are prepared as a whole (`GradientPreparation`).
struct Aids: ~Copyable {
  /// What is kept from one step to the next, each a buffer of each tensor; nothing where the options have never called for it.
  var average = OptimizerState()
  var slow = OptimizerState()
  var gradientMean = OptimizerState()
  /// Whether the slow values have no values yet.
  private(set) var slowBegins = false
  /// How many steps are in the average, and how many gradients in the mean.
  var averagedSteps: UInt64 = 0
  var collectedGradients: UInt64 = 0

  /// Needed during a step only: the parameters before it, where a matrix method is to be cautious, and the gradients that its
  /// rule gets, with a list of tensors that have them.
  var before = OptimizerState()
  var prepared = OptimizerState()
  var preparedTensors = OwnTensors()

  /// How far the slow values and the average go in the step that is being made; nil if they do not.
  var slowRate: Double?
  var averageRate: Double?

  init() {}

  /// The buffers that are kept, and the options that call for them.
  enum Buffer {
    case average
    case slow
    case gradientMean

    static var all: InlineArray<3, Buffer> { [.average, .slow, .gradientMean] }

    var name: StaticString {
      switch self {
      case .average: "average_values"
      case .slow: "slow_values"
      case .gradientMean: "gradient_mean"
      }
    }

    static func named(_ name: UnsafePointer<CChar>) -> Buffer? {
      for index in all.indices where isSameText(name, cString(all[index].name)) { return all[index] }
      return nil
    }
  }

  /// A tensor's buffer; nil if the options have never called for it.
  func buffer(_ buffer: Buffer, tensor: Int) -> UnsafeMutableRawPointer? {
    switch buffer {
    case .average: average.buffer(0, tensor: tensor)
    case .slow: slow.buffer(0, tensor: tensor)
    case .gradientMean: gradientMean.buffer(0, tensor: tensor)
    }
  }

  /// The room that a step needs: all of it or nothing.
  mutating func makeRoom(
    _ tensors: TensorList, _ groups: borrowing OptionGroups, keepsBefore: Bool
  ) throws(Failure) {
    func room(_ isNeeded: Bool, _ now: borrowing OptimizerState) throws(Failure) -> OptimizerState {
      now.count < tensors.count && (isNeeded || now.count > 0)
        ? try OptimizerState(tensors, present: 1, after: now) : OptimizerState()
    }
    let prepares = prepares(groups)
    let newAverage = try room(groups[KERNEL_AVERAGE] != 0, average)
    let newSlow = try room(groups[KERNEL_LOOKAHEAD_STEPS] > 0, slow)
    let newMean = try room(groups[KERNEL_ACCUMULATE_STEPS] > 1, gradientMean)
    let newBefore = try room(keepsBefore && groups.some(KERNEL_CAUTIOUS), before)
    let newPrepared = try room(prepares, prepared)
    if newPrepared.count > 0 {
      preparedTensors = try OwnTensors(count: tensors.count)
      prepared = newPrepared
    }
    if newAverage.count > 0 {
      // A tensor that comes later has its first values for an average.
      if average.count > 0 { newAverage.copyValues(tensors, from: average.count) }
      average = newAverage
    }
    if newMean.count > 0 { gradientMean = newMean }
    if newBefore.count > 0 { before = newBefore }
    if newSlow.count > 0 {
      if slow.count > 0 { newSlow.copyValues(tensors, from: slow.count) } else { slowBegins = true }
      slow = newSlow
    }
  }

  /// The slow values have been given, if there are any.
  mutating func restoreSlowValues() { slowBegins = slowBegins && slow.count == 0 }

  /// Forgets all tensors but the first ones.
  mutating func keepFirst(_ number: Int) {
    average.keepFirst(number)
    slow.keepFirst(number)
    gradientMean.keepFirst(number)
    before.keepFirst(number)
    prepared.keepFirst(number)
  }

  /// Whether a step has any of them.
  func areWanted(_ groups: borrowing OptionGroups) -> Bool {
    groups[KERNEL_AVERAGE] != 0 || groups[KERNEL_LOOKAHEAD_STEPS] > 0 || groups.some(KERNEL_CAUTIOUS)
      || prepares(groups)
  }

  /// Whether the rule gets other gradients than the caller's.
  func prepares(_ groups: borrowing OptionGroups) -> Bool {
    groups[KERNEL_ACCUMULATE_STEPS] > 1 || collectedGradients > 0 || groups.some(KERNEL_CENTRALIZE)
      || groups.some(KERNEL_ADAPTIVE_CLIP)
  }

  /// Keeps the parameters before a step: as the first slow values, and where it is to be cautious.
  func keepValues(_ tensors: TensorList, _ groups: borrowing OptionGroups) {
    let (isCautious, slowBegins) = (
      groups.some(KERNEL_CAUTIOUS) && before.count > 0, slowBegins && groups[KERNEL_LOOKAHEAD_STEPS] > 0
    )
    if !slowBegins && !isCautious { return }
    for index in 0..<tensors.count {
      if slowBegins { tensors.copyValues(index, to: slow.buffer(0, tensor: index)!) }
      if isCautious { tensors.copyValues(index, to: before.buffer(0, tensor: index)!) }
    }
  }

  /// Says how far the slow values and the average go with step `step`.
  mutating func plan(_ groups: borrowing OptionGroups, step: UInt64) {
    collectedGradients = 0
    let period = UInt64(groups[KERNEL_LOOKAHEAD_STEPS])
    // Turned on again, it begins anew.
    slowBegins = period == 0
    slowRate = period > 0 && step % period == 0 ? groups[KERNEL_LOOKAHEAD_RATE] : nil
    averageRate = nil
    let kind = AverageKind(rawValue: Int(groups[KERNEL_AVERAGE])) ?? .none
    guard kind != .none && Double(step) >= groups[KERNEL_AVERAGE_START] else { return }
    averagedSteps += 1
    if averagedSteps == 1 {
      averageRate = 1
    } else {
      averageRate = kind == .uniform ? 1 / Double(averagedSteps) : 1 - groups[KERNEL_AVERAGE_DECAY]
    }
  }

  /// Whether something follows the rule that needs no more than an element.
  var finishesPieces: Bool { slowRate != nil || averageRate != nil }

  /// Says what comes after the rule for elements of a tensor, `offset` bytes from its beginning on.
  func locateFinish(_ update: UnsafeMutablePointer<kernel_update>, tensor: Int, offset: Int) {
    update.pointee.has_finish = true
    update.pointee.finish = kernel_finish()
    if let slowRate {
      update.pointee.finish.slow = slow.buffer(0, tensor: tensor)! + offset
      update.pointee.finish.slow_rate = slowRate
    }
    if let averageRate {
      update.pointee.finish.average = average.buffer(0, tensor: tensor)! + offset
      update.pointee.finish.average_rate = averageRate
    }
  }
}

extension OptimizerState {
  /// Copies the values of the tensors from one on into their first buffers.
  fileprivate func copyValues(_ tensors: TensorList, from first: Int) {
    for index in first..<count { tensors.copyValues(index, to: buffer(0, tensor: index)!) }
  }
}

/// How parameters are averaged; the numbers are those of `descent_average`.
enum AverageKind: Int {
  case none = 0
  case ema = 1
  case uniform = 2
}
