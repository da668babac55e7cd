import CDescentKernels
import CPlatform

/// A linear model on its way through dual coordinate ascent. W is at all times `share Σ ω a x` over the samples with their
/// weights ω, dual variables a and features x, where `share = 1 / (2 l2 Σ ω)`; an epoch goes to each sample once, and moves
/// its a to where the dual problem is greatest. b is free, so that the sums of ω a have to become 0: in an epoch it moves
/// like the weight of one more feature, and between two of them by these sums once more (the method of multipliers: Hestenes
/// 1969; Powell 1969).
struct DualFit: ~Copyable {
  private let chunkHandle: UnsafeMutablePointer<SparseChunk>
  private let blocks: UnsafeMutablePointer<ColumnBlocks>
  private let training: UnsafeMutablePointer<Training>
  /// |x|² of each sample.
  private let squares: Memory
  private let numbers: Memory
  /// What takes the place of the optimizer's variables; empty where these are those of as many samples.
  private var fresh: DualState
  private let data: Dataset
  private let answers: Answers
  private let share: Double
  private var biasSquare = 0.0
  /// `outputs` in full units.
  private let pitch: Int
  /// Whether the features that are 0 are part of the rows.
  private let isFull: Bool

  private static var rowsPerChunk: Int { 1024 }
  private static var entriesPerChunk: Int { 262_144 }
  /// What b weighs beside the features; less of it makes an epoch's steps longer, more of it their sums smaller.
  private static var biasShare: Double { 1 / 16 }

  init(
    _ model: borrowing LinearModel, _ data: Dataset, _ answers: Answers, _ optimizer: borrowing Optimizer
  ) throws(Failure) {
    let isFull = data.sparse == nil || data.view?.isCentered == true
    let longest = isFull ? data.dimension : data.sparse!.longest(data.samples)
    let rows = min(data.samples, max(1, min(Self.rowsPerChunk, Self.entriesPerChunk / max(1, longest))))
    let unit = Int(KERNEL_DUAL_UNIT)
    let pitch = (model.outputs + unit - 1) / unit * unit
    let squares = try Memory(of: Double.self, count: data.samples, purpose: "the samples' squares")
    // Four rows of doubles and five of floats.
    let numbers = try Memory(of: Float.self, count: boundedProduct(pitch, 13), purpose: "a sample's dual variables")
    let isKnown = optimizer.batch.dual.samples == data.samples && optimizer.batch.dual.outputs == model.outputs
    let fresh = isKnown ? DualState() : try DualState(samples: data.samples, outputs: model.outputs)
    let blocks = try makeHandle(ColumnBlocks(model))
    do throws(Failure) {
      chunkHandle = try makeHandle(SparseChunk(rows: rows, entries: boundedProduct(rows, longest)))
    } catch {
      freeHandle(blocks)
      throw error
    }
    if isFull { chunkHandle.pointee.fillColumns(data.dimension) }
    self.blocks = blocks
    training = model.training
    self.squares = squares
    self.numbers = numbers
    self.fresh = fresh
    (self.data, self.answers, self.isFull, self.pitch) = (data, answers, isFull, pitch)
    share = 1 / (2 * model.l2 * answers.totalWeight)
  }

  deinit {
    training.pointee.blocks = nil
    freeHandle(blocks)
    freeHandle(chunkHandle)
  }

  /// Makes W of the variables that there are, unless it is made of them already.
  mutating func begin(
    _ model: borrowing LinearModel, _ optimizer: UnsafeMutablePointer<Optimizer>, goesOn: Bool
  ) throws(Failure) {
    try measure()
    training.pointee.blocks = blocks
    if fresh.samples > 0 {
      if goesOn {
        throw Failure(.invalidArgument, "optimizer: has no dual variables of the fit that is to go on")
      }
      swap(&fresh, &optimizer.pointee.batch.dual)
      fresh = DualState()
      optimizer.pointee.batch.dual.share = share
      return blocks.pointee.clear()
    } else if goesOn && optimizer.pointee.batch.dual.share == share {
      return blocks.pointee.take(model.trained)
    }
    optimizer.pointee.batch.dual.share = share
    optimizer.pointee.batch.dual.isAtRest = false
    makeWeights(model, optimizer.pointee.batch.dual)
    blocks.pointee.take(model.trained)
  }

