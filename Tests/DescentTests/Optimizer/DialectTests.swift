import Foundation
import XCTest

@testable import Descent

/// What Tests/Golden/generate_dialects.py has written: trajectories of the frameworks' own optimizers.
private struct GoldenDialects: Decodable {
  struct Run: Decodable {
    let dialect: String
    let algorithm: String
    let options: [String: Double]
    /// Whether the learning rate is multiplied with the rate factors, one after the other.
    let changing: Bool
    let weights: [[Double]]

    var name: String { "\(dialect) \(algorithm) \(options)\(changing ? ", changing rate" : "")" }
  }

  let recordedSteps: [Int]
  let rateFactors: [Double]
  let initial: [Double]
  let gradients: [[Double]]
  let defaults: [String: [String: [String: Double]]]
  let runs: [Run]

  static func load() throws -> Self {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    return try JSONDecoder().decode(
      Self.self, from: Data(contentsOf: folder.appendingPathComponent("Golden/dialects.json")))
  }
}

/// Each dialect gives the numbers of its framework. test_methods.py follows the algorithms that are not the course's.
final class DialectTests: XCTestCase {
  private let numbers = ["textbook": 0.0, "pytorch": 1, "keras": 2, "optax": 3]

  /// The rounding errors of 40 steps add up to about as many units in the last place of the greatest weight.
  func testTrajectoriesInFloat64() throws { try checkTrajectories(.float64, accuracy: 40 * 0x1p-53) }
  func testTrajectoriesInFloat32() throws { try checkTrajectories(.float32, accuracy: 40 * 0x1p-24) }

  private func checkTrajectories(_ type: ElementType, accuracy: Double) throws {
    let golden = try GoldenDialects.load()
    XCTAssertEqual(golden.gradients.count, 40)
    for dialect in ["pytorch", "keras", "optax"] {
      for algorithm in courseAlgorithms {
        let runs = golden.runs.filter { $0.dialect == dialect && $0.algorithm == algorithm }
        XCTAssertGreaterThan(runs.count, 1, "\(dialect) has no golden trajectory of \(algorithm)")
      }
    }
    for run in golden.runs {
      let bench = try OptimizerBench(
        run.algorithm, run.options.merging(["dialect": numbers[run.dialect]!]) { $1 }, values: golden.initial,
        type: type)
      let rate = try bench.value("learning_rate")
      var greatest = golden.initial.map(abs)
      for (index, gradient) in golden.gradients.enumerated() {
        let factor = golden.rateFactors[index % golden.rateFactors.count]
        if run.changing { try bench.set("learning_rate", rate * factor) }
        try bench.step([gradient])
        let weights = bench.values[0]
        greatest = zip(greatest, weights).map { max($0, abs($1)) }
        guard let record = golden.recordedSteps.firstIndex(of: index + 1) else { continue }
        for (element, (weight, expected)) in zip(weights, run.weights[record]).enumerated()
        where !(abs(weight - expected) <= accuracy * greatest[element]) {
          XCTFail("\(run.name), step \(index + 1), element \(element): \(weight), not \(expected)")
        }
      }
    }
  }

  /// The defaults that the frameworks' signatures have are those of the dialect.
  func testDefaultsAreTheFrameworks() throws {
    let golden = try GoldenDialects.load()
    XCTAssertEqual(golden.defaults.keys.sorted(), ["keras", "optax", "pytorch"])
    for (dialect, algorithms) in golden.defaults {
      XCTAssertEqual(algorithms.keys.sorted(), courseAlgorithms)
      for (algorithm, options) in algorithms {
        let bench = try OptimizerBench(algorithm, ["dialect": numbers[dialect]!])
        for (option, value) in options {
          XCTAssertEqual(try bench.value(option), value, "\(dialect), \(algorithm), \(option)")
        }
      }
    }
  }

  /// Without a framework's arithmetic it would show: the runs tell the dialects apart.
  func testDialectsDiffer() throws {
    let golden = try GoldenDialects.load()
    func end(_ algorithm: String, _ dialect: String, _ options: [String: Double] = [:]) throws -> [Double] {
      let same = ["learning_rate": 0.01].merging(options) { $1 }.merging(["dialect": numbers[dialect]!]) { $1 }
      let bench = try OptimizerBench(algorithm, same, values: golden.initial)
      for (index, gradient) in golden.gradients.enumerated() {
        try bench.set("learning_rate", 0.01 * golden.rateFactors[index % golden.rateFactors.count])
        try bench.step([gradient])
      }
      return bench.values[0]
    }
    for algorithm in ["momentum", "nesterov"] {
      XCTAssertNotEqual(try end(algorithm, "textbook"), try end(algorithm, "pytorch"))
      XCTAssertEqual(try end(algorithm, "textbook"), try end(algorithm, "keras"))
      XCTAssertEqual(try end(algorithm, "pytorch"), try end(algorithm, "optax"))
    }
    let same = ["rho": 0.9, "epsilon": 1e-3, "momentum_decay": 0.5]
    XCTAssertNotEqual(try end("rmsprop", "textbook", same), try end("rmsprop", "pytorch", same))
    XCTAssertNotEqual(try end("rmsprop", "textbook", same), try end("rmsprop", "keras", same))
    XCTAssertEqual(try end("rmsprop", "keras", same), try end("rmsprop", "optax", same))
    let amsgrad = ["amsgrad": 1.0, "beta2": 0.5]
    XCTAssertNotEqual(try end("adam", "pytorch", amsgrad), try end("adam", "optax", amsgrad))
    XCTAssertEqual(try end("adam", "textbook", amsgrad), try end("adam", "pytorch", amsgrad))
  }

  /// A gradient whose square overflows leaves the weight where it is, as the formula says; it must not become NaN.
  func testHugeGradients() throws {
    for dialect in 0...3 {
      for type in [ElementType.float32, .float64] {
        for algorithm in ["adagrad", "rmsprop", "adam"] {
          let huge = type == .float32 ? 0x1p100 : 0x1p1000
          let bench = try OptimizerBench(algorithm, ["dialect": Double(dialect)], values: [1, 1], type: type)
          for _ in 0..<3 { try bench.step([[huge, -huge]]) }
          XCTAssertEqual(bench.values[0], [1, 1], "\(algorithm), dialect \(dialect), \(type)")
        }
      }
    }
  }
}
