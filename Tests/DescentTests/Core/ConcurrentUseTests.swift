import Foundation
import XCTest

@testable import Descent

/// Several threads with objects of their own, while the pool is at work for one of them or its size is changed: each gets the
/// bits that it gets alone.
final class ConcurrentUseTests: XCTestCase {
  func testThreadsDoNotDisturbEachOther() throws {
    let alone = try Use.allCases.map { use in try withThreads(1) { try use.results() } }
    try withThreads(3) {
      let problems = Problems()
      // One more than there are uses, which changes the number of threads meanwhile.
      DispatchQueue.concurrentPerform(iterations: 2 * Use.allCases.count + 1) { index in
        guard let use = Use(rawValue: index % Use.allCases.count), index < 2 * Use.allCases.count else {
          for count: Int32 in [2, 5, 1, 3, 4, 3] {
            try? Threads.set(count)
            usleep(20_000)
          }
          return
        }
        let isSame = (try? use.results()) == alone[use.rawValue]
        if !isSame { problems.add("\(use)") }
      }
      XCTAssertEqual(problems.list, [])
    }
  }
}

/// A use of the library.
private enum Use: Int, CaseIterable {
  case steps, fit, losses, watchedFit

  /// The bits of some results.
  func results() throws -> [UInt64] {
    switch self {
    case .steps:
      let bench = try OptimizerBench(
        "adam", ["clip_norm": 1],
        tensors: [
          BenchTensor(floatNumbers(20_000, seed: 1), type: .float32), BenchTensor(floatNumbers(17_000, seed: 2)),
        ])
      let gradients = [floatNumbers(20_000, seed: 3), floatNumbers(17_000, seed: 4)]
      for _ in 0..<3 { try bench.step(gradients) }
      return bench.fingerprint
    case .fit: return try fit(isWatched: false)
    case .watchedFit: return try fit(isWatched: true)
    case .losses:
      let samples = TestSamples(300, dimension: 120, classes: 7, storage: .bytes)
      let classifier = try LinearReference(.squaredHinge, dimension: 120, classes: 7, spread: 0.1).makeClassifier()
      let gradient = try classifier.gradientArrays(samples)
      let (loss, accuracy) = try classifier.evaluate(samples.dataset)
      return (gradient.weights + gradient.bias).map { UInt64($0.bitPattern) }
        + [gradient.loss, loss, accuracy].map(\.bitPattern)
    }
  }

  private func fit(isWatched: Bool) throws -> [UInt64] {
    let samples = TestSamples(500, dimension: 100, classes: 4, storage: .scaledBytes)
    let classifier = try LinearReference(.softmaxCrossEntropy, dimension: 100, classes: 4, l2: 0.01).makeClassifier()
    var optimizer = try Optimizer.named("nesterov", ["track_health": isWatched ? 1 : 0])
    var losses: [UInt64] = []
    try classifier.fit(
      samples.dataset, with: &optimizer, FitOptions(epochs: 1, batchSize: 400, sampling: 1, seed: 2),
      isWatched: isWatched
    ) { report in
      losses.append(report.loss.bitPattern)
      return false
    }
    return (classifier.weightArray + classifier.biasArray).map { UInt64($0.bitPattern) } + losses
  }
}

/// What threads have found wrong.
private final class Problems: @unchecked Sendable {
  private let lock = NSLock()
  private(set) var list: [String] = []
  func add(_ problem: String) { lock.withLock { list.append(problem) } }
}
