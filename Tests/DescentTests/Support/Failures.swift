import XCTest

@testable import Descent

extension Message {
  /// The text as a test compares it.
  var text: String { String(decoding: (0..<count).map { bytes[$0] }, as: UTF8.self) }
}

/// Fails unless the body fails in this way, with exactly this text.
func assertFailure(
  _ kind: Failure.Kind, _ text: String, file: StaticString = #filePath, line: UInt = #line,
  _ body: () throws(Failure) -> Void
) {
  do throws(Failure) {
    try body()
    XCTFail("no failure; expected: \(text)", file: file, line: line)
  } catch {
    XCTAssertEqual(error.message.text, text, file: file, line: line)
    XCTAssertEqual(error.kind, kind, text, file: file, line: line)
  }
}
