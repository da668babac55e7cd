import CDescentKernels
import TestSupport
import XCTest

/// The losses on packed rows, as the linear pass calls them: the bits of the same losses on a caller's rows.
final class PackedLossTests: XCTestCase {
  func testPackedIsStrided() {
    for table in availableKernels() {
      for loss in table.losses where loss.pointee.takes_labels {
        for columns in Array(1...20) + [67, 1000] {
          for rows in columns > 20 ? [1, 5, 8] : Array(1...8) {
            var run = LossRun<Float>.random(rows: rows, columns: columns)
            for (takesGradient, smoothing) in [(false, 0), (true, 0), (true, 0.7)] {
              run.smoothing = smoothing
              let expected = run.evaluate(loss, gradient: takesGradient ? .separate : .none)
              let (value, gradient, isIntact) = run.evaluatePacked(loss, takesGradient: takesGradient)
              let what = "\(table.instructionSet), \(loss.name), \(rows) x \(columns), gradient \(takesGradient)"
              XCTAssertEqual(value.bitPattern, expected.value.bitPattern, what)
              XCTAssertTrue(haveSameBits(gradient, takesGradient ? expected.gradient : run.scores), what)
              XCTAssertTrue(isIntact, "\(what): wrote where it must not")
            }
          }
        }
      }
    }
  }

  /// The same gradient to the bit; the sum is taken in another order.
  func testPackedRegression() {
    for table in availableKernels() {
      for loss in table.losses where !loss.pointee.takes_labels {
        for columns in Array(1...9) + [67] {
          for rows in 1...8 {
            var run = LossRun<Float>.random(rows: rows, columns: columns)
            for isWeighted in [false, true] {
              run.weights = isWeighted ? LossRun<Float>.weights(rows) : nil
              for (takesGradient, smoothing) in [(false, 0), (true, 0), (true, 0.7)] {
                run.smoothing = smoothing
                let expected = run.evaluate(loss)
                let (value, gradient, isIntact) = run.evaluatePacked(loss, takesGradient: takesGradient)
                let what = "\(table.instructionSet), \(loss.name), \(rows) x \(columns), gradient \(takesGradient)"
                XCTAssertEqual(value, expected.value, accuracy: 1e-12 * abs(expected.value), what)
                XCTAssertTrue(haveSameBits(gradient, takesGradient ? expected.gradient : run.scores), what)
                XCTAssertTrue(isIntact, "\(what): wrote where it must not")
              }
            }
          }
        }
      }
    }
  }

  /// A row's weight multiplies its loss and its gradient; 1 changes no bit, and 0 takes away a loss that is infinite or NaN.
  func testWeights() {
    for (table, columns) in availableKernels().flatMap({ table in [1, 2, 3, 8, 17].map { (table, $0) } }) {
      for loss in table.losses {
        let what = "\(table.instructionSet), \(loss.name), \(columns) columns"
        var run = LossRun<Double>(LossRun<Float>.random(rows: 19, columns: columns))
        let plain = run.evaluate(loss)
        run.weights = [Float](repeating: 1, count: 19)
        let weightedByOne = run.evaluate(loss)
        XCTAssertEqual(weightedByOne.value.bitPattern, plain.value.bitPattern, what)
        XCTAssertTrue(haveSameBits(weightedByOne.gradient, plain.gradient), what)

        let weights = LossRun<Float>.weights(19)
        run.weights = weights
        var expected = 0.0
        for (row, weight) in weights.enumerated() {
          let own = row * columns..<(row + 1) * columns
          let alone = LossRun<Double>(copying: run, row: row).evaluate(loss)
          expected += Double(weight) * alone.value
          let outcome = run.evaluate(loss)
          for (slope, unweighted) in zip(outcome.gradient[own], alone.gradient) {
            XCTAssertEqual(slope, Double(weight) * unweighted, what)
          }
          XCTAssertTrue(outcome.isIntact, what)
        }
        let value = run.evaluate(loss).value
        XCTAssertEqual(value, expected, accuracy: 1e-12 * max(1, abs(expected)), what)

        for bad in [Double.nan, .infinity] {
          run.weights![3] = 0
          let without = run.evaluate(loss)
          var broken = run
          for column in 0..<columns { broken.scores[3 * columns + column] = bad }
          let outcome = broken.evaluate(loss)
          XCTAssertEqual(outcome.value, without.value, "\(what), \(bad)")
          XCTAssertEqual(outcome.gradient, without.gradient, "\(what), \(bad)")
        }
      }
    }
  }

