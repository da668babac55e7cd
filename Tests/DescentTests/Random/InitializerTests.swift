import XCTest

@testable import Descent

final class InitializerTests: XCTestCase {
  private func draw<T: BinaryFloatingPoint>(
    _ initializer: Initializer, _ type: ElementType, _: T.Type, rows: Int, columns: Int, scale: Double = 1,
    seed: UInt64 = 1
  ) throws -> [T] {
    var values = [T](repeating: .nan, count: rows * columns)
    try values.withUnsafeMutableBytes {
      try initializer.fill(
        $0.baseAddress!, Shape(rows: rows, columns: columns, type: type), scale: scale, seed: seed)
    }
    return values
  }

  private func doubles(_ initializer: Initializer, scale: Double = 1, seed: UInt64 = 1) throws -> [Double] {
    try draw(initializer, .float64, Double.self, rows: 200, columns: 300, scale: scale, seed: seed)
  }

  func testNormal() throws {
    let spreads: [(Initializer, Double)] = [
      (.normal, 0.5), (.xavierNormal, 0.5 * (2.0 / 500).squareRoot()), (.heNormal, 0.5 * (2.0 / 200).squareRoot()),
    ]
    for (initializer, spread) in spreads {
      for seed in 1...3 as ClosedRange<UInt64> {
        Moments(try doubles(initializer, scale: 0.5, seed: seed))
          .assertNormal(standardDeviation: spread, count: 60_000)
      }
    }
  }

  func testUniform() throws {
    let bounds: [(Initializer, Double)] = [
      (.uniform, 0.5), (.xavierUniform, 0.5 * (6.0 / 500).squareRoot()), (.heUniform, 0.5 * (6.0 / 200).squareRoot()),
    ]
    for (initializer, bound) in bounds {
      let values = try doubles(initializer, scale: 0.5)
      XCTAssertTrue(values.allSatisfy { abs($0) < bound }, "\(initializer)")
      XCTAssertGreaterThan(values.max()!, 0.999 * bound)
      XCTAssertLessThan(values.min()!, -0.999 * bound)
      var counts = [Int](repeating: 0, count: 50)
      for value in values { counts[Int((value / bound + 1) / 2 * 50)] += 1 }
      assertEquallyLikely(counts, "\(initializer)")
      XCTAssertEqual(Moments(values).variance, bound * bound / 3, accuracy: 0.02 * bound * bound)
    }
  }

  /// Xavier's and He's two forms have the same variance.
  func testUniformAndNormalAgree() throws {
    for (normal, uniform) in [(Initializer.xavierNormal, Initializer.xavierUniform), (.heNormal, .heUniform)] {
      let ratio = Moments(try doubles(normal)).variance / Moments(try doubles(uniform)).variance
      XCTAssertEqual(ratio, 1, accuracy: 0.03)
    }
  }

  func testZeros() throws {
    XCTAssertEqual(try doubles(.zeros), [Double](repeating: 0, count: 60_000))
    XCTAssertEqual(try draw(.zeros, .float32, Float.self, rows: 1, columns: 3), [0, 0, 0])
    XCTAssertTrue(try doubles(.normal, scale: 0).allSatisfy { $0 == 0 })
  }

  /// Bits that must never change, and must be the same on every machine. The uniform ones were computed with another
  /// program's Philox, the normal ones compared with Python's `NormalDist.inv_cdf`.
  func testGoldenBits() throws {
    let golden: [(Initializer, [UInt64])] = [
      (.normal, [0x3fbe_66ca_8d33_a21f, 0x3fd9_4305_d55e_1249, 0xbfc8_00cb_3c5e_8e89, 0x3fb7_c790_6a6e_3881]),
      (.uniform, [0x3fb8_07e0_2220_4398, 0x3fd2_3e96_8b55_067e, 0xbfc2_b648_0570_3d3c, 0x3fb2_dd60_bf26_1ef8]),
      (.xavierNormal, [0x3fb5_7f43_b2be_2135, 0x3fd1_dce0_2bb2_643b, 0xbfc0_f906_827c_4cac, 0x3fb0_d08e_d0c3_a43c]),
      (.heUniform, [0x3fc4_cfae_340f_3ad6, 0x3fdf_99b2_21bc_7f12, 0xbfd0_3481_5d05_6305, 0x3fc0_565d_2c81_3719]),
    ]
    for (initializer, bits) in golden {
      let values = try draw(initializer, .float64, Double.self, rows: 2, columns: 2, scale: 0.5, seed: 42)
      XCTAssertEqual(
        values.map(\.bitPattern), bits, "\(initializer): \(values.map { String($0.bitPattern, radix: 16) })")
      let single = try draw(initializer, .float32, Float.self, rows: 2, columns: 2, scale: 0.5, seed: 42)
      XCTAssertEqual(single, values.map { Float($0) })
    }
  }

  func testEachNumberDependsOnItsIndexOnly() throws {
    let long = try draw(.normal, .float32, Float.self, rows: 10, columns: 10, seed: 3)
    XCTAssertEqual(try draw(.normal, .float32, Float.self, rows: 1, columns: 37, seed: 3), Array(long.prefix(37)))
    XCTAssertNotEqual(try draw(.normal, .float32, Float.self, rows: 10, columns: 10, seed: 4), long)
    // The same draws as a classifier's.
    let classifier = try LinearModel(dimension: 10, classes: 10, loss: LossFunction.find(1))
    try classifier.initialize(standardDeviation: 1, seed: 3)
    XCTAssertEqual(classifier.weightArray, long)
  }

  func testRefusals() throws {
    let shape = try Shape(rows: 1, columns: 1, type: .float64)
    var value = 7.0
    assertFailure(.invalidArgument, "scale: -1 is outside [0, inf)") { () throws(Failure) in
      try withUnsafeMutablePointer(to: &value) { (value) throws(Failure) in
        try Initializer.zeros.fill(value, shape, scale: -1, seed: 0)
      }
    }
    XCTAssertEqual(value, 7)
    assertFailure(.invalidArgument, "initializer: there is no initializer 8") { () throws(Failure) in
      _ = try Initializer.find(8)
    }
  }
}