  /// Notes |x|² of each sample, and how much b weighs beside it.
  private mutating func measure() throws(Failure) {
    let squares = squares.pointer(to: Double.self)
    var sum = 0.0
    forEachRow(.all(data)) { sample, _, values, count in
      squares[sample] = kernels.pointee.sum_of_squares(values, count)
      sum += answers.weight(sample) * squares[sample]
    }
    // Float32 has to have room for their products with W.
    guard sum <= 1e45 * answers.totalWeight else {
      try data.checkFeatures(.all(data), asSeen: true)
      throw Failure(
        .notFinite, "data: features: the sum of their squares, \(sum), is too large; features should be near 1")
    }
    guard share <= 1e30 else {
      let l2 = 1 / (2 * share * answers.totalWeight)
      throw Failure(.invalidArgument, "l2: \(l2) is too small for dual coordinate ascent")
    }
    biasSquare = Self.biasShare * max(sum, Double(data.samples) / share) / answers.totalWeight
  }

  /// Calls `body` with the number of each selected sample, and where and how many its features are.
  @inline(never)
  private func forEachRow(
    _ selection: Selection, _ body: (Int, UnsafePointer<Int32>, UnsafePointer<Float>, Int) -> Void
  ) {
    var first = 0
    while first < selection.count {
      take(selection, from: first)
      let (starts, rows) = (chunkHandle.pointee.starts, chunkHandle.pointee.rows)
      for row in 0..<rows {
        let sample = selection.indices.map { $0[first + row] } ?? first + row
        let place = starts[row]
        body(sample, chunkHandle.pointee.columns + place, chunkHandle.pointee.values + place, starts[row + 1] - place)
      }
      first += rows
    }
  }

  @inline(never)
  private func take(_ selection: Selection, from first: Int) {
    isFull
      ? chunkHandle.pointee.takeFull(data, selection, from: first)
      : chunkHandle.pointee.take(data, selection, from: first)
  }

  private func makeWeights(_ model: borrowing LinearModel, _ state: borrowing DualState) {
    let (outputs, weights) = (model.outputs, model.trained)
    UnsafeMutableRawPointer(weights).initializeMemory(as: UInt8.self, repeating: 0, count: 4 * model.weightCount)
    for output in 0..<outputs {
      state.sums[output] = 0
      model.trainedBias[output] = Float(state.bias[output])
    }
    let steps = numbers.pointer(to: Float.self)
    forEachRow(.all(data)) { sample, columns, values, count in
      let weight = answers.weight(sample)
      if weight == 0 { return }
      for output in 0..<outputs {
        let variable = Double(state.variables[sample * outputs + output])
        steps[output] = Float(share * weight * variable)
        state.sums[output] += weight * variable
      }
      for entry in 0..<count {
        kernels.pointee.add_scaled(weights + Int(columns[entry]) * outputs, steps, Double(values[entry]), outputs)
      }
    }
  }

  /// An epoch; false if no score would move.
  mutating func step(
    _ model: borrowing LinearModel, _ trainer: inout Trainer, _ optimizer: UnsafeMutablePointer<Optimizer>,
    _ report: inout FitProgress
  ) throws(Failure) -> Bool {
    if optimizer.pointee.batch.dual.isAtRest { return false }
    let (outputs, isAtRest) = (model.outputs, KERNEL_DUAL_REST)
    let (bias, sums) = (optimizer.pointee.batch.dual.bias, optimizer.pointee.batch.dual.sums)
    blocks.pointee.goOn()
    var job = newJob(model, optimizer.pointee.batch.dual)
    for place in 0..<pitch { (job.pass.losses[place], job.pass.moves[place]) = (0, 0) }
    var rests = true
    for output in 0..<outputs {
      let move = biasSquare * share * sums[output]
      rests = rests && move.magnitude <= isAtRest * (1 + bias[output].magnitude)
      job.pass.bias[output] = bias[output] + move
      bias[output] = job.pass.bias[output]
    }
    let order = trainer.nextOrder()
    var first = 0
    while first < order.count {
      take(order, from: first)
      (job.pass.samples, job.pass.count) = (order.indices! + first, chunkHandle.pointee.rows)
      job.isLast = first + job.pass.count == order.count
      let work = boundedProduct(chunkHandle.pointee.entries, outputs)
      Descent.run(&job, pieces: blocks.pointee.count, inParallel: work >= leastParallelCount)
      first += job.pass.count
    }
    var (loss, squares) = (0.0, 0.0)
    for block in 0..<blocks.pointee.count { squares += job.squares[block] }
    for output in 0..<outputs {
      loss += job.pass.losses[output]
      rests = rests && job.pass.moves[output] <= isAtRest
      sums[output] += (job.pass.bias[output] - bias[output]) / (biasSquare * share)
      bias[output] = job.pass.bias[output]
      model.trainedBias[output] = Float(bias[output])
    }
    report.loss = loss / answers.totalWeight + model.l2 * squares
    guard report.loss.isFinite else {
      // No variable is left to go on with: W and b are those of none.
      optimizer.pointee.batch.dual = DualState()
      let count = data.dimension * outputs
      for place in 0..<count { model.trained[place] = 0 }
      for output in 0..<outputs { model.trainedBias[output] = 0 }
      blocks.pointee.take(model.trained)
      throw Failure(.notFinite, "data: with these features the loss is \(report.loss), and the fit cannot go on")
    }
    optimizer.pointee.batch.dual.isAtRest = rests
    optimizer.pointee.stepCount += 1
    return true
  }

