import CDescentKernels
import TestSupport
import XCTest

@testable import Descent

/// Products and decompositions of matrices, OpenBLAS's and our own, which take its place where it is missing.
final class MatrixTests: XCTestCase {
  private func matrix(_ count: Int, _ random: inout SeededRandom) -> [Double] {
    (0..<count).map { _ in Double.random(in: -1...1, using: &random) }
  }

  /// Textbook: `scale · left · right + keep · out`.
  private func product(
    _ left: [Double], _ right: [Double], _ out: [Double], _ sizes: (Int, Int, Int), _ transposed: Transposed,
    _ scale: Double, _ keep: Double
  ) -> [Double] {
    let (rows, columns, inner) = sizes
    return (0..<rows * columns).map { place in
      let (row, column) = (place / columns, place % columns)
      let sum = (0..<inner).reduce(0.0) { sum, index in
        let a = transposed == .left ? left[index * rows + row] : left[row * inner + index]
        let b = transposed == .right ? right[column * inner + index] : right[index * columns + column]
        return sum + a * b
      }
      return scale * sum + (keep == 0 ? 0 : keep * out[place])
    }
  }

  func testProducts() {
    var random = SeededRandom(seed: 1)
    for products in [Products(), Products(blas: nil)] {
      for sizes in [(1, 1, 1), (3, 5, 2), (17, 4, 33), (1, 40, 7), (40, 1, 7), (33, 65, 64)] {
        let (rows, columns, inner) = sizes
        for transposed in [Transposed.none, .left, .right] {
          for (scale, keep) in [(1.0, 0.0), (2.5, -0.5), (1, 1)] {
            let (left, right) = (matrix(rows * inner, &random), matrix(inner * columns, &random))
            // What is not kept may be anything.
            var out = keep == 0 ? [Double](repeating: .nan, count: rows * columns) : matrix(rows * columns, &random)
            let expected = product(left, right, out, sizes, transposed, scale, keep)
            var floats = out.map { Float($0) }
            products.multiply(
              left.map { Float($0) }, right.map { Float($0) }, into: &floats, rows: rows, columns: columns,
              inner: inner, transposed, scale: Float(scale), keep: Float(keep))
            products.multiply(
              left, right, into: &out, rows: rows, columns: columns, inner: inner, transposed, scale: scale, keep: keep)
            for (index, value) in expected.enumerated() {
              XCTAssertEqual(out[index], value, accuracy: 1e-13)
              XCTAssertEqual(Double(floats[index]), value, accuracy: 2e-5)
            }
          }
        }
      }
    }
  }

  func testSquares() {
    var random = SeededRandom(seed: 2)
    for products in [Products(), Products(blas: nil)] {
      for (side, inner) in [(1, 1), (5, 3), (3, 5), (40, 70), (70, 40)] {
        for ofColumns in [false, true] {
          let given = matrix(side * inner, &random)
          var out = [Double](repeating: 0, count: side * side)
          for index in 0..<side { out[index * (side + 1)] = 1 }
          let expected = product(
            given, given, out, (side, side, inner), ofColumns ? .left : .right, 0.25, 2)
          products.square(given, into: &out, side: side, inner: inner, ofColumns: ofColumns, scale: 0.25, keep: 2)
          for (index, value) in expected.enumerated() { XCTAssertEqual(out[index], value, accuracy: 1e-13) }
        }
      }
    }
  }

  func testEigenvectors() {
    var random = SeededRandom(seed: 3)
    for decompositions in [Decompositions(), Decompositions(usesLAPACK: false)] {
      for side in [1, 2, 3, 10, 37] {
        // Of low rank too: the same eigenvalue many times.
        for inner in [side, max(side / 3, 1)] {
          let factor = matrix(side * inner, &random)
          var given = [Double](repeating: 0, count: side * side)
          Products().square(factor, into: &given, side: side, inner: inner, ofColumns: false)
          var (vectors, values) = (given, [Double](repeating: 0, count: side))
          var room = [Double](repeating: 0, count: Int(Decompositions.room(Int64(side))))
          decompositions.eigenvectors(&vectors, &values, side: side, room: &room)
          XCTAssertEqual(values, values.sorted())
          assertOrthogonal(vectors, side)
          for row in 0..<side {
            for column in 0..<side {
              let image = (0..<side).reduce(0.0) { $0 + given[column * side + $1] * vectors[row * side + $1] }
              XCTAssertEqual(image, values[row] * vectors[row * side + column], accuracy: 1e-12 * Double(side))
            }
          }
        }
      }
    }
  }

  func testOrthogonalRows() {
    var random = SeededRandom(seed: 4)
    for decompositions in [Decompositions(), Decompositions(usesLAPACK: false)] {
      for side in [1, 2, 7, 40] {
        let given = matrix(side * side, &random)
        var rows = given
        var room = [Double](repeating: 0, count: Int(Decompositions.room(Int64(side))))
        decompositions.orthogonalizeRows(&rows, side: side, room: &room)
        assertOrthogonal(rows, side)
        // Row k of the matrix has no part in the rows after k.
        for row in 0..<side {
          for after in row + 1..<max(side, row + 1) {
            let part = (0..<side).reduce(0.0) { $0 + given[row * side + $1] * rows[after * side + $1] }
            XCTAssertEqual(part, 0, accuracy: 1e-13)
          }
        }
        // Rows that depend on each other.
        var dependent = [Double](repeating: 1, count: side * side)
        decompositions.orthogonalizeRows(&dependent, side: side, room: &room)
        assertOrthogonal(dependent, side)
        var zeros = [Double](repeating: 0, count: side * side)
        decompositions.orthogonalizeRows(&zeros, side: side, room: &room)
        assertOrthogonal(zeros, side)
      }
    }
  }

  func testNumbersThatAreNotFinite() {
    for decompositions in [Decompositions(), Decompositions(usesLAPACK: false)] {
      var (vectors, values, room) = (
        [1.0, .nan, .nan, 1], [0.0, 0], [Double](repeating: 0, count: Int(Decompositions.room(2)))
      )
      decompositions.eigenvectors(&vectors, &values, side: 2, room: &room)
      XCTAssert((vectors + values).allSatisfy { $0.isNaN })
      var rows = [1.0, .infinity, 2, 3]
      decompositions.orthogonalizeRows(&rows, side: 2, room: &room)
      XCTAssert(rows.allSatisfy { $0.isNaN })
    }
  }

  private func assertOrthogonal(_ rows: [Double], _ side: Int, line: UInt = #line) {
    for first in 0..<side {
      for second in 0..<side {
        let dot = (0..<side).reduce(0.0) { $0 + rows[first * side + $1] * rows[second * side + $1] }
        XCTAssertEqual(dot, first == second ? 1 : 0, accuracy: 1e-13, line: line)
      }
    }
  }
}
