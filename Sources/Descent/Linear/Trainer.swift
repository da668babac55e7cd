/// What training needs besides model, data and optimizer: the minibatches, and memory for their gradient.
struct Trainer: ~Copyable {
  let gradient: ModelGradient
  /// W and b, as they are trained, with that gradient.
  let tensors: OwnTensors
  private(set) var batchCount = 0
  /// For a batch method that takes parts of the samples, these.
  private var batches: Minibatches
  /// Of the minibatches where the samples are not divided; else the room of a shard's.
  private let workspace: Workspace
  private let room: ShardRoom
  /// This process's shards; empty if the samples are not divided.
  let shards: ShardedSamples
  private let peers: UnsafeMutablePointer<Peers>?
  /// Where steps update some rows of W only.
  private let rows: RowTraining
  private var proximal: ProximalStep
  private let answers: Answers
  private let drawsOnce: Bool
  private let checksFeatures: Bool
  private var isFinite = true
  /// The present one where the samples are not divided.
  private var part: Selection?

  @inline(never)
  deinit {}

  /// `data` have been checked.
  init(
    _ model: borrowing LinearModel, _ data: Dataset, _ answers: Answers, _ options: FitOptions, _ spread: Spread?,
    _ optimizer: borrowing Optimizer
  ) throws(Failure) {
    var answers = answers
    let partSize = Self.partSize(model, data, options, spread, optimizer)
    var choice = options
    if partSize > 0 { choice.batchSize = partSize }
    let proximal = try ProximalStep(options.l1, optimizer)
    // Samples that are divided have full steps.
    let entries =
      spread == nil && !optimizer.algorithm.isBatch ? RowTraining.mostEntries(model, data, options, optimizer) : nil
    let stepsRows = entries != nil
    let rows = stepsRows ? try RowTraining(model, data, options, optimizer, entries: entries!) : RowTraining()
    let gradient = try ModelGradient(
      weightCount: stepsRows ? rows.mostNumbers(model) : model.weightCount, outputs: model.outputs)
    let tensors = try model.parameterTensors(gradient)
    if stepsRows { rows.describe(tensors) }
    let shards: ShardedSamples
    let batches: Minibatches
    let room: ShardRoom
    let workspace: Workspace
    if let spread {
      let peers = spread.peers.pointee
      if model.task == .regressor { try options.checkStrata(answers) }
      shards = try ShardedSamples(
        spread, spread.rows, data, answers, outputs: model.outputs, drawsByWeights: options.sampling == .weighted)
      batches = try Minibatches.divided(shards, choice, firstShard: peers.own.lowerBound)
      let most = partSize > 0 ? spread.rows.most : batches.most
      room = try ShardRoom(model, data, peers, atMost: most, takesGradient: true)
      workspace = Workspace()
    } else {
      shards = ShardedSamples()
      room = ShardRoom()
      workspace =
        stepsRows || optimizer.algorithm.isDual
        ? Workspace() : try Workspace(model, data, atMost: options.batchSize(of: data.samples), takesGradient: true)
      batches = try Minibatches.whole(choice.sampler(data, answers))
    }
    // They decide then how often a sample is drawn, here and in each shard.
    if options.sampling == .weighted { answers.weights = nil }
    self.partSize = partSize
    self.answers = answers
    self.workspace = workspace
    self.room = room
    self.shards = shards
    (self.stepsRows, makesUp) = (stepsRows, rows.makesUp)
    measuresSteps = !stepsRows && !optimizer.algorithm.isDual
    self.rows = rows
    self.proximal = proximal
    self.gradient = gradient
    self.batches = batches
    self.tensors = tensors
    peers = spread?.peers
    drawsOnce = options.sampling.drawsOnce
    checksFeatures = options.checksFeatures
  }

  var batchesPerEpoch: Int { partSize > 0 ? 1 : batches.batchesPerEpoch }

  /// How many samples a part has on which a batch method makes iterations before each one on all of them; 0 if it has none.
  let partSize: Int

