import struct TestSupport.SeededRandom
import XCTest

@testable import Descent

/// Bytes with a right checksum and any numbers in them: each load fails as corrupt, or gives something that can be used.
final class ScrambledStateTests: XCTestCase {
  private let samples = TestSamples(7, dimension: 2, classes: 2)

  func testOptimizers() throws {
    let bench = try OptimizerBench(
      "rmsprop", ["centered": 1, "track_health": 1, "schedule": 8],
      tensors: [BenchTensor([1, 2, 3]), BenchTensor([4], type: .float32, group: 6)])
    try bench.set("learning_rate", 0.5, group: 4)
    try bench.set("momentum_decay", 0.5, group: 6)
    for _ in 0..<3 { try bench.step([[1, -1, 0], [2]]) }
    let saved = try SavedBytes(of: bench.optimizer)
    var random = SeededRandom(seed: 77)
    var used = 0
    for _ in 0..<6000 {
      do throws(Failure) {
        bench.optimizer = try saved.scrambled(&random).load(as: Optimizer.self)
      } catch {
        XCTAssertEqual(error.kind, .corruptState, error.message.text)
        continue
      }
      used += 1
      for _ in 0..<2 { try? bench.step([[1, -1, 0], [2]]) }
      try bench.optimizer.report(loss: 1)
      _ = bench.optimizer.learningRate
      _ = try SavedBytes(of: bench.optimizer).load(as: Optimizer.self)
    }
    XCTAssertGreaterThan(used, 300)
  }

  func testSamplers() throws {
    var random = SeededRandom(seed: 78)
    for mode in [Sampling.shuffle, .replacement, .stratified, .weighted] {
      let saved = try SavedBytes(of: SavedSamplerTests.make(mode))
      var used = 0
      for _ in 0..<1500 {
        do throws(Failure) {
          var sampler = try saved.scrambled(&random).load(as: Sampler.self)
          // A shuffle of a billion samples works, but takes its time.
          if sampler.samples > 1 << 20 { continue }
          used += 1
          for _ in 0..<3 {
            let next = Array(sampler.next())
            XCTAssert(next.allSatisfy { $0 >= 0 && $0 < sampler.samples }, "\(next)")
          }
        } catch {
          XCTAssert(error.kind == .corruptState || error.kind == .outOfMemory, error.message.text)
        }
      }
      XCTAssertGreaterThan(used, 100, "\(mode)")
    }
  }

  func testClassifiers() throws {
    let classifier = try LinearReference(.multiclassHinge, dimension: 2, classes: 2).makeClassifier()
    let data = try samples.dataset
    var optimizer = try Optimizer.named("sgd")
    try classifier.fit(
      data, with: &optimizer, FitOptions(epochs: 2, batchSize: 3, sampling: 1, seed: 0), isWatched: true
    ) { _ in false }
    let saved = try SavedBytes(of: classifier)
    let options = try FitOptions(epochs: 3, batchSize: 3, sampling: 1, seed: 0)
    var random = SeededRandom(seed: 79)
    var used = 0
    for _ in 0..<6000 {
      do throws(Failure) {
        let loaded = try saved.scrambled(&random).load(as: LinearModel.self)
        used += 1
        try? loaded.fit(data, with: &optimizer, options, goesOn: true, isWatched: true) { _ in false }
        _ = try? loaded.evaluate(data)
      } catch {
        XCTAssertEqual(error.kind, .corruptState, error.message.text)
      }
    }
    XCTAssertGreaterThan(used, 300)
  }
}

extension SavedBytes {
  /// With one to three numbers replaced and now and then some bytes left out, and sealed again.
  fileprivate func scrambled(_ random: inout SeededRandom) -> SavedBytes {
    var copy = self
    for _ in 0..<Int.random(in: 1...3, using: &random) { copy.replaceNumber(&random) }
    if Int.random(in: 0..<8, using: &random) == 0 {
      let first = Int.random(in: 24..<bytes.count - 16, using: &random)
      copy.bytes.removeSubrange(first..<first + 8)
    }
    copy.seal()
    return copy
  }

  private mutating func replaceNumber(_ random: inout SeededRandom) {
    let doubles: [Double] = [1, -1, 0.5, .nan, .infinity, 1e300, 2000 * .leastNonzeroMagnitude]
    let powers: [UInt64] = [31, 32, 53, 62, 63].map { 1 << $0 }
    let values: [UInt64] = [0, 1, 2, 3, 7, 8, 255, .max] + powers + doubles.map(\.bitPattern)
    let places = (bytes.count - 36) / 4
    let offset = 24 + 4 * Int.random(in: 0..<places, using: &random)
    let difference = UInt64.random(in: 0...4, using: &random)
    if Bool.random(using: &random) {
      write(read(at: offset) &+ difference &- 2, at: offset)
    } else {
      write(values.randomElement(using: &random)!, at: offset)
    }
  }
}
