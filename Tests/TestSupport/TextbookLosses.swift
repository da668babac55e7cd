import Foundation

/// The losses that have textbook code: straightforward formulas in double, one row at a time, with the C library's
/// functions.
public enum TextbookLoss: String, CaseIterable, Sendable {
  case softmaxCrossEntropy = "softmax_cross_entropy"
  case multiclassHinge = "multiclass_hinge"
  case squaredHinge = "squared_hinge"
  case oneVsRestHinge = "one_vs_rest_hinge"
  case oneVsRestSquaredHinge = "one_vs_rest_squared_hinge"
  case oneVsRestLogistic = "one_vs_rest_logistic"
  case squaredError = "squared_error"
  case absoluteError = "absolute_error"
  case huber
  case logistic
  case quantile
  case epsilonInsensitive = "epsilon_insensitive"
  case squaredEpsilonInsensitive = "squared_epsilon_insensitive"
  case poisson

  /// A row's loss and its derivative by each score. The magnitudes are the sums of the sizes of the terms: what rounding
  /// errors are proportional to.
  public struct Row {
    public var value = 0.0
    public var valueMagnitude = 0.0
    public var gradient: [Double]
    public var gradientMagnitude: [Double]

    init(count: Int) {
      gradient = [Double](repeating: 0, count: count)
      gradientMagnitude = gradient
    }
  }

  /// Losses with integer labels look at `label`, the others at `targets`.
  public func row(_ scores: [Double], label: Int, targets: [Double]) -> Row {
    switch self {
    case .softmaxCrossEntropy: softmax(scores, label)
    case .multiclassHinge: hinge(scores, label) { ($0, 1) }
    case .squaredHinge: hinge(scores, label) { ($0 * $0, 2 * $0) }
    case .oneVsRestHinge, .oneVsRestSquaredHinge, .oneVsRestLogistic:
      regression(scores, scores.indices.map { $0 == label ? 1 : 0 }, term: term)
    default: regression(scores, targets, term: term)
    }
  }

  /// That of a single score, of class 1 against class 0: class 0 has the score 0.
  public func binaryRow(_ score: Double, label: Int) -> Row {
    if [.oneVsRestHinge, .oneVsRestSquaredHinge, .oneVsRestLogistic].contains(self) {
      return row([score], label: 1 - label, targets: [])
    }
    var row = row([0, score], label: label, targets: [])
    (row.gradient, row.gradientMagnitude) = ([row.gradient[1]], [row.gradientMagnitude[1]])
    return row
  }

  /// The loss of one prediction and its derivative, with the default of its parameter.
  private func term(_ p: Double, _ t: Double) -> (value: Double, slope: Double) {
    let error = p - t
    switch self {
    case .squaredError: return (error * error, 2 * error)
    case .absoluteError: return (abs(error), error == 0 ? 0 : error / abs(error))
    case .huber: return abs(error) <= 1 ? (error * error / 2, error) : (abs(error) - 0.5, error / abs(error))
    case .oneVsRestHinge, .oneVsRestSquaredHinge:
      let sign = 2 * t - 1
      let margin = max(0, 1 - sign * p)
      if self == .oneVsRestHinge { return (margin, margin > 0 ? -sign : 0) }
      return (margin * margin, -2 * sign * margin)
    case .logistic, .oneVsRestLogistic: return (max(p, 0) - t * p + log1p(exp(-abs(p))), 1 / (1 + exp(-p)) - t)
    case .quantile: return (abs(error) / 2, error == 0 ? 0 : error > 0 ? 0.5 : -0.5)
    case .epsilonInsensitive: return abs(error) <= 0.1 ? (0, 0) : (abs(error) - 0.1, error / abs(error))
    case .squaredEpsilonInsensitive:
      let excess = max(0, abs(error) - 0.1)
      return (excess * excess, error < 0 ? -2 * excess : 2 * excess)
    case .poisson: return (exp(p) - t * p, exp(p) - t)
    case .softmaxCrossEntropy, .multiclassHinge, .squaredHinge: fatalError("\(self) has no term of its own")
    }
  }
}

/// log Σ exp(sⱼ − max s) − (s_y − max s)
private func softmax(_ scores: [Double], _ label: Int) -> TextbookLoss.Row {
  var row = TextbookLoss.Row(count: scores.count)
  let greatest = scores.max()!
  let total = scores.reduce(0) { $0 + exp($1 - greatest) }
  row.value = log(total) + (greatest - scores[label])
  row.valueMagnitude = 1 + log(total) + abs(greatest) + abs(scores[label])
  for (index, score) in scores.enumerated() {
    let probability = exp(score - greatest) / total
    // A rounding of the difference is an absolute error of the exponent.
    row.gradientMagnitude[index] = probability * (1 + min(abs(score - greatest), 800)) + (index == label ? 1 : 0)
    row.gradient[index] = probability - (index == label ? 1 : 0)
  }
  return row
}

/// Σ_{j≠y} value(sⱼ − s_y + 1) over the margins above 0
private func hinge(
  _ scores: [Double], _ label: Int, _ term: (Double) -> (value: Double, slope: Double)
) -> TextbookLoss.Row {
  var row = TextbookLoss.Row(count: scores.count)
  for (index, score) in scores.enumerated() where index != label {
    let margin = score - scores[label] + 1
    if margin <= 0 { continue }
    let (value, slope) = term(margin)
    let cancellation = (abs(score) + abs(scores[label]) + 1) / margin
    row.value += value
    row.valueMagnitude += value * cancellation
    row.gradient[index] = slope
    row.gradientMagnitude[index] = slope * cancellation
    row.gradient[label] -= slope
    row.gradientMagnitude[label] += slope * cancellation
  }
  return row
}

private func regression(
  _ predictions: [Double], _ targets: [Double], term: (Double, Double) -> (value: Double, slope: Double)
) -> TextbookLoss.Row {
  var row = TextbookLoss.Row(count: predictions.count)
  for (index, (prediction, target)) in zip(predictions, targets).enumerated() {
    let (value, slope) = term(prediction, target)
    row.value += value
    row.valueMagnitude += abs(value) + abs(prediction) + abs(target) + abs(prediction * target)
    row.gradient[index] = slope
    row.gradientMagnitude[index] = abs(slope) + abs(target)
  }
  return row
}
