import CDescentKernels

/// Rows of the product of a sparse matrix with a dense one. A number's summands come one after the other, whatever the vector
/// length, so that the bits are the same everywhere.
func sparseProduct(
  _ request: UnsafePointer<kernel_sparse_product>, _ first: Int, _ last: Int, _ scratch: UnsafeMutablePointer<Float>?
) {
  let product = request.pointee
  var row = first
  while row < last {
    let place = product.places.map { Int($0[row]) } ?? row
    let out = product.out + place * product.columns
    let sums = product.places == nil ? out : scratch.unsafelyUnwrapped
    sumRow(product, row, to: sums)
    if product.places != nil { add(sums, to: out, product.columns) }
    row += 1
  }
}

/// Chooses vectors that the row of the dense matrix fills. Out of line, so that there is one copy of them.
@inline(never)
func sumRow(_ product: kernel_sparse_product, _ row: Int, to out: UnsafeMutablePointer<Float>) {
  let (columns, width) = (product.columns, FloatVector.scalarCount)
  if columns == 1 { return out.pointee = sumColumn(product, row) }
  if columns < 4 { return sum(product, row, InlineArray<2, SIMD2<Float>>(repeating: SIMD2()), 0, out) }
  if columns < 8 { return sum(product, row, InlineArray<2, SIMD4<Float>>(repeating: SIMD4()), 0, out) }
  if columns < width { return sum(product, row, InlineArray<2, SIMD8<Float>>(repeating: SIMD8()), 0, out) }
  var column = 0
  while column < columns {
    let rest = columns - column
    if rest <= 2 * width {
      sum(product, row, InlineArray<2, FloatVector>(repeating: FloatVector()), column, out)
      column += 2 * width
    } else if rest <= 4 * width || width == 16 {
      sum(product, row, InlineArray<4, FloatVector>(repeating: FloatVector()), column, out)
      column += 4 * width
    } else {
      sum(product, row, InlineArray<8, FloatVector>(repeating: FloatVector()), column, out)
      column += 8 * width
    }
  }
}

/// The sums of some columns, from `column` on, in registers. Vectors that would reach beyond the last column are moved back,
/// and compute some numbers a second time.
@inline(__always)
private func sum<V: SIMD, let count: Int>(
  _ product: kernel_sparse_product, _ row: Int, _ zeros: InlineArray<count, V>, _ column: Int,
  _ out: UnsafeMutablePointer<Float>
) where V.Scalar == Float {
  let lastPlace = product.columns - V.scalarCount
  let places = InlineArray<count, Int> { min(column + $0 * V.scalarCount, lastPlace) }
  var sums = zeros
  if let initial = product.initial {
    var vector = 0
    while vector < count {
      sums[vector] = load(UnsafeRawPointer(initial + places[vector]), as: V.self)
      vector += 1
    }
  }
  let pitch = product.pitch
  let end = product.starts[row + 1]
  var entry = product.starts[row]
  while entry < end {
    if product.is_far {
      // What is behind the last entry are entries, too: those of other rows, or zeros.
      let next = UnsafeRawPointer(product.matrix + Int(product.indices[entry + prefetchDistance]) * pitch)
      var vector = 0
      while vector < count {
        if vector * MemoryLayout<V>.stride & 63 == 0 { kernel_prefetch_near(next + 4 * places[vector]) }
        vector += 1
      }
    }
    let x = V(repeating: product.values[entry])
    let matrix = product.matrix + Int(product.indices[entry]) * pitch
    var vector = 0
    while vector < count {
      sums[vector] = sums[vector] + x * load(UnsafeRawPointer(matrix + places[vector]), as: V.self)
      vector += 1
    }
    entry += 1
  }
  var vector = 0
  while vector < count {
    store(sums[vector], to: UnsafeMutableRawPointer(out + places[vector]))
    vector += 1
  }
}

/// How many entries ahead rows of the dense matrix are asked for; so many entries more can be read behind the last one.
private var prefetchDistance: Int { @inline(__always) get { Int(KERNEL_SPARSE_PADDING) } }

/// A row of the product with a single column, in eight partial sums.
@inline(never)
private func sumColumn(_ product: kernel_sparse_product, _ row: Int) -> Float {
  let (start, end) = (product.starts[row], product.starts[row + 1])
  let (indices, values, matrix) = (product.indices, product.values, product.matrix)
  var sums = SIMD8<Float>()
  var entry = start
  while entry + 8 <= end {
    let x = load(UnsafeRawPointer(values + entry), as: SIMD8<Float>.self)
    sums = sums + x * SIMD8<Float> { matrix[Int(indices[entry + $0])] }
    entry += 8
  }
  if entry < end {
    let rest = end - entry
    // Products of 0 would turn an infinite weight into NaN.
    let tail = SIMD8<Float> { $0 < rest ? values[entry + $0] * matrix[Int(indices[entry + $0])] : 0 }
    sums = sums + tail
  }
  let four = sums.lowHalf + sums.highHalf
  let two = four.lowHalf + four.highHalf
  return two.x + two.y + (product.initial?.pointee ?? 0)
}

@inline(__always)
private func add(_ row: UnsafeMutablePointer<Float>, to out: UnsafeMutablePointer<Float>, _ count: Int) {
  var index = 0
  while index < count {
    out[index] += row[index]
    index += 1
  }
}
