import CDescentKernels
import CPlatform

/// W during dual coordinate ascent, in blocks of columns that lie one after the other: no cache line has numbers of two
/// blocks, and a thread that works on one never waits for what another thread has written. Where there is a single block it
/// is W as it is.
struct ColumnBlocks: ~Copyable {
  let count: Int
  /// Of all blocks but the last one, which has the rest.
  private let width: Int
  private let dimension: Int
  private let outputs: Int
  private let memory: Memory
  private let weights: UnsafeMutablePointer<Float>
  /// Whether W has these numbers.
  private var isShown = true

  /// More of them would have each row read in more places than there are threads for.
  private static var mostBlocks: Int { 8 }

  /// All are 0, unless they are W itself.
  init(_ model: borrowing LinearModel) throws(Failure) {
    (dimension, outputs) = (model.dimension, model.outputs)
    let unit = Int(KERNEL_DUAL_UNIT)
    width = 2 * unit * ((outputs - 1) / (2 * unit * Self.mostBlocks) + 1)
    // No block has a single column, which is summed in another order than one of several.
    count = max(1, (outputs + width - 2) / width)
    let last = (count - 1) * width
    let pitch = last + (outputs - last + unit - 1) / unit * unit
    memory =
      count > 1
      ? try Memory(of: Float.self, count: boundedProduct(dimension, pitch), purpose: "blocks of the weights") : Memory()
    weights = count > 1 ? memory.pointer(to: Float.self) : model.trained
  }

  func columns(_ block: Int) -> Range<Int> { block * width..<(block + 1 == count ? outputs : (block + 1) * width) }

  /// From one row of a block to the next.
  func pitch(_ block: Int) -> Int {
    let unit = Int(KERNEL_DUAL_UNIT)
    return count == 1 ? outputs : (columns(block).count + unit - 1) / unit * unit
  }

  func weights(_ block: Int) -> UnsafeMutablePointer<Float> { weights + dimension * columns(block).lowerBound }

  func sumOfSquares(_ block: Int) -> Double {
    kernels.pointee.sum_of_squares(weights(block), dimension * pitch(block))
  }

  /// All numbers are 0, as they are in new memory.
  mutating func clear() {
    let bytes = 4 * dimension * outputs
    if count == 1 { UnsafeMutableRawPointer(weights).initializeMemory(as: UInt8.self, repeating: 0, count: bytes) }
    goOn()
  }

  /// Takes the numbers that W has.
  mutating func take(_ trained: UnsafeMutablePointer<Float>) {
    exchange(trained, takes: true)
    isShown = true
  }

  /// The numbers are about to change.
  mutating func goOn() { isShown = count == 1 }

  /// Gives W these numbers; returns whether it had others.
  mutating func show(_ trained: UnsafeMutablePointer<Float>) -> Bool {
    if isShown { return false }
    exchange(trained, takes: false)
    isShown = true
    return true
  }

  private mutating func exchange(_ trained: UnsafeMutablePointer<Float>, takes: Bool) {
    if count == 1 { return }
    withUnsafePointer(to: &self) { blocks in
      var job = BlockJob(blocks: blocks, trained: trained, takes: takes)
      let numbers = boundedProduct(blocks.pointee.dimension, blocks.pointee.outputs)
      let pieces = (blocks.pointee.dimension - 1) / BlockJob.rowsPerPiece + 1
      run(&job, pieces: pieces, inParallel: numbers >= leastParallelCount)
    }
  }

  fileprivate func exchangeRows(from first: Int, _ trained: UnsafeMutablePointer<Float>, takes: Bool) {
    for block in 0..<count {
      let (columns, pitch, weights) = (columns(block), pitch(block), weights(block))
      for row in first..<min(first + BlockJob.rowsPerPiece, dimension) {
        let own = weights + row * pitch
        let shown = trained + row * outputs + columns.lowerBound
        copy(takes ? shown : own, to: takes ? own : shown, count: columns.count)
      }
    }
  }
}

private struct BlockJob: Job {
  static var rowsPerPiece: Int { 1024 }

  let blocks: UnsafePointer<ColumnBlocks>
  let trained: UnsafeMutablePointer<Float>
  let takes: Bool

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: BlockJob.self).pointee
      job.blocks.pointee.exchangeRows(from: index * BlockJob.rowsPerPiece, job.trained, takes: job.takes)
    }
  }
}
