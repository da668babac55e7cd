import CDescentKernels
import TestSupport
import XCTest

/// Arrays that begin or end where a page that may not be touched ends or begins: a kernel that reads or writes one byte
/// beyond them ends the test run.
final class PageEdgeTests: XCTestCase {
  private let tables = availableKernels()
  private let lengths = Array(1...67)

  func testRulesInFloat32() { checkRules(Float.self) }
  func testRulesInFloat64() { checkRules(Double.self) }

  /// The values are those of a run in the midst of memory.
  private func checkRules<Element: ElementType>(_: Element.Type) {
    for table in tables {
      for rule in table.rules {
        for count in lengths {
          let edge = PageArrayEdge.allCases[count % 2]
          let staged = count % 3 == 0
          var random = SeededRandom(seed: UInt64(count))
          let contents: [[Element]] = (0..<2 + Int(KERNEL_MAX_STATES)).map { _ in random.uniform(0.1..<2, count: count)
          }
          let arrays = contents.map { PageArray($0, at: edge) }
          let stateCount = rule.stateNames.count
          let expected = RuleRun(
            values: contents[0], gradient: contents[1], state: Array(contents[2..<2 + stateCount]))
          let decay = staged ? 0.01 : 0
          expected.update(by: rule, of: table, constants: rule.constants(t: 3), coupledDecay: decay)

          update(arrays, rule, of: table, constants: rule.constants(t: 3), states: stateCount, coupledDecay: decay)
          let what = "\(table.instructionSet), \(rule.name), \(Element.self), \(count), \(edge)"
          XCTAssertTrue(arrays[0].isUnchanged(from: expected.values.values), what)
          XCTAssertTrue(arrays[1].isUnchanged(from: contents[1]), what)
          for state in 0..<stateCount {
            XCTAssertTrue(arrays[2 + state].isUnchanged(from: expected.state[state].values), what)
          }
        }
      }
    }
  }

  private func update<Element: ElementType>(
    _ arrays: [PageArray<Element>], _ rule: UnsafePointer<kernel_rule>, of table: UnsafeMutablePointer<kernel_table>,
    constants: [Double], states: Int, coupledDecay: Double
  ) {
    var update = kernel_update()
    update.values = arrays[0].raw
    update.gradient = UnsafeRawPointer(arrays[1].raw)
    update.count = arrays[0].count
    update.has_stages = coupledDecay != 0
    update.stages = kernel_stages(clip_value: .infinity, gradient_scale: 1, coupled_decay: coupledDecay, kept_share: 1)
    update.setConstants(constants)
    update.setState(arrays[2..<2 + states].map(\.raw))
    kernel_run(table, rule, &update, Element.isDouble)
  }

  func testLossesInFloat32() { checkLosses(Float.self) }
  func testLossesInFloat64() { checkLosses(Double.self) }

  private func checkLosses<Element: ElementType>(_: Element.Type) {
    for table in tables {
      for loss in table.losses {
        for columns in Array(1...20) + [67] {
          for rows in [1, 3, 8, 9] {
            let edge = PageArrayEdge.allCases[(rows + columns) % 2]
            var random = SeededRandom(seed: UInt64(columns))
            let run = LossRun<Element>(
              scores: random.uniform(-3..<3, count: rows * columns),
              labels: (0..<rows).map { Int32($0 % columns) },
              targets: random.uniform(0..<1, count: rows * columns), columns: columns)
            let expected = run.evaluate(loss)
            let (scores, labels) = (PageArray(run.scores, at: edge), PageArray(run.labels, at: edge))
            let targets = PageArray(run.targets, at: edge)
            let gradient = PageArray([Element](repeating: .nan, count: rows * columns), at: edge)
            var request = kernel_rows(
              is_double: Element.isDouble, scores: UnsafeRawPointer(scores.raw), labels: labels.pointer,
              targets: UnsafeRawPointer(targets.raw), gradient: gradient.raw, rows: rows, columns: columns,
              gradient_scale: 1, shrinks: false, parameter: loss.pointee.parameter_default, weights: nil,
              is_binary: false, smoothing: 0)
            let what = "\(table.instructionSet), \(loss.name), \(Element.self), \(rows) x \(columns), \(edge)"
            XCTAssertEqual(loss.pointee.sum(&request), expected.value, what)
            XCTAssertTrue(gradient.isUnchanged(from: expected.gradient), what)
          }
        }
      }
    }
  }

