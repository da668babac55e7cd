import CDescentKernels

/// The column of each row's greatest number, the first of equals; a NaN counts as the greatest.
func argmaxRows(_ out: UnsafeMutablePointer<Int32>, _ matrix: UnsafePointer<Float>, _ rows: Int, _ columns: Int) {
  var row = 0
  while row < rows {
    let scores = matrix + row * columns
    var best = 0
    var column = 1
    while column < columns && scores[best] == scores[best] {
      // Written so that a NaN wins.
      if !(scores[column] <= scores[best]) { best = column }
      column += 1
    }
    out[row] = Int32(truncatingIfNeeded: best)
    row += 1
  }
}

/// The same for eight packed rows.
@inline(__always)
func argmax(packed: UnsafeMutablePointer<Float>, columns: Int) -> SIMD8<Int32> {
  @inline(__always)
  func scores(_ column: Int) -> SIMD8<Float> {
    load(UnsafeRawPointer(packed + column * KERNEL_PACKED_ROWS), as: SIMD8<Float>.self)
  }
  var greatest = scores(0)
  var best = SIMD8<Int32>()
  var column = 1
  while column < columns {
    let candidate = scores(column)
    let isBetter = ((candidate .> greatest) .| (candidate .!= candidate)) .& (greatest .== greatest)
    greatest = greatest.replacing(with: candidate, where: isBetter)
    best = best.replacing(with: Int32(truncatingIfNeeded: column), where: isBetter)
    column += 1
  }
  return best
}
