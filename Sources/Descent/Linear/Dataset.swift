import CDescentKernels

/// Samples and what is known about them, borrowed from the caller.
public struct Dataset {
  public enum FeatureType: UInt32 {
    case float32 = 1
    case float64 = 2
    case uint8 = 3
    case float16 = 4
    case bfloat16 = 5

    var size: Int {
      switch self {
      case .float32: MemoryLayout<Float>.size
      case .float64: MemoryLayout<Double>.size
      case .uint8: 1
      case .float16, .bfloat16: 2
      }
    }
  }

  /// nil where all stored values are 1.
  let stored: UnsafeRawPointer?
  let type: FeatureType
  private(set) var samples: Int
  let dimension: Int
  let scale: Float
  let offset: Float
  /// How the features are stored if not all of them are.
  private(set) var sparse: CSRRows?
  public var labels: UnsafePointer<Int32>?
  public var targets: Targets?
  public var weights: UnsafePointer<Double>?
  /// How a standardized model sees the features; nil for as they are.
  private(set) var view: FeatureView?

  /// Real numbers that a regressor learns, `samples × outputs`.
  public struct Targets {
    private(set) var numbers: UnsafeRawPointer
    let type: ElementType
    /// What a standardized model takes away from each output's; nil for nothing.
    private(set) var centers: UnsafePointer<Double>?
    private var outputs = 1

    public init(_ numbers: UnsafeRawPointer, _ type: ElementType) { (self.numbers, self.type) = (numbers, type) }

    subscript(index: Int) -> Double {
      let number =
        type == .float64
        ? numbers.loadUnaligned(fromByteOffset: 8 * index, as: Double.self)
        : Double(numbers.loadUnaligned(fromByteOffset: 4 * index, as: Float.self))
      return centers.map { number - $0[index % outputs] } ?? number
    }

    /// Those from a place on, with which a row begins.
    func from(_ index: Int) -> Targets {
      var targets = self
      targets.numbers += index * type.size
      return targets
    }

    /// The same as a standardized model sees them.
    func seen(through view: FeatureView?, outputs: Int) -> Targets {
      var targets = self
      (targets.centers, targets.outputs) = (view.map { UnsafePointer($0.targetCenters) }, outputs)
      return targets
    }
  }

