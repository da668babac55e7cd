import XCTest

@testable import Descent

/// Steps whose gradients hold a NaN or an infinity.
final class NotFinitePolicyTests: XCTestCase {
  private let propagate = 0.0
  private let refuse = 1.0
  private let skip = 2.0

  /// With every option that makes state or a record.
  private func bench(_ algorithm: String, policy: Double) throws -> OptimizerBench {
    let bench = try OptimizerBench(
      algorithm, ["not_finite_policy": policy, "clip_norm": 1e-3, "track_health": 1, "weight_decay": 0.1],
      tensors: [
        BenchTensor(floatNumbers(9, seed: 1), type: .float32), BenchTensor(floatNumbers(70, seed: 2)),
        BenchTensor(floatNumbers(3, seed: 3), type: .float32),
      ])
    for (name, value) in [("amsgrad", 1), ("centered", 1), ("momentum_decay", 0.5)] {
      if (try? bench.value(name)) != nil { try bench.set(name, value) }
    }
    return bench
  }

  private let gradients = [floatNumbers(9, seed: 4), floatNumbers(70, seed: 5), floatNumbers(3, seed: 6)]

  private func spoiled(_ tensor: Int, _ index: Int, _ number: Double) -> [[Double]] {
    var spoiled = gradients
    spoiled[tensor][index] = number
    return spoiled
  }

  private let places = [(0, 0), (0, 8), (1, 0), (1, 7), (1, 8), (1, 63), (1, 69), (2, 2)]

  func testRefuseChangesNothing() throws {
    for algorithm in algorithmNames {
      let bench = try bench(algorithm, policy: refuse)
      for _ in 0..<2 { try bench.step(gradients) }
      for (tensor, index) in places {
        for (number, text) in [(Double.nan, "nan"), (.infinity, "inf"), (-.infinity, "-inf")] {
          let (before, health) = (bench.fingerprint, bench.optimizer.health)
          assertFailure(
            .notFinite, "tensor \(tensor): gradient[\(index)] is \(text), which not_finite_policy refuses"
          ) { () throws(Failure) in
            try bench.step(spoiled(tensor, index, number))
          }
          XCTAssertEqual(bench.fingerprint, before, "\(algorithm), tensor \(tensor), \(index), \(number)")
          XCTAssertEqual(bench.optimizer.health.fields, health.fields)
        }
      }
      // And goes on as if nothing had been.
      let other = try self.bench(algorithm, policy: propagate)
      for _ in 0..<3 { try other.step(gradients) }
      try bench.step(gradients)
      XCTAssertEqual(bench.fingerprint, other.fingerprint, algorithm)
    }
  }

  /// The first of several is named: the lowest tensor, there the lowest index.
  func testRefuseNamesTheFirst() throws {
    let bench = try bench("sgd", policy: refuse)
    var spoiled = spoiled(2, 0, .nan)
    (spoiled[1][68], spoiled[1][33]) = (.nan, -.infinity)
    assertFailure(.notFinite, "tensor 1: gradient[33] is -inf, which not_finite_policy refuses") { () throws(Failure) in
      try bench.step(spoiled)
    }
  }

  /// A number that only overflows in float32 arithmetic is finite, and so is a sum that overflows.
  func testFiniteIsNotRefused() throws {
    for policy in [refuse, skip] {
      let bench = try OptimizerBench(
        "sgd", ["not_finite_policy": policy, "learning_rate": 0], values: [Double](repeating: 1, count: 20))
      try bench.step([[Double](repeating: .greatestFiniteMagnitude, count: 20)])
      try bench.step([[Double](repeating: -.greatestFiniteMagnitude, count: 20)])
      XCTAssertEqual(bench.optimizer.stepCount, 2)
      XCTAssertEqual(bench.optimizer.health.skippedSteps, 0)
    }
  }

  func testSkipCounts() throws {
    for algorithm in algorithmNames {
      let bench = try bench(algorithm, policy: skip)
      for _ in 0..<2 { try bench.step(gradients) }
      var skipped: UInt64 = 0
      for (tensor, index) in places {
        let (before, health) = (bench.fingerprint, bench.optimizer.health)
        try bench.step(spoiled(tensor, index, index % 2 == 0 ? .nan : .infinity))
        skipped += 1
        XCTAssertEqual(bench.fingerprint, before, "\(algorithm), tensor \(tensor), \(index)")
        XCTAssertEqual(bench.optimizer.health.skippedSteps, skipped)
        XCTAssertEqual(bench.optimizer.health.fields.dropLast(), health.fields.dropLast())
      }
      XCTAssertEqual(bench.optimizer.stepCount, 2)
      try bench.optimizer.reset()
      XCTAssertEqual(bench.optimizer.health.skippedSteps, 0)
    }
  }

  /// A first step that is refused or skipped has made nothing: no state, and no shapes.
  func testFirstStep() throws {
    for policy in [refuse, skip] {
      let bench = try bench("adam", policy: policy)
      try? bench.step(spoiled(1, 3, .nan))
      XCTAssertEqual(bench.optimizer.stepCount, 0)
      XCTAssertNil(bench.state("m"))
      try bench.set("dialect", 1)
      try bench.step([bench.tensors[0].description])
      XCTAssertEqual(bench.optimizer.stepCount, 1)
    }
  }

  func testPropagate() throws {
    // A sign is finite.
    let endures = ["lion", "signum", "rprop"]
    for algorithm in algorithmNames {
      let bench = try OptimizerBench(algorithm, values: [1, 1, 1])
      // ADOPT's first step moves nothing.
      for _ in 1...2 { try bench.step([[.nan, 1, .infinity]]) }
      XCTAssertTrue(bench.values[0][0].isNaN, algorithm)
      XCTAssertEqual(bench.optimizer.stepCount, 2)
      // A sum or a product over the tensor spoils all of it.
      if bench.optimizer.algorithm.isReducing || bench.optimizer.isMatrix(0) { continue }
      XCTAssertTrue(bench.values[0][1].isFinite, algorithm)
      XCTAssertEqual(bench.values[0][2].isFinite, endures.contains(algorithm), algorithm)
    }
  }
}
