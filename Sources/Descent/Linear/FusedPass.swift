import CDescentKernels
import CPlatform

/// Memory for passes by the fused kernel: W transposed, and several blocks of samples that are processed in parallel.
///
/// Blocks have a fixed size, and their sums are added in order, so the result depends neither on how many blocks fit in
/// nor on the number of threads.
struct FusedRoom: ~Copyable {
  /// The distance from one output's numbers to the next.
  let pitch: Int
  /// How many blocks fit in.
  let slots: Int
  private let transposed: Memory
  /// The blocks' gradients, one after the other, and their sum if not all blocks fit in at once.
  private let parts: Memory
  private let sum: Memory
  private let passes: Memory
  private let pieces: Memory
  private let layout: BlockLayout

  init() {
    (pitch, slots, layout) = (0, 0, BlockLayout())
    transposed = Memory()
    parts = Memory()
    sum = Memory()
    passes = Memory()
    pieces = Memory()
  }

  init(
    _ model: borrowing LinearModel, _ data: Dataset, atMost count: Int, takesGradient: Bool
  ) throws(Failure) {
    let (dimension, outputs) = (model.dimension, model.outputs)
    let lanes = Int(KERNEL_LINEAR_LANES)
    let pitch = (dimension + lanes - 1) & ~(lanes - 1)
    guard let numbers = byteCount(outputs, pitch), let bytes = byteCount(numbers, MemoryLayout<Float>.size) else {
      throw Failure(.outOfMemory, "no memory for the transposed weights: the byte count overflows")
    }
    let blocks = (count - 1) / BlockLayout.rows + 1
    // One for each thread at least, and more if the gradient is small.
    let slots = min(blocks, max(Int(Threads.count), min(16, 4_194_304 / bytes)))
    let layout = BlockLayout(dimension: dimension, outputs: outputs, converts: data.needsConversion)
    let transposed = try Memory(of: Float.self, count: numbers, purpose: "the transposed weights")
    let parts = try Memory(
      of: Float.self, count: takesGradient ? boundedProduct(slots, numbers) : 0, purpose: "the blocks' gradients")
    let sum = try Memory(
      of: Double.self, count: takesGradient && blocks > slots ? numbers : 0, purpose: "the sum of gradients")
    let passes = try Memory(of: kernel_linear.self, count: slots, purpose: "the blocks of a pass")
    let pieces = try Memory(bytes: boundedProduct(slots, layout.bytes), purpose: "the blocks of a pass")
    self.transposed = transposed
    self.parts = parts
    self.sum = sum
    self.passes = passes
    self.pieces = pieces
    self.pitch = pitch
    self.slots = slots
    self.layout = layout
  }

  var weights: UnsafeMutablePointer<Float> { transposed.pointer(to: Float.self) }
  var gradientSum: UnsafeMutablePointer<Double> { sum.pointer(to: Double.self) }
  var gradients: UnsafeMutablePointer<Float> { parts.pointer(to: Float.self) }
  var blocks: UnsafeMutablePointer<kernel_linear> { passes.pointer(to: kernel_linear.self) }

  /// The memory of a block.
  func piece(_ slot: Int) -> BlockScratch { BlockScratch(base: pieces.base + slot * layout.bytes, layout: layout) }
}

extension LinearModel {
  /// Goes through the selected samples by the fused kernel, several blocks at a time.
  @inline(never)
  func fusedPass(
    _ data: Dataset, _ selection: Selection, _ request: PassRequest, in room: borrowing FusedRoom
  ) -> PassSums {
    kernels.pointee.transpose_weights(room.weights, trained, dimension, outputs, room.pitch)
    if let gradient = request.gradient { clear(gradient.biasSums) }
    let blocks = (selection.count - 1) / BlockLayout.rows + 1
    var sums = PassSums()
    var first = 0
    while first < blocks {
      let count = min(room.slots, blocks - first)
      for slot in 0..<count { prepare(slot, block: first + slot, data, selection, request, room) }
      var job = BlockJob(blocks: room.blocks)
      run(&job, pieces: count, inParallel: boundedProduct(count * BlockLayout.rows, dimension) >= leastParallelCount)
      for slot in 0..<count {
        sums.loss += room.blocks[slot].loss_sum
        sums.hits += room.blocks[slot].hits
        sums.isFinite = sums.isFinite && room.blocks[slot].is_finite
      }
      if let gradient = request.gradient {
        for slot in 0..<count {
          for index in 0..<outputs { gradient.biasSums[index] += room.piece(slot).biasGradient[index] }
        }
        let l2 = request.addsPenalty ? l2 : 0
        combine(count, begins: first == 0, ends: first + count == blocks, l2, room, into: gradient)
      }
      first += count
    }
    if let gradient = request.gradient {
      for index in 0..<outputs { gradient.bias[index] = Float(gradient.biasSums[index]) }
    }
    return sums
  }

