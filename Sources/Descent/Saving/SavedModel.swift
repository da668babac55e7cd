extension LinearModel: Savable {
  public static var kind: SavedKind { .classifier }

  public func write(_ fields: inout Fields) throws(Failure) {
    showMissed()
    var (loss, l2) = (loss.number, l2)
    try fields.constant("loss", &loss)
    try fields.real("l2", &l2)
    try listTask(&fields)
    try listParameters(&fields)
    if !scaling.pointee.isEmpty {
      scaling.pointee.unfold(weights, bias)
      try scaling.pointee.list(&fields)
    }
    guard var position = training.pointee.position else { return }
    try position.list(&fields)
    try training.pointee.monitor.listLosses(&fields)
    if training.pointee.monitor.lastStep > 0 { try training.pointee.monitor.list(&fields) }
    try training.pointee.watch.list(&fields, dimension, outputs)
    try training.pointee.exact.list(&fields, dimension, outputs)
    try training.pointee.smoothing.list(&fields)
    try training.pointee.missed.list(&fields, dimension: dimension, outputs: outputs)
  }

  public static func read(_ fields: inout Fields) throws(Failure) -> LinearModel {
    var (loss, l2, task): (UInt32, Double, UInt32) = (0, 0, 0)
    try fields.constant("loss", &loss)
    try fields.real("l2", &l2)
    if fields.has("task", whenWriting: false) { try fields.constant("task", &task) }
    let shape = try readShape(&fields)
    guard let task = Task(rawValue: task), task != .binary || shape.columns == 1 else {
      throw Failure(.corruptState, "task: there is no task \(task) with \(shape.columns) outputs")
    }
    var model = try LinearModel(task, dimension: shape.rows, outputs: shape.columns, loss: LossFunction.find(loss))
    try model.setL2(l2)
    if fields.has("loss_parameter", whenWriting: false) {
      var parameter = 0.0
      try fields.real("loss_parameter", &parameter)
      try model.setLossParameter(parameter)
    }
    try model.listParameters(&fields)
    if fields.has("scaling.centers", whenWriting: false) {
      try Scaling.require(&fields, model.dimension, model.outputs)
      let scaling = try Scaling(dimension: model.dimension, outputs: model.outputs)
      try scaling.list(&fields)
      try scaling.check()
      model.scaling.pointee = scaling
    }
    if fields.has("training.step", whenWriting: false) {
      var position = TrainingPosition()
      try position.list(&fields)
      try position.check()
      model.training.pointee.position = position
      try model.training.pointee.monitor.listLosses(&fields)
      if fields.has("record.step", whenWriting: false) {
        // W has as many numbers, and has been read.
        try model.training.pointee.monitor.makeRoom(model)
        try model.training.pointee.monitor.list(&fields, upTo: position.step)
      }
      if fields.has("watch.kept_weights", whenWriting: false) {
        try model.training.pointee.watch.makeRoom(count: model.parameterCount)
      }
      try model.training.pointee.watch.list(&fields, model.dimension, model.outputs)
      if fields.has("exact.weights", whenWriting: false) {
        try fields.require("exact.weights", .matrix(.float64, model.dimension, model.outputs))
        model.training.pointee.exact = try ExactParameters(count: model.parameterCount)
        try model.training.pointee.exact.list(&fields, model.dimension, model.outputs)
      }
      try model.training.pointee.smoothing.list(&fields)
      model.training.pointee.missed = try MissedSteps.read(
        &fields, dimension: model.dimension, outputs: model.outputs, stepsPerEpoch: position.batchesPerEpoch)
    }
    return model
  }

  private func listParameters(_ fields: inout Fields) throws(Failure) {
    var rows = dimension
    if try fields.mostlyZeros("weights", .matrix(.float32, dimension, outputs), weights) {
      try fields.size("weights.rows", &rows)
    }
    try fields.array("bias", .row(.float32, outputs), bias)
  }

  /// That of W, which the bytes have.
  private static func readShape(_ fields: inout Fields) throws(Failure) -> EntryShape {
    if fields.has("weights", whenWriting: false) { return try fields.shape(of: "weights") }
    var rows = 0
    try fields.size("weights.rows", &rows, upTo: Int(Int32.max))
    let columns = try fields.shape(of: "bias").columns
    try fields.require("weights.used", Fields.bits(boundedProduct(rows, columns)))
    return .matrix(.float32, rows, columns)
  }

  /// What version 0.1 did not know is left out where it is as it was then.
  private func listTask(_ fields: inout Fields) throws(Failure) {
    var (task, parameter) = (task.rawValue, loss.parameter)
    if self.task != .classifier { try fields.constant("task", &task) }
    if loss.parameterName != nil { try fields.real("loss_parameter", &parameter) }
  }
}

