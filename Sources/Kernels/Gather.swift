import CDescentKernels

/// Rows of bytes or floats, scaled and shifted, one below the other: what a matrix product wants. In double, where the
/// product is exact: where the shift takes away most of it, what is left is right.
@inline(__always)
func gather<T: Feature>(_: T.Type, _ request: UnsafePointer<kernel_gather>) {
  let request = request.pointee
  let features = request.features.assumingMemoryBound(to: T.self)
  let (scale, offset) = (Double(request.scale), Double(request.offset))
  var row = 0
  while row < request.rows {
    let source = features + (request.indices.map { $0[row] } ?? row) * request.dimension
    let out = request.out + row * request.dimension
    var index = 0
    while index < request.dimension {
      out[index] = Float(Double(source[index].value) * scale + offset)
      index += 1
    }
    row += 1
  }
}

/// The element types of features.
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
