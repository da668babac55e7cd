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

  /// The sizes have been checked: W and a block's features have room in memory.
  init(dimension: Int, outputs: Int, converts: Bool) {
    predictions = outputs * MemoryLayout<Double>.size
    scratch = predictions + Self.rows * MemoryLayout<Int32>.size
    features = scratch + kernel_linear_scratch(outputs) * MemoryLayout<Float>.size
    bytes = (features + (converts ? Self.rows * dimension * MemoryLayout<Float>.size : 0) + 63) & ~63
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
  /// The features, if they are converted first.
  var features: UnsafeMutablePointer<Float> { pointer(layout.features) }
  /// Scratch memory of the kernel.
  var scratch: UnsafeMutablePointer<Float> { pointer(layout.scratch) }

  /// The memory of the block `count` places later.
  func following(_ count: Int) -> BlockScratch { BlockScratch(base: base + count * layout.bytes, layout: layout) }

  private func pointer<Element>(_ offset: Int) -> UnsafeMutablePointer<Element> {
    (base + offset).assumingMemoryBound(to: Element.self)
  }
}

extension Dataset {
  /// Converts a block's features, and lets the kernel find them.
  func convert(_ block: UnsafeMutablePointer<kernel_linear>, in piece: BlockScratch) {
    gather(block.pointee.features, block.pointee.indices, count: block.pointee.rows, into: piece.features)
    block.pointee.features = UnsafeRawPointer(piece.features)
    block.pointee.is_bytes = false
    block.pointee.feature_indices = nil
    block.pointee.rows_to_come = 0
  }
}
