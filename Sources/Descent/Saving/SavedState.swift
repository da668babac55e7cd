extension OptimizerState {
  func write(to writer: inout SaveWriter) {
    writer.put(count)
    writer.put(UInt64(present))
    for index in 0..<count {
      let shape = shape(index)
      writer.put(shape.rows)
      writer.put(shape.columns)
      writer.put(UInt64(shape.type.rawValue))
    }
    for index in 0..<count {
      for number in 0..<UInt32.bitWidth where has(number) { write(number, tensor: index, to: &writer) }
    }
  }

  func write(_ number: Int, tensor index: Int, to writer: inout SaveWriter) {
    let shape = shape(index)
    writer.put(buffer(number, tensor: index)!, count: shape.count, size: shape.type.size)
  }

  /// At most `buffers` for each tensor. Nothing large is allocated before it is sure that its content is there.
  static func read(from reader: inout SaveReader, buffers: Int) throws(Failure) -> OptimizerState {
    let count = reader.size("tensors")
    let present = UInt32(reader.number("state buffers", upTo: count == 0 ? 0 : 1 << UInt64(buffers) - 1))
    try reader.require(count, size: 24)
    if count == 0 { return OptimizerState() }
    var shapes = reader
    for index in 0..<count { _ = try Shape(from: &reader, index) }
    var shapesAgain = shapes
    try reader.require(present.nonzeroBitCount, count: count) { index throws(Failure) in
      try Shape(from: &shapes, index)
    }
    let state = try OptimizerState(count: count, present: present) { index throws(Failure) in
      try Shape(from: &shapesAgain, index)
    }
    for index in 0..<count {
      for number in 0..<buffers where state.has(number) { state.read(number, tensor: index, from: &reader) }
    }
    return state
  }

  func read(_ number: Int, tensor index: Int, from reader: inout SaveReader) {
    let shape = shape(index)
    reader.read(into: buffer(number, tensor: index)!, count: shape.count, size: shape.type.size)
  }

  /// That these are buffers that steps with these options have.
  func check(_ algorithm: Algorithm, _ groups: borrowing OptionGroups, stepCount: UInt64) throws(Failure) {
    if count == 0 {
      if stepCount > 0 { throw Failure(.corruptState, "step_count: \(stepCount), but there are no tensors") }
      return
    }
    for index in 0..<algorithm.stateCount where !has(index) && algorithm.state(index).isCalledFor(by: groups) {
      throw Failure(
        .corruptState, "the state \"\(algorithm.stateName(index)!)\" is missing, but the options call for it")
    }
  }
}

extension Shape {
  @inline(never)
  fileprivate init(from reader: inout SaveReader, _ index: Int) throws(Failure) {
    let (rows, columns, dtype) = (reader.size("rows"), reader.size("columns"), reader.constant("dtype"))
    try reader.check()
    do throws(Failure) {
      try self.init(rows: rows, columns: columns, type: ElementType.checked(dtype))
    } catch {
      throw Failure(error.kind, "tensor \(index): \(error.message)")
    }
  }
}

extension SaveReader {
  /// That `buffers` buffers for each of these tensors are left.
  @inline(never)
  func require(_ buffers: Int, count: Int, shape: (Int) throws(Failure) -> Shape) throws(Failure) {
    var bytes = 0
    for index in 0..<count {
      let shape = try shape(index)
      let more = byteCount(shape.count * shape.type.size, buffers)
      let (sum, overflow) = bytes.addingReportingOverflow(more ?? .max)
      bytes = overflow ? .max : sum
    }
    try require(bytes, size: 1)
  }
}