  /// Rows that are stored in full.
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
    (stored, self.type, self.labels) = (features, type, labels)
    (self.samples, self.dimension, self.scale, self.offset) = (samples, dimension, scale, offset)
  }

  /// Sparse rows; `values` is nil where all that are stored are 1.
  public init(
    values: UnsafeRawPointer?, type: FeatureType, rowStarts: UnsafePointer<Int64>, columns: UnsafePointer<Int32>?,
    storedCount: Int, labels: UnsafePointer<Int32>?, samples: Int, dimension: Int, scale: Float, offset: Float,
    mayBeEmpty: Bool = false
  ) throws(Failure) {
    if samples != 0 || !mayBeEmpty { try checkSize(samples, "data: samples", of: MemoryLayout<Int64>.size) }
    try checkSize(dimension, "data: dimension")
    try checkFinite(scale, "data: scale")
    if offset != 0 {
      throw Failure(.invalidArgument, "data: offset: \(Double(offset)) is not 0, as it must be with row_starts")
    }
    sparse = try CSRRows(
      starts: rowStarts, columns: columns, storedCount: storedCount, samples: samples, dimension: dimension)
    (stored, self.type, self.labels) = (values, type, labels)
    (self.samples, self.dimension, self.scale, self.offset) = (samples, dimension, scale, 0)
  }

  /// Of rows that are stored in full.
  var features: UnsafeRawPointer { stored! }

  /// One feature, scaled and shifted, in double.
  func value(_ row: Int, _ column: Int) -> Double {
    guard let sparse else { return storedValue(row * dimension + column) }
    return sparse.place(row, column).map { storedValue($0) } ?? 0
  }

  /// One of the values that are stored.
  @inline(never)
  func storedValue(_ place: Int) -> Double {
    guard let stored else { return Double(scale) }
    let value: Double =
      switch type {
      case .float32: Double(stored.loadUnaligned(fromByteOffset: place * MemoryLayout<Float>.size, as: Float.self))
      case .float64: stored.loadUnaligned(fromByteOffset: place * MemoryLayout<Double>.size, as: Double.self)
      case .uint8: Double(stored.load(fromByteOffset: place, as: UInt8.self))
      case .float16, .bfloat16: kernel_number_at(kernels, stored, type.rawValue, place)
      }
    return value * Double(scale) + Double(offset)
  }

  /// One feature as the model sees it, in double.
  @inline(never)
  func seenValue(_ row: Int, _ column: Int) -> Double { seen(value(row, column), column) }

  func seen(_ value: Double, _ column: Int) -> Double {
    guard let view else { return value }
    return (value - view.centers[column]) * view.factors[column]
  }

  /// The same with the bits of gathered rows.
  func feature(_ row: Int, _ column: Int) -> Float { Float(seenValue(row, column)) }

  /// Whether features must be converted before the kernel can use them.
  var needsConversion: Bool {
    view != nil || offset != 0
      || {
        switch type {
        case .float32: scale != 1
        case .uint8: false
        case .float64, .float16, .bfloat16: true
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
    var request = conversion(of: start, indices, count: count, into: out)
    kernels.pointee.gather(&request)
  }

  /// What makes floats of such rows as the model sees them.
  func conversion(
    of start: UnsafeRawPointer, _ indices: UnsafePointer<Int>?, count: Int, into out: UnsafeMutablePointer<Float>?
  ) -> kernel_gather {
    kernel_gather(
      features: start, dtype: type.rawValue, indices: indices, rows: count, dimension: dimension, scale: scale,
      offset: offset, centers: view.map { UnsafePointer($0.centers) }, factors: view.map { UnsafePointer($0.factors) },
      out: out, is_near: false)
  }

  /// Where a sample's features begin.
  func row(_ sample: Int) -> UnsafeRawPointer { features + sample * dimension * type.size }

  /// Some of the samples, one after the other.
  func part(from first: Int, count: Int, outputs: Int) throws(Failure) -> Dataset {
    let labels = labels.map { $0 + first }
    var part = self
    if let sparse {
      part.sparse = sparse.rows(from: first)
      part.samples = count
      part.labels = labels
    } else {
      part = try Dataset(
        features: row(first), type: type, labels: labels, samples: count, dimension: dimension, scale: scale,
        offset: offset)
    }
    part.targets = targets?.from(first * outputs)
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

  /// Calls `body` with column and value of each feature that is stored.
  @inline(__always)
  func forEachStored(_ sample: Int, _ body: (Int, Double) -> Void) {
    if let sparse {
      for place in sparse.places(sample) { body(sparse.column(place), storedValue(place)) }
    } else {
      for column in 0..<dimension { body(column, storedValue(sample * dimension + column)) }
    }
  }

  /// The same for features as the model sees them: all of them where those that are not stored are not 0 to it.
  @inline(__always)
  func forEachSeen(_ sample: Int, _ body: (Int, Double) -> Void) {
    if sparse != nil && view?.isCentered == true {
      for column in 0..<dimension { body(column, seenValue(sample, column)) }
    } else {
      forEachStored(sample) { body($0, seen($1, $0)) }
    }
  }

  /// Throws at the first feature that is NaN or infinite, among these samples or all; `asSeen` also where it becomes so in
  /// float32. `first` is the number of the first row.
  func checkFeatures(_ selection: Selection, from first: Int = 0, asSeen: Bool = false) throws(Failure) {
    if type == .uint8 || stored == nil { return }
    for position in 0..<selection.count {
      let sample = selection.indices.map { $0[position] } ?? position
      if let column = firstNotFinite(sample) {
        throw Failure(.notFinite, "data: features: row \(first + sample), column \(column): \(value(sample, column))")
      }
      if asSeen, let column = firstTooLarge(sample) {
        let value = value(sample, column)
        throw Failure(
          .notFinite, "data: features: row \(first + sample), column \(column): \(value) is not finite in float32")
      }
    }
  }

  /// The column of the first stored feature of a sample that is NaN or infinite to the model; nil if there is none.
  private func firstTooLarge(_ sample: Int) -> Int? {
    let places = sparse?.places(sample) ?? sample * dimension..<(sample + 1) * dimension
    for place in places {
      let column = sparse?.column(place) ?? place - sample * dimension
      if !Float(seen(storedValue(place), column)).isFinite { return column }
    }
    return nil
  }

  /// The column of the first feature of a sample that is NaN or infinite; nil if there is none.
  private func firstNotFinite(_ sample: Int) -> Int? {
    guard let sparse else {
      let column = kernel_first_not_finite(kernels, row(sample), type.rawValue, dimension)
      return column < dimension ? column : nil
    }
    let places = sparse.places(sample)
    if places.isEmpty { return nil }
    let start = features + places.lowerBound * type.size
    let found = kernel_first_not_finite(kernels, start, type.rawValue, places.count)
    return found < places.count ? sparse.column(places.lowerBound + found) : nil
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
