import CDescentKernels

extension LinearModel {
  /// The mean loss on a data set, and how right the predictions are: the share of samples that are classified correctly, or the
  /// mean R² of the outputs.
  public func evaluate(
    _ data: Dataset, _ peers: UnsafeMutablePointer<Peers>? = nil
  ) throws(Failure) -> (loss: Double, score: Double) {
    let data = try checked(data)
    if let peers { return try evaluate(data, among: peers) }
    let answers = try checkedAnswers(data)
    let sums = try passOverAll(data, PassRequest(answers: answers, countsHits: task != .regressor))
    let loss = sums.loss / Double(data.samples) + penalty
    if task == .regressor { return (loss, try determination(data, answers)) }
    // Weights of samples that are all right add up to their sum, but for rounding.
    return (loss, min(sums.hits * answers.weightScale / Double(data.samples), 1))
  }

  /// The mean loss on a data set; its gradient by W and b goes to the two arrays.
  public func lossAndGradient(
    _ data: Dataset, weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>,
    _ peers: UnsafeMutablePointer<Peers>? = nil
  ) throws(Failure) -> Double {
    let data = try checked(data)
    let gradient = try ModelGradient(self)
    let loss =
      if let peers { try lossAndGradient(data, among: peers, gradient) } else { try lossAndGradient(data, gradient) }
    copy(gradient.bias, to: biasGradient, count: outputs)
    guard let view = data.view else {
      copy(gradient.weights, to: weightGradient, count: weightCount)
      return loss
    }
    // With W' = W / f and b' = b + c W − t₀.
    for place in 0..<weightCount {
      let (feature, output) = place.quotientAndRemainder(dividingBy: outputs)
      weightGradient[place] = Float(
        Double(gradient.weights[place]) / view.factors[feature] + view.centers[feature] * Double(gradient.bias[output]))
    }
    return loss
  }

  private func lossAndGradient(_ data: Dataset, _ gradient: borrowing ModelGradient) throws(Failure) -> Double {
    let answers = try checkedAnswers(data)
    let workspace = try Workspace(self, data, atMost: data.samples, takesGradient: true)
    return lossAndGradient(data, .all(data), answers, in: workspace, gradient: gradient).loss
  }

  /// The scores of all samples.
  public func scores(_ data: Dataset, into out: UnsafeMutablePointer<Float>) throws(Failure) {
    let data = try checked(data)
    _ = try passOverAll(data, PassRequest(scores: out))
    guard let view = data.view, loss.movesWithTargets else { return }
    for index in 0..<data.samples * outputs {
      out[index] = Float(Double(out[index]) + view.targetCenters[index % outputs])
    }
  }

  /// The class with the highest score for each sample.
  public func predict(_ data: Dataset, into out: UnsafeMutablePointer<Int32>) throws(Failure) {
    let data = try checked(data)
    if try !passOverAll(data, PassRequest(predictions: out)).isFinite { try checkScores(data) }
  }

  /// Throws at the first score that is NaN, which is neither above nor below others.
  private func checkScores(_ data: Dataset) throws(Failure) {
    let rows = min(data.samples, 1024)
    let memory = try Memory(of: Float.self, count: boundedProduct(rows, outputs), purpose: "the scores")
    let scores = memory.pointer(to: Float.self)
    let workspace = try Workspace(self, data, atMost: rows)
    var first = 0
    while first < data.samples {
      let part = try data.part(from: first, count: min(rows, data.samples - first), outputs: outputs)
      _ = pass(part, .all(part), PassRequest(scores: scores), in: workspace)
      for index in 0..<part.samples * outputs where scores[index].isNaN {
        try data.checkFeatures(.all(data))
        throw Failure(.notFinite, "data: features: row \(first + index / outputs): the classifier's score is NaN")
      }
      first += rows
    }
  }

  /// What a regressor predicts: its scores, where the loss does not put a function before the targets.
  public func predictTargets(_ data: Dataset, into out: UnsafeMutablePointer<Float>) throws(Failure) {
    try scores(data, into: out)
    loss.respond(out, count: data.samples * outputs)
  }

  private func passOverAll(_ data: Dataset, _ request: PassRequest) throws(Failure) -> PassSums {
    let workspace = try Workspace(self, data, atMost: data.samples)
    return pass(data, .all(data), request, in: workspace)
  }

  /// `R² = 1 − Σ w (t − p)² / Σ w (t − mean)²`, the mean over the outputs. As in scikit-learn, an output that does not vary
  /// has 1 if it is predicted exactly, else 0.
  private func determination(_ data: Dataset, _ answers: Answers) throws(Failure) -> Double {
    let targets = answers.targets!
    let rows = min(data.samples, 1024)
    guard let numbers = byteCount(rows, outputs) else {
      throw Failure(.outOfMemory, "no memory for \(rows) rows of predictions: the byte count overflows")
    }
    let memory = try Memory(of: Float.self, count: numbers, purpose: "the predictions")
    let predictions = memory.pointer(to: Float.self)
    let sums = try Memory(of: Double.self, count: 2 * outputs, purpose: "the sums of squares")
    let (means, squares) = (sums.pointer(to: Double.self), sums.pointer(to: Double.self) + outputs)
    let workspace = try Workspace(self, data, atMost: rows)
    for sample in 0..<data.samples {
      for output in 0..<outputs {
        means[output] += answers.weight(sample) * (targets[sample * outputs + output] - targets[output])
      }
    }
    for output in 0..<outputs { means[output] = targets[output] + means[output] / answers.totalWeight }
    let residuals = try Memory(of: Double.self, count: outputs, purpose: "the sums of squares")
    let errors = residuals.pointer(to: Double.self)
    var first = 0
    while first < data.samples {
      let count = min(rows, data.samples - first)
      let part = try data.part(from: first, count: count, outputs: outputs)
      _ = pass(part, .all(part), PassRequest(scores: predictions), in: workspace)
      loss.respond(predictions, count: count * outputs)
      for row in 0..<count {
        for output in 0..<outputs {
          let target = targets[(first + row) * outputs + output]
          let (error, distance) = (target - Double(predictions[row * outputs + output]), target - means[output])
          errors[output] += answers.weight(first + row) * error * error
          squares[output] += answers.weight(first + row) * distance * distance
        }
      }
      first += count
    }
    return determination(errors, squares)
  }

  func determination(_ errors: UnsafePointer<Double>, _ squares: UnsafePointer<Double>) -> Double {
    var sum = 0.0
    for output in 0..<outputs {
      sum += squares[output] > 0 ? 1 - errors[output] / squares[output] : errors[output] == 0 ? 1 : 0
    }
    return sum / Double(outputs)
  }
}

extension LossFunction {
  /// Turns scores into predicted targets.
  func respond(_ scores: UnsafeMutablePointer<Float>, count: Int) {
    switch entry.pointee.response {
    case KERNEL_SIGMOID:
      for index in 0..<count { scores[index] = Float(1 / (1 + exponential(-Double(scores[index])))) }
    case KERNEL_EXPONENTIAL:
      for index in 0..<count { scores[index] = Float(exponential(Double(scores[index]))) }
    default: break
    }
  }
}
