/// Evaluation of samples that are spread over processes.
extension LinearModel {
  func evaluate(
    _ data: Dataset, among peers: UnsafeMutablePointer<Peers>
  ) throws(Failure) -> (loss: Double, score: Double) {
    let shared = try SharedPass(self, data, peers, .evaluate, takesGradient: false)
    let residuals = try Residuals(self, data, shared.spread)
    _ = try peers.pointee.confirm()
    let sums = try passOverShards(shared.shards, peers, in: shared.room, countsHits: task != .regressor) {
      shared.shards.whole($0)
    }
    let rows = Double(shared.spread.rows.rows)
    let loss = sums.loss / rows + penalty
    if task == .regressor {
      return (loss, try residuals.determination(self, shared.shards, shared.answers.totalWeight))
    }
    return (loss, min(sums.hits * shared.answers.weightScale / rows, 1))
  }

  func lossAndGradient(
    _ data: Dataset, among peers: UnsafeMutablePointer<Peers>, _ gradient: borrowing ModelGradient
  ) throws(Failure) -> Double {
    let shared = try SharedPass(self, data, peers, .gradient, takesGradient: true)
    _ = try peers.pointee.confirm()
    let rows = shared.spread.rows.rows
    return try lossAndGradient(shared.shards, peers, in: shared.room, gradient: gradient, total: rows) {
      shared.shards.whole($0)
    }.loss
  }
}

/// A pass over all samples. Making it begins a piece of local work.
private struct SharedPass: ~Copyable {
  let spread: Spread
  let answers: Answers
  let shards: ShardedSamples
  let room: ShardRoom

  @inline(never)
  init(
    _ model: borrowing LinearModel, _ data: Dataset, _ peers: UnsafeMutablePointer<Peers>, _ call: SharedCall,
    takesGradient: Bool
  ) throws(Failure) {
    var answers = try model.checkedAnswers(data, isPart: true)
    let spread = try model.agree(peers, data, call)
    _ = try peers.pointee.confirm()
    try spread.complete(&answers, spread.rows)
    peers.pointee.begin()
    let shards = try ShardedSamples(spread, spread.rows, data, answers, outputs: model.outputs)
    let room = try ShardRoom(model, data, peers.pointee, atMost: spread.rows.most, takesGradient: takesGradient)
    self.spread = spread
    self.answers = answers
    self.shards = shards
    self.room = room
  }
}

/// Memory for a regressor's R² over shards.
private struct Residuals: ~Copyable {
  private static var most: Int { 1024 }

  private let workspace: Workspace
  private let predictions: Memory
  private let means: Memory
  private let sums: SumRoom
  private let peers: UnsafeMutablePointer<Peers>
  private let rows: Int

  /// None for a classifier.
  init(_ model: borrowing LinearModel, _ data: Dataset, _ spread: Spread) throws(Failure) {
    let isNeeded = model.task == .regressor
    let rows = isNeeded ? min(spread.rows.most, Self.most) : 0
    let workspace = isNeeded ? try Workspace(model, data, atMost: rows) : Workspace()
    let predictions = try Memory(
      of: Float.self, count: boundedProduct(rows, model.outputs), purpose: "the predictions")
    let means = try Memory(of: Double.self, count: isNeeded ? model.outputs : 0, purpose: "the targets' means")
    let sums = isNeeded ? try SumRoom(spread.peers.pointee, floats: 0, doubles: 2 * model.outputs) : SumRoom()
    self.workspace = workspace
    self.predictions = predictions
    self.means = means
    self.sums = sums
    self.rows = rows
    peers = spread.peers
  }

  func determination(
    _ model: borrowing LinearModel, _ shards: borrowing ShardedSamples, _ totalWeight: Double
  ) throws(Failure) -> Double {
    let outputs = model.outputs
    let means = means.pointer(to: Double.self)
    // As they are, and then around their mean, so that little is lost where they are far from 0.
    for _ in 0..<2 {
      try sum(shards, outputs) { part, numbers in
        for sample in 0..<part.count {
          for output in 0..<outputs {
            let target = part.answers.targets![sample * outputs + output]
            numbers[output] += part.answers.weight(sample) * (target - means[output])
          }
        }
      }
      for output in 0..<outputs { means[output] += sums.doubles[output] / totalWeight }
    }
    try sum(shards, outputs) { part, numbers in
      var first = 0
      while first < part.count {
        let count = min(rows, part.count - first)
        add(model, part, from: first, count: count, numbers, numbers + outputs)
        first += count
      }
    }
    return model.determination(sums.doubles, sums.doubles + outputs)
  }

  private func sum(
    _ shards: borrowing ShardedSamples, _ outputs: Int,
    _ add: (ShardedSamples.Part, UnsafeMutablePointer<Double>) -> Void
  ) throws(Failure) {
    try peers.pointee.sum(in: sums) { shard, out in
      let numbers = out.assumingMemoryBound(to: Double.self)
      for index in 0..<2 * outputs { numbers[index] = 0 }
      add(shards[shard], numbers)
    }
  }

  private func add(
    _ model: borrowing LinearModel, _ part: ShardedSamples.Part, from first: Int, count: Int,
    _ errors: UnsafeMutablePointer<Double>, _ squares: UnsafeMutablePointer<Double>
  ) {
    let (outputs, predictions) = (model.outputs, predictions.pointer(to: Float.self))
    let means = means.pointer(to: Double.self)
    guard let rows = try? part.data.part(from: first, count: count, outputs: outputs) else { return }
    _ = model.pass(rows, .all(rows), PassRequest(scores: predictions), in: workspace)
    model.loss.respond(predictions, count: count * outputs)
    for row in 0..<count {
      for output in 0..<outputs {
        let target = part.answers.targets![(first + row) * outputs + output]
        let (error, distance) = (target - Double(predictions[row * outputs + output]), target - means[output])
        errors[output] += part.answers.weight(first + row) * error * error
        squares[output] += part.answers.weight(first + row) * distance * distance
      }
    }
  }
}

extension Answers {
  /// How much a sample counts.
  func weight(_ sample: Int) -> Double { weights.map { $0[sample] } ?? 1 }
}
