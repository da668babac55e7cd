import XCTest

@testable import Descent

/// A fit that is interrupted, saved and loaded at any step goes on with the bits of one that was not, and its reports too.
final class SavedClassifierTests: XCTestCase {
  private let samples = TestSamples(23, dimension: 5, classes: 3)
  private static let batchSize: UInt32 = 4
  private static let epochs: UInt32 = 3

  private struct Ended: Equatable {
    var classifier: SavedBytes
    var optimizer: SavedBytes
    /// All numbers of all reports, but the seconds.
    var reports: [[Double]]
  }

  private static func numbers(_ report: FitProgress) -> [Double] {
    [
      Double(report.epoch), Double(report.step), Double(report.stepTotal), report.loss, report.learningRate,
      report.gradientNorm, report.updateRatio, report.isEpochEnd ? 1 : 0, report.isPlateau ? 1 : 0,
      report.updateCosine, report.zeroFraction, report.noiseScale,
    ]
  }

  private func options(
    _ sampling: Sampling, batchSize: UInt32 = batchSize, epochs: UInt32 = epochs, seed: UInt64 = 3
  ) throws(Failure) -> FitOptions {
    try FitOptions(epochs: epochs, batchSize: batchSize, sampling: sampling.rawValue, seed: seed)
  }

  private func makeClassifier() throws -> LinearModel {
    try LinearReference(.softmaxCrossEntropy, dimension: 5, classes: 3, l2: 0.01).makeClassifier()
  }

  private func makeOptimizer(_ algorithm: String) throws -> Optimizer {
    var optimizer = try Optimizer.named(
      algorithm, ["learning_rate": 0.1, "schedule": 6, "schedule_steps": 5, "track_health": 1])
    if algorithm == "adam" { try optimizer.set(Option.named("amsgrad"), to: 1) }
    return optimizer
  }

  /// Fits, and saves in the callback after each step; `stopAt` stops it there.
  private func run(
    _ classifier: borrowing LinearModel, _ optimizer: inout Optimizer, _ options: FitOptions, goesOn: Bool,
    stopAt: UInt64? = nil
  ) throws -> (ended: Ended, checkpoints: [Ended]) {
    var checkpoints: [Ended] = []
    var reports: [[Double]] = []
    let data = try samples.dataset
    try withUnsafeMutablePointer(to: &optimizer) { optimizer in
      do {
        try classifier.fit(data, with: optimizer, options, goesOn: goesOn, isWatched: true) { report in
          reports.append(Self.numbers(report))
          if let classifier = try? SavedBytes(of: classifier), let optimizer = try? SavedBytes(of: optimizer.pointee) {
            checkpoints.append(Ended(classifier: classifier, optimizer: optimizer, reports: reports))
          }
          return report.step == stopAt
        }
      } catch let failure as Failure where failure.kind == .cancelled { XCTAssertNotNil(stopAt) }
    }
    let ended = Ended(
      classifier: try SavedBytes(of: classifier), optimizer: try SavedBytes(of: optimizer), reports: reports)
    return (ended, checkpoints)
  }

  func testResumedFromEveryCheckpoint() throws {
    for algorithm in algorithmNames {
      for sampling in [Sampling.shuffle, .replacement, .stratified] {
        for batchSize in algorithm == "adam" ? [Self.batchSize, 0, 23, 1000, 1] : [Self.batchSize] {
          let options = try options(sampling, batchSize: batchSize)
          try checkCheckpoints(
            of: makeOptimizer(algorithm), options, "\(algorithm), \(sampling), \(batchSize)")
        }
      }
    }
  }

  /// The fit's position does not tell how often the function was evaluated.
  func testBatchMethodsResumedFromEveryCheckpoint() throws {
    for (algorithm, settings) in [
      ("lbfgs", ["history": 3.0]), ("lbfgs", ["l1": 0.01]), ("conjugate_gradient", [:]),
    ] {
      for sampling in [Sampling.shuffle, .stratified] {
        let steps = try checkCheckpoints(
          of: Optimizer.named(algorithm, settings), options(sampling, batchSize: 0, epochs: 12),
          "\(algorithm), \(settings)")
        XCTAssertEqual(steps, 12)
      }
    }
  }

  @discardableResult
  private func checkCheckpoints(
    of optimizer: consuming Optimizer, _ options: FitOptions, _ what: String
  ) throws -> Int {
    let classifier = try makeClassifier()
    var optimizer = optimizer
    let whole = try run(classifier, &optimizer, options, goesOn: false)
    XCTAssertEqual(whole.checkpoints.count, whole.ended.reports.count)
    for (index, checkpoint) in whole.checkpoints.enumerated() {
      let loaded = try checkpoint.classifier.load(as: LinearModel.self)
      XCTAssertEqual(try SavedBytes(of: loaded), checkpoint.classifier)
      var itsOptimizer = try checkpoint.optimizer.load(as: Optimizer.self)
      let rest = try run(loaded, &itsOptimizer, options, goesOn: true)
      let what = "\(what), step \(index + 1)"
      XCTAssertEqual(checkpoint.reports + rest.ended.reports, whole.ended.reports, what)
      XCTAssertEqual(rest.ended.classifier, whole.ended.classifier, what)
      XCTAssertEqual(rest.ended.optimizer, whole.ended.optimizer, what)
    }
    return whole.checkpoints.count
  }

