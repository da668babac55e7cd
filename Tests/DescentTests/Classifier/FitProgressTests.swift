import XCTest

@testable import Descent

/// What a fit tells its callback, computed again from the parameters before and after each step.
final class FitProgressTests: XCTestCase {
  /// Keeps all reports, with W and b at that time.
  private final class Recorder {
    var reports: [FitProgress] = []
    var parameters: [[Double]]
    var stopAt: UInt64?

    init(_ start: [Float], stopAt: UInt64? = nil) {
      parameters = [start.map(Double.init)]
      self.stopAt = stopAt
    }

    func record(_ report: FitProgress, _ parameters: UnsafeBufferPointer<Float>) -> Bool {
      reports.append(report)
      self.parameters.append(parameters.map(Double.init))
      return report.step == stopAt
    }
  }

  private let samples = TestSamples(23, dimension: 5, classes: 3)
  private let batchSize = 4
  private let epochs = 3
  private let seed: UInt64 = 21

  private func makeReference(_ loss: LinearReference.Loss, fromZero: Bool) -> LinearReference {
    var reference = LinearReference(loss, dimension: 5, classes: 3, l2: 0.03)
    if fromZero { reference.weights = reference.weights.map { _ in 0 } }
    return reference
  }

  /// Runs a fit; the recorder knows all about it.
  private func run(
    _ reference: LinearReference, _ sampling: Sampling, with optimizer: inout Optimizer, stopAt: UInt64? = nil
  ) throws -> Recorder {
    let classifier = try reference.makeClassifier()
    // b follows W in the classifier's memory.
    let parameters = UnsafeBufferPointer(start: classifier.weights, count: 5 * 3 + 3)
    XCTAssertEqual(classifier.bias, classifier.weights + 15)
    let recorder = Recorder(Array(parameters), stopAt: stopAt)
    let options = try FitOptions(
      epochs: UInt32(epochs), batchSize: UInt32(batchSize), sampling: sampling.rawValue, seed: seed)
    do {
      try classifier.fit(samples.dataset, with: &optimizer, options, isWatched: true) {
        recorder.record($0, parameters)
      }
      XCTAssertNil(stopAt)
    } catch let failure {
      XCTAssertEqual(failure.kind, .cancelled)
      XCTAssertEqual(failure.message.text, "progress: the callback asked to stop at step \(stopAt ?? 0)")
    }
    XCTAssertEqual(Array(parameters).map(Double.init), recorder.parameters.last, "parameters after the last step")
    return recorder
  }

  func testReports() throws {
    for loss in LinearReference.Loss.allCases {
      for sampling in [Sampling.shuffle, .replacement, .stratified] {
        for fromZero in [false, true] {
          let reference = makeReference(loss, fromZero: fromZero)
          var optimizer = try Optimizer.named("nesterov", ["learning_rate": 0.03])
          let recorder = try run(reference, sampling, with: &optimizer)
          let batches = try drawEpochs(
            epochs, samples: samples.count, batchSize: batchSize, sampling, seed: seed, labels: Array(samples.labels),
            classes: 3)
          check(recorder, batches, reference, "\(loss), \(sampling)")
        }
      }
    }
  }

  private func check(_ recorder: Recorder, _ epochs: [[[Int]]], _ start: LinearReference, _ what: String) {
    let perEpoch = (samples.count + batchSize - 1) / batchSize
    XCTAssertEqual(recorder.reports.count, self.epochs * perEpoch)
    var (reference, epochLoss, seconds) = (start, 0.0, 0.0)
    for (index, report) in recorder.reports.enumerated() {
      let (epoch, position) = index.quotientAndRemainder(dividingBy: perEpoch)
      let what = "\(what), step \(index + 1)"
      XCTAssertEqual(report.step, UInt64(index + 1), what)
      XCTAssertEqual(report.stepTotal, UInt64(self.epochs * perEpoch), what)
      XCTAssertEqual(report.epoch, UInt32(epoch + 1), what)
      XCTAssertEqual(report.isEpochEnd, position == perEpoch - 1, what)
      XCTAssertEqual(report.learningRate, 0.03, what)
      XCTAssertGreaterThanOrEqual(report.seconds, seconds, what)
      XCTAssertLessThan(report.seconds, 60, what)
      seconds = report.seconds

      let (before, after) = (recorder.parameters[index].prefix(15), recorder.parameters[index + 1].prefix(15))
      reference.weights = Array(before)
      reference.bias = Array(recorder.parameters[index].suffix(3))
      let batch = epochs[epoch][position]
      let batchLoss = reference.meanLoss(samples, batch)
      if position == 0 { epochLoss = 0 }
      epochLoss += batchLoss * Double(batch.count) / Double(samples.count)
      XCTAssertEqual(report.loss, report.isEpochEnd ? epochLoss : batchLoss, accuracy: 3e-6, what)
      XCTAssertEqual(report.gradientNorm, reference.gradient(samples, batch).norm, accuracy: 1e-5, what)

      let norm = before.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let change = zip(before, after).reduce(0) { $0 + Double(Float($1.0 - $1.1)) * Double(Float($1.0 - $1.1)) }
        .squareRoot()
      XCTAssertGreaterThan(change, 0, what)
      XCTAssertEqual(report.updateRatio, norm == 0 ? 0 : change / norm, accuracy: 1e-12, what)
    }
  }

  /// A fit that is stopped leaves the parameters of its last step, the same as a fit that goes on had there, and its
  /// optimizer can be used again.
  func testCancelling() throws {
    let reference = makeReference(.softmaxCrossEntropy, fromZero: false)
    var undisturbed = try Optimizer.named("momentum")
    let whole = try run(reference, .shuffle, with: &undisturbed)
    for step in [1, 2, 6, 7, 17, 18] {
      var optimizer = try Optimizer.named("momentum")
      let stopped = try run(reference, .shuffle, with: &optimizer, stopAt: UInt64(step))
      XCTAssertEqual(stopped.reports.count, step)
      XCTAssertEqual(stopped.parameters, Array(whole.parameters.prefix(step + 1)))
      XCTAssertEqual(optimizer.stepCount, UInt64(step))
      _ = try run(reference, .shuffle, with: &optimizer)
      XCTAssertEqual(optimizer.stepCount, UInt64(step + 18))
    }
  }

  /// With all samples in one batch each step ends an epoch.
  func testBatchGradientDescentEndsAnEpochInEachStep() throws {
    let reference = makeReference(.squaredHinge, fromZero: false)
    let classifier = try reference.makeClassifier()
    var optimizer = try Optimizer.named("sgd", ["learning_rate": 0])
    let recorder = Recorder([])
    try classifier.fit(
      samples.dataset, with: &optimizer, FitOptions(epochs: 4, batchSize: 0, sampling: 1, seed: 0), isWatched: true
    ) { recorder.record($0, UnsafeBufferPointer(start: nil, count: 0)) }
    XCTAssertEqual(recorder.reports.map(\.epoch), [1, 2, 3, 4])
    for report in recorder.reports {
      XCTAssert(report.isEpochEnd)
      XCTAssertEqual(report.stepTotal, 4)
      XCTAssertEqual(report.loss, reference.meanLoss(samples), accuracy: 1e-5)
      XCTAssertEqual(report.updateRatio, 0)
    }
  }
}
