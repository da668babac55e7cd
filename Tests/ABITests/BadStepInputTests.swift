import CDescent
import DescentABI
import XCTest

/// Bad tensors, in the first step of an optimizer and in a later one.
final class BadStepInputTests: XCTestCase {
  private let caller = Caller()

  private func step(_ optimizer: OpaquePointer?, _ tensors: [descent_tensor]) -> descent_status {
    descent_optimizer_step(optimizer, tensors, tensors.count)
  }

  func testNullPointers() {
    let (caller, fresh, stepped) = (caller, caller.fresh, caller.stepped)
    var refusals = [
      Refusal(DESCENT_ERROR_NULL_POINTER, "optimizer is NULL") { self.step(nil, caller.tensors) },
      Refusal(DESCENT_ERROR_NULL_POINTER, "tensors is NULL") { descent_optimizer_step(fresh, nil, 3) },
      Refusal(DESCENT_ERROR_NULL_POINTER, "tensors is NULL") { descent_optimizer_step(stepped, nil, 3) },
      Refusal(DESCENT_ERROR_NULL_POINTER, "tensors is NULL") { descent_optimizer_step(fresh, nil, 0) },
    ]
    for optimizer in [fresh, stepped] {
      for index in caller.tensors.indices {
        refusals += [
          Refusal(DESCENT_ERROR_NULL_POINTER, "tensor \(index): values is NULL") {
            self.step(optimizer, caller.tensors(index) { $0.values = nil })
          },
          Refusal(DESCENT_ERROR_NULL_POINTER, "tensor \(index): gradient is NULL") {
            self.step(optimizer, caller.tensors(index) { $0.gradient = nil })
          },
        ]
      }
    }
    assertRefused(refusals, caller)
  }

