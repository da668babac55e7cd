import CDescentKernels

extension LinearModel {
  /// Whether a batch method is run to convergence. That takes about a hundred passes over the data; with 1e9 products in a
  /// pass, some ten seconds on one core. It is exact, which is right where the samples determine the weights well, or are
  /// few. Of data in between, with many features for their samples, minibatches predict better: they end before the
  /// weights fit what is noise. (6,000 images of Fashion-MNIST: 84 % instead of 80 %.) Of regressors the minimum is what is
  /// expected, as of least squares.
  private func suitsBatchMethod(_ data: Dataset, _ samples: Int) -> Bool {
    // Of many features most weights would be determined by few samples.
    if data.sparse != nil { return DoublePass.suits(self, samples: samples) }
    let parameters = Double(dimension) * Double(outputs)
    let products = Double(samples) * parameters
    return products <= 1e7 || (products <= 1e9 && (task == .regressor || Double(samples) >= 10 * parameters))
  }

  /// An optimizer for the model and these data; what goes with it is set in the options. It is a batch method where that
  /// suits the data and no batch size is wanted, with l1 coordinate descent for larger ones, else one of minibatches with the
  /// rate that a range test proposes.
  public func chooseOptimizer(
    _ data: Dataset, _ options: inout FitOptions, choosesEpochs: Bool
  ) throws(Failure) -> Optimizer {
    let answers = try checkedAnswers(checked(data), isPart: options.peers != nil)
    var spread: Spread?
    if let peers = options.peers {
      spread = try agree(peers, data, .choice, options)
      _ = try peers.pointee.confirm()
      peers.pointee.begin()
    }
    let samples = spread?.rows.rows ?? data.samples
    let takesAll = options.batchSize == 0 && options.sampling.drawsOnce
    let suitsBatchMethod = takesAll && suitsBatchMethod(data, samples)
    let isExact = DoublePass.suits(self, samples: samples)
    if options.l1 > 0 && suitsCoordinates && spread == nil && !isExact
      && (suitsBatchMethod || takesAll && data.sparse != nil)
    {
      let standardizes = options.standardizes
      options.choose(
        epochs: choosesEpochs ? 100 : options.epochs, batchSize: 0, patience: 2, tolerance: 1e-6)
      options.standardizes = data.sparse == nil || standardizes
      return try Optimizer(Algorithm.find(CoordinateFit.number))
    }
    if suitsBatchMethod {
      var optimizer = try Optimizer(Algorithm.find(LBFGS.number))
      // Of narrow parabolas in the places of kinks it takes more of the past to know the curvature, and more iterations.
      let hasKinks = loss.hasKinks && isExact
      if hasKinks { try optimizer.set(Option.find(KERNEL_HISTORY.rawValue), to: 40) }
      let epochs = choosesEpochs ? (hasKinks ? 4000 : 1000) : options.epochs
      options.choose(epochs: epochs, batchSize: 0, patience: 10, tolerance: isExact ? 1e-13 : 1e-5)
      return optimizer
    }
    let unit = spread == nil ? unit(of: answers, data.samples) : 1
    if data.sparse != nil { return try chooseForRows(data, unit, spread, &options, choosesEpochs) }
    // Larger data need fewer epochs until they have had as many steps.
    let batchSize = min(samples, options.batchSize == 0 ? 256 : options.batchSize)
    let epochs = choosesEpochs ? UInt32(max(5, min(100, 20_000_000 / samples))) : options.epochs
    var chosen = options
    chosen.choose(epochs: epochs, batchSize: batchSize, patience: 5, tolerance: 1e-4)
    var optimizer = try Optimizer(Algorithm.named(cString("adam")))
    if unit != 1 { try optimizer.set(Option.find(KERNEL_EPSILON.rawValue), to: 1e-8 * unit) }
    let record = try testLearningRates(
      data, of: optimizer, chosen, RangeOptions(steps: 100, minimum: 1e-5 * unit, maximum: unit))
    var rate = record.proposal > 0 ? record.proposal : 1e-3 * unit
    // Of regressors' minibatches one may have a far greater loss than the next one, whatever the rate.
    if task == .regressor { rate = max(rate, record.lowest / 10) }
    try optimizer.followCosine(from: rate, epochs: epochs, batches: (samples - 1) / batchSize + 1)
    options = chosen
    return optimizer
  }
}

