import CDescentKernels
import TestSupport
import XCTest

/// The kernel table of each instruction set says the same, and nothing in it is without a reference to compare with.
final class TableTests: XCTestCase {
  func testInstructionSetsOfferTheSame() {
    let tables = availableKernels()
    XCTAssertEqual(tables.map(\.instructionSet), Array(["baseline", "avx2", "avx512"].prefix(tables.count)))
    for table in tables {
      XCTAssertEqual(table.rules.map(\.summary), tables[0].rules.map(\.summary), table.instructionSet)
      XCTAssertEqual(table.losses.map(\.summary), tables[0].losses.map(\.summary), table.instructionSet)
    }
  }

  func testNamesAndNumbersAreUnique() {
    let table = availableKernels()[0]
    XCTAssertEqual(Set(table.rules.map(\.name)).count, table.rules.count)
    XCTAssertEqual(Set(table.rules.map(\.pointee.algorithm)).count, table.rules.count)
    XCTAssertEqual(Set(table.losses.map(\.name)).count, table.losses.count)
    XCTAssertEqual(Set(table.losses.map(\.pointee.loss)).count, table.losses.count)
  }

  /// A new rule or loss needs independent code to be compared with; a rule needs trajectories too.
  func testEverythingHasItsReferences() throws {
    let table = availableKernels()[0]
    let golden = try GoldenTrajectories.load()
    let textbook = Set(TextbookRule.allCases.map(\.rawValue))
    XCTAssertEqual(textbook, Set(golden.runs.map(\.algorithm)))
    // bindings/python/tests/test_methods.py follows these.
    let others = try GoldenMethods.load().names
    XCTAssertEqual(Set(table.rules.map(\.name)).subtracting(textbook), others.intersection(table.rules.map(\.name)))
    XCTAssertEqual(Set(table.losses.map(\.name)), Set(TextbookLoss.allCases.map(\.rawValue)))
  }

  /// Options without effect and defaults that differ from the course's would pass all other tests.
  func testOptionsAreTheTextbookOnes() {
    for rule in availableKernels()[0].rules where rule.hasTextbook {
      let expected = TextbookRule(rawValue: rule.name)?.defaults
      var defaults: [String: Double] = [:]
      for name in kernelOptionNames where rule.hasOption(name) { defaults[name] = rule.defaultValue(of: name) }
      XCTAssertEqual(defaults, expected, rule.name)
    }
  }
}

extension UnsafePointer<kernel_rule> {
  fileprivate var summary: String {
    let options = kernelOptionNames.map { hasOption($0) ? "\($0) \(defaultValue(of: $0))" : "-" }
    return "\(pointee.algorithm) \(name) \(String(cString: pointee.title)) \(String(cString: pointee.formula)) "
      + "\(stateNames) \(options)"
  }
}

extension UnsafePointer<kernel_loss> {
  private var parameterName: String? { pointee.parameter_name.map { String(cString: $0) } }

  fileprivate var summary: String {
    "\(pointee.loss) \(name) \(pointee.takes_labels) \(pointee.least_target) \(pointee.greatest_target) "
      + "\(parameterName ?? "") \(pointee.parameter_minimum) \(pointee.parameter_maximum) \(pointee.parameter_default)"
  }
}
