import XCTest

@testable import Descent

/// A fit of which some steps are watched and others are not: every report is that of the fit that was watched throughout,
/// but for the figures that cannot be known, and these are NaN.
final class WatchedPartsTests: XCTestCase {
  private let samples = TestSamples(11, dimension: 4, classes: 3)

  /// A part of a fit, up to a step. One that is not watched ends with an epoch: nobody can stop it.
  private struct Part {
    let end: UInt64
    let isWatched: Bool
  }

  /// Every way to make so many steps in parts of both kinds by turns.
  private func patterns(steps: UInt64, perEpoch: UInt64) -> [[Part]] {
    func continuations(from step: UInt64, watched: Bool) -> [[Part]] {
      if step == steps { return [[]] }
      return (step + 1...steps).filter { watched || $0 % perEpoch == 0 }.flatMap { end in
        continuations(from: end, watched: !watched).map { [Part(end: end, isWatched: watched)] + $0 }
      }
    }
    return [true, false].flatMap { continuations(from: 0, watched: $0) }
  }

  /// The reports of a fit in parts. `saves`: between the parts classifier and optimizer are saved and loaded.
  private func reports(
    _ parts: [Part], batchSize: UInt32, perEpoch: UInt64, saves: Bool
  ) throws -> [FitProgress] {
    var saved: (SavedBytes, SavedBytes)?
    var classifier = try LinearReference(.softmaxCrossEntropy, dimension: 4, classes: 3, l2: 0.01).makeClassifier()
    var optimizer = try Optimizer.named("momentum", ["learning_rate": 6])
    var reports: [FitProgress] = []
    let data = try samples.dataset
    for (index, part) in parts.enumerated() {
      if let saved, saves {
        classifier = try saved.0.load(as: LinearModel.self)
        optimizer = try saved.1.load(as: Optimizer.self)
      }
      let epochs = UInt32((part.end - 1) / perEpoch + 1)
      let options = try FitOptions(epochs: epochs, batchSize: batchSize, sampling: 1, seed: 3)
      do {
        try classifier.fit(data, with: &optimizer, options, goesOn: index > 0, isWatched: part.isWatched) { report in
          reports.append(report)
          return report.step == part.end
        }
      } catch let failure as Failure { XCTAssertEqual(failure.kind, .cancelled) }
      saved = (try SavedBytes(of: classifier), try SavedBytes(of: optimizer))
    }
    return reports
  }

  func testEachPattern() throws {
    var unknownCosines = 0
    // 4 steps an epoch, and 1, for which nothing can be said of the noise.
    for (batchSize, perEpoch, epochs) in [(3, 4, 3), (0, 1, 5)] as [(UInt32, UInt64, UInt64)] {
      let steps = perEpoch * epochs
      let whole = try reports(
        [Part(end: steps, isWatched: true)], batchSize: batchSize, perEpoch: perEpoch, saves: false)
      XCTAssertTrue(whole.contains { $0.isPlateau } && whole.contains { $0.isEpochEnd && !$0.isPlateau })
      for (index, parts) in patterns(steps: steps, perEpoch: perEpoch).enumerated() {
        let what = parts.map { "\($0.isWatched ? "watched" : "not watched") to \($0.end)" }.joined(separator: ", ")
        let isWatched = parts.flatMap { part in
          [Bool](repeating: part.isWatched, count: Int(part.end - (parts.last { $0.end < part.end }?.end ?? 0)))
        }
        let reports = try reports(parts, batchSize: batchSize, perEpoch: perEpoch, saves: index % 2 == 0)
        XCTAssertEqual(reports.map(\.step), (1...steps).filter { isWatched[Int($0) - 1] }, what)
        for report in reports {
          let (expected, step) = (whole[Int(report.step) - 1], Int(report.step))
          XCTAssertEqual(report.epoch, expected.epoch, what)
          XCTAssertEqual(report.loss, expected.loss, "\(what): step \(step)")
          XCTAssertEqual(report.learningRate, expected.learningRate, what)
          XCTAssertEqual(report.gradientNorm, expected.gradientNorm, what)
          XCTAssertEqual(report.updateRatio, expected.updateRatio, what)
          XCTAssertEqual(report.zeroFraction, expected.zeroFraction, what)
          XCTAssertEqual(report.isEpochEnd, expected.isEpochEnd, what)
          XCTAssertEqual(report.isPlateau, expected.isPlateau, "\(what): step \(step)")

          let isWhole = isWatched[(step - 1) / Int(perEpoch) * Int(perEpoch)..<step].allSatisfy { $0 }
          if report.isEpochEnd && !isWhole {
            XCTAssertTrue(report.noiseScale.isNaN, what)
          } else {
            XCTAssertEqual(report.noiseScale, expected.noiseScale, what)
          }
          if report.updateCosine.isNaN {
            unknownCosines += 1
            XCTAssertFalse(isWatched[step - 2], what)
          } else {
            XCTAssertEqual(report.updateCosine, expected.updateCosine, what)
          }
        }
      }
    }
    XCTAssertGreaterThan(unknownCosines, 0)
  }