extension LinearModel {
  /// For sparse data, a few epochs along a cosine. Without l2 AdaGrad, which gives seldom features the larger steps: its
  /// first steps have the length of the rate for each weight, whatever the gradient; with this one they move a mean sample's
  /// scores by 2. With l2 SGD, whose decay costs nothing, smaller minibatches, and three times the rate that a range test
  /// proposes, which is careful: the rate falls to 0. (84 % and 86 % of the Debian packages.)
  private func chooseForRows(
    _ data: Dataset, _ unit: Double, _ spread: Spread?, _ options: inout FitOptions, _ choosesEpochs: Bool
  ) throws(Failure) -> Optimizer {
    let samples = spread?.rows.rows ?? data.samples
    let decays = l2 != 0
    let batchSize = min(samples, options.batchSize == 0 ? (decays ? 16 : 128) : options.batchSize)
    let epochs = choosesEpochs ? UInt32(max(5, min(100, 250_000 / samples))) : options.epochs
    let standardizes = options.standardizes
    var chosen = options
    chosen.choose(epochs: epochs, batchSize: batchSize, patience: 5, tolerance: 1e-4)
    chosen.standardizes = standardizes
    let (sum, squares) = try magnitudes(data, spread)
    var optimizer = try Optimizer(Algorithm.named(cString(decays ? "sgd" : "adagrad")))
    var rate = 2 * unit * Double(samples) / sum
    if decays {
      let scale = Double(samples) / squares
      let isSound = scale > 1e-9 && scale < 1e9
      let record = try testLearningRates(
        data, of: optimizer, chosen,
        RangeOptions(steps: 200, minimum: isSound ? 1e-2 * scale : 1e-3, maximum: isSound ? 1e3 * scale : 10))
      rate = 3 * record.proposal
    }
    if !(rate > 1e-9 * min(1, unit) && rate < 1e9 * max(1, unit)) { rate = 0.1 * unit }
    try optimizer.followCosine(from: rate, epochs: epochs, batches: (samples - 1) / batchSize + 1)
    options = chosen
    return optimizer
  }
}

extension LinearModel {
  /// What steps are measured in that have a length of their own: the standard deviation of a regressor's targets, whose
  /// scores are in the same unit; else 1.
  private func unit(of answers: Answers, _ samples: Int) -> Double {
    guard task == .regressor, let targets = answers.targets, loss.entry.pointee.response == KERNEL_IDENTITY else {
      return 1
    }
    var variance = 0.0
    for output in 0..<outputs {
      let reference = targets[output]
      var (sum, squares) = (0.0, 0.0)
      for sample in 0..<samples {
        let difference = targets[sample * outputs + output] - reference
        sum += difference
        squares += difference * difference
      }
      variance += (squares - sum * sum / Double(samples)) / Double(samples * outputs)
    }
    let unit = variance.squareRoot()
    return unit > 1e-20 && unit < 1e20 ? unit : 1
  }
}

extension LinearModel {
  /// The sums of the magnitudes and of the squares of all features, those of other processes included.
  private func magnitudes(_ data: Dataset, _ spread: Spread?) throws(Failure) -> (Double, Double) {
    func sums(_ data: Dataset) -> (Double, Double) {
      var (sum, squares) = (0.0, 0.0)
      for sample in 0..<data.samples {
        data.forEachStored(sample) {
          sum += abs($1)
          squares += $1 * $1
        }
      }
      return (sum, squares)
    }
    guard let spread else { return sums(data) }
    let shards = try ShardedSamples(spread, spread.rows, data, Answers(), outputs: outputs)
    let room = try SumRoom(spread.peers.pointee, floats: 0, doubles: 2)
    _ = try spread.peers.pointee.confirm()
    try spread.peers.pointee.sum(in: room) { shard, out in
      let numbers = out.assumingMemoryBound(to: Double.self)
      (numbers[0], numbers[1]) = shards[shard].count == 0 ? (0, 0) : sums(shards[shard].data)
    }
    spread.peers.pointee.begin()
    return (room.doubles[0], room.doubles[1])
  }
}

extension Optimizer {
  /// Sets a rate that falls to 0 with the last step.
  fileprivate mutating func followCosine(from rate: Double, epochs: UInt32, batches: Int) throws(Failure) {
    try setLearningRate(rate)
    try set(Option.find(KERNEL_SCHEDULE.rawValue), to: Double(Schedule.cosine.rawValue))
    try set(Option.find(KERNEL_SCHEDULE_STEPS.rawValue), to: Double(epochs) * Double(batches))
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
