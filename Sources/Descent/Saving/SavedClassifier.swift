extension LinearClassifier: Savable {
  public static var kind: SavedKind { .classifier }

  public func write(_ fields: inout Fields) throws(Failure) {
    var (loss, l2) = (loss.number, l2)
    try fields.constant("loss", &loss)
    try fields.real("l2", &l2)
    try listParameters(&fields)
    guard var position = training.pointee.position else { return }
    try position.list(&fields)
    try training.pointee.monitor.listLosses(&fields)
    if training.pointee.monitor.lastStep > 0 { try training.pointee.monitor.list(&fields) }
  }

  public static func read(_ fields: inout Fields) throws(Failure) -> LinearClassifier {
    var (loss, l2): (UInt32, Double) = (0, 0)
    try fields.constant("loss", &loss)
    try fields.real("l2", &l2)
    let shape = try fields.shape(of: "weights")
    var classifier = try LinearClassifier(
      dimension: shape.rows, classes: shape.columns, loss: LossFunction.find(loss))
    try classifier.setL2(l2)
    try classifier.listParameters(&fields)
    if fields.has("training.step", whenWriting: false) {
      var position = TrainingPosition()
      try position.list(&fields)
      try position.check()
      classifier.training.pointee.position = position
      try classifier.training.pointee.monitor.listLosses(&fields)
      if fields.has("record.step", whenWriting: false) {
        // W has as many numbers, and has been read.
        try classifier.training.pointee.monitor.makeRoom(classifier)
        try classifier.training.pointee.monitor.list(&fields, upTo: position.step)
      }
    }
    return classifier
  }

  private func listParameters(_ fields: inout Fields) throws(Failure) {
    try fields.array("weights", .matrix(.float32, dimension, classes), weights)
    try fields.array("bias", .row(.float32, classes), bias)
  }
}

extension TrainingPosition {
  mutating func list(_ fields: inout Fields) throws(Failure) {
    var sampling = UInt32(sampling.rawValue)
    try fields.size("training.samples", &samples)
    try fields.size("training.batch_size", &batchSize)
    try fields.constant("training.sampling", &sampling)
    try fields.number("training.seed", &seed)
    try fields.count("training.step", &step)
    try fields.count("training.optimizer_steps", &optimizerSteps)
    try list("training.feature_digest", &featureDigest, &fields)
    try list("training.label_digest", &labelDigest, &fields)
    self.sampling = try FitOptions.sampling(Int32(sampling))
  }

  private func list(_ name: Message, _ digest: inout UInt64?, _ fields: inout Fields) throws(Failure) {
    guard fields.has(name, whenWriting: digest != nil) else { return }
    var number = digest ?? 0
    try fields.number(named: name, &number)
    digest = number
  }

  /// Throws unless what was read makes sense.
  func check() throws(Failure) {
    guard batchSize > 0 && batchSize <= samples else {
      throw Failure(.corruptState, "batch_size: \(batchSize) is outside [1, \(samples)], the samples")
    }
    if next.epoch > UInt64(UInt32.max) {
      throw Failure(.corruptState, "step: \(step) lies beyond the last epoch that there can be")
    }
  }
}

extension FitMonitor {
  mutating func listLosses(_ fields: inout Fields) throws(Failure) {
    try fields.real("record.epoch_loss", &epochLoss, isOptional: true)
    try fields.real("record.epoch_samples", &epochSamples, isOptional: true)
    try fields.real("record.best_epoch_loss", &bestEpochLoss, isOptional: true)
  }

  mutating func list(_ fields: inout Fields, upTo step: UInt64 = .max) throws(Failure) {
    try fields.real("record.gradient_squares", &noise.squares)
    try fields.real("record.batches", &noise.batches)
    try fields.real("record.samples", &noise.samples)
    // An earlier version counted only samples that were watched.
    if fields.isReading && epochSamples == 0 { epochSamples = noise.samples }
    try fields.number("record.step", &lastStep, upTo: step)
    try fields.array("record.last_update", .matrix(.float32, dimension, classes), lastUpdate)
    let sum = noise.sum.pointer(to: Float.self)
    try fields.array("record.weight_gradient_sum", .matrix(.float32, dimension, classes), sum)
    try fields.array("record.bias_gradient_sum", .row(.float32, classes), sum + dimension * classes)
  }
}
