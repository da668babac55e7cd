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
    // Weights are a sampler's only.
    guard let sampling = Sampling(rawValue: sampling), sampling != .weighted else {
      throw Failure(.invalidArgument, "options: sampling: there is no sampling \(sampling)")
    }
    self.epochs = epochs
    self.batchSize = Int(batchSize)
    self.sampling = sampling
    self.seed = seed
  }
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
  /// Trains with minibatches. `progress`, which is called after each step if `isWatched`, returns true to stop the fit,
  /// which then fails as cancelled.
  public func fit(
    _ data: Dataset, with optimizer: inout Optimizer, _ options: FitOptions, isWatched: Bool,
    progress: (FitProgress) -> Bool
  ) throws(Failure) {
    var trainer = try Trainer(self, data, options)
    var monitor = try FitMonitor(self, trainer.gradient, isWatched: isWatched)
    do throws(Failure) {
      try optimizer.adopt(trainer.tensors.list())
    } catch {
      throw Failure(error.kind, "optimizer: \(error.message)")
    }

    // From here on only the callback can end the fit, or the optimizer's own policy.
    let begin = platform_seconds()
    let perEpoch = UInt64(trainer.batchesPerEpoch)
    let total = perEpoch.multipliedReportingOverflow(by: UInt64(options.epochs))
    var report = FitProgress(step: 0, stepTotal: total.overflow ? .max : total.partialValue, loss: 0, seconds: 0)
    for epoch in 1...options.epochs {
      for batch in 1...perEpoch {
        let loss = trainer.nextGradient(self, data)
        report.learningRate = optimizer.learningRate
        monitor.begin()
        try optimizer.step(trainer.tensors.list())
        report.step += 1
        guard isWatched else { continue }
        report.epoch = epoch
        report.loss = loss
        report.isEpochEnd = batch == perEpoch
        monitor.end(trainer.gradient, samples: trainer.batchCount, of: data.samples, &report)
        report.seconds = platform_seconds() - begin
        if progress(report) {
          throw Failure(.cancelled, "progress: the callback asked to stop at step \(report.step)")
        }
      }
    }
  }
}
