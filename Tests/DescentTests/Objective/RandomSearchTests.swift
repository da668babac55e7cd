import XCTest

@testable import Descent

final class RandomSearchTests: XCTestCase {
  private func search(
    _ objective: Objective, from x: inout [Double], mode: Int32, trials: UInt64, scale: Double = 1, seed: UInt64 = 1,
    progress: (FitProgress, UnsafePointer<Double>) -> Bool = { _, _ in false }
  ) throws -> SearchResult {
    let count = x.count
    return try x.withUnsafeMutableBufferPointer { x in
      let x = x.baseAddress!
      return try randomSearch(
        objective, at: x, count: count, SearchOptions(mode: mode, trials: trials, scale: scale, seed: seed)
      ) { progress($0, x) }
    }
  }

  func testGlobalSearchTriesNormalNumbers() throws {
    let booth = TestFunction.named("Booth")
    var tried: [[Double]] = []
    var x = [50.0, 60]
    let result = try search(
      { x, gradient in
        XCTAssertNil(gradient)
        tried.append(array(x, 2))
        return booth.evaluate(x, nil)
      }, from: &x, mode: 1, trials: 20_000, scale: 3)
    XCTAssertEqual(result.end, .steps)
    XCTAssertEqual(result.steps, 20_000)
    XCTAssertEqual(result.evaluations, 20_000)
    XCTAssertEqual(result.gradientNorm, 0)
    XCTAssertEqual(result.value, tried.map(booth.value).min()!)
    XCTAssertEqual(x, tried.min { booth.value($0) < booth.value($1) }!)
    XCTAssertLessThan(result.value, 0.05)
    Moments(tried.flatMap { $0 }).assertNormal(standardDeviation: 3, count: 40_000)
    // Trial t's number i is draw t * n + i.
    let random = Philox(seed: 1, stream: RandomPurpose.search.stream())
    for (trial, point) in tried.prefix(100).enumerated() {
      for index in 0..<2 {
        XCTAssertEqual(point[index], 3 * normalQuantile(random.uniform(at: UInt64(trial * 2 + index))))
      }
    }
  }

  func testLocalSearchGoesOnFromTheBest() throws {
    let beale = TestFunction.named("Beale")
    var best = beale.start
    var x = beale.start
    var calls = 0
    let result = try search(
      { x, _ in
        let point = array(x, 2)
        if calls == 0 { XCTAssertEqual(point, beale.start) }
        calls += 1
        if beale.value(point) < beale.value(best) { best = point }
        return beale.value(point)
      }, from: &x, mode: 2, trials: 5000, scale: 0.1
    ) { report, x in
      XCTAssertEqual(array(x, 2), best)
      XCTAssertEqual(report.loss, beale.value(best))
      XCTAssertEqual(report.stepTotal, 5000)
      return false
    }
    XCTAssertEqual(result.evaluations, 5001)
    XCTAssertEqual(x, best)
    XCTAssertEqual(result.value, beale.value(x))
    XCTAssertLessThan(beale.distance(x), 0.05)
  }

  func testSeeds() throws {
    let booth = TestFunction.named("Booth")
    func result(_ seed: UInt64, trials: UInt64 = 100) throws -> [Double] {
      var x = [0.0, 0]
      _ = try search(booth.evaluate, from: &x, mode: 1, trials: trials, seed: seed)
      return x
    }
    XCTAssertEqual(try result(5), try result(5))
    XCTAssertNotEqual(try result(5), try result(6))
    // More trials are the same ones and others.
    XCTAssertLessThanOrEqual(booth.value(try result(5, trials: 1000)), booth.value(try result(5)))
  }

  func testCancelling() throws {
    let booth = TestFunction.named("Booth")
    for mode in [1, 2] as [Int32] {
      var (x, shorter) = ([9.0, 9], [9.0, 9])
      var steps: [UInt64] = []
      let result = try search(booth.evaluate, from: &x, mode: mode, trials: .max) { report, _ in
        steps.append(report.step)
        return report.step == 30
      }
      XCTAssertEqual(steps, Array(1...30))
      XCTAssertEqual(result.end, .callback)
      XCTAssertEqual(result.steps, 30)
      let whole = try search(booth.evaluate, from: &shorter, mode: mode, trials: 30)
      XCTAssertEqual(x, shorter)
      XCTAssertEqual(result.value, whole.value)
    }
  }

