import CDescentKernels

/// A linear model on its way through coordinate descent. An epoch begins with the gradient over all samples. The weights that
/// are not 0, and those that l1 does not hold at 0, are then what each column of W works with by itself (`ColumnDescent`);
/// their features' entries lie column by column. Nothing is kept from one epoch to the next but W and b.
struct CoordinateFit: ~Copyable {
  static var number: UInt32 { 83 }

  private let chunkHandle: UnsafeMutablePointer<SparseChunk>
  private let memory: Memory
  /// The entries of some features: rows, and behind them values.
  private var entries = Memory()
  private var capacity = 0
  private let data: Dataset
  private let answers: Answers
  /// b before an epoch.
  private let formerBias: UnsafeMutablePointer<Float>
  /// How much each sample counts.
  private let weightings: UnsafeMutablePointer<Float>
  /// Whether the features that are 0 are part of the rows.
  private let isFull: Bool
  private var job: ColumnDescent

  private static var rowsPerChunk: Int { 1024 }
  private static var entriesPerChunk: Int { 262_144 }

  init(
    _ model: borrowing LinearModel, _ data: Dataset, _ answers: Answers, l1: Double, _ gradient: borrowing ModelGradient
  ) throws(Failure) {
    let isFull = data.sparse == nil || data.view?.isCentered == true
    let longest = isFull ? data.dimension : data.sparse!.longest(data.samples)
    let rows = min(data.samples, max(1, min(Self.rowsPerChunk, Self.entriesPerChunk / max(1, longest))))
    let (outputs, dimension) = (model.outputs, data.dimension)
    let pieces = min(outputs, Int(Threads.count))
    // In wholes of doubles, for each sample, for each feature, and for each output.
    let numbers = boundedSum(
      boundedProduct(data.samples, pieces * ColumnDescent.perSample + 1),
      boundedSum(boundedProduct(dimension, pieces * ColumnDescent.perFeature + 2), outputs))
    let memory = try Memory(of: Double.self, count: numbers, purpose: "the columns' scores")
    let chunk = try makeHandle(SparseChunk(rows: rows, entries: boundedProduct(rows, longest)))
    if isFull { chunk.pointee.fillColumns(dimension) }
    let starts = memory.pointer(to: Int64.self)
    let counts = UnsafeMutableRawPointer(starts + dimension).assumingMemoryBound(to: UInt32.self)
    let formerBias = UnsafeMutableRawPointer(counts + 2 * dimension).assumingMemoryBound(to: Float.self)
    let moved = UnsafeMutableRawPointer(formerBias + outputs).assumingMemoryBound(to: Bool.self)
    let weightings = formerBias + 2 * outputs
    job = ColumnDescent(
      loss: model.loss.entry, parameter: model.loss.parameter, samples: data.samples, dimension: dimension,
      outputs: outputs, labels: answers.labels, targets: answers.targets, firstLabel: model.task == .binary ? 1 : 0,
      weightings: answers.weights == nil ? nil : UnsafePointer(weightings), l1: l1, l2: model.l2,
      trained: model.trained, gradient: gradient.weights, features: counts + dimension, starts: starts, counts: counts,
      moved: moved, pieces: pieces, room: memory.pointer(to: Double.self) + 2 * dimension + outputs + data.samples)
    chunkHandle = chunk
    self.memory = memory
    (self.data, self.answers, self.isFull) = (data, answers, isFull)
    (self.formerBias, self.weightings) = (formerBias, weightings)
  }

  deinit { freeHandle(chunkHandle) }

  /// Counts the entries of each feature, none of which are there yet.
  func begin() {
    for feature in 0..<data.dimension { (job.starts[feature], job.counts[feature]) = (-1, 0) }
    for sample in 0..<data.samples { weightings[sample] = Float(answers.weight(sample) * answers.weightScale) }
    goThrough(placing: false)
  }

  /// An epoch; false if nothing would move. Afterwards the trainer has the gradient at its beginning.
  mutating func step(
    _ model: borrowing LinearModel, _ trainer: inout Trainer, _ optimizer: UnsafeMutablePointer<Optimizer>,
    _ report: inout FitProgress
  ) throws(Failure) -> Bool {
    copy(model.trainedBias, to: formerBias, count: job.outputs)
    // Where l1 holds all weights, b goes first: with it most of them stay.
    let moves = trainer.penalty(model) == 0 && job.l1 > 0 && descend(features: 0)
    do throws(Failure) {
      report.loss = trainer.wholeGradient(model, data) + trainer.penalty(model)
      try trainer.checkFeatures(data)
      guard report.loss.isFinite else { throw BatchFit.cannotGoOn(report.loss) }
      guard try descend(features: gather()) || moves else { return false }
    } catch {
      copy(formerBias, to: model.trainedBias, count: job.outputs)
      throw error
    }
    optimizer.pointee.stepCount += 1
    return true
  }

