/// The shapes that an optimizer was first stepped with, and the state buffers of its tensors: one block for all, each
/// buffer aligned to a cache line.
struct OptimizerState: ~Copyable {
  private struct Record: BitwiseCopyable {
    let shape: Shape
    let offset: Int
  }

  /// How many tensors; 0 before the first step.
  let count: Int
  private let records: Memory
  private let buffers: Memory

  /// That of an optimizer that has not been stepped.
  init() {
    count = 0
    records = Memory()
    buffers = Memory()
  }

  /// State of `buffersPerTensor` zeroed buffers for each shape.
  init(count: Int, buffersPerTensor: Int, shape: (Int) throws(Failure) -> Shape) throws(Failure) {
    let records = try Memory(of: Record.self, count: count, purpose: "the optimizer's list of tensors")
    var bytes = 0
    for index in 0..<count {
      let shape = try shape(index)
      (records.pointer(to: Record.self) + index).initialize(to: Record(shape: shape, offset: bytes))
      let (sum, overflow) = Self.pitch(shape).multipliedReportingOverflow(by: buffersPerTensor)
      let (total, overflowsToo) = bytes.addingReportingOverflow(sum)
      if overflow || overflowsToo { throw Failure(.outOfMemory, "tensor \(index): the bytes of its state overflow") }
      bytes = total
    }
    self.buffers = try Memory(bytes: bytes, purpose: "optimizer state")
    self.records = records
    self.count = count
  }

  func shape(_ index: Int) -> Shape { records.pointer(to: Record.self)[index].shape }

  /// A tensor's state buffer number `buffer`.
  func buffer(_ buffer: Int, tensor index: Int) -> UnsafeMutableRawPointer {
    let record = records.pointer(to: Record.self) + index
    return buffers.base + record.pointee.offset + buffer * Self.pitch(record.pointee.shape)
  }

  /// From one buffer of a tensor to the next.
  private static func pitch(_ shape: Shape) -> Int { (shape.count * shape.type.size + 63) & ~63 }
}