  /// Stopped by the callback and resumed at once, over and over.
  func testStoppedAtEachStep() throws {
    let options = try options(.stratified)
    let classifier = try makeClassifier()
    let other = try makeClassifier()
    var optimizer = try makeOptimizer("momentum")
    var otherOptimizer = try makeOptimizer("momentum")
    let whole = try run(classifier, &optimizer, options, goesOn: false).ended
    var reports: [[Double]] = []
    for step in 1...18 as ClosedRange<UInt64> {
      reports += try run(other, &otherOptimizer, options, goesOn: step > 1, stopAt: step).ended.reports
    }
    XCTAssertEqual(reports, whole.reports)
    XCTAssertEqual(try SavedBytes(of: other), whole.classifier)
    XCTAssertEqual(try SavedBytes(of: otherOptimizer), whole.optimizer)
  }

  /// With more epochs a fit that was complete goes on; with the same ones nothing happens.
  func testMoreEpochs() throws {
    let classifier = try makeClassifier()
    let longer = try makeClassifier()
    var optimizer = try makeOptimizer("adam")
    var otherOptimizer = try makeOptimizer("adam")
    let short = try run(classifier, &optimizer, options(.shuffle, epochs: 2), goesOn: false).ended
    let nothing = try run(classifier, &optimizer, options(.shuffle, epochs: 2), goesOn: true).ended
    XCTAssertEqual(nothing.reports, [])
    XCTAssertEqual(nothing.classifier, short.classifier)
    let more = try run(classifier, &optimizer, options(.shuffle, epochs: 5), goesOn: true).ended
    let whole = try run(longer, &otherOptimizer, options(.shuffle, epochs: 5), goesOn: false).ended
    XCTAssertEqual(more.classifier, whole.classifier)
    // Only the total differs.
    func withoutTotal(_ report: [Double]) -> [Double] { Array(report[0..<2]) + Array(report[3...]) }
    XCTAssertEqual((short.reports + more.reports).map(withoutTotal), whole.reports.map(withoutTotal))
  }

  /// A second fit is a new one; so is what comes after the weights were drawn anew.
  func testWhichFitGoesOn() throws {
    let classifier = try makeClassifier()
    var optimizer = try makeOptimizer("sgd")
    _ = try run(classifier, &optimizer, options(.shuffle), goesOn: false, stopAt: 2)
    let second = try run(classifier, &optimizer, options(.replacement), goesOn: false, stopAt: 3).ended
    XCTAssertEqual(second.reports.map { $0[1] }, [1, 2, 3])
    let rest = try run(classifier, &optimizer, options(.replacement), goesOn: true).ended
    XCTAssertEqual(rest.reports.first?[1], 4)
    try classifier.initialize(standardDeviation: 1, seed: 1)
    let data = try samples.dataset
    assertFailure(.invalidArgument, "classifier: there was no fit that could go on") { () throws(Failure) in
      try classifier.fit(data, with: &optimizer, options(.replacement), goesOn: true, isWatched: false) { _ in false }
    }
  }

  /// Steps that nobody watched are left out of an epoch's mean.
  func testWatchedFromTheMiddleOfAnEpoch() throws {
    let reference = LinearReference(.softmaxCrossEntropy, dimension: 5, classes: 3, l2: 0.01)
    let classifier = try makeClassifier()
    var optimizer = try Optimizer.named("sgd", ["learning_rate": 0])
    let data = try samples.dataset
    try classifier.fit(data, with: &optimizer, options(.shuffle, epochs: 1), isWatched: false) { _ in false }
    // Six steps were made; let them be eight.
    let saved = try SavedBytes(of: classifier)
    XCTAssertEqual(saved["training.optimizer_steps"], 6)
    XCTAssertEqual(saved["training.step"], 6)
    let loaded = try saved.altered { $0["training.step"] = 8 }.load(as: LinearModel.self)
    let reports = try run(loaded, &optimizer, options(.shuffle, epochs: 3), goesOn: true).ended.reports
    XCTAssertEqual(reports.map { $0[1] }, (9...18).map(Double.init))
    let batches = try drawEpochs(2, samples: 23, batchSize: 4, .shuffle, seed: 3)
    XCTAssertEqual(reports[3][3], reference.meanLoss(samples, Array(batches[1][2...].joined())), accuracy: 1e-6)
    XCTAssertEqual(reports[9][3], reference.meanLoss(samples), accuracy: 1e-6)
  }

