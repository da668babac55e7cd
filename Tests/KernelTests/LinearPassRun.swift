import CDescentKernels
import TestSupport

/// Samples and parameters on which the linear pass can be run.
struct LinearProblem<Feature: LinearFeature> {
  let dimension: Int
  let classes: Int
  let rows: Int
  /// So many more are announced, which a pass may fetch but not look at.
  let rowsToCome: Int
  let features: [Feature]
  let labels: [Int32]
  /// Of each sample and column, in double, and in float32 if that is how the pass is to have them.
  let targets: [Double]
  var targetsAreDouble = true
  /// How much each sample counts, if not all count 1; what they are multiplied by.
  var sampleWeights: [Double]?
  var weightScale = 1.0
  /// The only column is the score of class 1 against class 0.
  var isBinary = false
  /// What the pass is to make these features of; nil if it gets them as they are.
  var stored: StoredFeatures?
  /// Which samples; nil for the first ones. Those to come stand behind the others.
  let indices: [Int]?
  /// Row-major, `dimension × classes`.
  var weights: [Float]
  var bias: [Float]
  /// Bytes are multiplied by it.
  let featureScale: Float = Feature.self == UInt8.self ? 0.7 : 1
  var gradientScale = 0.375

  /// Random numbers; with indices the samples come in another order, and one of them twice.
  init(dimension: Int, classes: Int, rows: Int, rowsToCome: Int = 0, indexed: Bool = false, seed: Int) {
    var random = SeededRandom(seed: UInt64(seed))
    (self.dimension, self.classes, self.rows, self.rowsToCome) = (dimension, classes, rows, rowsToCome)
    let samples = rows + rowsToCome
    features = (0..<samples * dimension).map { _ in Feature.random(&random) }
    labels = (0..<samples).map { _ in Int32(random.index(0..<max(classes, 2))) % Int32(classes) }
    targets = random.uniform(0..<1, count: samples * classes)
    if indexed {
      var order = Array(0..<samples)
      order.shuffle(using: &random)
      if samples > 2 { order[1] = order[0] }
      indices = order
    } else {
      indices = nil
    }
    let spread = Feature.weightSpread / Double(dimension).squareRoot()
    weights = random.uniform(-spread..<spread, count: dimension * classes)
    bias = random.uniform(-1..<1, count: classes)
  }

  /// Other features, or other samples of them.
  init(copying other: LinearProblem, features: [Feature], indices: [Int]?) {
    (dimension, classes, labels, weights, bias) = (
      other.dimension, other.classes, other.labels, other.weights, other.bias
    )
    (targets, targetsAreDouble, isBinary) = (other.targets, other.targetsAreDouble, other.isBinary)
    (sampleWeights, weightScale) = (other.sampleWeights, other.weightScale)
    gradientScale = other.gradientScale
    (self.features, self.indices) = (features, indices)
    (rows, rowsToCome) = indices.map { ($0.count, 0) } ?? (other.rows, other.rowsToCome)
  }

  /// A feature as the pass sees it.
  func feature(_ index: Int) -> Double { Double(Float(features[index].number) * featureScale) }

  /// A target as the pass sees it.
  func target(_ index: Int) -> Double { Double(Float(targets[index])) }

  /// How much a sample counts in losses.
  func weight(_ sample: Int) -> Double { sampleWeights.map { Double(Float($0[sample] * weightScale)) } ?? 1 }

  /// The same sums with one score for two classes.
  func binary(labels: [Int32]) -> LinearProblem {
    precondition(classes == 1)
    var problem = LinearProblem(copying: self, labels: labels)
    problem.isBinary = true
    return problem
  }

  private init(copying other: LinearProblem, labels: [Int32]) {
    self.labels = labels
    (dimension, classes, rows, rowsToCome) = (other.dimension, other.classes, other.rows, other.rowsToCome)
    (features, indices, weights, bias) = (other.features, other.indices, other.weights, other.bias)
    (targets, targetsAreDouble) = (other.targets, other.targetsAreDouble)
    (sampleWeights, weightScale, gradientScale) = (other.sampleWeights, other.weightScale, other.gradientScale)
  }

  /// A sample by its place in the pass.
  func number(_ row: Int) -> Int { indices?[row] ?? row }

  var pitch: Int {
    let lanes = Int(KERNEL_LINEAR_LANES)
    return (dimension + lanes - 1) / lanes * lanes
  }

  /// W as the pass wants it.
  var transposedWeights: [Float] {
    var transposed = [Float](repeating: 0, count: classes * pitch)
    for index in 0..<dimension {
      for column in 0..<classes { transposed[column * pitch + index] = weights[index * classes + column] }
    }
    return transposed
  }
}

protocol LinearFeature: BitwiseCopyable {
  static var isByte: Bool { get }
  /// Weights of this size give scores of about 1.
  static var weightSpread: Double { get }
  var number: Double { get }
  static func random(_ random: inout SeededRandom) -> Self
}

