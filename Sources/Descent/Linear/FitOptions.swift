/// How a model is trained.
public struct FitOptions {
  public internal(set) var epochs: UInt32
  /// 0 for the whole data set.
  public internal(set) var batchSize: Int
  public let sampling: Sampling
  let seed: UInt64
  /// Whether features are centred and scaled.
  public var standardizes = false
  /// Whether features that are not finite end the fit.
  public var checksFeatures = false
  /// Whether the model gets the optimizer's averaged weights in the end, and is validated with them.
  public var takesAverage = false
  /// Other samples, whose loss is watched instead of that of the training.
  public var validation: Dataset?
  /// After so many epochs without progress the fit ends; 0 for never.
  public var patience: UInt32 = 0
  /// What `Σ |W|` is multiplied by in what the fit minimizes.
  public internal(set) var l1 = 0.0
  /// Whether steps on minibatches of sparse rows update all of W.
  public var makesFullSteps = false
  /// The processes among which the samples are spread, and their shards; nil if they are one whole.
  public var peers: UnsafeMutablePointer<Peers>?
  /// Whether all processes' weights and optimizers are compared after each step.
  public var checksRanks = false
  /// The loss makes progress where it falls by more than this share of itself.
  public internal(set) var tolerance = 0.0

  public static var defaultEpochs: UInt32 { 10 }
  public static var defaultBatchSize: UInt32 { 128 }

  public init(epochs: UInt32, batchSize: UInt32, sampling: Int32, seed: UInt64) throws(Failure) {
    if epochs == 0 { throw Failure(.invalidArgument, "options: epochs: 0 is outside [1, \(UInt32.max)]") }
    self.epochs = epochs
    self.batchSize = Int(clamping: batchSize)
    self.sampling = try Self.sampling(sampling)
    self.seed = seed
  }

  public mutating func setTolerance(_ tolerance: Double) throws(Failure) {
    guard tolerance >= 0 && tolerance < 1 else {
      throw Failure(.invalidArgument, "options: tolerance: \(tolerance) is outside [0, 1)")
    }
    self.tolerance = tolerance
  }

  public mutating func setL1(_ l1: Double) throws(Failure) {
    try checkNotNegative(l1, "options: l1")
    self.l1 = l1
  }

  static func sampling(_ number: Int32) throws(Failure) -> Sampling {
    guard let sampling = Sampling(rawValue: number) else {
      throw Failure(.invalidArgument, "options: sampling: there is no sampling \(number)")
    }
    return sampling
  }

  func batchSize(of samples: Int) -> Int { batchSize == 0 ? samples : min(batchSize, samples) }

  /// How many samples each shard gives at a time.
  func share(of division: Division) throws(Failure) -> Int {
    let size = batchSize(of: division.rows)
    if size == division.rows { return division.most }
    if size % division.shards != 0 {
      throw Failure(.invalidArgument, "options: batch_size: \(size) is no multiple of \(division.shards), the shards")
    }
    return size / division.shards
  }

  func sampler(_ data: Dataset, _ answers: Answers) throws(Failure) -> Sampler {
    let batchSize = batchSize(of: data.samples)
    if sampling == .weighted {
      let weights = try answers.weightsToDrawBy
      return try Sampler(samples: data.samples, batchSize: batchSize, weights: weights, seed: seed)
    }
    try checkStrata(answers)
    return try Sampler(
      samples: data.samples, batchSize: batchSize, sampling: sampling, seed: seed, labels: answers.labels)
  }

  func checkStrata(_ answers: Answers) throws(Failure) {
    if sampling == .stratified && answers.labels == nil {
      throw Failure(.invalidArgument, "options: sampling: a regressor has no classes to stratify by")
    }
  }

  /// Throws unless each step sees all samples, each once.
  func checkForBatchMethod(_ name: UnsafePointer<CChar>) throws(Failure) {
    if batchSize != 0 {
      throw Failure(
        .unsupported,
        "options: batch_size: \(batchSize), but \(name) needs all samples in each step: batch_size 0")
    }
    if !sampling.drawsOnce {
      throw Failure(
        .unsupported, "options: sampling: \(name) needs all samples in each step, each once: no replacement")
    }
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
  public var validationLoss = Double.nan
}