  func testWhatDoesNotAgree() throws {
    let classifier = try makeClassifier()
    var optimizer = try makeOptimizer("adam")
    _ = try run(classifier, &optimizer, options(.shuffle), goesOn: false, stopAt: 8)
    let before = (try SavedBytes(of: classifier), try SavedBytes(of: optimizer))
    func check(
      _ kind: Failure.Kind, _ text: String, _ options: FitOptions, _ samples: TestSamples? = nil, line: UInt = #line
    ) throws {
      let data = try (samples ?? self.samples).dataset
      assertFailure(kind, text, line: line) { () throws(Failure) in
        try classifier.fit(data, with: &optimizer, options, goesOn: true, isWatched: true) { _ in true }
      }
    }
    try check(
      .invalidArgument, "options: sampling: 2, but the fit that is to go on has 1", options(.replacement))
    try check(
      .invalidArgument, "options: batch_size: 5, but the fit that is to go on has 4", options(.shuffle, batchSize: 5))
    try check(
      .invalidArgument, "options: batch_size: 23, but the fit that is to go on has 4", options(.shuffle, batchSize: 0))
    try check(.invalidArgument, "options: seed: 4, but the fit that is to go on has 3", options(.shuffle, seed: 4))
    try check(
      .invalidArgument, "options: epochs: 1, but the fit that is to go on has begun epoch 2",
      options(.shuffle, epochs: 1))
    try check(
      .shapeMismatch, "data: samples: 24, but the fit that is to go on has 23", options(.shuffle),
      TestSamples(24, dimension: 5, classes: 3))
    try check(
      .shapeMismatch, "data: dimension: 4, but the classifier has 5", options(.shuffle),
      TestSamples(23, dimension: 4, classes: 3))
    optimizer = try makeOptimizer("adam")
    try check(
      .invalidArgument, "optimizer: has made 0 steps, but 8 when the fit that is to go on made its last one",
      options(.shuffle))
    optimizer = try before.1.load(as: Optimizer.self)
    XCTAssertEqual(try SavedBytes(of: classifier), before.0)
    // A smaller number of epochs will do if they have not passed.
    let rest = try run(classifier, &optimizer, options(.shuffle, epochs: 2), goesOn: true).ended
    XCTAssertEqual(rest.reports.map { $0[1] }, [9, 10, 11, 12])
  }

  func testWrongValues() throws {
    let classifier = try makeClassifier()
    var optimizer = try makeOptimizer("adam")
    let untrained = try SavedBytes(of: classifier)
    _ = try run(classifier, &optimizer, options(.shuffle), goesOn: false, stopAt: 8)
    let saved = try SavedBytes(of: classifier)
    func check(_ saved: SavedBytes, _ name: String, _ value: UInt64, _ reason: String, line: UInt = #line) {
      assertCorrupt(saved.altered { $0[name] = value }, as: LinearModel.self, reason, line: line)
    }
    check(saved, "loss", 20, "loss: squared_error takes real targets, not labels")
    check(saved, "loss", 9, "loss: there is no loss 9")
    check(saved, "l2", (-1.0).bitPattern, "l2: -1 is outside [0, inf)")
    check(saved, "l2", Double.nan.bitPattern, "l2: nan is outside [0, inf)")
    check(saved, "training.samples", 3, "batch_size: 4 is outside [1, 3], the samples")
    check(saved, "training.batch_size", 0, "batch_size: 0 is outside [1, 23], the samples")
    check(saved, "training.sampling", 5, "options: sampling: there is no sampling 5")
    check(saved, "training.step", 1 << 40, "step: 1099511627776 lies beyond the last epoch that there can be")
    check(saved, "training.step", 1 << 63, "training.step: 9223372036854775808 is above 4611686018427387904")
    check(
      saved, "training.optimizer_steps", .max,
      "training.optimizer_steps: 18446744073709551615 is above 4611686018427387904")
    check(saved, "record.step", 9, "record.step: 9 is above 8")
    func check(_ reason: String, line: UInt = #line, _ change: (inout SavedBytes) -> Void) {
      assertCorrupt(saved.altered(change), as: LinearModel.self, reason, line: line)
    }
    check("training.samples: is nothing that this version of the library knows there") { $0.remove("training.step") }
    check("training.seed: is missing") { $0.remove("training.seed") }
    check("record.gradient_squares: is nothing that this version of the library knows there") {
      $0.remove("record.step")
    }
    check("bias: is missing") { $0.remove("bias") }
    // The shape of the weights is that of the classifier.
    let (rows, columns) = (saved[header: "weights", 1], saved[header: "weights", 2])
    check("bias: is \(columns) numbers of float32, not \(rows) numbers of float32") {
      ($0[header: "weights", 1], $0[header: "weights", 2]) = (columns, rows)
    }
    XCTAssertFalse(untrained.names.contains { $0.hasPrefix("training.") || $0.hasPrefix("record.") })
  }
}