extension Float: LinearFeature {
  static var isByte: Bool { false }
  static var weightSpread: Double { 2 }
  var number: Double { Double(self) }
  static func random(_ random: inout SeededRandom) -> Float { Float(random.symmetric()) }
}

extension UInt8: LinearFeature {
  static var isByte: Bool { true }
  static var weightSpread: Double { 1.0 / 64 }
  var number: Double { Double(self) }
  static func random(_ random: inout SeededRandom) -> UInt8 { UInt8(random.index(0..<256)) }
}

/// Features in double, and what makes others of them, column by column.
struct StoredFeatures {
  let numbers: [Double]
  let scale: Float
  let offset: Float
  let centers: [Double]
  let factors: [Double]

  init(dimension: Int, samples: Int, seed: UInt64) {
    var random = SeededRandom(seed: seed)
    numbers = random.uniform(-1..<1, count: samples * dimension)
    (scale, offset) = (Float(random.symmetric()), Float(random.symmetric()))
    centers = random.uniform(-1..<1, count: dimension)
    factors = random.uniform(0.5..<2, count: dimension)
  }

  var converted: [Float] {
    numbers.enumerated().map { index, number in
      let column = index % centers.count
      return Float((number * Double(scale) + Double(offset) - centers[column]) * factors[column])
    }
  }
}

/// What a pass may be asked for.
struct LinearWish: OptionSet {
  let rawValue: Int
  static var loss: LinearWish { LinearWish(rawValue: 1) }
  static var gradient: LinearWish { LinearWish(rawValue: 2) }
  static var scores: LinearWish { LinearWish(rawValue: 4) }
  static var predictions: LinearWish { LinearWish(rawValue: 8) }
  static var all: LinearWish { [.loss, .gradient, .scores, .predictions] }
}

/// What it has found; empty where it was not asked.
struct LinearOutcome {
  var lossSum = 0.0
  var hits = 0.0
  var isFinite = true
  var scores: [Float] = []
  var predictions: [Int32] = []
  /// Transposed: `classes × pitch`.
  var gradient: [Float] = []
  var biasGradient: [Double] = []

  func hasSameBits(as other: LinearOutcome) -> Bool {
    lossSum.bitPattern == other.lossSum.bitPattern && hits.bitPattern == other.hits.bitPattern
      && isFinite == other.isFinite && haveSameBits(scores, other.scores)
      && predictions == other.predictions && haveSameBits(gradient, other.gradient)
      && haveSameBits(biasGradient, other.biasGradient)
  }
}

/// Memory for passes, every array against a page that ends the test if it is touched.
final class LinearPassMemory<Feature: LinearFeature> {
  private let features: PageArray<Feature>
  private let stored: PageArray<Double>
  private let centers: PageArray<Double>
  private let factors: PageArray<Double>
  private let converted: PageArray<Float>
  private let labels: PageArray<Int32>
  private let targets: PageArray<Double>
  private let roundedTargets: PageArray<Float>
  private let sampleWeights: PageArray<Double>
  private let indices: PageArray<Int>
  private let weights: PageArray<Float>
  private let bias: PageArray<Float>
  private let scratch: PageArray<Float>
  private let scores: PageArray<Float>
  private let predictions: PageArray<Int32>
  private let gradient: PageArray<Float>
  private let biasGradient: PageArray<Double>

  /// For problems of at most this size.
  init(dimension: Int, classes: Int, samples: Int) {
    let pitch = dimension + Int(KERNEL_LINEAR_LANES)
    features = PageArray(capacity: samples * dimension)
    stored = PageArray(capacity: samples * dimension)
    centers = PageArray(capacity: dimension)
    factors = PageArray(capacity: dimension)
    converted = PageArray(capacity: Int(KERNEL_PACKED_ROWS) * dimension)
    labels = PageArray(capacity: samples)
    targets = PageArray(capacity: samples * classes)
    roundedTargets = PageArray(capacity: samples * classes)
    sampleWeights = PageArray(capacity: samples)
    indices = PageArray(capacity: samples)
    weights = PageArray(capacity: classes * pitch)
    bias = PageArray(capacity: classes)
    scratch = PageArray(capacity: kernel_linear_scratch(classes))
    scores = PageArray(capacity: samples * classes)
    predictions = PageArray(capacity: samples)
    gradient = PageArray(capacity: classes * pitch)
    biasGradient = PageArray(capacity: classes)
  }

  struct Result {
    let outcome: LinearOutcome
    /// Whether nothing was written but what was asked for.
    let isIntact: Bool
  }