  /// Parts have to resemble the whole. The iterations cost next to nothing only while passes cost more than they do, not with
  /// the many features of sparse rows.
  private static func partSize(
    _ model: borrowing LinearModel, _ data: Dataset, _ options: FitOptions, _ spread: Spread?,
    _ optimizer: borrowing Optimizer
  ) -> Int {
    let (samples, shards) = (spread?.rows.rows ?? data.samples, spread?.rows.shards ?? 1)
    let suits =
      samples >= 32_768 && data.sparse == nil && options.l1 + optimizer.l1 == 0
      && !DoublePass.suits(model, samples: samples)
    return optimizer.partIterations > 0 && suits ? (samples / 16 - 1) / shards * shards + shards : 0
  }

  /// Whether a step updates some rows of W only, and whether what the others miss is made up for.
  let stepsRows: Bool
  let makesUp: Bool
  /// Whether what a step does to all of W is measured.
  let measuresSteps: Bool

  /// Goes to a batch of an epoch.
  mutating func move(to place: (epoch: UInt64, batch: UInt64)) { batches.move(to: place) }

  /// How many samples there are, those of other processes included.
  func sampleCount(_ data: Dataset) -> Int { peers == nil ? data.samples : shards.division.rows }

  /// Goes to the part that belongs to a step. All are of one size.
  mutating func choosePart(_ step: UInt64, _ data: Dataset) {
    let (epoch, batch) = step.quotientAndRemainder(dividingBy: UInt64(sampleCount(data) / partSize))
    batches.move(to: (epoch, batch))
    if peers == nil { part = Selection(indices: batches.next().baseAddress, count: partSize) }
  }

  /// The loss of all samples or of the present part, NaN if an exchange with another process failed. Writes its gradient to
  /// `gradient`.
  mutating func wholeGradient(_ model: borrowing LinearModel, _ data: Dataset, ofPart: Bool = false) -> Double {
    takeAll(data)
    let smoothing = model.training.pointee.smoothing.width
    guard let peers else {
      let result = model.lossAndGradient(
        data, ofPart ? part! : .all(data), answers, in: workspace, gradient: gradient, smoothing: smoothing)
      isFinite = result.isFinite
      return result.loss
    }
    let total = ofPart ? batches.count : batchCount
    do throws(Failure) {
      let sums = try model.lossAndGradient(
        shards, peers, in: room, gradient: gradient, total: total, smoothing: smoothing
      ) { ofPart ? batches.selection($0, shards, total: total) : shards.whole($0) }
      isFinite = sums.isFinite
      return sums.loss
    } catch {
      return .nan
    }
  }

  /// The same in double, at the parameters `x`.
  func lossAndGradient(
    _ pass: borrowing DoublePass, in sums: borrowing SumRoom, _ x: Vector, _ gradient: Vector
  ) -> Double {
    let count = sums.layout.doubles - 1
    do throws(Failure) {
      try peers!.pointee.sum(in: sums) { shard, out in
        let numbers = out.assumingMemoryBound(to: Double.self)
        numbers[count] = pass.add(from: shards[shard].first, count: shards[shard].count, x, numbers)
      }
    } catch {
      return .nan
    }
    copy(sums.doubles, to: gradient, count: count)
    return sums.doubles[count] + pass.addPenalty(x, gradient)
  }

  /// All samples, in the order of the next epoch.
  mutating func nextOrder() -> Selection {
    let indices = batches.next()
    batchCount = indices.count
    return Selection(indices: indices.baseAddress, count: indices.count)
  }

  /// Throws if an exchange with another process has failed.
  func checkPeers() throws(Failure) { try peers?.pointee.checkIntact() }

  /// The next step sees all samples, wherever they are evaluated.
  mutating func takeAll(_ data: Dataset) { batchCount = sampleCount(data) }

  /// Their scores were not all finite.
  mutating func suspectFeatures() { isFinite = false }

  /// Throws if a feature is to blame for scores of all samples that are not finite, and if that is to be known.
  func checkFeatures(_ data: Dataset) throws(Failure) {
    guard checksFeatures && !isFinite else { return }
    guard let peers else { return try data.checkFeatures(.all(data), asSeen: true) }
    try checkShards(peers) { shards.whole($0) }
  }

  private func checkShards(_ peers: UnsafeMutablePointer<Peers>, _ select: (Int) -> Selection) throws(Failure) {
    peers.pointee.begin()
    try shards.checkFeatures(select)
    _ = try peers.pointee.confirm()
  }

