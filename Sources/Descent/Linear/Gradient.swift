import CDescentKernels

/// Memory for the gradient of W and b.
struct ModelGradient: ~Copyable {
  private let memory: Memory
  /// The bias's gradient is summed in double.
  private let sums: Memory
  private let weightCount: Int
  private let outputs: Int

  init(_ model: borrowing LinearModel) throws(Failure) {
    try self.init(weightCount: model.weightCount, outputs: model.outputs)
  }

  /// With so many numbers for W.
  init(weightCount: Int, outputs: Int) throws(Failure) {
    let memory = try Memory(of: Float.self, count: min(weightCount, .max - outputs) + outputs, purpose: "the gradient")
    let sums = try Memory(of: Double.self, count: outputs, purpose: "the gradient of the bias")
    self.memory = memory
    self.sums = sums
    self.weightCount = weightCount
    self.outputs = outputs
  }

  var weights: UnsafeMutablePointer<Float> { memory.pointer(to: Float.self) }
  var bias: UnsafeMutablePointer<Float> { weights + weightCount }

  /// Valid during the lifetime of `self`.
  var pointers: GradientPointers {
    GradientPointers(weights: weights, bias: bias, biasSums: sums.pointer(to: Double.self))
  }

  /// Euclidean norm over both, of which that of the weights is known.
  func norm(ofWeights norm: Double) -> Double {
    (norm * norm + kernels.pointee.sum_of_squares(bias, outputs)).squareRoot()
  }
}

/// Where a pass writes a gradient.
struct GradientPointers {
  let weights: UnsafeMutablePointer<Float>
  let bias: UnsafeMutablePointer<Float>
  let biasSums: UnsafeMutablePointer<Double>
}

extension LinearModel {
  /// The gradient of `l2 ΣW²`.
  func addPenalty(to gradient: UnsafeMutablePointer<Float>) {
    if l2 != 0 { kernels.pointee.add_scaled(gradient, trained, 2 * l2, weightCount) }
  }

  /// W and b with their gradient, as tensors for an optimizer.
  func parameterTensors(_ gradient: borrowing ModelGradient) throws(Failure) -> OwnTensors {
    let tensors = try OwnTensors(count: 2)
    tensors.set(
      0, values: trained, gradient: gradient.weights, rows: dimension, columns: outputs, type: .float32)
    tensors.set(1, values: trainedBias, gradient: gradient.bias, columns: outputs, type: .float32)
    return tensors
  }

  /// The mean loss of the selected samples, and its gradient by what is trained.
  func lossAndGradient(
    _ data: Dataset, _ selection: Selection, _ answers: Answers, in workspace: borrowing Workspace,
    gradient: borrowing ModelGradient, smoothing: Double = 0
  ) -> (loss: Double, isFinite: Bool) {
    let request = PassRequest(answers: answers, smoothing: smoothing, gradient: gradient.pointers)
    let sums = pass(data, selection, request, in: workspace)
    return (sums.loss * (1 / Double(selection.count)) + penalty, sums.isFinite)
  }
}
