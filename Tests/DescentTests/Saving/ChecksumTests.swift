import struct TestSupport.SeededRandom
import XCTest

@testable import Descent

final class ChecksumTests: XCTestCase {
  /// As the definition has it: bit by bit.
  private func bitwise(_ bytes: [UInt8]) -> UInt64 {
    var remainder = UInt64.max
    for byte in bytes {
      remainder ^= UInt64(byte)
      for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0xc96c_5795_d787_0f42 : 0) }
    }
    return ~remainder
  }

  private func ours(_ bytes: [UInt8]) -> UInt64 {
    bytes.withUnsafeBytes { checksum($0.baseAddress ?? UnsafeRawPointer(bitPattern: 8)!, count: bytes.count) }
  }

  func testCheckValue() { XCTAssertEqual(ours(Array("123456789".utf8)), 0x995d_c9bb_df19_39fa) }

  func testAgainstTheDefinition() {
    var random = SeededRandom(seed: 5)
    for count in Array(0...70) + [255, 256, 257, 4095, 4096, 4097, 4103, 9999] {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      XCTAssertEqual(ours(bytes), bitwise(bytes), "\(count) bytes")
    }
  }

  func testEverySingleBitMatters() {
    var bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let whole = ours(bytes)
    for bit in 0..<bytes.count * 8 {
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      XCTAssertNotEqual(ours(bytes), whole, "bit \(bit)")
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
  }
}
