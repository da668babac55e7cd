import CDescentKernels
import TestSupport
import XCTest

/// An element's update has the same bits with every instruction set, wherever the element stands, and nothing else is
/// touched.
final class RuleBitsTests: XCTestCase {
  func testInstructionSetsAgreeInFloat32() { checkInstructionSets(Float.self) }
  func testInstructionSetsAgreeInFloat64() { checkInstructionSets(Double.self) }
  func testStretchesAgreeInFloat32() { checkStretches(Float.self) }
  func testStretchesAgreeInFloat64() { checkStretches(Double.self) }

  private let coupledDecays = [0, 0.01]

  /// The lengths cover every tail of every vector width, after up to four whole vectors.
  private func checkInstructionSets<Element: ElementType>(_ type: Element.Type) {
    let tables = availableKernels()
    let data = TensorData<Element>(count: 4099)
    for (index, rule) in tables[0].rules.enumerated() {
      let constants = rule.constants(t: 3)
      for table in tables[1...] {
        XCTAssertEqual(table.rules[index].constants(t: 3), constants, "\(table.instructionSet), \(rule.name)")
      }
      for coupledDecay in coupledDecays {
        for count in Array(0...67) + [1000, 4099] {
          let runs = tables.map { table in
            let run = data.run(count, states: rule.stateNames.count, misalignment: count % 16)
            run.update(by: table.rules[index], of: table, constants: constants, coupledDecay: coupledDecay)
            return run
          }
          for (table, run) in zip(tables, runs) {
            let what = "\(table.instructionSet), \(rule.name), \(type), \(count), decay \(coupledDecay)"
            XCTAssertTrue(run.hasSameBits(as: runs[0]), what)
            XCTAssertTrue(run.isIntact, "\(what): wrote where it must not")
          }
        }
      }
    }
  }

  private func checkStretches<Element: ElementType>(_ type: Element.Type) {
    let count = 211
    let data = TensorData<Element>(count: count)
    var random = SeededRandom(seed: 4)
    for table in availableKernels() {
      for rule in table.rules {
        let constants = rule.constants(t: 2)
        for coupledDecay in coupledDecays {
          let whole = data.run(count, states: rule.stateNames.count)
          whole.update(by: rule, of: table, constants: constants, coupledDecay: coupledDecay)
          for _ in 0..<12 {
            let split = data.run(count, states: rule.stateNames.count, misalignment: random.index(0..<32))
            let bounds = [0, count] + (0..<random.index(1..<12)).map { _ in random.index(0..<count) }
            for (start, end) in zip(bounds.sorted(), bounds.sorted().dropFirst()) {
              split.update(by: rule, of: table, constants: constants, coupledDecay: coupledDecay, start..<end)
            }
            let what = "\(table.instructionSet), \(rule.name), \(type), split at \(bounds.sorted())"
            XCTAssertTrue(split.hasSameBits(as: whole), what)
            XCTAssertTrue(split.isIntact, "\(what): wrote where it must not")
          }
        }
      }
    }
  }

  /// Without this, a kernel that does nothing would pass the other tests.
  func testEachStretchIsUpdatedAndNothingElse() {
    for table in availableKernels() {
      for rule in table.rules {
        let data = TensorData<Double>(count: 50)
        let run = data.run(50, states: rule.stateNames.count)
        // SOAP's first step moves nothing.
        let step: UInt64 = rule.name == "soap" ? 2 : 1
        run.update(by: rule, of: table, constants: rule.constants(t: step), coupledDecay: 0, 7..<43)
        let arrays = [(run.values, data.values)] + zip(run.state, data.state)
        for index in 0..<50 {
          // Rprop lets a weight rest whose gradient has changed its sign.
          let hasChanged = arrays.contains { now, before in now.values[index] != before[index] }
          XCTAssertEqual(hasChanged, (7..<43).contains(index), "\(table.instructionSet), \(rule.name), \(index)")
        }
      }
    }
  }
}

/// A tensor in the midst of its training, of any scale. The state is positive because some of it is squares.
private struct TensorData<Element: ElementType> {
  let values: [Element]
  let gradient: [Element]
  let state: [[Element]]

  init(count: Int) {
    var random = SeededRandom(seed: 3)
    values = random.illScaled(-3..<3, count: count)
    // Of the weights' size, so that no update is lost in the rounding.
    let gradient = values.map { Element(random.illScaled(-1..<3)) * $0 }
    state = (0..<KERNEL_MAX_STATES).map { _ in gradient.map { Element(random.uniform(0.1..<10)) * $0.magnitude } }
    self.gradient = gradient
  }

  func run(_ count: Int, states: Int, misalignment: Int = 0) -> RuleRun<Element> {
    RuleRun(
      values: Array(values.prefix(count)), gradient: Array(gradient.prefix(count)),
      state: state.prefix(states).map { Array($0.prefix(count)) }, misalignment: misalignment)
  }
}
