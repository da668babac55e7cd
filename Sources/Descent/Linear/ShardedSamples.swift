/// This process's shards of a data set.
struct ShardedSamples: ~Copyable {
  /// One of them: its samples, unless there are none.
  struct Part {
    let data: Dataset
    let answers: Answers
    let count: Int
    /// Its first row among those of the process.
    let first: Int
    /// Where samples are drawn by their weights: these, and the shard's share of all weights, by which its draws count.
    let draws: (weights: UnsafePointer<Double>, share: Double)?
  }

  private let memory: Memory
  let count: Int
  let division: Division

  /// None: the samples are not divided.
  init() {
    (count, division) = (0, Division(rows: 0, shards: 1))
    memory = Memory()
  }

  /// `data` and `answers` are those of this process.
  init(
    _ spread: Spread, _ division: Division, _ data: Dataset, _ answers: Answers, outputs: Int,
    drawsByWeights: Bool = false
  ) throws(Failure) {
    let own = spread.peers.pointee.own
    let memory = try Memory(
      bytes: boundedProduct(own.count, MemoryLayout<Part>.stride), purpose: "the shards of the data")
    let begin = division.begin(own.lowerBound)
    for (place, shard) in own.enumerated() {
      let (first, count) = (division.begin(shard) - begin, division.count(shard))
      var part = data
      if count > 0 { part = try data.part(from: first, count: count, outputs: outputs) }
      var partAnswers = answers.from(first, outputs: outputs)
      var draws: (weights: UnsafePointer<Double>, share: Double)?
      if drawsByWeights && count > 0 {
        draws = (try partAnswers.weightsToDrawBy, partAnswers.weight(from: 0, count: count) / answers.totalWeight)
        partAnswers.weights = nil
      }
      (memory.pointer(to: Part.self) + place).initialize(
        to: Part(data: part, answers: partAnswers, count: count, first: first, draws: draws))
    }
    self.memory = memory
    self.count = own.count
    self.division = division
  }

  var isEmpty: Bool { count == 0 }
  subscript(shard: Int) -> Part { memory.pointer(to: Part.self)[shard] }

  /// All samples of a shard.
  func whole(_ shard: Int) -> Selection {
    Selection(indices: nil, count: self[shard].count, total: Double(division.rows))
  }

  /// Throws at the first feature of some samples that is not finite.
  func checkFeatures(_ select: (Int) -> Selection) throws(Failure) {
    for shard in 0..<count where self[shard].count > 0 {
      try self[shard].data.checkFeatures(select(shard), from: self[shard].first, asSeen: true)
    }
  }
}

extension Answers {
  /// Those of the samples from number `first` on.
  func from(_ first: Int, outputs: Int) -> Answers {
    var part = self
    part.labels = labels.map { $0 + first }
    part.targets = targets?.from(first * outputs)
    part.weights = weights.map { $0 + first }
    return part
  }
}

/// The sums of passes over shards.
struct ShardSums {
  /// The numbers that are added up besides a gradient.
  static var count: Int { 4 }

  var loss = 0.0
  var hits = 0.0
  /// Whether all scores were finite.
  var isFinite = true
  /// Whether a process wants to stop.
  var stops = false

  init() {}

  fileprivate init(_ numbers: UnsafePointer<Double>) {
    (loss, hits, isFinite, stops) = (numbers[0], numbers[1], numbers[2] == 0, numbers[3] > 0)
  }
}

/// Memory for passes over shards.
struct ShardRoom: ~Copyable {
  let workspace: Workspace
  let sums: SumRoom
  private let bias: Memory

  /// None.
  init() {
    workspace = Workspace()
    sums = SumRoom()
    bias = Memory()
  }

  /// For passes over no more than `count` samples of a shard.
  @inline(never)
  init(
    _ model: borrowing LinearModel, _ data: Dataset, _ peers: Peers, atMost count: Int, takesGradient: Bool
  ) throws(Failure) {
    let workspace = try Workspace(model, data, atMost: max(1, count), takesGradient: takesGradient)
    let sums = try SumRoom(peers, floats: takesGradient ? model.parameterCount : 0, doubles: ShardSums.count)
    let bias = try Memory(of: Double.self, count: model.outputs, purpose: "the gradient of the bias")
    self.workspace = workspace
    self.sums = sums
    self.bias = bias
  }

  var biasSums: UnsafeMutablePointer<Double> { bias.pointer(to: Double.self) }
}

extension LinearModel {
  /// Goes through the samples that `select` chooses of each shard, and adds up over all shards of all processes, `total`
  /// samples or all of them. The gradient, without that of the regularization, is in the room then.
  @inline(never)
  func passOverShards(
    _ samples: borrowing ShardedSamples, _ peers: UnsafeMutablePointer<Peers>, in room: borrowing ShardRoom,
    total: Int? = nil, smoothing: Double = 0, countsHits: Bool = false, stops: Bool = false,
    _ select: (Int) -> Selection
  ) throws(Failure) -> ShardSums {
    let layout = room.sums.layout
    let total = Double(total ?? samples.division.rows)
    try peers.pointee.sum(in: room.sums) { shard, out in
      let numbers = (out + layout.tail).assumingMemoryBound(to: Double.self)
      let selection = select(shard)
      if selection.count == 0 {
        out.initializeMemory(as: UInt8.self, repeating: 0, count: layout.bytes)
      } else {
        var request = PassRequest(
          answers: samples[shard].answers, smoothing: smoothing, addsPenalty: false, countsHits: countsHits)
        if layout.floats > 0 {
          let weights = out.assumingMemoryBound(to: Float.self)
          request.gradient = GradientPointers(weights: weights, bias: weights + weightCount, biasSums: room.biasSums)
        }
        let sums = pass(samples[shard].data, selection, request, in: room.workspace)
        (numbers[0], numbers[1], numbers[2]) = (sums.loss * (total / selection.total), sums.hits, sums.isFinite ? 0 : 1)
      }
      numbers[3] = shard == 0 && stops ? 1 : 0
    }
    return ShardSums(room.sums.doubles)
  }

  /// The mean loss of the chosen samples, `total` of them in all shards, and its gradient by what is trained.
  func lossAndGradient(
    _ samples: borrowing ShardedSamples, _ peers: UnsafeMutablePointer<Peers>, in room: borrowing ShardRoom,
    gradient: borrowing ModelGradient, total: Int, smoothing: Double = 0, stops: Bool = false,
    _ select: (Int) -> Selection
  ) throws(Failure) -> ShardSums {
    var sums = try passOverShards(
      samples, peers, in: room, total: total, smoothing: smoothing, stops: stops, select)
    copy(room.sums.floats, to: gradient.weights, count: parameterCount)
    addPenalty(to: gradient.weights)
    sums.loss = sums.loss * (1 / Double(total)) + penalty
    return sums
  }
}
