import XCTest

@testable import Descent

final class ClassifierGradientCheckTests: XCTestCase {
  func testItsOwnGradientIsRight() throws {
    for loss in LinearReference.Loss.allCases {
      for storage in TestSamples.Storage.allCases {
        for (seed, spread) in [(1, 0), (2, 1e-4), (3, 0.5), (4, 10)] as [(UInt64, Double)] {
          let samples = TestSamples(150, dimension: 11, classes: 5, storage: storage, seed: seed)
          let reference = LinearReference(loss, dimension: 11, classes: 5, l2: 0.01, seed: seed, spread: spread)
          let classifier = try reference.makeClassifier()
          let report = try classifier.checkGradient(samples.dataset, step: 0, subset: 0, seed: 0)
          XCTAssertEqual(report.checked, 60)
          XCTAssertLessThan(report.maxRelativeError, 1e-4, "\(loss) \(storage) \(seed): \(report)")
          classifier.assertParameters(of: reference, accuracy: 0, "untouched")
          let some = try classifier.checkGradient(samples.dataset, step: 1e-4, subset: 13, seed: seed)
          XCTAssertEqual(some.checked, 13)
          XCTAssertLessThan(some.maxRelativeError, 1e-3, "\(loss) \(storage) \(seed): \(some)")
        }
      }
    }
  }

  /// The numeric side is what it claims to be: the derivative of the mean loss.
  func testNumericSide() throws {
    for loss in LinearReference.Loss.allCases {
      let samples = TestSamples(80, dimension: 6, classes: 3, storage: .bytes)
      let reference = LinearReference(loss, dimension: 6, classes: 3, l2: 0.1, seed: 2)
      let classifier = try reference.makeClassifier()
      let exact = reference.gradient(samples)
      let expected = exact.weights + exact.bias
      for seed in 0..<40 as Range<UInt64> {
        let report = try classifier.checkGradient(samples.dataset, step: 0, subset: 1, seed: seed)
        XCTAssertEqual(report.numeric, expected[report.worstIndex], accuracy: 1e-7, "\(loss) \(report)")
        XCTAssertEqual(report.analytic, expected[report.worstIndex], accuracy: 1e-6)
      }
    }
  }

  /// The loss in double against textbook code, moved and not.
  func testLossInDouble() throws {
    for loss in LinearReference.Loss.allCases {
      let samples = TestSamples(300, dimension: 6, classes: 3, storage: .scaledFloats)
      var reference = LinearReference(loss, dimension: 6, classes: 3, l2: 0.1, seed: 2)
      let classifier = try reference.makeClassifier()
      var exact = try LossInDouble(classifier, samples.dataset, samples.answers)
      XCTAssertEqual(exact.value, reference.meanLoss(samples), accuracy: 1e-12)
      for index in [0, 7, 17, 18, 20] {
        exact.select(index)
        for change in [0.25, -1e-3] {
          if index < 18 { reference.weights[index] += change } else { reference.bias[index - 18] += change }
          XCTAssertEqual(exact.value(index, changedBy: change), reference.meanLoss(samples), accuracy: 1e-12)
          if index < 18 { reference.weights[index] -= change } else { reference.bias[index - 18] -= change }
        }
        XCTAssertEqual(exact.value(index, changedBy: 0), exact.value)
      }
    }
  }

  /// What the rounding of float32 is granted is far less than an error of one percent.
  func testToleranceIsSmall() throws {
    let samples = TestSamples(500, dimension: 20, classes: 5)
    let reference = LinearReference(.softmaxCrossEntropy, dimension: 20, classes: 5, seed: 2)
    let classifier = try reference.makeClassifier()
    let exact = try LossInDouble(classifier, samples.dataset, samples.answers)
    let gradient = reference.gradient(samples)
    let largest = (gradient.weights + gradient.bias).map { abs($0) }.max()!
    for index in 0..<105 {
      let slack =
        Double(Float.ulpOfOne) * (32 + 8 * exact.largestScore) * exact.featureSize(index)
        * exact.slopeSize(index)
      XCTAssertLessThan(slack, 1e-4 * largest)
      // Each component of the gradient is at most this product.
      let component = index < 100 ? gradient.weights[index] : gradient.bias[index - 100]
      XCTAssertLessThanOrEqual(abs(component), exact.featureSize(index) * exact.slopeSize(index) * (1 + 1e-12))
    }
  }

  func testRefusals() throws {
    let samples = TestSamples(10, dimension: 3, classes: 2)
    let reference = LinearReference(.multiclassHinge, dimension: 3, classes: 2)
    let classifier = try reference.makeClassifier()
    let data = try samples.dataset
    let pointer = UnsafeMutablePointer<LinearModel>.allocate(capacity: 1)
    pointer.initialize(to: classifier)
    defer {
      pointer.deinitialize(count: 1)
      pointer.deallocate()
    }
    assertFailure(.invalidArgument, "count: 9 is outside [0, 8]") { () throws(Failure) in
      _ = try pointer.pointee.checkGradient(data, step: 0, subset: 9, seed: 0)
    }
    assertFailure(.invalidArgument, "step: -1 is outside [0, inf)") { () throws(Failure) in
      _ = try pointer.pointee.checkGradient(data, step: -1, subset: 0, seed: 0)
    }
    pointer.pointee.weights[4] = .nan
    assertFailure(.notFinite, "classifier: its loss is nan") { () throws(Failure) in
      _ = try pointer.pointee.checkGradient(data, step: 0, subset: 0, seed: 0)
    }
  }
}
