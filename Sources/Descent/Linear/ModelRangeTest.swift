extension LinearModel {
  /// A range test of the model's training, on a copy of it.
  public func testLearningRates(
    _ data: Dataset, of optimizer: borrowing Optimizer, _ fit: FitOptions, _ options: RangeOptions
  ) throws(Failure) -> RangeRecord {
    var record = try RangeRecord(options)
    _ = try checked(data)
    var answers = try checkedAnswers(data, isPart: fit.peers != nil)
    let copy = try parametersCopy()
    var spread: Spread?
    if let peers = fit.peers {
      spread = try agree(peers, data, .rangeTest, fit)
      _ = try peers.pointee.confirm()
      try spread!.complete(&answers, spread!.rows)
    }
    if fit.standardizes && copy.scaling.pointee.isEmpty {
      copy.scaling.pointee = try newScaling(data, answers, spread)
    }
    // As in a fit, features are taken as they are unless that is asked for.
    if !fit.standardizes { copy.scaling.pointee = Scaling() }
    let data = data.seen(through: copy.scaling.pointee.view)
    answers.targets = answers.targets?.seen(through: data.view, outputs: outputs)
    let optimizer = try makeHandle(try optimizer.twin())
    defer { freeHandle(optimizer) }
    spread?.peers.pointee.begin()
    var trainer = try Trainer(copy, data, answers, fit, spread, optimizer.pointee)
    if trainer.makesUp {
      copy.training.pointee.missed = try MissedSteps(
        dimension: dimension, outputs: outputs, stepsPerEpoch: Int(clamping: options.steps))
    }
    _ = try optimizer.pointee.adopt(trainer.tensors.list)
    copy.training.pointee.missed.begin(copy.trained, outputs: outputs, optimizer)
    _ = try spread?.peers.pointee.confirm()
    for step in 0..<options.steps {
      let rate = options.rate(step)
      guard let loss = try trainer.nextGradient(copy, data) else { break }
      guard record.goesOn(loss) else { break }
      try optimizer.pointee.setLearningRate(rate)
      guard try trainer.advance(copy, optimizer, isFirst: step == 0) else { break }
      record.add(rate: rate, loss: loss)
    }
    return record
  }
}
