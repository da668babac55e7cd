import CDescentKernels
import CPlatform

/// Steps on minibatches of sparse rows that update only the rows of W whose features occur in them.
struct RowTraining: ~Copyable {
  private let room: SparseRoom
  private let numbers: Memory
  /// Whether what rows miss is made up for.
  let makesUp: Bool

  /// None.
  init() {
    room = SparseRoom()
    numbers = Memory()
    makesUp = false
  }

  /// The most values that are stored in a minibatch, if steps of this fit are such; else nil.
  static func mostEntries(
    _ model: borrowing LinearModel, _ data: Dataset, _ options: FitOptions, _ optimizer: borrowing Optimizer
  ) -> Int? {
    let batchSize = options.batchSize(of: data.samples)
    guard let sparse = data.sparse, data.view?.isCentered != true, !options.makesFullSteps,
      !(options.sampling.drawsOnce && batchSize == data.samples), optimizer.canStepRows
    else { return nil }
    // Where the gradient is limited or turned round, so is that of the penalties.
    let decays = optimizer.decaysWeights || model.l2 != 0
    if optimizer.isMaximizing || decays && optimizer.limitsGradients { return nil }
    // What a row has missed of a decay takes every step to know: AdaGrad's squares grow in each, and FTRL makes weights anew.
    let missed = optimizer.missedRows
    if decays && missed != KERNEL_MISSED_STAYS && missed != KERNEL_MISSED_IS_MADE_UP { return nil }
    let most = mostEntries(sparse, data, batchSize, options)
    return most < Int(Int32.max) - 16 ? max(1, most) : nil
  }

  private static func mostEntries(
    _ sparse: CSRRows, _ data: Dataset, _ batchSize: Int, _ options: FitOptions
  ) -> Int {
    let longest = sparse.longest(data.samples)
    let most = boundedProduct(batchSize, longest)
    if !options.sampling.drawsOnce { return most }
    return max(1, min(most, sparse.places(data.samples - 1).upperBound - sparse.places(0).lowerBound))
  }

  init(
    _ model: borrowing LinearModel, _ data: Dataset, _ options: FitOptions, _ optimizer: borrowing Optimizer,
    entries: Int
  ) throws(Failure) {
    let batchSize = options.batchSize(of: data.samples)
    let room = try SparseRoom(outputs: model.outputs, rows: batchSize, entries: entries, dimension: data.dimension)
    let numbers = try Memory(of: Int64.self, count: min(entries, data.dimension), purpose: "the rows of a step")
    self.room = room
    self.numbers = numbers
    let missed = optimizer.missedRows
    makesUp =
      (missed == KERNEL_MISSED_IS_MADE_UP || missed == KERNEL_MISSED_IS_MADE_UP_BUT_DECAY)
      && (model.l2 != 0 || options.l1 != 0 || optimizer.decaysWeights)
      && optimizer.groups[KERNEL_STATE_DTYPE] == 0
  }

  /// How many numbers the gradient of W can have.
  func mostNumbers(_ model: borrowing LinearModel) -> Int {
    boundedProduct(room.columns.pointee.capacity, model.outputs)
  }

  /// Says that the gradient of W has some of its rows.
  func describe(_ tensors: borrowing OwnTensors) { tensors.setRows(0, numbers.pointer(to: Int64.self), count: 1) }

  /// The loss of the selected samples, without the penalties. Writes the gradient by the rows of W that occur, one after the
  /// other.
  func gradient(
    _ model: borrowing LinearModel, _ data: Dataset, _ selection: Selection, _ answers: Answers,
    to gradient: borrowing ModelGradient, _ tensors: borrowing OwnTensors
  ) -> PassSums {
    room.chunk.pointee.take(data, selection, from: 0)
    room.columns.pointee.sort(room.chunk.pointee)
    let pointers = gradient.pointers
    for output in 0..<model.outputs { pointers.biasSums[output] = 0 }
    model.prepareBias(data, room.bias)
    if makesUp { makeUp(model) }
    let sums = model.judgeChunk(selection, PassRequest(answers: answers, gradient: pointers), from: 0, room)
    kernels.pointee.add_column_sums(pointers.biasSums, room.scores, room.chunk.pointee.rows, model.outputs)
    for output in 0..<model.outputs { pointers.bias[output] = Float(pointers.biasSums[output]) }
    model.addColumns(room, to: pointers.weights, isCompact: true)
    listRows(model, pointers.weights)
    tensors.setRows(0, numbers.pointer(to: Int64.self), count: max(1, room.columns.pointee.count))
    return sums
  }

  /// Lists the rows of the gradient, and adds that of `l2 Σ W²`.
  private func listRows(_ model: borrowing LinearModel, _ gradient: UnsafeMutablePointer<Float>) {
    let (columns, outputs, rows) = (room.columns.pointee.numbers, model.outputs, numbers.pointer(to: Int64.self))
    let count = room.columns.pointee.count
    if count == 0 {
      // A step that has no rows would not be one.
      rows[0] = 0
      for output in 0..<outputs { gradient[output] = 0 }
      if makesUp { model.training.pointee.missed.makeUp(0, model.trained, outputs: outputs) }
    }
    for place in 0..<count { rows[place] = Int64(columns[place]) }
    if model.l2 == 0 { return }
    for place in 0..<max(1, count) {
      kernels.pointee.add_scaled(
        gradient + place * outputs, model.trained + Int(rows[place]) * outputs, 2 * model.l2, outputs)
    }
  }

