import CDescentKernels
import CPlatform

/// What a rule with sums over whole tensors needs in each step: room for the sums of blocks, which are added up in their order
/// whoever has made them, and each tensor's constants.
struct TensorSums: ~Copyable {
  /// Two numbers for each block of each tensor.
  private let blocks: Memory
  private let tensors: Memory
  /// The number of blocks of the tensors before each one, and of all.
  private let blocksBefore: Memory
  private let count: Int

  /// One tensor's results.
  struct Result: BitwiseCopyable {
    var constants = InlineArray<16, Double>(repeating: 0)
    var sums = InlineArray<2, Double>(repeating: 0)
    /// The number that the rule keeps of the tensor, after this step.
    var kept = 0.0
  }

  /// No room, for rules that need none.
  init() {
    blocks = Memory()
    tensors = Memory()
    blocksBefore = Memory()
    count = 0
  }

  init(_ list: TensorList) throws(Failure) {
    let before = try Memory(of: Int.self, count: list.count + 1, purpose: "the sums of tensors")
    var total = 0
    for index in 0..<list.count {
      before.pointer(to: Int.self)[index] = total
      total += (list.shape(index).count - 1) / Int(KERNEL_SUM_BLOCK) + 1
    }
    before.pointer(to: Int.self)[list.count] = total
    let blocks = try Memory(of: InlineArray<2, Double>.self, count: total, purpose: "the sums of tensors")
    tensors = try Memory(of: Result.self, count: list.count, purpose: "the sums of tensors")
    self.blocks = blocks
    blocksBefore = before
    count = list.count
  }

  var isEmpty: Bool { count == 0 }

  /// Whether they are for so many tensors.
  func suits(_ number: Int) -> Bool { count == number }

  var blockCount: Int { firstBlock(count) }

  func firstBlock(_ tensor: Int) -> Int { blocksBefore.pointer(to: Int.self)[tensor] }

  /// The tensor that a block belongs to.
  func tensor(withBlock block: Int) -> Int {
    var (low, high) = (0, count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if firstBlock(middle) <= block { low = middle } else { high = middle }
    }
    return low
  }

  /// Where a block's sums go.
  func sums(ofBlock block: Int) -> UnsafeMutablePointer<Double> {
    (blocks.base + block * MemoryLayout<InlineArray<2, Double>>.stride).assumingMemoryBound(to: Double.self)
  }

  func result(_ tensor: Int) -> UnsafeMutablePointer<Result> { tensors.pointer(to: Result.self) + tensor }

  /// Adds the blocks of each tensor up, and returns the sums over all.
  func addUp() -> InlineArray<2, Double> {
    var all = InlineArray<2, Double>(repeating: 0)
    for tensor in 0..<count {
      var total = InlineArray<2, Double>(repeating: 0)
      for block in firstBlock(tensor)..<firstBlock(tensor + 1) {
        let sums = sums(ofBlock: block)
        total[0] += sums[0]
        total[1] += sums[1]
      }
      result(tensor).pointee.sums = total
      all[0] += total[0]
      all[1] += total[1]
    }
    return all
  }
}

/// The sums of blocks.
private struct SumJob: Job {
  let optimizer: UnsafePointer<Optimizer>
  let tensors: TensorList

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: SumJob.self).pointee
      job.optimizer.pointee.measure(job.tensors, block: index)
    }
  }
}

extension Optimizer {
  /// Makes the constants of each tensor, for a step that has been prepared. Nothing that is kept changes.
  mutating func measure(_ tensors: TensorList, step: UInt64, rateFactor: Double) {
    if sums.isEmpty { return }
    let (blocks, elements) = (sums.blockCount, state.elements)
    withUnsafePointer(to: &self) { optimizer in
      var job = SumJob(optimizer: optimizer, tensors: tensors)
      run(&job, pieces: blocks, inParallel: elements >= leastParallelCount)
    }
    let all = sums.addUp()
    for index in 0..<state.count where tensors.takesPart(index) {
      let result = sums.result(index)
      var given = kernel_sums(
        tensor: (result.pointee.sums[0], result.pointee.sums[1]), all: (all[0], all[1]),
        is_vector: tensors.rows(index) == 1, kept: keptNumber(index))
      groups.combine(
        algorithm.rule, group: tensors.group(index), step: clocks.step(index, unless: step), rateFactor: rateFactor,
        &given, from: clocks.constants(index), constants: UnsafeMutableRawPointer(result))
      result.pointee.kept = given.kept
    }
  }

  fileprivate func measure(_ tensors: TensorList, block: Int) {
    let index = sums.tensor(withBlock: block)
    let found = sums.sums(ofBlock: block)
    guard tensors.takesPart(index) else {
      (found[0], found[1]) = (0, 0)
      return
    }
    let first = (block - sums.firstBlock(index)) * Int(KERNEL_SUM_BLOCK)
    let last = min(first + Int(KERNEL_SUM_BLOCK), state[index].elements)
    var update = groups.commonUpdate(of: tensors.group(index))
    locate(&update, in: tensors, index, from: first, to: last)
    if let constants = clocks.constants(index) { update.setConstants(constants) }
    kernel_measure_block(kernels, algorithm.rule, &update, state[index].shape.type.isDouble, found)
  }

  /// The buffer with one number of each tensor; nil if the rule has none.
  private var keptBuffer: Int? {
    for buffer in 0..<algorithm.stateCount where algorithm.state(buffer).layout == .eachTensor { return buffer }
    return nil
  }

  private func keptNumber(_ tensor: Int) -> Double {
    guard let buffer = keptBuffer else { return 0 }
    let place = state.buffer(buffer, tensor: tensor)!
    return !state[tensor].shape.type.isDouble ? Double(place.load(as: Float.self)) : place.load(as: Double.self)
  }

  /// Keeps the numbers of each tensor: the step is made.
  func keepNumbers(_ tensors: TensorList) {
    if sums.isEmpty { return }
    guard let buffer = keptBuffer else { return }
    for tensor in 0..<state.count where tensors.takesPart(tensor) {
      let (place, kept) = (state.buffer(buffer, tensor: tensor)!, sums.result(tensor).pointee.kept)
      if !state[tensor].shape.type.isDouble {
        place.storeBytes(of: Float(kept), as: Float.self)
      } else {
        place.storeBytes(of: kept, as: Double.self)
      }
    }
  }

  /// The first number of a tensor that the step would keep and that is NaN or infinite.
  func firstNumberNotFinite(_ tensors: TensorList) -> NotFinite? {
    guard !sums.isEmpty, let buffer = keptBuffer else { return nil }
    for tensor in 0..<state.count where tensors.takesPart(tensor) {
      let kept = sums.result(tensor).pointee.kept
      let rounded = !state[tensor].shape.type.isDouble ? Double(Float(kept)) : kept
      if !rounded.isFinite { return NotFinite(tensor: tensor, buffer: buffer, index: 0, value: rounded) }
    }
    return nil
  }

  /// Gives an update the constants of its tensor, where each has its own.
  func setConstants(_ update: UnsafeMutablePointer<kernel_update>, tensor: Int) {
    if !sums.isEmpty {
      update.pointee.setConstants(sums.result(tensor))
    } else if let constants = clocks.constants(tensor) {
      update.pointee.setConstants(constants)
    }
  }
}

extension kernel_update {
  mutating func setConstants(_ numbers: UnsafeRawPointer) {
    withUnsafeMutableBytes(of: &constants) { $0.baseAddress!.copyMemory(from: numbers, byteCount: $0.count) }
  }
}
