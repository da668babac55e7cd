/// How many numbers a state buffer has for a tensor.
enum StateLayout {
  case eachElement
  /// One number.
  case eachTensor

  /// The shape of a tensor's buffer.
  func shape(_ tensor: Shape) -> Shape {
    self == .eachElement ? tensor : Shape(checkedRows: 1, columns: 1, type: tensor.type)
  }
}

/// The layouts of an algorithm's buffers.
struct StateLayouts: BitwiseCopyable {
  /// A bit for each buffer with one number of a tensor.
  private var ofEachTensor: UInt32 = 0

  mutating func markAsEachTensor(_ buffer: Int) { ofEachTensor |= 1 << UInt32(buffer) }

  subscript(buffer: Int) -> StateLayout { ofEachTensor >> UInt32(buffer) & 1 == 0 ? .eachElement : .eachTensor }

  /// The buffers among these that are of a tensor's own shape.
  func ofTensorsShape(_ buffers: UInt32) -> UInt32 { buffers & ~ofEachTensor }
}
