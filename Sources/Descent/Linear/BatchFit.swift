/// The parameters of a model on their way through a batch method, in double. Where the data are small they are evaluated so;
/// else the weights stay float32, and each point is rounded to them before it is evaluated.
struct BatchFit: ~Copyable {
  private let x: Memory
  private var point: BatchPoint
  private let count: Int
  /// Empty where the data are larger.
  private let pass: DoublePass
  /// Where that goes over shards, what they add up; else no room.
  private let sums: SumRoom
  /// The iterations on a part of the samples that come before each one on all of them; nil where there are none.
  private var partial: PartialDescent?

  init(
    _ model: borrowing LinearModel, _ data: Dataset, _ answers: Answers, _ optimizer: borrowing Optimizer, l1: Double,
    _ spread: Spread?, takesParts: Bool
  ) throws(Failure) {
    let count = model.parameterCount
    let x = try Memory(of: Double.self, count: count, purpose: "the parameters in double")
    let isExact = DoublePass.suits(model, samples: spread?.rows.rows ?? data.samples)
    let pass = isExact ? try DoublePass(model, data, answers) : DoublePass(empty: model)
    let sums =
      if isExact, let spread {
        try SumRoom(spread.peers.pointee, floats: 0, doubles: count + 1)
      } else { SumRoom() }
    // In float32, sums of rounded losses are about this far from the true ones.
    let noise = pass.isEmpty ? 0x1p-24 : 0x1p-50
    let point = try BatchPoint(
      at: x.pointer(to: Double.self), count: count, l1: optimizer.l1 + l1, penalized: model.weightCount, noise: noise)
    let partial = takesParts ? try PartialDescent(count: count, noise: noise) : nil
    self.partial = partial
    self.x = x
    self.pass = pass
    self.sums = sums
    self.point = point
    self.count = count
  }

  var isExact: Bool { !pass.isEmpty }

  /// Evaluates where the model is. There is no way on from where the loss is no number.
  mutating func begin(
    _ model: borrowing LinearModel, _ trainer: inout Trainer, _ data: Dataset
  ) throws(Failure) {
    let exact = model.training.pointee.exact.are(model.trained)
    for index in 0..<count {
      point.x[index] = exact ? model.training.pointee.exact.numbers[index] : Double(model.trained[index])
    }
    point.evaluate { x, gradient in Self.evaluate(model, &trainer, data, pass, sums, x, gradient) }
    try trainer.checkPeers()
    if isExact && !(point.value.isFinite && point.norm.isFinite) { trainer.suspectFeatures() }
    try trainer.checkFeatures(data)
    guard point.value.isFinite && point.norm.isFinite else { throw Self.cannotGoOn(point.value) }
    // In units of their own targets may be as large or as small as float32 allows; then so are the weights, which begin with 0.
    let reach = point.value / point.norm
    if model.task == .regressor && !(reach > 0x1p-20 && reach < 0x1p20) && reach > 0 && reach.isFinite
      && isAtZero(model)
    {
      point.reach = reach
    }
  }

  /// There is no way on from where the loss is no number.
  @inline(never)
  static func cannotGoOn(_ loss: Double) -> Failure {
    Failure(.notFinite, "data: with these features and weights the loss is \(loss), and a batch method cannot go on")
  }

  private func isAtZero(_ model: borrowing LinearModel) -> Bool {
    for index in 0..<model.weightCount where point.x[index] != 0 { return false }
    return true
  }

  /// An iteration; false if there is nowhere to go. Afterwards the trainer has the gradient at its beginning.
  mutating func step(
    _ model: borrowing LinearModel, _ trainer: inout Trainer, _ data: Dataset,
    _ optimizer: UnsafeMutablePointer<Optimizer>, number: UInt64, _ report: inout FitProgress
  ) throws(Failure) -> Bool {
    report.loss = point.value
    if trainer.partSize > 0 {
      trainer.choosePart(number, data)
      optimizer.pointee.explore(&point, &partial!) { x, gradient in
        Self.evaluate(model, &trainer, data, isPart: true, x, gradient)
      }
    }
    let end = optimizer.pointee.iterate(&point) { x, gradient in
      Self.evaluate(model, &trainer, data, pass, sums, x, gradient)
    }
    trainer.takeAll(data)
    for index in 0..<count {
      model.trained[index] = Float(point.x[index])
      trainer.gradient.weights[index] = Float(point.trialGradient[index])
    }
    if isExact { copy(point.x, to: model.training.pointee.exact.numbers, count: count) }
    try trainer.checkPeers()
    report.learningRate = point.stepLength
    return end == nil
  }

  private static func evaluate(
    _ model: borrowing LinearModel, _ trainer: inout Trainer, _ data: Dataset, _ pass: borrowing DoublePass,
    _ sums: borrowing SumRoom, _ x: Vector, _ gradient: Vector
  ) -> Double {
    if !pass.isEmpty {
      return trainer.shards.isEmpty
        ? pass.lossAndGradient(x, gradient) : trainer.lossAndGradient(pass, in: sums, x, gradient)
    }
    return evaluate(model, &trainer, data, isPart: false, x, gradient)
  }

  /// In float32, of all samples or of the present part.
  @inline(never)
  private static func evaluate(
    _ model: borrowing LinearModel, _ trainer: inout Trainer, _ data: Dataset, isPart: Bool, _ x: Vector,
    _ gradient: Vector
  ) -> Double {
    let count = model.parameterCount
    for index in 0..<count {
      model.trained[index] = Float(x[index])
      x[index] = Double(model.trained[index])
    }
    let loss = trainer.wholeGradient(model, data, ofPart: isPart)
    for index in 0..<count { gradient[index] = Double(trainer.gradient.weights[index]) }
    return loss
  }
}