  func run(
    _ problem: LinearProblem<Feature>, _ table: UnsafeMutablePointer<kernel_table>,
    _ loss: UnsafePointer<kernel_loss>? = nil, _ wish: LinearWish = .all, at edge: PageArrayEdge = .end
  ) -> Result {
    let transposed = problem.transposedWeights
    // Where others are converted there is nothing at all.
    features.place(problem.stored == nil ? problem.features : [], at: edge)
    stored.place(problem.stored?.numbers ?? [], at: edge)
    centers.place(problem.stored?.centers ?? [], at: edge)
    factors.place(problem.stored?.factors ?? [], at: edge)
    let room = problem.stored == nil ? 0 : Int(KERNEL_PACKED_ROWS) * problem.dimension
    converted.place([Float](repeating: .nan, count: room), at: edge)
    labels.place(problem.labels, at: edge)
    targets.place(problem.targets, at: edge)
    roundedTargets.place(problem.targets.map { Float($0) }, at: edge)
    sampleWeights.place(problem.sampleWeights ?? [], at: edge)
    indices.place(problem.indices ?? [], at: edge)
    weights.place(transposed, at: edge)
    bias.place(problem.bias, at: edge)
    // What is there before must not matter.
    scratch.place([Float](repeating: .nan, count: kernel_linear_scratch(problem.classes)), at: edge)
    let (rows, classes) = (problem.rows, problem.classes)
    scores.place([Float](repeating: .nan, count: wish.contains(.scores) ? rows * classes : 0), at: edge)
    predictions.place([Int32](repeating: -7, count: wish.contains(.predictions) ? rows : 0), at: edge)
    let takesGradient = wish.contains(.gradient)
    gradient.place([Float](repeating: .nan, count: takesGradient ? classes * problem.pitch : 0), at: edge)
    biasGradient.place([Double](repeating: .nan, count: takesGradient ? classes : 0), at: edge)

    let takesLabels = loss?.pointee.takes_labels ?? false
    let numbers = problem.indices == nil ? nil : UnsafePointer(indices.pointer)
    var pass = kernel_linear(
      features: UnsafeRawPointer(problem.stored == nil ? features.raw : stored.raw),
      conversion: conversion(problem), is_bytes: Feature.isByte, indices: numbers, rows: rows,
      rows_to_come: problem.rowsToCome, dimension: problem.dimension, outputs: classes, pitch: problem.pitch,
      weights: UnsafePointer(weights.pointer), bias: UnsafePointer(bias.pointer), scratch: scratch.pointer,
      labels: takesLabels ? UnsafePointer(labels.pointer) : nil,
      targets: loss == nil || takesLabels
        ? nil : UnsafeRawPointer(problem.targetsAreDouble ? targets.raw : roundedTargets.raw),
      targets_are_double: problem.targetsAreDouble, target_centers: nil,
      sample_weights: problem.sampleWeights == nil ? nil : UnsafePointer(sampleWeights.pointer),
      weight_scale: problem.weightScale, loss: wish.contains(.loss) ? loss?.pointee.packed : nil,
      parameter: loss?.pointee.parameter_default ?? 0, is_binary: problem.isBinary, smoothing: 0,
      gradient_scale: problem.gradientScale,
      feature_scale: problem.featureScale, gradient: takesGradient ? gradient.pointer : nil,
      bias_gradient: takesGradient ? biasGradient.pointer : nil,
      scores: wish.contains(.scores) ? scores.pointer : nil,
      predictions: wish.contains(.predictions) ? predictions.pointer : nil, loss_sum: -1, hits: 77,
      is_finite: false)
    table.pointee.linear_pass(&pass)
    return Result(
      outcome: LinearOutcome(
        lossSum: pass.loss_sum, hits: pass.hits, isFinite: pass.is_finite, scores: scores.values,
        predictions: predictions.values,
        gradient: gradient.values, biasGradient: biasGradient.values),
      isIntact: features.isUnchanged(from: problem.stored == nil ? problem.features : [])
        && stored.isUnchanged(from: problem.stored?.numbers ?? []) && converted.isIntact
        && targets.isUnchanged(from: problem.targets)
        && sampleWeights.isUnchanged(from: problem.sampleWeights ?? []) && labels.isUnchanged(from: problem.labels)
        && indices.isUnchanged(from: problem.indices ?? []) && weights.isUnchanged(from: transposed)
        && bias.isUnchanged(from: problem.bias) && scratch.isIntact && scores.isIntact && predictions.isIntact
        && gradient.isIntact && biasGradient.isIntact)
  }
  private func conversion(_ problem: LinearProblem<Feature>) -> kernel_gather {
    kernel_gather(
      features: UnsafeRawPointer(stored.raw), dtype: 2, indices: nil, rows: 0, dimension: problem.dimension,
      scale: problem.stored?.scale ?? 1, offset: problem.stored?.offset ?? 0,
      centers: UnsafePointer(centers.pointer), factors: UnsafePointer(factors.pointer),
      out: problem.stored == nil ? nil : converted.pointer, is_near: false)
  }
}
