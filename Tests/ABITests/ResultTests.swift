import CDescent
import DescentABI
import XCTest

/// An example small enough for pencil and paper through each function that computes losses, scores or gradients: every
/// argument and every result is in its place.
final class ResultTests: XCTestCase {
  private let nan = Double.nan

  /// A loss function of both types: its value with a gradient, without, and with the gradient in the scores' place.
  private func check<Element: BinaryFloatingPoint>(
    _: Element.Type, _ what: String, scores: [Double], value: Double, gradient: [Double], accuracy: Double,
    line: UInt = #line,
    _ call: (UnsafeRawPointer, UnsafeMutableRawPointer?, UnsafeMutablePointer<Double>) -> descent_status
  ) {
    var scores = scores.map { Element($0) }
    var computed = [Element](repeating: .nan, count: scores.count)
    let kept = scores
    scores.withUnsafeMutableBytes { scores in
      computed.withUnsafeMutableBytes { computed in
        for place in [nil, computed.baseAddress, scores.baseAddress] {
          var result = Double.nan
          assertOK(call(UnsafeRawPointer(scores.baseAddress!), place, &result), line: line)
          XCTAssertEqual(result, value, accuracy: accuracy, "\(what), \(Element.self)", line: line)
          if place != scores.baseAddress { XCTAssertEqual(Array(scores.bindMemory(to: Element.self)), kept) }
        }
      }
    }
    for index in gradient.indices {
      XCTAssertEqual(Double(computed[index]), gradient[index], accuracy: accuracy, "\(what)[\(index)]", line: line)
    }
    XCTAssertEqual(scores, computed, "\(what): the gradient in the scores' place", line: line)
  }

  func testClassify() {
    let scores: [Double] = [1, 2, 0.5, 3, 3, 3]
    let labels: [Int32] = [0, 2]
    let third = 1.0 / 3
    let exponentials = [1, 2, 0.5].map { exp($0 as Double) }
    let total = exponentials.reduce(0, +)
    let table: [(loss: descent_loss, value: Double, gradient: [Double])] = [
      (DESCENT_MULTICLASS_HINGE, (2.5 + 2) / 2, [-1, 0.5, 0.5, 0.5, 0.5, -1]),
      (DESCENT_SQUARED_HINGE, (4.25 + 2) / 2, [-2.5, 2, 0.5, 1, 1, -2]),
      (
        DESCENT_SOFTMAX_CROSS_ENTROPY, (log(total) - 1 + log(3)) / 2,
        [
          (exponentials[0] / total - 1) / 2, exponentials[1] / total / 2, exponentials[2] / total / 2,
          third / 2, third / 2, (third - 1) / 2,
        ]
      ),
    ]
    for (loss, value, gradient) in table {
      check(Float.self, "\(loss)", scores: scores, value: value, gradient: gradient, accuracy: 1e-7) {
        descent_loss_classify(loss, DESCENT_FLOAT32, 2, 3, $0, labels, $1, $2)
      }
      check(Double.self, "\(loss)", scores: scores, value: value, gradient: gradient, accuracy: 1e-14) {
        descent_loss_classify(loss, DESCENT_FLOAT64, 2, 3, $0, labels, $1, $2)
      }
    }
  }

