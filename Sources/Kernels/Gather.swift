import CDescentKernels

/// Rows of bytes or floats, scaled and shifted, one below the other: what a matrix product wants.
@inline(__always)
func gather<T: Feature>(_: T.Type, _ request: UnsafePointer<kernel_gather>) {
  let request = request.pointee
  let features = request.features.assumingMemoryBound(to: T.self)
  var row = 0
  while row < request.rows {
    let source = features + (request.indices.map { $0[row] } ?? row) * request.dimension
    let out = request.out + row * request.dimension
    var index = 0
    while index < request.dimension {
      out[index] = source[index].value * request.scale + request.offset
      index += 1
    }
    row += 1
  }
}

protocol Feature {
  var value: Float { get }
}

extension Float: Feature {
  @inline(__always)
  var value: Float { self }
}

extension UInt8: Feature {
  @inline(__always)
  var value: Float { Float(self) }
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
