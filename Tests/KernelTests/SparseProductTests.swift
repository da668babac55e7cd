import CDescentKernels
import TestSupport
import XCTest

/// The product of sparse rows with a matrix: plain code gives the same bits on every instruction set, at the edges of memory.
final class SparseProductTests: XCTestCase {
  private let tables = availableKernels()

  /// Rows of several lengths, one of them empty, of a matrix with `height` rows.
  private struct Rows {
    var starts: [Int] = [0]
    var indices: [Int32] = []
    var values: [Float] = []

    init(height: Int, _ random: inout SeededRandom) {
      for length in [3, 0, 1, 8, 17, 2, 9] {
        for _ in 0..<length {
          indices.append(Int32.random(in: 0..<Int32(height), using: &random))
          values.append(Float(random.symmetric()))
        }
        starts.append(indices.count)
      }
    }
  }

  /// One product after the other; a single column in eight partial sums.
  private func row(_ row: Int, _ rows: Rows, _ matrix: [Float], _ columns: Int, initial: [Float]?) -> [Float] {
    let entries = rows.starts[row]..<rows.starts[row + 1]
    if columns == 1 {
      var sums = [Float](repeating: 0, count: 8)
      for (place, entry) in entries.enumerated() {
        sums[place % 8] += rows.values[entry] * matrix[Int(rows.indices[entry])]
      }
      let four = (0..<4).map { sums[$0] + sums[$0 + 4] }
      return [(four[0] + four[2]) + (four[1] + four[3]) + (initial?[0] ?? 0)]
    }
    return (0..<columns).map { column in
      entries.reduce(initial?[column] ?? 0) { $0 + rows.values[$1] * matrix[Int(rows.indices[$1]) * columns + column] }
    }
  }

  func testProducts() {
    var random = SeededRandom(seed: 77)
    let height = 23
    for columns in Array(1...70) + [127, 128, 129, 200] {
      let rows = Rows(height: height, &random)
      let all: [Float] = random.illScaled(-2..<2, count: height * columns)
      let initial: [Float]? = columns % 3 == 0 ? nil : random.illScaled(-2..<2, count: columns)
      let count = rows.starts.count - 1
      let expected = (0..<count).flatMap { row($0, rows, all, columns, initial: initial) }
      let (matrix, out) = (PageArray<Float>(capacity: all.count), PageArray<Float>(capacity: expected.count))
      for (table, edge) in tables.flatMap({ table in PageArrayEdge.allCases.map { (table, $0) } }) {
        matrix.place(all, at: edge)
        out.place([Float](repeating: .nan, count: expected.count), at: edge)
        run(table, rows, matrix.pointer, columns, initial, out.pointer, isFar: columns % 2 == 0, places: nil)
        XCTAssertTrue(out.isUnchanged(from: expected), "\(table.instructionSet), \(columns) columns")
        XCTAssertTrue(matrix.isUnchanged(from: all))
      }
    }
  }

  /// What is there stays, and the rows are added to it.
  func testPlaces() {
    var random = SeededRandom(seed: 78)
    for columns in [1, 2, 3, 5, 12, 16, 33, 64, 65, 130] {
      let rows = Rows(height: 9, &random)
      let all: [Float] = random.illScaled(-2..<2, count: 9 * columns)
      let count = rows.starts.count - 1
      let places: [Int32] = [1, 2, 4, 5, 6, 8, 9]
      let before: [Float] = random.illScaled(-2..<2, count: 11 * columns)
      var expected = before
      for number in 0..<count {
        let sums = row(number, rows, all, columns, initial: nil)
        for column in 0..<columns { expected[Int(places[number]) * columns + column] += sums[column] }
      }
      let (matrix, out) = (PageArray<Float>(capacity: all.count), PageArray<Float>(capacity: before.count))
      for table in tables {
        matrix.place(all, at: .end)
        out.place(before, at: .end)
        run(table, rows, matrix.pointer, columns, nil, out.pointer, isFar: false, places: places)
        XCTAssertTrue(out.isUnchanged(from: expected), "\(table.instructionSet), \(columns) columns")
      }
    }
  }

  private func run(
    _ table: UnsafePointer<kernel_table>, _ rows: Rows, _ matrix: UnsafePointer<Float>, _ columns: Int,
    _ initial: [Float]?, _ out: UnsafeMutablePointer<Float>, isFar: Bool, places: [Int32]?
  ) {
    // A few entries more are asked for than there are.
    let indices = rows.indices + [Int32](repeating: 0, count: Int(KERNEL_SPARSE_PADDING))
    var scratch = [Float](repeating: 0, count: columns)
    rows.starts.withUnsafeBufferPointer { starts in
      indices.withUnsafeBufferPointer { indices in
        rows.values.withUnsafeBufferPointer { values in
          (initial ?? []).withUnsafeBufferPointer { given in
            (places ?? []).withUnsafeBufferPointer { goals in
              var product = kernel_sparse_product(
                starts: starts.baseAddress!, indices: indices.baseAddress!, values: values.baseAddress!,
                matrix: matrix, columns: columns, pitch: columns, is_far: isFar,
                initial: initial == nil ? nil : given.baseAddress, out: out,
                places: places == nil ? nil : goals.baseAddress)
              // In two parts.
              table.pointee.sparse_product(&product, 0, 3, &scratch)
              table.pointee.sparse_product(&product, 3, rows.starts.count - 1, &scratch)
            }
          }
        }
      }
    }
  }
}