  /// Two samples of three outputs.
  func testRegress() {
    let predictions: [Double] = [1, 2, 0, 0.5, -0.5, 0]
    let targets: [Double] = [0, 1, 0, 1, 1, 0.5]
    let table: [(loss: descent_loss, value: Double, gradient: [Double])] = [
      (DESCENT_SQUARED_ERROR, (2 + 2.75) / 2, [1, 1, 0, -0.5, -1.5, -0.5]),
      (DESCENT_ABSOLUTE_ERROR, (2 + 2.5) / 2, [0.5, 0.5, 0, -0.5, -0.5, -0.5]),
      (DESCENT_HUBER, (1 + 1.25) / 2, [0.5, 0.5, 0, -0.25, -0.5, -0.25]),
      (DESCENT_QUANTILE, (2 + 2.5) / 4, [0.25, 0.25, 0, -0.25, -0.25, -0.25]),
      (DESCENT_EPSILON_INSENSITIVE, (1.8 + 2.2) / 2, [0.5, 0.5, 0, -0.5, -0.5, -0.5]),
      (
        DESCENT_SQUARED_EPSILON_INSENSITIVE, (1.62 + 0.16 + 1.96 + 0.16) / 2, [0.9, 0.9, 0, -0.4, -1.4, -0.4]
      ),
      (
        DESCENT_POISSON, zip(predictions, targets).reduce(0) { $0 + exp($1.0) - $1.1 * $1.0 } / 2,
        zip(predictions, targets).map { (exp($0) - $1) / 2 }
      ),
      (
        DESCENT_LOGISTIC, zip(predictions, targets).reduce(0) { $0 + log(1 + exp($1.0)) - $1.1 * $1.0 } / 2,
        zip(predictions, targets).map { (1 / (1 + exp(-$0)) - $1) / 2 }
      ),
    ]
    let floatTargets = targets.map { Float($0) }
    for (loss, value, gradient) in table {
      check(Float.self, "\(loss)", scores: predictions, value: value, gradient: gradient, accuracy: 1e-7) {
        descent_loss_regress(loss, DESCENT_FLOAT32, 2, 3, $0, floatTargets, $1, $2)
      }
      check(Double.self, "\(loss)", scores: predictions, value: value, gradient: gradient, accuracy: 1e-14) {
        descent_loss_regress(loss, DESCENT_FLOAT64, 2, 3, $0, targets, $1, $2)
      }
    }
  }

  /// Two samples, (2, 3) and (1, 4) after scaling, W the identity, b = (0.5, 0), l2 = 0.25: scores (2.5, 3) and (1.5, 4).
  func testClassifier() {
    var classifier: OpaquePointer?
    assertOK(descent_classifier_create(2, 2, DESCENT_MULTICLASS_HINGE, &classifier))
    defer { descent_classifier_free(classifier) }
    var (weights, bias) = (nil as UnsafeMutablePointer<Float>?, nil as UnsafeMutablePointer<Float>?)
    assertOK(descent_classifier_parameters(classifier, &weights, &bias))
    weights?.update(from: [1, 0, 0, 1], count: 4)
    bias?.update(from: [0.5, 0], count: 2)
    assertOK(descent_classifier_set_l2(classifier, 0.25))

    let (bytes, floats, labels) = ([2, 4, 0, 6] as [UInt8], [2, 4, 0, 6] as [Float], [0, 1] as [Int32])
    let features: [(UnsafeRawPointer, descent_dtype)] = [
      (UnsafeRawPointer(bytes.copied), DESCENT_UINT8), (UnsafeRawPointer(floats.copied), DESCENT_FLOAT32),
    ]
    let labelPointer = labels.copied
    defer {
      for (pointer, _) in features { pointer.deallocate() }
      labelPointer.deallocate()
    }
    for (pointer, dtype) in features {
      var data = descent_dataset(
        dtype: dtype, features: pointer, labels: labelPointer, samples: 2, dimension: 2, scale: 0.5, offset: 1)
      var (loss, accuracy) = (nan, nan)
      assertOK(descent_classifier_evaluate(classifier, &data, &loss, &accuracy))
      XCTAssertEqual(loss, 0.75 + 0.5)
      XCTAssertEqual(accuracy, 0.5)

      var (weightGradient, biasGradient) = ([Float](repeating: .nan, count: 4), [Float](repeating: .nan, count: 2))
      loss = nan
      assertOK(descent_classifier_loss_gradient(classifier, &data, &loss, &weightGradient, &biasGradient))
      XCTAssertEqual(loss, 1.25)
      XCTAssertEqual(weightGradient, [-1 + 0.5, 1, -1.5, 1.5 + 0.5])
      XCTAssertEqual(biasGradient, [-0.5, 0.5])

      var (scores, predictions) = ([Float](repeating: .nan, count: 4), [Int32](repeating: -1, count: 2))
      assertOK(descent_classifier_scores(classifier, &data, &scores))
      XCTAssertEqual(scores, [2.5, 3, 1.5, 4])
      assertOK(descent_classifier_predict(classifier, &data, &predictions))
      XCTAssertEqual(predictions, [1, 1])
    }
  }
}

extension Array where Element: BitwiseCopyable {
  /// The elements in memory that the caller frees.
  fileprivate var copied: UnsafeMutablePointer<Element> {
    let copy = UnsafeMutablePointer<Element>.allocate(capacity: count)
    copy.initialize(from: self, count: count)
    return copy
  }
}
