import CDescent
import DescentABI
import XCTest

extension descent_status {
  var name: String { String(cString: descent_status_name(self)) }
}

/// The error text of this thread.
var lastError: String { String(cString: descent_last_error()) }

func assertOK(_ status: descent_status, file: StaticString = #filePath, line: UInt = #line) {
  if status != DESCENT_OK { XCTFail("\(status.name): \(lastError)", file: file, line: line) }
}

/// Fails unless a call failed in this way, with exactly this text.
func assertFails(
  _ status: descent_status, _ expected: descent_status, _ text: String, file: StaticString = #filePath,
  line: UInt = #line
) {
  XCTAssertEqual(status.name, expected.name, file: file, line: line)
  XCTAssertEqual(lastError, text, file: file, line: line)
}
