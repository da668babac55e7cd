/// The parameters of a model on their way through a batch method, in double; the weights themselves stay float32, so that
/// each point is rounded to them before it is evaluated.
struct BatchFit: ~Copyable {
  private let x: Memory
  private var point: BatchPoint
  private let count: Int

  init(_ model: borrowing LinearModel, _ optimizer: borrowing Optimizer) throws(Failure) {
    count = model.parameterCount
    let x = try Memory(of: Double.self, count: count, purpose: "the parameters in double")
    // Sums of rounded losses are about this far from the true ones.
    point = try BatchPoint(
      at: x.pointer(to: Double.self), count: count, l1: optimizer.l1, penalized: model.weightCount,
      noise: 0x1p-24)
    self.x = x
  }

  /// Evaluates where the model is. There is no way on from where the loss is no number.
  mutating func begin(
    _ model: borrowing LinearModel, _ trainer: inout Trainer, _ data: Dataset
  ) throws(Failure) {
    for index in 0..<count { point.x[index] = Double(model.trained[index]) }
    point.evaluate { x, gradient in Self.evaluate(model, &trainer, data, x, gradient) }
    try trainer.checkFeatures(data)
    guard point.value.isFinite && point.norm.isFinite else {
      throw Failure(
        .notFinite, "data: with these features and weights the loss is \(point.value), and a batch method cannot go on")
    }
  }

  /// An iteration; false if there is nowhere to go. Afterwards the trainer has the gradient at its beginning.
  mutating func step(
    _ model: borrowing LinearModel, _ trainer: inout Trainer, _ data: Dataset,
    _ optimizer: UnsafeMutablePointer<Optimizer>, _ report: inout FitProgress
  ) -> Bool {
    report.loss = point.value
    let end = optimizer.pointee.iterate(&point) { x, gradient in
      Self.evaluate(model, &trainer, data, x, gradient)
    }
    for index in 0..<count {
      model.trained[index] = Float(point.x[index])
      trainer.gradient.weights[index] = Float(point.trialGradient[index])
    }
    report.learningRate = point.stepLength
    return end == nil
  }

  private static func evaluate(
    _ model: borrowing LinearModel, _ trainer: inout Trainer, _ data: Dataset, _ x: Vector,
    _ gradient: Vector
  ) -> Double {
    let count = model.parameterCount
    for index in 0..<count {
      model.trained[index] = Float(x[index])
      x[index] = Double(model.trained[index])
    }
    let loss = trainer.wholeGradient(model, data)
    for index in 0..<count { gradient[index] = Double(trainer.gradient.weights[index]) }
    return loss
  }
}
