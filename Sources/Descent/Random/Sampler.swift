/// How minibatches are chosen; the numbers are those of `descent_sampling`.
public enum Sampling: Int32 {
  case shuffle = 1
  case replacement = 2
  case stratified = 3
}

/// The minibatches of a data set, epoch after epoch. Every epoch is a function of the seed and the epoch's number alone.
struct Sampler: ~Copyable {
  let samples: Int
  let batchSize: Int
  private let sampling: Sampling
  private let seed: UInt64
  /// A permutation of the samples; with replacement, the present batch only.
  private let indices: Memory
  /// Empty unless the sampling is stratified.
  private var strata: Strata
  private var epoch: UInt32 = 0
  private var position = 0

  /// `labels` are below `classes`; stratified sampling borrows them for as long as batches are drawn.
  init(
    samples: Int, batchSize: Int, sampling: Sampling, seed: UInt64, labels: UnsafePointer<Int32>, classes: Int
  ) throws(Failure) {
    let batchSize = min(batchSize, samples)
    let indices = try Memory(
      of: Int.self, count: sampling == .replacement ? batchSize : samples, purpose: "the order of the samples")
    strata = try Strata(
      labels: labels, samples: sampling == .stratified ? samples : 0, classes: sampling == .stratified ? classes : 0)
    self.indices = indices
    self.samples = samples
    self.batchSize = batchSize
    self.sampling = sampling
    self.seed = seed
  }

  var batchesPerEpoch: Int { (samples + batchSize - 1) / batchSize }

  /// The sample numbers of the next batch, valid until the next call.
  mutating func next() -> UnsafeBufferPointer<Int> {
    if position == samples { (position, epoch) = (0, epoch &+ 1) }
    let random = Philox(seed: seed, stream: RandomPurpose.sampling.stream(epoch))
    if position == 0 { begin(random) }
    let count = min(batchSize, samples - position)
    let order = indices.pointer(to: Int.self)
    defer { position += count }
    switch sampling {
    case .shuffle:
      return UnsafeBufferPointer(start: order + position, count: count)
    case .replacement:
      for index in 0..<count { order[index] = random.index(below: samples, at: UInt64(position + index)) }
      return UnsafeBufferPointer(start: order, count: count)
    case .stratified:
      strata.fill(order + position, count: count, end: position + count)
      return UnsafeBufferPointer(start: order + position, count: count)
    }
  }

  /// Puts the samples into the order of a new epoch.
  private mutating func begin(_ random: Philox) {
    switch sampling {
    case .shuffle:
      let order = indices.pointer(to: Int.self)
      for index in 0..<samples { order[index] = index }
      shuffle(UnsafeMutableBufferPointer(start: order, count: samples), random, from: 0)
    case .replacement: break
    case .stratified: strata.begin(random)
    }
  }
}

/// Fisher and Yates's shuffle; swap `i` takes draw `first + i`.
func shuffle(_ items: UnsafeMutableBufferPointer<Int>, _ random: Philox, from first: UInt64) {
  var last = items.count - 1
  while last > 0 {
    items.swapAt(last, random.index(below: last + 1, at: first + UInt64(last)))
    last -= 1
  }
}
