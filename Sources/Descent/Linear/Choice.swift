import CDescentKernels

extension LinearModel {
  /// Products of a pass over the data below which a batch method is run to convergence. With more of them minibatches are
  /// faster, and predict better: they end before the weights fit what is noise in the many features of such data
  /// (bindings/CONFORMANCE.md: 12,000 images of Fashion-MNIST, 1e8 products).
  private static var mostProductsForBatch: Double { 5e7 }

  /// An optimizer for the model and these data; what goes with it is set in the options. It is a batch method where the data are
  /// small enough and no batch size is wanted, else one of minibatches with the rate that a range test proposes.
  public func chooseOptimizer(
    _ data: Dataset, _ options: inout FitOptions, choosesEpochs: Bool
  ) throws(Failure) -> Optimizer {
    _ = try checkedAnswers(checked(data))
    let products = Double(data.samples) * Double(dimension) * Double(outputs)
    if products <= Self.mostProductsForBatch && options.batchSize == 0 && options.sampling.drawsOnce {
      let optimizer = try Optimizer(Algorithm.find(LBFGS.number))
      options.choose(
        epochs: choosesEpochs ? 1000 : options.epochs, batchSize: 0, patience: 10,
        tolerance: DoublePass.suits(self, data) ? 1e-13 : 1e-5)
      return optimizer
    }
    // Larger data need fewer epochs until they have had as many steps.
    let batchSize = min(data.samples, options.batchSize == 0 ? 256 : options.batchSize)
    let epochs = choosesEpochs ? UInt32(max(5, min(100, 20_000_000 / data.samples))) : options.epochs
    var chosen = options
    chosen.choose(epochs: epochs, batchSize: batchSize, patience: 5, tolerance: 1e-4)
    var optimizer = try Optimizer(Algorithm.named(cString("adam")))
    let record = try testLearningRates(
      data, of: optimizer, chosen, RangeOptions(steps: 100, minimum: 1e-5, maximum: 1))
    try optimizer.setLearningRate(record.proposal > 0 ? record.proposal : 1e-3)
    try optimizer.set(Option.find(KERNEL_SCHEDULE.rawValue), to: Double(Schedule.cosine.rawValue))
    let steps = Double(epochs) * Double((data.samples - 1) / batchSize + 1)
    try optimizer.set(Option.find(KERNEL_SCHEDULE_STEPS.rawValue), to: steps)
    options = chosen
    return optimizer
  }
}

extension FitOptions {
  /// Sets what goes with an optimizer that the library has chosen.
  fileprivate mutating func choose(epochs: UInt32, batchSize: Int, patience: UInt32, tolerance: Double) {
    (self.epochs, self.batchSize) = (epochs, batchSize)
    (self.patience, self.tolerance) = (patience, tolerance)
    standardizes = true
  }
}
