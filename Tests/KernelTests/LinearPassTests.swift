import CDescentKernels
import TestSupport
import XCTest

/// The one pass of the linear classifier: against textbook code, to the bit the same with every instruction set, and
/// without a look at anything beyond its arrays.
final class LinearPassTests: XCTestCase {
  private let tables = availableKernels()
  private let rowCounts = Array(1...20) + [64]
  private let classCounts = Array(1...12) + [20]

  /// The losses, by their place in the table.
  private var losses: Range<Int> { tables[0].losses.indices }

  func testAgainstTextbookWithFloats() { checkAll(Float.self) }
  func testAgainstTextbookWithBytes() { checkAll(UInt8.self) }

  /// Every dimension with every number of classes, the numbers of rows going around; so that each of those meets each
  /// number of classes too, and both edges.
  private func checkAll<Feature: LinearFeature>(_: Feature.Type) {
    let memory = LinearPassMemory<Feature>(dimension: 67, classes: 20, samples: 70)
    var number = 0
    for dimension in 1...67 {
      for classes in classCounts {
        number += 1
        for indexed in [false, true] {
          var problem = LinearProblem<Feature>(
            dimension: dimension, classes: classes, rows: rowCounts[number % rowCounts.count],
            rowsToCome: [0, 3, 0, 6][number % 4], indexed: indexed, seed: number)
          problem.targetsAreDouble = number % 2 == 0
          if number % 3 == 0 { problem.weigh(seed: number) }
          check(problem, memory, number)
        }
      }
    }
  }

  func testLargeDimensions() {
    for (number, dimension) in [100, 255, 256, 784, 1025].enumerated() {
      for classes in [1, 4, 10, 20] {
        for rows in [1, 7, 8, 19] {
          let indexed = rows % 2 == 0
          check(
            LinearProblem<Float>(dimension: dimension, classes: classes, rows: rows, indexed: indexed, seed: rows),
            LinearPassMemory(dimension: dimension, classes: classes, samples: rows), number)
          check(
            LinearProblem<UInt8>(dimension: dimension, classes: classes, rows: rows, indexed: indexed, seed: rows),
            LinearPassMemory(dimension: dimension, classes: classes, samples: rows), number)
        }
      }
    }
  }

  private func check<Feature>(_ problem: LinearProblem<Feature>, _ memory: LinearPassMemory<Feature>, _ number: Int) {
    let loss = number % losses.count
    let edge = PageArrayEdge.allCases[number / 2 % 2]
    let what =
      "\(Feature.self), \(problem.rows) x \(problem.dimension), \(problem.classes) classes, "
      + "\(problem.indices == nil ? "in place" : "by index"), \(tables[0].losses[loss].name)"
    var first: LinearOutcome?
    for table in tables {
      let result = memory.run(problem, table, table.losses[loss], at: edge)
      XCTAssertTrue(result.isIntact, "\(table.instructionSet), \(what): wrote where it must not")
      if let first {
        XCTAssertTrue(result.outcome.hasSameBits(as: first), "\(table.instructionSet), \(what)")
      } else {
        first = result.outcome
        let expectation = LinearExpectation()
        XCTAssertNil(expectation.difference(ofScores: result.outcome.scores, problem), what)
        let textbook = TextbookLoss(rawValue: table.losses[loss].name)!
        let entry = table.losses[loss].pointee
        XCTAssertNil(
          expectation.difference(
            of: result.outcome, problem, textbook, takesLabels: entry.takes_labels),
          what)
      }
    }
  }

  /// What is asked for besides makes no difference.
  func testPartialRequests() {
    let wishes: [LinearWish] = [
      .loss, .scores, .predictions, [.loss, .gradient], [.loss, .predictions], [.loss, .gradient, .scores],
      [.scores, .predictions],
    ]
    let memory = LinearPassMemory<Float>(dimension: 37, classes: 7, samples: 13)
    let problem = LinearProblem<Float>(dimension: 37, classes: 7, rows: 13, seed: 5)
    for table in tables {
      for loss in losses {
        let all = memory.run(problem, table, table.losses[loss]).outcome
        for wish in wishes {
          for labelled in wish.contains(.loss) ? [true] : [false, true] {
            let result = memory.run(problem, table, labelled ? table.losses[loss] : nil, wish)
            let what = "\(table.instructionSet), \(table.losses[loss].name), \(wish), labels \(labelled)"
            var expected = LinearOutcome()
            if wish.contains(.loss) { expected.lossSum = all.lossSum }
            let takesLabels = table.losses[loss].pointee.takes_labels
            if wish.contains(.predictions) && labelled && takesLabels { expected.hits = all.hits }
            if wish.contains(.scores) { expected.scores = all.scores }
            if wish.contains(.predictions) { expected.predictions = all.predictions }
            if wish.contains(.gradient) {
              (expected.gradient, expected.biasGradient) = (all.gradient, all.biasGradient)
            }
            XCTAssertTrue(result.outcome.hasSameBits(as: expected), what)
            XCTAssertTrue(result.isIntact, "\(what): wrote where it must not")
          }
        }
      }
    }
  }

