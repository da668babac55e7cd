import CDescentKernels

/// Memory for the gradient of W and b.
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

  /// Valid during the lifetime of `self`.
  var pointers: GradientPointers {
    GradientPointers(weights: weights, bias: bias, biasSums: sums.pointer(to: Double.self))
  }

  /// Euclidean norm over both.
  var norm: Double { kernels.pointee.sum_of_squares(weights, weightCount + classes).squareRoot() }
}

/// Where a pass writes a gradient.
struct GradientPointers {
  let weights: UnsafeMutablePointer<Float>
  let bias: UnsafeMutablePointer<Float>
  let biasSums: UnsafeMutablePointer<Double>
}

extension LinearClassifier {
  /// W and b with their gradient, as tensors for an optimizer.
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
    let request = PassRequest(labels: labels, gradient: gradient.pointers)
    return pass(data, selection, request, in: workspace).loss * (1 / Double(selection.count)) + penalty
  }
}
