import CDescentKernels
import TestSupport
import XCTest

/// Sums, and what else works on whole rows, against plain code; and the same bits with every instruction set.
final class ReductionTests: XCTestCase {
  private let lengths = Array(0...67) + [1000, 4099]

  /// Sums of squares of floats are exact in double term by term, so that only the additions round.
  func testSumsOfSquares() {
    let tables = availableKernels()
    for length in lengths {
      let (a, _) = vectors(length)
      let squares = a.values.reduce(0.0) { $0 + Double($1) * Double($1) }
      let baseline = tables[0].sumOfSquares(a)
      XCTAssertEqual(baseline, squares, accuracy: Double(length) * Double.unitRoundoff * squares, "\(length)")
      for table in tables { XCTAssertEqual(table.sumOfSquares(a), baseline, "\(table.instructionSet), \(length)") }
      XCTAssertTrue(a.isUnchanged)
    }
  }

  /// Two roundings in double and one to float, of which plain code does the same.
  func testAddScaled() {
    for table in availableKernels() {
      for length in lengths {
        let (values, addend) = vectors(length)
        let expected = zip(values.values, addend.values).map { Float(Double($0) + 0.3 * Double($1)) }
        table.pointee.add_scaled(values.floats, addend.floats, 0.3, length)
        XCTAssertEqual(values.values, expected, "\(table.instructionSet), \(length)")
        XCTAssertTrue(values.isIntact && addend.isUnchanged, "\(table.instructionSet), \(length)")
      }
    }
  }

  func testFillRows() {
    for table in availableKernels() {
      for columns in 0...67 {
        for rows in [0, 1, 3] {
          let row = vectors(columns).0
          let matrix = GuardedArray([Float](repeating: 77, count: rows * columns), misalignedBy: 4)
          table.pointee.fill_rows(matrix.floats, row.floats, rows, columns)
          let expected = [[Float]](repeating: row.values, count: rows).flatMap { $0 }
          XCTAssertEqual(matrix.values, expected, "\(table.instructionSet), \(rows) x \(columns)")
          XCTAssertTrue(matrix.isIntact && row.isUnchanged, "\(table.instructionSet), \(rows) x \(columns)")
        }
      }
    }
  }

  /// Each column is summed row by row, so that plain code gives the same bits.
  func testAddColumnSums() {
    for table in availableKernels() {
      for columns in 0...67 {
        for rows in [0, 1, 5] {
          let matrix = vectors(rows * columns).0
          let start = (0..<columns).map { Double($0) / 3 }
          let sums = GuardedArray(start, misalignedBy: 8)
          var expected = start
          for (index, value) in matrix.values.enumerated() { expected[index % columns] += Double(value) }
          table.pointee.add_column_sums(
            sums.pointer.assumingMemoryBound(to: Double.self), matrix.floats, rows, columns)
          XCTAssertEqual(sums.values, expected, "\(table.instructionSet), \(rows) x \(columns)")
          XCTAssertTrue(sums.isIntact && matrix.isUnchanged, "\(table.instructionSet), \(rows) x \(columns)")
        }
      }
    }
  }

  /// The first of equals; the first NaN before everything.
  func testArgmaxRows() {
    let (nan, infinity) = (Float.nan, Float.infinity)
    let cases: [([Float], Int32)] = [
      ([5], 0), ([nan], 0), ([1, 2, 3], 2), ([3, 2, 1], 0), ([1, 3, 3], 1), ([2, 2, 2], 0), ([0, -0.0], 0),
      ([-0.0, 0], 0), ([-3, -1, -2], 1), ([-infinity, -infinity], 0), ([-infinity, -1e38], 1), ([1e38, infinity], 1),
      ([infinity, infinity], 0), ([1, nan, 2], 1), ([nan, 1, infinity], 0), ([1, nan, nan], 1), ([infinity, nan], 1),
    ]
    for table in availableKernels() {
      for (row, expected) in cases {
        XCTAssertEqual(table.argmax(row, columns: row.count), [expected], "\(table.instructionSet), \(row)")
      }
      for columns in 1...67 {
        var random = SeededRandom(seed: UInt64(columns))
        // Few different numbers, so that ties are frequent.
        let matrix = (0..<4 * columns).map { _ in Float(random.index(-3..<4)) }
        let expected = (0..<4).map { row in
          let scores = matrix[row * columns..<(row + 1) * columns]
          return Int32(scores.firstIndex(of: scores.max()!)! - row * columns)
        }
        XCTAssertEqual(table.argmax(matrix, columns: columns), expected, "\(table.instructionSet), \(columns)")
      }
      XCTAssertEqual(table.argmax([], columns: 3), [], table.instructionSet)
    }
  }

  private func vectors(_ length: Int) -> (GuardedArray<Float>, GuardedArray<Float>) {
    var random = SeededRandom(seed: UInt64(length))
    return (
      GuardedArray(random.illScaled(-3..<3, count: length), misalignedBy: 4),
      GuardedArray(random.illScaled(-3..<3, count: length), misalignedBy: 12)
    )
  }
}

extension GuardedArray<Float> {
  fileprivate var floats: UnsafeMutablePointer<Float> { pointer.assumingMemoryBound(to: Float.self) }
}

extension UnsafeMutablePointer<kernel_table> {
  fileprivate func sumOfSquares(_ a: GuardedArray<Float>) -> Double { pointee.sum_of_squares(a.floats, a.count) }

  fileprivate func argmax(_ matrix: [Float], columns: Int) -> [Int32] {
    let rows = matrix.count / columns
    let out = GuardedArray([Int32](repeating: 77, count: rows), misalignedBy: 4)
    pointee.argmax_rows(out.pointer.assumingMemoryBound(to: Int32.self), matrix, rows, columns)
    XCTAssertTrue(out.isIntact, "\(instructionSet), \(columns)")
    return out.values
  }
}
