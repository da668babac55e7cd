import CDescentKernels
import CPlatform

// Cautious steps (Liang et al. 2024): of what a rule has added to a tensor, only that stays which goes against the gradient,
// times n / (agreeing + 1). How many agree is known after a pass over the whole tensor, which writes nothing; the second one
// makes the step, and what else comes after the rule. Where a matrix method has made it already, both follow.

extension Optimizer {
  /// Finishes the tensors of cautious groups.
  mutating func finishCautiously(_ tensors: TensorList) {
    if !groups.some(KERNEL_CAUTIOUS) { return }
    let count = state.count
    withUnsafePointer(to: &self) { optimizer in
      for index in 0..<count
      where tensors.takesPart(index) && optimizer.pointee.groups.isCautious(tensors.group(index)) {
        optimizer.pointee.finishCautiously(tensors, index, optimizer)
      }
    }
  }

  private func finishCautiously(
    _ tensors: TensorList, _ index: Int, _ optimizer: UnsafePointer<Optimizer>
  ) {
    let elements = state[index].elements
    let pieceSize = max((elements / CautiousJob.mostPieces + 1024) & ~1023, 4096)
    let pieces = (elements - 1) / pieceSize + 1
    // An array of one's own for each piece, and a sum of whole numbers: no order matters.
    var counts = InlineArray<64, Int>(repeating: 0)
    withUnsafeMutableBytes(of: &counts) { counts in
      let counts = counts.baseAddress!.assumingMemoryBound(to: Int.self)
      var job = CautiousJob(
        optimizer: optimizer, tensors: tensors, index: index, pieceSize: pieceSize, counts: counts, scale: nil)
      run(&job, pieces: pieces, inParallel: elements >= leastParallelCount)
      var agreeing = 0
      for piece in 0..<pieces { agreeing += counts[piece] }
      job.scale = Double(elements) / Double(agreeing + 1)
      run(&job, pieces: pieces, inParallel: elements >= leastParallelCount)
    }
  }

  /// Counts what agrees among some elements, or scales it.
  fileprivate func runCautiously(
    _ tensors: TensorList, _ index: Int, from begin: Int, to end: Int, scale: Double?
  ) -> Int {
    let type = state[index].shape.type
    let offset = begin * type.arithmetic.size
    var update = groups.commonUpdate(of: tensors.group(index))
    locate(&update, in: tensors, index, from: begin, to: end)
    setConstants(&update, tensor: index)
    aids.locateFinish(&update, tensor: index, offset: offset)
    let ownConstant = algorithm.rule.pointee.kept_constant
    let rule = isMatrix(index) ? nil : algorithm.rule
    update.finish.is_cautious = true
    if rule == nil { update.finish.before = UnsafeRawPointer(aids.before.buffer(0, tensor: index)! + offset) }
    update.finish.kept_share =
      ownConstant < 0
      ? update.stages.kept_share : update.stages.kept_share * kernel_update_constants(&update)[Int(ownConstant)]
    update.finish.gradient_sign = isMaximizing ? -1 : 1
    update.finish.scale = scale ?? 1
    if scale == nil { return kernel_count_agreeing(kernels, rule, &update, type.isDouble) }
    kernel_run(kernels, rule, &update, type.isDouble)
    return 0
  }
}

/// Both passes over a tensor: `scale` is nil in the one that counts.
private struct CautiousJob: Job {
  let optimizer: UnsafePointer<Optimizer>
  let tensors: TensorList
  let index: Int
  let pieceSize: Int
  let counts: UnsafeMutablePointer<Int>
  var scale: Double?

  static var mostPieces: Int { 64 }

  static var piece: platform_piece {
    { job, number in
      let job = job.assumingMemoryBound(to: CautiousJob.self).pointee
      let begin = number * job.pieceSize
      let end = min(begin + job.pieceSize, job.optimizer.pointee.state[job.index].elements)
      job.counts[number] = job.optimizer.pointee.runCautiously(
        job.tensors, job.index, from: begin, to: end, scale: job.scale)
    }
  }
}
