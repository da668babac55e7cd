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

/// A call that must fail: how, and how its error text begins, which names the argument.
struct Refusal {
  let status: descent_status
  let text: String
  let line: UInt
  let call: () -> descent_status

  init(_ status: descent_status, _ text: String, line: UInt = #line, _ call: @escaping () -> descent_status) {
    (self.status, self.text, self.line, self.call) = (status, text, line, call)
  }
}

/// Makes each call, and fails unless it returns its status, says what was wrong, and changes nothing that the caller can
/// see.
func assertRefused(_ refusals: [Refusal], _ caller: Caller, file: StaticString = #filePath) {
  var before = Snapshot(of: caller)
  for refusal in refusals {
    // So that a call that says nothing is noticed.
    var ignored = descent_option(rawValue: 0)
    _ = descent_option_from_name("unrelated", &ignored)
    let status = refusal.call()
    let text = lastError
    XCTAssertEqual(status.name, refusal.status.name, "\(text), not \(refusal.text)", file: file, line: refusal.line)
    XCTAssert(
      text.hasPrefix(refusal.text), "the text is: \(text), not: \(refusal.text)", file: file, line: refusal.line)
    let after = Snapshot(of: caller)
    let changed = after.differences(from: before)
    XCTAssertEqual(changed, [], "\(refusal.text): changed", file: file, line: refusal.line)
    before = after
  }
}
