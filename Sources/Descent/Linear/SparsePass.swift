import CDescentKernels
import CPlatform

/// Memory for passes over sparse rows. They go chunk by chunk, each with a limited number of rows and of stored values, that
/// depends on the data only; and sums have the order of the samples, so that the result does not depend on threads.
struct SparseRoom: ~Copyable {
  private let chunkHandle: UnsafeMutablePointer<SparseChunk>?
  private let columnsHandle: UnsafeMutablePointer<SparseColumns>?
  private let numbers: Memory
  private let pieces: Memory
  private let outputs: Int
  private let rows: Int

  /// Rows whose scores are computed and used in one go, and the most pieces that the columns are divided into.
  static var rowsPerPiece: Int { 32 }
  static var columnPieces: Int { 32 }
  private static var rowsPerChunk: Int { 1024 }
  private static var entriesPerChunk: Int { 262_144 }

  init() {
    (chunkHandle, columnsHandle, outputs, rows) = (nil, nil, 0, 0)
    numbers = Memory()
    pieces = Memory()
  }

  init(
    _ model: borrowing LinearModel, _ data: Dataset, atMost count: Int, takesGradient: Bool
  ) throws(Failure) {
    let (outputs, rows) = (model.outputs, min(count, Self.rowsPerChunk))
    let longest = data.sparse!.longest(data.samples)
    let entries = max(longest, min(boundedProduct(rows, longest), Self.entriesPerChunk))
    try self.init(
      outputs: outputs, rows: rows, entries: entries, dimension: takesGradient ? data.dimension : 0)
  }

  /// Room for so many rows and stored values at a time; with a dimension also for their columns.
  init(outputs: Int, rows: Int, entries: Int, dimension: Int) throws(Failure) {
    if entries > Int(Int32.max) - 16 {
      throw Failure(.unsupported, "data: row_starts: \(entries) values in samples that are needed at once are too many")
    }
    guard let floats = byteCount(rows, outputs + AnswerRoom.floats(outputs: outputs)),
      let common = byteCount(outputs, 1 + Self.columnPieces)
    else {
      throw Failure(.outOfMemory, "no memory for the scores of \(rows) samples: the byte count overflows")
    }
    let (all, overflows) = floats.addingReportingOverflow(common)
    let numbers = try Memory(of: Float.self, count: overflows ? .max : all, purpose: "the scores of some samples")
    let pieces = try Memory(
      of: PassSums.self, count: (rows - 1) / Self.rowsPerPiece + 1, purpose: "the scores of some samples")
    let chunk = try makeHandle(SparseChunk(rows: rows, entries: entries))
    do throws(Failure) {
      columnsHandle =
        dimension == 0 ? nil : try makeHandle(SparseColumns(dimension: dimension, entries: entries))
    } catch {
      freeHandle(chunk)
      throw error
    }
    chunkHandle = chunk
    self.numbers = numbers
    self.pieces = pieces
    (self.outputs, self.rows) = (outputs, rows)
  }

  deinit {
    if let chunkHandle { freeHandle(chunkHandle) }
    if let columnsHandle { freeHandle(columnsHandle) }
  }

  /// Changed by a pass.
  var chunk: UnsafeMutablePointer<SparseChunk> { chunkHandle! }
  var columns: UnsafeMutablePointer<SparseColumns> { columnsHandle! }
  /// What the scores of all samples begin with.
  var bias: UnsafeMutablePointer<Float> { numbers.pointer(to: Float.self) }
  /// A row of scratch memory for each piece of the columns.
  var scratch: UnsafeMutablePointer<Float> { bias + outputs }
  var scores: UnsafeMutablePointer<Float> { scratch + Self.columnPieces * outputs }
  var answers: AnswerRoom { AnswerRoom(scores + rows * outputs, rows: rows, outputs: outputs) }
  var sums: UnsafeMutablePointer<PassSums> { pieces.pointer(to: PassSums.self) }
}

extension LinearModel {
  /// Goes through the selected samples of a sparse data set, some of them at a time.
  @inline(never)
  func sparsePass(
    _ data: Dataset, _ selection: Selection, _ request: PassRequest, in room: borrowing SparseRoom
  ) -> PassSums {
    if let gradient = request.gradient {
      for output in 0..<outputs { gradient.biasSums[output] = 0 }
      UnsafeMutableRawPointer(gradient.weights).initializeMemory(as: UInt8.self, repeating: 0, count: 4 * weightCount)
    }
    prepareBias(data, room.bias)
    var sums = PassSums()
    var first = 0
    while first < selection.count {
      room.chunk.pointee.take(data, selection, from: first)
      let rows = room.chunk.pointee.rows
      sums.add(judgeChunk(selection, request, from: first, room))
      if let gradient = request.gradient {
        kernels.pointee.add_column_sums(gradient.biasSums, room.scores, rows, outputs)
        room.columns.pointee.sort(room.chunk.pointee)
        addColumns(room, to: gradient.weights, isCompact: false)
      }
      first += rows
    }
    if let gradient = request.gradient {
      for output in 0..<outputs { gradient.bias[output] = Float(gradient.biasSums[output]) }
      if let view = data.view, view.isCentered { center(gradient, view) }
      if l2 != 0 { kernels.pointee.add_scaled(gradient.weights, trained, 2 * l2, weightCount) }
    }
    return sums
  }

