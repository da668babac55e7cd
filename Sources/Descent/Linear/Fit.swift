import CDescentKernels
import CPlatform

extension LinearModel {
  /// Trains with minibatches. If `goesOn`, it continues the last fit after its last step; otherwise it starts a new
  /// one. `progress`, which is called after each step if `isWatched`, returns true to stop the fit, which then fails as
  /// cancelled; meanwhile model and optimizer can be read and saved.
  public func fit(
    _ data: Dataset, with optimizer: UnsafeMutablePointer<Optimizer>, _ options: FitOptions, goesOn: Bool = false,
    isWatched: Bool, progress: (FitProgress) -> Bool
  ) throws(Failure) {
    let algorithm = optimizer.pointee.algorithm
    if algorithm.isBatch { try options.checkForBatchMethod(algorithm.name) }
    if algorithm.isDual { try checkForDual(options, algorithm.name) }
    if algorithm.isByCoordinates { try checkForCoordinates(options, data, algorithm.name) }
    let raw = try checked(data)
    let isPart = options.peers != nil
    var answers = try checkedAnswers(data, isPart: isPart)
    var heldAnswers = Answers()
    if let validation = options.validation { heldAnswers = try checkValidation(validation, options) }
    // Draws may leave out the sample that has it.
    if options.checksFeatures && !options.sampling.drawsOnce { try data.checkFeatures(.all(data)) }
    if options.takesAverage { try optimizer.pointee.requireAverage() }
    // A fit that made no step leaves no trace.
    let changesScaling = try changesScaling(options, goesOn)
    var spread: Spread?
    if let peers = options.peers {
      spread = try agree(peers, data, goesOn ? .resume : .fit, options, optimizer)
      _ = try peers.pointee.confirm()
      try spread!.complete(&answers, spread!.rows)
      if options.validation != nil { try spread!.complete(&heldAnswers, spread!.validation) }
    }
    var former = Scaling()
    if changesScaling {
      if options.standardizes { former = try newScaling(data, answers, spread) }
      swap(&former, &scaling.pointee)
    }
    var leavesTrace = false
    do throws(Failure) {
      let seen = changesScaling ? data.seen(through: scaling.pointee.view) : raw
      answers.targets = answers.targets?.seen(through: seen.view, outputs: outputs)
      try fit(seen, answers, heldAnswers, optimizer, options, spread, goesOn, isWatched, progress, &leavesTrace)
    } catch {
      if changesScaling && !leavesTrace { swap(&former, &scaling.pointee) }
      throw error
    }
  }

  /// Whether a fit sees the features otherwise than the model does now.
  private func changesScaling(_ options: FitOptions, _ goesOn: Bool) throws(Failure) -> Bool {
    let standardized = !scaling.pointee.isEmpty
    if options.standardizes == standardized { return false }
    if goesOn {
      let other: StaticString = standardized ? "standardizes" : "does not standardize"
      throw Failure(
        .invalidArgument,
        "options: standardize: \(options.standardizes ? 1 : 0), but the fit that is to go on \(other)")
    }
    return true
  }

  private func checkValidation(_ data: Dataset, _ options: FitOptions) throws(Failure) -> Answers {
    if data.dimension != dimension {
      throw Failure(
        .shapeMismatch, "options: validation: dimension: \(data.dimension), but the \(noun) has \(dimension)")
    }
    do throws(Failure) {
      let answers = try checkedAnswers(data, isPart: options.peers != nil)
      if options.checksFeatures { try data.checkFeatures(.all(data)) }
      return answers
    } catch {
      throw Failure(error.kind, "options: validation: \(error.message)")
    }
  }

