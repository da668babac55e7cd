import XCTest

@testable import Descent

final class PhiloxTests: XCTestCase {
  /// The known answers published with the generator (Random123, kat_vectors).
  func testKnownAnswers() {
    typealias Words = SIMD4<UInt32>
    let table: [(counter: Words, key: SIMD2<UInt32>, answer: Words)] = [
      (
        Words(repeating: 0), SIMD2(repeating: 0),
        Words(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
      ),
      (
        Words(repeating: .max), SIMD2(repeating: .max),
        Words(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
      ),
      (
        Words(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), SIMD2(0xa409_3822, 0x299f_31d0),
        Words(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
      ),
    ]
    for row in table { XCTAssertEqual(Philox.block(counter: row.counter, key: row.key), row.answer) }
  }

  /// How seed, stream and index become counter and key, pinned: a seed must draw the same numbers in every release. The
  /// values come from an implementation in Python that was checked against the known answers.
  func testBitsArePinned() {
    let table: [(seed: UInt64, stream: UInt64, index: UInt64, bits: UInt64)] = [
      (0, 0, 0, 0xe169_c58d_6627_e8d5),
      (0, 0, 1, 0x9b00_dbd8_bc57_ac4c),
      (42, 0, 0, 0x77f5_493b_9cea_f053),
      (42, 0, 1, 0x5742_b3d7_12bf_50ad),
      (42, 0, 2, 0x53ba_6cfd_fcdb_2127),
      (42, 1 << 32, 0, 0x9807_e022_2043_9b04),
      (0x1234_5678_9abc_def0, 2 << 32 | 7, 12_345_678_901, 0xe69b_3658_c4f5_7ae6),
      (.max, .max, .max, 0x71e0_a347_b949_da37),
    ]
    for row in table {
      XCTAssertEqual(Philox(seed: row.seed, stream: row.stream).bits(at: row.index), row.bits, "\(row)")
    }
    XCTAssertEqual(RandomPurpose.initialization.stream(), 1 << 32)
    XCTAssertEqual(RandomPurpose.sampling.stream(7), 2 << 32 | 7)
  }

  func testSeedsAndStreamsHaveNumbersOfTheirOwn() {
    let generators: [Philox] = [0, 1, 2, 1 << 32, .max].flatMap { seed in
      [0, 1, 1 << 32, RandomPurpose.sampling.stream(), RandomPurpose.sampling.stream(1)].map { stream in
        Philox(seed: seed, stream: stream)
      }
    }
    var seen = Set<UInt64>()
    for generator in generators { for index in 0..<200 { seen.insert(generator.bits(at: UInt64(index))) } }
    XCTAssertEqual(seen.count, generators.count * 200)

    // Neighbours agree in half of their bits: 32 of 64, with a standard deviation of 4 a draw.
    for (first, second) in zip(generators, generators.dropFirst()) {
      let equal = (0..<200).map { (~(first.bits(at: $0) ^ second.bits(at: $0))).nonzeroBitCount }.reduce(0, +)
      XCTAssertEqual(Double(equal) / 200, 32, accuracy: 5 * 4 / 200.0.squareRoot())
    }
  }

  /// As far from 0 as from 1, and neither: the middle of one of 2⁵² equal intervals. Of more intervals a double cannot hold
  /// the middle, and the last one's would be rounded to 1, whose quantile is infinite.
  func testUniformIsTheMiddleOfAnInterval() {
    let random = Philox(seed: 5, stream: 0)
    let draws = (0..<8000).map { random.uniform(at: UInt64($0)) }
    let isMiddle = draws.map { ($0 * 0x1p53).truncatingRemainder(dividingBy: 2) == 1 }
    XCTAssertEqual(isMiddle.firstIndex(of: false), nil)
    XCTAssert(draws.allSatisfy { $0 > 0 && $0 < 1 })
    var counts = [Int](repeating: 0, count: 32)
    for draw in draws { counts[min(31, Int(draw * 32))] += 1 }
    assertEquallyLikely(counts, "uniform")
  }

  func testIndexIsUniform() {
    for bound in [2, 3, 10, 100, 257] {
      let random = Philox(seed: 11, stream: UInt64(bound))
      var counts = [Int](repeating: 0, count: bound)
      for index in 0..<(bound * 100) { counts[random.index(below: bound, at: UInt64(index))] += 1 }
      assertEquallyLikely(counts, "index below \(bound)")
    }
  }

  func testIndexAtTheLimits() {
    let random = Philox(seed: 12, stream: 0)
    var greatest = 0
    for index in 0..<100 {
      XCTAssertEqual(random.index(below: 1, at: UInt64(index)), 0)
      let large = random.index(below: .max, at: UInt64(index))
      XCTAssert(large >= 0 && large < .max)
      greatest = max(greatest, large)
    }
    XCTAssertGreaterThan(greatest, .max / 10 * 9)
  }
}
