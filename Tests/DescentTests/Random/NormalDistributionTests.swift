import XCTest

@testable import Descent

final class NormalDistributionTests: XCTestCase {
  /// scipy.stats.norm.ppf (SciPy 1.17.1), which lies within 3e-16 of the quantile itself (mpmath, 60 digits) at each of
  /// these. Both sides of the borders 0.075 and exp(-25) between the three approximations are there.
  func testQuantile() {
    let table: [(probability: Double, quantile: Double)] = [
      (0x1p-54, -8.2923610758135968),
      (1e-16, -8.2220822161304348),
      (1.3887943864964021e-11, -6.6579046435011042),
      (1e-10, -6.3613409024040557),
      (1e-05, -4.2648907939228247),
      (0.001, -3.0902323061678132),
      (0.025, -1.9599639845400545),
      (0.074, -1.4466320671589785),
      (0.0749999, -1.4395321773759009),
      (0.075, -1.4395314709384563),
      (0.0750001, -1.4395307645017301),
      (0.1, -1.2815515655446004),
      (0.25, -0.67448975019608171),
      (0.4, -0.25334710313579972),
      (0.49999, -2.5066282748960008e-05),
      (0.5, 0),
      (0.50001, 2.5066282748820864e-05),
      (0.6, 0.25334710313579972),
      (0.75, 0.67448975019608171),
      (0.9, 1.2815515655446004),
      (0.925, 1.4395314709384563),
      (0.9250001, 1.4395321773759009),
      (0.975, 1.959963984540054),
      (0.999, 3.0902323061678132),
      (1 - 0x1p-20, 4.7630010342678144),
      (1 - 0x1p-40, 7.0477002566644087),
      (1 - 0x1p-53, 8.2095361516013874),
    ]
    for row in table {
      XCTAssertEqual(
        normalQuantile(row.probability), row.quantile, accuracy: 1e-14 * abs(row.quantile), "at \(row.probability)")
    }
  }

  func testQuantileIsOddAroundOneHalf() {
    for step in 1..<64 {
      let distance = Double(step) / 128
      XCTAssertEqual(normalQuantile(0.5 + distance), -normalQuantile(0.5 - distance))
    }
  }

  func testQuantileRises() {
    var last = -Double.infinity
    for step in 1..<2000 {
      let quantile = normalQuantile(Double(step) / 2000)
      XCTAssertGreaterThan(quantile, last)
      last = quantile
    }
  }

  func testMomentsOfDraws() {
    let random = Philox(seed: 1, stream: RandomPurpose.initialization.stream())
    let draws = (0..<50_000).map { normalQuantile(random.uniform(at: UInt64($0))) }
    Moments(draws).assertNormal(standardDeviation: 1, count: draws.count)
  }
}
