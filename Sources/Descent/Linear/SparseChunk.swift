import CDescentKernels
import CPlatform

/// The stored features of some samples, converted, as the kernel reads them: row by row.
struct SparseChunk: ~Copyable {
  let mostRows: Int
  let mostEntries: Int
  private(set) var rows = 0
  private let startMemory: Memory
  private let columnMemory: Memory
  private let valueMemory: Memory

  /// None.
  init() {
    (mostRows, mostEntries) = (0, 0)
    startMemory = Memory()
    columnMemory = Memory()
    valueMemory = Memory()
  }

  init(rows: Int, entries: Int) throws(Failure) {
    // They have the numbers of rows and entries of other samples, or none, but never one that is out of range.
    let padded = boundedProduct(entries + Int(KERNEL_SPARSE_PADDING), 1)
    let startMemory = try Memory(of: Int.self, count: rows + 1, purpose: "a block of sparse rows")
    let columnMemory = try Memory(of: Int32.self, count: padded, purpose: "a block of sparse rows")
    let valueMemory = try Memory(of: Float.self, count: padded, purpose: "a block of sparse rows")
    self.startMemory = startMemory
    self.columnMemory = columnMemory
    self.valueMemory = valueMemory
    (mostRows, mostEntries) = (rows, entries)
  }

  var starts: UnsafeMutablePointer<Int> { startMemory.pointer(to: Int.self) }
  var columns: UnsafeMutablePointer<Int32> { columnMemory.pointer(to: Int32.self) }
  var values: UnsafeMutablePointer<Float> { valueMemory.pointer(to: Float.self) }
  var entries: Int { starts[rows] }

  /// Takes as many samples as there is room for, from a place in the selection on.
  @inline(never)
  mutating func take(_ data: Dataset, _ selection: Selection, from first: Int) {
    let sparse = data.sparse!
    rows = 0
    starts[0] = 0
    while rows < mostRows && first + rows < selection.count {
      let sample = selection.indices.map { $0[first + rows] } ?? first + rows
      let places = sparse.places(sample)
      let start = starts[rows]
      if start + places.count > mostEntries { break }
      rows += 1
      starts[rows] = start + places.count
    }
    withUnsafePointer(to: &self) { chunk in
      var job = RowJob(chunk: chunk, data: data, selection: selection, first: first)
      let pieces = (chunk.pointee.rows + RowJob.rowsPerPiece - 1) / RowJob.rowsPerPiece
      // Rows that are at random places take longer to copy.
      run(&job, pieces: pieces, inParallel: chunk.pointee.entries >= leastParallelCount / 4)
    }
  }

  fileprivate func copyRows(_ data: Dataset, _ selection: Selection, _ first: Int, from row: Int) {
    for row in row..<min(row + RowJob.rowsPerPiece, rows) {
      let places = data.sparse!.places(selection.indices.map { $0[first + row] } ?? first + row)
      if !places.isEmpty { copyRow(data, places, to: starts[row]) }
    }
  }

  /// Lists all columns, for rows that are taken in full.
  func fillColumns(_ dimension: Int) {
    for row in 0..<mostRows {
      for column in 0..<dimension { columns[row * dimension + column] = Int32(truncatingIfNeeded: column) }
    }
  }

  /// Takes all features of samples, as the model sees them.
  @inline(never)
  mutating func takeFull(_ data: Dataset, _ selection: Selection, from first: Int) {
    let dimension = data.dimension
    rows = min(mostRows, selection.count - first)
    for row in 0...rows { starts[row] = row * dimension }
    if data.sparse == nil {
      return data.gather(selection.indices.map { $0 + first }, from: first, count: rows, into: values)
    }
    for row in 0..<rows {
      let sample = selection.indices.map { $0[first + row] } ?? first + row
      for column in 0..<dimension { values[row * dimension + column] = data.feature(sample, column) }
    }
  }

  private func copyRow(_ data: Dataset, _ places: Range<Int>, to start: Int) {
    copy(data.sparse!.columns(from: places.lowerBound)!, to: columns + start, count: places.count)
    let values = values + start
    if data.type == .float32 && data.scale == 1 && data.view == nil, let stored = data.stored {
      copy(stored.assumingMemoryBound(to: Float.self) + places.lowerBound, to: values, count: places.count)
      return
    }
    guard let view = data.view else {
      for place in 0..<places.count { values[place] = Float(data.storedValue(places.lowerBound + place)) }
      return
    }
    // What centring subtracts is the same for all samples, and is not part of the rows.
    for place in 0..<places.count {
      let factor = view.factors[Int(columns[start + place])]
      values[place] = Float(data.storedValue(places.lowerBound + place) * factor)
    }
  }
}

private struct RowJob: Job {
  static var rowsPerPiece: Int { 128 }

