/// How minibatches are chosen; the numbers are those of `descent_sampling`.
public enum Sampling: Int32 {
  case shuffle = 1
  case replacement = 2
  case stratified = 3
  case weighted = 4

  /// Whether an epoch has each sample once.
  var drawsOnce: Bool { self == .shuffle || self == .stratified }
}

/// The minibatches of a data set, epoch after epoch. Every batch is a function of the seed, the epoch's number and its own
/// alone, wherever the sampler was before.
public struct Sampler: ~Copyable {
  let samples: Int
  let batchSize: Int
  let sampling: Sampling
  let seed: UInt64
  /// A permutation of the samples if they are shuffled; else the present batch only.
  private let indices: Memory
  /// Empty unless the sampling is stratified.
  private(set) var strata: Strata
  /// Empty unless the sampling is weighted.
  let table: AliasTable
  private(set) var dropsLast = false
  /// The epoch whose order is in memory, if there is one.
  private var shuffledEpoch: UInt64?

  /// Where the next batch is.
  public private(set) var epoch: UInt64 = 0
  public private(set) var batch = 0

  /// `labels` are needed if the sampling is stratified, and not kept.
  public init(
    samples: Int, batchSize: Int, sampling: Sampling, seed: UInt64, labels: UnsafePointer<Int32>?
  ) throws(Failure) {
    if sampling == .weighted {
      throw Failure(.invalidArgument, "sampling: weighted sampling needs weights: descent_sampler_create_weighted()")
    }
    try self.init(samples: samples, batchSize: batchSize, sampling, seed: seed, labels: labels, table: AliasTable())
  }

  /// Draws with probabilities proportional to the weights, which are not kept.
  public init(samples: Int, batchSize: Int, weights: UnsafePointer<Double>, seed: UInt64) throws(Failure) {
    try checkSize(samples, "samples")
    try checkSize(batchSize, "batch_size")
    let table = try AliasTable(weights: weights, count: samples)
    try self.init(samples: samples, batchSize: batchSize, .weighted, seed: seed, labels: nil, table: table)
  }

  /// `table` is that of the weights.
  @inline(never)
  init(
    samples: Int, batchSize: Int, _ sampling: Sampling, seed: UInt64, labels: UnsafePointer<Int32>?,
    table: consuming AliasTable
  ) throws(Failure) {
    try checkSize(samples, "samples")
    try checkSize(batchSize, "batch_size")
    let indices = try Memory(
      of: Int.self, count: sampling == .shuffle ? samples : min(batchSize, samples),
      purpose: "the order of the samples")
    if sampling == .stratified {
      guard let labels else { throw Failure(.nullPointer, "labels is NULL, but stratified sampling needs them") }
      strata = try Strata(labels: labels, samples: samples, batchSize: batchSize)
    } else {
      strata = Strata()
    }
    self.indices = indices
    self.table = table
    self.samples = samples
    self.batchSize = batchSize
    self.sampling = sampling
    self.seed = seed
  }

  public var batchesPerEpoch: Int {
    let (full, rest) = samples.quotientAndRemainder(dividingBy: batchSize)
    return full + (rest > 0 && !dropsLast ? 1 : 0)
  }

  /// Whether an epoch's last batch is left out if it is short. If that is the next one, the next epoch's first comes.
  public mutating func setDropLast(_ drops: Bool) throws(Failure) {
    if drops && batchSize > samples {
      throw Failure(
        .invalidArgument,
        "drop: the only batch is short, \(samples) samples for a batch_size of \(batchSize): none would be left")
    }
    dropsLast = drops
    endEpoch()
  }

  public mutating func seek(epoch: UInt64, batch: Int) throws(Failure) {
    guard batch >= 0 && batch < batchesPerEpoch else {
      throw Failure(.invalidArgument, "batch: \(UInt(bitPattern: batch)) is outside [0, \(batchesPerEpoch))")
    }
    go(toEpoch: epoch, batch: batch)
  }

  /// The same for a batch that an epoch has.
  mutating func go(toEpoch epoch: UInt64, batch: Int) { (self.epoch, self.batch) = (epoch, batch) }

  /// The sample numbers of the next batch, valid until the next call.
  public mutating func next() -> UnsafeBufferPointer<Int> {
    let random = Philox(seed: seed, epoch: epoch)
    if shuffledEpoch != epoch { shuffleSamples(random) }
    let first = batch * batchSize
    var out = indices.pointer(to: Int.self)
    let count = min(batchSize, samples - first)
    switch sampling {
    case .shuffle: out += first
    case .replacement:
      for index in 0..<count { out[index] = random.index(below: samples, at: UInt64(first + index)) }
    case .weighted:
      for index in 0..<count { out[index] = table.draw(random.bits(at: UInt64(first + index))) }
    case .stratified: strata.fill(out, batch: batch)
    }
    batch += 1
    endEpoch()
    return UnsafeBufferPointer(start: out, count: count)
  }

  /// How many samples of the epoch's later batches are known, and stand behind those of the last batch.
  var toCome: Int { sampling == .shuffle && shuffledEpoch == epoch ? samples - batch * batchSize : 0 }

  /// After the last batch comes the next epoch's first, and after epoch 2⁶⁴ - 1 comes 0.
  private mutating func endEpoch() {
    if batch >= batchesPerEpoch { (epoch, batch) = (epoch &+ 1, 0) }
  }

  /// Puts the samples into the order of the present epoch.
  private mutating func shuffleSamples(_ random: Philox) {
    switch sampling {
    case .shuffle:
      let order = indices.pointer(to: Int.self)
      for index in 0..<samples { order[index] = index }
      shuffle(UnsafeMutableBufferPointer(start: order, count: samples), random, from: 0)
    case .stratified: strata.shuffle(random)
    case .replacement, .weighted: break
    }
    shuffledEpoch = epoch
  }
}

extension Philox {
  /// The numbers of an epoch: those of the seed's stream with its number. Streams are numbered in 32 bits; each further
  /// 2³² epochs have a key of their own instead of the seed, which is one of stream 0's last draws, that no sample takes.
  init(seed: UInt64, epoch: UInt64) {
    let high = epoch >> 32
    let key =
      high == 0
      ? seed : Philox(seed: seed, stream: RandomPurpose.sampling.stream()).bits(at: .max - high)
    self.init(seed: key, stream: RandomPurpose.sampling.stream(UInt32(truncatingIfNeeded: epoch)))
  }
}

/// Fisher and Yates's shuffle; swap `i` takes draw `first + i`.
func shuffle(_ items: UnsafeMutableBufferPointer<Int>, _ random: Philox, from first: UInt64) {
  var last = items.count - 1
  var pair = random.pair((first &+ UInt64(max(last, 0))) >> 1)
  while last > 0 {
    let draw = first &+ UInt64(last)
    if draw & 1 == 1 { pair = random.pair(draw >> 1) }
    items.swapAt(last, Philox.index(below: last + 1, draw & 1 == 1 ? pair.odd : pair.even))
    last -= 1
  }
}
