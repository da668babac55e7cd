import CDescent
import DescentABI
import XCTest

final class LastErrorTests: XCTestCase {
  func testNoneAtFirst() {
    provoke("on another thread")
    onNewThread {
      XCTAssertEqual(lastError, "")
      descent_optimizer_free(makeOptimizer(DESCENT_ADAM))
      XCTAssertEqual(lastError, "")
    }
  }

  func testEachThreadHasItsOwn() {
    provoke("one")
    onNewThread {
      provoke("two")
      XCTAssertEqual(lastError, "name: there is no option \"two\"")
      onNewThread { XCTAssertEqual(lastError, "") }
      XCTAssertEqual(lastError, "name: there is no option \"two\"")
    }
    XCTAssertEqual(lastError, "name: there is no option \"one\"")
  }

  func testSuccessLeavesIt() {
    provoke("first")
    let optimizer = makeOptimizer(DESCENT_SGD)
    assertOK(descent_optimizer_set(optimizer, DESCENT_LEARNING_RATE, 1))
    assertOK(descent_optimizer_reset(optimizer))
    descent_optimizer_free(optimizer)
    _ = (descent_version(), descent_algorithm_name(descent_algorithm(rawValue: 99)), descent_algorithm_at(99))
    XCTAssertEqual(lastError, "name: there is no option \"first\"")
  }

  func testALaterFailureReplacesIt() {
    provoke("a long text, which must not show behind a shorter one")
    assertFails(descent_optimizer_create(DESCENT_SGD, nil), DESCENT_ERROR_NULL_POINTER, "out is NULL")
  }

  /// The examples of the documentation.
  func testExamples() {
    let caller = Caller()
    let five = [0, 1, 2, 1, 2].map { caller.tensors[$0] }
    var tensors = five
    tensors[3].gradient = nil
    assertFails(
      descent_optimizer_step(caller.fresh, tensors, tensors.count), DESCENT_ERROR_NULL_POINTER,
      "tensor 3: gradient is NULL")
    assertFails(
      descent_optimizer_set(caller.fresh, DESCENT_LEARNING_RATE, -1), DESCENT_ERROR_INVALID_ARGUMENT,
      "learning_rate: -1 is outside [0, inf)")
  }

  func testLongTextIsShortened() {
    provoke(String(repeating: "long", count: 1000))
    XCTAssertEqual(lastError, "name: there is no option \"" + String(repeating: "long", count: 15) + "...\"")
  }
}

/// Runs the body on a thread of its own and waits for its end.
private func onNewThread(_ body: @escaping @Sendable () -> Void) {
  let done = DispatchSemaphore(value: 0)
  let thread = Thread {
    body()
    done.signal()
  }
  thread.start()
  XCTAssertEqual(done.wait(timeout: .now() + 30), .success)
}

private func provoke(_ name: String) {
  var out = descent_option(rawValue: 0)
  XCTAssertEqual(descent_option_from_name(name, &out), DESCENT_ERROR_UNKNOWN_NAME)
}
