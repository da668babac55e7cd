/// The state of a model's last fit, from which it can be resumed after its last step.
struct Training: ~Copyable {
  /// nil if there was no fit, or the weights were initialized since.
  var position: TrainingPosition?
  var monitor = FitMonitor()
  var watch = FitWatch()
  var result = FitResult()
  var exact = ExactParameters()
  var smoothing = Smoothing()
  var missed = MissedSteps()
  /// Where a running fit has W.
  var blocks: UnsafeMutablePointer<ColumnBlocks>?
}

/// Parameters in double, where a batch method has found such; the model's are these, rounded.
struct ExactParameters: ~Copyable {
  private let memory: Memory
  let count: Int

  /// None.
  init() {
    memory = Memory()
    count = 0
  }

  init(count: Int) throws(Failure) {
    memory = try Memory(of: Double.self, count: count, purpose: "the parameters in double")
    self.count = count
  }

  var numbers: Vector { memory.pointer(to: Double.self) }

  /// Whether these are the model's.
  func are(_ rounded: UnsafePointer<Float>) -> Bool {
    for index in 0..<count where Float(numbers[index]) != rounded[index] { return false }
    return count > 0
  }
}

/// The minibatches of a fit, and how many of them are done.
struct TrainingPosition {
  var samples = 0
  var batchSize = 0
  var sampling = Sampling.shuffle
  var seed: UInt64 = 0
  /// Into how many parts the samples are divided.
  var shards = 1
  /// Steps made in all epochs.
  var step: UInt64 = 0
  /// The optimizer's step count at that time: more if it was used before, fewer if steps were skipped.
  var optimizerSteps: UInt64 = 0

  /// Digests of the data; nil if they are unknown.
  var featureDigest: UInt64?
  var labelDigest: UInt64?
  var targetDigest: UInt64?
  var weightDigest: UInt64?

  init() {}

  /// The beginning of a fit whose samples are spread; their digests are not there yet.
  init(_ spread: Spread, _ options: FitOptions, optimizerSteps: UInt64) {
    (samples, shards) = (spread.rows.rows, spread.rows.shards)
    batchSize = options.batchSize(of: samples)
    sampling = options.sampling
    seed = options.seed
    self.optimizerSteps = optimizerSteps
  }

  /// The beginning of a fit.
  init(_ data: Dataset, _ options: FitOptions, outputs: Int, optimizerSteps: UInt64) {
    samples = data.samples
    batchSize = options.batchSize(of: data.samples)
    sampling = options.sampling
    seed = options.seed
    self.optimizerSteps = optimizerSteps
    featureDigest = data.featureDigest
    labelDigest = data.labelDigest
    targetDigest = data.targetDigest(outputs: outputs)
    weightDigest = data.weightDigest
  }

  /// The epoch that the next step belongs to, and its batch there, both from 0.
  var next: (epoch: UInt64, batch: UInt64) {
    let (epoch, batch) = step.quotientAndRemainder(dividingBy: batchesPerEpoch)
    return (epoch, batch)
  }

  var batchesPerEpoch: UInt64 {
    if batchSize == samples { return 1 }
    let share = batchSize / shards
    return UInt64((Division(rows: samples, shards: shards).most - 1) / share + 1)
  }

  /// Throws unless `other`, the beginning of a fit, agrees with this one.
  func check(_ other: TrainingPosition, _ options: FitOptions) throws(Failure) {
    if samples != other.samples {
      throw Failure(
        .shapeMismatch, "data: samples: \(other.samples), but the fit that is to go on has \(samples)")
    }
    try require(other.sampling.rawValue, sampling.rawValue, "sampling")
    try require(other.batchSize, batchSize, "batch_size")
    try require(other.seed, seed, "seed")
    try require(other.shards, shards, "shards")
    if let featureDigest, featureDigest != other.featureDigest { throw isOther("features") }
    if let labelDigest, labelDigest != other.labelDigest { throw isOther("labels") }
    if let targetDigest, targetDigest != other.targetDigest { throw isOther("targets") }
    if weightDigest != other.weightDigest { throw isOther("weights") }
    let begun = next.batch > 0 ? next.epoch + 1 : next.epoch
    if begun > options.epochs {
      throw Failure(
        .invalidArgument, "options: epochs: \(options.epochs), but the fit that is to go on has begun epoch \(begun)")
    }
    if optimizerSteps != other.optimizerSteps {
      throw Failure(
        .invalidArgument,
        """
        optimizer: has made \(other.optimizerSteps) steps, but \(optimizerSteps) when the fit that is to go on made its \
        last one
        """)
    }
  }
}

@inline(never)
private func isOther(_ part: StaticString) -> Failure {
  Failure(.invalidArgument, "data: \(part): not those of the fit that is to go on")
}

private func require<Number: BinaryInteger>(
  _ given: Number, _ wanted: Number, _ name: StaticString
) throws(Failure) {
  if given != wanted {
    throw Failure(.invalidArgument, "options: \(name): \(given), but the fit that is to go on has \(wanted)")
  }
}
