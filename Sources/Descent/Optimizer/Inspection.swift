import CDescentKernels

/// What an optimizer has, for those who look into it: the tensors of its first step, their state, and its groups.
extension Optimizer {
  public var tensorCount: Int { state.count }

  /// A tensor's shape and type.
  public func tensor(_ index: Int) throws(Failure) -> Shape {
    if state.count == 0 { throw Failure(.invalidArgument, "tensor: there is no state before the first step") }
    guard index >= 0 && index < state.count else {
      throw Failure(.invalidArgument, "tensor: \(UInt(bitPattern: index)) is outside [0, \(state.count))")
    }
    return state.shape(index)
  }

  /// A tensor's state buffer of this name.
  public func state(tensor: Int, named name: UnsafePointer<CChar>) throws(Failure) -> StateView {
    let common = Aids.Buffer.named(name)
    let buffer = common == nil ? try algorithm.stateIndex(name) : 0
    let tensorShape = try self.tensor(tensor)
    let found = common.map { aids.buffer($0, tensor: tensor) } ?? state.buffer(buffer, tensor: tensor)
    if found == nil && (common != nil || !state.has(buffer)) {
      throw Failure(.unknownName, "name: the options do not call for the state \"\(name)\"")
    }
    let shape = common == nil ? state.shape(tensor, buffer: buffer) : tensorShape.arithmetic
    return StateView(baseAddress: found, shape: shape)
  }

  /// What belongs to a tensor's state beside its buffers: how often it was stepped, and what the rule keeps for it.
  public func number(
    ofTensor tensor: Int, group: UInt32, named name: UnsafePointer<CChar>
  ) throws(Failure) -> Double {
    _ = try self.tensor(tensor)
    let place = try index(ofGroup: group)
    if isSameText(name, cString("step_count")) { return Double(clocks.step(tensor, unless: stepCount + 1) - 1) }
    if isSameText(name, cString("averaged_steps")) { return Double(aids.averagedSteps) }
    if isSameText(name, cString("collected_gradients")) { return Double(aids.collectedGradients) }
    for index in 0..<algorithm.scalarCount where isSameText(name, algorithm.scalarName(index)) {
      return clocks.isEmpty ? groups[place].pointee.scalars[index] : clocks[tensor].pointee.scalars[index]
    }
    throw noNumber(name)
  }

  private func noNumber(_ name: UnsafePointer<CChar>) -> Failure {
    Failure(.unknownName, "name: \(algorithm.name) keeps no number \"\(name)\"")
  }

  /// Sets such a number; the optimizer has made no fewer steps than a tensor.
  public mutating func setNumber(
    ofTensor tensor: Int, group: UInt32, named name: UnsafePointer<CChar>, to value: Double
  ) throws(Failure) {
    _ = try self.tensor(tensor)
    let place = try index(ofGroup: group)
    if isSameText(name, cString("step_count")) {
      let count = try checkedCount(value)
      if canHaveClocks {
        try makeOwnClocks()
        clocks[tensor].pointee.steps = count
      }
      stepCount = max(stepCount, count)
      return aids.restoreSlowValues()
    }
    if isSameText(name, cString("averaged_steps")) {
      return aids.averagedSteps = try checkedCount(value, isKept: aids.average.count > 0)
    }
    if isSameText(name, cString("collected_gradients")) {
      return aids.collectedGradients = try checkedCount(value, isKept: aids.gradientMean.count > 0)
    }
    for index in 0..<algorithm.scalarCount where isSameText(name, algorithm.scalarName(index)) {
      if !value.isFinite { throw Failure(.invalidArgument, "value: \(value) is not finite") }
      if canHaveClocks {
        try makeOwnClocks()
        clocks[tensor].pointee.scalars[index] = value
      }
      var scalars = groups[place].pointee.scalars
      scalars[index] = value
      return groups.setScalars(scalars, at: place)
    }
    throw noNumber(name)
  }

  private func checkedCount(_ value: Double, isKept: Bool = true) throws(Failure) -> UInt64 {
    guard value >= 0 && value <= 0x1p53 && value == value.rounded(.down) else {
      throw Failure(.invalidArgument, "value: \(value) is not a whole number in [0, 2^53]")
    }
    if !isKept && value != 0 {
      throw Failure(.invalidArgument, "value: \(value), but the options do not call for any")
    }
    return UInt64(value)
  }

  /// How many groups have been made, group 0 not being one of them.
  public var groupCount: Int { groups.count - 1 }

  /// The number of a group that has been made; 0 for an index that is none.
  public func group(at index: Int) -> UInt32 {
    index >= 0 && index < groupCount ? groups[index + 1].pointee.id : 0
  }

  /// Whether an option was set for this very group; false for a group that has not been made.
  public func isSet(_ option: Option, group: UInt32) -> Bool {
    groups.index(of: group).map { groups[$0].pointee.owns(option) } ?? false
  }
}

/// A state buffer as it is; without columns, and nil, where a tensor has none.
public struct StateView {
  public let baseAddress: UnsafeMutableRawPointer?
  let shape: Shape

  public var rows: Int { shape.rows }
  public var columns: Int { shape.columns }
  public var count: Int { shape.count }
  public var dtype: UInt32 { shape.type.rawValue }

  /// Writes its numbers as doubles.
  public func widen(to out: UnsafeMutablePointer<Double>) {
    guard let start = baseAddress else { return }
    if shape.type.isDouble { return copy(start.assumingMemoryBound(to: Double.self), to: out, count: count) }
    var room = InlineArray<256, Float>(repeating: 0)
    withUnsafeMutableBytes(of: &room) { room in
      let floats = room.baseAddress!.assumingMemoryBound(to: Float.self)
      for first in stride(from: 0, to: count, by: 256) {
        let some = min(256, count - first)
        let scales = shape.type.isQuantized ? start + shape.type.scalesOffset(count) + first / 64 : nil
        kernel_widen_any(
          kernels, floats, start + first * shape.type.size, scales?.assumingMemoryBound(to: Float.self),
          shape.type.rawValue, some)
        for index in 0..<some { out[first + index] = Double(floats[index]) }
      }
    }
  }

  /// Gives it other numbers, each rounded to the nearest.
  public func narrow(_ numbers: UnsafePointer<Double>) {
    guard let start = baseAddress else { return }
    if shape.type.isDouble { return copy(numbers, to: start.assumingMemoryBound(to: Double.self), count: count) }
    var room = InlineArray<256, Float>(repeating: 0)
    withUnsafeMutableBytes(of: &room) { room in
      let floats = room.baseAddress!.assumingMemoryBound(to: Float.self)
      for first in stride(from: 0, to: count, by: 256) {
        let some = min(256, count - first)
        for index in 0..<some { floats[index] = Float(numbers[first + index]) }
        let scales = shape.type.isQuantized ? start + shape.type.scalesOffset(count) + first / 64 : nil
        kernel_narrow_any(
          kernels, start + first * shape.type.size, scales?.assumingMemoryBound(to: Float.self), floats,
          shape.type.rawValue, some)
      }
    }
  }
}