  private func clear(_ sums: UnsafeMutablePointer<Double>) {
    for index in 0..<outputs { sums[index] = 0 }
  }

  private func prepare(
    _ slot: Int, block: Int, _ data: Dataset, _ selection: Selection, _ request: PassRequest,
    _ room: borrowing FusedRoom
  ) {
    let first = block * BlockLayout.rows
    let rows = min(BlockLayout.rows, selection.count - first)
    let indices = selection.indices.map { $0 + first }
    let offset = indices == nil ? first : 0
    let answers = request.answers
    room.blocks[slot] = kernel_linear(
      features: data.row(offset),
      conversion: data.conversion(
        of: data.row(offset), indices, count: rows, into: data.needsConversion ? room.piece(slot).features : nil),
      is_bytes: data.type == .uint8 && !data.needsConversion, indices: indices, rows: rows,
      rows_to_come: selection.count + selection.toCome - first - rows, dimension: dimension, outputs: outputs,
      pitch: room.pitch, weights: room.weights, bias: trainedBias, scratch: room.piece(slot).scratch,
      labels: answers?.labels.map { $0 + offset },
      targets: answers?.targets?.from(offset * outputs).numbers,
      targets_are_double: answers?.targets?.type == .float64, target_centers: answers?.targets?.centers,
      sample_weights: answers?.weights.map { $0 + offset }, weight_scale: answers?.weightScale ?? 1,
      loss: answers == nil ? nil : loss.entry.pointee.packed, parameter: loss.parameter, is_binary: task == .binary,
      smoothing: request.smoothing,
      gradient_scale: 1 / selection.total, feature_scale: data.needsConversion ? 1 : data.scale,
      gradient: request.gradient == nil ? nil : room.gradients + slot * outputs * room.pitch,
      bias_gradient: request.gradient == nil ? nil : room.piece(slot).biasGradient,
      scores: request.scores.map { $0 + first * outputs },
      predictions: request.predictions.map { $0 + first } ?? (request.countsHits ? room.piece(slot).predictions : nil),
      loss_sum: 0, hits: 0, is_finite: true)
  }

  private func combine(
    _ count: Int, begins: Bool, ends: Bool, _ l2: Double, _ room: borrowing FusedRoom, into gradient: GradientPointers
  ) {
    var job = CombinationJob(
      combination: kernel_combination(
        parts: room.gradients, count: count, dimension: dimension, classes: outputs, pitch: room.pitch,
        total: begins && ends ? nil : room.gradientSum, begins: begins, ends: ends, l2: l2, weights: trained,
        gradient: gradient.weights))
    run(&job, pieces: outputs, inParallel: boundedProduct(count, weightCount) >= 4 * leastParallelCount)
  }
}

/// Blocks of samples, each one a call of the kernel.
private struct BlockJob: Job {
  let blocks: UnsafeMutablePointer<kernel_linear>

  static var piece: platform_piece {
    { job, index in
      kernels.pointee.linear_pass(job.assumingMemoryBound(to: BlockJob.self).pointee.blocks + index)
    }
  }
}

/// Adds up the blocks' gradients, output by output.
private struct CombinationJob: Job {
  var combination: kernel_combination

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: CombinationJob.self)
      kernels.pointee.combine(&job.pointee.combination, index, index + 1)
    }
  }
}
