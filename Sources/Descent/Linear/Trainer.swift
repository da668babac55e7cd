/// What training needs besides model, data and optimizer: the minibatches, and memory for their gradient.
struct Trainer: ~Copyable {
  let gradient: ModelGradient
  /// W and b, as they are trained, with that gradient.
  let tensors: OwnTensors
  private(set) var batchCount = 0
  private(set) var sampler: Sampler
  private let workspace: Workspace
  private let answers: Answers
  private let drawsOnce: Bool
  private let checksFeatures: Bool
  private var isFinite = true

  /// `data` have been checked.
  init(
    _ model: borrowing LinearModel, _ data: Dataset, _ answers: Answers, _ options: FitOptions
  ) throws(Failure) {
    var answers = answers
    let batchSize = options.batchSize(of: data.samples)
    let workspace = try Workspace(model, data, atMost: batchSize, takesGradient: true)
    let gradient = try ModelGradient(model)
    let sampler = try options.sampler(data, answers)
    // They decide then how often a sample is drawn.
    if options.sampling == .weighted { answers.weights = nil }
    let tensors = try model.parameterTensors(gradient)
    self.answers = answers
    self.workspace = workspace
    self.gradient = gradient
    self.sampler = sampler
    self.tensors = tensors
    drawsOnce = options.sampling.drawsOnce
    checksFeatures = options.checksFeatures
  }

  var batchesPerEpoch: Int { sampler.batchesPerEpoch }

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
    let result = model.lossAndGradient(data, selection, answers, in: workspace, gradient: gradient)
    // A feature that is not finite leaves no score finite. Weights that have run away do that too.
    if checksFeatures && !result.isFinite { try data.checkFeatures(selection) }
    return result.loss
  }
}
