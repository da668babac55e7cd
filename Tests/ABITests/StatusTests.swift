import CDescent
import DescentABI
import XCTest

final class StatusTests: XCTestCase {
  func testStatusNames() throws {
    for (name, value) in try Header.constants(of: "descent_status") {
      XCTAssertEqual(descent_status(rawValue: value).name, name)
    }
    for unknown: UInt32 in [11, 12, 1000, .max] {
      XCTAssertEqual(descent_status(rawValue: unknown).name, "DESCENT_ERROR_UNKNOWN")
    }
  }

  func testVersion() {
    XCTAssertEqual(descent_version(), 200)
    XCTAssertEqual(String(cString: descent_version_string()), "0.2.0")
    let parts = [DESCENT_VERSION_MAJOR, DESCENT_VERSION_MINOR, DESCENT_VERSION_PATCH]
    XCTAssertEqual(String(cString: descent_version_string()), parts.map(String.init).joined(separator: "."))
    XCTAssertEqual(Int32(descent_version()), 10000 * parts[0] + 100 * parts[1] + parts[2])
  }

  func testActiveInstructionSet() {
    XCTAssert(["baseline", "avx2", "avx512"].contains(String(cString: descent_active_isa())))
    XCTAssertEqual(descent_active_isa(), descent_active_isa())
  }
}
