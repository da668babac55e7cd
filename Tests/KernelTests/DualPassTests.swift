import CDescentKernels
import TestSupport
import XCTest

/// Dual coordinate ascent: the same bits with every instruction set and however the outputs are divided, and the variables that
/// textbook code finds by bisection.
final class DualPassTests: XCTestCase {
  private let tables = availableKernels()
  private let losses = [
    "one_vs_rest_hinge", "one_vs_rest_squared_hinge", "one_vs_rest_logistic", "squared_error", "absolute_error",
    "huber", "logistic", "quantile", "epsilon_insensitive", "squared_epsilon_insensitive",
  ]

  /// Five samples with some of seven features.
  func testBits() throws {
    for name in losses {
      for outputs in [1, 2, 3, 8, 15, 16, 17, 33, 58] {
        for isWeighted in [false, true] {
          let expected = try manySamples(tables[0], name, outputs, isWeighted).run(parts: 1)
          XCTAssertTrue(expected.weights.contains { $0 != 0 } && expected.weights.allSatisfy { $0.isFinite }, name)
          for table in tables {
            for parts in [1, 2, 3] where parts == 1 || parts * Int(KERNEL_DUAL_UNIT) <= outputs {
              let found = try manySamples(table, name, outputs, isWeighted).run(parts: parts)
              XCTAssertTrue(found == expected, "\(table.instructionSet), \(name), \(outputs) outputs, \(parts) parts")
            }
          }
        }
      }
    }
  }

  private func manySamples(
    _ table: UnsafeMutablePointer<kernel_table>, _ name: String, _ outputs: Int, _ isWeighted: Bool
  ) throws -> DualRun {
    var random = SeededRandom(seed: 5)
    let values = (0..<10).map { _ in Float(random.symmetric()) }
    let targets = (0..<5 * outputs).map { _ in
      Float(name == "logistic" ? random.symmetric() / 2 + 0.5 : random.symmetric())
    }
    return DualRun(
      table, try table.loss(name), starts: [0, 3, 3, 7, 8, 10], indices: [0, 2, 5, 0, 1, 2, 6, 3, 4, 5], values: values,
      order: [3, 1, 4, 0, 2], squares: [0.5, 1, 2, 0.25, 1.5], dimension: 7,
      labels: (0..<5).map { Int32($0 * 7 % outputs) }, targets: targets,
      weights: isWeighted ? [1, 2, 0, 0.5, 3] : nil, outputs: outputs, share: 0.7, biasSquare: 0.25)
  }

  /// A sample alone: its variable is minus the slope of the loss at the score that it leads to.
  func testVariables() throws {
    for name in losses {
      let textbook = try XCTUnwrap(TextbookLoss(rawValue: name))
      let hasLabels = name.hasPrefix("one_vs_rest")
      for (square, target) in [(0.1, 0.0), (1, 1), (30, 0), (5000, 1), (0.3, 0.25), (1e-6, 0.75)] {
        if hasLabels && target != 0 && target != 1 { continue }
        let label = target == 1 ? 0 : 1
        // The score is square * a, and a + slope(square * a) rises.
        var (low, high) = (-1e3, 1e3)
        for _ in 0..<200 {
          let middle = (low + high) / 2
          let slope = textbook.row([square * middle], label: label, targets: [target]).gradient[0]
          if middle + slope > 0 { high = middle } else { low = middle }
        }
        for table in tables {
          let run = DualRun(
            table, try table.loss(name), starts: [0, 0], indices: [], values: [], order: [0], squares: [square],
            dimension: 1, labels: [Int32(label)], targets: [Float(target)], weights: nil, outputs: 1, share: 1,
            biasSquare: 0)
          let what = "\(table.instructionSet), \(name), \(square), \(target)"
          XCTAssertEqual(Double(run.run(parts: 1, times: 1).duals[0]), low, accuracy: 1e-6 * max(1, abs(low)), what)
        }
      }
    }
  }
}

