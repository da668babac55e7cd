extension LinearClassifier {
  /// The mean loss on a data set and the share of samples that are classified correctly.
  public func evaluate(_ data: Dataset) throws(Failure) -> (loss: Double, accuracy: Double) {
    try check(data)
    let labels = try checkedLabels(data)
    let sums = try passOverAll(data, PassRequest(labels: labels, countsHits: true))
    return (sums.loss / Double(data.samples) + penalty, Double(sums.hits) / Double(data.samples))
  }

  /// The mean loss on a data set; its gradient goes to the two arrays.
  public func lossAndGradient(
    _ data: Dataset, weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>
  ) throws(Failure) -> Double {
    try check(data)
    let labels = try checkedLabels(data)
    let workspace = try Workspace(self, data, atMost: data.samples, takesGradient: true)
    let gradient = try ClassifierGradient(self)
    let loss = lossAndGradient(data, .all(data), labels: labels, in: workspace, gradient: gradient)
    copy(gradient.weights, to: weightGradient, count: weightCount)
    copy(gradient.bias, to: biasGradient, count: classes)
    return loss
  }

  /// The scores of all samples.
  public func scores(_ data: Dataset, into out: UnsafeMutablePointer<Float>) throws(Failure) {
    try check(data)
    _ = try passOverAll(data, PassRequest(scores: out))
  }

  /// The class with the highest score for each sample.
  public func predict(_ data: Dataset, into out: UnsafeMutablePointer<Int32>) throws(Failure) {
    try check(data)
    _ = try passOverAll(data, PassRequest(predictions: out))
  }

  private func passOverAll(_ data: Dataset, _ request: PassRequest) throws(Failure) -> PassSums {
    let workspace = try Workspace(self, data, atMost: data.samples)
    return pass(data, .all(data), request, in: workspace)
  }
}
