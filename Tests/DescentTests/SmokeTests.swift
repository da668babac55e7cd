import XCTest

@testable import Descent

final class SmokeTests: XCTestCase {
  func testPhilox() {
    // Known answers published with the generator (Random123, kat_vectors).
    XCTAssertEqual(
      Philox.block(counter: SIMD4(repeating: 0), key: SIMD2(repeating: 0)),
      SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
  }
}
