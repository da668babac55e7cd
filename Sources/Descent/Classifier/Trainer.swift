/// What training needs besides classifier, data and optimizer: the minibatches, and memory for their gradient.
struct Trainer: ~Copyable {
  let gradient: ClassifierGradient
  /// W and b with that gradient.
  let tensors: OwnTensors
  private(set) var batchCount = 0
  private(set) var sampler: Sampler
  private let workspace: Workspace
  private let labels: UnsafePointer<Int32>
  private let drawsOnce: Bool

  init(_ classifier: borrowing LinearClassifier, _ data: Dataset, _ options: FitOptions) throws(Failure) {
    try classifier.check(data)
    let labels = try classifier.checkedLabels(data)
    let batchSize = options.batchSize(of: data.samples)
    let workspace = try Workspace(classifier, data, atMost: batchSize, takesGradient: true)
    let gradient = try ClassifierGradient(classifier)
    let sampler = try Sampler(
      samples: data.samples, batchSize: batchSize, sampling: options.sampling, seed: options.seed, labels: labels)
    let tensors = try classifier.parameterTensors(gradient)
    self.labels = labels
    self.workspace = workspace
    self.gradient = gradient
    self.sampler = sampler
    self.tensors = tensors
    drawsOnce = options.sampling != .replacement
  }

  var batchesPerEpoch: Int { sampler.batchesPerEpoch }

  /// Goes to a batch of an epoch.
  mutating func move(to place: (epoch: UInt64, batch: UInt64)) {
    sampler.go(toEpoch: place.epoch, batch: Int(place.batch))
  }

  /// The loss of all samples. Writes its gradient to `gradient`.
  mutating func wholeGradient(_ classifier: borrowing LinearClassifier, _ data: Dataset) -> Double {
    batchCount = data.samples
    return classifier.lossAndGradient(data, .all(data), labels: labels, in: workspace, gradient: gradient)
  }

  /// The loss of the next minibatch. Writes its gradient to `gradient`.
  mutating func nextGradient(_ classifier: borrowing LinearClassifier, _ data: Dataset) -> Double {
    let indices = sampler.next()
    batchCount = indices.count
    // A batch of all samples, each once, needs no indices.
    let isWhole = drawsOnce && indices.count == data.samples
    let selection = isWhole ? Selection.all(data) : Selection(indices: indices.baseAddress, count: indices.count)
    return classifier.lossAndGradient(data, selection, labels: labels, in: workspace, gradient: gradient)
  }
}
