import CDescentKernels

/// Up to eight rows of scores, column by column: lane `i` belongs to row `i`. Lanes past the last row repeat it, and
/// writes to them are dropped, so a row's loss never depends on its neighbours.
protocol ScoreRows {
  var columns: Int { get }
  /// Whether the gradient is wanted.
  var takesGradient: Bool { get }
  /// What the gradient is multiplied by when it is written, and the losses when they are added up.
  var weights: RowWeights { get }

  /// The rows' scores in a column.
  func scores(_ column: Int) -> Lanes
  /// The score of one row.
  func score(_ column: Int, row: Int) -> Double
  /// Writes the rows' gradient in a column. It may overwrite the scores of that column, which must not be read afterwards.
  func setGradient(_ gradient: Lanes, _ column: Int)
  func setGradient(_ gradient: Double, _ column: Int, row: Int)
}

/// Rows as a caller has them: row-major, of floats or doubles.
struct StridedRows: ScoreRows {
  private let base: UnsafeMutableRawPointer
  private let gradientBase: UnsafeMutableRawPointer
  private let pitch: Int
  private let count: Int
  private let isDouble: Bool
  let columns: Int
  let takesGradient: Bool
  let weights: RowWeights

  @inline(__always)
  init(_ rows: kernel_rows, from first: Int) {
    columns = rows.columns
    isDouble = rows.is_double
    pitch = rows.columns * (rows.is_double ? MemoryLayout<Double>.stride : MemoryLayout<Float>.stride)
    count = min(Lanes.scalarCount, rows.rows - first)
    let offset = first * pitch
    base = UnsafeMutableRawPointer(mutating: rows.scores) + offset
    takesGradient = rows.gradient != nil
    weights = RowWeights(rows.weights.map { $0 + first }, rows: count)
    gradientBase = (rows.gradient ?? UnsafeMutableRawPointer(mutating: rows.scores)) + offset
  }

  @inline(__always)
  func score(_ column: Int, row: Int) -> Double {
    LaneRow(base + min(row, count - 1) * pitch, count: columns, isDouble: isDouble)[column]
  }

  @inline(__always)
  func scores(_ column: Int) -> Lanes {
    var scores = Lanes()
    withUnsafeMutableBytes(of: &scores) {
      readColumn(base, pitch, count, isDouble, column, $0.baseAddress.unsafelyUnwrapped)
    }
    return scores
  }

  @inline(__always)
  func setGradient(_ gradient: Double, _ column: Int, row: Int) {
    if row >= count { return }
    let out = LaneRow(gradientBase + row * pitch, count: columns, isDouble: isDouble)
    out[column] = weights.apply(to: gradient, row: row)
  }

  @inline(__always)
  func setGradient(_ gradient: Lanes, _ column: Int) {
    var gradient = weights.apply(to: gradient)
    withUnsafeMutableBytes(of: &gradient) {
      writeColumn($0.baseAddress.unsafelyUnwrapped, gradientBase, pitch, count, isDouble, column)
    }
  }
}

/// Reads the numbers of a column, of the last row as often as there are lanes. Out of line, and with its result in memory:
/// there is one copy for all losses.
@inline(never)
private func readColumn(
  _ base: UnsafeMutableRawPointer, _ pitch: Int, _ count: Int, _ isDouble: Bool, _ column: Int,
  _ out: UnsafeMutableRawPointer
) {
  let lanes = out.assumingMemoryBound(to: Double.self)
  var row = base
  var lane = 0
  while lane < Lanes.scalarCount {
    lanes[lane] = LaneRow(row, count: 0, isDouble: isDouble)[column]
    lane += 1
    if lane < count { row += pitch }
  }
}

@inline(never)
private func writeColumn(
  _ gradient: UnsafeMutableRawPointer, _ base: UnsafeMutableRawPointer, _ pitch: Int, _ count: Int, _ isDouble: Bool,
  _ column: Int
) {
  let lanes = gradient.assumingMemoryBound(to: Double.self)
  var row = base
  var lane = 0
  while lane < count {
    LaneRow(row, count: 0, isDouble: isDouble)[column] = lanes[lane]
    lane += 1
    row += pitch
  }
}

/// Rows on their way through a linear model: floats, eight rows' scores of a column side by side.
struct PackedRows: ScoreRows {
  private let base: UnsafeMutablePointer<Float>
  let columns: Int
  let takesGradient: Bool
  let weights: RowWeights

  @inline(__always)
  init(_ rows: kernel_packed_rows) {
    (base, columns, takesGradient) = (rows.scores, rows.columns, rows.takes_gradient)
    weights = RowWeights(rows.weights, rows: rows.rows)
  }

  @inline(__always)
  private func address(_ column: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(base + column * Lanes.scalarCount)
  }

  @inline(__always)
  func scores(_ column: Int) -> Lanes { widen(load(address(column), as: SIMD8<Float>.self)) }
  @inline(__always)
  func score(_ column: Int, row: Int) -> Double { Double(base[column * Lanes.scalarCount + row]) }
  @inline(__always)
  func setGradient(_ gradient: Lanes, _ column: Int) {
    store(narrow(weights.apply(to: gradient)), to: address(column))
  }
  @inline(__always)
  func setGradient(_ gradient: Double, _ column: Int, row: Int) {
    base[column * Lanes.scalarCount + row] = Float(weights.apply(to: gradient, row: row))
  }
}
