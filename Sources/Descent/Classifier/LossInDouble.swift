import CDescentKernels

/// A classifier's loss in double as a function of one of its parameters. Its differences are exact enough to check the
/// float32 gradient. The scores are kept: changing a parameter changes only one of their columns.
struct LossInDouble: ~Copyable {
  private let loss: LossFunction
  private let data: Dataset
  private let labels: UnsafePointer<Int32>
  private let classes: Int
  private let l2: Double
  private let weights: UnsafePointer<Float>
  private let scores: Memory
  /// For each sample, the feature and the score that belong to the selected parameter.
  private let features: Memory
  private let column: Memory
  /// The derivatives of the losses of a block of samples with respect to their scores.
  private let slopes: Memory
  /// Root of the mean square of each feature (then 1 for the bias), and of each class's slopes times the samples.
  private let featureSizes: Memory
  private let slopeSizes: Memory
  private let penalty: Double
  private(set) var value = 0.0
  /// The largest absolute score.
  private(set) var largestScore = 0.0
  private var feature = -1

  private static var rowsPerBlock: Int { 256 }

  init(
    _ classifier: borrowing LinearClassifier, _ data: Dataset, labels: UnsafePointer<Int32>
  ) throws(Failure) {
    let (classes, dimension) = (classifier.classes, data.dimension)
    guard let count = byteCount(data.samples, classes) else {
      throw Failure(.outOfMemory, "no memory for the scores of \(data.samples) samples")
    }
    let scores = try Memory(of: Double.self, count: count, purpose: "the scores")
    let features = try Memory(of: Double.self, count: data.samples, purpose: "a feature of all samples")
    let column = try Memory(of: Double.self, count: data.samples, purpose: "a class's scores")
    let slopes = try Memory(
      of: Double.self, count: boundedProduct(Self.rowsPerBlock, classes), purpose: "a block's slopes")
    let featureSizes = try Memory(of: Double.self, count: dimension + 1, purpose: "the sizes of the features")
    let slopeSizes = try Memory(of: Double.self, count: classes, purpose: "the sizes of the slopes")
    let row = try Memory(of: Float.self, count: dimension, purpose: "a row of features")
    self.scores = scores
    self.features = features
    self.column = column
    self.slopes = slopes
    self.featureSizes = featureSizes
    self.slopeSizes = slopeSizes
    self.classes = classes
    self.data = data
    self.labels = labels
    loss = classifier.loss
    l2 = classifier.l2
    weights = UnsafePointer(classifier.weights)
    var sum = 0.0
    if l2 != 0 {
      for index in 0..<classifier.weightCount { sum += Double(weights[index]) * Double(weights[index]) }
    }
    penalty = l2 * sum
    computeScores(classifier.bias, row: row.pointer(to: Float.self))
    measureSlopes()
    value = total
  }

  private var scorePointer: UnsafeMutablePointer<Double> { scores.pointer(to: Double.self) }

  private mutating func computeScores(_ bias: UnsafePointer<Float>, row: UnsafeMutablePointer<Float>) {
    let sizes = featureSizes.pointer(to: Double.self)
    for sample in 0..<data.samples {
      data.gather(nil, from: sample, count: 1, into: row)
      let out = scorePointer + sample * classes
      for index in 0..<classes { out[index] = Double(bias[index]) }
      for position in 0..<data.dimension {
        let feature = Double(row[position])
        sizes[position] += feature * feature
        let weights = weights + position * classes
        for index in 0..<classes { out[index] += feature * Double(weights[index]) }
      }
      for index in 0..<classes { largestScore = max(largestScore, abs(out[index])) }
    }
    for position in 0..<data.dimension { sizes[position] = (sizes[position] / Double(data.samples)).squareRoot() }
    sizes[data.dimension] = 1
  }

  private func measureSlopes() {
    let (slopes, sizes) = (slopes.pointer(to: Double.self), slopeSizes.pointer(to: Double.self))
    var first = 0
    while first < data.samples {
      let rows = min(Self.rowsPerBlock, data.samples - first)
      _ = loss.sum(
        kernel_rows(
          is_double: true, scores: UnsafeRawPointer(scorePointer + first * classes), labels: labels + first,
          targets: nil,
          gradient: UnsafeMutableRawPointer(slopes), rows: rows, columns: classes, gradient_scale: 1,
          shrinks: false))
      for index in 0..<rows * classes { sizes[index % classes] += slopes[index] * slopes[index] }
      first += rows
    }
    for index in 0..<classes { sizes[index] = (sizes[index] / Double(data.samples)).squareRoot() }
  }

  private var total: Double {
    loss.sum(
      kernel_rows(
        is_double: true, scores: UnsafeRawPointer(scorePointer), labels: labels, targets: nil, gradient: nil,
        rows: data.samples,
        columns: classes, gradient_scale: 0, shrinks: false)) / Double(data.samples) + penalty
  }

  /// Root of the mean square of the feature that goes with a parameter: 1 for the bias.
  func featureSize(_ index: Int) -> Double { featureSizes.pointer(to: Double.self)[index / classes] }

  /// Root of the mean square of a sample's derivative with respect to the score that a parameter contributes to.
  func slopeSize(_ index: Int) -> Double { slopeSizes.pointer(to: Double.self)[index % classes] }

  /// Selects parameter number `index`, W before b.
  mutating func select(_ index: Int) {
    let (features, column) = (features.pointer(to: Double.self), column.pointer(to: Double.self))
    if feature != index / classes {
      feature = index / classes
      for sample in 0..<data.samples {
        features[sample] = feature == data.dimension ? 1 : Double(data.feature(at: sample * data.dimension + feature))
      }
    }
    for sample in 0..<data.samples { column[sample] = scorePointer[sample * classes + index % classes] }
  }

  /// The loss with the selected parameter, number `index`, changed by `change`.
  func value(_ index: Int, changedBy change: Double) -> Double {
    let (features, column) = (features.pointer(to: Double.self), column.pointer(to: Double.self))
    let target = scorePointer + index % classes
    for sample in 0..<data.samples { target[sample * classes] = column[sample] + change * features[sample] }
    let moved = total
    for sample in 0..<data.samples { target[sample * classes] = column[sample] }
    guard l2 != 0 && index < data.dimension * classes else { return moved }
    return moved + l2 * change * (2 * Double(weights[index]) + change)
  }
}
