import CDescent
import DescentABI
import XCTest

final class SmokeTests: XCTestCase {
  func testVersion() {
    XCTAssertEqual(descent_version(), 100)
    var optimizer: OpaquePointer?
    XCTAssertEqual(descent_optimizer_create(DESCENT_ADAM, &optimizer), DESCENT_OK)
    descent_optimizer_free(optimizer)
  }
}