  /// Lets the columns of W move by the first features in use. Whether one has.
  private mutating func descend(features count: Int) -> Bool {
    job.featureCount = count
    run(&job, pieces: job.pieces)
    for output in 0..<job.outputs where job.moved[output] { return true }
    return false
  }

  /// Lists the features in use, and sees to it that their entries are there. Returns how many they are. Once entries are
  /// moved, those of features that soon may be in use come along.
  private mutating func gather() throws(Failure) -> Int {
    var (count, total, areThere) = list(threshold: Float(job.l1))
    if areThere { return count }
    (count, total, areThere) = list(threshold: Float(0.5 * job.l1))
    for feature in 0..<data.dimension { job.starts[feature] = -1 }
    if total > capacity {
      capacity = 0
      entries = Memory()
      entries = try Memory(of: UInt64.self, count: total, purpose: "the entries of features in use")
      capacity = total
    }
    job.rows = entries.pointer(to: UInt32.self)
    job.values = UnsafeMutableRawPointer(job.rows! + capacity).assumingMemoryBound(to: Float.self)
    var start = 0
    for place in 0..<count {
      let feature = Int(job.features[place])
      job.starts[feature] = Int64(start)
      start += Int(job.counts[feature])
    }
    // Each is where the next entry goes, until all are there.
    goThrough(placing: true)
    for place in 0..<count { job.starts[Int(job.features[place])] -= Int64(job.counts[Int(job.features[place])]) }
    return count
  }

  /// Lists the features with a weight that is not 0, or with a gradient above the threshold: how many they are, how many
  /// entries they have, and whether these are there.
  @inline(never)
  private func list(threshold: Float) -> (count: Int, total: Int, areThere: Bool) {
    let (trained, gradient, outputs) = (job.trained, job.gradient, job.outputs)
    var (count, total, areThere) = (0, 0, true)
    var place = 0
    for feature in 0..<data.dimension {
      let end = place + outputs
      while place < end && trained[place] == 0 && gradient[place].magnitude <= threshold { place &+= 1 }
      if place < end {
        job.features[count] = UInt32(truncatingIfNeeded: feature)
        count &+= 1
        total += Int(job.counts[feature])
        areThere = areThere && job.starts[feature] >= 0
      }
      place = end
    }
    return (count, total, areThere)
  }

  /// Goes through the entries of all samples that count: puts those of features in use to their places, or counts all.
  @inline(never)
  private func goThrough(placing: Bool) {
    let (starts, counts) = (job.starts, job.counts)
    var first = 0
    while first < data.samples {
      isFull
        ? chunkHandle.pointee.takeFull(data, .all(data), from: first)
        : chunkHandle.pointee.take(data, .all(data), from: first)
      let chunkRows = chunkHandle.pointee.rows
      for row in 0..<chunkRows where answers.weight(first + row) > 0 {
        for entry in chunkHandle.pointee.starts[row]..<chunkHandle.pointee.starts[row + 1] {
          let feature = Int(chunkHandle.pointee.columns[entry])
          let place = Int(truncatingIfNeeded: starts[feature])
          if !placing {
            counts[feature] &+= 1
          } else if place >= 0 {
            job.rows![place] = UInt32(truncatingIfNeeded: first &+ row)
            job.values![place] = chunkHandle.pointee.values[entry]
            starts[feature] &+= 1
          }
        }
      }
      first += chunkRows
    }
  }
}

extension LinearModel {
  /// Whether coordinate descent fits the model: the outputs are judged one by one, by a loss with a second derivative.
  var suitsCoordinates: Bool {
    let entry = loss.entry.pointee
    if entry.joins_columns && task == .classifier { return false }
    return entry.response == KERNEL_EXPONENTIAL
      || entry.dual.exists && (entry.dual.is_logistic || entry.dual.softness > 0)
  }

  /// Throws unless it does, with these options.
  func checkForCoordinates(_ options: FitOptions, _ data: Dataset, _ name: UnsafePointer<CChar>) throws(Failure) {
    if !suitsCoordinates {
      throw Failure(
        .unsupported,
        """
        optimizer: \(name) does not go with the loss \(loss.name), but with those of single scores that have a second derivative, \
        as one_vs_rest_logistic and squared_error
        """)
    }
    if options.peers != nil || data.samples > Int(clamping: UInt32.max) {
      throw Failure(.unsupported, "options: \(name) has no shards, no communicator, and less than 2^32 samples")
    }
  }
}