  private func newJob(_ model: borrowing LinearModel, _ state: borrowing DualState) -> DualJob {
    let doubles = numbers.pointer(to: Double.self)
    let floats = UnsafeMutableRawPointer(doubles + 4 * pitch).assumingMemoryBound(to: Float.self)
    let product = kernel_sparse_product(
      starts: chunkHandle.pointee.starts, indices: chunkHandle.pointee.columns, values: chunkHandle.pointee.values,
      matrix: model.trained, columns: model.outputs, pitch: model.outputs, is_far: true, initial: nil, out: floats,
      places: nil)
    let loss = model.loss
    return DualJob(
      pass: kernel_dual_pass(
        product: product, samples: chunkHandle.pointee.starts, count: 0, outputs: model.outputs,
        squares: squares.pointer(to: Double.self), sample_weights: answers.weights, labels: answers.labels,
        targets: answers.targets?.numbers, targets_are_double: answers.targets?.type == .float64,
        target_centers: answers.targets?.centers, first_label: model.task == .binary ? 1 : 0,
        loss: loss.entry.pointee.column, dual: loss.entry.pointee.dual,
        parameter: loss.parameter, share: share, bias_square: biasSquare, weights: model.trained,
        duals: state.variables, bias: doubles, losses: doubles + pitch, moves: doubles + 2 * pitch,
        row_targets: doubles + 3 * pitch, scores: floats, old_duals: floats + pitch, new_duals: floats + 2 * pitch,
        steps: floats + 3 * pitch, rounded_bias: floats + 4 * pitch),
      blocks: blocks)
  }
}

/// Each piece has a block of the outputs, which do not know of each other.
private struct DualJob: Job {
  var pass: kernel_dual_pass
  let blocks: UnsafeMutablePointer<ColumnBlocks>
  /// Whether these are the epoch's last samples; then the sum of squares of each block is of W as they leave it.
  var isLast = false
  var squares = InlineArray<8, Double>(repeating: 0)

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: DualJob.self)
      var pass = job.pointee.pass
      let blocks = job.pointee.blocks
      let columns = blocks.pointee.columns(index)
      pass.weights = blocks.pointee.weights(index)
      pass.product.pitch = blocks.pointee.pitch(index)
      // With those that fill up the rows they are whole vectors.
      pass.product.columns = pass.product.pitch
      kernels.pointee.dual_pass(&pass, columns.lowerBound, columns.upperBound)
      if job.pointee.isLast { job.pointee.squares[index] = blocks.pointee.sumOfSquares(index) }
    }
  }
}

extension LinearModel {
  /// Throws unless dual coordinate ascent can fit the model.
  func checkForDual(_ options: FitOptions, _ name: UnsafePointer<CChar>) throws(Failure) {
    if !loss.entry.pointee.dual.exists || loss.entry.pointee.joins_columns && task == .classifier {
      throw Failure(
        .unsupported,
        """
        optimizer: \(name) does not go with the loss \(loss.name), but with one_vs_rest_hinge and the two like it, with binary \
        classifiers, and with regressors unless the loss is poisson
        """)
    }
    if !(l2 > 0) { throw Failure(.unsupported, "l2: 0, but \(name) needs an l2 above 0") }
    if options.peers != nil {
      throw Failure(
        .unsupported, "options: \(name) goes from sample to sample, and has neither shards nor a communicator")
    }
  }
}