  /// One column for two classes: its formulas, its predictions, and its weights.
  func testBinary() {
    for dimension in [1, 15, 16, 37] {
      for (number, rows) in rowCounts.enumerated() {
        let plain = LinearProblem<Float>(
          dimension: dimension, classes: 1, rows: rows, indexed: rows % 2 == 0, seed: rows)
        var random = SeededRandom(seed: UInt64(rows))
        var problem = plain.binary(labels: (0..<rows).map { _ in Int32(random.index(0..<2)) })
        if number % 2 == 0 { problem.weigh(seed: rows) }
        let memory = LinearPassMemory<Float>(dimension: dimension, classes: 1, samples: rows)
        for loss in losses where tables[0].losses[loss].pointee.takes_labels { check(problem, memory, loss) }
      }
    }
  }

  /// Weights that count samples: 2 is the sample twice, 0 is none, whatever its features are.
  func testWeightsAreNumbersOfSamples() {
    let plain = LinearProblem<Float>(dimension: 19, classes: 3, rows: 10, seed: 4)
    var features = plain.features
    for index in 0..<19 { features[3 * 19 + index] = .nan }
    let counts = [1, 2, 3, 0, 1, 0, 5, 2, 1, 1]
    for (hasNaN, loss) in [false, true].flatMap({ hasNaN in losses.map { (hasNaN, $0) } }) {
      var weighted = hasNaN ? plain.replacing(features: features) : plain
      weighted.sampleWeights = counts.map { Double($0) }
      let repeated = plain.selecting(counts.indices.flatMap { Array(repeating: $0, count: counts[$0]) })
      let memory = LinearPassMemory<Float>(dimension: 19, classes: 3, samples: 20)
      for table in tables {
        let found = memory.run(weighted, table, table.losses[loss]).outcome
        let expected = memory.run(repeated, table, table.losses[loss]).outcome
        let what = "\(table.instructionSet), \(table.losses[loss].name), NaN \(hasNaN)"
        XCTAssertEqual(found.lossSum, expected.lossSum, accuracy: 1e-12 * expected.lossSum.magnitude, what)
        XCTAssertEqual(found.hits, expected.hits, what)
        if hasNaN { continue }
        for (a, b) in zip(found.gradient, expected.gradient) { XCTAssertEqual(a, b, accuracy: 1e-5, what) }
        for (a, b) in zip(found.biasGradient, expected.biasGradient) { XCTAssertEqual(a, b, accuracy: 1e-5, what) }
      }
    }
  }

  /// Features that are converted on their way, with those that they become.
  func testConvertedFeatures() {
    for (dimension, rows, isIndexed) in [(1, 1, false), (7, 8, true), (16, 9, false), (21, 13, true), (64, 24, true)] {
      let stored = StoredFeatures(dimension: dimension, samples: rows + 3, seed: 9)
      var plain = LinearProblem<Float>(
        dimension: dimension, classes: 2, rows: rows, rowsToCome: 3, indexed: isIndexed, seed: 9
      ).replacing(features: stored.converted)
      plain.weigh(seed: 9)
      var converted = plain
      converted.stored = stored
      let memory = LinearPassMemory<Float>(dimension: dimension, classes: 2, samples: rows + 3)
      for table in tables {
        for (loss, wish) in table.losses.flatMap({ loss in [LinearWish.all, .scores].map { (loss, $0) } }) {
          let (found, expected) = (memory.run(converted, table, loss, wish), memory.run(plain, table, loss, wish))
          let what = "\(table.instructionSet), \(loss.name), \(rows) rows of \(dimension), \(wish.rawValue)"
          XCTAssertTrue(found.outcome.hasSameBits(as: expected.outcome), what)
          XCTAssertTrue(found.isIntact, what)
        }
      }
    }
  }

  /// A sample's score is the same alone and beside others, in any order.
  func testScoresDoNotDependOnTheRowsBeside() {
    checkNeighbours(Float.self)
    checkNeighbours(UInt8.self)
  }

  private func checkNeighbours<Feature: LinearFeature>(_: Feature.Type) {
    for (dimension, classes) in [(1, 1), (15, 3), (16, 10), (37, 6), (64, 20)] {
      let memory = LinearPassMemory<Feature>(dimension: dimension, classes: classes, samples: 21)
      let together = LinearProblem<Feature>(
        dimension: dimension, classes: classes, rows: 21, indexed: true, seed: dimension)
      for table in tables {
        let scores = memory.run(together, table, nil, .scores).outcome.scores
        for row in 0..<together.rows {
          let alone = together.selecting([together.number(row)])
          XCTAssertTrue(
            haveSameBits(
              memory.run(alone, table, nil, .scores).outcome.scores,
              Array(scores[row * classes..<(row + 1) * classes])),
            "\(table.instructionSet), \(dimension) x \(classes), row \(row)")
        }
      }
    }
  }

