import XCTest

@testable import Descent

final class ClassifierGradientTests: XCTestCase {
  private let shapes: [(samples: Int, dimension: Int, classes: Int)] = [
    (1, 1, 2), (7, 1, 3), (5, 3, 1), (20, 4, 3), (9, 5, 10), (3, 18, 9),
  ]

  /// The gradient by central differences of the loss, for each weight and bias.
  private func centralDifferences(
    _ reference: LinearReference, _ samples: TestSamples
  ) -> (weights: [Double], bias: [Double]) {
    let step = 1e-6
    func difference(_ path: WritableKeyPath<LinearReference, Double>) -> Double {
      var (above, below) = (reference, reference)
      above[keyPath: path] += step
      below[keyPath: path] -= step
      return (above.meanLoss(samples) - below.meanLoss(samples)) / (2 * step)
    }
    return (
      reference.weights.indices.map { difference(\.weights[$0]) }, reference.bias.indices.map { difference(\.bias[$0]) }
    )
  }

  func testAgainstCentralDifferences() throws {
    for loss in LinearReference.Loss.allCases {
      for (index, shape) in shapes.enumerated() {
        for storage in TestSamples.Storage.allCases {
          for l2 in [0, 0.3] {
            let what = "\(loss), \(shape), \(storage), l2 \(l2)"
            let samples = TestSamples(
              shape.samples, dimension: shape.dimension, classes: shape.classes, storage: storage,
              seed: UInt64(index))
            let reference = LinearReference(loss, dimension: shape.dimension, classes: shape.classes, l2: l2)
            let classifier = try reference.makeClassifier()
            let result = try classifier.gradientArrays(samples)
            let expected = centralDifferences(reference, samples)
            XCTAssertEqual(
              result.loss, reference.meanLoss(samples), accuracy: 1e-6 * max(1, reference.meanLoss(samples)), what)
            assertClose(result.weights, expected.weights, 3e-6, "W, \(what)")
            assertClose(result.bias, expected.bias, 3e-6, "b, \(what)")
          }
        }
      }
    }
  }

  /// More samples than are computed at once: sixteen blocks of 64, and fewer where W is large.
  func testManyBlocks() throws {
    for (count, dimension) in [(1024, 3), (1025, 3), (2500, 4), (33, 20_000)] {
      for storage in TestSamples.Storage.allCases {
        let samples = TestSamples(count, dimension: dimension, classes: 3, storage: storage)
        let reference = LinearReference(
          .softmaxCrossEntropy, dimension: dimension, classes: 3, l2: 0.01, spread: 2 / Double(dimension).squareRoot())
        let result = try reference.makeClassifier().gradientArrays(samples)
        let expected = reference.gradient(samples)
        let what = "\(count) x \(dimension), \(storage)"
        XCTAssertEqual(result.loss, reference.meanLoss(samples), accuracy: 1e-5, what)
        assertClose(result.weights, expected.weights, 3e-6, "W, \(what)")
        assertClose(result.bias, expected.bias, 3e-6, "b, \(what)")
      }
    }
  }

  /// One class leaves nothing to be lost.
  func testOneClass() throws {
    let samples = TestSamples(5, dimension: 3, classes: 1)
    for loss in LinearReference.Loss.allCases {
      let result = try LinearReference(loss, dimension: 3, classes: 1).makeClassifier().gradientArrays(samples)
      XCTAssertEqual(result.loss, 0)
      XCTAssertEqual(result.weights, [0, 0, 0])
      XCTAssertEqual(result.bias, [0])
    }
  }

  /// Samples that are collected by number and samples in their place give the same bits.
  func testCollectedSamplesAreTheSame() throws {
    for storage in TestSamples.Storage.allCases {
      let samples = TestSamples(1300, dimension: 7, classes: 4, storage: storage)
      let classifier = try LinearReference(.squaredHinge, dimension: 7, classes: 4).makeClassifier()
      let inPlace = try classifier.gradientArrays(samples)

      let data = try samples.dataset
      let workspace = try Workspace(classifier, data, atMost: samples.count, takesGradient: true)
      let gradient = try ModelGradient(classifier)
      let loss = Array(0..<samples.count).withUnsafeBufferPointer { indices in
        classifier.lossAndGradient(
          data, Selection(indices: indices.baseAddress, count: samples.count), samples.answers,
          in: workspace, gradient: gradient
        ).loss
      }
      XCTAssertEqual(loss, inPlace.loss, "\(storage)")
      XCTAssertEqual((0..<28).map { gradient.weights[$0] }, inPlace.weights, "\(storage)")
      XCTAssertEqual((0..<4).map { gradient.bias[$0] }, inPlace.bias, "\(storage)")
    }
  }

  /// A selection is the mean over the samples that it names, in whatever order and however often.
  func testSelections() throws {
    for storage in TestSamples.Storage.allCases {
      let samples = TestSamples(50, dimension: 5, classes: 3, storage: storage)
      let reference = LinearReference(.softmaxCrossEntropy, dimension: 5, classes: 3, l2: 0.1)
      let classifier = try reference.makeClassifier()
      let data = try samples.dataset
      let gradient = try ModelGradient(classifier)
      for selected in [[49], [0, 1, 2], [30, 7, 30, 30, 12], Array((0..<50).reversed())] {
        let workspace = try Workspace(classifier, data, atMost: selected.count, takesGradient: true)
        let loss = selected.withUnsafeBufferPointer { indices in
          classifier.lossAndGradient(
            data, Selection(indices: indices.baseAddress, count: indices.count), samples.answers,
            in: workspace, gradient: gradient
          ).loss
        }
        let expected = reference.gradient(samples, selected)
        XCTAssertEqual(loss, reference.meanLoss(samples, selected), accuracy: 1e-6)
        assertClose((0..<15).map { gradient.weights[$0] }, expected.weights, 2e-6, "W, \(selected), \(storage)")
        assertClose((0..<3).map { gradient.bias[$0] }, expected.bias, 2e-6, "b, \(selected), \(storage)")
        let norm = kernels.pointee.sum_of_squares(gradient.weights, 15).squareRoot()
        XCTAssertEqual(gradient.norm(ofWeights: norm), expected.norm, accuracy: 3e-6)
      }
    }
  }
}
