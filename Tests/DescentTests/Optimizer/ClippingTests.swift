import struct TestSupport.SeededRandom
import XCTest

@testable import Descent

/// What happens to the gradients before the rule sees them: limits, sign, decay, and in which order.
final class ClippingTests: XCTestCase {
  func testByValue() throws {
    for type in [ElementType.float32, .float64] {
      let gradient = [-3, -2, -1.5, -0.0, 0, 1, 1.5, 1.75, 1e30, -.infinity, .infinity, .nan]
      let bench = try OptimizerBench(
        "sgd", ["learning_rate": 1, "clip_value": 1.5], values: gradient.map { _ in 0 }, type: type)
      try bench.step([gradient])
      let limited = [1.5, 1.5, 1.5, 0, 0, -1, -1.5, -1.5, -1.5, 1.5, -1.5]
      XCTAssertEqual(Array(bench.values[0].dropLast()), limited, "\(type)")
      XCTAssertTrue(bench.values[0].last!.isNaN, "NaN is not a number that has a limit")
      XCTAssertEqual(bench.optimizer.health.clippedSteps, 0, "only clipping by norm is counted")
    }
  }

  /// A limit that no float32 reaches is none.
  func testLimitAboveFloat32() throws {
    let bench = try OptimizerBench("sgd", ["learning_rate": 1, "clip_value": 1e300], values: [0, 0], type: .float32)
    try bench.step([[3e38, -3e38]])
    XCTAssertEqual(bench.values[0], [-Double(Float(3e38)), Double(Float(3e38))])
  }

  func testByNorm() throws {
    let bench = try OptimizerBench(
      "sgd", ["learning_rate": 1, "clip_norm": 1],
      tensors: [BenchTensor([0, 0], type: .float32), BenchTensor([0, 0, 0])])
    try bench.step([[3, 0], [0, 4, 0]])
    assertNear(bench.values[0], [-0.6, 0], relative: 1e-7)
    assertNear(bench.values[1], [0, -0.8, 0], relative: 1e-15)
    XCTAssertEqual(bench.optimizer.health.clippedSteps, 1)
    // Of norm 1, and below: not scaled, to the bit.
    for gradient in [[[1.0, 0], [0, 0, 0]], [[0, 0], [0.6, 0, 0.7999999]], [[0, 0], [0, 0, 0]]] {
      let before = bench.values
      try bench.step(gradient)
      XCTAssertEqual(bench.values, zip(before, gradient).map { zip($0, $1).map { $0 - $1 } })
    }
    XCTAssertEqual(bench.optimizer.health.clippedSteps, 1)
  }

  /// Against textbook code over some steps, with numbers of very different sizes.
  func testByNormAgainstTextbook() throws {
    let counts = [5, 1, 40, 17]
    let bench = try OptimizerBench(
      "momentum", ["clip_norm": 10, "learning_rate": 0.125],
      tensors: counts.map { BenchTensor([Double](repeating: 1, count: $0)) })
    var weights = counts.map { [Double](repeating: 1, count: $0) }
    var velocity = counts.map { [Double](repeating: 0, count: $0) }
    var clipped: UInt64 = 0
    for step in 0..<30 {
      let gradients = counts.enumerated().map { index, count in
        floatNumbers(count, scale: pow(10.0, Double(step % 5 - 2 + index % 2)), seed: UInt64(100 * step + index))
      }
      let norm = gradients.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
      let scale = norm > 10 ? 10 / norm : 1
      if norm > 10 { clipped += 1 }
      for index in counts.indices {
        for element in 0..<counts[index] {
          velocity[index][element] = 0.9 * velocity[index][element] - 0.125 * (gradients[index][element] * scale)
          weights[index][element] += velocity[index][element]
        }
      }
      try bench.step(gradients)
    }
    for index in counts.indices { assertNear(bench.values[index], weights[index], relative: 1e-13, scale: 1) }
    XCTAssertEqual(bench.optimizer.health.clippedSteps, clipped)
    XCTAssertTrue(clipped > 5 && clipped < 25)
  }

  /// The numbers in the order of the tensors decide, not where one tensor ends; types are mixed, and values clipped.
  func testNormDoesNotDependOnTheSplit() throws {
    let count = 9_001
    let gradient = floatNumbers(count, scale: 3, seed: 5)
    let start = floatNumbers(count, seed: 6)
    func end(_ bounds: [Int], _ type: (Int) -> ElementType, clipValue: Double) throws -> [Double] {
      let ranges = zip(bounds, bounds.dropFirst()).map { $0..<$1 }
      let bench = try OptimizerBench(
        "sgd", ["clip_norm": 1.7, "clip_value": clipValue, "learning_rate": 0.5],
        tensors: ranges.enumerated().map { BenchTensor(Array(start[$1]), type: type($0)) })
      try bench.step(ranges.map { Array(gradient[$0]) })
      return bench.values.flatMap { $0 }
    }
    var random = SeededRandom(seed: 7)
    for clipValue in [0, 1.25] {
      let whole = [ElementType.float32, .float64].map { type in
        try! end([0, count], { _ in type }, clipValue: clipValue)
      }
      XCTAssertNotEqual(whole[0], start)
      let fixed = [[0, 1, 2, 3, count], [0, 4096, count], [0, 4095, 4097, 8192, count], [0, 7, 15, 4103, count]]
      let drawn = (0..<12).map { _ in
        (Set((0..<Int.random(in: 1...40, using: &random)).map { _ in Int.random(in: 1..<count, using: &random) })
          .union([0, count])).sorted()
      }
      for bounds in fixed + drawn {
        XCTAssertEqual(try end(bounds, { _ in .float32 }, clipValue: clipValue), whole[0], "\(bounds)")
        XCTAssertEqual(try end(bounds, { _ in .float64 }, clipValue: clipValue), whole[1], "\(bounds)")
        // With mixed types each tensor has the same bits as with its own type everywhere.
        let mixed = try end(bounds, { $0 % 2 == 0 ? .float32 : .float64 }, clipValue: clipValue)
        for (index, range) in zip(bounds, bounds.dropFirst()).map({ $0..<$1 }).enumerated() {
          XCTAssertEqual(Array(mixed[range]), Array(whole[index % 2][range]), "\(bounds), tensor \(index)")
        }
      }
    }
  }

