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