  /// Features and labels of another data set are refused, and what has the same values is not.
  func testOtherData() throws {
    let classifier = try LinearReference(.softmaxCrossEntropy, dimension: 4, classes: 3).makeClassifier()
    var optimizer = try Optimizer.named("sgd")
    func fit(_ data: Dataset, goesOn: Bool = true) throws(Failure) {
      try classifier.fit(
        data, with: &optimizer, FitOptions(epochs: 1, batchSize: 4, sampling: 1, seed: 0), goesOn: goesOn,
        isWatched: false
      ) { _ in false }
    }
    let bytes = TestSamples(11, dimension: 4, classes: 3, storage: .bytes)
    try fit(bytes.dataset, goesOn: false)
    try fit(bytes.dataset)
    let floats = bytes.features.map { Float($0) }
    try floats.withUnsafeBytes { floats in
      func data(_ features: UnsafeRawPointer, scale: Float = 1, offset: Float = 0) throws(Failure) -> Dataset {
        try Dataset(
          features: features, type: .float32, labels: bytes.labelPointer, samples: 11, dimension: 4, scale: scale,
          offset: offset)
      }
      try fit(data(floats.baseAddress!))
      for (scale, offset) in [(-1, 0), (1, 0.5)] as [(Float, Float)] {
        assertFailure(.invalidArgument, "data: features: not those of the fit that is to go on") {
          () throws(Failure) in
          try fit(data(floats.baseAddress!, scale: scale, offset: offset))
        }
      }
    }
    let labels = Array(bytes.labels.map { ($0 + 1) % 3 })
    try labels.withUnsafeBufferPointer { labels in
      let data = try bytes.dataset(labels: labels.baseAddress)
      assertFailure(.invalidArgument, "data: labels: not those of the fit that is to go on") { () throws(Failure) in
        try fit(data)
      }
    }
  }

  /// Of large data a sample counts, which does not miss that one column of all is another, whatever the shape.
  func testDigestOfLargeData() throws {
    for (count, dimension) in [(4096, 1), (4097, 1), (20_000, 3), (1000, 64), (512, 256), (99, 4096)] {
      var features = [Float](repeating: 0, count: count * dimension)
      func digest() throws -> UInt64 {
        try features.withUnsafeBytes {
          try Dataset(
            features: $0.baseAddress!, type: .float32, labels: nil, samples: count, dimension: dimension, scale: 1,
            offset: 0
          ).featureDigest
        }
      }
      let before = try digest()
      XCTAssertEqual(before, try digest())
      for column in Set([0, dimension / 2, dimension - 1]) where dimension <= 256 {
        for row in 0..<count { features[row * dimension + column] = 1 }
        XCTAssertNotEqual(before, try digest(), "\(count), \(dimension), \(column)")
        for row in 0..<count { features[row * dimension + column] = 0 }
      }
      features = features.map { _ in 1 }
      XCTAssertNotEqual(before, try digest(), "\(count), \(dimension)")
    }
  }
}
