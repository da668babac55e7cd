import XCTest

/// Fails if counts of equally likely outcomes deviate from each other by more than chance explains: by more than five
/// standard deviations of the chi-square statistic. It also fails if they are far too even.
func assertEquallyLikely(_ counts: [Int], _ what: String, file: StaticString = #filePath, line: UInt = #line) {
  let expected = Double(counts.reduce(0, +)) / Double(counts.count)
  let statistic = counts.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
  let freedom = Double(counts.count - 1)
  let tolerance = 5 * (2 * freedom).squareRoot()
  XCTAssertLessThan(statistic, freedom + tolerance, "\(what): \(counts.prefix(20))", file: file, line: line)
  if freedom > tolerance {
    XCTAssertGreaterThan(statistic, freedom - tolerance, "\(what): \(counts.prefix(20))", file: file, line: line)
  }
}

/// The first four moments of a sample: mean, variance, skewness, kurtosis.
struct Moments {
  let mean: Double
  let variance: Double
  let skewness: Double
  let kurtosis: Double

  init(_ values: [Double]) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    func central(_ power: Int) -> Double {
      values.reduce(0) { sum, value in
        sum + (0..<power).reduce(1) { product, _ in product * (value - mean) }
      } / count
    }
    self.mean = mean
    variance = central(2)
    skewness = central(3) / (variance * variance.squareRoot())
    kurtosis = central(4) / (variance * variance)
  }

  /// Fails unless these are the moments of `count` draws from a normal distribution, within five standard errors.
  func assertNormal(standardDeviation: Double, count: Int, file: StaticString = #filePath, line: UInt = #line) {
    let count = Double(count)
    let expectedVariance = standardDeviation * standardDeviation
    XCTAssertEqual(mean, 0, accuracy: 5 * standardDeviation / count.squareRoot(), "mean", file: file, line: line)
    XCTAssertEqual(
      variance, expectedVariance, accuracy: 5 * expectedVariance * (2 / count).squareRoot(), "variance", file: file,
      line: line)
    XCTAssertEqual(skewness, 0, accuracy: 5 * (6 / count).squareRoot(), "skewness", file: file, line: line)
    XCTAssertEqual(kurtosis, 3, accuracy: 5 * (24 / count).squareRoot(), "kurtosis", file: file, line: line)
  }
}
