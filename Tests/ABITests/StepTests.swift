import CDescent
import DescentABI
import XCTest

/// What a step is, whatever the algorithm. That each algorithm computes what it should is tested with the kernels.
final class StepTests: XCTestCase {
  private let algorithms = (0..<descent_algorithm_count()).map { descent_algorithm_at($0) }.filter {
    !descent_algorithm_is_batch($0)
  }

  /// Tensors of both types, some of whose lengths are no multiple of any vector's.
  private func makeTensors(shift: Int = 0) -> [TestTensor] {
    [
      TestTensor(2, 3, DESCENT_FLOAT32, shift: shift), TestTensor(1, 5, DESCENT_FLOAT64, shift: shift),
      TestTensor(7, 5, DESCENT_FLOAT32, shift: shift), TestTensor(1, 1, DESCENT_FLOAT64, shift: shift),
      TestTensor(16, 4, DESCENT_FLOAT64, shift: shift),
    ]
  }

  @discardableResult
  private func step(_ optimizer: OpaquePointer, _ tensors: [TestTensor], line: UInt = #line) -> [[Double]] {
    let descriptors = tensors.map(\.descriptor)
    assertOK(descent_optimizer_step(optimizer, descriptors, descriptors.count), line: line)
    return tensors.map(\.values)
  }

  /// Runs steps whose gradient depends on the step, and returns the values after each.
  private func run(
    _ algorithm: descent_algorithm, _ tensors: [TestTensor], steps: Int = 4,
    before: (Int, OpaquePointer) -> Void = { _, _ in }
  ) -> [[[Double]]] {
    let optimizer = makeOptimizer(algorithm)
    defer { descent_optimizer_free(optimizer) }
    return (0..<steps).map { number in
      for tensor in tensors { tensor.setGradient(ofStep: number) }
      before(number, optimizer)
      let values = step(optimizer, tensors)
      XCTAssertEqual(descent_optimizer_step_count(optimizer), UInt64(number + 1))
      return values
    }
  }

  /// Tensors that step together do what each would do alone: one step of the algorithm for all of them.
  func testTensorsAreIndependent() {
    for algorithm in algorithms {
      let together = run(algorithm, makeTensors())
      for index in makeTensors().indices {
        let alone = run(algorithm, [makeTensors()[index]])
        XCTAssertEqual(alone.map { $0[0] }, together.map { $0[index] }, "\(algorithm), tensor \(index)")
        XCTAssertNotEqual(alone[0], alone[1])
      }
    }
  }

  func testAddressesMayChange() {
    for algorithm in algorithms {
      let expected = run(algorithm, makeTensors())
      let optimizer = makeOptimizer(algorithm)
      defer { descent_optimizer_free(optimizer) }
      var tensors = makeTensors()
      for number in 0..<4 {
        let moved = makeTensors(shift: number)
        for (new, old) in zip(moved, tensors) {
          new.values = old.values
          new.setGradient(ofStep: number)
        }
        tensors = moved
        XCTAssertEqual(step(optimizer, tensors), expected[number], "\(algorithm), step \(number)")
      }
    }
  }

  func testNoAlignmentIsNeeded() {
    for algorithm in algorithms {
      let expected = run(algorithm, makeTensors())
      for shift in [1, 2, 3, 4, 7] {
        XCTAssertEqual(run(algorithm, makeTensors(shift: shift)), expected, "\(algorithm), shifted by \(shift) bytes")
      }
    }
  }

  func testTheGradientIsOnlyRead() {
    for algorithm in algorithms {
      let (tensors, optimizer) = (makeTensors(), makeOptimizer(algorithm, [DESCENT_WEIGHT_DECAY: 0.5]))
      defer { descent_optimizer_free(optimizer) }
      let gradients = tensors.map(\.gradient)
      step(optimizer, tensors)
      XCTAssertEqual(tensors.map(\.gradient), gradients)
    }
  }

