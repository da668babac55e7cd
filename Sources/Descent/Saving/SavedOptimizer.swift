import CDescentKernels

extension Optimizer: Savable {
  public static var kind: SavedKind { .optimizer }

  public func write(_ fields: inout Fields) throws(Failure) {
    var (number, stepCount, plateau, health) = (algorithm.number, stepCount, plateau, recorder.health)
    try fields.constant("algorithm", &number)
    try fields.count("step_count", &stepCount)
    try plateau.list(&fields)
    try health.list(&fields)
    try groups.write(&fields, algorithm)
    try state.write(&fields, algorithm)
    try writeClocks(&fields)
    // The last update counts only where the next step follows it.
    if recorder.room.count > 0 && health.step == stepCount && stepCount > 0 { try recorder.listLastUpdates(&fields) }
    try training.list(&fields, "training_values")
    try aids.write(&fields)
    if algorithm.isBatch && state.count > 0 { try batch.write(&fields, algorithm) }
  }

  public static func read(_ fields: inout Fields) throws(Failure) -> Optimizer {
    var number: UInt32 = 0
    try fields.constant("algorithm", &number)
    let algorithm = try Algorithm.find(number)
    var optimizer = try Optimizer(algorithm)
    var health = Health()
    try fields.count("step_count", &optimizer.stepCount)
    try optimizer.plateau.list(&fields)
    try health.list(&fields, upTo: optimizer.stepCount)
    optimizer.groups = try OptionGroups.read(&fields, algorithm)
    optimizer.state = try OptimizerState.read(&fields, algorithm, optimizer.groups.base.pointee.values)
    try optimizer.state.check(algorithm, optimizer.groups, stepCount: optimizer.stepCount)
    try optimizer.readClocks(&fields)
    optimizer.recorder = try HealthRecorder.read(&fields, health, optimizer.state)
    optimizer.training = try optimizer.state.read(&fields, "training_values", .asStored)
    optimizer.aids = try Aids.read(&fields, optimizer.state)
    if algorithm.isBatch && optimizer.state.count > 0 {
      optimizer.batch = try BatchState.read(&fields, algorithm, count: optimizer.state.elements)
    }
    return optimizer
  }
}

extension OptimizerState {
  /// Lists the first buffer of each tensor.
  func list(_ fields: inout Fields, _ name: StaticString) throws(Failure) {
    for index in 0..<count {
      try fields.array(named: "tensor.\(index).\(name)", shape(index, buffer: 0).entry, buffer(0, tensor: index)!)
    }
  }

  /// Buffers of the same tensors with what was saved under a name; nothing if nothing was.
  func read(
    _ fields: inout Fields, _ name: StaticString, _ layouts: StateLayouts = StateLayouts()
  ) throws(Failure) -> OptimizerState {
    guard count > 0, fields.has("tensor.0.\(name)", whenWriting: false) else { return OptimizerState() }
    for index in 0..<count {
      try fields.require("tensor.\(index).\(name)", layouts.shape(0, of: shape(index)).entry)
    }
    let room = try makeRoom(buffers: 1, layouts)
    try room.list(&fields, name)
    return room
  }
}

extension Aids {
  /// Nothing is written that has no content yet.
  func write(_ fields: inout Fields) throws(Failure) {
    var counts = (averagedSteps, collectedGradients)
    if averagedSteps > 0 {
      try fields.count("averaged_steps", &counts.0)
      try average.list(&fields, Buffer.average.name)
    }
    if collectedGradients > 0 {
      try fields.count("collected_gradients", &counts.1)
      try gradientMean.list(&fields, Buffer.gradientMean.name)
    }
    if !slowBegins { try slow.list(&fields, Buffer.slow.name) }
  }

  static func read(_ fields: inout Fields, _ state: borrowing OptimizerState) throws(Failure) -> Aids {
    var aids = Aids()
    aids.average = try state.read(&fields, Buffer.average.name)
    aids.slow = try state.read(&fields, Buffer.slow.name)
    aids.gradientMean = try state.read(&fields, Buffer.gradientMean.name)
    if aids.average.count > 0 { try fields.count("averaged_steps", &aids.averagedSteps) }
    if aids.gradientMean.count > 0 { try fields.count("collected_gradients", &aids.collectedGradients) }
    if aids.average.count > 0 && aids.averagedSteps == 0 {
      throw Failure(.corruptState, "averaged_steps: 0, but there are averages")
    }
    if aids.gradientMean.count > 0 && aids.collectedGradients == 0 {
      throw Failure(.corruptState, "collected_gradients: 0, but there is a mean of gradients")
    }
    return aids
  }
}

extension Plateau {
  mutating func list(_ fields: inout Fields) throws(Failure) {
    try fields.real("plateau.factor", &factor)
    try fields.real("plateau.best", &best)
    try fields.count("plateau.reports", &reportsSinceBest)
    try fields.count("plateau.cooldown", &reportsToIgnore, isOptional: true)
    if fields.isReading { repair() }
  }
}

extension Health {
  mutating func list(_ fields: inout Fields, upTo stepCount: UInt64 = .max) throws(Failure) {
    try fields.number("health.step", &step, upTo: stepCount)
    try fields.real("health.gradient_norm", &gradientNorm)
    try fields.real("health.update_norm", &updateNorm)
    try fields.real("health.parameter_norm", &valueNorm)
    try fields.real("health.update_ratio", &updateRatio)
    try fields.real("health.update_cosine", &updateCosine)
    try fields.real("health.zero_fraction", &zeroFraction)
    try fields.count("health.clipped_steps", &clippedSteps)
    try fields.count("health.skipped_steps", &skippedSteps)
    try fields.count("health.not_finite", &notFinite)
    try fields.count("health.state_not_finite", &stateNotFinite, isOptional: true)
  }
}

extension HealthRecorder {
  /// The last update of each tensor, which the health record compares the next one with.
  func listLastUpdates(_ fields: inout Fields) throws(Failure) {
    for index in 0..<room.count {
      let shape = room.shape(index, buffer: 1)
      try fields.array(named: "tensor.\(index).last_update", shape.entry, lastUpdate(index))
    }
  }

  /// Goes on from a record, and from the last updates if they are there.
  static func read(
    _ fields: inout Fields, _ health: Health, _ state: borrowing OptimizerState
  ) throws(Failure) -> HealthRecorder {
    guard state.count > 0, fields.has("tensor.0.last_update", whenWriting: false) else {
      return HealthRecorder(health, room: OptimizerState())
    }
    for index in 0..<state.count {
      try fields.require("tensor.\(index).last_update", state.shape(index).arithmetic.entry)
    }
    let room = try state.makeRoom(buffers: buffers)
    let recorder = HealthRecorder(health, room: room)
    try recorder.listLastUpdates(&fields)
    return recorder
  }
}
