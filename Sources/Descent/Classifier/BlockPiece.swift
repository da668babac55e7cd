import CDescentKernels

/// The layout of the memory that each block of samples needs in the fused kernel.
struct BlockLayout: BitwiseCopyable {
  /// Samples in a block.
  static var rows: Int { 64 }

  let bytes: Int
  fileprivate let predictions: Int
  fileprivate let labels: Int
  fileprivate let scratch: Int
  fileprivate let features: Int

  init() { (bytes, predictions, labels, scratch, features) = (0, 0, 0, 0, 0) }

  /// The sizes have been checked: W and a block's features have room in memory.
  init(dimension: Int, classes: Int, converts: Bool) {
    predictions = classes * MemoryLayout<Double>.size
    labels = predictions + Self.rows * MemoryLayout<Int32>.size
    scratch = labels + Self.rows * MemoryLayout<Int32>.size
    features = scratch + kernel_linear_scratch(classes) * MemoryLayout<Float>.size
    bytes = (features + (converts ? Self.rows * dimension * MemoryLayout<Float>.size : 0) + 63) & ~63
  }
}

/// The memory of one block.
struct BlockPiece {
  let base: UnsafeMutableRawPointer
  let layout: BlockLayout

  /// The derivatives with respect to the bias.
  var biasGradient: UnsafeMutablePointer<Double> { base.assumingMemoryBound(to: Double.self) }
  /// The predictions, if the caller has no array for them.
  var predictions: UnsafeMutablePointer<Int32> { pointer(layout.predictions) }
  /// The labels and the features, if they are converted first.
  var labels: UnsafeMutablePointer<Int32> { pointer(layout.labels) }
  var features: UnsafeMutablePointer<Float> { pointer(layout.features) }
  /// Scratch memory of the kernel.
  var scratch: UnsafeMutablePointer<Float> { pointer(layout.scratch) }

  /// The memory of the block `count` places later.
  func following(_ count: Int) -> BlockPiece { BlockPiece(base: base + count * layout.bytes, layout: layout) }

  private func pointer<Element>(_ offset: Int) -> UnsafeMutablePointer<Element> {
    (base + offset).assumingMemoryBound(to: Element.self)
  }
}

extension Dataset {
  /// Whether features must be scaled and shifted one by one before the kernel can use them.
  var needsConversion: Bool { offset != 0 || type == .float32 && scale != 1 }

  /// Scales and shifts a block's features, and lets the kernel find them and their labels.
  func convert(_ block: UnsafeMutablePointer<kernel_linear>, in piece: BlockPiece) {
    let rows = block.pointee.rows
    gather(block.pointee.features, block.pointee.indices, count: rows, into: piece.features)
    block.pointee.features = UnsafeRawPointer(piece.features)
    block.pointee.is_bytes = false
    if let labels = block.pointee.labels, let indices = block.pointee.indices {
      for row in 0..<rows { piece.labels[row] = labels[indices[row]] }
      block.pointee.labels = UnsafePointer(piece.labels)
    }
    block.pointee.indices = nil
    block.pointee.rows_to_come = 0
  }
}
