/// What training needs besides model, data and optimizer: the minibatches, and memory for their gradient.
struct Trainer: ~Copyable {
  let gradient: ModelGradient
  /// W and b, as they are trained, with that gradient.
  let tensors: OwnTensors
  private(set) var batchCount = 0
  private(set) var sampler: Sampler
  private let workspace: Workspace
  /// Where steps update some rows of W only.
  private let rows: RowTraining
  private var proximal: ProximalStep
  private let answers: Answers
  private let drawsOnce: Bool
  private let checksFeatures: Bool
  private var isFinite = true

  /// `data` have been checked.
  init(
    _ model: borrowing LinearModel, _ data: Dataset, _ answers: Answers, _ options: FitOptions,
    _ optimizer: borrowing Optimizer
  ) throws(Failure) {
    var answers = answers
    let batchSize = options.batchSize(of: data.samples)
    let proximal = try ProximalStep(options.l1, optimizer)
    let stepsRows = !optimizer.algorithm.isBatch && RowTraining.suits(model, data, options, optimizer)
    let rows = stepsRows ? try RowTraining(model, data, options, optimizer) : RowTraining()
    let count = stepsRows ? rows.mostNumbers(model) : model.weightCount
    let workspace = stepsRows ? Workspace() : try Workspace(model, data, atMost: batchSize, takesGradient: true)
    let gradient = try ModelGradient(weightCount: count, outputs: model.outputs)
    let sampler = try options.sampler(data, answers)
    // They decide then how often a sample is drawn.
    if options.sampling == .weighted { answers.weights = nil }
    let tensors = try model.parameterTensors(gradient)
    if stepsRows { rows.describe(tensors) }
    self.answers = answers
    self.workspace = workspace
    (self.stepsRows, makesUp) = (stepsRows, rows.makesUp)
    self.rows = rows
    self.proximal = proximal
    self.gradient = gradient
    self.sampler = sampler
    self.tensors = tensors
    drawsOnce = options.sampling.drawsOnce
    checksFeatures = options.checksFeatures
  }

  var batchesPerEpoch: Int { sampler.batchesPerEpoch }

  /// Whether a step updates some rows of W only, and whether what the others miss is made up for.
  let stepsRows: Bool
  let makesUp: Bool

  /// Goes to a batch of an epoch.
  mutating func move(to place: (epoch: UInt64, batch: UInt64)) {
    sampler.go(toEpoch: place.epoch, batch: Int(place.batch))
  }

  /// The loss of all samples. Writes its gradient to `gradient`.
  mutating func wholeGradient(_ model: borrowing LinearModel, _ data: Dataset) -> Double {
    batchCount = data.samples
    let result = model.lossAndGradient(data, .all(data), answers, in: workspace, gradient: gradient)
    isFinite = result.isFinite
    return result.loss
  }

  /// The next step sees all samples, wherever they are evaluated.
  mutating func takeAll(_ data: Dataset) { batchCount = data.samples }

  /// Their scores were not all finite.
  mutating func suspectFeatures() { isFinite = false }

  /// Throws if a feature is to blame for scores of all samples that are not finite, and if that is to be known.
  func checkFeatures(_ data: Dataset) throws(Failure) {
    if checksFeatures && !isFinite { try data.checkFeatures(.all(data)) }
  }

  /// The loss of the next minibatch. Writes its gradient to `gradient`.
  mutating func nextGradient(_ model: borrowing LinearModel, _ data: Dataset) throws(Failure) -> Double {
    let indices = sampler.next()
    batchCount = indices.count
    // A batch of all samples, each once, needs no indices.
    let isWhole = drawsOnce && indices.count == data.samples
    let selection = isWhole ? Selection.all(data) : Selection(indices: indices.baseAddress, count: indices.count)
    var (loss, isFinite) = (0.0, true)
    if stepsRows {
      let sums = rows.gradient(model, data, selection, answers, to: gradient, tensors)
      (loss, isFinite) = (sums.loss * (1 / Double(selection.count)), sums.isFinite)
    } else {
      (loss, isFinite) = model.lossAndGradient(data, selection, answers, in: workspace, gradient: gradient)
      loss += proximal.penalty(model.trained, count: model.weightCount)
    }
    // A feature that is not finite leaves no score finite. Weights that have run away do that too.
    if checksFeatures && !isFinite { try data.checkFeatures(selection) }
    return loss
  }

  /// A step; false if there is none from this point: its numbers would be infinite, or the rate has grown out of range.
  mutating func advance(
    _ model: borrowing LinearModel, _ optimizer: UnsafeMutablePointer<Optimizer>, isFirst: Bool
  ) throws(Failure) -> Bool {
    do throws(Failure) {
      try step(model, optimizer)
      return true
    } catch {
      if isFirst && error.kind == .invalidArgument { throw error }
      return false
    }
  }

  /// A step of the optimizer with that gradient, and what goes with it.
  mutating func step(
    _ model: borrowing LinearModel, _ optimizer: UnsafeMutablePointer<Optimizer>
  ) throws(Failure) {
    let (rate, before) = (optimizer.pointee.learningRate, optimizer.pointee.stepCount)
    try optimizer.pointee.step(tensors.list)
    if optimizer.pointee.stepCount == before { return }
    if !proximal.isNone { proximal.prepare(optimizer, rate: rate) }
    if stepsRows {
      rows.finishStep(model, optimizer, rate: rate, proximal)
    } else if !proximal.isNone {
      proximal.apply(model.trained, count: model.weightCount)
    }
  }

  /// At the end of an epoch no row has anything to make up for any more. Returns the penalties that the steps' losses lack.
  func endEpoch(_ model: borrowing LinearModel) -> Double {
    guard stepsRows else { return 0 }
    model.training.pointee.missed.settle(model.trained, outputs: model.outputs)
    return model.penalty + proximal.penalty(model.trained, count: model.weightCount)
  }

  /// Fills in what a report says of the gradient of some rows.
  func measure(_ model: borrowing LinearModel, _ report: inout FitProgress) {
    report.gradientNorm = rows.norm(gradient, outputs: model.outputs)
    report.zeroFraction = rows.zeroFraction(gradient, outputs: model.outputs)
    (report.updateRatio, report.updateCosine) = (.nan, .nan)
  }
}
