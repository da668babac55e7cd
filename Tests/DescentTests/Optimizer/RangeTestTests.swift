import Foundation
import XCTest

@testable import Descent

final class RangeTestTests: XCTestCase {
  func testRatesOverAllNumbers() throws {
    let ranges: [(Double, Double)] = [
      (1e-6, 10), (1e-300, 1e10), (1e-300, 1e300), (5e-324, 1.7e308), (5e-324, 1e-10), (1e-10, 1e305), (1, 1.5),
    ]
    for (minimum, maximum) in ranges {
      for steps in [2, 3, 200] as [UInt32] {
        let options = try RangeOptions(steps: steps, minimum: minimum, maximum: maximum)
        let rates = (0..<Int(steps)).map { options.rate($0) }
        XCTAssertEqual(rates.first, minimum)
        XCTAssertEqual(rates.last, maximum)
        for (step, rate) in rates.enumerated() where step > 0 {
          XCTAssertGreaterThan(rate, rates[step - 1] * (1 - 1e-12))
          // Below it numbers have fewer digits.
          guard rate > 1e-307 else { continue }
          let share = Double(step) / Double(steps - 1)
          let expected = log(minimum) + share * (log(maximum) - log(minimum))
          XCTAssertEqual(log(rate), expected, accuracy: 1e-11 * (1 + abs(log(minimum)) + abs(log(maximum))))
        }
      }
    }
  }

  /// The losses that a function gives one after the other, and what the test keeps of them.
  private func kept(_ losses: [Double]) throws -> (entries: [Double], calls: Int) {
    let optimizer = try Optimizer.named("sgd")
    let options = try RangeOptions(steps: UInt32(losses.count), minimum: 1e-300, maximum: 1e10)
    var calls = 0
    let record = try optimizer.testLearningRates(
      { _, gradient in
        gradient?[0] = 1
        calls += 1
        return losses[calls - 1]
      }, from: [1.0], count: 1, options)
    var (rates, entries) = (
      [Double](repeating: .nan, count: losses.count), [Double](repeating: .nan, count: losses.count)
    )
    record.copy(rates: &rates, losses: &entries)
    for step in 0..<losses.count {
      if step < record.count {
        XCTAssertEqual(rates[step], options.rate(step))
      } else {
        XCTAssertTrue(rates[step].isNaN)
      }
    }
    return (Array(entries.prefix(record.count)), calls)
  }

  /// What ends a test early is not among its entries: no step was made from there.
  func testOnlyStepsThatWereMadeAreEntries() throws {
    for (losses, count) in [
      ([1.0, 2, 4, 3], 4), ([1, 2, 4.1, 3], 2), ([1, 0.5, .nan, 3], 2), ([.nan, 1], 0), ([.infinity, 1], 0),
      ([-1, 1, 2, 2.1, 5], 3), ([0, 0, 1e-9, 0], 2),
    ] {
      let (entries, calls) = try kept(losses)
      XCTAssertEqual(entries, Array(losses.prefix(count)))
      XCTAssertEqual(calls, min(count + 1, losses.count))
    }
  }
}
