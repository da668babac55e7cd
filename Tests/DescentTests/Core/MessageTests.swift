import TestSupport
import XCTest

@testable import Descent

final class MessageTests: XCTestCase {
  private func assertText(_ message: Message, _ expected: String, line: UInt = #line) {
    XCTAssertEqual(message.text, expected, line: line)
  }

  func testIntegers() {
    let table: [(message: Message, text: String)] = [
      ("\(0)", "0"), ("\(7)", "7"), ("\(-1)", "-1"), ("\(1_234_567_890)", "1234567890"),
      ("\(Int.max)", "9223372036854775807"), ("\(Int.min)", "-9223372036854775808"),
      ("\(UInt64.max)", "18446744073709551615"), ("\(Int32.min)", "-2147483648"), ("\(UInt32.max)", "4294967295"),
      ("\(Int8.min)", "-128"), ("\(UInt8.max)", "255"),
      ("\(UInt64(10_000_000_000_000_000_000))", "10000000000000000000"),
    ]
    for row in table { assertText(row.message, row.text) }
  }

  func testDoubles() {
    let table: [(number: Double, text: String)] = [
      (0, "0"), (-0.0, "-0"), (1, "1"), (-1, "-1"), (0.1, "0.1"), (-0.5, "-0.5"), (1e-7, "1e-07"), (1e300, "1e+300"),
      (123_456_789, "123456789"), (0.1 + 0.2, "0.30000000000000004"), (1.0 / 3, "0.3333333333333333"),
      (1 - 0x1p-53, "0.9999999999999999"), (Double(1.0 as Float / 3), "0.3333333432674408"),
      (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (.leastNormalMagnitude, "2.2250738585072014e-308"),
      (.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"),
    ]
    for row in table { assertText("\(row.number)", row.text) }
  }

  func testDoublesReadBack() {
    var random = SeededRandom(seed: 3)
    for _ in 0..<1000 {
      let number = Double(bitPattern: random.next())
      guard number.isFinite else { continue }
      let message: Message = "\(number)"
      XCTAssertEqual(Double(message.text), number)
    }
  }

  func testPartsAreJoinedInOrder() {
    let name: StaticString = "beta1"
    "adam".withCString { algorithm in
      let inner: Message = "\(2) x \(3)"
      assertText("\(name): \(-1.5) of \(algorithm), \(inner)!", "beta1: -1.5 of adam, 2 x 3!")
    }
    assertText("", "")
  }

  func testLongTextOfTheCallerIsShortened() {
    for length in [0, 1, 59, 60, 61, 255, 10_000] {
      let text = String(repeating: "x", count: length)
      text.withCString { pointer in
        let shown = length <= 60 ? text : String(repeating: "x", count: 60) + "..."
        assertText("there is no \"\(pointer)\" here", "there is no \"\(shown)\" here")
      }
    }
  }

  /// 255 bytes fit, and nothing that comes after is written anywhere.
  func testWhatDoesNotFitIsCutOff() {
    String(repeating: "y", count: 60).withCString { pointer in
      let long: Message = "\(pointer)\(pointer)\(pointer)\(pointer)\(Int.min)"
      XCTAssertEqual(long.count, 255)
      XCTAssertEqual(long.text, String(repeating: "y", count: 240) + "-92233720368547")
      let longer: Message = "\(long)\(long)\(1.5) and more"
      XCTAssertEqual(longer.text, long.text)
      assertText("\(Int.min) \(long)", "-9223372036854775808 " + long.text.prefix(234))
    }
  }

  /// So that the whole is one line of text in every encoding, however it is cut.
  func testAllButPrintableASCIIBecomesQuestionMarks() {
    let bytes: [CChar] = [-1, -128, 127, 31, 10, 27, 1, 32, 126, 34, 0]
    bytes.withUnsafeBufferPointer { assertText("<\($0.baseAddress!)>", "<??????? ~\">") }
    "\u{e4}d\u{1f4c9}m".withCString { assertText("\"\($0)\"", "\"??d????m\"") }
  }
}
