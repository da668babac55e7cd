import CDescentKernels
import TestSupport
import XCTest

/// The passes over gradients as a whole: sums of squares, the search for what is not finite, and the health record.
final class GradientReductionTests: XCTestCase {
  private let tables = availableKernels()

  /// Number i goes to lane (phase + i) % 8; every length and phase, the bits of plain code.
  func testAddSquares() {
    checkAddSquares(Float.self)
    checkAddSquares(Double.self)
  }

  private func checkAddSquares<Scalar: BinaryFloatingPoint>(_ type: Scalar.Type) {
    var random = KernelTestNumbers(seed: 3)
    for count in 0...67 {
      let arena = KernelArena([random.array(count, of: type)], misalignment: count % 8)
      let phase = count * 5 % 4096
      for clip in [Double.infinity, 1.25] {
        var expected = (0..<8).map { Double($0) / 3 }
        for (index, number) in arena.numbers(0).enumerated() {
          let limited = min(max(Double(number), -clip), clip)
          let square = limited * limited
          expected[(phase + index) % 8] += square
        }
        for table in tables {
          var lanes = (0..<8).map { Double($0) / 3 }
          table.pointee.add_squares(&lanes, arena.pointer(0), type == Double.self, count, phase, clip)
          XCTAssertEqual(lanes, expected, "\(table.name), \(type), \(count) numbers, phase \(phase), clip \(clip)")
        }
      }
    }
  }

  func testFirstNotFinite() {
    checkFirstNotFinite(Float.self)
    checkFirstNotFinite(Double.self)
  }

  private func checkFirstNotFinite<Scalar: BinaryFloatingPoint>(_ type: Scalar.Type) {
    for count in 0...67 {
      var numbers = (0..<count).map { $0 % 2 == 0 ? Scalar.greatestFiniteMagnitude : -.leastNonzeroMagnitude }
      check(numbers, count)
      for index in (0..<count).reversed() {
        // The others behind it stay: the first is looked for.
        numbers[index] = [.nan, .infinity, -.infinity, -.nan][index % 4]
        check(numbers, index)
      }
    }

    func check(_ numbers: [Scalar], _ expected: Int) {
      let arena = KernelArena([numbers], misalignment: 3)
      for table in tables {
        XCTAssertEqual(
          table.pointee.first_not_finite(arena.pointer(0), type == Double.self, numbers.count), expected,
          "\(table.name), \(type), \(numbers.count) numbers")
      }
    }
  }

  func testMeasure() {
    checkMeasure(Float.self)
    checkMeasure(Double.self)
  }

  private func checkMeasure<Scalar: BinaryFloatingPoint>(_ type: Scalar.Type) {
    for count in 0...67 {
      var random = KernelTestNumbers(seed: UInt64(count))
      let contents = (0..<4).map { _ in random.array(count, of: type) }
      let (values, gradient, before, last) = (contents[0], contents[1], contents[2], contents[3])
      let update = zip(values, before).map { Double($0 - $1) }
      func squares(_ numbers: [Double]) -> Double { numbers.reduce(0) { $0 + $1 * $1 } }
      let expected = [
        squares(gradient.map { Double($0) }), squares(update), squares(last.map { Double($0) }),
        zip(update, last).reduce(0) { $0 + $1.0 * Double($1.1) }, squares(before.map { Double($0) }),
        Double(gradient.filter { $0 == 0 }.count),
      ]
      var first: [Double] = []
      for table in tables {
        let arena = KernelArena(contents, misalignment: count % 8)
        var sums = kernel_measurement(
          is_double: type == Double.self, values_storage: 0, gradient_storage: 0,
          values: UnsafeRawPointer(arena.pointer(0)),
          gradient: UnsafeRawPointer(arena.pointer(1)), before: UnsafeRawPointer(arena.pointer(2)),
          last_update: arena.pointer(3), count: count, gradient_sum: nil, kept_values: nil, gradient_squares: 1,
          update_squares: 2, last_squares: 3,
          product: 4, value_squares: 5, not_finite: 7,
          zeros: 6)
        table.pointee.measure(&sums)
        let found = [
          sums.gradient_squares, sums.update_squares, sums.last_squares, sums.product, sums.value_squares, sums.zeros,
        ]
        let what = "\(table.name), \(type), \(count) numbers"
        XCTAssertEqual(sums.not_finite, 7, what)
        if first.isEmpty { first = found }
        XCTAssertEqual(found, first, what)
        for (index, number) in found.enumerated() {
          XCTAssertEqual(number, expected[index] + Double(index + 1), accuracy: 1e-9, "\(what), sum \(index)")
        }
        let expectedBytes = KernelArena(
          [values, gradient, before, update.map { Scalar($0) }], misalignment: count % 8
        ).bytes
        XCTAssertTrue(arena.bytes == expectedBytes, what)
      }
    }
  }

  /// Of whole lanes the gradient is added to a sum, and the values take the place of those before.
  func testMeasureKeeps() {
    for count in [0, 3, 8, 21, 64] {
      var random = KernelTestNumbers(seed: UInt64(count))
      let contents = (0..<5).map { _ in random.array(count, of: Float.self) }
      let whole = count & ~7
      let sum = (0..<count).map { contents[4][$0] + ($0 < whole ? contents[1][$0] : 0) }
      let kept = (0..<count).map { $0 < whole ? contents[0][$0] : contents[2][$0] }
      let update = zip(contents[0], contents[2]).map { $0 - $1 }
      for table in tables {
        let arena = KernelArena(contents, misalignment: count % 8)
        let floats = (0..<5).map { arena.pointer($0).assumingMemoryBound(to: Float.self) }
        var sums = kernel_measurement(
          is_double: false, values_storage: 0, gradient_storage: 0, values: UnsafeRawPointer(floats[0]),
          gradient: UnsafeRawPointer(floats[1]), before: UnsafeRawPointer(floats[2]),
          last_update: UnsafeMutableRawPointer(floats[3]), count: count, gradient_sum: floats[4],
          kept_values: floats[2],
          gradient_squares: 0, update_squares: 0, last_squares: 0, product: 0, value_squares: 0, not_finite: 0, zeros: 0
        )
        table.pointee.measure(&sums)
        let expected = KernelArena([contents[0], contents[1], kept, update, sum], misalignment: count % 8)
        XCTAssertTrue(arena.bytes == expected.bytes, "\(table.name), \(count) numbers")
      }
    }
  }
}
