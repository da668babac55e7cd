extension OptimizerState {
  func write(_ fields: inout Fields, _ algorithm: Algorithm) throws(Failure) {
    var count = count
    try fields.size("tensors", &count)
    for index in 0..<count { _ = try Self.list(shape(index), &fields, index) }
    try listBuffers(&fields, algorithm)
  }

  /// Nothing large is allocated before it is sure that its content is there.
  static func read(
    _ fields: inout Fields, _ algorithm: Algorithm, _ options: OptionValues
  ) throws(Failure) -> OptimizerState {
    let layouts = StateLayouts(algorithm, options)
    var count = 0
    // Each has entries of its own.
    try fields.size("tensors", &count, upTo: fields.entryCount)
    if count == 0 { return OptimizerState() }
    var present: UInt32 = 0
    for buffer in 0..<algorithm.stateCount
    where layouts[buffer] == .byMatrixMethod
      || fields.has("tensor.0.\(algorithm.stateName(buffer)!)", whenWriting: false)
    {
      present |= 1 << UInt32(buffer)
    }
    for index in 0..<count {
      let shape = try Self.list(nil, &fields, index)
      for buffer in 0..<algorithm.stateCount where present >> UInt32(buffer) & 1 != 0 {
        guard let shape = layouts.shape(buffer, of: shape, options) else { continue }
        try fields.require("tensor.\(index).\(algorithm.stateName(buffer)!)", shape.entry)
        if shape.type.isQuantized {
          try fields.require("tensor.\(index).\(algorithm.stateName(buffer)!).scales", shape.scalesEntry)
        }
      }
    }
    let state = try OptimizerState(count: count, present: present, layouts: layouts, options) {
      index throws(Failure) in
      try Self.list(nil, &fields, index)
    }
    try state.listBuffers(&fields, algorithm)
    return state
  }

  private func listBuffers(_ fields: inout Fields, _ algorithm: Algorithm) throws(Failure) {
    for index in 0..<count {
      for number in 0..<algorithm.stateCount {
        guard let memory = buffer(number, tensor: index) else { continue }
        let shape = shape(index, buffer: number)
        try fields.array(named: "tensor.\(index).\(algorithm.stateName(number)!)", shape.entry, memory)
        if shape.type.isQuantized {
          try fields.array(
            named: "tensor.\(index).\(algorithm.stateName(number)!).scales", shape.scalesEntry,
            memory + shape.type.scalesOffset(shape.count))
        }
      }
    }
  }

  /// Throws unless steps with these options have these buffers.
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

  /// A tensor's shape and type, written or read.
  private static func list(_ shape: Shape?, _ fields: inout Fields, _ index: Int) throws(Failure) -> Shape {
    var (rows, columns, dtype) = (shape?.rows ?? 0, shape?.columns ?? 0, shape?.type.rawValue ?? 0)
    try fields.size(named: "tensor.\(index).rows", &rows)
    try fields.size(named: "tensor.\(index).columns", &columns)
    try fields.constant(named: "tensor.\(index).dtype", &dtype)
    if let shape { return shape }
    return try Shape(saved: index, rows: rows, columns: columns, dtype: dtype)
  }
}

extension Shape {
  var entry: EntryShape { .matrix(EntryType(type), rows, columns) }
  /// The scales of quantized numbers, which are saved as bytes.
  var scalesEntry: EntryShape { .row(.float32, type.scaleCount(count)) }

  /// The shape that was read of the tensor with this number.
  @inline(never)
  init(saved index: Int, rows: Int, columns: Int, dtype: UInt32) throws(Failure) {
    do throws(Failure) {
      try self.init(rows: rows, columns: columns, type: ElementType.stored(dtype), mayBeEmpty: true)
    } catch {
      throw Failure(error.kind, "tensor \(index): \(error.message)")
    }
  }
}
