import CDescentKernels

/// A model's loss in double as a function of one of its parameters. Its differences are exact enough to check the
/// float32 gradient. The scores are kept: changing a parameter changes only one of their columns.
struct LossInDouble: ~Copyable {
  private let loss: LossFunction
  private let data: Dataset
  private let answers: Answers
  private let isBinary: Bool
  private let outputs: Int
  private let l2: Double
  private let weights: UnsafePointer<Float>
  private let scores: Memory
  /// The targets in double, rounded to float32 as the model sees them, and the samples' weights, where there are such.
  private let targets: Memory
  private let weightings: Memory
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
    _ model: borrowing LinearModel, _ data: Dataset, _ answers: Answers
  ) throws(Failure) {
    let (outputs, dimension) = (model.outputs, data.dimension)
    guard let count = byteCount(data.samples, outputs) else {
      throw Failure(.outOfMemory, "no memory for the scores of \(data.samples) samples")
    }
    let scores = try Memory(of: Double.self, count: count, purpose: "the scores")
    let targets = try Memory(of: Double.self, count: answers.targets == nil ? 0 : count, purpose: "the targets")
    let weightings = try Memory(
      of: Float.self, count: answers.weights == nil ? 0 : data.samples, purpose: "the samples' weights")
    if let given = answers.targets {
      for index in 0..<count { targets.pointer(to: Double.self)[index] = Double(Float(given[index])) }
    }
    if let given = answers.weights {
      for index in 0..<data.samples {
        weightings.pointer(to: Float.self)[index] = Float(given[index] * answers.weightScale)
      }
    }
    let features = try Memory(of: Double.self, count: data.samples, purpose: "a feature of all samples")
    let column = try Memory(of: Double.self, count: data.samples, purpose: "a class's scores")
    let slopes = try Memory(
      of: Double.self, count: boundedProduct(Self.rowsPerBlock, outputs), purpose: "a block's slopes")
    let featureSizes = try Memory(of: Double.self, count: dimension + 1, purpose: "the sizes of the features")
    let slopeSizes = try Memory(of: Double.self, count: outputs, purpose: "the sizes of the slopes")
    self.scores = scores
    self.targets = targets
    self.weightings = weightings
    self.features = features
    self.column = column
    self.slopes = slopes
    self.featureSizes = featureSizes
    self.slopeSizes = slopeSizes
    self.outputs = outputs
    self.data = data
    self.answers = answers
    isBinary = model.task == .binary
    loss = model.loss
    l2 = model.l2
    weights = UnsafePointer(model.trained)
    var sum = 0.0
    if l2 != 0 {
      for index in 0..<model.weightCount { sum += Double(weights[index]) * Double(weights[index]) }
    }
    penalty = l2 * sum
    computeScores(model.trainedBias)
    measureSlopes()
    value = total
  }

  private var scorePointer: UnsafeMutablePointer<Double> { scores.pointer(to: Double.self) }

  private mutating func computeScores(_ bias: UnsafePointer<Float>) {
    let sizes = featureSizes.pointer(to: Double.self)
    for sample in 0..<data.samples {
      let out = scorePointer + sample * outputs
      for index in 0..<outputs { out[index] = Double(bias[index]) }
      data.forEachSeen(sample) { position, value in
        let feature = Double(Float(value))
        sizes[position] += feature * feature
        let weights = weights + position * outputs
        for index in 0..<outputs { out[index] += feature * Double(weights[index]) }
      }
      for index in 0..<outputs { largestScore = max(largestScore, abs(out[index])) }
    }
    for position in 0..<data.dimension { sizes[position] = (sizes[position] / Double(data.samples)).squareRoot() }
    sizes[data.dimension] = 1
  }

  private func measureSlopes() {
    let (slopes, sizes) = (slopes.pointer(to: Double.self), slopeSizes.pointer(to: Double.self))
    var first = 0
    while first < data.samples {
      let rows = min(Self.rowsPerBlock, data.samples - first)
      _ = loss.sum(kernelRows(from: first, count: rows, gradient: slopes))
      for index in 0..<rows * outputs { sizes[index % outputs] += slopes[index] * slopes[index] }
      first += rows
    }
    for index in 0..<outputs { sizes[index] = (sizes[index] / Double(data.samples)).squareRoot() }
  }

  private var total: Double {
    loss.sum(kernelRows(from: 0, count: data.samples, gradient: nil)) / Double(data.samples) + penalty
  }

  private func kernelRows(from first: Int, count: Int, gradient: UnsafeMutablePointer<Double>?) -> kernel_rows {
    kernel_rows(
      is_double: true, scores: UnsafeRawPointer(scorePointer + first * outputs),
      labels: answers.labels.map { $0 + first },
      targets: answers.targets == nil ? nil : UnsafeRawPointer(targets.pointer(to: Double.self) + first * outputs),
      gradient: gradient.map { UnsafeMutableRawPointer($0) }, rows: count, columns: outputs, gradient_scale: 1,
      shrinks: false, parameter: loss.parameter,
      weights: answers.weights == nil ? nil : UnsafePointer(weightings.pointer(to: Float.self) + first),
      is_binary: isBinary, smoothing: 0)
  }

  /// Root of the mean square of the feature that goes with a parameter: 1 for the bias.
  func featureSize(_ index: Int) -> Double { featureSizes.pointer(to: Double.self)[index / outputs] }

  /// Root of the mean square of a sample's derivative with respect to the score that a parameter contributes to.
  func slopeSize(_ index: Int) -> Double { slopeSizes.pointer(to: Double.self)[index % outputs] }

  /// Selects parameter number `index`, W before b.
  mutating func select(_ index: Int) {
    let (features, column) = (features.pointer(to: Double.self), column.pointer(to: Double.self))
    if feature != index / outputs {
      feature = index / outputs
      for sample in 0..<data.samples {
        features[sample] = feature == data.dimension ? 1 : Double(data.feature(sample, feature))
      }
    }
    for sample in 0..<data.samples { column[sample] = scorePointer[sample * outputs + index % outputs] }
  }

  /// The loss with the selected parameter, number `index`, changed by `change`.
  func value(_ index: Int, changedBy change: Double) -> Double {
    let (features, column) = (features.pointer(to: Double.self), column.pointer(to: Double.self))
    let target = scorePointer + index % outputs
    for sample in 0..<data.samples { target[sample * outputs] = column[sample] + change * features[sample] }
    let moved = total
    for sample in 0..<data.samples { target[sample * outputs] = column[sample] }
    guard l2 != 0 && index < data.dimension * outputs else { return moved }
    return moved + l2 * change * (2 * Double(weights[index]) + change)
  }
}
