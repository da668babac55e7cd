import TestSupport

@testable import Descent

/// A data set with memory of its own, and what the classifier is to see of it, in double.
final class TestSamples {
  /// How the features lie in memory.
  enum Storage: CaseIterable {
    case floats, scaledFloats, bytes
    /// Without an offset, so that nothing has to be converted beforehand.
    case scaledBytes
  }

  let count: Int
  let dimension: Int
  let classes: Int
  let storage: Storage
  let scale: Float
  let offset: Float
  let labels: UnsafeMutableBufferPointer<Int32>
  /// The features, scaled and shifted, row by row.
  private(set) var features: [Double] = []
  private let memory: UnsafeMutableRawPointer

  /// Random samples, the class of each given away by one of its features, but not always.
  init(_ count: Int, dimension: Int, classes: Int, storage: Storage = .floats, seed: UInt64 = 1) {
    self.count = count
    self.dimension = dimension
    self.classes = classes
    self.storage = storage
    (scale, offset) =
      switch storage {
      case .floats: (1, 0)
      case .scaledFloats: (0.75, 0.25)
      case .bytes: (1 / 127.5, -1)
      case .scaledBytes: (1.0 / 255, 0)
      }
    labels = .allocate(capacity: count)
    memory = .allocate(byteCount: count * dimension * MemoryLayout<Float>.size, alignment: 64)
    features.reserveCapacity(count * dimension)
    var random = SeededRandom(seed: seed)
    for row in 0..<count {
      let label = Int.random(in: 0..<classes, using: &random)
      labels[row] = Int32(label)
      for column in 0..<dimension {
        let hint = column % classes == label ? 0.5 : 0
        store(random.symmetric() * 0.5 + hint, at: row * dimension + column)
      }
    }
  }

  deinit {
    memory.deallocate()
    labels.deallocate()
  }

  /// `value` lies in [-1, 1].
  private func store(_ value: Double, at index: Int) {
    let stored: Float
    switch storage {
    case .floats, .scaledFloats:
      stored = Float(value)
      memory.storeBytes(of: stored, toByteOffset: index * 4, as: Float.self)
    case .bytes, .scaledBytes:
      let byte = UInt8((value + 1) * 127.5)
      memory.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
      stored = Float(byte)
    }
    features.append(Double(Float(Double(stored) * Double(scale) + Double(offset))))
  }

  private var hasBytes: Bool { storage == .bytes || storage == .scaledBytes }

  func row(_ index: Int) -> ArraySlice<Double> { features[index * dimension..<(index + 1) * dimension] }

  var answers: Answers { Answers(labels: labelPointer) }
  var labelPointer: UnsafePointer<Int32> { UnsafePointer(labels.baseAddress!) }

  /// The samples as the library gets them. Valid as long as this object.
  var dataset: Dataset { get throws(Failure) { try dataset(labels: labelPointer) } }

  func dataset(labels: UnsafePointer<Int32>?) throws(Failure) -> Dataset {
    try Dataset(
      features: memory, type: hasBytes ? .uint8 : .float32, labels: labels, samples: count,
      dimension: dimension, scale: scale, offset: offset)
  }
}
