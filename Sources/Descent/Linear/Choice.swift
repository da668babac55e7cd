import CDescentKernels

extension LinearModel {
  /// An optimizer for a model and its data, and the options that go with it.
  public struct Choice: ~Copyable {
    public var optimizer: Optimizer
    public var options: FitOptions
  }

  /// Products of a pass over the data below which a batch method is run to convergence: about a hundred passes, which take
  /// some ten seconds then on one core.
  private static var mostProductsForBatch: Double { 1e9 }

  /// Chooses: a batch method where the data are small enough, else minibatches with the rate that a range test proposes.
  public func chooseOptimizer(_ data: Dataset, _ given: FitOptions) throws(Failure) -> Choice {
    _ = try checkedAnswers(checked(data))
    let products = Double(data.samples) * Double(dimension) * Double(outputs)
    if products <= Self.mostProductsForBatch && given.sampling != .weighted && given.sampling != .replacement {
      let options = given.chosen(epochs: 1000, batchSize: 0, patience: 10, tolerance: 1e-5)
      return Choice(optimizer: try Optimizer(Algorithm.find(LBFGS.number)), options: options)
    }
    // Larger data need fewer epochs until they have had as many steps.
    let batchSize = min(data.samples, 256)
    let epochs = max(5, min(100, 20_000_000 / data.samples))
    let options = given.chosen(epochs: UInt32(epochs), batchSize: batchSize, patience: 5, tolerance: 1e-4)
    var optimizer = try Optimizer(Algorithm.find(KERNEL_ADAM.rawValue))
    let record = try testLearningRates(
      data, of: optimizer, options, RangeOptions(steps: 100, minimum: 1e-5, maximum: 1))
    try optimizer.setLearningRate(record.proposal > 0 ? record.proposal : 1e-3)
    try optimizer.set(Option.find(KERNEL_SCHEDULE.rawValue), to: 5)
    let steps = Double(epochs) * Double((data.samples - 1) / batchSize + 1)
    try optimizer.set(Option.find(KERNEL_SCHEDULE_STEPS.rawValue), to: steps)
    return Choice(optimizer: optimizer, options: options)
  }
}

extension FitOptions {
  /// The same with what goes with an optimizer that the library has chosen.
  fileprivate func chosen(epochs: UInt32, batchSize: Int, patience: UInt32, tolerance: Double) -> FitOptions {
    var options = self
    (options.epochs, options.batchSize) = (epochs, batchSize)
    (options.patience, options.tolerance) = (patience, tolerance)
    options.standardizes = true
    return options
  }
}
