extension OptimizerState {
  /// At most `buffers` for each tensor. Nothing large is allocated before it is sure that its content is there.
  static func read(from reader: inout Version1Reader, buffers: Int) throws(Failure) -> OptimizerState {
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

  func read(_ number: Int, tensor index: Int, from reader: inout Version1Reader) {
    let shape = shape(index)
    reader.read(into: buffer(number, tensor: index)!, count: shape.count, size: shape.type.size)
  }
}

extension Shape {
  @inline(never)
  fileprivate init(from reader: inout Version1Reader, _ index: Int) throws(Failure) {
    let (rows, columns, dtype) = (reader.size("rows"), reader.size("columns"), reader.constant("dtype"))
    try reader.check()
    try self.init(saved: index, rows: rows, columns: columns, dtype: dtype)
  }
}

extension Version1Reader {
  /// Throws unless `buffers` buffers for each of these tensors are left.
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
