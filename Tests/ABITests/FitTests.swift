import CDescent
import DescentABI
import XCTest

/// Fits through C: the callback and its context, cancelling, what may be called meanwhile and afterwards.
final class FitTests: XCTestCase {
  private let caller = Caller()

  /// What the callback is told to do, and what it saw. The context of the fits below.
  private final class Watcher {
    var reports: [descent_progress_report] = []
    var answer: (descent_progress_report) -> Int32 = { _ in 0 }
    var thread: Thread?
  }

  private let callback: descent_progress = { report, context in
    let watcher = Unmanaged<Watcher>.fromOpaque(context!).takeUnretainedValue()
    watcher.thread = Thread.current
    watcher.reports.append(report!.pointee)
    return watcher.answer(report!.pointee)
  }

  private func fit(
    _ classifier: OpaquePointer, _ optimizer: OpaquePointer, _ watcher: Watcher? = nil,
    data: descent_dataset? = nil, _ change: (inout descent_fit_options) -> Void = { _ in }
  ) -> descent_status {
    withUnsafePointer(to: data ?? caller.data) { data in
      withUnsafePointer(to: caller.options(change)) { options in
        guard let watcher else { return descent_classifier_fit(classifier, optimizer, data, options, nil, nil) }
        return descent_classifier_fit(
          classifier, optimizer, data, options, callback, Unmanaged.passUnretained(watcher).toOpaque())
      }
    }
  }

  /// A classifier that always starts from the same weights.
  private func makeClassifier() -> OpaquePointer {
    var classifier: OpaquePointer?
    assertOK(
      descent_classifier_create(Caller.dimension, Caller.classes, DESCENT_SOFTMAX_CROSS_ENTROPY, &classifier))
    assertOK(descent_classifier_initialize(classifier, 0.5, 9))
    addTeardownBlock { [classifier = UInt(bitPattern: classifier)] in
      descent_classifier_free(OpaquePointer(bitPattern: classifier))
    }
    return classifier!
  }

  private func parameters(_ classifier: OpaquePointer) -> [Float] {
    var (weights, bias) = (nil as UnsafeMutablePointer<Float>?, nil as UnsafeMutablePointer<Float>?)
    assertOK(descent_classifier_parameters(classifier, &weights, &bias))
    return Array(UnsafeBufferPointer(start: weights, count: Caller.dimension * Caller.classes))
      + Array(UnsafeBufferPointer(start: bias, count: Caller.classes))
  }

  private func loss(_ classifier: OpaquePointer) -> Double {
    var loss = Double.nan
    withUnsafePointer(to: caller.data) { assertOK(descent_classifier_evaluate(classifier, $0, &loss, nil)) }
    return loss
  }

  func testDefaultOptions() {
    var options = descent_fit_options()
    withUnsafeMutableBytes(of: &options) { for index in $0.indices { $0[index] = UInt8(index + 1) } }
    descent_fit_options_init(&options)
    XCTAssertEqual(options.struct_size, UInt32(MemoryLayout<descent_fit_options>.size))
    XCTAssertEqual(options.epochs, 10)
    XCTAssertEqual(options.batch_size, 128)
    XCTAssertEqual(options.seed, 0)
    XCTAssertEqual(options.sampling, Int32(DESCENT_SAMPLE_SHUFFLE.rawValue))
    XCTAssertEqual(options.reserved, 0)
    XCTAssertEqual([options.standardize, options.check_features, options.average], [0, 0, 0])
    XCTAssertNil(options.validation)
    XCTAssertEqual(options.patience, 0)
    XCTAssertEqual(options.tolerance, 0)
  }

  func testReports() {
    let (classifier, optimizer, watcher) = (makeClassifier(), caller.fresh, Watcher())
    assertOK(descent_optimizer_set(optimizer, DESCENT_LEARNING_RATE, 0.125))
    assertOK(fit(classifier, optimizer, watcher) { $0.epochs = 4 })
    // Seven samples in batches of three.
    XCTAssertEqual(watcher.reports.map(\.epoch), [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4])
    XCTAssertEqual(watcher.reports.map(\.step), Array(1...12))
    XCTAssertEqual(watcher.reports.map(\.epoch_end), (1...12).map { $0 % 3 == 0 })
    XCTAssertEqual(watcher.thread, Thread.current)
    for report in watcher.reports {
      XCTAssertEqual(report.struct_size, UInt32(MemoryLayout<descent_progress_report>.size))
      XCTAssertEqual(report.step_total, 12)
      XCTAssertEqual(report.learning_rate, 0.125)
      for number in [report.loss, report.gradient_norm, report.update_ratio] { XCTAssert(number > 0 && number < 100) }
      XCTAssert(report.seconds >= 0 && report.seconds < 60)
    }
    XCTAssertLessThan(watcher.reports.last!.loss, watcher.reports[2].loss)
    XCTAssertEqual(descent_optimizer_step_count(optimizer), 12)
  }