  private func fit(
    _ data: Dataset, _ answers: Answers, _ heldAnswers: Answers, _ optimizer: UnsafeMutablePointer<Optimizer>,
    _ options: FitOptions, _ spread: Spread?, _ goesOn: Bool, _ isWatched: Bool, _ progress: (FitProgress) -> Bool,
    _ leavesTrace: inout Bool
  ) throws(Failure) {
    let algorithm = optimizer.pointee.algorithm
    spread?.peers.pointee.begin()
    var run = try FitRun(self, data, answers, heldAnswers, optimizer, options, spread, isWatched: isWatched)
    var fresh = Training(position: try run.position(self, optimizerSteps: optimizer.pointee.stepCount))
    if goesOn {
      guard let former = training.pointee.position else {
        throw Failure(.invalidArgument, "\(noun): there was no fit that could go on")
      }
      try former.check(fresh.position!, options)
    }
    let isNew: Bool
    do throws(Failure) {
      isNew = try optimizer.pointee.adopt(run.trainer.tensors.list)
    } catch {
      throw Failure(error.kind, "optimizer: \(error.message)")
    }
    defer { optimizer.pointee.release(ifNew: isNew) }
    if algorithm.minimizesFunctions { try optimizer.pointee.makeRoomForBatch(count: parameterCount) }
    if run.method.isExact {
      if !goesOn || training.pointee.exact.count == 0 {
        let exact = try ExactParameters(count: parameterCount)
        if training.pointee.exact.are(trained) {
          copy(training.pointee.exact.numbers, to: exact.numbers, count: parameterCount)
        }
        fresh.exact = exact
      }
      if goesOn && training.pointee.exact.count == 0 { swap(&fresh.exact, &training.pointee.exact) }
    }
    let keeps = options.validation != nil || options.takesAverage
    let wasEnded = training.pointee.watch.isEnded
    if goesOn {
      if isWatched && run.trainer.measuresSteps { try training.pointee.monitor.makeRoom(self) }
      if run.trainer.makesUp && training.pointee.missed.isEmpty { training.pointee.missed = try run.newMissed(self) }
      if keeps { try training.pointee.watch.makeRoom(count: parameterCount) }
      // The last step's parameters go on, not the best ones.
      if wasEnded { training.pointee.watch.exchange(trained) }
    } else {
      if isWatched && run.trainer.measuresSteps { try fresh.monitor.makeRoom(self) }
      if run.trainer.makesUp { fresh.missed = try run.newMissed(self) }
      if keeps { try fresh.watch.makeRoom(count: parameterCount) }
      swap(&fresh, &training.pointee)
    }
    training.pointee.result = FitResult()
    do throws(Failure) {
      _ = try spread?.peers.pointee.confirm()
      let reason = try run.run(self, optimizer, progress)
      run.end(self, reason, data)
    } catch {
      showMissed()
      training.pointee.missed.begin(trained, outputs: outputs, nil)
      leavesTrace = training.pointee.result.steps > 0
      if leavesTrace {
        run.end(self, FitResult.Reason(error.kind), data)
      } else if !goesOn {
        swap(&fresh, &training.pointee)
      } else if wasEnded {
        training.pointee.watch.exchange(trained)
      }
      throw error
    }
  }
}

/// A fit in progress.
private struct FitRun: ~Copyable {
  var trainer: Trainer
  let method: FitMethod
  private let data: Dataset
  private let options: FitOptions
  private let spread: Spread?
  private let validation: Validation
  /// The parameters, while the optimizer's averages are in their place.
  private let unaveraged: Memory
  private let isWatched: Bool

  init(
    _ model: borrowing LinearModel, _ data: Dataset, _ answers: Answers, _ heldAnswers: Answers,
    _ optimizer: UnsafeMutablePointer<Optimizer>, _ options: FitOptions, _ spread: Spread?, isWatched: Bool
  ) throws(Failure) {
    let trainer = try Trainer(model, data, answers, options, spread, optimizer.pointee)
    let method = try FitMethod(model, data, answers, optimizer.pointee, options, spread, trainer)
    let validation = try Validation(model, options, heldAnswers, spread)
    let unaveraged = try Memory(
      of: Float.self, count: options.takesAverage ? model.parameterCount : 0,
      purpose: "the weights beside their averages")
    self.trainer = trainer
    self.method = method
    self.validation = validation
    self.unaveraged = unaveraged
    self.spread = spread
    self.data = data
    self.options = options
    self.isWatched = isWatched
  }

  /// What notes the steps that rows of W miss.
  func newMissed(_ model: borrowing LinearModel) throws(Failure) -> MissedSteps {
    try MissedSteps(dimension: model.dimension, outputs: model.outputs, stepsPerEpoch: trainer.batchesPerEpoch)
  }