  /// An option that is set between two steps holds from the next one on.
  func testOptionsBetweenSteps() {
    let tensors = [TestTensor(1, 5, DESCENT_FLOAT64)]
    let optimizer = makeOptimizer(DESCENT_SGD)
    defer { descent_optimizer_free(optimizer) }
    for learningRate in [0.5, 0.25, 0, 4] {
      assertOK(descent_optimizer_set(optimizer, DESCENT_LEARNING_RATE, learningRate))
      let expected = zip(tensors[0].values, tensors[0].gradient).map { $0 - learningRate * $1 }
      XCTAssertEqual(step(optimizer, tensors)[0], expected)
    }
    assertOK(descent_optimizer_set(optimizer, DESCENT_WEIGHT_DECAY, 0.125))
    let expected = zip(tensors[0].values, tensors[0].gradient).map { $0 - 4 * ($1 + 0.125 * $0) }
    XCTAssertEqual(step(optimizer, tensors)[0], expected)
  }

  /// Every option that an algorithm of the course has changes its steps, but not those before it was set. That of the others
  /// may do so some steps later: test_methods.py.
  func testEveryOptionMatters() {
    for algorithm in algorithms where algorithm.rawValue <= DESCENT_ADAM.rawValue {
      let usual = run(algorithm, makeTensors())
      for index in 0..<descent_option_count() {
        let option = descent_option_at(index)
        var (minimum, maximum, defaultValue) = (0.0, 0.0, 0.0)
        let range = descent_option_range(algorithm, option, &minimum, &maximum, &defaultValue)
        // The others have tests of their own.
        let callsForState = algorithm == DESCENT_RMSPROP && option == DESCENT_MOMENTUM_DECAY
        guard range == DESCENT_OK && option.rawValue <= DESCENT_BIAS_CORRECTION.rawValue && !callsForState else {
          continue
        }
        let changed = run(algorithm, makeTensors()) { number, optimizer in
          let value = option == DESCENT_BIAS_CORRECTION ? 0 : 0.25
          if number == 2 { assertOK(descent_optimizer_set(optimizer, option, value)) }
        }
        XCTAssertEqual(Array(changed[..<2]), Array(usual[..<2]))
        XCTAssertNotEqual(changed[2], usual[2], "\(algorithm), option \(option)")
      }
    }
  }

  /// A reset forgets state, step count and shapes, and keeps the options: what follows is what a new optimizer does.
  func testReset() {
    for algorithm in algorithms {
      let optimizer = makeOptimizer(algorithm, [DESCENT_LEARNING_RATE: 0.25, DESCENT_WEIGHT_DECAY: 0.125])
      let new = makeOptimizer(algorithm, [DESCENT_LEARNING_RATE: 0.25, DESCENT_WEIGHT_DECAY: 0.125])
      defer {
        descent_optimizer_free(optimizer)
        descent_optimizer_free(new)
      }
      assertOK(descent_optimizer_reset(optimizer))
      for _ in 0..<3 { step(optimizer, makeTensors()) }
      assertOK(descent_optimizer_reset(optimizer))
      XCTAssertEqual(descent_optimizer_step_count(optimizer), 0)
      XCTAssertEqual(descent_optimizer_algorithm(optimizer), algorithm)
      var learningRate = 0.0
      assertOK(descent_optimizer_get(optimizer, DESCENT_LEARNING_RATE, &learningRate))
      XCTAssertEqual(learningRate, 0.25)

      let (others, sameOthers) = ([TestTensor(3, 3, DESCENT_FLOAT32)], [TestTensor(3, 3, DESCENT_FLOAT32)])
      for number in 1...3 {
        XCTAssertEqual(step(optimizer, others), step(new, sameOthers), "\(algorithm), step \(number)")
        XCTAssertEqual(descent_optimizer_step_count(optimizer), UInt64(number))
      }
    }
  }

  func testOptimizersAreIndependent() {
    let expected = run(DESCENT_ADAM, makeTensors())
    let other = makeOptimizer(DESCENT_ADAM, [DESCENT_LEARNING_RATE: 0.5])
    defer { descent_optimizer_free(other) }
    let values = run(DESCENT_ADAM, makeTensors()) { _, _ in self.step(other, self.makeTensors()) }
    XCTAssertEqual(values, expected)
  }
}
