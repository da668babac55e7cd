import CDescentKernels
import TestSupport
import XCTest

/// Every loss kernel against textbook code and central differences, for every tail of its vectors.
final class LossTests: XCTestCase {
  func testAgainstTextbookInFloat32() { checkAgainstTextbook(Float.self) }
  func testAgainstTextbookInFloat64() { checkAgainstTextbook(Double.self) }
  func testInstructionSetsAgreeInFloat32() { checkInstructionSets(Float.self) }
  func testInstructionSetsAgreeInFloat64() { checkInstructionSets(Double.self) }

  private let columnCounts = Array(1...20) + [1000]

  private func checkAgainstTextbook<Element: ElementType>(_ type: Element.Type) {
    for loss in availableKernels()[0].losses {
      guard let textbook = TextbookLoss(rawValue: loss.name) else {
        XCTFail("\(loss.name) has no textbook code")
        continue
      }
      for columns in columnCounts {
        for scale in [0.1, 3, 100] {
          let run = LossRun<Element>.random(columns: columns, scale: scale, for: loss)
          for place in LossRun<Element>.GradientPlace.allCases {
            let what = "\(loss.name), \(type), \(columns) columns, scale \(scale), gradient \(place)"
            let outcome = run.evaluate(loss, gradient: place)
            XCTAssertNil(run.difference(of: outcome, from: textbook), what)
            XCTAssertEqual(outcome.gradient.count, place == .none ? 0 : run.scores.count)
            XCTAssertTrue(outcome.isIntact, "\(what): wrote where it must not")
          }
        }
      }
    }
  }

  /// Both the scores and their gradient are those of the float64 kernel. With steps of 1e-5 the difference quotients are
  /// off by some 1e-10 of the third derivative, and by as much from the rounding of the value.
  func testGradientsAgainstCentralDifferences() {
    let step = 1e-5
    for loss in availableKernels()[0].losses {
      for columns in columnCounts {
        var run = LossRun<Double>.random(columns: columns, scale: 3, for: loss)
        run.gradientScale = 1
        let gradient = run.evaluate(loss).gradient
        let scores = run.scores
        for index in stride(from: 0, to: scores.count, by: 1 + columns / 30) {
          run.scores[index] = scores[index] + step
          let above = run.evaluate(loss, gradient: .none).value
          run.scores[index] = scores[index] - step
          let below = run.evaluate(loss, gradient: .none).value
          run.scores[index] = scores[index]
          XCTAssertEqual(
            gradient[index], (above - below) / (2 * step), accuracy: 1e-8 * max(1, abs(above)),
            "\(loss.name), \(columns) columns, \(index)")
        }
      }
    }
  }

  /// Shrunk, ordinary losses are the same to the bit, and so is their gradient.
  func testShrunkLossesHaveTheSameBits() {
    for table in availableKernels() {
      for loss in table.losses {
        for columns in columnCounts {
          var run = LossRun<Double>.random(columns: columns, scale: 5, for: loss)
          let expected = run.evaluate(loss)
          run.shrinks = true
          let outcome = run.evaluate(loss)
          let what = "\(table.instructionSet), \(loss.name), \(columns) columns"
          XCTAssertEqual(outcome.value / KERNEL_LOSS_SHRINK, expected.value, what)
          XCTAssertEqual(outcome.gradient, expected.gradient, what)
        }
      }
    }
  }

  private func checkInstructionSets<Element: ElementType>(_ type: Element.Type) {
    let tables = availableKernels()
    for (index, loss) in tables[0].losses.enumerated() {
      for columns in columnCounts {
        let run = LossRun<Element>.random(columns: columns, scale: 5, for: loss)
        for place in LossRun<Element>.GradientPlace.allCases {
          let expected = run.evaluate(loss, gradient: place)
          for table in tables[1...] {
            let outcome = run.evaluate(table.losses[index], gradient: place)
            let what = "\(table.instructionSet), \(loss.name), \(type), \(columns) columns"
            XCTAssertEqual(outcome.value.bitPattern, expected.value.bitPattern, what)
            XCTAssertEqual(outcome.gradient, expected.gradient, what)
            XCTAssertTrue(outcome.isIntact, "\(what): wrote where it must not")
          }
        }
      }
    }
  }
}

extension LossRun {
  /// Three rows, the first label the first column and the second label the last one; scales that show themselves.
  fileprivate static func random(columns: Int, scale: Double, for loss: UnsafePointer<kernel_loss>) -> LossRun {
    var random = SeededRandom(seed: UInt64(columns))
    let targets = max(-scale, loss.pointee.least_target)..<min(scale, loss.pointee.greatest_target)
    var run = LossRun(
      scores: random.uniform(-scale..<scale, count: 3 * columns),
      labels: [0, Int32(columns) - 1, Int32(random.index(0..<columns))],
      targets: random.uniform(targets, count: 3 * columns), columns: columns)
    run.gradientScale = 1.0 / 3
    return run
  }

  /// The tolerance is some roundings of each term in double, in which the kernels compute, and one of the result.
  fileprivate func difference(of outcome: Outcome, from textbook: TextbookLoss) -> String? {
    let roundings = Double(columns + 16) * Double.unitRoundoff
    var value = 0.0
    var allowance = 0.0
    for (row, label) in labels.enumerated() {
      let range = row * columns..<(row + 1) * columns
      let expected = textbook.row(
        scores[range].map { Double($0) }, label: Int(label), targets: targets[range].map { Double($0) })
      value += expected.value
      allowance += expected.valueMagnitude * roundings
      if outcome.gradient.isEmpty { continue }
      for (index, actual) in zip(range, outcome.gradient[range]) {
        let slope = expected.gradient[index - range.lowerBound] * gradientScale
        // The exponential of a float may be none.
        if Element(slope).isInfinite && actual == Element(slope) { continue }
        let slopeAllowance =
          abs(slope) * Element.unitRoundoff + Double(Element.leastNonzeroMagnitude)
          + expected.gradientMagnitude[index - range.lowerBound] * gradientScale * roundings
        // poisson's may be too large for the type.
        if Element(slope).isInfinite && actual == Element(slope) { continue }
        if !(abs(Double(actual) - slope) <= slopeAllowance) {
          return "gradient \(index) is \(actual) instead of \(slope) ± \(slopeAllowance)"
        }
      }
    }
    if abs(outcome.value - value) <= allowance { return nil }
    return "\(outcome.value) instead of \(value) ± \(allowance)"
  }
}
