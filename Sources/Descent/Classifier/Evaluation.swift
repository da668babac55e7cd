import CDescentKernels

extension LinearClassifier {
  /// The mean loss on a data set and the share of samples that are classified right.
  public func evaluate(_ data: Dataset) throws(Failure) -> (loss: Double, accuracy: Double) {
    try check(data)
    let labels = try checkedLabels(data)
    let workspace = try Workspace(dimension: dimension, classes: classes, atMost: data.samples)
    let predictions = try Memory(of: Int32.self, count: workspace.rowsPerBlock, purpose: "predictions")
    let predicted = predictions.pointer(to: Int32.self)
    var (total, hits) = (0.0, 0)
    forEachBlock(data, .all(data), labels: labels, in: workspace) { block in
      total += lossSum(block)
      kernels.pointee.argmax_rows(predicted, block.scores, block.rows, classes)
      for row in 0..<block.rows where predicted[row] == labels[block.first + row] { hits += 1 }
    }
    return (total / Double(data.samples) + penalty, Double(hits) / Double(data.samples))
  }

  /// The mean loss on a data set; its gradient goes to the two arrays.
  public func lossAndGradient(
    _ data: Dataset, weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>
  ) throws(Failure) -> Double {
    try check(data)
    let labels = try checkedLabels(data)
    let workspace = try Workspace(dimension: dimension, classes: classes, atMost: data.samples)
    let gradient = try ClassifierGradient(self)
    let loss = lossAndGradient(data, .all(data), labels: labels, in: workspace, gradient: gradient)
    copy(gradient.weights, to: weightGradient, count: weightCount)
    copy(gradient.bias, to: biasGradient, count: classes)
    return loss
  }

  /// The scores of all samples.
  public func scores(_ data: Dataset, into out: UnsafeMutablePointer<Float>) throws(Failure) {
    try check(data)
    let workspace = try Workspace(dimension: dimension, classes: classes, atMost: data.samples)
    forEachBlock(data, .all(data), labels: nil, in: workspace) { block in
      copy(block.scores, to: out + block.first * classes, count: block.rows * classes)
    }
  }

  /// The class with the highest score for each sample.
  public func predict(_ data: Dataset, into out: UnsafeMutablePointer<Int32>) throws(Failure) {
    try check(data)
    let workspace = try Workspace(dimension: dimension, classes: classes, atMost: data.samples)
    forEachBlock(data, .all(data), labels: nil, in: workspace) { block in
      kernels.pointee.argmax_rows(out + block.first, block.scores, block.rows, classes)
    }
  }
}