  /// The learning rate of the report is the one of the step, and may be another one in the next fit.
  func testLearningRateOfTheReport() {
    let (classifier, watcher) = (makeClassifier(), Watcher())
    for rate in [0.5, 0.0625] {
      assertOK(descent_optimizer_set(caller.fresh, DESCENT_LEARNING_RATE, rate))
      assertOK(fit(classifier, caller.fresh, watcher) { $0.epochs = 1 })
      XCTAssertEqual(watcher.reports.last?.learning_rate, rate)
    }
  }

  func testAFitThatWouldTakeForever() {
    let watcher = Watcher()
    watcher.answer = { _ in 1 }
    let status = fit(makeClassifier(), caller.fresh, watcher) { $0.epochs = .max }
    assertFails(status, DESCENT_ERROR_CANCELLED, "progress: the callback asked to stop at step 1")
    XCTAssertEqual(watcher.reports.map(\.step_total), [3 * UInt64(UInt32.max)])
  }

  /// Any answer but 0 stops, at any step; the handles go on working.
  func testCancelling() {
    let whole = makeClassifier()
    let (reference, watcher) = (makeOptimizer(DESCENT_MOMENTUM), Watcher())
    defer { descent_optimizer_free(reference) }
    var trace: [[Float]] = []
    watcher.answer = { _ in
      trace.append(self.parameters(whole))
      return 0
    }
    assertOK(fit(whole, reference, watcher) { $0.epochs = 2 })
    XCTAssertEqual(trace.count, 6)

    for (step, answer) in [(1, 1), (2, -1), (3, .min), (4, .max), (5, 256), (6, 1)] as [(UInt64, Int32)] {
      let (classifier, optimizer, watcher) = (makeClassifier(), makeOptimizer(DESCENT_MOMENTUM), Watcher())
      defer { descent_optimizer_free(optimizer) }
      watcher.answer = { $0.step == step ? answer : 0 }
      assertFails(
        fit(classifier, optimizer, watcher) { $0.epochs = 2 }, DESCENT_ERROR_CANCELLED,
        "progress: the callback asked to stop at step \(step)")
      XCTAssertEqual(UInt64(watcher.reports.count), step)
      XCTAssertEqual(descent_optimizer_step_count(optimizer), step)
      XCTAssertEqual(parameters(classifier), trace[Int(step) - 1], "after step \(step)")
      XCTAssert(loss(classifier).isFinite)
      assertOK(fit(classifier, optimizer) { $0.epochs = 1 })
      XCTAssertEqual(descent_optimizer_step_count(optimizer), step + 3)
      assertOK(descent_optimizer_set(optimizer, DESCENT_LEARNING_RATE, 0.5))
      assertOK(descent_optimizer_reset(optimizer))
    }
  }

  /// The callback may read the parameters, evaluate, score and predict, and the fit does not notice.
  func testWhatTheCallbackMayCall() {
    let (undisturbed, watched) = (makeClassifier(), makeClassifier())
    assertOK(fit(undisturbed, caller.fresh))
    let (optimizer, watcher) = (makeOptimizer(DESCENT_ADAM), Watcher())
    defer { descent_optimizer_free(optimizer) }
    var (scores, labels) = ([Float](repeating: .nan, count: 21), [Int32](repeating: -1, count: 7))
    watcher.answer = { _ in
      XCTAssert(self.parameters(watched).allSatisfy(\.isFinite))
      XCTAssert(self.loss(watched).isFinite)
      withUnsafePointer(to: self.caller.data) {
        assertOK(descent_classifier_scores(watched, $0, &scores))
        assertOK(descent_classifier_predict(watched, $0, &labels))
      }
      return 0
    }
    assertOK(fit(watched, optimizer, watcher))
    XCTAssertEqual(parameters(watched), parameters(undisturbed))
    for row in 0..<7 {
      let best = (0..<3).max { scores[3 * row + $0] < scores[3 * row + $1] }!
      XCTAssertEqual(labels[row], Int32(best))
    }
  }

