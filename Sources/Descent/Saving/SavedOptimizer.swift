extension Optimizer: Savable {
  public static var kind: SavedKind { .optimizer }

  public func write(to writer: inout SaveWriter) {
    writer.put(UInt64(algorithm.number))
    writer.put(count: stepCount)
    plateau.write(to: &writer)
    recorder.health.write(to: &writer)
    groups.write(to: &writer, algorithm)
    state.write(to: &writer)
    // The last update counts only where the next step follows it.
    let hasUpdate = recorder.room.count > 0 && recorder.health.step == stepCount
    writer.put(hasUpdate ? 1 : 0)
    if hasUpdate { recorder.writeLastUpdate(to: &writer) }
  }

  public static func read(from reader: inout SaveReader) throws(Failure) -> Optimizer {
    let (number, stepCount) = (reader.constant("algorithm"), reader.count("step_count"))
    let plateau = Plateau(from: &reader)
    let health = Health(from: &reader, stepCount: stepCount)
    try reader.check()
    let algorithm = try Algorithm.find(number)
    let groups = try OptionGroups.read(from: &reader, algorithm)
    let state = try OptimizerState.read(from: &reader, buffers: algorithm.stateCount)
    try state.check(algorithm, groups, stepCount: stepCount)
    let hasUpdate = reader.number("last update", upTo: 1) == 1
    let recorder = try HealthRecorder.read(from: &reader, health, of: hasUpdate ? state.count : 0) { state.shape($0) }
    var optimizer = try Optimizer(algorithm)
    optimizer.stepCount = stepCount
    optimizer.plateau = plateau
    optimizer.groups = groups
    optimizer.state = state
    optimizer.recorder = recorder
    return optimizer
  }
}

extension Plateau {
  func write(to writer: inout SaveWriter) {
    writer.put(factor)
    writer.put(best)
    writer.put(count: reportsSinceBest)
  }

  init(from reader: inout SaveReader) {
    factor = reader.double("factor of the plateau")
    best = reader.double("best loss")
    reportsSinceBest = reader.count("reports without progress")
  }
}
