import CDescentKernels

/// Samples and what is known about them, borrowed from the caller.
public struct Dataset {
  public enum FeatureType: UInt32 {
    case float32 = 1
    case float64 = 2
    case uint8 = 3

    var size: Int {
      switch self {
      case .float32: MemoryLayout<Float>.size
      case .float64: MemoryLayout<Double>.size
      case .uint8: 1
      }
    }
  }

  let features: UnsafeRawPointer
  let type: FeatureType
  let samples: Int
  let dimension: Int
  let scale: Float
  let offset: Float
  public var labels: UnsafePointer<Int32>?
  public var targets: Targets?
  public var weights: UnsafePointer<Double>?
  /// How a standardized model sees the features; nil for as they are.
  private(set) var view: FeatureView?

  /// Real numbers that a regressor learns, `samples × outputs`.
  public struct Targets {
    let numbers: UnsafeRawPointer
    let type: ElementType

    public init(_ numbers: UnsafeRawPointer, _ type: ElementType) { (self.numbers, self.type) = (numbers, type) }

    subscript(index: Int) -> Double {
      type == .float64
        ? numbers.loadUnaligned(fromByteOffset: 8 * index, as: Double.self)
        : Double(numbers.loadUnaligned(fromByteOffset: 4 * index, as: Float.self))
    }
  }

  public init(
    features: UnsafeRawPointer, type: FeatureType, labels: UnsafePointer<Int32>?, samples: Int, dimension: Int,
    scale: Float, offset: Float, mayBeEmpty: Bool = false
  ) throws(Failure) {
    if samples != 0 || !mayBeEmpty { try checkSize(samples, "data: samples", of: MemoryLayout<Int32>.size) }
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

  /// One feature, scaled and shifted, in double.
  func value(at index: Int) -> Double {
    let stored: Double =
      switch type {
      case .float32: Double(features.loadUnaligned(fromByteOffset: index * MemoryLayout<Float>.size, as: Float.self))
      case .float64: features.loadUnaligned(fromByteOffset: index * MemoryLayout<Double>.size, as: Double.self)
      case .uint8: Double(features.load(fromByteOffset: index, as: UInt8.self))
      }
    return stored * Double(scale) + Double(offset)
  }

  /// One feature as the model sees it, in double.
  func seenValue(at index: Int) -> Double {
    guard let view else { return value(at: index) }
    let column = index % dimension
    return (value(at: index) - view.centers[column]) * view.factors[column]
  }

  /// The same with the bits of gathered rows.
  func feature(at index: Int) -> Float { Float(seenValue(at: index)) }

  /// Whether features must be converted before the kernel can use them.
  var needsConversion: Bool {
    view != nil || offset != 0
      || {
        switch type {
        case .float32: scale != 1
        case .uint8: false
        case .float64: true
        }
      }()
  }

  /// The rows from `first` on, if a matrix product can use them in place.
  func rowsInPlace(from first: Int) -> UnsafePointer<Float>? {
    guard type == .float32 && !needsConversion else { return nil }
    return features.assumingMemoryBound(to: Float.self) + first * dimension
  }

  /// Converts `count` rows: those in `indices`, or those from `first` on.
  func gather(_ indices: UnsafePointer<Int>?, from first: Int, count: Int, into out: UnsafeMutablePointer<Float>) {
    gather(row(indices == nil ? first : 0), indices, count: count, into: out)
  }

  /// The same for rows that begin at `start`.
  func gather(
    _ start: UnsafeRawPointer, _ indices: UnsafePointer<Int>?, count: Int, into out: UnsafeMutablePointer<Float>
  ) {
    var request = kernel_gather(
      features: start, dtype: type.rawValue, indices: indices, rows: count, dimension: dimension, scale: scale,
      offset: offset, centers: view.map { UnsafePointer($0.centers) }, factors: view.map { UnsafePointer($0.factors) },
      out: out)
    kernels.pointee.gather(&request)
  }

  /// Where a sample's features begin.
  func row(_ sample: Int) -> UnsafeRawPointer { features + sample * dimension * type.size }

  /// Some of the samples, one after the other.
  func part(from first: Int, count: Int, outputs: Int) throws(Failure) -> Dataset {
    var part = try Dataset(
      features: row(first), type: type, labels: labels.map { $0 + first }, samples: count, dimension: dimension,
      scale: scale, offset: offset)
    part.targets = targets.map { Targets($0.numbers + first * outputs * $0.type.size, $0.type) }
    part.weights = weights.map { $0 + first }
    part.view = view
    return part
  }

  /// The same data as a standardized model sees them.
  func seen(through view: FeatureView?) -> Dataset {
    var data = self
    data.view = view
    return data
  }

  /// Throws at the first feature that is NaN or infinite, among these samples or all. `first` is the number of the first row.
  func checkFeatures(_ selection: Selection, from first: Int = 0) throws(Failure) {
    if type == .uint8 { return }
    for position in 0..<selection.count {
      let sample = selection.indices.map { $0[position] } ?? position
      let column = kernels.pointee.first_not_finite(row(sample), type == .float64, dimension)
      if column < dimension {
        throw Failure(
          .notFinite,
          "data: features: row \(first + sample), column \(column): \(value(at: sample * dimension + column))")
      }
    }
  }

  /// Throws unless all features are finite, and so are the targets and weights that there are.
  public func check(outputs: Int) throws(Failure) {
    try checkFeatures(.all(self))
    if let targets { try targets.check(samples: samples, outputs: outputs) }
    if let weights { _ = try totalWeight(weights, count: samples) }
  }
}

private func checkFinite(_ value: Float, _ name: StaticString) throws(Failure) {
  if !value.isFinite { throw Failure(.invalidArgument, "\(name): \(Double(value)) is not finite") }
}