  /// The first of equal scores is the prediction, and a NaN is greater than all.
  func testTiesAndWhatIsNotFinite() {
    let nan = Float.nan
    let biases: [(bias: [Float], best: Int32)] = [
      ([0], 0), ([nan], 0), ([1, 1], 0), ([-0.0, 0], 0), ([0, -0.0], 0), ([2, 3, 3], 1), ([1, nan, nan, 5], 1),
      ([nan, 9, nan], 0), ([.infinity, .infinity], 0), ([.infinity, nan], 1), ([-.infinity, -.infinity, 0], 2),
      ([-.infinity, -.infinity], 0), ([3, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4], 11), ([1, 2, 3, 4, 5, 6, 7], 6),
    ]
    for (bias, best) in biases {
      for rows in [1, 3, 8, 11] {
        var problem = LinearProblem<Float>(dimension: 5, classes: bias.count, rows: rows, seed: rows)
        problem.weights = problem.weights.map { _ in 0 }
        problem.bias = bias
        let memory = LinearPassMemory<Float>(dimension: 5, classes: bias.count, samples: rows)
        for table in tables {
          let outcome = memory.run(problem, table, table.losses[losses[0]], [.loss, .predictions, .scores]).outcome
          let what = "\(table.instructionSet), \(bias), \(rows) rows"
          XCTAssertEqual(outcome.predictions, [Int32](repeating: best, count: rows), what)
          XCTAssertEqual(outcome.hits, Double(problem.labels.filter { $0 == best }.count), what)
          let isUndefined = bias.contains { $0.isNaN || $0 == .infinity } || bias.allSatisfy { $0 == -.infinity }
          XCTAssertEqual(outcome.lossSum.isNaN, isUndefined, what)
          let rowScores = (0..<rows).map { Array(outcome.scores[$0 * bias.count..<($0 + 1) * bias.count]) }
          XCTAssertTrue(rowScores.allSatisfy { zip($0, bias).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN } }, what)
        }
      }
    }
  }

  /// What is not finite in one sample reaches its own scores, and the gradient only by way of them.
  func testNotFiniteFeatures() {
    for special in [Float.nan, .infinity, -.infinity] {
      for place in [0, 15, 16, 18] {
        let good = LinearProblem<Float>(dimension: 19, classes: 3, rows: 10, seed: 3)
        var features = good.features
        features[4 * 19 + place] = special
        let bad = good.replacing(features: features)
        let memory = LinearPassMemory<Float>(dimension: 19, classes: 3, samples: 10)
        var first: LinearOutcome?
        for table in tables {
          let (expected, found) = (
            memory.run(good, table).outcome, memory.run(bad, table, table.losses[losses[0]]).outcome
          )
          let what = "\(table.instructionSet), \(special) at \(place)"
          for row in 0..<10 {
            let range = row * 3..<(row + 1) * 3
            let same = haveSameBits(Array(found.scores[range]), Array(expected.scores[range]))
            XCTAssertEqual(same, row != 4, "\(what), row \(row)")
          }
          XCTAssertTrue(found.scores[12..<15].allSatisfy { !$0.isFinite }, what)
          XCTAssertTrue(found.lossSum.isNaN && found.gradient.contains { $0.isNaN }, what)
          XCTAssertTrue(expected.isFinite && !found.isFinite, what)
          if let first { XCTAssertTrue(found.agrees(with: first), what) } else { first = found }
        }
      }
    }
  }
}

extension LinearProblem {
  /// Weights between 0 and 3, some of them 0.
  fileprivate mutating func weigh(seed: Int) {
    var random = SeededRandom(seed: UInt64(seed))
    sampleWeights = (0..<labels.count).map { _ in random.index(0..<5) == 0 ? 0 : 1.5 * (1 + random.symmetric()) }
    weightScale = 0.75
  }

  private func with(features: [Feature], indices: [Int]?) -> LinearProblem {
    LinearProblem(copying: self, features: features, indices: indices)
  }

  /// The same with some of the samples only.
  fileprivate func selecting(_ indices: [Int]) -> LinearProblem { with(features: features, indices: indices) }
  fileprivate func replacing(features: [Feature]) -> LinearProblem { with(features: features, indices: indices) }
}

extension LinearOutcome {
  /// The same numbers, but that one NaN is as good as another.
  fileprivate func agrees(with other: LinearOutcome) -> Bool {
    func isSame(_ a: Double, _ b: Double) -> Bool { a == b || a.isNaN && b.isNaN }
    func areSame(_ a: [Float], _ b: [Float]) -> Bool { zip(a, b).allSatisfy { isSame(Double($0), Double($1)) } }
    return isSame(lossSum, other.lossSum) && hits == other.hits && predictions == other.predictions
      && areSame(scores, other.scores) && areSame(gradient, other.gradient)
      && zip(biasGradient, other.biasGradient).allSatisfy { isSame($0, $1) }
  }
}
