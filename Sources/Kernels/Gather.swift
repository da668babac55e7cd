import CDescentKernels

/// Rows of features as floats, one below the other: scaled and shifted, and then, if that is wanted, centred and scaled column
/// by column. In double, and rounded once: where the centre takes away most of a feature, what is left is right.
func gather(_ request: UnsafePointer<kernel_gather>) {
  let request = request.pointee
  let (scale, offset) = (Double(request.scale), Double(request.offset))
  let rows = FeatureRows(request.features, request.dtype, count: request.dimension)
  let centers = request.centers.map { LaneRow(UnsafeRawPointer($0), count: rows.count, isDouble: true) }
  let factors = request.factors.map { LaneRow(UnsafeRawPointer($0), count: rows.count, isDouble: true) }
  var row = 0
  while row < request.rows {
    let features = rows.address(request.indices.map { $0[row] } ?? row)
    // The rows lie anywhere: only the end of this one tells where the processor might go on by itself.
    let later = min(row + 2, request.rows - 1)
    prefetch(rows.address(request.indices.map { $0[later] } ?? later), rows.size)
    let out = LaneRow(UnsafeMutableRawPointer(request.out + row * rows.count), count: rows.count, isDouble: false)
    var index = 0
    while index < rows.count {
      var x = rows.read(features, at: index) * scale + offset
      if let centers, let factors { x = (x - centers.read(at: index, fill: 0)) * factors.read(at: index, fill: 0) }
      out.write(x, at: index)
      index += Lanes.scalarCount
    }
    row += 1
  }
}

@inline(__always)
private func prefetch(_ address: UnsafeRawPointer, _ size: Int) {
  var offset = 0
  while offset < size {
    kernel_prefetch(address + offset)
    offset += 64
  }
}

/// Adds up how far features lie from a reference, and the squares of that, row by row.
func addMoments(_ request: UnsafePointer<kernel_moments>) {
  let request = request.pointee
  let (scale, offset) = (Double(request.scale), Double(request.offset))
  let rows = FeatureRows(request.features, request.dtype, count: request.dimension)
  let reference = LaneRow(UnsafeRawPointer(request.reference), count: rows.count, isDouble: true)
  let sums = LaneRow(UnsafeMutableRawPointer(request.sums), count: rows.count, isDouble: true)
  let squares = LaneRow(UnsafeMutableRawPointer(request.squares), count: rows.count, isDouble: true)
  var row = 0
  while row < request.rows {
    let weight = request.weights.map { $0[row] } ?? 1
    let features = rows.address(row)
    var index = 0
    while index < rows.count {
      let distance = rows.read(features, at: index) * scale + offset - reference.read(at: index, fill: 0)
      let weighted = distance * weight
      sums.write(sums.read(at: index, fill: 0) + weighted, at: index)
      squares.write(squares.read(at: index, fill: 0) + weighted * distance, at: index)
      index += Lanes.scalarCount
    }
    row += 1
  }
}

/// Rows of features of any type. The type is asked for at each access, as in a `LaneRow`.
private struct FeatureRows {
  let count: Int
  /// Of a row, in bytes.
  let size: Int
  private let base: UnsafeRawPointer
  private let type: UInt32
  private let stride: Int

  @inline(__always)
  init(_ base: UnsafeRawPointer, _ type: UInt32, count: Int) {
    stride =
      type == StoredType.float64
      ? MemoryLayout<Double>.stride : type == StoredType.uint8 ? MemoryLayout<UInt8>.stride : MemoryLayout<Float>.stride
    (self.base, self.type, self.count, size) = (base, type, count, count * stride)
  }

  @inline(__always)
  func address(_ row: Int) -> UnsafeRawPointer { base + row * size }

  /// Eight features of a row from `index` on; zeros past its end.
  @inline(__always)
  func read(_ row: UnsafeRawPointer, at index: Int) -> Lanes {
    let address = row + index * stride
    return count - index < Lanes.scalarCount ? readPart(address, count - index) : read(address)
  }

  @inline(__always)
  private func read(_ address: UnsafeRawPointer) -> Lanes {
    if type == StoredType.float64 { return load(address, as: Lanes.self) }
    var floats = SIMD8<Float>()
    if type == StoredType.uint8 {
      withUnsafeMutableBytes(of: &floats) {
        kernel_convert8($0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self), address)
      }
    } else {
      floats = load(address, as: SIMD8<Float>.self)
    }
    return widen(floats)
  }

  @inline(never)
  private func readPart(_ address: UnsafeRawPointer, _ count: Int) -> Lanes {
    var part = Lanes()
    return withUnsafeMutableBytes(of: &part) {
      let part = $0.baseAddress.unsafelyUnwrapped
      part.copyMemory(from: address, byteCount: count * stride)
      return read(UnsafeRawPointer(part))
    }
  }
}

/// The element types of features; the numbers are those of `descent_dtype`.
enum StoredType {
  static var float32: UInt32 { 1 }
  static var float64: UInt32 { 2 }
  static var uint8: UInt32 { 3 }
}

/// What the linear pass reads in place; the rest is converted on the way, some rows at a time.
protocol Feature: BitwiseCopyable {
  var value: Float { get }
  /// As many of them as a vector has lanes; bytes are scaled.
  static func vector(_ address: UnsafeRawPointer, scale: Float) -> FloatVector
}

extension Float: Feature {
  @inline(__always)
  var value: Float { self }
  @inline(__always)
  static func vector(_ address: UnsafeRawPointer, scale: Float) -> FloatVector { load(address, as: FloatVector.self) }
}

extension UInt8: Feature {
  @inline(__always)
  var value: Float { Float(self) }
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