  let chunk: UnsafePointer<SparseChunk>
  let data: Dataset
  let selection: Selection
  let first: Int

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: RowJob.self)
      job.pointee.chunk.pointee.copyRows(
        job.pointee.data, job.pointee.selection, job.pointee.first, from: index * RowJob.rowsPerPiece)
    }
  }
}

/// The same entries column by column, in the order of the rows in each of them: of the columns that occur, in rising order.
struct SparseColumns: ~Copyable {
  private(set) var count = 0
  /// The most columns that there can be.
  let capacity: Int
  private let dimension: Int
  /// For each column how many entries it has, then where the next one goes; 0 between chunks.
  private let cursorMemory: Memory
  /// A bit for each column that occurs, and one for each word of these that is not 0.
  private let bitMemory: Memory
  private let numberMemory: Memory
  private let startMemory: Memory
  private let rowMemory: Memory
  private let valueMemory: Memory

  /// None.
  init() {
    (dimension, capacity) = (0, 0)
    cursorMemory = Memory()
    bitMemory = Memory()
    numberMemory = Memory()
    startMemory = Memory()
    rowMemory = Memory()
    valueMemory = Memory()
  }

  init(dimension: Int, entries: Int) throws(Failure) {
    let purpose: StaticString = "the columns of a block of sparse rows"
    let most = min(dimension, entries)
    let words = Self.words(dimension)
    let cursorMemory = try Memory(of: Int32.self, count: dimension, purpose: purpose)
    let bitMemory = try Memory(of: UInt64.self, count: words + Self.words(words), purpose: purpose)
    let numberMemory = try Memory(of: Int32.self, count: most, purpose: purpose)
    let startMemory = try Memory(of: Int.self, count: most + 1, purpose: purpose)
    let rowMemory = try Memory(of: Int32.self, count: entries, purpose: purpose)
    let valueMemory = try Memory(of: Float.self, count: entries, purpose: purpose)
    self.cursorMemory = cursorMemory
    self.bitMemory = bitMemory
    self.numberMemory = numberMemory
    self.startMemory = startMemory
    self.rowMemory = rowMemory
    self.valueMemory = valueMemory
    (self.dimension, capacity) = (dimension, most)
  }

  private static func words(_ bits: Int) -> Int { (bits + 63) / 64 }

  /// The columns' numbers, and where the entries of each begin.
  var numbers: UnsafeMutablePointer<Int32> { numberMemory.pointer(to: Int32.self) }
  var starts: UnsafeMutablePointer<Int> { startMemory.pointer(to: Int.self) }
  var rows: UnsafeMutablePointer<Int32> { rowMemory.pointer(to: Int32.self) }
  var values: UnsafeMutablePointer<Float> { valueMemory.pointer(to: Float.self) }

  mutating func sort(_ chunk: borrowing SparseChunk) {
    let cursors = cursorMemory.pointer(to: Int32.self)
    let bits = bitMemory.pointer(to: UInt64.self)
    let upper = bits + Self.words(dimension)
    let (columns, chunkValues, entries) = (chunk.columns, chunk.values, chunk.entries)
    for entry in 0..<entries {
      let column = Int(columns[entry])
      cursors[column] &+= 1
      bits[column >> 6] |= 1 << UInt64(column & 63)
      upper[column >> 12] |= 1 << UInt64((column >> 6) & 63)
    }
    list(cursors, bits, upper)
    var entry = 0
    for row in 0..<chunk.rows {
      let end = chunk.starts[row + 1]
      while entry < end {
        let column = Int(columns[entry])
        let place = Int(cursors[column])
        cursors[column] &+= 1
        rows[place] = Int32(truncatingIfNeeded: row)
        values[place] = chunkValues[entry]
        entry += 1
      }
    }
    for place in 0..<count { cursors[Int(numbers[place])] = 0 }
  }

  /// Lists the columns whose bits are set, and clears these.
  private mutating func list(
    _ cursors: UnsafeMutablePointer<Int32>, _ bits: UnsafeMutablePointer<UInt64>, _ upper: UnsafeMutablePointer<UInt64>
  ) {
    let (numbers, starts) = (numbers, starts)
    var (found, start) = (0, 0)
    for block in 0..<Self.words(Self.words(dimension)) {
      var words = upper[block]
      upper[block] = 0
      while words != 0 {
        let word = block << 6 + words.trailingZeroBitCount
        words &= words &- 1
        var set = bits[word]
        bits[word] = 0
        while set != 0 {
          let column = word << 6 + set.trailingZeroBitCount
          set &= set &- 1
          numbers[found] = Int32(truncatingIfNeeded: column)
          starts[found] = start
          found += 1
          let entries = Int(cursors[column])
          cursors[column] = Int32(truncatingIfNeeded: start)
          start += entries
        }
      }
    }
    starts[found] = start
    count = found
  }
}
