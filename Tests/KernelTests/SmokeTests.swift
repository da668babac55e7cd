import CDescentKernels
import TestSupport
import XCTest

final class SmokeTests: XCTestCase {
  func testTables() {
    for table in availableKernels() { XCTAssertEqual(table.pointee.rule_count, 6) }
  }
}
