import XCTest

@testable import Descent

final class EvaluationTests: XCTestCase {
  /// One sample, several, and more than the sixteen blocks of 64 that are computed at once.
  private let counts = [1, 2, 30, 1024, 2500]

  private func scores(_ classifier: borrowing LinearModel, _ samples: TestSamples) throws -> [Float] {
    var scores = [Float](repeating: .nan, count: samples.count * classifier.classes)
    let data = try samples.dataset(labels: nil)
    try scores.withUnsafeMutableBufferPointer { try classifier.scores(data, into: $0.baseAddress!) }
    return scores
  }

  private func predict(_ classifier: borrowing LinearModel, _ samples: TestSamples) throws -> [Int32] {
    var predictions = [Int32](repeating: -7, count: samples.count)
    let data = try samples.dataset(labels: nil)
    try predictions.withUnsafeMutableBufferPointer { try classifier.predict(data, into: $0.baseAddress!) }
    return predictions
  }

  func testScores() throws {
    for count in counts {
      for storage in TestSamples.Storage.allCases {
        let samples = TestSamples(count, dimension: 6, classes: 4, storage: storage)
        let reference = LinearReference(.softmaxCrossEntropy, dimension: 6, classes: 4)
        let expected = (0..<count).flatMap { reference.scores(samples.row($0)) }
        assertClose(try scores(reference.makeClassifier(), samples), expected, 1e-6, "\(count), \(storage)")
      }
    }
  }

  func testLossAndAccuracy() throws {
    for count in counts {
      for loss in LinearReference.Loss.allCases {
        for storage in TestSamples.Storage.allCases {
          let samples = TestSamples(count, dimension: 6, classes: 4, storage: storage)
          let reference = LinearReference(loss, dimension: 6, classes: 4, l2: 0.2)
          let classifier = try reference.makeClassifier()
          let (loss, accuracy) = try classifier.evaluate(samples.dataset)
          let what = "\(count), \(loss), \(storage)"
          XCTAssertEqual(loss, reference.meanLoss(samples), accuracy: 1e-6 * max(1, loss), what)
          // No two scores are so close that rounding could swap them.
          let hits = (0..<count).filter { row in
            let scores = reference.scores(samples.row(row))
            return scores.firstIndex(of: scores.max()!) == Int(samples.labels[row])
          }
          XCTAssertEqual(accuracy, Double(hits.count) / Double(count), what)
          XCTAssertEqual(
            try predict(classifier, samples).enumerated().filter { $1 == samples.labels[$0] }.map(\.offset), hits, what)
        }
      }
    }
  }

  /// The first of equal scores.
  func testTies() throws {
    let samples = TestSamples(40, dimension: 3, classes: 5)
    let classifier = try LinearModel(dimension: 3, classes: 5, loss: LossFunction.find(1))
    let table: [(bias: [Float], prediction: Int32)] = [
      ([0, 0, 0, 0, 0], 0), ([1, 1, 0, 0, 1], 0), ([-1, 2, 0, 2, 2], 1), ([0, 0, 0, 0, 1], 4), ([0, -0.0, 0, 0, 0], 0),
      ([-1, -1, -1, -0.5, -0.5], 3),
    ]
    for row in table {
      for (index, bias) in row.bias.enumerated() { classifier.bias[index] = bias }
      XCTAssertEqual(try predict(classifier, samples), [Int32](repeating: row.prediction, count: 40), "\(row.bias)")
      let share = Double(samples.labels.filter { $0 == row.prediction }.count) / 40
      XCTAssertEqual(try classifier.evaluate(samples.dataset).score, share, "\(row.bias)")
    }
  }

  func testOneClassIsAlwaysRight() throws {
    let samples = TestSamples(9, dimension: 3, classes: 1)
    let classifier = try LinearReference(.multiclassHinge, dimension: 3, classes: 1).makeClassifier()
    let (loss, accuracy) = try classifier.evaluate(samples.dataset)
    XCTAssertEqual(loss, 0)
    XCTAssertEqual(accuracy, 1)
  }

  func testDataThatDoesNotFit() throws {
    let samples = TestSamples(8, dimension: 3, classes: 2)
    let classifier = try LinearModel(dimension: 4, classes: 2, loss: LossFunction.find(1))
    let data = try samples.dataset
    assertFailure(.shapeMismatch, "data: dimension: 3, but the classifier has 4") { () throws(Failure) in
      _ = try classifier.evaluate(data)
    }
    let fitting = try LinearModel(dimension: 3, classes: 2, loss: LossFunction.find(1))
    let unlabelled = try samples.dataset(labels: nil)
    assertFailure(.nullPointer, "data: labels is NULL") { () throws(Failure) in _ = try fitting.evaluate(unlabelled) }
    for position in 0..<8 {
      for label: Int32 in [-1, 2, .min, .max] {
        let kept = samples.labels[position]
        samples.labels[position] = label
        assertFailure(.invalidArgument, "labels[\(position)]: \(label) is outside [0, 2)") { () throws(Failure) in
          _ = try fitting.evaluate(data)
        }
        samples.labels[position] = kept
      }
    }
  }
}
