import CDescentKernels
import CPlatform

/// What the rows of W have missed since their features last occurred, in a fit whose steps update some rows only: the decay and
/// the l1 of each step since the beginning of the epoch, and how many of these each row has made.
///
/// Nothing is kept of methods for which it would take every step to know what a row has missed.
struct MissedSteps: ~Copyable {
  private static var mostSteps: Int { 65_536 }

  private let rowMemory: Memory
  private let stepMemory: Memory
  private let staleMemory: Memory
  private(set) var dimension = 0
  private var capacity = 0
  /// Since all rows were made up.
  var count = 0
  var isRegular = true
  /// Whether the model shows all rows made up, and the weights with which the fit goes on are kept beside it.
  private(set) var isShown = false
  /// AdaGrad's state and the numbers that are added to it, while the fit runs.
  private var squares: UnsafeMutablePointer<Float>?
  private var epsilon = (inside: 0.0, outside: 0.0)

  init() {
    rowMemory = Memory()
    stepMemory = Memory()
    staleMemory = Memory()
  }

  /// For epochs of so many steps.
  init(dimension: Int, outputs: Int, stepsPerEpoch: Int) throws(Failure) {
    let purpose: StaticString = "the steps that rows of W have missed"
    let capacity = min(stepsPerEpoch, Self.mostSteps)
    let rowMemory = try Memory(of: UInt32.self, count: dimension, purpose: purpose)
    let stepMemory = try Memory(of: kernel_missed_step.self, count: capacity + 1, purpose: purpose)
    // It is not touched unless a fit is looked at, or ends, within an epoch.
    let staleMemory = try Memory(of: Float.self, count: boundedProduct(dimension, outputs), purpose: purpose)
    self.rowMemory = rowMemory
    self.stepMemory = stepMemory
    self.staleMemory = staleMemory
    (self.dimension, self.capacity) = (dimension, capacity)
    steps[0].product = 1
  }

  var isEmpty: Bool { dimension == 0 }
  /// How many of the steps each row has made.
  var made: UnsafeMutablePointer<UInt32> { rowMemory.pointer(to: UInt32.self) }
  var steps: UnsafeMutablePointer<kernel_missed_step> { stepMemory.pointer(to: kernel_missed_step.self) }
  private var stale: UnsafeMutablePointer<Float> { staleMemory.pointer(to: Float.self) }

  /// Before steps: says where the state is that changes with the weights, which go on from what is kept. When they are over
  /// there is no optimizer.
  mutating func begin(
    _ weights: UnsafeMutablePointer<Float>, outputs: Int, _ optimizer: UnsafeMutablePointer<Optimizer>?
  ) {
    squares = nil
    guard let optimizer else { return }
    goOn(weights, outputs: outputs)
    squares = optimizer.pointee.floats(ofState: optimizer.pointee.algorithm.rule.pointee.metric.state)
  }

  /// Notes a step that is made; `l2` and `l1` are the model's and the fit's.
  mutating func note(_ optimizer: UnsafeMutablePointer<Optimizer>, rate: Double, l2: Double, l1: Double) {
    var update = optimizer.pointee.stepMade(tensor: 0)
    let metric = optimizer.pointee.algorithm.rule.pointee.metric
    let own = kernel_update_constant(&update, metric.rate, rate)
    epsilon.inside = kernel_update_constant(&update, metric.epsilon_inside, 0)
    epsilon.outside = kernel_update_constant(&update, metric.epsilon_outside, 0)
    let last = steps[count]
    var step = kernel_missed_step()
    step.kept = update.has_stages ? update.stages.kept_share : 1
    step.decay = own * (2 * l2 + (update.has_stages ? update.stages.coupled_decay : 0))
    step.shrink = own * l1
    let product = step.kept - step.decay
    step.product = last.product * product
    step.shrunk = last.shrunk + step.shrink / step.product
    step.shrinks = last.shrinks + step.shrink
    isRegular = isRegular && product > 0 && step.product > 0x1p-500
    count += 1
    steps[count] = step
  }

  var isFull: Bool { count == capacity }

  /// Makes up for what a row has missed.
  func makeUp(_ row: Int, _ weights: UnsafeMutablePointer<Float>, outputs: Int) {
    makeUp(row, weights + row * outputs, squares.map { $0 + row * outputs }, outputs)
    made[row] = UInt32(truncatingIfNeeded: count)
  }

  private func makeUp(
    _ row: Int, _ weights: UnsafeMutablePointer<Float>, _ squares: UnsafeMutablePointer<Float>?, _ outputs: Int
  ) {
    let first = Int(made[row])
    if first == count { return }
    var missed = kernel_missed(
      values: weights, squares: squares, count: outputs, steps: steps, first: first, last: count, is_regular: isRegular,
      epsilon_inside: epsilon.inside, epsilon_outside: epsilon.outside)
    kernels.pointee.make_up(&missed)
  }

