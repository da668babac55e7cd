import XCTest

@testable import Descent

/// A fit against gradient descent by the reference, over the same minibatches.
final class ClassifierFitTests: XCTestCase {
  /// A batch size of 0, or at least the number of samples, is gradient descent on all of them.
  func testBatchGradientDescent() throws {
    for loss in LinearReference.Loss.allCases {
      for storage in TestSamples.Storage.allCases {
        for (batchSize, sampling) in [(0, Sampling.shuffle), (40, .shuffle), (1000, .stratified), (0, .stratified)] {
          let samples = TestSamples(40, dimension: 6, classes: 3, storage: storage)
          var reference = LinearReference(loss, dimension: 6, classes: 3, l2: 0.05)
          let classifier = try reference.makeClassifier()
          var optimizer = try Optimizer.named("sgd", ["learning_rate": 0.05])
          let options = try FitOptions(epochs: 25, batchSize: UInt32(batchSize), sampling: sampling.rawValue, seed: 3)
          try classifier.fit(samples.dataset, with: &optimizer, options, isWatched: false) { _ in false }
          reference.descend(
            samples, batches: Array(repeating: Array(0..<40), count: 25), learningRate: 0.05, momentum: 0)
          classifier.assertParameters(of: reference, accuracy: 3e-6, "\(loss), \(storage), \(batchSize) \(sampling)")
          XCTAssertEqual(optimizer.stepCount, 25)
        }
      }
    }
  }

  /// Minibatches are those of the sampler, with what is left over in the last one.
  func testMinibatches() throws {
    for loss in LinearReference.Loss.allCases {
      for sampling in [Sampling.shuffle, .replacement, .stratified] {
        // With replacement, a batch of as many samples as there are is not all of them.
        let sizes = sampling == .replacement ? [8, 1, 30, 11] : [8, 1, 13, 7]
        for (storage, batchSize) in zip(TestSamples.Storage.allCases, sizes) {
          let samples = TestSamples(30, dimension: 5, classes: 3, storage: storage)
          var reference = LinearReference(loss, dimension: 5, classes: 3, l2: 0.02)
          let classifier = try reference.makeClassifier()
          var optimizer = try Optimizer.named("momentum", ["learning_rate": 0.01, "momentum_decay": 0.8])
          let options = try FitOptions(epochs: 3, batchSize: UInt32(batchSize), sampling: sampling.rawValue, seed: 17)
          try classifier.fit(samples.dataset, with: &optimizer, options, isWatched: false) { _ in false }

          let batches = try drawEpochs(
            3, samples: 30, batchSize: batchSize, sampling, seed: 17, labels: Array(samples.labels), classes: 3)
          reference.descend(samples, batches: Array(batches.joined()), learningRate: 0.01, momentum: 0.8)
          classifier.assertParameters(of: reference, accuracy: 1e-5, "\(loss), \(sampling), \(storage)")
          XCTAssertEqual(optimizer.stepCount, UInt64(batches.joined().count))
        }
      }
    }
  }

  /// W and b after a fit of this kind, from the same start.
  private func fit(
    epochs: [UInt32], batchSize: UInt32, _ sampling: Sampling = .shuffle, seed: UInt64 = 1, observed: Bool = false
  ) throws -> [Float] {
    let samples = TestSamples(50, dimension: 4, classes: 3)
    let classifier = try LinearReference(.softmaxCrossEntropy, dimension: 4, classes: 3).makeClassifier()
    var optimizer = try Optimizer.named("adam")
    for epochs in epochs {
      try classifier.fit(
        samples.dataset, with: &optimizer,
        FitOptions(epochs: epochs, batchSize: batchSize, sampling: sampling.rawValue, seed: seed),
        isWatched: observed
      ) { _ in false }
    }
    return classifier.weightArray + classifier.biasArray
  }

  func testTheSeedDecides() throws {
    for sampling in [Sampling.shuffle, .replacement, .stratified] {
      let parameters = try fit(epochs: [2], batchSize: 7, sampling, seed: 5)
      XCTAssertEqual(parameters, try fit(epochs: [2], batchSize: 7, sampling, seed: 5), "\(sampling)")
      XCTAssertNotEqual(parameters, try fit(epochs: [2], batchSize: 7, sampling, seed: 6), "\(sampling)")
    }
  }

  func testWatchingChangesNothing() throws {
    XCTAssertEqual(
      try fit(epochs: [2], batchSize: 7, observed: true), try fit(epochs: [2], batchSize: 7, observed: false))
  }

  /// Adam's state and step number go on; a new optimizer would start anew.
  func testASecondFitGoesOn() throws {
    XCTAssertEqual(try fit(epochs: [5], batchSize: 0), try fit(epochs: [2, 3], batchSize: 0))
    XCTAssertEqual(try fit(epochs: [1], batchSize: 0), try fit(epochs: [1], batchSize: 50))
    XCTAssertNotEqual(try fit(epochs: [5], batchSize: 0), try fit(epochs: [5, 1], batchSize: 0))
  }

  func testAFitLearns() throws {
    for loss in LinearReference.Loss.allCases {
      let samples = TestSamples(300, dimension: 9, classes: 3)
      let classifier = try LinearModel(dimension: 9, classes: 3, loss: LossFunction.find(loss.rawValue))
      let before = try classifier.evaluate(samples.dataset)
      var optimizer = try Optimizer.named("adam", ["learning_rate": 0.02])
      try classifier.fit(
        samples.dataset, with: &optimizer, FitOptions(epochs: 10, batchSize: 32, sampling: 1, seed: 0),
        isWatched: false
      ) { _ in false }
      let after = try classifier.evaluate(samples.dataset)
      XCTAssertLessThan(after.loss, before.loss / 2, "\(loss)")
      XCTAssertGreaterThan(after.score, 0.9, "\(loss)")
    }
  }

  func testOptionsThatDoNotExist() {
    assertFailure(.invalidArgument, "options: epochs: 0 is outside [1, 4294967295]") { () throws(Failure) in
      _ = try FitOptions(epochs: 0, batchSize: 1, sampling: 1, seed: 0)
    }
    for sampling: Int32 in [0, 5, -1, .min, .max] {
      assertFailure(.invalidArgument, "options: sampling: there is no sampling \(sampling)") { () throws(Failure) in
        _ = try FitOptions(epochs: 1, batchSize: 1, sampling: sampling, seed: 0)
      }
    }
    XCTAssertEqual(FitOptions.defaultEpochs, 10)
    XCTAssertEqual(FitOptions.defaultBatchSize, 128)
  }
}
