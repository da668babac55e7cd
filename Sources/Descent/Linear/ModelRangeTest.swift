extension LinearModel {
  /// A range test of the model's training, on a copy of it.
  public func testLearningRates(
    _ data: Dataset, of optimizer: borrowing Optimizer, _ fit: FitOptions, _ options: RangeOptions
  ) throws(Failure) -> RangeRecord {
    var record = try RangeRecord(options)
    _ = try checked(data)
    let answers = try checkedAnswers(data)
    let copy = try parametersCopy()
    if fit.standardizes && copy.scaling.pointee.isEmpty { copy.scaling.pointee = try newScaling(data, answers) }
    // As in a fit, features are taken as they are unless that is asked for.
    if !fit.standardizes { copy.scaling.pointee = Scaling() }
    let data = data.seen(through: copy.scaling.pointee.view)
    let optimizer = try makeHandle(try optimizer.twin())
    defer { freeHandle(optimizer) }
    var trainer = try Trainer(copy, data, answers, fit, optimizer.pointee)
    if trainer.makesUp {
      copy.training.pointee.missed = try MissedSteps(
        dimension: dimension, outputs: outputs, stepsPerEpoch: Int(clamping: options.steps))
    }
    _ = try optimizer.pointee.adopt(trainer.tensors.list)
    copy.training.pointee.missed.begin(copy.trained, outputs: outputs, optimizer)
    for step in 0..<options.steps {
      let rate = options.rate(step)
      let loss = try trainer.nextGradient(copy, data)
      guard record.goesOn(loss) else { break }
      try optimizer.pointee.setLearningRate(rate)
      guard try trainer.advance(copy, optimizer, isFirst: step == 0) else { break }
      record.add(rate: rate, loss: loss)
    }
    return record
  }
}