  /// What looks at a gradient as a whole. The numbers themselves are looked at elsewhere.
  func testReductions() {
    for (table, edge) in tables.flatMap({ table in PageArrayEdge.allCases.map { (table, $0) } }) {
      for count in lengths {
        checkReductions(Float.self, table, count, edge)
        checkReductions(Double.self, table, count, edge)
        let what = "\(table.instructionSet), \(count), \(edge)"
        let ones = PageArray([Float](repeating: 1, count: count), at: edge)
        XCTAssertEqual(table.pointee.sum_of_squares(ones.pointer, count), Double(count), what)
        let sum = PageArray([Float](repeating: 1, count: count), at: edge)
        table.pointee.add_scaled(sum.pointer, ones.pointer, 2, count)
        XCTAssertTrue(sum.isUnchanged(from: [Float](repeating: 3, count: count)), what)
        let matrix = PageArray([Float](repeating: 0, count: 3 * count), at: edge)
        table.pointee.fill_rows(matrix.pointer, ones.pointer, 3, count)
        XCTAssertTrue(matrix.isUnchanged(from: [Float](repeating: 1, count: 3 * count)), what)
        let sums = PageArray([Double](repeating: 1, count: count), at: edge)
        table.pointee.add_column_sums(sums.pointer, matrix.pointer, 3, count)
        XCTAssertTrue(sums.isUnchanged(from: [Double](repeating: 4, count: count)), what)
        let best = PageArray([Int32](repeating: 7, count: 3), at: edge)
        table.pointee.argmax_rows(best.pointer, matrix.pointer, 3, count)
        XCTAssertTrue(best.isUnchanged(from: [0, 0, 0]), what)
      }
    }
  }

  private func checkReductions<Element: ElementType>(
    _: Element.Type, _ table: UnsafeMutablePointer<kernel_table>, _ count: Int, _ edge: PageArrayEdge
  ) {
    let what = "\(table.instructionSet), \(Element.self), \(count), \(edge)"
    let ones = [Element](repeating: 1, count: count)
    let numbers = PageArray(ones, at: edge)
    let lanes = PageArray([Double](repeating: 0, count: 8), at: edge)
    table.pointee.add_squares(lanes.pointer, numbers.raw, Element.isDouble, count, 3, .infinity)
    XCTAssertEqual(lanes.values.reduce(0, +), Double(count), what)
    XCTAssertTrue(lanes.isIntact, what)
    XCTAssertEqual(table.pointee.first_not_finite(numbers.raw, Element.isDouble, count), count, what)
    let (before, gradient) = (PageArray(ones.map { $0 - 2 }, at: edge), PageArray(ones.map { _ in 0 }, at: edge))
    let last = PageArray(ones, at: edge)
    var sums = kernel_measurement(
      is_double: Element.isDouble, values_storage: 0, gradient_storage: 0, values: UnsafeRawPointer(numbers.raw),
      gradient: UnsafeRawPointer(gradient.raw),
      before: UnsafeRawPointer(before.raw), last_update: last.raw, count: count, gradient_sum: nil, kept_values: nil,
      gradient_squares: 0,
      update_squares: 0, last_squares: 0, product: 0, value_squares: 0, not_finite: 0, zeros: 0)
    table.pointee.measure(&sums)
    XCTAssertEqual(sums.zeros, Double(count), what)
    XCTAssertEqual(sums.product, Double(2 * count), what)
    XCTAssertTrue(last.isUnchanged(from: ones.map { $0 + 1 }), what)
  }

  func testConversionOfBytes() {
    check(4, kernel_convert4)
    check(8, kernel_convert8)
    check(16, kernel_convert16)
  }

  /// Every byte there is, in every lane.
  private func check(_ count: Int, _ convert: (UnsafeMutablePointer<Float>, UnsafeRawPointer) -> Void) {
    for (first, edge) in (0..<256).flatMap({ first in PageArrayEdge.allCases.map { (first, $0) } }) {
      let numbers = (0..<count).map { UInt8(truncatingIfNeeded: first + $0 * 37) }
      let bytes = PageArray(numbers, at: edge)
      let floats = PageArray([Float](repeating: .nan, count: count), at: edge)
      convert(floats.pointer, bytes.raw)
      XCTAssertTrue(floats.isUnchanged(from: numbers.map { Float($0) }), "\(count) from \(first)")
    }
  }
}
