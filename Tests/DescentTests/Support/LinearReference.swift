import Foundation
import TestSupport

@testable import Descent

/// The linear classifier as a textbook writes it: in double, sample by sample, without any of the library's code.
struct LinearReference {
  enum Loss: UInt32, CaseIterable {
    case softmaxCrossEntropy = 1
    case multiclassHinge = 2
    case squaredHinge = 3

    func value(_ scores: [Double], label: Int) -> Double {
      switch self {
      case .softmaxCrossEntropy:
        let greatest = scores.max()!
        return log(scores.reduce(0) { $0 + exp($1 - greatest) }) + greatest - scores[label]
      case .multiclassHinge: return margins(scores, label).reduce(0, +)
      case .squaredHinge: return margins(scores, label).reduce(0) { $0 + $1 * $1 }
      }
    }

    /// The derivative by each score.
    func slope(_ scores: [Double], label: Int) -> [Double] {
      var slope: [Double]
      switch self {
      case .softmaxCrossEntropy:
        let total = scores.reduce(0) { $0 + exp($1) }
        slope = scores.map { exp($0) / total }
        slope[label] -= 1
        return slope
      case .multiclassHinge: slope = margins(scores, label).map { $0 > 0 ? 1 : 0 }
      case .squaredHinge: slope = margins(scores, label).map { 2 * $0 }
      }
      slope[label] = -slope.reduce(0, +)
      return slope
    }

    /// max(0, sⱼ − s_y + 1), and 0 for the label itself.
    private func margins(_ scores: [Double], _ label: Int) -> [Double] {
      scores.enumerated().map { $0 == label ? 0 : max(0, $1 - scores[label] + 1) }
    }
  }

  let dimension: Int
  let classes: Int
  let loss: Loss
  var l2 = 0.0
  /// Row-major, dimension × classes.
  var weights: [Double]
  var bias: [Double]

  /// Random parameters that a float holds without rounding.
  init(_ loss: Loss, dimension: Int, classes: Int, l2: Double = 0, seed: UInt64 = 1, spread: Double = 0.5) {
    (self.loss, self.dimension, self.classes, self.l2) = (loss, dimension, classes, l2)
    var random = SeededRandom(seed: seed &+ 1000)
    weights = (0..<dimension * classes).map { _ in Double(Float(spread * random.symmetric())) }
    bias = (0..<classes).map { _ in Double(Float(spread * random.symmetric())) }
  }

  /// The library's classifier with the same parameters.
  func makeClassifier() throws -> LinearModel {
    var classifier = try LinearModel(
      dimension: dimension, classes: classes, loss: LossFunction.find(loss.rawValue))
    try classifier.setL2(l2)
    for index in weights.indices { classifier.weights[index] = Float(weights[index]) }
    for index in bias.indices { classifier.bias[index] = Float(bias[index]) }
    return classifier
  }

  func scores(_ row: ArraySlice<Double>) -> [Double] {
    var scores = bias
    for (index, feature) in row.enumerated() {
      for column in 0..<classes { scores[column] += feature * weights[index * classes + column] }
    }
    return scores
  }

  var penalty: Double { l2 * weights.reduce(0) { $0 + $1 * $1 } }

  /// The mean loss of some samples, all by default.
  func meanLoss(_ samples: TestSamples, _ indices: [Int]? = nil) -> Double {
    let indices = indices ?? Array(0..<samples.count)
    let total = indices.reduce(0) {
      $0 + loss.value(scores(samples.row($1)), label: Int(samples.labels[$1]))
    }
    return total / Double(indices.count) + penalty
  }

  struct Gradient {
    var weights: [Double]
    var bias: [Double]
    var norm: Double { (weights + bias).reduce(0) { $0 + $1 * $1 }.squareRoot() }
  }

  func gradient(_ samples: TestSamples, _ indices: [Int]? = nil) -> Gradient {
    let indices = indices ?? Array(0..<samples.count)
    var gradient = Gradient(
      weights: weights.map { 2 * l2 * $0 }, bias: [Double](repeating: 0, count: classes))
    for index in indices {
      let row = samples.row(index)
      let slope = loss.slope(scores(row), label: Int(samples.labels[index])).map { $0 / Double(indices.count) }
      for (position, feature) in row.enumerated() {
        for column in 0..<classes { gradient.weights[position * classes + column] += feature * slope[column] }
      }
      for column in 0..<classes { gradient.bias[column] += slope[column] }
    }
    return gradient
  }

  /// Gradient descent with momentum (0 for none): v = μ v − η g, w += v, over the minibatches one after the other.
  mutating func descend(
    _ samples: TestSamples, batches: [[Int]], learningRate: Double, momentum: Double
  ) {
    var velocity = Gradient(
      weights: [Double](repeating: 0, count: weights.count), bias: [Double](repeating: 0, count: classes))
    for batch in batches {
      let gradient = gradient(samples, batch)
      for index in weights.indices {
        velocity.weights[index] = momentum * velocity.weights[index] - learningRate * gradient.weights[index]
        weights[index] += velocity.weights[index]
      }
      for index in bias.indices {
        velocity.bias[index] = momentum * velocity.bias[index] - learningRate * gradient.bias[index]
        bias[index] += velocity.bias[index]
      }
    }
  }
}
