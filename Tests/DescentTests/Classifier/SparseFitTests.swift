import TestSupport
import XCTest

@testable import Descent

/// Fits on sparse rows, with all checks of the development build: steps that update some rows of W against full ones.
final class SparseFitTests: XCTestCase {
  /// Rows of random columns, some of them empty, and their labels.
  private final class SparseSamples {
    let count: Int
    let dimension: Int
    private var starts: [Int64] = [0]
    private var columns: [Int32] = []
    private var values: [Float] = []
    private var labels: [Int32] = []

    init(_ count: Int, dimension: Int, classes: Int) {
      (self.count, self.dimension) = (count, dimension)
      var random = SeededRandom(seed: 5)
      for row in 0..<count {
        for column in 0..<dimension where row % 11 != 3 && Int.random(in: 0..<6, using: &random) == 0 {
          columns.append(Int32(column))
          values.append(Float(random.symmetric()))
        }
        starts.append(Int64(columns.count))
        labels.append(Int32.random(in: 0..<Int32(classes), using: &random))
      }
    }

    func withDataset(_ body: (Dataset) throws -> Void) throws {
      try starts.withUnsafeBufferPointer { starts in
        try columns.withUnsafeBufferPointer { columns in
          try values.withUnsafeBufferPointer { values in
            try labels.withUnsafeBufferPointer { labels in
              try body(
                Dataset(
                  values: values.baseAddress!, type: .float32, rowStarts: starts.baseAddress!,
                  columns: columns.baseAddress, storedCount: columns.count, labels: labels.baseAddress,
                  samples: count, dimension: dimension, scale: 1, offset: 0))
            }
          }
        }
      }
    }
  }

  private func fit(
    _ data: Dataset, _ name: String, classes: Int, isFull: Bool, isLookedAt: Bool
  ) throws -> [Float] {
    var model = try LinearModel(dimension: data.dimension, classes: classes, loss: LossFunction.find(1))
    try model.setL2(0.01)
    try model.initialize(standardDeviation: 0.5, seed: 2)
    var optimizer = try Optimizer.named(name, ["learning_rate": 0.05])
    var options = try FitOptions(epochs: 3, batchSize: 16, sampling: Sampling.shuffle.rawValue, seed: 3)
    options.makesFullSteps = isFull
    try options.setL1(0.05)
    try model.fit(data, with: &optimizer, options, isWatched: isLookedAt) { report in
      if isLookedAt { model.showMissed() }
      return false
    }
    return (0..<data.dimension * classes).map { model.weights[$0] }
  }

  func testStepsOnRows() throws {
    for (classes, dimension) in [(3, 40), (58, 200)] {
      let samples = SparseSamples(70, dimension: dimension, classes: classes)
      try samples.withDataset { data in
        for name in ["sgd", "adagrad", "adam"] {
          let rows = try fit(data, name, classes: classes, isFull: false, isLookedAt: false)
          let seen = try fit(data, name, classes: classes, isFull: false, isLookedAt: true)
          XCTAssertEqual(rows, seen, name)
          XCTAssertTrue(rows.contains(0))
          if name == "adam" { continue }
          let full = try fit(data, name, classes: classes, isFull: true, isLookedAt: false)
          for (row, other) in zip(rows, full) { XCTAssertEqual(row, other, accuracy: 1e-5 + 1e-4 * abs(other), name) }
        }
      }
    }
  }
}
