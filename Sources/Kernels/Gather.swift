import CDescentKernels

/// Rows of features as floats, one below the other: scaled and shifted, and then, if that is wanted, centred and scaled column
/// by column. In double, and rounded once: where the centre takes away most of a feature, what is left is right.
func gather(_ request: UnsafePointer<kernel_gather>) {
  let request = request.pointee
  switch request.dtype {
  case StoredType.float64: gather(Double.self, request)
  case StoredType.uint8: gather(UInt8.self, request)
  default: gather(Float.self, request)
  }
}

@inline(__always)
private func gather<F: StoredFeature>(_: F.Type, _ request: kernel_gather) {
  let (scale, offset) = (Double(request.scale), Double(request.offset))
  var row = 0
  while row < request.rows {
    let position = request.indices.map { $0[row] } ?? row
    let source = request.features + position * request.dimension * MemoryLayout<F>.stride
    let out = request.out + row * request.dimension
    if let centers = request.centers, let factors = request.factors {
      forEachLane(F.self, source, request.dimension) { x, index, count in
        let center = lanes(centers, index, count)
        let factor = lanes(factors, index, count)
        store(narrow((x * scale + offset - center) * factor), to: out + index, count: count)
      }
    } else {
      forEachLane(F.self, source, request.dimension) { x, index, count in
        store(narrow(x * scale + offset), to: out + index, count: count)
      }
    }
    row += 1
  }
}

/// Adds up how far features lie from a reference, and the squares of that, row by row.
func addMoments(_ request: UnsafePointer<kernel_moments>) {
  let request = request.pointee
  switch request.dtype {
  case StoredType.float64: addMoments(Double.self, request)
  case StoredType.uint8: addMoments(UInt8.self, request)
  default: addMoments(Float.self, request)
  }
}

@inline(__always)
private func addMoments<F: StoredFeature>(_: F.Type, _ request: kernel_moments) {
  let (scale, offset) = (Double(request.scale), Double(request.offset))
  var row = 0
  while row < request.rows {
    let weight = request.weights.map { $0[row] } ?? 1
    let source = request.features + row * request.dimension * MemoryLayout<F>.stride
    forEachLane(F.self, source, request.dimension) { x, index, count in
      let distance = x * scale + offset - lanes(request.reference, index, count)
      let weighted = distance * weight
      add(weighted, to: request.sums + index, count: count)
      add(weighted * distance, to: request.squares + index, count: count)
    }
    row += 1
  }
}

/// Calls the body with the features of a row, eight at a time, the number of the first, and how many there are: fewer than
/// eight at the end.
@inline(__always)
private func forEachLane<F: StoredFeature>(
  _: F.Type, _ row: UnsafeRawPointer, _ dimension: Int, _ body: (Lanes, Int, Int) -> Void
) {
  var index = 0
  while index + Lanes.scalarCount <= dimension {
    body(F.lanes(row + index * MemoryLayout<F>.stride), index, Lanes.scalarCount)
    index += Lanes.scalarCount
  }
  while index < dimension {
    let feature = (row + index * MemoryLayout<F>.stride).loadUnaligned(as: F.self)
    body(Lanes(repeating: feature.double), index, 1)
    index += 1
  }
}

/// Eight numbers, or one in all lanes.
@inline(__always)
private func lanes(_ numbers: UnsafePointer<Double>, _ index: Int, _ count: Int) -> Lanes {
  count == 1 ? Lanes(repeating: numbers[index]) : load(UnsafeRawPointer(numbers + index), as: Lanes.self)
}

@inline(__always)
private func store(_ x: SIMD8<Float>, to out: UnsafeMutablePointer<Float>, count: Int) {
  if count == 1 { out.pointee = x[0] } else { store(x, to: UnsafeMutableRawPointer(out)) }
}

@inline(__always)
private func add(_ x: Lanes, to sums: UnsafeMutablePointer<Double>, count: Int) {
  if count == 1 { return sums.pointee += x[0] }
  store(load(UnsafeRawPointer(sums), as: Lanes.self) + x, to: UnsafeMutableRawPointer(sums))
}

/// The element types of features; the numbers are those of `descent_dtype`.
enum StoredType {
  static var float32: UInt32 { 1 }
  static var float64: UInt32 { 2 }
  static var uint8: UInt32 { 3 }
}

/// What a data set may hold.
protocol StoredFeature: BitwiseCopyable {
  var double: Double { get }
  /// Eight of them.
  static func lanes(_ address: UnsafeRawPointer) -> Lanes
}

/// What the linear pass reads in place; the rest is converted on the way, some rows at a time.
protocol Feature: StoredFeature {
  var value: Float { get }
  /// As many of them as a vector has lanes; bytes are scaled.
  static func vector(_ address: UnsafeRawPointer, scale: Float) -> FloatVector
}

extension Double: StoredFeature {
  @inline(__always)
  var double: Double { self }
  @inline(__always)
  static func lanes(_ address: UnsafeRawPointer) -> Lanes { load(address, as: Lanes.self) }
}

extension Float: Feature {
  @inline(__always)
  var value: Float { self }
  @inline(__always)
  var double: Double { Double(self) }
  @inline(__always)
  static func lanes(_ address: UnsafeRawPointer) -> Lanes { widen(load(address, as: SIMD8<Float>.self)) }
  @inline(__always)
  static func vector(_ address: UnsafeRawPointer, scale: Float) -> FloatVector { load(address, as: FloatVector.self) }
}

extension UInt8: Feature {
  @inline(__always)
  var value: Float { Float(self) }
  @inline(__always)
  var double: Double { Double(self) }
  @inline(__always)
  static func lanes(_ address: UnsafeRawPointer) -> Lanes {
    var floats = SIMD8<Float>()
    withUnsafeMutableBytes(of: &floats) {
      kernel_convert8($0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self), address)
    }
    return widen(floats)
  }
  @inline(__always)
  static func vector(_ address: UnsafeRawPointer, scale: Float) -> FloatVector { converted(address) * scale }
}

/// Copies one row into each of the rows of a matrix.
func fillRows(_ matrix: UnsafeMutablePointer<Float>, _ row: UnsafePointer<Float>, _ rows: Int, _ columns: Int) {
  var index = 0
  while index < rows {
    UnsafeMutableRawPointer(matrix + index * columns)
      .copyMemory(from: row, byteCount: columns * MemoryLayout<Float>.stride)
    index += 1
  }
}

@inline(__always)
private func converted(_ address: UnsafeRawPointer) -> FloatVector {
  var vector = FloatVector()
  withUnsafeMutableBytes(of: &vector) {
    let out = $0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
    if FloatVector.scalarCount == 16 {
      kernel_convert16(out, address)
    } else if FloatVector.scalarCount == 8 {
      kernel_convert8(out, address)
    } else {
      kernel_convert4(out, address)
    }
  }
  return vector
}
