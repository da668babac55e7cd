extension Optimizer {
  public static func read(version1 reader: inout Version1Reader) throws(Failure) -> Optimizer {
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
  init(from reader: inout Version1Reader) {
    factor = reader.double("factor of the plateau")
    best = reader.double("best loss")
    reportsSinceBest = reader.count("reports without progress")
    repair()
  }
}