  /// One column is what two are of which the first is 0: to the bit for the hinges, and for the value of the cross-entropy nearly.
  func testBinary() {
    for table in availableKernels() {
      for loss in table.losses where loss.pointee.takes_labels && loss.pointee.joins_columns {
        for rows in 1...8 {
          for isWeighted in [false, true] {
            var one = LossRun<Float>.random(rows: rows, columns: 1)
            if rows > 2 { (one.scores[0], one.scores[1], one.scores[2]) = (1, -1, 0) }
            one.labels = (0..<rows).map { Int32(($0 / 2) % 2) }
            one.isBinary = true
            one.weights = isWeighted ? LossRun<Float>.weights(rows) : nil
            var two = one
            two.isBinary = false
            two.columns = 2
            two.scores = one.scores.flatMap { [0, $0] }
            let (outcome, expected) = (one.evaluate(loss), two.evaluate(loss))
            let what = "\(table.instructionSet), \(loss.name), \(rows) rows"
            XCTAssertEqual(outcome.value, expected.value, accuracy: 1e-14 * expected.value + 1e-15, what)
            for row in 0..<rows {
              let slope = expected.gradient[2 * row + 1]
              XCTAssertEqual(outcome.gradient[row], slope, accuracy: abs(slope) * .ulpOfOne, what)
            }
            let (value, gradient, isIntact) = one.evaluatePacked(loss, takesGradient: true)
            XCTAssertEqual(value.bitPattern, outcome.value.bitPattern, what)
            XCTAssertTrue(haveSameBits(gradient, outcome.gradient), what)
            XCTAssertTrue(isIntact, "\(what): wrote where it must not")
          }
        }
      }
    }
  }

  /// Formulas for one score, and nothing that overflows: y = 1 and y = 0.
  func testBinaryAgainstFormulas() throws {
    let cases: [(name: String, score: Double, label: Int32, value: Double, slope: Double)] = [
      ("softmax_cross_entropy", 2, 1, log(1 + exp(-2)), 1 / (1 + exp(-2)) - 1),
      ("softmax_cross_entropy", 2, 0, log(1 + exp(2)), 1 / (1 + exp(-2))),
      ("softmax_cross_entropy", -1e300, 1, 1e300, -1), ("softmax_cross_entropy", 1e300, 1, 0, 0),
      ("multiclass_hinge", 0.25, 1, 0.75, -1), ("multiclass_hinge", 0.25, 0, 1.25, 1),
      ("multiclass_hinge", 1, 1, 0, 0), ("multiclass_hinge", -1, 0, 0, 0), ("multiclass_hinge", 3, 1, 0, 0),
      ("squared_hinge", 0.25, 1, 0.5625, -1.5), ("squared_hinge", 0.25, 0, 1.5625, 2.5), ("squared_hinge", 1, 1, 0, 0),
      ("one_vs_rest_hinge", 0.25, 1, 0.75, -1), ("one_vs_rest_hinge", 0.25, 0, 1.25, 1),
      ("one_vs_rest_squared_hinge", 0.25, 1, 0.5625, -1.5), ("one_vs_rest_squared_hinge", 0.25, 0, 1.5625, 2.5),
      ("one_vs_rest_logistic", 2, 1, log(1 + exp(-2)), 1 / (1 + exp(-2)) - 1),
      ("one_vs_rest_logistic", 2, 0, log(1 + exp(2)), 1 / (1 + exp(-2))),
    ]
    for table in availableKernels() {
      for (name, score, label, value, slope) in cases {
        let loss = try XCTUnwrap(table.losses.first { $0.name == name })
        var run = LossRun(scores: [score], labels: [label], targets: [], columns: 1)
        run.isBinary = true
        let outcome = run.evaluate(loss)
        let what = "\(table.instructionSet), \(name), \(score), \(label)"
        XCTAssertEqual(outcome.value, value, accuracy: 1e-15 * value, what)
        XCTAssertEqual(outcome.gradient[0], slope, accuracy: 1e-15, what)
        run.shrinks = true
        XCTAssertEqual(run.evaluate(loss).value / KERNEL_LOSS_SHRINK, outcome.value, what)
      }
    }
  }
}

