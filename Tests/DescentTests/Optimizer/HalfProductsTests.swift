#if arch(x86_64)
  import CDescentKernels
  import TestSupport
  import XCTest

  @testable import Descent

  /// Products of bfloat16 by the processor, where it has them, against double.
  final class HalfProductsTests: XCTestCase {
    /// A matrix as products.h keeps it, between words that nobody may touch, and full of NaN at first.
    private final class Halves {
      let (rows, columns): (Int, Int)
      private let memory: UnsafeMutablePointer<UInt32>
      private let words: Int
      private static let guardWords = 16

      init(rows: Int, columns: Int) {
        (self.rows, self.columns) = (rows, columns)
        words = Int(kernel_halves_words(Int64(rows), Int64(columns)))
        memory = UnsafeMutableRawPointer.allocate(byteCount: 4 * (words + 2 * Halves.guardWords), alignment: 64)
          .bindMemory(to: UInt32.self, capacity: words + 2 * Halves.guardWords)
        memory.initialize(repeating: .max, count: words + 2 * Halves.guardWords)
      }

      deinit { memory.deallocate() }

      var base: UnsafeMutablePointer<UInt32> { memory + Halves.guardWords }
      var contents: [UInt32] { Array(UnsafeBufferPointer(start: base, count: words)) }
      var isIntact: Bool {
        (0..<Halves.guardWords).allSatisfy { memory[$0] == .max && base[words + $0] == .max }
      }

      subscript(row: Int, column: Int) -> Float {
        let word = base[(column / 32 * ((rows + 1) / 2) + row / 2) * 32 + column % 32]
        return Float(bitPattern: row % 2 == 0 ? word << 16 : word & 0xffff_0000)
      }

      /// The halves behind the last row and the last column.
      var isFilledUp: Bool {
        let panels = (columns + 31) / 32
        return (0..<(rows + 1) / 2 * 2).allSatisfy { row in
          (0..<32 * panels).allSatisfy { row < rows && $0 < columns || self[row, $0] == 0 }
        }
      }
    }

    private func numbers(_ count: Int, _ random: inout SeededRandom) -> [Float] {
      (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
    }

    private func rounded(_ x: Float) -> Float {
      let bits = x.bitPattern
      return Float(bitPattern: (bits &+ 0x7fff &+ (bits >> 16 & 1)) & 0xffff_0000)
    }

    /// Half a unit in the last place, and what sums in float32 may have lost.
    private func require(_ actual: Float, _ expected: Double, magnitude: Double, _ what: String) {
      XCTAssertEqual(Double(actual), expected, accuracy: 0x1p-8 * abs(expected) + 1e-6 * magnitude, what)
    }

    private func packed(_ values: [Float], rows: Int, columns: Int, divisor: Float = 1) -> (Halves, Halves) {
      let (out, transposed) = (Halves(rows: rows, columns: columns), Halves(rows: columns, columns: rows))
      values.withUnsafeBufferPointer { values in
        var packing = kernel_packing(
          values: values.baseAddress!, divisor: divisor, out: out.base, transposed: transposed.base, rows: rows,
          columns: columns)
        Descent.run(&packing, pieces: kernel_packing_pieces(rows))
      }
      return (out, transposed)
    }

    override func setUpWithError() throws {
      try XCTSkipUnless(kernels.pointee.multiplies_halves, "this processor has no AVX512_BF16")
    }

    func testPackingAndUnpacking() {
      var random = SeededRandom(seed: 1)
      for (rows, columns) in [(1, 1), (1, 40), (40, 1), (2, 3), (16, 16), (31, 33), (33, 31), (64, 96), (65, 130)] {
        let values = numbers(rows * columns, &random)
        let (out, transposed) = packed(values, rows: rows, columns: columns, divisor: 3)
        for row in 0..<rows {
          for column in 0..<columns {
            let expected = rounded(values[row * columns + column] / 3)
            XCTAssertEqual(out[row, column], expected)
            XCTAssertEqual(transposed[column, row], expected)
          }
        }
        XCTAssert(out.isFilledUp && transposed.isFilledUp && out.isIntact && transposed.isIntact)
        var back = [Float](repeating: .nan, count: rows * columns + 1)
        back.withUnsafeMutableBufferPointer { back in
          var unpacking = kernel_unpacking(
            matrix: out.base, out: back.baseAddress!, rows: rows, columns: columns)
          Descent.run(&unpacking, pieces: kernel_packing_pieces(rows))
        }
        XCTAssertEqual(back.dropLast(), values.map { rounded($0 / 3) }[...])
        XCTAssert(back.last!.isNaN)
      }
    }

    /// Inner sizes of more than 1024 are summed up in parts.
    func testProducts() {
      var random = SeededRandom(seed: 2)
      for (rows, columns, inner) in [
        (1, 1, 1), (3, 70, 5), (70, 3, 64), (17, 33, 65), (64, 64, 64), (65, 129, 31), (40, 40, 2051),
      ] {
        let (left, _) = packed(numbers(inner * rows, &random), rows: inner, columns: rows)
        let (right, _) = packed(numbers(inner * columns, &random), rows: inner, columns: columns)
        let (former, _) = packed(numbers(rows * columns, &random), rows: rows, columns: columns)
        for keep: Float in [0, -4.75] {
          let (out, transposed) = (Halves(rows: rows, columns: columns), Halves(rows: columns, columns: rows))
          var product = kernel_product(
            left: left.base, right: right.base, former: keep == 0 ? nil : former.base, out: out.base,
            transposed: transposed.base, rows: rows, columns: columns, inner: inner, scale: keep == 0 ? 1 : 2.5,
            keep: keep, is_symmetric: false)
          Descent.run(&product, pieces: kernel_product_pieces(&product))
          let scale = keep == 0 ? 1 : 2.5
          for row in 0..<rows {
            for column in 0..<columns {
              let terms = (0..<inner).map { Double(left[$0, row]) * Double(right[$0, column]) }
              let expected = scale * terms.reduce(0, +) + Double(keep) * Double(former[row, column])
              let magnitude = terms.reduce(abs(expected)) { $0 + abs($1) }
              require(out[row, column], expected, magnitude: magnitude, "\(rows) x \(columns) x \(inner)")
              XCTAssertEqual(transposed[column, row], out[row, column])
            }
          }
          XCTAssert(out.isFilledUp && transposed.isFilledUp && out.isIntact && transposed.isIntact)
        }
      }
    }

    /// The same bits as those of a product that does not know that it is symmetric, and with any number of threads.
    func testSymmetricProducts() throws {
      var random = SeededRandom(seed: 3)
      for (side, inner) in [(1, 1), (5, 3), (31, 64), (33, 7), (65, 65), (130, 1030)] {
        let (factor, _) = packed(numbers(inner * side, &random), rows: inner, columns: side)
        let whole = Halves(rows: side, columns: side), unused = Halves(rows: side, columns: side)
        func compute(into out: Halves, _ transposed: Halves, isSymmetric: Bool) {
          var product = kernel_product(
            left: factor.base, right: factor.base, former: nil, out: out.base, transposed: transposed.base, rows: side,
            columns: side, inner: inner, scale: 1, keep: 0, is_symmetric: isSymmetric)
          Descent.run(&product, pieces: kernel_product_pieces(&product))
        }
        compute(into: whole, unused, isSymmetric: false)
        for threads in [1, 2, 5] {
          try withThreads(threads) {
            let out = Halves(rows: side, columns: side)
            compute(into: out, out, isSymmetric: true)
            XCTAssertEqual(out.contents, whole.contents, "\(side) x \(inner), \(threads) threads")
            XCTAssert(out.isIntact)
          }
        }
      }
    }

    func testNaNGoesOn() {
      let (left, _) = packed([1, .nan, 2, 3], rows: 2, columns: 2)
      let out = Halves(rows: 2, columns: 2), transposed = Halves(rows: 2, columns: 2)
      var product = kernel_product(
        left: left.base, right: left.base, former: nil, out: out.base, transposed: transposed.base, rows: 2, columns: 2,
        inner: 2, scale: 1, keep: 0, is_symmetric: false)
      Descent.run(&product, pieces: kernel_product_pieces(&product))
      XCTAssertEqual(out[0, 0], 5)
      XCTAssert(out[0, 1].isNaN && out[1, 0].isNaN && out[1, 1].isNaN)
    }
  }
#endif