/// A pass and the memory that it needs.
private final class DualRun {
  struct Outcome: Equatable {
    var weights: [Float]
    var duals: [Float]
    var bias: [Double]
    var losses: [Double]
  }

  private let table: UnsafeMutablePointer<kernel_table>
  private var pass: kernel_dual_pass
  private let dimension: Int
  private let blocks: [UnsafeMutableRawPointer]

  init(
    _ table: UnsafeMutablePointer<kernel_table>, _ loss: UnsafePointer<kernel_loss>, starts: [Int], indices: [Int32],
    values: [Float], order: [Int], squares: [Double], dimension: Int, labels: [Int32], targets: [Float],
    weights: [Double]?, outputs: Int, share: Double, biasSquare: Double
  ) {
    var blocks: [UnsafeMutableRawPointer] = []
    func keep<Element>(_ numbers: [Element]) -> UnsafeMutablePointer<Element> {
      let block = UnsafeMutablePointer<Element>.allocate(capacity: numbers.count)
      block.initialize(from: numbers, count: numbers.count)
      blocks.append(UnsafeMutableRawPointer(block))
      return block
    }
    let unit = Int(KERNEL_DUAL_UNIT)
    let pitch = (outputs + unit - 1) / unit * unit
    let padding = Int(KERNEL_SPARSE_PADDING)
    func doubles() -> UnsafeMutablePointer<Double> { keep([Double](repeating: 0, count: pitch)) }
    func floats() -> UnsafeMutablePointer<Float> { keep([Float](repeating: 0, count: pitch)) }
    let matrix = keep([Float](repeating: 0, count: dimension * outputs))
    pass = kernel_dual_pass(
      product: kernel_sparse_product(
        starts: keep(starts), indices: keep(indices + [Int32](repeating: 0, count: padding)),
        values: keep(values + [Float](repeating: 0, count: padding)), matrix: matrix, columns: outputs, pitch: outputs,
        is_far: true, initial: nil, out: matrix, places: nil),
      samples: keep(order), count: order.count, outputs: outputs, squares: keep(squares),
      sample_weights: weights.map { UnsafePointer(keep($0)) },
      labels: loss.pointee.takes_labels ? UnsafePointer(keep(labels)) : nil, targets: keep(targets),
      targets_are_double: false, target_centers: nil, first_label: 0, loss: loss.pointee.column,
      dual: loss.pointee.dual,
      parameter: loss.pointee.parameter_default, share: share, bias_square: biasSquare, weights: matrix,
      duals: keep([Float](repeating: 0, count: order.count * outputs)), bias: doubles(), losses: doubles(),
      moves: doubles(), row_targets: doubles(), scores: floats(), old_duals: floats(), new_duals: floats(),
      steps: floats(), rounded_bias: floats())
    (self.table, self.dimension, self.blocks) = (table, dimension, blocks)
  }

  deinit { for block in blocks { block.deallocate() } }

  /// Goes through the samples so often, and in each pass through the outputs in so many parts.
  func run(parts: Int, times: Int = 3) -> Outcome {
    let width = pass.outputs / Int(KERNEL_DUAL_UNIT) / parts * Int(KERNEL_DUAL_UNIT)
    for _ in 0..<times {
      for part in 0..<parts {
        var pass = pass
        let last = part + 1 == parts ? pass.outputs : (part + 1) * width
        pass.weights += part * width
        pass.product.columns = last - part * width
        table.pointee.dual_pass(&pass, part * width, last)
      }
    }
    func numbers<T>(_ place: UnsafeMutablePointer<T>, _ count: Int) -> [T] { (0..<count).map { place[$0] } }
    return Outcome(
      weights: numbers(pass.weights, dimension * pass.outputs), duals: numbers(pass.duals, pass.count * pass.outputs),
      bias: numbers(pass.bias, pass.outputs), losses: numbers(pass.losses, pass.outputs))
  }
}
