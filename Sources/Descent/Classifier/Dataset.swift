import CDescentKernels

/// Samples and their labels, borrowed from the caller.
public struct Dataset {
  public enum FeatureType: UInt32 {
    case float32 = 1
    case uint8 = 3

    var size: Int { self == .float32 ? MemoryLayout<Float>.size : 1 }
  }

  let features: UnsafeRawPointer
  let type: FeatureType
  let labels: UnsafePointer<Int32>?
  let samples: Int
  let dimension: Int
  let scale: Float
  let offset: Float

  public init(
    features: UnsafeRawPointer, type: FeatureType, labels: UnsafePointer<Int32>?, samples: Int, dimension: Int,
    scale: Float, offset: Float
  ) throws(Failure) {
    try checkSize(samples, "data: samples", of: MemoryLayout<Int32>.size)
    try checkSize(dimension, "data: dimension")
    guard let count = byteCount(samples, dimension), byteCount(count, type.size) != nil else {
      throw Failure(.invalidArgument, "data: samples * dimension: \(samples) * \(dimension) elements overflow")
    }
    try checkFinite(scale, "data: scale")
    try checkFinite(offset, "data: offset")
    self.features = features
    self.type = type
    self.labels = labels
    self.samples = samples
    self.dimension = dimension
    self.scale = scale
    self.offset = offset
  }

  /// One feature, scaled and shifted, with the same bits as in gathered rows.
  func feature(at index: Int) -> Float {
    let stored: Float =
      switch type {
      case .float32: features.loadUnaligned(fromByteOffset: index * MemoryLayout<Float>.size, as: Float.self)
      case .uint8: Float(features.load(fromByteOffset: index, as: UInt8.self))
      }
    return Float(Double(stored) * Double(scale) + Double(offset))
  }

  /// The rows from `first` on, if a matrix product can use them in place.
  func rowsInPlace(from first: Int) -> UnsafePointer<Float>? {
    guard type == .float32 && scale == 1 && offset == 0 else { return nil }
    return features.assumingMemoryBound(to: Float.self) + first * dimension
  }

  /// Writes `count` rows, scaled and shifted: those in `indices`, or those from `first` on.
  func gather(_ indices: UnsafePointer<Int>?, from first: Int, count: Int, into out: UnsafeMutablePointer<Float>) {
    gather(features + (indices == nil ? first * dimension * type.size : 0), indices, count: count, into: out)
  }

  /// The same for rows that begin at `start`.
  func gather(
    _ start: UnsafeRawPointer, _ indices: UnsafePointer<Int>?, count: Int, into out: UnsafeMutablePointer<Float>
  ) {
    var request = kernel_gather(
      features: start, indices: indices, rows: count, dimension: dimension, scale: scale, offset: offset, out: out)
    switch type {
    case .float32: kernels.pointee.gather_float32(&request)
    case .uint8: kernels.pointee.gather_uint8(&request)
    }
  }
}

private func checkFinite(_ value: Float, _ name: StaticString) throws(Failure) {
  if !value.isFinite { throw Failure(.invalidArgument, "\(name): \(Double(value)) is not finite") }
}
