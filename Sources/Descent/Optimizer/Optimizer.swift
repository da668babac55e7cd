import CDescentKernels

/// An algorithm, its options, and the state of the tensors that it updates.
public struct Optimizer: ~Copyable {
  public let algorithm: Algorithm
  public private(set) var stepCount: UInt64 = 0
  private var options: OptionValues
  private var state = OptimizerState()

  public init(_ algorithm: Algorithm) {
    self.algorithm = algorithm
    options = OptionValues(of: algorithm)
  }

  public mutating func set(_ option: Option, to value: Double) throws(Failure) {
    _ = try algorithm.defaultValue(of: option)
    try option.check(value)
    options[option] = value
  }

  public func value(of option: Option) throws(Failure) -> Double {
    _ = try algorithm.defaultValue(of: option)
    return options[option]
  }

  var learningRate: Double { options.learningRate }

  /// Forgets state, step count and shapes.
  public mutating func reset() {
    state = OptimizerState()
    stepCount = 0
  }

  /// One update of `count` tensors, which `tensor` gives by their index, more than once.
  public mutating func step(count: Int, tensor: (Int) throws(Failure) -> Tensor) throws(Failure) {
    try checkSize(count, "count")
    try adopt(count: count) { index throws(Failure) in
      do throws(Failure) {
        return try tensor(index).shape
      } catch {
        throw Failure(error.kind, "tensor \(index): \(error.message)")
      }
    }
    stepCount += 1
    var update = kernel_update()
    update.coupled_decay = options.weightDecay
    let rule = algorithm.rule
    options.withPointer { options in
      withUnsafeMutableBytes(of: &update.constants) {
        rule.pointee.prepare(stepCount, options, $0.baseAddress!.assumingMemoryBound(to: Double.self))
      }
    }
    for index in 0..<count { apply(&update, to: try tensor(index), index) }
  }

  /// Fixes the shapes and makes the state if this is the first step; else checks that the shapes are the same.
  mutating func adopt(count: Int, shape: (Int) throws(Failure) -> Shape) throws(Failure) {
    if state.count == 0 {
      state = try OptimizerState(count: count, buffersPerTensor: algorithm.stateCount, shape: shape)
    } else {
      try checkShapes(count: count, shape: shape)
    }
  }

  private func checkShapes(count: Int, shape: (Int) throws(Failure) -> Shape) throws(Failure) {
    guard state.count == count else {
      throw Failure(.shapeMismatch, "count: \(count) tensors, but the first step had \(state.count)")
    }
    for index in 0..<count {
      let (now, before) = (try shape(index), state.shape(index))
      if now != before {
        throw Failure(
          .shapeMismatch,
          "tensor \(index): \(now.description), but the first step had \(before.description)")
      }
    }
  }

  private func apply(_ update: inout kernel_update, to tensor: Tensor, _ index: Int) {
    update.values = tensor.values
    update.gradient = tensor.gradient
    update.count = tensor.shape.count
    withUnsafeMutableBytes(of: &update.state) { pointers in
      let pointers = pointers.baseAddress!.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
      for buffer in 0..<algorithm.stateCount { pointers[buffer] = state.buffer(buffer, tensor: index) }
    }
    switch tensor.shape.type {
    case .float32: withUnsafePointer(to: update) { algorithm.rule.pointee.update_float32($0) }
    case .float64: withUnsafePointer(to: update) { algorithm.rule.pointee.update_float64($0) }
    }
  }

  /// A tensor's state buffer of this name, and its number of elements.
  public func state(tensor: Int, named name: UnsafePointer<CChar>) throws(Failure) -> UnsafeMutableRawBufferPointer {
    let buffer = try algorithm.stateIndex(name)
    guard state.count > 0 else { throw Failure(.invalidArgument, "tensor: there is no state before the first step") }
    guard tensor >= 0 && tensor < state.count else {
      throw Failure(
        .invalidArgument, "tensor: \(UInt(bitPattern: tensor)) is outside [0, \(state.count))")
    }
    return UnsafeMutableRawBufferPointer(
      start: state.buffer(buffer, tensor: tensor), count: state.shape(tensor).count)
  }
}
