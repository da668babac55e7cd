import CDescentKernels
import TestSupport
import XCTest

/// The losses on packed rows, as the linear pass calls them: the bits of the same losses on a caller's rows.
final class PackedLossTests: XCTestCase {
  func testPackedIsStrided() {
    for table in availableKernels() {
      for loss in table.losses {
        for columns in Array(1...20) + [67, 1000] {
          for rows in columns > 20 ? [1, 5, 8] : Array(1...8) {
            var run = LossRun<Float>.random(rows: rows, columns: columns)
            if (rows + columns) % 2 == 0 { run.weigh(rows) }
            if columns == 1 && loss.pointee.takes_labels { run.makeBinary() }
            for takesGradient in [false, true] {
              let expected = run.evaluate(loss, gradient: takesGradient ? .separate : .none)
              let (value, gradient, isIntact) = run.evaluatePacked(loss, takesGradient: takesGradient)
              let what = "\(table.instructionSet), \(loss.name), \(rows) x \(columns), gradient \(takesGradient)"
              // The others add up their rows in another order.
              if loss.pointee.takes_labels {
                XCTAssertEqual(value.bitPattern, expected.value.bitPattern, what)
              } else {
                XCTAssertEqual(value, expected.value, accuracy: 1e-13 * abs(expected.value), what)
              }
              XCTAssertTrue(haveSameBits(gradient, takesGradient ? expected.gradient : run.scores), what)
              XCTAssertTrue(isIntact, "\(what): wrote where it must not")
            }
          }
        }
      }
    }
  }

}

extension LossRun<Float> {
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

  fileprivate mutating func weigh(_ rows: Int) { weights = (0..<rows).map { [0.75, 0, 2, 1.0 / 3][$0 % 4] } }

  fileprivate mutating func makeBinary() {
    isBinary = true
    for row in labels.indices { labels[row] = Int32(row % 2) }
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
    let memory = PageArray(packed, at: columns % 2 == 0 ? .begin : .end)
    let (ownLabels, ownWeights) = (PageArray(labels), PageArray(weights ?? []))
    let packedTargets = (0..<columns * lanes).map { targets[min($0 % lanes, rows - 1) * columns + $0 / lanes] }
    let ownTargets = PageArray(packedTargets)
    var request = kernel_packed_rows(
      scores: memory.pointer, labels: UnsafePointer(ownLabels.pointer), targets: ownTargets.pointer, rows: rows,
      columns: columns, takes_gradient: takesGradient, gradient_scale: gradientScale,
      parameter: loss.pointee.parameter_default, weights: weights == nil ? nil : ownWeights.pointer, is_binary: isBinary
    )
    let value = loss.pointee.packed(&request)
    let after = memory.values
    return (
      value, (0..<rows * columns).map { after[$0 % columns * lanes + $0 / columns] },
      memory.isIntact && ownLabels.isUnchanged(from: labels) && ownTargets.isUnchanged(from: packedTargets)
        && ownWeights.isUnchanged(from: weights ?? []) && (takesGradient || haveSameBits(after, packed))
    )
  }
}