extension LossRun<Float> {
  /// Among them 0 and 1.
  fileprivate static func weights(_ rows: Int) -> [Float] { (0..<rows).map { Float($0 * 5 % 7) / 2 } }

  fileprivate static func random(rows: Int, columns: Int) -> LossRun {
    var random = SeededRandom(seed: UInt64(rows * 10_000 + columns))
    var run = LossRun(
      scores: random.uniform(-30..<30, count: rows * columns),
      labels: (0..<rows).map { _ in Int32(random.index(0..<columns)) },
      targets: random.uniform(0..<1, count: rows * columns), columns: columns)
    // Equal scores, and margins that are exactly 0.
    for index in run.scores.indices where random.index(0..<4) == 0 { run.scores[index] = run.scores[index].rounded() }
    run.gradientScale = 1.0 / 3
    return run
  }

  /// The value and what lies where the scores were. The lanes without a row hold numbers that must not matter.
  fileprivate func evaluatePacked(
    _ loss: UnsafePointer<kernel_loss>, takesGradient: Bool
  ) -> (value: Double, gradient: [Float], isIntact: Bool) {
    let rows = scores.count / columns
    let lanes = Int(KERNEL_PACKED_ROWS)
    let garbage: [Float] = [.nan, .infinity, -.infinity, 1e30, -0.0]
    let packed = (0..<columns * lanes).map {
      $0 % lanes < rows ? scores[$0 % lanes * columns + $0 / lanes] : garbage[$0 % garbage.count]
    }
    let lastRow = rows - 1
    let packedTargets = (0..<columns * lanes).map { targets[min($0 % lanes, lastRow) * columns + $0 / lanes] }
    let ownTargets = PageArray(packedTargets, at: columns % 2 == 0 ? .end : .begin)
    let ownWeights = weights.map { PageArray($0) }
    let memory = PageArray(packed, at: columns % 2 == 0 ? .begin : .end)
    let ownLabels = PageArray(labels)
    var request = kernel_packed_rows(
      scores: memory.pointer, labels: loss.pointee.takes_labels ? UnsafePointer(ownLabels.pointer) : nil,
      targets: loss.pointee.takes_labels ? nil : UnsafePointer(ownTargets.pointer), rows: rows, columns: columns,
      takes_gradient: takesGradient, gradient_scale: gradientScale,
      parameter: parameter ?? loss.pointee.parameter_default, weights: ownWeights.map { UnsafePointer($0.pointer) },
      is_binary: isBinary, smoothing: smoothing)
    let value = loss.pointee.packed(&request)
    let after = memory.values
    return (
      value, (0..<rows * columns).map { after[$0 % columns * lanes + $0 / columns] },
      memory.isIntact && ownLabels.isUnchanged(from: labels)
        && ownTargets.isUnchanged(from: packedTargets) && (takesGradient || haveSameBits(after, packed))
    )
  }
}

extension LossRun<Double> {
  fileprivate init(_ run: LossRun<Float>) {
    self.init(
      scores: run.scores.map(Double.init), labels: run.labels, targets: run.targets.map(Double.init),
      columns: run.columns)
    gradientScale = run.gradientScale
  }

  /// One row, without its weight.
  fileprivate init(copying run: LossRun, row: Int) {
    let own = row * run.columns..<(row + 1) * run.columns
    self.init(
      scores: Array(run.scores[own]), labels: [run.labels[row]], targets: Array(run.targets[own]), columns: run.columns)
    gradientScale = run.gradientScale
  }
}
