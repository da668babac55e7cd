import CDescentKernels
import CPlatform

/// How a classifier is trained.
public struct FitOptions {
  let epochs: UInt32
  /// 0 for the whole data set.
  let batchSize: Int
  let sampling: Sampling
  let seed: UInt64

  public static var defaultEpochs: UInt32 { 10 }
  public static var defaultBatchSize: UInt32 { 128 }

  public init(epochs: UInt32, batchSize: UInt32, sampling: Int32, seed: UInt64) throws(Failure) {
    if epochs == 0 { throw Failure(.invalidArgument, "options: epochs: 0 is outside [1, \(UInt32.max)]") }
    // Weights are a sampler's only.
    guard let sampling = Sampling(rawValue: sampling), sampling != .weighted else {
      throw Failure(.invalidArgument, "options: sampling: there is no sampling \(sampling)")
    }
    self.epochs = epochs
    self.batchSize = Int(batchSize)
    self.sampling = sampling
    self.seed = seed
  }
}

/// What a fit reports after a step.
public struct FitProgress {
  public let epoch: UInt32
  public let step: UInt64
  public let stepTotal: UInt64
  public let loss: Double
  public let learningRate: Double
  public let gradientNorm: Double
  public let updateRatio: Double
  public let seconds: Double
  public let isEpochEnd: Bool
}

extension LinearClassifier {
  /// Trains with minibatches. `progress`, if there is one, returns true to stop the fit, which then fails as cancelled.
  public func fit(
    _ data: Dataset, with optimizer: inout Optimizer, _ options: FitOptions, progress: ((FitProgress) -> Bool)?
  ) throws(Failure) {
    try check(data)
    let labels = try checkedLabels(data)
    let batchSize = options.batchSize == 0 ? data.samples : min(options.batchSize, data.samples)
    let workspace = try Workspace(dimension: dimension, classes: classes, atMost: batchSize)
    let gradient = try ClassifierGradient(self)
    let before = try Memory(
      of: Float.self, count: progress == nil ? 0 : weightCount, purpose: "the weights before a step")
    var sampler = try Sampler(
      samples: data.samples, batchSize: batchSize, sampling: options.sampling, seed: options.seed, labels: labels)
    let list = try Memory(of: kernel_tensor.self, count: 2, purpose: "the list of W and b")
    list.pointer(to: kernel_tensor.self)[0] = kernel_tensor(
      values: weights, gradient: gradient.weights, rows: dimension, columns: classes, dtype: 1, group: 0)
    list.pointer(to: kernel_tensor.self)[1] = kernel_tensor(
      values: bias, gradient: gradient.bias, rows: 1, columns: classes, dtype: 1, group: 0)
    let tensors = try TensorList(list.base, count: 2)
    do throws(Failure) {
      try optimizer.adopt(tensors)
    } catch {
      throw Failure(error.kind, "optimizer: \(error.message)")
    }

    // From here on only the callback can end the fit.
    let begin = platform_seconds()
    let perEpoch = UInt64(sampler.batchesPerEpoch)
    let total = perEpoch.multipliedReportingOverflow(by: UInt64(options.epochs))
    var step: UInt64 = 0
    for epoch in 1...options.epochs {
      var epochLoss = 0.0
      for batch in 1...perEpoch {
        let indices = sampler.next()
        // All samples, each once, are the data set itself, whatever their order.
        let isWhole = indices.count == data.samples && options.sampling != .replacement
        let selection = isWhole ? Selection.all(data) : Selection(indices: indices.baseAddress, count: indices.count)
        let loss = lossAndGradient(data, selection, labels: labels, in: workspace, gradient: gradient)
        let previous = before.pointer(to: Float.self)
        if progress != nil { copy(weights, to: previous, count: weightCount) }
        let learningRate = optimizer.learningRate
        try optimizer.step(tensors)
        step += 1
        epochLoss += loss * (Double(indices.count) / Double(data.samples))
        guard let progress else { continue }
        let report = FitProgress(
          epoch: epoch, step: step, stepTotal: total.overflow ? .max : total.partialValue,
          loss: batch == perEpoch ? epochLoss : loss, learningRate: learningRate,
          gradientNorm: gradient.norm, updateRatio: updateRatio(from: previous),
          seconds: platform_seconds() - begin, isEpochEnd: batch == perEpoch)
        if progress(report) { throw Failure(.cancelled, "progress: the callback asked to stop at step \(step)") }
      }
    }
  }

  /// How far the weights have come from `before`, as a share of their norm there.
  private func updateRatio(from before: UnsafePointer<Float>) -> Double {
    let norm = kernels.pointee.sum_of_squares(before, weightCount).squareRoot()
    let change = kernels.pointee.sum_of_squared_differences(weights, before, weightCount).squareRoot()
    return norm == 0 ? 0 : change / norm
  }
}
