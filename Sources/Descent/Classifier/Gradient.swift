import CDescentKernels

/// Room for the gradient of W and b.
struct ClassifierGradient: ~Copyable {
  private let memory: Memory
  /// The bias's gradient is summed in double.
  private let sums: Memory
  private let weightCount: Int
  let classes: Int

  init(_ classifier: borrowing LinearClassifier) throws(Failure) {
    let (weightCount, classes) = (classifier.weightCount, classifier.classes)
    let memory = try Memory(of: Float.self, count: weightCount + classes, purpose: "the gradient")
    let sums = try Memory(of: Double.self, count: classes, purpose: "the gradient of the bias")
    self.memory = memory
    self.sums = sums
    self.weightCount = weightCount
    self.classes = classes
  }

  var weights: UnsafeMutablePointer<Float> { memory.pointer(to: Float.self) }
  var bias: UnsafeMutablePointer<Float> { weights + weightCount }
  var biasSums: UnsafeMutablePointer<Double> { sums.pointer(to: Double.self) }

  /// Euclidean norm over both.
  var norm: Double { kernels.pointee.sum_of_squares(weights, weightCount + classes).squareRoot() }
}

extension LinearClassifier {
  /// W and b with their gradient, as an optimizer steps them.
  func parameterTensors(_ gradient: borrowing ClassifierGradient) throws(Failure) -> OwnTensors {
    let tensors = try OwnTensors(count: 2)
    tensors.set(
      0, values: weights, gradient: gradient.weights, rows: dimension, columns: classes, type: .float32)
    tensors.set(1, values: bias, gradient: gradient.bias, columns: classes, type: .float32)
    return tensors
  }

  /// The mean loss of the selected samples, and its gradient.
  func lossAndGradient(
    _ data: Dataset, _ selection: Selection, labels: UnsafePointer<Int32>, in workspace: borrowing Workspace,
    gradient: borrowing ClassifierGradient
  ) -> Double {
    let perSample = 1 / Double(selection.count)
    let (weightGradient, biasSums) = (gradient.weights, gradient.biasSums)
    for index in 0..<classes { biasSums[index] = 0 }
    var total = 0.0
    forEachBlock(data, selection, labels: labels, in: workspace) { block in
      total += lossSum(block, gradientScale: perSample)
      multiply(
        block.features, block.scores, into: weightGradient, rows: dimension, columns: classes, inner: block.rows,
        transposeLeft: true, accumulate: block.first > 0)
      kernels.pointee.add_column_sums(biasSums, block.scores, block.rows, classes)
    }
    for index in 0..<classes { gradient.bias[index] = Float(biasSums[index]) }
    if l2 != 0 { kernels.pointee.add_scaled(weightGradient, weights, 2 * l2, weightCount) }
    return total * perSample + penalty
  }
}