  /// What features of 0 give: b, where they are not centred.
  func prepareBias(_ data: Dataset, _ out: UnsafeMutablePointer<Float>) {
    copy(trainedBias, to: out, count: outputs)
    guard let view = data.view, view.isCentered else { return }
    for output in 0..<outputs {
      var sum = Double(trainedBias[output])
      for feature in 0..<dimension {
        sum -= Double(trained[feature * outputs + output]) * view.centers[feature] * view.factors[feature]
      }
      out[output] = Float(sum)
    }
  }

  /// What centring subtracts from the gradient of W.
  private func center(_ gradient: GradientPointers, _ view: FeatureView) {
    for feature in 0..<dimension {
      let shift = view.centers[feature] * view.factors[feature]
      for output in 0..<outputs {
        let place = feature * outputs + output
        gradient.weights[place] = Float(Double(gradient.weights[place]) - shift * gradient.biasSums[output])
      }
    }
  }

  /// The scores of a chunk's samples, and what is done with them.
  func judgeChunk(
    _ selection: Selection, _ request: PassRequest, from first: Int, _ room: borrowing SparseRoom
  ) -> PassSums {
    let (rows, entries) = (room.chunk.pointee.rows, room.chunk.pointee.entries)
    let pieces = (rows - 1) / SparseRoom.rowsPerPiece + 1
    let scores = request.scores.map { $0 + first * outputs } ?? room.scores
    var job = ScoreJob(
      product: kernel_sparse_product(
        starts: room.chunk.pointee.starts, indices: room.chunk.pointee.columns, values: room.chunk.pointee.values,
        matrix: trained, columns: outputs, pitch: outputs, is_far: true, initial: room.bias, out: scores, places: nil),
      use: ScoreUse(self, selection, request), answers: room.answers, sums: room.sums, first: first, rows: rows)
    run(&job, pieces: pieces, inParallel: boundedProduct(entries, outputs) >= leastParallelCount)
    var sums = PassSums()
    for piece in 0..<pieces { sums.add(room.sums[piece]) }
    return sums
  }

  /// The products of a chunk's columns with the scores' derivatives: added to the gradient's rows, or, if it is compact, one
  /// after the other.
  func addColumns(_ room: borrowing SparseRoom, to gradient: UnsafeMutablePointer<Float>, isCompact: Bool) {
    let count = room.columns.pointee.count
    if count == 0 { return }
    let perPiece = max(16, (count - 1) / SparseRoom.columnPieces + 1)
    var job = ColumnJob(
      product: kernel_sparse_product(
        starts: room.columns.pointee.starts, indices: room.columns.pointee.rows, values: room.columns.pointee.values,
        matrix: room.scores, columns: outputs, pitch: outputs, is_far: false, initial: nil, out: gradient,
        places: isCompact ? nil : UnsafePointer(room.columns.pointee.numbers)),
      scratch: room.scratch, count: count, perPiece: perPiece)
    let work = boundedProduct(room.chunk.pointee.entries, outputs)
    run(&job, pieces: (count - 1) / perPiece + 1, inParallel: work >= leastParallelCount)
  }
}

private struct ScoreJob: Job {
  var product: kernel_sparse_product
  let use: ScoreUse
  let answers: AnswerRoom
  let sums: UnsafeMutablePointer<PassSums>
  let first: Int
  let rows: Int

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: ScoreJob.self)
      let begin = index * SparseRoom.rowsPerPiece
      let end = min(begin + SparseRoom.rowsPerPiece, job.pointee.rows)
      kernels.pointee.sparse_product(&job.pointee.product, begin, end, nil)
      let outputs = job.pointee.use.outputs
      job.pointee.sums[index] = job.pointee.use.apply(
        job.pointee.product.out + begin * outputs, from: job.pointee.first + begin, rows: end - begin,
        job.pointee.answers.from(begin, outputs: outputs))
    }
  }
}

private struct ColumnJob: Job {
  var product: kernel_sparse_product
  let scratch: UnsafeMutablePointer<Float>
  let count: Int
  let perPiece: Int

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: ColumnJob.self)
      let begin = index * job.pointee.perPiece
      kernels.pointee.sparse_product(
        &job.pointee.product, begin, min(begin + job.pointee.perPiece, job.pointee.count),
        job.pointee.scratch + index * job.pointee.product.columns)
    }
  }
}
