import CDescentKernels

/// The loss of a small data set and its gradient in double, for a batch method: what it finds then is the minimum to the last
/// bit of float32, so that a sample with weight 2 gives the weights that it gives twice. Larger data would not be worth the memory
/// for their copy, and the rounding of float32 stays far below what can be known of their minimum.
struct DoublePass: ~Copyable {
  private static var mostNumbers: Int { 262_144 }

  /// Features as the model sees them, feature by feature; scores and then their slopes, output by output; the same sample by
  /// sample, and targets so.
  private let memory: Memory
  private let weightings: Memory
  private let loss: LossFunction
  private let labels: UnsafePointer<Int32>?
  private let hasTargets: Bool
  private let isBinary: Bool
  private let samples: Int
  private let dimension: Int
  private let outputs: Int
  private let totalWeight: Double
  private let isWeighted: Bool
  private let l2: Double

  /// Whether the data are small enough.
  static func suits(_ model: borrowing LinearModel, _ data: Dataset) -> Bool {
    let most = Double(mostNumbers)
    return Double(data.samples) * Double(data.dimension) * Double(model.outputs) <= most
  }

  /// None.
  init(empty model: borrowing LinearModel) {
    memory = Memory()
    weightings = Memory()
    (loss, labels, hasTargets, isBinary) = (model.loss, nil, false, false)
    (samples, dimension, outputs, totalWeight, isWeighted, l2) = (0, 0, 0, 0, false, 0)
  }

  var isEmpty: Bool { samples == 0 }

  init(_ model: borrowing LinearModel, _ data: Dataset, _ answers: Answers) throws(Failure) {
    let (samples, dimension, outputs) = (data.samples, data.dimension, model.outputs)
    let memory = try Memory(
      of: Double.self, count: boundedProduct(samples, dimension + 2 * outputs + (answers.targets == nil ? 0 : outputs)),
      purpose: "the samples in double")
    let weightings = try Memory(
      of: Float.self, count: answers.weights == nil ? 0 : samples, purpose: "the samples' weights")
    let numbers = memory.pointer(to: Double.self)
    for sample in 0..<samples {
      for feature in 0..<dimension {
        numbers[feature * samples + sample] = data.seenValue(sample, feature)
      }
    }
    if let targets = answers.targets {
      for index in 0..<samples * outputs { numbers[samples * (dimension + 2 * outputs) + index] = targets[index] }
    }
    var total = Double(samples)
    if let weights = answers.weights {
      // Of about 1, so that float32 holds them, and by a power of two, so that nothing is rounded.
      let exponent = max(-1000, min(1000, answers.weightScale.exponent))
      let scale = Double(sign: .plus, exponent: exponent, significand: 1)
      total = 0
      for index in 0..<samples {
        weightings.pointer(to: Float.self)[index] = Float(weights[index] * scale)
        total += weights[index] * scale
      }
    }
    self.memory = memory
    self.weightings = weightings
    (self.samples, self.dimension, self.outputs, l2) = (samples, dimension, outputs, model.l2)
    (totalWeight, isWeighted) = (total, answers.weights != nil)
    (loss, labels, hasTargets, isBinary) = (
      model.loss, answers.labels, answers.targets != nil, model.task == .binary
    )
  }

  /// At W and, behind it, b.
  func lossAndGradient(_ x: Vector, _ gradient: Vector) -> Double {
    let features = memory.pointer(to: Double.self)
    let columns = features + samples * dimension
    let rows = columns + samples * outputs
    let weightCount = dimension * outputs
    for output in 0..<outputs {
      let scores = columns + output * samples
      for sample in 0..<samples { scores[sample] = x[weightCount + output] }
      for feature in 0..<dimension {
        combine(into: scores, 1, scores, x[feature * outputs + output], features + feature * samples, count: samples)
      }
    }
    transpose(columns, rows, outputs, samples)
    let sum = loss.sum(
      kernel_rows(
        is_double: true, scores: rows, labels: labels,
        targets: hasTargets ? UnsafeRawPointer(rows + samples * outputs) : nil,
        gradient: UnsafeMutableRawPointer(rows), rows: samples, columns: outputs, gradient_scale: 1 / totalWeight,
        shrinks: false, parameter: loss.parameter,
        weights: isWeighted ? UnsafePointer(weightings.pointer(to: Float.self)) : nil, is_binary: isBinary))
    transpose(rows, columns, samples, outputs)
    var squares = 0.0
    for output in 0..<outputs {
      let slopes = columns + output * samples
      for feature in 0..<dimension {
        let place = feature * outputs + output
        gradient[place] = dot(features + feature * samples, slopes, count: samples) + 2 * l2 * x[place]
        squares += x[place] * x[place]
      }
      var total = 0.0
      for sample in 0..<samples { total += slopes[sample] }
      gradient[weightCount + output] = total
    }
    return sum / totalWeight + l2 * squares
  }

  private func transpose(_ source: Vector, _ target: Vector, _ rows: Int, _ columns: Int) {
    for row in 0..<rows {
      for column in 0..<columns { target[column * rows + row] = source[row * columns + column] }
    }
  }
}
