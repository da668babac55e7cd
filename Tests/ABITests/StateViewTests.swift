import CDescent
import DescentABI
import XCTest

final class StateViewTests: XCTestCase {
  private let tensors = [TestTensor(2, 3, DESCENT_FLOAT32), TestTensor(1, 5, DESCENT_FLOAT64)]

  /// State buffers after the first step with default options, as functions of the gradient. A float buffer holds the
  /// scalar rounded to float first.
  private let table: [(algorithm: descent_algorithm, name: String, first: (Double, (Double) -> Double) -> Double)] = [
    (DESCENT_MOMENTUM, "velocity", { g, round in 0 - round(0.01) * g }),
    (DESCENT_NESTEROV, "velocity", { g, round in 0 - round(0.01) * g }),
    (DESCENT_ADAGRAD, "sum_of_squares", { g, _ in g * g }),
    (DESCENT_RMSPROP, "mean_square", { g, round in round(1 - 0.99) * (g * g) }),
    (DESCENT_ADAM, "m", { g, round in round(1 - 0.9) * g }),
    (DESCENT_ADAM, "v", { g, round in round(1 - 0.999) * (g * g) }),
  ]

  private func step(_ optimizer: OpaquePointer) {
    let descriptors = tensors.map(\.descriptor)
    assertOK(descent_optimizer_step(optimizer, descriptors, descriptors.count))
  }

  /// Names, numbers of elements, and what they hold after the first step.
  func testAfterTheFirstStep() {
    for (algorithm, name, first) in table {
      let optimizer = makeOptimizer(algorithm)
      defer { descent_optimizer_free(optimizer) }
      step(optimizer)
      for (index, tensor) in tensors.enumerated() {
        let round: (Double) -> Double = tensor.dtype == DESCENT_FLOAT32 ? { Double(Float($0)) } : { $0 }
        let expected = tensor.gradient.map { round(first($0, round)) }
        XCTAssertEqual(state(optimizer, index, name, tensor.dtype), expected, "\(name) of tensor \(index)")
      }
    }
  }

  /// The table knows these buffers of an algorithm, those that only some options call for, and no others.
  func testNames() {
    var names: [UInt32: [String]] = [:]
    for index in 0..<descent_algorithm_count() {
      let algorithm = descent_algorithm_at(index)
      var buffer = 0
      while let name = descent_algorithm_state_name(algorithm, buffer) {
        names[algorithm.rawValue, default: []].append(String(cString: name))
        buffer += 1
      }
    }
    var expected = Dictionary(grouping: table, by: \.algorithm.rawValue).mapValues { $0.map(\.name) }
    expected[DESCENT_RMSPROP.rawValue]?.append(contentsOf: ["mean_gradient", "velocity"])
    expected[DESCENT_ADAM.rawValue]?.append("v_max")
    XCTAssertEqual(names.filter { expected[$0.key] != nil }, expected)
  }

  /// A view is the state itself: what is written to it is where the next step starts from.
  func testViewsAreWriteable() {
    let optimizer = makeOptimizer(DESCENT_MOMENTUM, [DESCENT_LEARNING_RATE: 0, DESCENT_MOMENTUM_DECAY: 0.5])
    defer { descent_optimizer_free(optimizer) }
    step(optimizer)
    var (data, count) = (nil as UnsafeMutableRawPointer?, 0)
    assertOK(descent_optimizer_state(optimizer, 1, "velocity", &data, &count))
    XCTAssertEqual(count, 5)
    guard let velocity = data?.assumingMemoryBound(to: Double.self), count == 5 else { return }
    for index in 0..<5 { velocity[index] = Double(index) }
    let before = tensors.map(\.values)
    step(optimizer)
    XCTAssertEqual(tensors[0].values, before[0])
    XCTAssertEqual(tensors[1].values, before[1].enumerated().map { $1 + 0.5 * Double($0) })
    XCTAssertEqual(state(optimizer, 1, "velocity", DESCENT_FLOAT64), [0, 0.5, 1, 1.5, 2])
    XCTAssertEqual(state(optimizer, 0, "velocity", DESCENT_FLOAT32), [0, 0, 0, 0, 0, 0])
  }

  func testSteppingAccumulates() {
    let optimizer = makeOptimizer(DESCENT_ADAGRAD)
    defer { descent_optimizer_free(optimizer) }
    for count in 1...4 {
      step(optimizer)
      XCTAssertEqual(
        state(optimizer, 1, "sum_of_squares", DESCENT_FLOAT64), tensors[1].gradient.map { Double(count) * $0 * $0 })
    }
  }

  func testNoStateAfterAReset() {
    let optimizer = makeOptimizer(DESCENT_ADAM)
    defer { descent_optimizer_free(optimizer) }
    step(optimizer)
    assertOK(descent_optimizer_reset(optimizer))
    var (data, count) = (nil as UnsafeMutableRawPointer?, 17)
    assertFails(
      descent_optimizer_state(optimizer, 0, "m", &data, &count), DESCENT_ERROR_INVALID_ARGUMENT,
      "tensor: there is no state before the first step")
    XCTAssertNil(data)
    XCTAssertEqual(count, 17)
  }
}
