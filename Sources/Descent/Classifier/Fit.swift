import CDescentKernels
import CPlatform

/// How a classifier is trained.
public struct FitOptions {
  let epochs: UInt32
  /// 0 for the whole data set.
  let batchSize: Int
  let sampling: Sampling
  let seed: UInt64

  public static var defaultEpochs: UInt32 { 10 }
  public static var defaultBatchSize: UInt32 { 128 }

  public init(epochs: UInt32, batchSize: UInt32, sampling: Int32, seed: UInt64) throws(Failure) {
    if epochs == 0 { throw Failure(.invalidArgument, "options: epochs: 0 is outside [1, \(UInt32.max)]") }
    self.epochs = epochs
    self.batchSize = Int(clamping: batchSize)
    self.sampling = try Self.sampling(sampling)
    self.seed = seed
  }

  static func sampling(_ number: Int32) throws(Failure) -> Sampling {
    // Only samplers take weights.
    guard let sampling = Sampling(rawValue: number), sampling != .weighted else {
      throw Failure(.invalidArgument, "options: sampling: there is no sampling \(number)")
    }
    return sampling
  }

  func batchSize(of samples: Int) -> Int { batchSize == 0 ? samples : min(batchSize, samples) }
}

/// What a fit reports after a step.
public struct FitProgress {
  public var epoch: UInt32 = 0
  public var step: UInt64
  public var stepTotal: UInt64
  public var loss: Double
  public var learningRate = 0.0
  public var gradientNorm = 0.0
  public var updateRatio = 0.0
  public var seconds: Double
  public var isEpochEnd = false
  public var isPlateau = false
  public var updateCosine = 0.0
  public var zeroFraction = 0.0
  public var noiseScale = 0.0
}

extension LinearClassifier {
  /// Trains with minibatches. If `goesOn`, it continues the last fit after its last step; otherwise it starts a new
  /// one. `progress`, which is called after each step if `isWatched`, returns true to stop the fit, which then fails as
  /// cancelled; meanwhile classifier and optimizer can be read and saved.
  public func fit(
    _ data: Dataset, with optimizer: UnsafeMutablePointer<Optimizer>, _ options: FitOptions, goesOn: Bool = false,
    isWatched: Bool, progress: (FitProgress) -> Bool
  ) throws(Failure) {
    let isBatch = optimizer.pointee.algorithm.isBatch
    if isBatch { try options.checkForBatchMethod(optimizer.pointee.algorithm.name) }
    var trainer = try Trainer(self, data, options)
    var method = isBatch ? try BatchFit(self, optimizer.pointee) : nil
    var fresh = Training(
      position: TrainingPosition(data, options, optimizerSteps: optimizer.pointee.stepCount))
    if goesOn {
      guard let former = training.pointee.position else {
        throw Failure(.invalidArgument, "classifier: there was no fit that could go on")
      }
      try former.check(fresh.position!, options)
    }
    let isNew: Bool
    do throws(Failure) {
      isNew = try optimizer.pointee.adopt(trainer.tensors.list)
    } catch {
      throw Failure(error.kind, "optimizer: \(error.message)")
    }
    defer { optimizer.pointee.release(ifNew: isNew) }
    if isBatch { try optimizer.pointee.makeRoomForBatch(count: weightCount + classes) }
    if isWatched {
      if goesOn { try training.pointee.monitor.makeRoom(self) } else { try fresh.monitor.makeRoom(self) }
    }
    if !goesOn { swap(&fresh, &training.pointee) }
    do throws(Failure) {
      try run(&trainer, &method, data, optimizer, epochs: options.epochs, isWatched: isWatched, progress: progress)
    } catch {
      // A fit that made no step leaves no trace.
      if !goesOn && training.pointee.position?.step == 0 { swap(&fresh, &training.pointee) }
      throw error
    }
  }

  /// Only the callback or the optimizer's not-finite policy can end it early, and a batch method that has nowhere to go.
  private func run(
    _ trainer: inout Trainer, _ method: inout BatchFit?, _ data: Dataset, _ optimizer: UnsafeMutablePointer<Optimizer>,
    epochs: UInt32, isWatched: Bool, progress: (FitProgress) -> Bool
  ) throws(Failure) {
    guard var position = training.pointee.position else { return }
    trainer.move(to: position.next)
    training.pointee.monitor.watch(self, trainer.gradient)
    let begin = platform_seconds()
    let perEpoch = UInt64(trainer.batchesPerEpoch)
    let total = perEpoch.multipliedReportingOverflow(by: UInt64(epochs))
    var report = FitProgress(
      step: position.step, stepTotal: total.overflow ? .max : total.partialValue, loss: 0, seconds: 0)
    let isBatch = optimizer.pointee.algorithm.isBatch
    if isBatch && position.next.epoch < epochs { try method!.begin(self, &trainer, data) }
    while position.next.epoch < epochs {
      let (epoch, batch) = position.next
      // The last update is kept, so that the first watched step after it can be compared with it.
      let isMeasured = isWatched || training.pointee.monitor.hasRoom && position.step + 1 == report.stepTotal
      if isMeasured { training.pointee.monitor.begin() }
      if isBatch {
        guard method!.step(self, &trainer, data, optimizer, &report) else { return }
      } else {
        report.loss = trainer.nextGradient(self, data)
        report.learningRate = optimizer.pointee.learningRate
        try optimizer.pointee.step(trainer.tensors.list)
      }
      position.step += 1
      position.optimizerSteps = optimizer.pointee.stepCount
      training.pointee.position = position
      report.step = position.step
      report.epoch = UInt32(epoch) + 1
      report.isEpochEnd = batch + 1 == perEpoch
      if isMeasured { training.pointee.monitor.measure(trainer.gradient, samples: trainer.batchCount, &report) }
      training.pointee.monitor.add(samples: trainer.batchCount, of: data.samples, &report)
      guard isWatched else { continue }
      report.seconds = platform_seconds() - begin
      if progress(report) {
        throw Failure(.cancelled, "progress: the callback asked to stop at step \(report.step)")
      }
    }
  }
}
