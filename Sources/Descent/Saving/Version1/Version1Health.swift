extension Health {
  init(from reader: inout Version1Reader, stepCount: UInt64) {
    step = reader.number("step of the health record", upTo: stepCount)
    gradientNorm = reader.double("gradient_norm")
    updateNorm = reader.double("update_norm")
    valueNorm = reader.double("parameter_norm")
    updateRatio = reader.double("update_ratio")
    updateCosine = reader.double("update_cosine")
    zeroFraction = reader.double("zero_fraction")
    clippedSteps = reader.count("clipped_steps")
    skippedSteps = reader.count("skipped_steps")
    notFinite = reader.count("not_finite")
  }
}

extension HealthRecorder {
  /// Goes on from a record and the last update of each of the tensors; without tensors from the record alone.
  static func read(
    from reader: inout Version1Reader, _ health: Health, of tensors: Int, shape: (Int) -> Shape
  ) throws(Failure) -> HealthRecorder {
    try reader.require(1, count: tensors, shape: shape)
    if tensors == 0 { return HealthRecorder(health, room: OptimizerState()) }
    let room = try OptimizerState(count: tensors, present: buffers, shape: shape)
    for index in 0..<tensors { room.read(1, tensor: index, from: &reader) }
    return HealthRecorder(health, room: room)
  }
}
