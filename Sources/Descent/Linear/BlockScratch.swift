import CDescentKernels

/// The layout of the memory that each block of samples needs in the fused kernel.
struct BlockLayout: BitwiseCopyable {
  /// Samples in a block.
  static var rows: Int { 64 }

  let bytes: Int
  fileprivate let predictions: Int
  fileprivate let scratch: Int
  fileprivate let features: Int

  init() { (bytes, predictions, scratch, features) = (0, 0, 0, 0) }

  /// The sizes have been checked: W has room in memory.
  init(dimension: Int, outputs: Int, converts: Bool) {
    // In 64 bits, since Int may have 32. What is cut off is more than there can be, and no memory is found for it.
    let (float, outputs64) = (Int64(MemoryLayout<Float>.size), Int64(outputs))
    let endOfBias = outputs64 * Int64(MemoryLayout<Double>.size)
    let endOfPredictions = endOfBias + Int64(Self.rows * MemoryLayout<Int32>.size)
    // To the next cache line, with which rows begin then whose length allows it.
    let endOfScratch = (endOfPredictions + Int64(kernel_linear_scratch(outputs)) * float + 63) & ~63
    let end = endOfScratch + (converts ? Int64(KERNEL_PACKED_ROWS) * Int64(dimension) * float : 0)
    predictions = Int(clamping: endOfBias)
    scratch = Int(clamping: endOfPredictions)
    features = Int(clamping: endOfScratch)
    bytes = Int(clamping: (end + 63) & ~63)
  }
}

/// The memory of one block.
struct BlockScratch {
  let base: UnsafeMutableRawPointer
  let layout: BlockLayout

  /// The derivatives with respect to the bias.
  var biasGradient: UnsafeMutablePointer<Double> { base.assumingMemoryBound(to: Double.self) }
  /// The predictions, if the caller has no array for them.
  var predictions: UnsafeMutablePointer<Int32> { pointer(layout.predictions) }
  /// The features of the samples at hand, if they are converted.
  var features: UnsafeMutablePointer<Float> { pointer(layout.features) }
  /// Scratch memory of the kernel.
  var scratch: UnsafeMutablePointer<Float> { pointer(layout.scratch) }

  private func pointer<Element>(_ offset: Int) -> UnsafeMutablePointer<Element> {
    (base + offset).assumingMemoryBound(to: Element.self)
  }
}