  /// Where it begins, if it is a new one.
  func position(_ model: borrowing LinearModel, optimizerSteps: UInt64) throws(Failure) -> TrainingPosition {
    guard let spread else {
      return TrainingPosition(data, options, outputs: model.outputs, optimizerSteps: optimizerSteps)
    }
    var position = TrainingPosition(spread, options, optimizerSteps: optimizerSteps)
    _ = try spread.peers.pointee.confirm()
    try spread.digest(trainer.shards, &position, outputs: model.outputs)
    spread.peers.pointee.begin()
    return position
  }

  /// Only the callback, the optimizer's not-finite policy, a feature that is not finite and other processes make it fail.
  mutating func run(
    _ model: borrowing LinearModel, _ optimizer: UnsafeMutablePointer<Optimizer>, _ progress: (FitProgress) -> Bool
  ) throws(Failure) -> FitResult.Reason {
    let training = model.training
    guard var position = training.pointee.position else { return .none }
    // One that had come to its end does so again.
    if training.pointee.watch.isOver(options) { return .patience }
    trainer.move(to: position.next)
    training.pointee.missed.begin(model.trained, outputs: model.outputs, optimizer)
    // Steps that update all rows find all of them up to date.
    if !trainer.makesUp { training.pointee.missed.settle(model.trained, outputs: model.outputs) }
    training.pointee.monitor.watch(model, trainer.gradient)
    let begin = platform_seconds()
    let perEpoch = UInt64(trainer.batchesPerEpoch)
    let total = perEpoch.multipliedReportingOverflow(by: UInt64(options.epochs))
    var report = FitProgress(
      step: position.step, stepTotal: total.overflow ? .max : total.partialValue, loss: 0, seconds: 0)
    if position.next.epoch < options.epochs {
      if method.smooths && position.step == 0 && model.loss.hasKinks {
        training.pointee.smoothing = Smoothing(loss: trainer.wholeGradient(model, data) - model.penalty)
      }
      try method.begin(model, &trainer, data, optimizer, number: position.step)
    }
    var stops = false
    while position.next.epoch < options.epochs {
      let (epoch, batch) = position.next
      // The last update is kept, so that the first watched step after it can be compared with it.
      let isMeasured =
        trainer.measuresSteps
        && (isWatched || training.pointee.monitor.hasRoom && position.step + 1 == report.stepTotal)
      if isMeasured { training.pointee.monitor.begin() }
      if method.smooths { try checkStop(stops, position.step) }
      while true {
        let number = position.step
        guard let goesOn = try method.step(model, &trainer, data, optimizer, number: number, stops: stops, &report)
        else { throw isStopped(number) }
        if goesOn { break }
        guard method.smooths, try narrow(model, optimizer, report) else { return .minimum }
      }
      position.step += 1
      position.optimizerSteps = optimizer.pointee.stepCount
      training.pointee.position = position
      report.step = position.step
      report.epoch = UInt32(epoch) + 1
      report.isEpochEnd = batch + 1 == perEpoch
      report.validationLoss = .nan
      if isMeasured { training.pointee.monitor.measure(trainer.gradient, samples: trainer.batchCount, &report) }
      if isWatched && !trainer.measuresSteps { trainer.measure(model, &report) }
      training.pointee.note(report)
      let penalty = report.isEpochEnd ? trainer.endEpoch(model) : 0
      training.pointee.monitor.add(
        samples: trainer.batchCount, of: trainer.sampleCount(data), penalty: penalty, &report)
      var isOver = report.isEpochEnd ? try endEpoch(model, optimizer, &report) : false
      if method.smooths && (training.pointee.smoothing.note(report.loss) || isOver) {
        // Other samples that do no better end it all the same.
        if validation.isEmpty || !isOver, try narrow(model, optimizer, report) { isOver = false }
      }
      if options.checksRanks { try compareRanks(model, optimizer) }
      if isWatched {
        report.seconds = platform_seconds() - begin
        model.showTrained()
        stops = progress(report)
        training.pointee.missed.goOn(model.trained, outputs: model.outputs)
        // Where there are others, they hear of it with the next gradient.
        if stops && spread == nil { throw isStopped(position.step) }
      }
      if isOver {
        try checkStop(stops, position.step)
        return .patience
      }
    }
    try checkStop(stops, position.step)
    return .epochs
  }

