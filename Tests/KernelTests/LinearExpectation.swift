import TestSupport

/// What textbook code in double makes of a problem, and how far rounding may take a correct pass from it.
struct LinearExpectation {
  private let roundoff = Float.unitRoundoff

  /// What is wrong with the scores: each is a sum in sixteen lanes that are added up in four steps, then the bias.
  func difference<Feature>(ofScores scores: [Float], _ problem: LinearProblem<Feature>) -> String? {
    let roundings = Double(problem.dimension / 16 + 8)
    for row in 0..<problem.rows {
      for column in 0..<problem.classes {
        var (sum, magnitude) = (Double(problem.bias[column]), Double(problem.bias[column].magnitude))
        for index in 0..<problem.dimension {
          let product =
            problem.feature(problem.number(row) * problem.dimension + index)
            * Double(problem.weights[index * problem.classes + column])
          sum += product
          magnitude += product.magnitude
        }
        let score = Double(scores[row * problem.classes + column])
        if !(abs(score - sum) <= roundings * roundoff * magnitude) {
          return "score (\(row), \(column)) is \(score), not \(sum)"
        }
      }
    }
    return nil
  }

  /// What is wrong with all that follows from the scores, which are taken as they are.
  func difference<Feature>(
    of outcome: LinearOutcome, _ problem: LinearProblem<Feature>, _ textbook: TextbookLoss, takesLabels: Bool
  ) -> String? {
    let (dimension, classes) = (problem.dimension, problem.classes)
    let roundings = Double(classes + 16) * Double.unitRoundoff
    var (loss, lossAllowance) = (0.0, 0.0)
    var hits = 0.0
    var bias = Sums(count: classes)
    var weights = Sums(count: classes * dimension)
    for row in 0..<problem.rows {
      let scores = outcome.scores[row * classes..<(row + 1) * classes].map { Double($0) }
      let sample = problem.number(row)
      let label = Int(problem.labels[sample])
      let best = problem.isBinary ? (scores[0] > 0 ? 1 : 0) : scores.firstIndex(of: scores.max()!)!
      if outcome.predictions[row] != best { return "prediction \(row) is \(outcome.predictions[row]), not \(best)" }
      if takesLabels && best == label { hits += problem.sampleWeights?[sample] ?? 1 }
      let targets = (sample * classes..<(sample + 1) * classes).map { problem.target($0) }
      let expected =
        problem.isBinary
        ? textbook.binaryRow(scores[0], label: label)
        : textbook.row(scores, label: label, targets: targets)
      let weight = problem.weight(sample)
      loss += expected.value * weight
      lossAllowance += roundings * expected.valueMagnitude * weight
      for column in 0..<classes {
        let derivative = expected.gradient[column] * problem.gradientScale * weight
        let magnitude = expected.gradientMagnitude[column] * problem.gradientScale * weight
        let allowance = roundings * magnitude + roundoff * derivative.magnitude
        bias.add(derivative, allowance, at: column)
        for index in 0..<dimension {
          let feature = problem.feature(sample * dimension + index)
          // The product is rounded too.
          weights.add(
            derivative * feature, (allowance + roundoff * derivative.magnitude) * feature.magnitude,
            at: column * dimension + index)
        }
      }
    }
    if abs(outcome.hits - hits) > 1e-12 * hits { return "\(outcome.hits) hits, not \(hits)" }
    if !(abs(outcome.lossSum - loss) <= lossAllowance + Double(problem.rows) * Double.unitRoundoff * abs(loss)) {
      return "the loss is \(outcome.lossSum), not \(loss)"
    }
    for column in 0..<classes {
      let found = outcome.biasGradient[column]
      if !bias.allows(found, at: column, roundoff: Double.unitRoundoff * Double(problem.rows)) {
        return "the bias's gradient \(column) is \(found), not \(bias.values[column])"
      }
      for index in 0..<dimension {
        let (found, place) = (Double(outcome.gradient[column * problem.pitch + index]), column * dimension + index)
        if !weights.allows(found, at: place, roundoff: roundoff * Double(problem.rows)) {
          return "the gradient (\(index), \(column)) is \(found), not \(weights.values[place])"
        }
      }
    }
    return nil
  }

  /// Sums of numbers that are not known exactly.
  private struct Sums {
    var values: [Double]
    private var magnitudes: [Double]
    private var allowances: [Double]

    init(count: Int) {
      values = [Double](repeating: 0, count: count)
      (magnitudes, allowances) = (values, values)
    }

    mutating func add(_ value: Double, _ allowance: Double, at index: Int) {
      values[index] += value
      magnitudes[index] += value.magnitude
      allowances[index] += allowance
    }

    /// `roundoff` is what the additions may add, as a share of the terms' magnitudes.
    func allows(_ found: Double, at index: Int, roundoff: Double) -> Bool {
      abs(found - values[index])
        <= allowances[index] + roundoff * magnitudes[index] + Double(Float.leastNonzeroMagnitude)
    }
  }
}
