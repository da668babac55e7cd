/// How the samples of a call are spread over shards, and these over processes.
struct Spread {
  let peers: UnsafeMutablePointer<Peers>
  let rows: Division
  let validation: Division
}

/// The calls that processes make together.
enum SharedCall: UInt64 {
  case fit = 1
  case resume = 2
  case evaluate = 3
  case gradient = 4
  case choice = 5
  case rangeTest = 6
}

extension LinearModel {
  /// Finds out whether all processes make the same call of the same model, and how many samples they have. Afterwards a piece
  /// of local work has begun, which `confirm` has to end.
  func agree(
    _ peers: UnsafeMutablePointer<Peers>, _ data: Dataset, _ call: SharedCall, _ options: FitOptions? = nil,
    _ optimizer: UnsafePointer<Optimizer>? = nil
  ) throws(Failure) -> Spread {
    var terms = Terms()
    terms.add("library version", .setting, UInt64(peers.pointee.version))
    terms.add("processes", .count, UInt64(peers.pointee.size))
    terms.add("shards", .count, UInt64(peers.pointee.shards))
    terms.add("call", .setting, call.rawValue)
    list(&terms, data)
    if let optimizer { try optimizer.pointee.list(&terms) }
    options?.list(&terms)
    if call == .resume { terms.add("steps behind it", .count, training.pointee.position?.step ?? 0) }
    let validation = options?.validation
    let counts = try peers.pointee.confirm(terms, rows: (data.samples, validation?.samples ?? 0))
    peers.pointee.begin()
    let shards = peers.pointee.shards
    let spread = Spread(
      peers: peers, rows: Division(rows: counts.0, shards: shards), validation: Division(rows: counts.1, shards: shards)
    )
    try spread.check(data, spread.rows, "data")
    if let validation { try spread.check(validation, spread.validation, "options: validation") }
    return spread
  }

  private func list(_ terms: inout Terms, _ data: Dataset) {
    terms.add("features", .count, UInt64(dimension))
    terms.add(task == .regressor ? "outputs" : "classes", .count, UInt64(task == .regressor ? outputs : classes))
    terms.add("task", .setting, UInt64(task.rawValue))
    terms.add("loss", .setting, UInt64(loss.number))
    terms.add("the loss's parameter", loss.parameter)
    terms.add("l2", l2)
    let isWeighted: UInt64 = data.weights == nil ? 0 : 1
    terms.add("arrays of sample weights", .count, data.samples == 0 ? Terms.any : isWeighted)
    let isSparse: UInt64 = data.sparse == nil ? 0 : 1
    terms.add("arrays of row starts", .count, data.samples == 0 ? Terms.any : isSparse)
    terms.add("matrix products by OpenBLAS", .count, Workspace.usesProducts(self) ? 1 : 0)
    terms.add("weights", .digest, checksum(weights, count: parameterCount * MemoryLayout<Float>.size))
    let size = MemoryLayout<Double>.size
    let exact = training.pointee.exact.count * size
    terms.add("weights in double", .digest, exact == 0 ? 0 : checksum(training.pointee.exact.numbers, count: exact))
    let figures = 2 * scaling.pointee.dimension * size
    terms.add("centers and scales", .digest, figures == 0 ? 0 : checksum(scaling.pointee.centers, count: figures))
  }
}

extension FitOptions {
  fileprivate func list(_ terms: inout Terms) {
    terms.add("epochs", .setting, UInt64(epochs))
    terms.add("batch_size", .setting, UInt64(batchSize))
    terms.add("sampling", .setting, UInt64(sampling.rawValue))
    terms.add("seed", .setting, seed)
    terms.add("standardize", .setting, standardizes ? 1 : 0)
    terms.add("check_features", .setting, checksFeatures ? 1 : 0)
    terms.add("check_ranks", .setting, checksRanks ? 1 : 0)
    terms.add("average", .setting, takesAverage ? 1 : 0)
    terms.add("sets of validation data", .count, validation == nil ? 0 : 1)
    terms.add("patience", .setting, UInt64(patience))
    terms.add("tolerance", tolerance)
    terms.add("l1", l1)
    terms.add("dense_steps", .setting, makesFullSteps ? 1 : 0)
  }
}

extension Optimizer {
  fileprivate func list(_ terms: inout Terms) throws(Failure) {
    terms.add("algorithm", .setting, UInt64(algorithm.number))
    terms.add("steps of the optimizer", .count, stepCount)
    terms.add("options or state of the optimizer", .digest, try digest())
  }

  /// Of everything that is saved.
  func digest() throws(Failure) -> UInt64 {
    let size = try savedSize()
    let bytes = try Memory(bytes: size, purpose: "the optimizer's state, to compare it")
    _ = try save(to: bytes.base, capacity: UInt(size))
    // Without their own checksum: with it they all have the same.
    return checksum(bytes.base, count: size - SavedFrame.checksumSize)
  }
}

extension Spread {
  /// Throws unless the process holds the rows of its shards.
  fileprivate func check(_ data: Dataset, _ division: Division, _ name: StaticString) throws(Failure) {
    if division.rows == 0 { throw Failure(.invalidArgument, "\(name): samples: no process has any") }
    let own = peers.pointee.own
    let wanted = division.begin(own.upperBound) - division.begin(own.lowerBound)
    if data.samples == wanted { return }
    throw Failure(
      .invalidArgument,
      """
      \(name): samples: \(data.samples), but of \(division.rows) rows in \(division.shards) shards rank \
      \(peers.pointee.rank) of \(peers.pointee.size) must hold \(wanted)
      """)
  }

  /// What a sample counts, with the sum of all weights, once the answers have been checked.
  @inline(never)
  func complete(_ answers: inout Answers, _ division: Division) throws(Failure) {
    let own = answers
    let begin = division.begin(peers.pointee.own.lowerBound)
    var sums = InlineArray<8, Double>(repeating: 0)
    try peers.pointee.sum(&sums) { shard, out in
      let shard = shard + peers.pointee.own.lowerBound
      out[0] = own.weight(from: division.begin(shard) - begin, count: division.count(shard))
    }
    answers.totalWeight = try positiveTotal(sums[0])
    answers.weightScale = Double(division.rows) / answers.totalWeight
  }

  /// Digests of the data of all processes, whatever their number.
  func digest(_ samples: borrowing ShardedSamples, _ position: inout TrainingPosition, outputs: Int) throws(Failure) {
    var sums = InlineArray<8, Double>(repeating: 0)
    let first = peers.pointee.own.lowerBound
    try peers.pointee.sum(&sums) { shard, out in
      let part = samples[shard]
      if part.count == 0 { return }
      func add(_ digest: UInt64?, _ place: Int) {
        guard let digest else { return }
        let mixed = Philox(seed: digest, stream: RandomPurpose.shards.stream()).bits(at: UInt64(first + shard))
        out[place] = Double(mixed & 0xffff_ffff)
        out[place + 1] = Double(mixed >> 32)
      }
      add(part.data.featureDigest, 0)
      add(part.data.labelDigest, 2)
      add(part.data.targetDigest(outputs: outputs), 4)
      add(part.data.weightDigest, 6)
    }
    func read(_ place: Int) -> UInt64? {
      let digest = UInt64(sums[place]) &+ UInt64(sums[place + 1]) << 32
      return digest == 0 ? nil : digest
    }
    position.featureDigest = read(0)
    position.labelDigest = read(2)
    position.targetDigest = read(4)
    position.weightDigest = read(6)
  }
}
