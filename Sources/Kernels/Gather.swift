import CDescentKernels

/// Rows of features as floats, one below the other: scaled and shifted, and then, if that is wanted, centred and scaled column
/// by column. In double, and rounded once: where the centre takes away most of a feature, what is left is right.
func gather(_ request: UnsafePointer<kernel_gather>) {
  let rows = FeatureRows(request.pointee.features, request.pointee.dtype, request.pointee.dimension)
  let job = Gathering(request.pointee)
  let request = request.pointee
  var row = 0
  while row < request.rows {
    var features = rows.address(request.indices.map { $0[row] } ?? row)
    if !request.is_near {
      // The rows lie anywhere: only the end of this one tells where the processor might go on by itself.
      let later = min(row + 2, request.rows - 1)
      prefetch(rows.address(request.indices.map { $0[later] } ?? later), rows.size)
    }
    let out = request.out.unsafelyUnwrapped + row * request.dimension
    if rows.isHalf {
      widenStored(out, features, request.dtype, request.dimension)
      features = UnsafeRawPointer(out)
    }
    var index = 0
    while index + Lanes.scalarCount <= request.dimension {
      job.convert(features, out, index, count: Lanes.scalarCount)
      index += Lanes.scalarCount
    }
    if index < request.dimension { job.convertPart(features, out, index, count: request.dimension - index) }
    row += 1
  }
}

@inline(__always)
func prefetch(_ address: UnsafeRawPointer, _ size: Int) {
  var offset = 0
  while offset < size {
    kernel_prefetch(address + offset)
    offset += 64
  }
}

private struct Gathering {
  /// Those of 16 bits have been widened.
  private let rows: FeatureRows
  private let scale: Double
  private let offset: Double
  private let centers: UnsafePointer<Double>?
  private let factors: UnsafePointer<Double>?

  @inline(__always)
  init(_ request: kernel_gather) {
    let isHalf = FeatureRows(request.features, request.dtype, request.dimension).isHalf
    rows = FeatureRows(request.features, isHalf ? StoredType.float32 : request.dtype, request.dimension)
    (scale, offset) = (Double(request.scale), Double(request.offset))
    (centers, factors) = (request.centers, request.factors)
  }

  /// Features from `index` on, up to eight.
  @inline(__always)
  func convert(_ features: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>, _ index: Int, count: Int) {
    var x = rows.read(features, index, count: count) * scale + offset
    if let centers, let factors {
      let (center, factor) = (doubles(centers + index, count), doubles(factors + index, count))
      x = (x - center.read(at: 0, fill: 0)) * factor.read(at: 0, fill: 0)
    }
    LaneRow(UnsafeMutableRawPointer(out + index), count: count, isDouble: false).write(x, at: 0)
  }

  /// The end of a row. It is apart, so that nothing asks for it in the loop.
  @inline(never)
  func convertPart(_ features: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>, _ index: Int, count: Int) {
    convert(features, out, index, count: count)
  }
}

/// Adds up how far features lie from a reference, and the squares of that, row by row.
func addMoments(_ request: UnsafePointer<kernel_moments>) {
  let job = Moments(request.pointee)
  let request = request.pointee
  var row = 0
  while row < request.rows {
    let weight = request.weights.map { $0[row] } ?? 1
    let features = job.rows.address(row)
    var index = 0
    while index + Lanes.scalarCount <= request.dimension {
      job.add(features, weight, index, count: Lanes.scalarCount)
      index += Lanes.scalarCount
    }
    if index < request.dimension { job.addPart(features, weight, index, count: request.dimension - index) }
    row += 1
  }
}

private struct Moments {
  let rows: FeatureRows
  private let scale: Double
  private let offset: Double
  private let reference: UnsafePointer<Double>
  private let sums: UnsafeMutablePointer<Double>
  private let squares: UnsafeMutablePointer<Double>

  @inline(__always)
  init(_ request: kernel_moments) {
    rows = FeatureRows(request.features, request.dtype, request.dimension)
    (scale, offset) = (Double(request.scale), Double(request.offset))
    (reference, sums, squares) = (request.reference, request.sums, request.squares)
  }

  /// Features from `index` on, up to eight.
  @inline(__always)
  func add(_ features: UnsafeRawPointer, _ weight: Double, _ index: Int, count: Int) {
    let (sums, squares) = (doubles(sums + index, count), doubles(squares + index, count))
    let x = rows.read(features, index, count: count) * scale + offset
    let distance = x - doubles(reference + index, count).read(at: 0, fill: 0)
    let weighted = distance * weight
    sums.write(sums.read(at: 0, fill: 0) + weighted, at: 0)
    squares.write(squares.read(at: 0, fill: 0) + weighted * distance, at: 0)
  }

  @inline(never)
  func addPart(_ features: UnsafeRawPointer, _ weight: Double, _ index: Int, count: Int) {
    add(features, weight, index, count: count)
  }
}

@inline(__always)
private func doubles(_ numbers: UnsafePointer<Double>, _ count: Int) -> LaneRow {
  LaneRow(UnsafeRawPointer(numbers), count: count, isDouble: true)
}

/// Rows of features of any type. The type is asked for at each access, as in a `LaneRow`.
private struct FeatureRows {
  /// Of a row, in bytes.
  let size: Int
  private let base: UnsafeRawPointer
  private let type: UInt32
  private let stride: Int

  @inline(__always)
  init(_ base: UnsafeRawPointer, _ type: UInt32, _ dimension: Int) {
    stride = kernel_stored_size(type)
    (self.base, self.type, size) = (base, type, dimension * stride)
  }

  @inline(__always)
  func address(_ row: Int) -> UnsafeRawPointer { base + row * size }

  /// Whether they have 16 bits each.
  var isHalf: Bool {
    @inline(__always) get { type > StoredType.uint8 }
  }

  /// Features of a row from `index` on, up to eight; then zeros.
  @inline(__always)
  func read(_ row: UnsafeRawPointer, _ index: Int, count: Int) -> Lanes {
    let address = row + index * stride
    if count == Lanes.scalarCount { return read(address) }
    var part = Lanes()
    return withUnsafeMutableBytes(of: &part) {
      let part = $0.baseAddress.unsafelyUnwrapped
      part.copyMemory(from: address, byteCount: count * stride)
      return read(UnsafeRawPointer(part))
    }
  }

  @inline(__always)
  private func read(_ address: UnsafeRawPointer) -> Lanes {
    if type == StoredType.float64 { return load(address, as: Lanes.self) }
    if type == StoredType.float32 { return widen(load(address, as: SIMD8<Float>.self)) }
    var floats = SIMD8<Float>()
    withUnsafeMutableBytes(of: &floats) {
      if isHalf {
        return widenStored($0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self), address, type, 8)
      }
      kernel_convert8($0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self), address)
    }
    return widen(floats)
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