  /// The loss of the next minibatch. Writes its gradient to `gradient`. nil if a process wants to stop, as this one does if
  /// `stops`.
  mutating func nextGradient(
    _ model: borrowing LinearModel, _ data: Dataset, stops: Bool = false
  ) throws(Failure) -> Double? {
    if let peers { return try nextGradient(model, peers, stops: stops) }
    let indices = batches.next()
    batchCount = indices.count
    // A batch of all samples, each once, needs no indices.
    let isWhole = drawsOnce && indices.count == data.samples
    let selection =
      isWhole
      ? Selection.all(data)
      : Selection(indices: indices.baseAddress, count: indices.count, toCome: batches.toCome)
    var (loss, isFinite) = (0.0, true)
    if stepsRows {
      let sums = rows.gradient(model, data, selection, answers, to: gradient, tensors)
      (loss, isFinite) = (sums.loss * (1 / Double(selection.count)), sums.isFinite)
    } else {
      (loss, isFinite) = model.lossAndGradient(data, selection, answers, in: workspace, gradient: gradient)
      loss += proximal.penalty(model.trained, count: model.weightCount)
    }
    // A feature that is not finite leaves no score finite. Weights that have run away do that too.
    if checksFeatures && !isFinite { try data.checkFeatures(selection, asSeen: true) }
    return loss
  }

  /// A step; false if there is none from this point: its numbers would be infinite, or the rate has grown out of range.
  mutating func advance(
    _ model: borrowing LinearModel, _ optimizer: UnsafeMutablePointer<Optimizer>, isFirst: Bool
  ) throws(Failure) -> Bool {
    do throws(Failure) {
      try step(model, optimizer)
      return true
    } catch {
      if isFirst && error.kind == .invalidArgument { throw error }
      return false
    }
  }

  /// A step of the optimizer with that gradient, and what goes with it.
  mutating func step(
    _ model: borrowing LinearModel, _ optimizer: UnsafeMutablePointer<Optimizer>
  ) throws(Failure) {
    let (rate, before) = (optimizer.pointee.learningRate, optimizer.pointee.stepCount)
    try optimizer.pointee.step(tensors.list)
    if optimizer.pointee.stepCount == before { return }
    if !proximal.isNone { proximal.prepare(optimizer, rate: rate) }
    if stepsRows {
      rows.finishStep(model, optimizer, rate: rate, proximal)
    } else if !proximal.isNone {
      proximal.apply(model.trained, count: model.weightCount)
    }
  }

  /// At the end of an epoch no row has anything to make up for any more. Returns the penalties that the steps' losses lack.
  func endEpoch(_ model: borrowing LinearModel) -> Double {
    guard stepsRows else { return 0 }
    model.training.pointee.missed.settle(model.trained, outputs: model.outputs)
    return model.penalty + penalty(model)
  }

  /// What l1 adds to the loss.
  func penalty(_ model: borrowing LinearModel) -> Double { proximal.penalty(model.trained, count: model.weightCount) }

  /// Fills in what a report says of the gradient of some rows, or of none.
  func measure(_ model: borrowing LinearModel, _ report: inout FitProgress) {
    report.gradientNorm = stepsRows ? rows.norm(gradient, outputs: model.outputs) : .nan
    report.zeroFraction = stepsRows ? rows.zeroFraction(gradient, outputs: model.outputs) : .nan
    (report.updateRatio, report.updateCosine) = (.nan, .nan)
  }

  private mutating func nextGradient(
    _ model: borrowing LinearModel, _ peers: UnsafeMutablePointer<Peers>, stops: Bool
  ) throws(Failure) -> Double? {
    let total = batches.count
    batchCount = total
    let sums = try model.lossAndGradient(shards, peers, in: room, gradient: gradient, total: total, stops: stops) {
      batches.selection($0, shards, total: total)
    }
    if sums.stops { return nil }
    if checksFeatures && !sums.isFinite {
      try checkShards(peers) { batches.selection($0, shards, total: total) }
    }
    batches.advance()
    return sums.loss + proximal.penalty(model.trained, count: model.weightCount)
  }
}