  /// As IEEE 754 says: a NaN does not scale anything, an infinity scales all else to 0.
  func testNormThatIsNotFinite() throws {
    for (number, other) in [(Double.nan, 2.0), (.infinity, 0), (-.infinity, 0)] {
      let bench = try OptimizerBench("sgd", ["clip_norm": 1, "learning_rate": 1], values: [5, 5])
      try bench.step([[number, 2]])
      XCTAssertTrue(bench.values[0][0].isNaN)
      XCTAssertEqual(bench.values[0][1], 5 - other)
    }
  }

  /// A square that overflows counts as an infinite norm: a step of 0, not NaN.
  func testNormThatOverflows() throws {
    let bench = try OptimizerBench("sgd", ["clip_norm": 1, "learning_rate": 1], values: [5, 5])
    try bench.step([[1e300, -3]])
    XCTAssertEqual(bench.values[0], [5, 5])
    XCTAssertEqual(bench.optimizer.health.clippedSteps, 1)
  }

  /// Everything at once, in the order that descent.h states, in each algorithm that is easily written down.
  func testOrderOfStages() throws {
    let (clipValue, clipNorm, decay, decoupled, rate) = (2.0, 3.0, 0.25, 0.5, 0.0625)
    for maximize in [0.0, 1] {
      for (type, accuracy) in [(ElementType.float32, 1e-6), (.float64, 1e-14)] {
        for algorithm in ["sgd", "momentum"] {
          let bench = try OptimizerBench(
            algorithm,
            [
              "learning_rate": rate, "clip_value": clipValue, "clip_norm": clipNorm, "weight_decay": decay,
              "decoupled_weight_decay": decoupled, "maximize": maximize,
            ], values: floatNumbers(37, scale: 4, seed: 1), type: type)
          var weights = bench.values[0]
          var velocity = weights.map { _ in 0.0 }
          for step in 0..<10 {
            let gradient = floatNumbers(37, scale: step % 2 == 0 ? 5 : 0.25, seed: UInt64(50 + step))
            var g = gradient.map { min(max($0, -clipValue), clipValue) }
            let norm = g.reduce(0) { $0 + $1 * $1 }.squareRoot()
            XCTAssertEqual(norm > clipNorm, step % 2 == 0)
            if norm > clipNorm { g = g.map { $0 * clipNorm / norm } }
            if maximize == 1 { g = g.map { -$0 } }
            g = zip(g, weights).map { $0 + decay * $1 }
            for index in weights.indices {
              weights[index] *= 1 - rate * decoupled
              velocity[index] = (algorithm == "sgd" ? 0 : 0.9) * velocity[index] - rate * g[index]
              weights[index] += velocity[index]
            }
            try bench.step([gradient])
          }
          assertNear(bench.values[0], weights, relative: accuracy, scale: 4, "\(algorithm), \(type)")
          XCTAssertEqual(bench.optimizer.health.clippedSteps, 5)
        }
      }
    }
  }

  /// Maximizing with a gradient is minimizing with its opposite, to the bit.
  func testMaximize() throws {
    for algorithm in algorithmNames {
      let up = try OptimizerBench(algorithm, ["maximize": 1], values: floatNumbers(19, seed: 2))
      let down = try OptimizerBench(algorithm, values: floatNumbers(19, seed: 2))
      for step in 0..<5 {
        let gradient = floatNumbers(19, seed: UInt64(10 + step))
        try up.step([gradient])
        try down.step([gradient.map { -$0 }])
      }
      XCTAssertEqual(up.fingerprint, down.fingerprint, algorithm)
    }
  }

  /// Stages that are switched on but have nothing to do leave every bit as a step without them.
  func testIdleStagesChangeNothing() throws {
    for algorithm in algorithmNames {
      for type in [ElementType.float32, .float64] {
        let plain = try OptimizerBench(algorithm, values: floatNumbers(67, seed: 3), type: type)
        let idle = try OptimizerBench(
          algorithm, ["clip_value": 1e9, "clip_norm": 1e9, "not_finite_policy": 1, "track_health": 1],
          values: floatNumbers(67, seed: 3), type: type)
        for step in 0..<4 {
          let gradient = floatNumbers(67, scale: 100, seed: UInt64(20 + step))
          try plain.step([gradient])
          try idle.step([gradient])
        }
        XCTAssertEqual(idle.fingerprint, plain.fingerprint, "\(algorithm), \(type)")
      }
    }
  }
}
