import CDescentKernels

/// The loss of a small data set and its gradient in double, for a batch method: what it finds then is the minimum to the last
/// bit of float32, so that a sample with weight 2 gives the weights that it gives twice. Larger data would not be worth the
/// memory for their copy, and the rounding of float32 stays far below what can be known of their minimum.
struct DoublePass: ~Copyable {
  private static var mostNumbers: Int { 262_144 }

  /// Features as the model sees them, feature by feature; scores and then their slopes, output by output; the same sample by
  /// sample, and targets so.
  private let memory: Memory
  private let weightings: Memory
  private let loss: LossFunction
  private let training: UnsafeMutablePointer<Training>
  private let labels: UnsafePointer<Int32>?
  private let hasTargets: Bool
  private let isBinary: Bool
  private let samples: Int
  private let dimension: Int
  private let outputs: Int
  private let totalWeight: Double
  private let isWeighted: Bool
  private let l2: Double

  /// Whether so many samples are few enough.
  static func suits(_ model: borrowing LinearModel, samples: Int) -> Bool {
    let most = Double(mostNumbers)
    return Double(samples) * Double(model.dimension) * Double(model.outputs) <= most
  }

  /// None.
  init(empty model: borrowing LinearModel) {
    memory = Memory()
    weightings = Memory()
    (loss, training, labels, hasTargets, isBinary) = (model.loss, model.training, nil, false, false)
    (samples, dimension, outputs, totalWeight, isWeighted, l2) = (0, 0, 0, 0, false, 0)
    isEmpty = true
  }

  /// Whether it is none.
  let isEmpty: Bool

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
    var total = answers.totalWeight
    if let weights = answers.weights {
      // Of about 1, so that float32 holds them, and by a power of two, so that nothing is rounded.
      let exponent = max(-1000, min(1000, answers.weightScale.exponent))
      let scale = Double(sign: .plus, exponent: exponent, significand: 1)
      for index in 0..<samples { weightings.pointer(to: Float.self)[index] = Float(weights[index] * scale) }
      total *= scale
    }
    self.memory = memory
    self.weightings = weightings
    (self.samples, self.dimension, self.outputs, l2) = (samples, dimension, outputs, model.l2)
    (totalWeight, isWeighted, isEmpty) = (total, answers.weights != nil, false)
    (loss, training, labels, hasTargets, isBinary) = (
      model.loss, model.training, answers.labels, answers.targets != nil, model.task == .binary
    )
  }

  /// At W and, behind it, b.
  func lossAndGradient(_ x: Vector, _ gradient: Vector) -> Double {
    let loss = add(from: 0, count: samples, x, gradient)
    return loss + addPenalty(x, gradient)
  }

  /// What some of the samples contribute to the loss, and to its gradient, without the regularization.
  func add(from first: Int, count: Int, _ x: Vector, _ gradient: Vector) -> Double {
    let features = memory.pointer(to: Double.self)
    let columns = features + samples * dimension
    let rows = columns + samples * outputs
    let weightCount = dimension * outputs
    for output in 0..<outputs {
      let scores = columns + output * samples + first
      for sample in 0..<count { scores[sample] = x[weightCount + output] }
      for feature in 0..<dimension {
        let column = features + feature * samples + first
        combine(into: scores, 1, scores, x[feature * outputs + output], column, count: count)
      }
      for sample in 0..<count { rows[(first + sample) * outputs + output] = scores[sample] }
    }
    let own = rows + first * outputs
    let sum = loss.sum(
      kernel_rows(
        is_double: true, scores: own, labels: labels.map { $0 + first },
        targets: hasTargets ? UnsafeRawPointer(own + samples * outputs) : nil,
        gradient: UnsafeMutableRawPointer(own), rows: count, columns: outputs, gradient_scale: 1 / totalWeight,
        shrinks: false, parameter: loss.parameter,
        weights: isWeighted ? UnsafePointer(weightings.pointer(to: Float.self) + first) : nil, is_binary: isBinary,
        smoothing: training.pointee.smoothing.width))
    for output in 0..<outputs {
      let slopes = columns + output * samples + first
      for sample in 0..<count { slopes[sample] = own[sample * outputs + output] }
      for feature in 0..<dimension {
        gradient[feature * outputs + output] = dot(features + feature * samples + first, slopes, count: count)
      }
      var total = 0.0
      for sample in 0..<count { total += slopes[sample] }
      gradient[weightCount + output] = total
    }
    return sum / totalWeight
  }

  /// The regularization, whose gradient is added.
  func addPenalty(_ x: Vector, _ gradient: Vector) -> Double {
    var squares = 0.0
    for output in 0..<outputs {
      for feature in 0..<dimension {
        let place = feature * outputs + output
        gradient[place] += 2 * l2 * x[place]
        squares += x[place] * x[place]
      }
    }
    return l2 * squares
  }
}