  func testEvaluateFillsInWhatIsAskedFor() {
    var (loss, accuracy, onlyLoss, onlyAccuracy) = (-1.0, -1.0, -1.0, -1.0)
    withUnsafePointer(to: caller.data) { data in
      assertOK(descent_classifier_evaluate(caller.classifier, data, &loss, &accuracy))
      assertOK(descent_classifier_evaluate(caller.classifier, data, &onlyLoss, nil))
      assertOK(descent_classifier_evaluate(caller.classifier, data, nil, &onlyAccuracy))
      assertOK(descent_classifier_evaluate(caller.classifier, data, nil, nil))
    }
    XCTAssertEqual([loss, accuracy], [onlyLoss, onlyAccuracy])
    XCTAssert(loss > 0 && accuracy >= 0 && accuracy <= 1)
  }

  func testScoresAndPredictionsNeedNoLabels() {
    var (scores, labels) = ([Float](repeating: .nan, count: 21), [Int32](repeating: -1, count: 7))
    let wrong: [Int32] = [-1, 99, .min, .max, 3, 3, 3]
    wrong.withUnsafeBufferPointer { wrong in
      for pointer in [nil, wrong.baseAddress] {
        withUnsafePointer(to: caller.data { $0.labels = pointer }) { data in
          assertOK(descent_classifier_scores(caller.classifier, data, &scores))
          assertOK(descent_classifier_predict(caller.classifier, data, &labels))
        }
      }
    }
    XCTAssert(scores.allSatisfy(\.isFinite))
    XCTAssert(labels.allSatisfy { (0..<3).contains($0) })
  }

  /// Features, labels and results at any address.
  func testNoAlignmentIsNeeded() {
    let aligned = makeClassifier()
    assertOK(fit(aligned, caller.fresh, data: caller.data { ($0.scale, $0.offset) = (1, 0) }))
    let features = UnsafeMutableRawPointer.allocate(byteCount: 7 * 4 * 4 + 8, alignment: 16)
    let labels = UnsafeMutableRawPointer.allocate(byteCount: 7 * 4 + 8, alignment: 16)
    defer {
      features.deallocate()
      labels.deallocate()
    }
    for shift in 1...3 {
      (features + shift).copyMemory(from: caller.data.features, byteCount: 7 * 4 * 4)
      (labels + shift).copyMemory(from: caller.data.labels, byteCount: 7 * 4)
      let (classifier, optimizer) = (makeClassifier(), makeOptimizer(DESCENT_ADAM))
      defer { descent_optimizer_free(optimizer) }
      let data = caller.data {
        ($0.scale, $0.offset) = (1, 0)
        $0.features = UnsafeRawPointer(features + shift)
        $0.labels = UnsafePointer((labels + shift).assumingMemoryBound(to: Int32.self))
      }
      assertOK(fit(classifier, optimizer, data: data))
      XCTAssertEqual(parameters(classifier), parameters(aligned), "shifted by \(shift) bytes")
      XCTAssertNotEqual(parameters(classifier), parameters(makeClassifier()))
    }
  }

  /// The data set's own parameters are where the caller was told, from the beginning to the end.
  func testParametersStayWhereTheyAre() {
    let classifier = makeClassifier()
    var pointers: [[UnsafeMutablePointer<Float>?]] = []
    for _ in 0..<2 {
      var (weights, bias) = (nil as UnsafeMutablePointer<Float>?, nil as UnsafeMutablePointer<Float>?)
      assertOK(descent_classifier_parameters(classifier, &weights, &bias))
      pointers.append([weights, bias])
      assertOK(fit(classifier, caller.fresh))
    }
    XCTAssertEqual(pointers[0], pointers[1])
    // What is written there is what the classifier computes with.
    for index in 0..<12 { pointers[0][0]?[index] = 0 }
    for (index, bias) in [1, 3, 2].enumerated() { pointers[0][1]?[index] = Float(bias) }
    var scores = [Float](repeating: .nan, count: 21)
    withUnsafePointer(to: caller.data) { assertOK(descent_classifier_scores(classifier, $0, &scores)) }
    XCTAssertEqual(scores, (0..<7).flatMap { _ in [1, 3, 2] as [Float] })
  }
}