  private func makeUp(_ model: borrowing LinearModel) {
    let (columns, count) = (room.columns.pointee.numbers, room.columns.pointee.count)
    if count == 0 { return }
    var job = RowsToMakeUp(
      training: model.training, weights: model.trained, columns: columns, count: count, outputs: model.outputs)
    run(
      &job, pieces: (count - 1) / RowsToMakeUp.rowsPerPiece + 1, inParallel: count * model.outputs >= leastParallelCount
    )
  }

  /// After the step: l1 takes its part of the rows, and the others have missed one.
  func finishStep(
    _ model: borrowing LinearModel, _ optimizer: UnsafeMutablePointer<Optimizer>, rate: Double, _ proximal: ProximalStep
  ) {
    let (rows, outputs) = (numbers.pointer(to: Int64.self), model.outputs)
    let count = max(1, room.columns.pointee.count)
    if !proximal.isNone {
      for place in 0..<count { proximal.apply(model.trained, from: Int(rows[place]) * outputs, count: outputs) }
    }
    if optimizer.pointee.missedRows == KERNEL_MISSED_IS_MADE_ANEW && optimizer.pointee.stepCount == 1 && rate > 0 {
      clearOthers(model.trained, count, model)
    }
    if !makesUp { return }
    let missed = model.training
    missed.pointee.missed.note(optimizer, rate: rate, l2: model.l2, l1: proximal.l1)
    let now = UInt32(truncatingIfNeeded: missed.pointee.missed.count)
    for place in 0..<count { missed.pointee.missed.made[Int(rows[place])] = now }
    if missed.pointee.missed.isFull { missed.pointee.missed.settle(model.trained, outputs: outputs) }
  }

  /// FTRL makes all weights anew from its state: those that it has not seen are 0 after its first step.
  private func clearOthers(_ weights: UnsafeMutablePointer<Float>, _ count: Int, _ model: borrowing LinearModel) {
    let (rows, outputs) = (numbers.pointer(to: Int64.self), model.outputs)
    var next = 0
    for row in 0..<model.dimension {
      if next < count && rows[next] == row {
        next += 1
        continue
      }
      for output in 0..<outputs { weights[row * outputs + output] = 0 }
    }
  }

  /// The share of zeros in the last gradient of W.
  func zeroFraction(_ gradient: borrowing ModelGradient, outputs: Int) -> Double {
    let count = room.columns.pointee.count * outputs
    var zeros = 0
    // As likely as not, which a branch would not guess.
    for index in 0..<count { zeros += gradient.weights[index] == 0 ? 1 : 0 }
    return count == 0 ? 1 : Double(zeros) / Double(count)
  }

  /// The Euclidean norm of the last gradient, that of b included.
  func norm(_ gradient: borrowing ModelGradient, outputs: Int) -> Double {
    let count = room.columns.pointee.count * outputs
    return gradient.norm(ofWeights: kernels.pointee.sum_of_squares(gradient.weights, count).squareRoot())
  }
}

/// Some rows of W, which come up to date.
private struct RowsToMakeUp: Job {
  static var rowsPerPiece: Int { 256 }
  static var rowsAhead: Int { 8 }

  let training: UnsafeMutablePointer<Training>
  let weights: UnsafeMutablePointer<Float>
  let columns: UnsafePointer<Int32>
  let count: Int
  let outputs: Int

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: RowsToMakeUp.self).pointee
      let first = index * RowsToMakeUp.rowsPerPiece
      for place in first..<min(first + RowsToMakeUp.rowsPerPiece, job.count) {
        // Rows at random places are asked for early.
        let ahead = job.weights + Int(job.columns[min(place + RowsToMakeUp.rowsAhead, job.count - 1)]) * job.outputs
        for output in stride(from: 0, to: job.outputs, by: 16) { kernel_prefetch(ahead + output) }
        job.training.pointee.missed.makeUp(Int(job.columns[place]), job.weights, outputs: job.outputs)
      }
    }
  }
}

extension Optimizer {
  /// What becomes of rows that steps pass by.
  var missedRows: kernel_missed_rows { algorithm.rule.pointee.missed_rows }

  /// Whether steps make weights smaller by themselves.
  var decaysWeights: Bool {
    groups[KERNEL_WEIGHT_DECAY] != 0 || groups[KERNEL_DECOUPLED_WEIGHT_DECAY] != 0
      || groups[KERNEL_RATE_FREE_WEIGHT_DECAY] != 0
  }

  /// Whether gradients are limited.
  var limitsGradients: Bool { groups[KERNEL_CLIP_VALUE] != 0 || groups[KERNEL_CLIP_NORM] != 0 }
}
