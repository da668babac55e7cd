import CDescentKernels
import TestSupport
import XCTest

/// exp, log and log1p against correctly rounded values. A result within n ulp of the exact one is at most n doubles away
/// from the correctly rounded one.
final class ElementaryTests: XCTestCase {
  func testErrorsAreBounded() throws {
    let golden = try GoldenElementary.load()
    let cases: [(ElementaryFunction, [[HexNumber]], UInt64)] = [
      (.exp, golden.exp, 1), (.log, golden.log, 1), (.log1p, golden.log1p, 2),
    ]
    for (function, rows, bound) in cases {
      XCTAssertGreaterThan(rows.count, 300)
      let results = function.apply(rows.map { $0[0].value })
      for (row, result) in zip(rows, results) {
        XCTAssertLessThanOrEqual(
          ulpDistance(result, row[1].value), bound, "\(function)(\(row[0].value)) = \(row[1].value), not \(result)")
      }
    }
  }

  func testSpecialValues() {
    let infinity = Double.infinity
    let least = Double.leastNonzeroMagnitude
    let cases: [(ElementaryFunction, Double, Double)] = [
      (.exp, 0, 1), (.exp, -0.0, 1), (.exp, least, 1), (.exp, -least, 1), (.exp, infinity, infinity),
      (.exp, -infinity, 0), (.exp, .greatestFiniteMagnitude, infinity), (.exp, -.greatestFiniteMagnitude, 0),
      (.exp, 710, infinity), (.exp, -746, 0), (.exp, .nan, .nan),
      (.log, 1, 0), (.log, 0, -infinity), (.log, -0.0, -infinity), (.log, infinity, infinity), (.log, -infinity, .nan),
      (.log, -1, .nan), (.log, -least, .nan), (.log, .nan, .nan),
      (.log1p, 0, 0), (.log1p, least, least), (.log1p, .nan, .nan),
    ]
    for (function, x, expected) in cases {
      XCTAssertEqual(ulpDistance(function.apply([x])[0], expected), 0, "\(function)(\(x))")
    }
  }

  /// Where the reduction of the argument changes, two polynomials meet. Their errors may differ, so neighbouring doubles
  /// may go one ulp the wrong way; numbers eight apart may not.
  func testMonotoneWhereTheReductionChanges() {
    let reductions = (-40...40).map { (Double($0) + 0.5) * 0.6931471805599453 }
    let cases: [(ElementaryFunction, [Double])] = [
      (.exp, reductions + [0, 709.78, -708.39, -745.13]),
      (.log, [0.7071067811865476, 1.4142135623730951, 1, 2, 4, 0x1p-1022, 0x1p-1021]),
      (.log1p, [0.41421356237309515, 0x1p-53, 0x1p-52, 0.5]),
    ]
    for (function, centres) in cases {
      for centre in centres {
        let distance = 8 * centre.ulp
        let results = function.apply((-64...64).map { centre + Double($0) * distance })
        for (below, above) in zip(results, results.dropFirst()) {
          XCTAssertLessThanOrEqual(below, above, "\(function) near \(centre)")
        }
      }
    }
  }

  func testInstructionSetsAgree() {
    let count = 100_000
    var random = SeededRandom(seed: 5)
    let cases: [(ElementaryFunction, [Double])] = [
      (.exp, (0..<count).map { _ in random.uniform(-760..<720) }),
      (.log, (0..<count).map { _ in Double(bitPattern: random.next() >> 1) }.filter { !$0.isNaN }),
      (.log1p, (0..<count).map { _ in random.uniform(0..<1) }),
    ]
    for (function, inputs) in cases {
      let tables = availableKernels()
      let results = tables.map { GuardedArray(function.apply(inputs, $0)) }
      for (table, result) in zip(tables, results) {
        XCTAssertTrue(result.hasSameBits(as: results[0]), "\(function), \(table.instructionSet)")
      }
    }
  }

  /// Every tail, and nothing beyond it.
  func testLengthsAndMemory() {
    let inputs = (0..<67).map { 0.01 + Double($0) / 70 }
    for table in availableKernels() {
      for function in ElementaryFunction.allCases {
        let expected = inputs.map { function.apply([$0], table)[0] }
        for count in 0...inputs.count {
          let out = GuardedArray([Double](repeating: 77, count: count), misalignedBy: 8)
          function.kernel(table)(out.pointer.assumingMemoryBound(to: Double.self), inputs, count)
          XCTAssertEqual(out.values, Array(expected.prefix(count)), "\(function), \(table.instructionSet)")
          XCTAssertTrue(out.isIntact, "\(function), \(table.instructionSet), \(count)")
        }
      }
    }
  }
}

private enum ElementaryFunction: CaseIterable {
  case exp, log, log1p

  func kernel(
    _ table: UnsafeMutablePointer<kernel_table>
  ) -> @convention(c) (UnsafeMutablePointer<Double>, UnsafePointer<Double>, Int) -> Void {
    switch self {
    case .exp: table.pointee.exp
    case .log: table.pointee.log
    case .log1p: table.pointee.log1p
    }
  }

  func apply(_ x: [Double], _ table: UnsafeMutablePointer<kernel_table> = availableKernels()[0]) -> [Double] {
    var out = x
    kernel(table)(&out, x, x.count)
    return out
  }
}
