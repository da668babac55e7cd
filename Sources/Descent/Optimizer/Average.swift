import CDescentKernels

extension Optimizer {
  /// Whether the averaged parameters are in the tensors.
  var usesAverage: Bool { training.count > 0 }

  /// Throws while averaged parameters are in the tensors.
  func requireTraining() throws(Failure) {
    if usesAverage {
      throw Failure(
        .invalidArgument,
        "optimizer: the averaged parameters are in the tensors; the training ones must be put back first")
    }
  }

  /// Puts the averaged parameters into the tensors, and keeps the training ones; or puts these back, to the bit.
  public mutating func useAverage(_ tensors: TensorList, _ use: Bool) throws(Failure) {
    let isOwn = groups[KERNEL_AVERAGE] != 0
    if !isOwn && algorithm.rule.pointee.average == KERNEL_NO_AVERAGE && !usesAverage {
      throw Failure(.unsupported, "optimizer: \(algorithm.name) has no averaged parameters, and average is none")
    }
    if state.count == 0 { throw Failure(.invalidArgument, "optimizer: there are no averages before the first step") }
    try state.check(count: tensors.count)
    for index in 0..<tensors.count { try state.check(tensors.checkedShape(index), index) }
    if use == usesAverage {
      let which: StaticString = use ? "averaged" : "training"
      throw Failure(.invalidArgument, "use: the \(which) parameters are in place already")
    }
    if !use {
      for index in 0..<tensors.count where state.shape(index).count > 0 {
        copyTraining(index, from: training.buffer(0, tensor: index)!, to: tensors.values(index)!)
      }
      training = OptimizerState()
      return
    }
    if isOwn {
      if aids.averagedSteps == 0 {
        throw Failure(.invalidArgument, "optimizer: there are no averages before step average_start")
      }
    } else {
      for index in 0..<tensors.count { try checkAverage(group: tensors.group(index)) }
    }
    let room = try state.makeRoom(buffers: 1)
    for index in 0..<tensors.count where state.shape(index).count > 0 {
      let values = tensors.values(index)!
      copyTraining(index, from: values, to: room.buffer(0, tensor: index)!)
      if isOwn {
        copyTraining(index, from: aids.average.buffer(0, tensor: index)!, to: values)
      } else {
        writeAverage(index, to: values, group: tensors.group(index))
      }
    }
    training = room
  }

  private func copyTraining(_ index: Int, from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
    target.copyMemory(from: source, byteCount: state.shape(index).bytes)
  }

  /// The value of the option by which an average is found.
  private func averageOption(group: UInt32) -> Double {
    let place = groups.index(of: group) ?? 0
    return groups[place].pointee.values[kernel_option(rawValue: algorithm.rule.pointee.average_option)]
  }

  private func checkAverage(group: UInt32) throws(Failure) {
    if algorithm.rule.pointee.average == KERNEL_AVERAGE_IS_BEYOND && averageOption(group: group) == 0 {
      let option = Option.name(kernel_option(rawValue: algorithm.rule.pointee.average_option))
      throw Failure(.unsupported, "\(option): with 0 the averaged parameters cannot be found")
    }
  }

  private func writeAverage(_ index: Int, to values: UnsafeMutableRawPointer, group: UInt32) {
    let average = UnsafeRawPointer(state.buffer(Int(algorithm.rule.pointee.average_state), tensor: index)!)
    if algorithm.rule.pointee.average == KERNEL_AVERAGE_IS_STATE {
      return copyTraining(index, from: average, to: values)
    }
    let beyond = 1 - 1 / averageOption(group: group)
    let shape = state.shape(index)
    switch shape.type {
    case .float32:
      let (values, average) = (values.assumingMemoryBound(to: Float.self), average.assumingMemoryBound(to: Float.self))
      for place in 0..<shape.count {
        let value = Double(values[place])
        values[place] = Float(value + beyond * (Double(average[place]) - value))
      }
    case .float64:
      let (values, average) = (
        values.assumingMemoryBound(to: Double.self), average.assumingMemoryBound(to: Double.self)
      )
      for place in 0..<shape.count { values[place] += beyond * (average[place] - values[place]) }
    }
  }
}
