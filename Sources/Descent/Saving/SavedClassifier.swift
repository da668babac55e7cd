extension LinearClassifier: Savable {
  public static var kind: SavedKind { .classifier }

  public func write(to writer: inout SaveWriter) {
    writer.put(dimension)
    writer.put(classes)
    writer.put(UInt64(loss.number))
    writer.put(l2)
    writer.put(weights, count: weightCount, size: 4)
    writer.put(bias, count: classes, size: 4)
    training.pointee.write(to: &writer)
  }

  public static func read(from reader: inout SaveReader) throws(Failure) -> LinearClassifier {
    let (dimension, classes) = (reader.size("dimension"), reader.size("classes"))
    let (loss, l2) = (reader.constant("loss"), reader.double("l2"))
    try reader.require(byteCount(dimension, classes) ?? .max, size: 4)
    var classifier = try LinearClassifier(dimension: dimension, classes: classes, loss: LossFunction.find(loss))
    try classifier.setL2(l2)
    reader.read(into: classifier.weights, count: classifier.weightCount, size: 4)
    reader.read(into: classifier.bias, count: classes, size: 4)
    classifier.training.pointee = try Training.read(from: &reader, classifier)
    return classifier
  }
}

extension Training {
  func write(to writer: inout SaveWriter) {
    guard let position else { return writer.put(0) }
    writer.put(monitor.hasRoom ? 2 : 1)
    writer.put(position.samples)
    writer.put(position.batchSize)
    writer.put(UInt64(position.sampling.rawValue))
    writer.put(position.seed)
    writer.put(count: position.step)
    writer.put(count: position.optimizerSteps)
    if monitor.hasRoom { monitor.write(to: &writer) }
  }

  static func read(
    from reader: inout SaveReader, _ classifier: borrowing LinearClassifier
  ) throws(Failure) -> Training {
    let contents = reader.number("training", upTo: 2)
    if contents == 0 { return Training() }
    let (samples, batchSize, sampling) = (
      reader.size("samples"), reader.size("batch_size"), reader.constant("sampling")
    )
    let (seed, step, optimizerSteps) = (reader.number("seed"), reader.count("step"), reader.count("step_count"))
    try reader.check()
    guard batchSize > 0 && batchSize <= samples else {
      throw Failure(.corruptState, "batch_size: \(batchSize) is outside [1, \(samples)], the samples")
    }
    let position = TrainingPosition(
      samples: samples, batchSize: batchSize, sampling: try FitOptions.sampling(Int32(sampling)), seed: seed,
      step: step, optimizerSteps: optimizerSteps)
    if position.next.epoch > UInt64(UInt32.max) {
      throw Failure(.corruptState, "step: \(step) lies beyond the last epoch that there can be")
    }
    if contents == 1 { return Training(position: position) }
    return Training(position: position, monitor: try FitMonitor.read(from: &reader, classifier, step: step))
  }
}

extension FitMonitor {
  func write(to writer: inout SaveWriter) {
    writer.put(epochLoss)
    writer.put(bestEpochLoss)
    writer.put(noise.squares)
    writer.put(noise.batches)
    writer.put(noise.samples)
    writer.put(recorder.health.step)
    recorder.writeLastUpdate(to: &writer)
    writer.put(noise.sum.base, count: noise.count, size: 4)
  }

  static func read(
    from reader: inout SaveReader, _ classifier: borrowing LinearClassifier, step: UInt64
  ) throws(Failure) -> FitMonitor {
    let (epochLoss, bestEpochLoss) = (reader.double("loss of the epoch"), reader.double("best loss of an epoch"))
    let squares = reader.double("sum of squared norms")
    let (batches, samples) = (reader.double("batches"), reader.double("samples"))
    let lastStep = reader.number("last step that was watched", upTo: step)
    // The weights, which have been read, are as many.
    try reader.require(2 * classifier.weightCount + classifier.classes, size: 4)
    var monitor = try FitMonitor(classifier, lastStep: lastStep)
    (monitor.epochLoss, monitor.bestEpochLoss) = (epochLoss, bestEpochLoss)
    (monitor.noise.squares, monitor.noise.batches, monitor.noise.samples) = (squares, batches, samples)
    monitor.recorder.room.read(1, tensor: 0, from: &reader)
    reader.read(into: monitor.noise.sum.base, count: monitor.noise.count, size: 4)
    return monitor
  }
}
