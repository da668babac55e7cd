/// Where sparse rows are stored: compressed, row by row. Borrowed from the caller.
public struct CSRRows {
  private(set) var starts: UnsafePointer<Int64>
  private let columns: UnsafePointer<Int32>?

  /// Throws unless starts and columns are in order. `storedCount` is 0 where it is not known.
  public init(
    starts: UnsafePointer<Int64>, columns: UnsafePointer<Int32>?, storedCount: Int, samples: Int, dimension: Int
  ) throws(Failure) {
    self.starts = starts
    self.columns = columns
    try checkStarts(samples, storedCount)
    if starts[0] == starts[samples] { return }
    guard let columns else { throw Failure(.nullPointer, "data: column_indices is NULL") }
    for row in 0..<samples { try Self.check(columns, of: row, places(row), dimension) }
  }

  private func checkStarts(_ samples: Int, _ storedCount: Int) throws(Failure) {
    if starts[0] < 0 { throw Failure(.invalidArgument, "data: row_starts[0]: \(starts[0]) is below 0") }
    for row in 0..<samples where starts[row + 1] < starts[row] {
      throw Failure(
        .invalidArgument,
        "data: row_starts[\(row + 1)]: \(starts[row + 1]) is below row_starts[\(row)], \(starts[row])")
    }
    let stored = UInt64(UInt(bitPattern: storedCount))
    if storedCount != 0 && UInt64(starts[samples]) > stored {
      throw Failure(
        .invalidArgument, "data: row_starts[\(samples)]: \(starts[samples]) is above stored_count, \(stored)")
    }
    // No array has so many bytes.
    if starts[samples] > Int64(Int.max / MemoryLayout<Double>.size) {
      throw Failure(.invalidArgument, "data: row_starts[\(samples)]: \(starts[samples]) values overflow")
    }
  }

  private static func check(
    _ columns: UnsafePointer<Int32>, of row: Int, _ places: Range<Int>, _ dimension: Int
  ) throws(Failure) {
    var last = -1
    for place in places {
      let column = Int(columns[place])
      if column > last && column < dimension {
        last = column
        continue
      }
      if column < 0 || column >= dimension {
        throw Failure(
          .invalidArgument, "data: column_indices: row \(row): column \(column) is outside [0, \(dimension))")
      }
      throw Failure(
        .invalidArgument,
        "data: column_indices: row \(row): column \(column) comes after column \(last), but columns must rise in a row")
    }
  }

  /// Where the values of a row are stored.
  @inline(__always)
  func places(_ row: Int) -> Range<Int> { Int(starts[row])..<Int(starts[row + 1]) }

  /// The column of a stored value.
  @inline(__always)
  func column(_ place: Int) -> Int { Int(columns.unsafelyUnwrapped[place]) }

  /// Those of the stored values from a place on.
  func columns(from place: Int) -> UnsafePointer<Int32>? { columns.map { $0 + place } }

  /// Where a feature is stored; nil if it is not.
  func place(_ row: Int, _ column: Int) -> Int? {
    var (low, high) = (places(row).lowerBound, places(row).upperBound)
    while low < high {
      let middle = (low + high) / 2
      let found = self.column(middle)
      if found == column { return middle }
      if found < column { low = middle + 1 } else { high = middle }
    }
    return nil
  }

  /// The rows from one on.
  func rows(from first: Int) -> CSRRows {
    var rows = self
    rows.starts = starts + first
    return rows
  }

  /// The most values that a row has.
  func longest(_ samples: Int) -> Int {
    var most = 0
    for row in 0..<samples { most = max(most, places(row).count) }
    return most
  }
}
