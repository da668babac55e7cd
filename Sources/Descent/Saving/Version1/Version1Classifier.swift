extension LinearModel {
  public static func read(version1 reader: inout Version1Reader) throws(Failure) -> LinearModel {
    let (dimension, classes) = (reader.size("dimension"), reader.size("classes"))
    let (loss, l2) = (reader.constant("loss"), reader.double("l2"))
    try reader.require(byteCount(dimension, classes) ?? .max, size: 4)
    var classifier = try LinearModel(dimension: dimension, classes: classes, loss: LossFunction.find(loss))
    try classifier.setL2(l2)
    reader.read(into: classifier.weights, count: classifier.weightCount, size: 4)
    reader.read(into: classifier.bias, count: classes, size: 4)
    classifier.training.pointee = try Training.read(from: &reader, classifier)
    return classifier
  }
}

extension Training {
  static func read(
    from reader: inout Version1Reader, _ classifier: borrowing LinearModel
  ) throws(Failure) -> Training {
    let contents = reader.number("training", upTo: 2)
    if contents == 0 { return Training() }
    let (samples, batchSize, sampling) = (
      reader.size("samples"), reader.size("batch_size"), reader.constant("sampling")
    )
    let (seed, step, optimizerSteps) = (reader.number("seed"), reader.count("step"), reader.count("step_count"))
    try reader.check()
    var position = TrainingPosition()
    (position.samples, position.batchSize, position.seed) = (samples, batchSize, seed)
    position.sampling = try FitOptions.sampling(Int32(sampling))
    (position.step, position.optimizerSteps) = (step, optimizerSteps)
    try position.check()
    if contents == 1 { return Training(position: position) }
    return Training(position: position, monitor: try FitMonitor.read(from: &reader, classifier, step: step))
  }
}

extension FitMonitor {
  static func read(
    from reader: inout Version1Reader, _ classifier: borrowing LinearModel, step: UInt64
  ) throws(Failure) -> FitMonitor {
    let (epochLoss, bestEpochLoss) = (reader.double("loss of the epoch"), reader.double("best loss of an epoch"))
    let squares = reader.double("sum of squared norms")
    let (batches, samples) = (reader.double("batches"), reader.double("samples"))
    let lastStep = reader.number("last step that was watched", upTo: step)
    // The weights, which have been read, are as many.
    try reader.require(2 * classifier.weightCount + classifier.classes, size: 4)
    var monitor = FitMonitor()
    try monitor.makeRoom(classifier, lastStep: lastStep)
    (monitor.epochLoss, monitor.epochSamples, monitor.bestEpochLoss) = (epochLoss, samples, bestEpochLoss)
    (monitor.noise.squares, monitor.noise.batches, monitor.noise.samples) = (squares, batches, samples)
    monitor.recorder.room.read(1, tensor: 0, from: &reader)
    reader.read(into: monitor.noise.sum.base, count: monitor.noise.count, size: 4)
    return monitor
  }
}
