/// The minibatches of a fit: of all samples by one sampler, or, where they are divided, of each shard's by its own.
struct Minibatches: ~Copyable {
  private let memory: Memory
  private var samplers = 0
  /// Empty where the samples are not divided.
  private let division: Division?
  /// How many samples a shard gives at a time.
  private let share: Int
  private var place: (epoch: UInt64, batch: UInt64) = (0, 0)

  private init(samplers: Int, division: Division?, share: Int) throws(Failure) {
    memory = try Memory(bytes: boundedProduct(samplers, MemoryLayout<Sampler>.stride), purpose: "the samplers")
    self.division = division
    self.share = share
  }

  private var all: UnsafeMutablePointer<Sampler> { memory.base.assumingMemoryBound(to: Sampler.self) }

  deinit { for index in 0..<samplers { (all + index).deinitialize(count: 1) } }

  /// Of all samples.
  static func whole(_ sampler: consuming Sampler) throws(Failure) -> Minibatches {
    var batches = try Minibatches(samplers: 1, division: nil, share: 0)
    batches.add(sampler)
    return batches
  }

  /// Of the samples of this process's shards, the first of which is number `first` of all.
  static func divided(
    _ samples: borrowing ShardedSamples, _ options: FitOptions, firstShard: Int
  ) throws(Failure) -> Minibatches {
    let share = try options.share(of: samples.division)
    var batches = try Minibatches(samplers: samples.count, division: samples.division, share: share)
    for shard in 0..<samples.count {
      let part = samples[shard]
      // A shard without samples is never asked for any, nor is one without weights.
      let count = max(1, part.count)
      let size = min(share, count)
      let seed = shardSeed(options.seed, firstShard + shard)
      if let draws = part.draws, draws.share > 0 {
        batches.add(try Sampler(samples: count, batchSize: size, weights: draws.weights, seed: seed))
      } else {
        let isEmpty = part.count == 0 || part.draws != nil
        batches.add(
          try Sampler(
            samples: count, batchSize: size, sampling: isEmpty ? .shuffle : options.sampling, seed: seed,
            labels: part.answers.labels))
      }
    }
    return batches
  }

  private mutating func add(_ sampler: consuming Sampler) {
    (all + samplers).initialize(to: sampler)
    samplers += 1
  }

  var batchesPerEpoch: Int {
    division.map { ($0.most + share - 1) / share } ?? all.pointee.batchesPerEpoch
  }

  /// The most samples that a shard gives at a time.
  var most: Int { division.map { min(share, $0.most) } ?? 0 }

  mutating func move(to place: (epoch: UInt64, batch: UInt64)) {
    self.place = place
    if division == nil { all.pointee.go(toEpoch: place.epoch, batch: Int(place.batch)) }
  }

  /// The next batch of all samples.
  func next() -> UnsafeBufferPointer<Int> { all.pointee.next() }

  /// How many samples of later batches stand behind it.
  var toCome: Int { all.pointee.toCome }

  /// How many samples the present batch has, of all shards.
  var count: Int { division!.batchCount(Int(place.batch), share: share) }

  /// A shard's samples in the present batch, counted from its own first one.
  func selection(_ shard: Int, _ samples: borrowing ShardedSamples, total: Int) -> Selection {
    let (part, sampler, batch, total) = (samples[shard], all + shard, Int(place.batch), Double(total))
    guard batch * share < part.count && part.draws?.share != 0 else {
      return Selection(indices: nil, count: 0, total: total)
    }
    // All of them, each once, need no order.
    if share >= part.count && part.draws == nil && sampler.pointee.sampling.drawsOnce {
      return Selection(indices: nil, count: part.count, total: total)
    }
    sampler.pointee.go(toEpoch: place.epoch, batch: batch)
    let indices = sampler.pointee.next()
    let count = indices.count
    return Selection(
      indices: indices.baseAddress, count: count, total: part.draws.map { Double(count) / $0.share } ?? total)
  }

  /// Goes on to the next batch.
  mutating func advance() {
    place.batch += 1
    if place.batch == UInt64(batchesPerEpoch) { place = (place.epoch &+ 1, 0) }
  }
}

/// The seed of a shard's sampler: that of the first is the fit's own.
private func shardSeed(_ seed: UInt64, _ shard: Int) -> UInt64 {
  shard == 0 ? seed : Philox(seed: seed, stream: RandomPurpose.shards.stream()).bits(at: UInt64(shard))
}
