import CPlatform
import Foundation
import TestSupport
import XCTest

@testable import Descent

/// Work in pieces: each is done once, and the results do not depend on who does them.
final class ParallelTests: XCTestCase {
  /// How often each piece was done.
  private struct CountingJob: Job {
    let counts: UnsafeMutablePointer<Int>

    static var piece: platform_piece {
      { job, index in job.assumingMemoryBound(to: CountingJob.self).pointee.counts[index] += 1 }
    }
  }

  func testEachPieceIsDoneOnce() throws {
    let counts = UnsafeMutablePointer<Int>.allocate(capacity: 3000)
    defer { counts.deallocate() }
    for threads in [1, 2, 5, 256] {
      try withThreads(threads) {
        for pieces in Array(0...20) + [100, 1000, 3000] {
          for inParallel in [true, false] {
            counts.initialize(repeating: 0, count: 3000)
            var job = CountingJob(counts: counts)
            Descent.run(&job, pieces: pieces, inParallel: inParallel)
            let once = (0..<3000).allSatisfy { counts[$0] == ($0 < pieces ? 1 : 0) }
            XCTAssertTrue(once, "\(threads) threads, \(pieces) pieces")
          }
        }
      }
    }
  }

  func testThreadCount() throws {
    let before = Threads.count
    XCTAssertGreaterThanOrEqual(before, 1)
    for count: Int32 in [1, 2, 5, 256] {
      try Threads.set(count)
      XCTAssertEqual(Threads.count, count)
    }
    for count: Int32 in [-1, 257, .min, .max] {
      assertFailure(.invalidArgument, "threads: \(count) is outside [0, 256]") { () throws(Failure) in
        try Threads.set(count)
      }
      XCTAssertEqual(Threads.count, 256)
    }
    try Threads.set(0)
    XCTAssertLessThanOrEqual(Int(Threads.count), ProcessInfo.processInfo.processorCount)
    try Threads.set(before)
  }

  // MARK: The same bits for any number of threads

  private func checkSameBits<Value: Equatable>(_ what: String, _ body: () throws -> Value) throws {
    let alone = try withThreads(1, body)
    for threads in [2, 5] {
      XCTAssertTrue(try withThreads(threads, body) == alone, "\(what), \(threads) threads")
    }
  }

  /// Tensors whose ends are not those of the pieces, of both types and in two groups, with a norm over all of them.
  func testSteps() throws {
    let lengths = [1, 9_011, 3, 16_384, 10_001, 70, 1, 2]
    let values = lengths.map { floatNumbers($0, seed: UInt64($0)) }
    let gradients = (1...2).map { step in lengths.map { floatNumbers($0, seed: UInt64(1000 * step + $0)) } }
    // Shampoo's matrices are OpenBLAS's, whose bits depend on its threads.
    for name in algorithmNames where name != "shampoo" {
      let variants: [[String: Double]] = [["clip_norm": 3, "weight_decay": 0.01, "clip_value": 0.9], [:]]
      for options in variants.prefix(courseAlgorithms.contains(name) ? 2 : 1) {
        try checkSameBits("\(name), \(options)") {
          let tensors = values.enumerated().map { index, values in
            BenchTensor(
              values, type: index % 3 == 1 ? .float64 : .float32,
              group: index % 2 == 0 ? 0 : 7)
          }
          let bench = try OptimizerBench(name, options, tensors: tensors)
          try bench.set("learning_rate", 0.3, group: 7)
          for gradient in gradients { try bench.step(gradient) }
          return bench.fingerprint
        }
      }
    }
  }

  /// A step that is refused, and one that is skipped, for an infinity in the last piece.
  func testPoliciesOfLargeSteps() throws {
    for policy in [1.0, 2] {
      try withThreads(3) {
        let bench = try OptimizerBench(
          "adam", ["not_finite_policy": policy], tensors: [BenchTensor(floatNumbers(70_000, seed: 1))])
        try bench.step([floatNumbers(70_000, seed: 2)])
        let before = bench.fingerprint
        var gradient = floatNumbers(70_000, seed: 3)
        gradient[69_999] = .infinity
        if policy == 1 { XCTAssertThrowsError(try bench.step([gradient])) } else { try bench.step([gradient]) }
        XCTAssertTrue(bench.fingerprint == before)
      }
    }
  }

  func testLosses() throws {
    let (rows, columns) = (17_000, 3)
    var random = SeededRandom(seed: 9)
    let scores: [Double] = random.uniform(-3..<3, count: rows * columns)
    let targets: [Double] = random.uniform(0..<1, count: rows * columns)
    let labels = (0..<rows).map { Int32($0 % columns) }
    for index in 0..<LossFunction.count {
      let loss = try XCTUnwrap(LossFunction.at(index))
      try checkSameBits("loss \(index)") {
        var gradient = [Double](repeating: 0, count: scores.count)
        let value = try gradient.withUnsafeMutableBytes { gradient in
          try scores.withUnsafeBytes { scores in
            let batch = try Batch(
              scores: scores.baseAddress!, gradient: gradient.baseAddress!, rows: rows, columns: columns,
              type: .float64, scoresName: "scores", columnsName: "classes")
            return loss.takesLabels
              ? try loss.classify(batch, labels: labels)
              : try targets.withUnsafeBytes { try loss.regress(batch, targets: $0.baseAddress!) }
          }
        }
        return gradient + [value]
      }
    }
  }

  func testFits() throws {
    for (loss, storage) in [
      (LinearReference.Loss.softmaxCrossEntropy, TestSamples.Storage.floats), (.multiclassHinge, .scaledBytes),
      (.softmaxCrossEntropy, .bytes),
    ] {
      let samples = TestSamples(700, dimension: 300, classes: 3, storage: storage)
      for batchSize: UInt32 in [0, 300] {
        try checkSameBits("\(loss), \(storage), batches of \(batchSize)") {
          let classifier = try LinearReference(loss, dimension: 300, classes: 3, l2: 0.01, spread: 0.1).makeClassifier()
          var optimizer = try Optimizer.named("adam")
          try classifier.fit(
            samples.dataset, with: &optimizer,
            FitOptions(epochs: 1, batchSize: batchSize, sampling: Sampling.shuffle.rawValue, seed: 3),
            isWatched: false
          ) { _ in false }
          let (loss, accuracy) = try classifier.evaluate(samples.dataset)
          let gradient = try classifier.gradientArrays(samples)
          return classifier.weightArray + classifier.biasArray + gradient.weights + gradient.bias
            + [loss, accuracy, gradient.loss].flatMap { number in
              [Float(bitPattern: UInt32(truncatingIfNeeded: number.bitPattern >> 32)), Float(number)]
            }
        }
      }
    }
  }
}
