import CDescentKernels

/// How many numbers a state buffer has for a tensor.
enum StateLayout {
  case eachElement
  /// One number.
  case eachTensor
  /// The matrix method says what shape it has, if the tensor has it.
  case byMatrixMethod

  init(_ layout: kernel_layout) {
    switch layout {
    case KERNEL_EACH_TENSOR: self = .eachTensor
    case KERNEL_BY_MATRIX_METHOD: self = .byMatrixMethod
    default: self = .eachElement
    }
  }
}

/// The layouts of an algorithm's buffers.
struct StateLayouts {
  /// A bit for each buffer with one number of a tensor, and for each of the matrix method's.
  private var ofEachTensor: UInt32 = 0
  private var byMatrixMethod: UInt32 = 0
  private var method: AnyMatrixMethod?
  private var options: OptionValues?
  /// Whether they have the tensors' own type, and not that of the arithmetic.
  private var areAsStored = false

  /// All with a number of each element.
  init() {}

  /// The same, in the tensors' own type.
  static var asStored: StateLayouts {
    var layouts = StateLayouts()
    layouts.areAsStored = true
    return layouts
  }

  init(_ algorithm: Algorithm, _ options: OptionValues) {
    method = AnyMatrixMethod.find(algorithm.number)
    self.options = options
    for buffer in 0..<algorithm.stateCount {
      switch algorithm.state(buffer).layout {
      case .eachElement: break
      case .eachTensor: ofEachTensor |= 1 << UInt32(buffer)
      case .byMatrixMethod: byMatrixMethod |= 1 << UInt32(buffer)
      }
    }
  }

  subscript(buffer: Int) -> StateLayout {
    let bit: UInt32 = 1 << UInt32(buffer)
    return ofEachTensor & bit != 0 ? .eachTensor : byMatrixMethod & bit != 0 ? .byMatrixMethod : .eachElement
  }

  /// The buffers among these that are of a tensor's own shape, that are one number, and that are the matrix method's.
  func ofTensorsShape(_ buffers: UInt32) -> UInt32 { buffers & ~ofEachTensor & ~byMatrixMethod }
  func ofEachTensor(_ buffers: UInt32) -> UInt32 { buffers & ofEachTensor }
  func ofMatrices(_ buffers: UInt32) -> UInt32 { buffers & byMatrixMethod }

  /// The shape of a tensor's buffer; nil if the tensor has none.
  func shape(_ buffer: Int, of tensor: Shape) -> Shape? {
    switch self[buffer] {
    case .eachElement: areAsStored ? tensor : tensor.arithmetic
    case .eachTensor: Shape(checkedRows: 1, columns: 1, type: tensor.type.arithmetic)
    case .byMatrixMethod: tensor.count == 0 ? nil : method!.shape(buffer, tensor.arithmetic, options!)
    }
  }

  /// The bytes of a buffer with a number of each element, in whole cache lines.
  func size(_ tensor: Shape) -> Int { ((areAsStored ? tensor.bytes : tensor.arithmetic.bytes) + 63) & ~63 }
}
