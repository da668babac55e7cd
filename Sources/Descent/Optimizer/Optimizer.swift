import CDescentKernels
import CPlatform

/// An algorithm, its options, and the state of the tensors that it updates.
public struct Optimizer: ~Copyable {
  public let algorithm: Algorithm
  public internal(set) var stepCount: UInt64 = 0
  var groups: OptionGroups
  var state = OptimizerState()
  var clocks = TensorClocks()
  var sums = TensorSums()
  var aids = Aids()
  /// What sees tensors as matrices, and its working memory.
  let matrixMethod: AnyMatrixMethod?
  /// Whether there is one: to ask `matrixMethod` itself would copy it in each step.
  let isOfMatrices: Bool
  var matrixRoom = MatrixRoom()
  /// The training parameters while averaged ones are in the tensors; else nothing.
  var training = OptimizerState()

  @inline(never)
  deinit {}
  var plateau = Plateau()
  var recorder = HealthRecorder()
  /// What a batch method keeps.
  var batch = BatchState()

  public init(_ algorithm: Algorithm) throws(Failure) {
    self.algorithm = algorithm
    matrixMethod = AnyMatrixMethod.find(algorithm.number)
    if case .some = matrixMethod { isOfMatrices = true } else { isOfMatrices = false }
    groups = try OptionGroups(of: algorithm)
  }

  // MARK: Options