  func testCounts() {
    let (caller, fresh, stepped) = (caller, caller.fresh, caller.stepped)
    func step(_ optimizer: OpaquePointer, count: Int) -> descent_status {
      descent_optimizer_step(optimizer, caller.tensors, count)
    }
    assertRefused(
      [
        Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "count: 0 is outside [1, inf)") { step(fresh, count: 0) },
        Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "count: 0 is outside [1, inf)") { step(stepped, count: 0) },
        Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "count: 18446744073709551615 overflows") { step(fresh, count: -1) },
        Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "count: 9223372036854775808 overflows") { step(fresh, count: .min) },
        Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "count: 9223372036854775807") { step(fresh, count: .max) },
        Refusal(DESCENT_ERROR_SHAPE_MISMATCH, "count: 2 tensors, but the first step had 3") { step(stepped, count: 2) },
        Refusal(DESCENT_ERROR_SHAPE_MISMATCH, "count: 4 tensors, but the first step had 3") {
          self.step(stepped, caller.tensors + [caller.tensors[0]])
        },
      ], caller)
  }

  /// Each of them is refused for each tensor, in the first step and in a later one.
  func testTensors() {
    typealias Change = (inout descent_tensor) -> Void
    let changes: [(text: String, change: Change)] = [
      ("rows: 0 is outside [1, inf)", { $0.rows = 0 }),
      ("columns: 0 is outside [1, inf)", { $0.columns = 0 }),
      ("rows: 18446744073709551615 overflows", { $0.rows = -1 }),
      ("columns: 9223372036854775808 overflows", { $0.columns = .min }),
      ("rows * columns: 9223372036854775807 * ", { ($0.rows, $0.columns) = (.max, 6) }),
      ("rows * columns: 4294967296 * 4294967296 elements", { ($0.rows, $0.columns) = (1 << 32, 1 << 32) }),
      ("rows * columns: 2147483648 * 1073741824 elements", { ($0.rows, $0.columns) = (1 << 31, 1 << 30) }),
      ("dtype: 0 is none", { $0.dtype = descent_dtype(rawValue: 0) }),
      ("dtype: 3 is none", { $0.dtype = DESCENT_UINT8 }),
      ("dtype: 6 is none", { $0.dtype = descent_dtype(rawValue: 6) }),
      ("dtype: 4294967295 is none", { $0.dtype = descent_dtype(rawValue: .max) }),
      ("group: there is no group 1", { $0.group = 1 }),
      ("group: there is no group 4294967295", { $0.group = .max }),
      ("gradient overlaps values", { $0.gradient = UnsafeRawPointer($0.values) }),
      // By the first byte of the one and the last byte of the other.
      ("gradient overlaps values", { $0.gradient = UnsafeRawPointer($0.values + bytes($0) - 1) }),
      ("gradient overlaps values", { $0.gradient = UnsafeRawPointer($0.values - bytes($0) + 1) }),
      ("gradient overlaps values", { $0.values = UnsafeMutableRawPointer(mutating: $0.gradient + 4) }),
    ]
    let caller = caller
    for optimizer in [caller.fresh, caller.stepped] {
      for index in caller.tensors.indices {
        let refusals = changes.map { text, change in
          Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "tensor \(index): \(text)") {
            self.step(optimizer, caller.tensors(index, change))
          }
        }
        assertRefused(refusals, caller)
      }
    }
  }

  func testOtherTensorsThanInTheFirstStep() {
    typealias Change = (inout descent_tensor) -> Void
    let shapes = ["2 x 3 float32", "1 x 5 float64", "4 x 1 float32"]
    let changes: [(index: Int, now: String, change: Change)] = [
      (0, "3 x 2 float32", { ($0.rows, $0.columns) = (3, 2) }),
      (0, "1 x 6 float32", { ($0.rows, $0.columns) = (1, 6) }),
      (0, "2 x 2 float32", { $0.columns = 2 }),
      (0, "1 x 3 float32", { $0.rows = 1 }),
      (1, "5 x 1 float64", { ($0.rows, $0.columns) = (5, 1) }),
      (1, "1 x 5 float32", { $0.dtype = DESCENT_FLOAT32 }),
      (1, "1 x 4 float64", { $0.columns = 4 }),
      (2, "1 x 4 float32", { ($0.rows, $0.columns) = (1, 4) }),
      (2, "1 x 1 float64", { ($0.rows, $0.dtype) = (1, DESCENT_FLOAT64) }),
    ]
    let (caller, stepped) = (caller, caller.stepped)
    var refusals = changes.map { index, now, change in
      Refusal(
        DESCENT_ERROR_SHAPE_MISMATCH, "tensor \(index): \(now), but the first step had \(shapes[index])"
      ) { self.step(stepped, caller.tensors(index, change)) }
    }
    for order in [[2, 1, 0], [1, 2, 0]] {
      refusals.append(
        Refusal(DESCENT_ERROR_SHAPE_MISMATCH, "tensor 0: ") { self.step(stepped, order.map { caller.tensors[$0] }) })
    }
    assertRefused(refusals, caller)
  }

  /// The values are never looked at: their addresses only have to be further apart than the size.
  func testStateThatNoMemoryCanHold() {
    let caller = caller
    let huge = descent_tensor(
      values: UnsafeMutableRawPointer(bitPattern: 0x10000), gradient: UnsafeRawPointer(bitPattern: 0x7fff_0000_0000),
      rows: 1 << 22, columns: 1 << 22, dtype: DESCENT_FLOAT32, group: 0)
    assertRefused(
      [
        Refusal(DESCENT_ERROR_OUT_OF_MEMORY, "no memory for 140737488355328 bytes of optimizer state") {
          self.step(caller.fresh, [huge])
        },
        Refusal(DESCENT_ERROR_OUT_OF_MEMORY, "no memory for ") { self.step(caller.fresh, caller.tensors + [huge]) },
      ], caller)
  }

  /// After all that was refused, the fresh optimizer takes any tensors, and the other one goes on with its own.
  func testBothStepAfterRefusals() {
    testTensors()
    testOtherTensorsThanInTheFirstStep()
    testStateThatNoMemoryCanHold()
    assertOK(step(caller.fresh, [caller.tensors[1]]))
    assertOK(step(caller.stepped, caller.tensors))
    XCTAssertEqual(descent_optimizer_step_count(caller.fresh), 1)
    XCTAssertEqual(descent_optimizer_step_count(caller.stepped), 3)
  }
}

private func bytes(_ tensor: descent_tensor) -> Int {
  tensor.rows * tensor.columns * (tensor.dtype == DESCENT_FLOAT32 ? 4 : 8)
}
