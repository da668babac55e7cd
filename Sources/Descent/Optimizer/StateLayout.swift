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
  /// The number of the algorithm whose matrix method that is.
  private var algorithm: UInt32 = 0
  /// Whether they have the tensors' own type, and not that of the arithmetic.
  private var areAsStored = false
  /// The option `state_dtype`, and a bit for each buffer whose numbers are not negative, and that keeps its precision.
  private var storage = StateStorage.same
  private var notNegative: UInt32 = 0
  private var precise: UInt32 = 0

  /// All with a number of each element.
  init() {}

  /// The same, in the tensors' own type.
  static var asStored: StateLayouts {
    var layouts = StateLayouts()
    layouts.areAsStored = true
    return layouts
  }

  init(_ algorithm: Algorithm, _ options: OptionValues) {
    let isOfMatrices = AnyMatrixMethod.find(algorithm.number) != nil
    self.algorithm = algorithm.number
    storage = StateStorage(rawValue: Int(options[KERNEL_STATE_DTYPE])) ?? .same
    for buffer in 0..<algorithm.stateCount {
      if algorithm.state(buffer).kind == KERNEL_NOT_NEGATIVE { notNegative |= 1 << UInt32(buffer) }
      if algorithm.state(buffer).kind == KERNEL_PRECISE || isOfMatrices { precise |= 1 << UInt32(buffer) }
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

  /// The buffers among these that are of a tensor's own shape, and that are one number.
  func ofTensorsShape(_ buffers: UInt32) -> UInt32 { buffers & ~ofEachTensor & ~byMatrixMethod }
  func ofEachTensor(_ buffers: UInt32) -> UInt32 { buffers & ofEachTensor }

  /// The shape of a tensor's buffer; nil if the tensor has none. A matrix method's follows from the options; they are not
  /// kept here, since this lies in each state, and they are large.
  func shape(_ buffer: Int, of tensor: Shape, _ options: OptionValues) -> Shape? {
    switch self[buffer] {
    case .eachElement, .eachTensor: shape(buffer, of: tensor)
    case .byMatrixMethod:
      tensor.count == 0 ? nil : AnyMatrixMethod.find(algorithm)!.shape(buffer, tensor.arithmetic, options)
    }
  }

  /// The same for a buffer that is not the matrix method's.
  func shape(_ buffer: Int, of tensor: Shape) -> Shape {
    self[buffer] == .eachTensor
      ? Shape(checkedRows: 1, columns: 1, type: tensor.type.arithmetic) : tensor.with(type(buffer, of: tensor))
  }

  /// Tensors of fewer elements keep a state of full precision: there is little to save, and their blocks would be few.
  private static var leastQuantized: Int { 4096 }

  /// How a buffer with a number of each element is stored.
  func type(_ buffer: Int, of tensor: Shape) -> ElementType {
    if areAsStored { return tensor.type }
    let bit: UInt32 = 1 << UInt32(buffer)
    if storage == .same || tensor.type.isDouble || precise & bit != 0 { return tensor.type.arithmetic }
    if storage == .bfloat16 { return .bfloat16 }
    if tensor.count < Self.leastQuantized { return .float32 }
    return notNegative & bit != 0 ? .quantized8Unsigned : .quantized8
  }

  /// The bytes of some of them.
  func sizes(_ buffers: UInt32, of tensor: Shape) -> (bytes: Int, overflow: Bool) {
    var (total, isTooLarge) = (0, false)
    for buffer in 0..<UInt32.bitWidth where buffers >> UInt32(buffer) & 1 != 0 {
      let (sum, overflow) = total.addingReportingOverflow(size(buffer, of: tensor))
      (total, isTooLarge) = (sum, isTooLarge || overflow)
    }
    return (total, isTooLarge)
  }

  /// The bytes of a buffer with a number of each element, in whole cache lines.
  func size(_ buffer: Int, of tensor: Shape) -> Int { (tensor.with(type(buffer, of: tensor)).bytes + 63) & ~63 }
}

/// The values of `state_dtype`, those of `descent_state_dtype`.
enum StateStorage: Int {
  case same = 0
  case bfloat16 = 1
  case quantized8 = 2
}