  /// Sets an option of a group of tensors; group 0 is the optimizer itself.
  public mutating func set(_ option: Option, group: UInt32 = 0, to value: Double) throws(Failure) {
    _ = try algorithm.defaultValue(of: option)
    if group != 0 && (option.scope != .group || algorithm.isBatch) {
      throw Failure(.invalidArgument, "\(option.name): holds for the whole optimizer, not for a group")
    }
    try option.check(value)
    if state.count > 0 {
      if option.scope == .beforeFirstStep && value != groups.base.pointee.values[option] {
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
    return groups[try index(ofGroup: group)].pointee.values[option]
  }

  var isMaximizing: Bool { groups[KERNEL_MAXIMIZE] != 0 }

  /// The place of a group that has been made.
  func index(ofGroup group: UInt32) throws(Failure) -> Int {
    guard let index = groups.index(of: group) else {
      throw Failure(.invalidArgument, "group: there is no group \(group); setting an option of it makes it")
    }
    return index
  }

  /// The learning rate of the next step, as the schedule has it.
  public var learningRate: Double {
    limited(groups[KERNEL_LEARNING_RATE] * groups.rateFactor(step: stepCount + 1, plateau))
  }

  /// Tells the schedule that waits for a plateau how the training goes.
  public mutating func report(loss: Double) throws(Failure) {
    try requireSchedule()
    if loss.isNaN { throw Failure(.invalidArgument, "loss is NaN") }
    plateau.report(loss, groups.base.pointee.values)
  }

  // MARK: Steps

  /// Forgets state, step count, shapes, the plateau and what was counted; keeps the options.
  public mutating func reset() throws(Failure) {
    try requireTraining()
    state = OptimizerState()
    clocks = TensorClocks()
    sums = TensorSums()
    aids = Aids()
    matrixRoom = MatrixRoom()
    training = OptimizerState()
    groups.setScalars(algorithm.initialScalars)
    stepCount = 0
    plateau = Plateau()
    recorder = HealthRecorder()
    batch = BatchState()
  }

  /// One update of all tensors; or their gradients are kept for one that comes later. False if the policy for numbers that are
  /// not finite skips it.
  @discardableResult
  public mutating func step(_ given: TensorList) throws(Failure) -> Bool {
    try requireSteps()
    try check(given)
    var squares: Double?
    guard try admits(given, &squares) else { return skip() }
    let (next, known) = (stepCount + 1, state.count)
    try makeState(given)
    if collects() {
      collect(given)
      return true
    }
    var tensors = given
    if aids.prepares(groups) {
      tensors = prepareGradients(given)
      squares = nil
    }
    // Prepared gradients are not multiplied by it any more.
    let lossScale = aids.prepares(groups) ? 1 : groups[KERNEL_GRADIENT_SCALE]
    let scale = clippingScale(tensors, squares, lossScale)
    let rateFactor = groups.rateFactor(step: next, plateau)
    groups.prepare(algorithm.rule, step: next, rateFactor: rateFactor, gradientScale: scale, lossScale: lossScale)
    prepareClocks(tensors, rateFactor: rateFactor)
    do throws(Failure) {
      try groups.checkNumbers(tensors)
      try checkClocks(tensors)
      measure(tensors, step: next, rateFactor: rateFactor)
      aids.keepValues(tensors, groups)
      guard try canWrite(tensors, step: next, rateFactor: rateFactor) else {
        release(to: known)
        return skip()
      }
    } catch {
      release(to: known)
      throw error
    }
    if scale != 1 { recorder.countClipped() }
    if tracksHealth { recorder.begin(tensors) }
    stepCount = next
    groups.commit()
    keepNumbers(tensors)
    aids.plan(groups, step: next)
    update(tensors)
    updateRows(tensors)
    if isOfMatrices {
      updateMatrices(tensors, step: next, rateFactor: rateFactor)
      finishMatrices(tensors)
    }
    finishCautiously(tensors)
    clocks.commit(tensors)
    if tracksHealth { recorder.end(tensors, state, step: next, lossScale: lossScale) }
    return true
  }

  private mutating func skip() -> Bool {
    recorder.countSkipped()
    return false
  }

  /// A step; false if there is none from this point, since its numbers would be infinite: `not_finite_policy` forbids them, or
  /// the rate has grown out of range.
  mutating func advance(_ tensors: TensorList, isFirst: Bool) throws(Failure) -> Bool {
    do throws(Failure) {
      return try step(tensors)
    } catch {
      if isFirst && error.kind == .invalidArgument { throw error }
      return false
    }
  }

  /// Checks the tensors, and makes the state for steps that cannot fail then. Whoever calls this and makes no step calls
  /// `release(_:)` with what is returned: whether the optimizer had no tensors before.
  mutating func adopt(_ tensors: TensorList) throws(Failure) -> Bool {
    let isNew = state.count == 0
    try check(tensors)
    try makeState(tensors)
    return isNew
  }

  /// Makes the state of tensors without a step.
  public mutating func prepare(_ tensors: TensorList) throws(Failure) {
    try requireSteps()
    try check(tensors, makesStep: false)
    try makeState(tensors)
  }

  /// Forgets tensors that came newly, behind the first `known` ones, and were never stepped.
  private mutating func release(to known: Int) {
    if known == 0 { return release(ifNew: true) }
    if known == state.count { return }
    state.keepFirst(known)
    clocks.keepFirst(known)
    aids.keepFirst(known)
    recorder.keepFirst(known)
    sums = TensorSums()
  }

  /// Forgets tensors that were adopted newly and never stepped.
  mutating func release(ifNew isNew: Bool) {
    guard isNew && stepCount == 0 && aids.collectedGradients == 0 else { return }
    state = OptimizerState()
    clocks = TensorClocks()
    sums = TensorSums()
    aids = Aids()
    matrixRoom = MatrixRoom()
    recorder.freeRoom()
    batch = BatchState()
  }

  private mutating func check(_ tensors: TensorList, makesStep: Bool = true) throws(Failure) {
    try requireTraining()
    if tensors.haveRows { try checkRows(tensors) }
    if !state.suits(tensors, groups) { try checkEach(tensors) }
    if makesStep { try checkCollecting(tensors) }
  }

  private func checkEach(_ tensors: TensorList) throws(Failure) {
    try state.check(count: tensors.count, mayBeMore: tensors.mayBeMore)
    for index in 0..<tensors.count {
      let (shape, group) = (try tensors.check(index), tensors.group(index))
      if groups.index(of: group) == nil {
        throw Failure(
          .invalidArgument, "tensor \(index): group: there is no group \(group); setting an option of it makes it")
      }
      try state.check(shape, index)
    }
  }

  /// Throws where a mean of gradients would not be one.
  private func checkCollecting(_ tensors: TensorList) throws(Failure) {
    guard tensors.areParameters && (groups[KERNEL_ACCUMULATE_STEPS] > 1 || aids.collectedGradients > 0) else { return }
    for index in 0..<tensors.count where tensors.isSkipped(index) {
      throw Failure(.unsupported, "tensor \(index): gradient is NULL, but accumulate_steps collects gradients")
    }
    if aids.collectedGradients > 0 && state.count < tensors.count {
      throw Failure(.unsupported, "count: new tensors cannot come while accumulate_steps has collected gradients")
    }
  }

  private mutating func makeState(_ tensors: TensorList) throws(Failure) {
    dropNeedlessClocks(tensors)
    let grows = state.count < tensors.count
    let needsSums = algorithm.isReducing && !sums.suits(tensors.count)
    let needsMatrixRoom =
      isOfMatrices
      && (grows || !matrixRoom.isMade || groups[KERNEL_NOT_FINITE_POLICY] != 0 && !matrixRoom.keepsValues)
    let needsClocks = needsClocks(tensors)
    if !grows && !tracksHealth && !needsSums && !needsMatrixRoom && !needsClocks && !aids.areWanted(groups) { return }
    let new = grows ? try OptimizerState(tensors, algorithm, groups, after: state) : OptimizerState()
    let newClocks = needsClocks ? try makeClocks(tensors) : TensorClocks()
    let newMatrixRoom = needsMatrixRoom ? try makeMatrixRoom(tensors, new) : MatrixRoom()
    let newSums = needsSums ? try TensorSums(tensors) : TensorSums()
    let newRecords = tracksHealth ? try recorder.makeRoom(tensors) : OptimizerState()
    try aids.makeRoom(tensors, groups, keepsBefore: isOfMatrices)
    if needsSums { sums = newSums }
    if needsMatrixRoom { matrixRoom = newMatrixRoom }
    if newRecords.count > 0 { recorder.takeRoom(newRecords) }
    if grows { state = new }
    if needsClocks { clocks = newClocks }
  }

  private func makeMatrixRoom(
    _ tensors: TensorList, _ new: borrowing OptimizerState
  ) throws(Failure) -> MatrixRoom {
    let keepsBefore = groups[KERNEL_NOT_FINITE_POLICY] != 0
    let options = groups.base.pointee.values
    return new.count > 0
      ? try MatrixRoom(tensors, new, matrixMethod!, options, keepsBefore: keepsBefore)
      : try MatrixRoom(tensors, state, matrixMethod!, options, keepsBefore: keepsBefore)
  }

  private mutating func update(_ tensors: TensorList) {
    let elements = state.elements
    // Gradients that have some rows are no part of this.
    var work = elements
    if tensors.haveRows {
      work = 0
      for index in 0..<state.count where hasUpdate(tensors, index) { work += state[index].elements }
    }
    if work < leastParallelCount { return updateAll(tensors) }
    withUnsafePointer(to: &self) { optimizer in
      // Pieces that are large enough to be worth taking, and enough of them to go round.
      let piece = max(16384, min(262_144, elements / (8 * Int(Threads.count)) & ~1023))
      var job = StepJob(optimizer: optimizer, tensors: tensors, elements: elements, elementsPerPiece: piece)
      run(&job, pieces: (elements - 1) / piece + 1)
    }
  }

  /// Updates all elements, on this thread: then the groups' own descriptions can be filled in.
  private func updateAll(_ tensors: TensorList) {
    for index in 0..<state.count where hasUpdate(tensors, index) {
      let update = groups.update(of: tensors.group(index))
      apply(update, to: tensors, index, from: 0, to: state[index].elements)
    }
  }

  /// Updates the elements with these numbers among all tensors'.
  fileprivate func update(_ tensors: TensorList, from first: Int, to last: Int) {
    let (first, last) = (state.aligned(first), state.aligned(last))
    var index = state.tensor(withElement: first)
    // What is the same for a group is copied when another one begins: it is large beside a small tensor.
    var group = tensors.group(index)
    var update = groups.commonUpdate(of: group)
    while index < state.count && state[index].elementsBefore < last {
      let before = state[index].elementsBefore
      if hasUpdate(tensors, index) {
        if tensors.group(index) != group {
          group = tensors.group(index)
          update = groups.commonUpdate(of: group)
        }
        apply(
          &update, to: tensors, index, from: max(first - before, 0), to: min(last - before, state[index].elements))
      }
      index += 1
    }
  }

  /// Whether something happens to a tensor element by element. The average and the slow values of one without a gradient go
  /// on: they belong to the optimizer's steps.
  private func hasUpdate(_ tensors: TensorList, _ index: Int) -> Bool {
    tensors.takesPart(index)
      ? !isMatrix(index) && !groups.isCautious(tensors.group(index)) && tensors.someRows(index) == nil
      : aids.finishesPieces && tensors.isSkipped(index)
  }

  private func apply(
    _ update: UnsafeMutablePointer<kernel_update>, to tensors: TensorList, _ index: Int, from begin: Int, to end: Int
  ) {
    locate(update, in: tensors, index, from: begin, to: end)
    setConstants(update, tensor: index)
    if aids.finishesPieces {
      aids.locateFinish(update, tensor: index, offset: begin * state[index].shape.type.arithmetic.size)
    }
    kernel_run(kernels, tensors.takesPart(index) ? algorithm.rule : nil, update, state[index].shape.type.isDouble)
  }

  /// Says where elements of a tensor, their gradient and their state are.
  func locate(
    _ update: UnsafeMutablePointer<kernel_update>, in tensors: TensorList, _ index: Int, from begin: Int, to end: Int
  ) {
    let type = state[index].shape.type
    let (gradientType, copy) = (tensors.gradientType(index, of: type), tensors.copy(index))
    update.pointee.values = tensors.values(index)! + begin * type.size
    update.pointee.gradient = tensors.gradient(index).map { $0 + begin * gradientType.size }
    update.pointee.copy = copy.map { $0.place + begin * $0.type.size }
    state.locate(update, count: algorithm.stateCount, tensor: index, from: begin)
    update.pointee.is_stored =
      state[index].isStored || !type.isArithmetic || !gradientType.isArithmetic && update.pointee.gradient != nil
      || copy != nil
    if update.pointee.is_stored {
      state.describe(update, count: algorithm.stateCount, tensor: index, from: begin)
      update.pointee.setStorage(values: type, gradient: gradientType, copy: copy?.type ?? .bfloat16)
      (update.pointee.tensor, update.pointee.first_element) = (UInt32(truncatingIfNeeded: index), UInt64(begin))
    }
    update.pointee.count = end - begin
    update.pointee.has_finish = false
  }

  // MARK: Gradients as a whole

  /// Whether the policy lets these gradients in: false if the step is to be skipped. If their squares are added up for that,
  /// `squares` is the sum.
  private mutating func admits(_ tensors: TensorList, _ squares: inout Double?) throws(Failure) -> Bool {
    let policy = groups[KERNEL_NOT_FINITE_POLICY]
    if policy == 0 { return true }
    if state.count == tensors.count {
      // Several threads can add up, and a sum that is finite has no other terms.
      let sum = squareSum(tensors, isLimited: false, 1)
      squares = sum
      if sum.isFinite { return true }
    }
    for index in 0..<tensors.count where tensors.takesPart(index) {
      let tensor = tensors[index]
      let first = tensor.firstNotFinite
      if first == tensor.gradientCount { continue }
      if policy == 2 { return false }
      throw Failure(
        .notFinite,
        "tensor \(index): gradient[\(first)] is \(tensor.gradientElement(first)), which not_finite_policy refuses")
    }
    return true
  }

  /// What the gradients are multiplied with so that their common norm is at most `clip_norm`. `squares` is the sum of their
  /// squares before they are limited, if it is known.
  private mutating func clippingScale(_ tensors: TensorList, _ squares: Double?, _ lossScale: Double) -> Double {
    let limit = groups[KERNEL_CLIP_NORM]
    if limit == 0 { return 1 }
    let known = groups.limitValues ? nil : squares
    let norm = (known ?? squareSum(tensors, isLimited: true, lossScale)).squareRoot() / lossScale
    guard norm > limit else { return 1 }
    return limit / norm
  }

  private mutating func squareSum(_ tensors: TensorList, isLimited: Bool, _ lossScale: Double) -> Double {
    withUnsafePointer(to: &state) { state in
      withUnsafePointer(to: &groups) { groups in
        SquareSum(tensors: tensors, state: state, groups: isLimited ? groups : nil, lossScale: lossScale).total
      }
    }
  }

  // MARK: Health

  private var tracksHealth: Bool { groups[KERNEL_TRACK_HEALTH] != 0 }

  /// What the last step did, and what all of them counted.
  public var health: Health { recorder.health }
}

/// A step's updates. No element depends on another, so that pieces may begin and end anywhere.
private struct StepJob: Job {
  let optimizer: UnsafePointer<Optimizer>
  let tensors: TensorList
  let elements: Int
  let elementsPerPiece: Int

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: StepJob.self).pointee
      let first = index * job.elementsPerPiece
      job.optimizer.pointee.update(job.tensors, from: first, to: min(first + job.elementsPerPiece, job.elements))
    }
  }
}

extension kernel_update {
  mutating func setScales(_ state: Int, _ scales: UnsafeMutableRawPointer) {
    withUnsafeMutableBytes(of: &state_scales) {
      $0.baseAddress!.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)[state] = scales
    }
  }

  mutating func setStorage(of state: Int, _ type: ElementType) {
    withUnsafeMutableBytes(of: &state_storage) { $0[state] = UInt8(type.rawValue) }
  }

  fileprivate mutating func setStorage(values: ElementType, gradient: ElementType, copy: ElementType) {
    values_storage = UInt8(values.rawValue)
    gradient_storage = UInt8(gradient.rawValue)
    copy_storage = UInt8(copy.rawValue)
  }
}