  /// Makes up all rows, and begins anew.
  mutating func settle(_ weights: UnsafeMutablePointer<Float>, outputs: Int) {
    if count == 0 { return }
    withUnsafePointer(to: &self) { missed in
      var job = MakeUpJob(missed: missed, weights: weights, outputs: outputs)
      let pieces = (missed.pointee.dimension - 1) / MakeUpJob.rowsPerPiece + 1
      run(&job, pieces: pieces, inParallel: boundedProduct(missed.pointee.dimension, outputs) >= leastParallelCount)
    }
    forget()
  }

  private mutating func forget() {
    for row in 0..<dimension { made[row] = 0 }
    (count, isRegular) = (0, true)
  }

  // MARK: Looking at the model within an epoch

  /// Shows the model with all rows made up; it goes on from what is kept. Returns whether that has changed it.
  mutating func show(_ weights: UnsafeMutablePointer<Float>, outputs: Int) -> Bool {
    if count == 0 || isShown { return false }
    copy(weights, to: stale, count: dimension * outputs)
    for row in 0..<dimension { showRow(row, weights + row * outputs, outputs) }
    isShown = true
    return true
  }

  private func showRow(_ row: Int, _ weights: UnsafeMutablePointer<Float>, _ outputs: Int) {
    guard let squares else { return makeUp(row, weights, nil, outputs) }
    // The state stays as it is, so the row's part of it is worked on a piece at a time in memory of our own.
    var own = InlineArray<64, Float>(repeating: 0)
    var first = 0
    while first < outputs {
      let count = min(64, outputs - first)
      withUnsafeMutableBytes(of: &own) {
        let own = $0.baseAddress!.assumingMemoryBound(to: Float.self)
        copy(squares + row * outputs + first, to: own, count: count)
        makeUp(row, weights + first, own, count)
      }
      first += count
    }
  }

  /// Puts the weights in place with which the fit goes on.
  mutating func goOn(_ weights: UnsafeMutablePointer<Float>, outputs: Int) {
    if !isShown { return }
    copy(stale, to: weights, count: dimension * outputs)
    isShown = false
  }

  // MARK: Saving

  /// Of a fit that is looked at within an epoch.
  mutating func list(_ fields: inout Fields, dimension: Int, outputs: Int) throws(Failure) {
    guard fields.has("missed.steps", whenWriting: count > 0) else { return }
    let columns = MemoryLayout<kernel_missed_step>.size / MemoryLayout<Double>.size
    try fields.array("missed.steps", .matrix(.float64, count + 1, columns), stepMemory.base)
    try fields.array("missed.made", .row(.int32, dimension), rowMemory.base)
    try fields.array("missed.weights", .matrix(.float32, dimension, outputs), staleMemory.base)
    try fields.real("missed.epsilon_inside", &epsilon.inside)
    try fields.real("missed.epsilon_outside", &epsilon.outside)
  }

  /// What was saved of a fit with so many steps in an epoch; nothing if there is none.
  static func read(
    _ fields: inout Fields, dimension: Int, outputs: Int, stepsPerEpoch: UInt64
  ) throws(Failure) -> MissedSteps {
    guard fields.has("missed.steps", whenWriting: false) else { return MissedSteps() }
    let count = try fields.shape(of: "missed.steps").rows - 1
    guard count > 0 && UInt64(count) <= stepsPerEpoch && count <= mostSteps else {
      throw Failure(.corruptState, "missed.steps: \(count) steps, but an epoch has \(stepsPerEpoch)")
    }
    try fields.require("missed.made", .row(.int32, dimension))
    try fields.require("missed.weights", .matrix(.float32, dimension, outputs))
    var missed = try MissedSteps(
      dimension: dimension, outputs: outputs, stepsPerEpoch: Int(clamping: stepsPerEpoch))
    missed.count = count
    try missed.list(&fields, dimension: dimension, outputs: outputs)
    for row in 0..<dimension where Int(missed.made[row]) > count {
      throw Failure(.corruptState, "missed.made: row \(row): \(missed.made[row]) is above \(count)")
    }
    for step in 1...count {
      let made = missed.steps[step]
      missed.isRegular = missed.isRegular && made.kept - made.decay > 0 && made.product > 0x1p-500
    }
    missed.isShown = true
    return missed
  }
}

private struct MakeUpJob: Job {
  static var rowsPerPiece: Int { 1024 }

  let missed: UnsafePointer<MissedSteps>
  let weights: UnsafeMutablePointer<Float>
  let outputs: Int

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: MakeUpJob.self).pointee
      let first = index * MakeUpJob.rowsPerPiece
      for row in first..<min(first + MakeUpJob.rowsPerPiece, job.missed.pointee.dimension) {
        job.missed.pointee.makeUp(row, job.weights, outputs: job.outputs)
      }
    }
  }
}
