import XCTest

@testable import Descent

extension Health {
  /// All numbers, to compare two records.
  var fields: [Double] {
    [
      Double(step), gradientNorm, updateNorm, valueNorm, updateRatio, updateCosine, zeroFraction, Double(clippedSteps),
      Double(skippedSteps),
    ]
  }
}

/// The record of what steps did.
final class HealthTests: XCTestCase {
  private func norm(_ numbers: [Double]) -> Double { numbers.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  /// Some tensors of both types, lengths around a vector's.
  private func bench(_ algorithm: String, _ options: [String: Double]) throws -> OptimizerBench {
    try OptimizerBench(
      algorithm, options,
      tensors: [
        BenchTensor(floatNumbers(67, seed: 1)), BenchTensor(floatNumbers(1, seed: 2), type: .float32),
        BenchTensor(floatNumbers(24, seed: 3), type: .float32),
      ])
  }

  private func gradients(_ step: Int) -> [[Double]] {
    [67, 1, 24].enumerated().map { index, count in
      floatNumbers(count, seed: UInt64(1000 * step + index)).enumerated().map { $0 % 3 == step % 3 ? 0 : $1 }
    }
  }

  /// Against plain code that looks at the parameters before and after. An update has the tensor's type.
  func testAgainstPlainCode() throws {
    for algorithm in algorithmNames {
      let bench = try bench(algorithm, ["track_health": 1, "clip_norm": 3, "weight_decay": 0.01])
      var last: [Double] = []
      for step in 1...8 {
        let gradient = gradients(step)
        let (old, before) = (bench.values, bench.values.flatMap { $0 })
        try bench.step(gradient)
        let update = zip(bench.tensors, old).flatMap { tensor, old in
          zip(tensor.values, old).map { tensor.type.isDouble ? $0 - $1 : Double(Float($0 - $1)) }
        }
        let health = bench.optimizer.health
        let given = gradient.flatMap { $0 }
        XCTAssertEqual(health.step, UInt64(step))
        assertNear(
          [health.gradientNorm, health.updateNorm, health.valueNorm, health.updateRatio, health.zeroFraction],
          [
            norm(given), norm(update), norm(before), norm(update) / norm(before),
            Double(given.filter { $0 == 0 }.count) / Double(given.count),
          ], relative: 1e-13, "\(algorithm), step \(step)")
        // ADOPT's first step moves nothing.
        let hasAngle = !last.isEmpty && norm(update) != 0 && norm(last) != 0
        let cosine = hasAngle ? zip(update, last).reduce(0) { $0 + $1.0 * $1.1 } / norm(update) / norm(last) : 0
        XCTAssertEqual(health.updateCosine, cosine, accuracy: 1e-6, "\(algorithm), step \(step)")
        last = update
      }
    }
  }

  func testCosineOfRepeatedAndReversedSteps() throws {
    let bench = try OptimizerBench("sgd", ["track_health": 1], values: [1, 2, 3])
    try bench.step([[1, -1, 0.5]])
    XCTAssertEqual(bench.optimizer.health.updateCosine, 0)
    try bench.step([[2, -2, 1]])
    XCTAssertEqual(bench.optimizer.health.updateCosine, 1, accuracy: 1e-14)
    try bench.step([[-1, 1, -0.5]])
    XCTAssertEqual(bench.optimizer.health.updateCosine, -1, accuracy: 1e-14)
    try bench.step([[0, 0, 0]])
    XCTAssertEqual(bench.optimizer.health.fields, [4, 0, 0, bench.optimizer.health.valueNorm, 0, 0, 1, 0, 0])
    try bench.step([[1, 1, 1]])
    XCTAssertEqual(bench.optimizer.health.updateCosine, 0)
  }

  /// 0 where there is nothing to divide by.
  func testZeroParameters() throws {
    let bench = try OptimizerBench("sgd", ["track_health": 1, "learning_rate": 1], values: [0, 0])
    try bench.step([[3, 4]])
    XCTAssertEqual(bench.optimizer.health.fields, [1, 5, 5, 0, 0, 0, 0, 0, 0])
  }

  /// Small updates, whose squares' product would be 0, still have a cosine.
  func testTinyUpdates() throws {
    let bench = try OptimizerBench("sgd", ["track_health": 1, "learning_rate": 1e-90], values: [0, 0])
    for _ in 0..<2 { try bench.step([[3, 4]]) }
    XCTAssertEqual(bench.optimizer.health.updateCosine, 1, accuracy: 1e-12)
  }

  /// Switched on late, and off for some steps: the cosine is to the step just before, or 0.
  func testTrackingNowAndThen() throws {
    let bench = try bench("momentum", [:])
    try bench.step(gradients(1))
    XCTAssertEqual(bench.optimizer.health.fields, [Double](repeating: 0, count: 9))
    try bench.set("track_health", 1)
    try bench.step(gradients(2))
    XCTAssertEqual(bench.optimizer.health.step, 2)
    XCTAssertEqual(bench.optimizer.health.updateCosine, 0)
    try bench.step(gradients(3))
    XCTAssertNotEqual(bench.optimizer.health.updateCosine, 0)
    try bench.set("track_health", 0)
    let record = bench.optimizer.health.fields
    try bench.step(gradients(4))
    XCTAssertEqual(bench.optimizer.health.fields, record, "the record of the last step that was tracked")
    try bench.set("track_health", 1)
    try bench.step(gradients(5))
    XCTAssertEqual(bench.optimizer.health.step, 5)
    XCTAssertEqual(bench.optimizer.health.updateCosine, 0)
    try bench.step(gradients(6))
    XCTAssertNotEqual(bench.optimizer.health.updateCosine, 0)
  }

  /// Clipped and skipped steps are counted without tracking too; a reset forgets them all.
  func testCountersAndReset() throws {
    let bench = try bench("adam", ["clip_norm": 1e-3, "not_finite_policy": 2])
    for step in 0..<3 { try bench.step(gradients(step)) }
    var spoiled = gradients(0)
    spoiled[1][0] = .nan
    try bench.step(spoiled)
    try bench.set("clip_norm", 1e6)
    try bench.step(gradients(3))
    XCTAssertEqual(bench.optimizer.health.fields, [0, 0, 0, 0, 0, 0, 0, 3, 1])
    try bench.set("track_health", 1)
    try bench.step(gradients(4))
    XCTAssertEqual(bench.optimizer.health.step, 5)
    try bench.optimizer.reset()
    XCTAssertEqual(bench.optimizer.health.fields, [Double](repeating: 0, count: 9))
    // Other shapes after a reset.
    try bench.step([bench.tensors[2].description, bench.tensors[0].description])
    XCTAssertEqual(bench.optimizer.health.step, 1)
    XCTAssertEqual(bench.optimizer.health.updateCosine, 0)
  }

  func testNotFiniteGradients() throws {
    let bench = try OptimizerBench("sgd", ["track_health": 1], values: [1, 2])
    try bench.step([[.nan, 1]])
    XCTAssertTrue(bench.optimizer.health.gradientNorm.isNaN && bench.optimizer.health.updateNorm.isNaN)
    XCTAssertEqual(bench.optimizer.health.zeroFraction, 0)
    XCTAssertEqual(bench.optimizer.health.valueNorm, 5.0.squareRoot())
    XCTAssertEqual(bench.optimizer.health.notFinite, 1)
    try bench.step([[.infinity, -.infinity]])
    XCTAssertEqual(bench.optimizer.health.notFinite, 3, "counted over the steps")
  }
}
