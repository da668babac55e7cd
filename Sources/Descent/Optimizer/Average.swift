import CDescentKernels

extension Optimizer {
  /// Whether the averaged parameters are in the tensors.
  var usesAverage: Bool { training.count > 0 }

  /// Whether there are averages, or will be.
  var keepsAverage: Bool { groups[KERNEL_AVERAGE] != 0 || algorithm.rule.pointee.average != KERNEL_NO_AVERAGE }

  /// Whether there are averages by now.
  var hasAverage: Bool {
    keepsAverage && state.count > 0 && (groups[KERNEL_AVERAGE] == 0 || aids.averagedSteps > 0)
  }

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
        tensors.values(index)!.copyMemory(
          from: training.buffer(0, tensor: index)!, byteCount: state.shape(index).bytes)
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
    let room = try state.makeRoom(buffers: 1, .asStored)
    for index in 0..<tensors.count where state.shape(index).count > 0 {
      room.buffer(0, tensor: index)!.copyMemory(from: tensors.values(index)!, byteCount: state.shape(index).bytes)
    }
    writeAverages(to: tensors)
    training = room
  }

  /// Puts the averaged parameters, which there are, into the tensors; the caller has kept the training ones.
  func writeAverages(to tensors: TensorList) {
    for index in 0..<tensors.count where state.shape(index).count > 0 {
      let (values, shape) = (tensors.values(index)!, state.shape(index))
      if groups[KERNEL_AVERAGE] != 0 {
        shape.type.narrow(aids.average.buffer(0, tensor: index)!, to: values, count: shape.count)
      } else {
        writeAverage(index, to: values, group: tensors.group(index))
      }
    }
  }

  /// Throws unless there are averages of the first group's parameters, or will be.
  func requireAverage() throws(Failure) {
    if !keepsAverage {
      throw Failure(
        .invalidArgument, "options: average: the optimizer keeps no averages: its option average is none")
    }
    if groups[KERNEL_AVERAGE] == 0 { try checkAverage(group: 0) }
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
    let number = Int(algorithm.rule.pointee.average_state)
    let (average, type) = (state.buffer(number, tensor: index)!, state.shape(index, buffer: number).type)
    let shape = state.shape(index)
    let beyond =
      algorithm.rule.pointee.average == KERNEL_AVERAGE_IS_STATE ? 1 : 1 - 1 / averageOption(group: group)
    // Some at a time, in the type that is computed with, which has room here for either.
    var room = InlineArray<512, Double>(repeating: 0)
    withUnsafeMutableBytes(of: &room) { room in
      let (place, other) = (room.baseAddress!, room.baseAddress! + 2048)
      for first in stride(from: 0, to: shape.count, by: 256) {
        let (count, stored) = (min(shape.count - first, 256), values + first * shape.type.size)
        shape.type.widen(stored, to: place, count: count)
        type.widen(average + first * type.size, to: other, count: count)
        func go<Element: BinaryFloatingPoint & BitwiseCopyable>(_: Element.Type) {
          let (values, average) = (
            place.assumingMemoryBound(to: Element.self), other.assumingMemoryBound(to: Element.self)
          )
          for index in 0..<count {
            let value = Double(values[index])
            values[index] = beyond == 1 ? average[index] : Element(value + beyond * (Double(average[index]) - value))
          }
        }
        shape.type.isDouble ? go(Double.self) : go(Float.self)
        shape.type.narrow(place, to: stored, count: count)
      }
    }
  }
}
