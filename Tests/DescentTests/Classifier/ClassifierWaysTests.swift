import XCTest

@testable import Descent

/// The classifier's two ways, the fused kernel and matrix products: each does all that the other does.
final class ClassifierWaysTests: XCTestCase {
  private struct Shape {
    let way: Workspace.Way
    let samples: Int
    let dimension: Int
    let classes: Int

    /// The large ones take long.
    var storages: [TestSamples.Storage] { dimension > 1000 ? [.scaledBytes, .bytes] : TestSamples.Storage.allCases }
  }

  /// More samples than go through at once; many classes, and many weights.
  private let shapes = [
    Shape(way: .fused, samples: 150, dimension: 30, classes: 10),
    Shape(way: .fused, samples: 70, dimension: 33, classes: 50),
    Shape(way: .fused, samples: 9, dimension: 9000, classes: 16),
    Shape(way: .product, samples: 1100, dimension: 5, classes: 60),
    Shape(way: .product, samples: 41, dimension: 6600, classes: 20),
  ]

  private func reference(_ shape: Shape, _ loss: LinearReference.Loss) -> LinearReference {
    LinearReference(
      loss, dimension: shape.dimension, classes: shape.classes, l2: 0.01,
      spread: 2 / Double(shape.dimension).squareRoot())
  }

  private func samples(_ shape: Shape, _ storage: TestSamples.Storage) -> TestSamples {
    TestSamples(shape.samples, dimension: shape.dimension, classes: shape.classes, storage: storage)
  }

  /// The kernel does what has up to 16 classes, or up to 50 and up to 131,072 weights.
  func testWhichWay() {
    let table: [(dimension: Int, classes: Int, way: Workspace.Way)] = [
      (1, 1, .fused), (10_000_000, 16, .fused), (1, 17, .fused), (7710, 17, .fused), (7711, 17, .product),
      (4096, 32, .fused), (4097, 32, .product), (2621, 50, .fused), (2622, 50, .product), (1, 51, .product),
      (1, 1000, .product),
    ]
    for row in table {
      XCTAssertEqual(Workspace.Way(dimension: row.dimension, outputs: row.classes), row.way, "\(row)")
    }
    for shape in shapes { XCTAssertEqual(Workspace.Way(dimension: shape.dimension, outputs: shape.classes), shape.way) }
  }

  func testGradient() throws {
    for (number, shape) in shapes.enumerated() {
      for (loss, storage) in zip(LinearReference.Loss.allCases + [.softmaxCrossEntropy], shape.storages) {
        let samples = samples(shape, storage)
        let reference = reference(shape, loss)
        let classifier = try reference.makeClassifier()
        let result = try classifier.gradientArrays(samples)
        let expected = reference.gradient(samples)
        let what = "\(shape), \(loss), \(storage)"
        let expectedLoss = reference.meanLoss(samples)
        XCTAssertEqual(result.loss, expectedLoss, accuracy: 1e-5 * max(1, expectedLoss), what)
        assertClose(result.weights, expected.weights, 5e-6, "W, \(what)")
        assertClose(result.bias, expected.bias, 5e-6, "b, \(what)")
        if number == 0 || shape.way == .product { try checkSelections(reference, samples, what) }
      }
    }
  }

  /// Some samples, in any order and more than once, among them more than a block of each way.
  private func checkSelections(_ reference: LinearReference, _ samples: TestSamples, _ what: String) throws {
    let classifier = try reference.makeClassifier()
    let data = try samples.dataset
    let gradient = try ModelGradient(classifier)
    let backwards = Array((0..<samples.count).reversed())
    for selected in [[samples.count - 1], [3, 0, 3, 1], samples.dimension > 1000 ? [] : backwards + [2, 2]]
    where !selected.isEmpty {
      let workspace = try Workspace(classifier, data, atMost: selected.count + 1, takesGradient: true)
      let loss = selected.withUnsafeBufferPointer { indices in
        classifier.lossAndGradient(
          data, Selection(indices: indices.baseAddress, count: indices.count), samples.answers,
          in: workspace, gradient: gradient
        ).loss
      }
      let expected = reference.gradient(samples, selected)
      let expectedLoss = reference.meanLoss(samples, selected)
      XCTAssertEqual(loss, expectedLoss, accuracy: 1e-5 * max(1, expectedLoss), what)
      assertClose(
        (0..<expected.weights.count).map { gradient.weights[$0] }, expected.weights, 5e-6,
        "W of \(selected.count), \(what)")
      assertClose(
        (0..<expected.bias.count).map { gradient.bias[$0] }, expected.bias, 5e-6, "b of \(selected.count), \(what)")
    }
  }

  func testScoresLossAndAccuracy() throws {
    for shape in shapes {
      for storage in shape.storages {
        let samples = samples(shape, storage)
        let reference = reference(shape, .multiclassHinge)
        let classifier = try reference.makeClassifier()
        let expected = (0..<samples.count).map { reference.scores(samples.row($0)) }
        let hits = (0..<samples.count).filter { row in
          expected[row].firstIndex(of: expected[row].max()!) == Int(samples.labels[row])
        }
        let what = "\(shape), \(storage)"
        var scores = [Float](repeating: .nan, count: samples.count * shape.classes)
        var predictions = [Int32](repeating: -7, count: samples.count)
        let unlabelled = try samples.dataset(labels: nil)
        try scores.withUnsafeMutableBufferPointer { try classifier.scores(unlabelled, into: $0.baseAddress!) }
        try predictions.withUnsafeMutableBufferPointer { try classifier.predict(unlabelled, into: $0.baseAddress!) }
        assertClose(scores, expected.flatMap { $0 }, 1e-5, what)
        XCTAssertEqual(predictions.indices.filter { predictions[$0] == samples.labels[$0] }, hits, what)
        let (loss, accuracy) = try classifier.evaluate(samples.dataset)
        XCTAssertEqual(accuracy, Double(hits.count) / Double(samples.count), what)
        XCTAssertEqual(loss, reference.meanLoss(samples), accuracy: 1e-5 * max(1, loss), what)
      }
    }
  }

  func testFit() throws {
    for shape in shapes where shape.dimension < 100 {
      let storages: [TestSamples.Storage] = shape.samples > 1000 ? [.scaledBytes] : TestSamples.Storage.allCases
      for storage in storages {
        let samples = samples(shape, storage)
        var reference = reference(shape, .softmaxCrossEntropy)
        let classifier = try reference.makeClassifier()
        var optimizer = try Optimizer.named("momentum", ["learning_rate": 0.02, "momentum_decay": 0.8])
        let options = try FitOptions(epochs: 2, batchSize: 67, sampling: Sampling.shuffle.rawValue, seed: 5)
        try classifier.fit(samples.dataset, with: &optimizer, options, isWatched: false) { _ in false }
        let batches = try drawEpochs(
          2, samples: samples.count, batchSize: 67, .shuffle, seed: 5, labels: Array(samples.labels),
          classes: shape.classes)
        reference.descend(samples, batches: Array(batches.joined()), learningRate: 0.02, momentum: 0.8)
        classifier.assertParameters(of: reference, accuracy: 1e-5, "\(shape), \(storage)")
      }
    }
  }
}