  /// Lets a batch method go on with narrower parabolas in the places of the loss's kinks; false if they are narrow enough.
  private mutating func narrow(
    _ model: borrowing LinearModel, _ optimizer: UnsafeMutablePointer<Optimizer>, _ report: FitProgress
  ) throws(Failure) -> Bool {
    guard model.training.pointee.smoothing.narrow(report.loss) else { return false }
    model.training.pointee.watch.stale = 0
    optimizer.pointee.forgetBatch()
    try method.begin(model, &trainer, data, optimizer, number: report.step)
    return true
  }

  private func isStopped(_ step: UInt64) -> Failure {
    Failure(.cancelled, "progress: the callback asked to stop at step \(step)")
  }

  /// Throws if the callback of a process has asked to stop.
  private func checkStop(_ stops: Bool, _ step: UInt64) throws(Failure) {
    guard let spread else { return }
    var sums = InlineArray<8, Double>(repeating: 0)
    try spread.peers.pointee.sum(&sums) { shard, out in out[0] = stops && shard == 0 ? 1 : 0 }
    if sums[0] > 0 { throw isStopped(step) }
  }

  /// Throws unless all processes have the same weights and the same optimizer.
  private func compareRanks(
    _ model: borrowing LinearModel, _ optimizer: UnsafeMutablePointer<Optimizer>
  ) throws(Failure) {
    guard let peers = spread?.peers else { return }
    peers.pointee.begin()
    var terms = Terms()
    terms.add("weights", .digest, checksum(model.trained, count: model.parameterCount * MemoryLayout<Float>.size))
    terms.add("options or state of the optimizer", .digest, try optimizer.pointee.digest())
    _ = try peers.pointee.confirm(terms)
  }

  /// Watches the loss of the epoch, and says whether it is time to stop.
  private func endEpoch(
    _ model: borrowing LinearModel, _ optimizer: UnsafeMutablePointer<Optimizer>, _ report: inout FitProgress
  ) throws(Failure) -> Bool {
    let training = model.training
    training.pointee.result.loss = report.loss
    if training.pointee.result.firstEpochLoss.isNaN { training.pointee.result.firstEpochLoss = report.loss }
    if !validation.isEmpty || options.takesAverage { model.showMissed() }
    let averages = options.takesAverage && optimizer.pointee.hasAverage
    if averages {
      copy(model.trained, to: unaveraged.pointer(to: Float.self), count: model.parameterCount)
      optimizer.pointee.writeAverages(to: trainer.tensors.list)
    }
    var watched = report.loss
    if !validation.isEmpty {
      report.validationLoss = try validationLoss(model, averages)
      watched = report.validationLoss
    } else if options.takesAverage {
      training.pointee.watch.keep(model.trained)
    }
    let isWatching = options.patience > 0 || !validation.isEmpty
    let stops = isWatching && training.pointee.watch.note(watched, epoch: report.epoch, model.trained, options)
    if averages { copy(unaveraged.pointer(to: Float.self), to: model.trained, count: model.parameterCount) }
    return stops
  }

  /// Leaves the trained weights in place of their averages if it fails.
  private func validationLoss(_ model: borrowing LinearModel, _ averages: Bool) throws(Failure) -> Double {
    do throws(Failure) {
      return try validation.loss(model)
    } catch {
      if averages { copy(unaveraged.pointer(to: Float.self), to: model.trained, count: model.parameterCount) }
      throw error
    }
  }

  /// Leaves the model with the best parameters, and writes down how it went.
  func end(_ model: borrowing LinearModel, _ reason: FitResult.Reason, _ data: Dataset) {
    let training = model.training
    model.showMissed()
    training.pointee.missed.begin(model.trained, outputs: model.outputs, nil)
    let isOver = reason == .epochs || reason == .patience || reason == .minimum
    if isOver && training.pointee.watch.hasKept { training.pointee.watch.exchange(model.trained) }
    model.showTrained()
    training.pointee.finish(reason, data)
  }
}