extension Scaling {
  func list(_ fields: inout Fields) throws(Failure) {
    try fields.array("scaling.centers", .row(.float64, dimension), centers)
    try fields.array("scaling.factors", .row(.float64, dimension), factors)
    try fields.array("scaling.weights", .matrix(.float32, dimension, outputs), weights)
    try fields.array("scaling.bias", .row(.float32, outputs), bias)
    // Left out where there is nothing to take away.
    var isCentered = false
    for output in 0..<outputs where targetCenters[output] != 0 { isCentered = true }
    if fields.has("scaling.target_centers", whenWriting: isCentered) {
      try fields.array("scaling.target_centers", .row(.float64, outputs), targetCenters)
    }
  }

  /// Throws unless the bytes have all of it; afterwards it is safe to allocate memory for it.
  static func require(_ fields: inout Fields, _ dimension: Int, _ outputs: Int) throws(Failure) {
    try fields.require("scaling.centers", .row(.float64, dimension))
    try fields.require("scaling.factors", .row(.float64, dimension))
    try fields.require("scaling.weights", .matrix(.float32, dimension, outputs))
    try fields.require("scaling.bias", .row(.float32, outputs))
  }

  /// Throws unless what was read makes sense.
  func check() throws(Failure) {
    for feature in 0..<dimension {
      guard centers[feature].isFinite && factors[feature].isFinite && factors[feature] > 0 else {
        throw Failure(
          .corruptState,
          "scaling: feature \(feature) has the center \(centers[feature]) and the factor \(factors[feature])")
      }
    }
    for output in 0..<outputs where !targetCenters[output].isFinite {
      throw Failure(.corruptState, "scaling: the targets of output \(output) have the center \(targetCenters[output])")
    }
  }
}

extension ExactParameters {
  func list(_ fields: inout Fields, _ dimension: Int, _ outputs: Int) throws(Failure) {
    if count == 0 { return }
    try fields.array("exact.weights", .matrix(.float64, dimension, outputs), numbers)
    try fields.array("exact.bias", .row(.float64, outputs), numbers + dimension * outputs)
  }
}

extension FitWatch {
  /// Only what there is: a fit without validation data, averages and patience watches nothing.
  mutating func list(_ fields: inout Fields, _ dimension: Int, _ outputs: Int) throws(Failure) {
    if fields.has("watch.lowest", whenWriting: bestEpoch > 0 || stale > 0) {
      try fields.real("watch.lowest", &lowest)
      try fields.real("watch.mark", &mark)
      try fields.constant("watch.best_epoch", &bestEpoch)
      try fields.constant("watch.stale", &stale)
    }
    guard fields.has("watch.kept_weights", whenWriting: hasKept) else { return }
    try fields.array("watch.kept_weights", .matrix(.float32, dimension, outputs), kept.base)
    try fields.array("watch.kept_bias", .row(.float32, outputs), kept.base + dimension * outputs * 4)
    try fields.flag("watch.is_ended", &isEnded)
    hasKept = true
  }
}

extension TrainingPosition {
  mutating func list(_ fields: inout Fields) throws(Failure) {
    var sampling = UInt32(sampling.rawValue)
    try fields.size("training.samples", &samples)
    try fields.size("training.batch_size", &batchSize)
    try fields.constant("training.sampling", &sampling)
    try fields.number("training.seed", &seed)
    if fields.has("training.shards", whenWriting: shards > 1) { try fields.size("training.shards", &shards) }
    try fields.count("training.step", &step)
    try fields.count("training.optimizer_steps", &optimizerSteps)
    try list("training.feature_digest", &featureDigest, &fields)
    try list("training.label_digest", &labelDigest, &fields)
    try list("training.target_digest", &targetDigest, &fields)
    try list("training.weight_digest", &weightDigest, &fields)
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
    guard shards > 0 && shards <= Shards.most && shards & (shards - 1) == 0 else {
      throw Failure(.corruptState, "shards: \(shards) is no power of two in [1, \(Shards.most)]")
    }
    if batchSize != samples && batchSize % shards != 0 {
      throw Failure(.corruptState, "batch_size: \(batchSize) is no multiple of \(shards), the shards")
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
    try fields.array("record.last_update", .matrix(.float32, dimension, outputs), lastUpdate)
    let sum = noise.sum.pointer(to: Float.self)
    try fields.array("record.weight_gradient_sum", .matrix(.float32, dimension, outputs), sum)
    try fields.array("record.bias_gradient_sum", .row(.float32, outputs), sum + dimension * outputs)
  }
}