  func testValuesThatAreNotFiniteAreNeverBest() throws {
    for bad in [Double.nan, .infinity, -.infinity] {
      for mode in [1, 2] as [Int32] {
        var x = [1.0]
        let none = try search({ _, _ in bad }, from: &x, mode: mode, trials: 10)
        XCTAssertEqual(none.end, .diverged)
        XCTAssertEqual(x, [1])
        var calls = 0
        let some = try search(
          { x, _ in
            calls += 1
            return calls % 3 == 0 ? x[0] * x[0] : bad
          }, from: &x, mode: mode, trials: 10)
        XCTAssertEqual(some.end, .steps)
        XCTAssertNotEqual(x, [1])
        XCTAssertEqual(some.value, x[0] * x[0])
      }
      // A local search keeps a start that is finite, and says so.
      var x = [1.0]
      let start = try search({ x, _ in x[0] == 1 ? 7 : bad }, from: &x, mode: 2, trials: 10)
      XCTAssertEqual(start.end, .diverged)
      XCTAssertEqual(start.value, 7)
      XCTAssertEqual(x, [1])
    }
  }

  func testScaleOfZero() throws {
    var x = [4.0, 5]
    _ = try search({ x, _ in x[0] }, from: &x, mode: 2, trials: 5, scale: 0)
    XCTAssertEqual(x, [4, 5])
    _ = try search({ x, _ in x[0] }, from: &x, mode: 1, trials: 5, scale: 0)
    XCTAssertEqual(x, [0, 0])
  }

  // MARK: - Of the classifier

  func testClassifier() throws {
    for storage in TestSamples.Storage.allCases {
      let samples = TestSamples(300, dimension: 7, classes: 4, storage: storage)
      for mode in [1, 2] as [Int32] {
        let reference = LinearReference(.multiclassHinge, dimension: 7, classes: 4, l2: 0.01)
        let classifier = try reference.makeClassifier()
        let data = try samples.dataset
        let before = try classifier.evaluate(data).loss
        var losses: [Double] = []
        let result = try classifier.randomSearch(
          data, SearchOptions(mode: mode, trials: 200, scale: 0.3, seed: 3)
        ) { report in
          // The callback sees the best parameters so far.
          XCTAssertEqual(try? classifier.evaluate(data).loss, report.loss)
          losses.append(report.loss)
          return false
        }
        XCTAssertEqual(result.value, try classifier.evaluate(data).loss)
        XCTAssertEqual(result.value, losses.last)
        XCTAssertEqual(losses, losses.sorted(by: >))
        XCTAssertEqual(result.steps, 200)
        XCTAssertEqual(result.evaluations, mode == 1 ? 200 : 201)
        if mode == 1 {
          XCTAssertEqual(classifier.biasArray, [0, 0, 0, 0])
          let random = Philox(seed: 3, stream: RandomPurpose.search.stream())
          XCTAssertTrue(
            (0..<200 as Range<UInt64>).contains { trial in
              (0..<28).allSatisfy { index in
                classifier.weightArray[index]
                  == Float(0.3 * normalQuantile(random.uniform(at: trial * 28 + UInt64(index))))
              }
            })
        } else {
          XCTAssertEqual(classifier.biasArray, reference.bias.map { Float($0) })
          XCTAssertLessThan(result.value, before)
        }
      }
    }
  }

  func testClassifierOfWhichNoTrialIsFinite() throws {
    let samples = TestSamples(20, dimension: 3, classes: 2)
    let reference = LinearReference(.multiclassHinge, dimension: 3, classes: 2)
    let classifier = try reference.makeClassifier()
    let result = try classifier.randomSearch(
      samples.dataset, SearchOptions(mode: 1, trials: 5, scale: 1e300, seed: 3)
    ) { _ in false }
    XCTAssertEqual(result.end, .diverged)
    classifier.assertParameters(of: reference, accuracy: 0, "untouched")
  }
}
