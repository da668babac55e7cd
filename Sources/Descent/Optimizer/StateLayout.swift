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

/// How an algorithm's buffers are laid out and stored, as far as that needs no options: what a step asks for each tensor, and so
/// no more than a few words.
struct StateKinds {
  /// A bit for each buffer with one number of a tensor, and for each of the matrix method's.
  fileprivate var ofEachTensor: UInt32 = 0
  fileprivate var byMatrixMethod: UInt32 = 0
  /// A bit for each buffer whose numbers are not negative, and that keeps its precision.
  fileprivate var notNegative: UInt32 = 0
  fileprivate var precise: UInt32 = 0
  /// The option `state_dtype`.
  fileprivate var storage = StateStorage.same
  /// Whether they have the tensors' own type, and not that of the arithmetic.
  fileprivate var areAsStored = false

  subscript(buffer: Int) -> StateLayout {
    let bit: UInt32 = 1 << UInt32(buffer)
    return ofEachTensor & bit != 0 ? .eachTensor : byMatrixMethod & bit != 0 ? .byMatrixMethod : .eachElement
  }

  /// The buffers among these that are of a tensor's own shape, that are one number, and that are the matrix method's.
  func ofTensorsShape(_ buffers: UInt32) -> UInt32 { buffers & ~ofEachTensor & ~byMatrixMethod }
  func ofEachTensor(_ buffers: UInt32) -> UInt32 { buffers & ofEachTensor }
  func ofMatrices(_ buffers: UInt32) -> UInt32 { buffers & byMatrixMethod }

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

/// The layouts of an algorithm's buffers, with what those of the matrix method depend on.
struct StateLayouts {
  private(set) var kinds = StateKinds()
  private var method: AnyMatrixMethod?
  private var options: OptionValues?

  /// All with a number of each element.
  init() {}

  /// The same, in the tensors' own type.
  static var asStored: StateLayouts {
    var layouts = StateLayouts()
    layouts.kinds.areAsStored = true
    return layouts
  }

  init(_ algorithm: Algorithm, _ options: OptionValues) {
    method = AnyMatrixMethod.find(algorithm.number)
    self.options = options
    kinds.storage = StateStorage(rawValue: Int(options[KERNEL_STATE_DTYPE])) ?? .same
    for buffer in 0..<algorithm.stateCount {
      let bit: UInt32 = 1 << UInt32(buffer)
      if algorithm.state(buffer).kind == KERNEL_NOT_NEGATIVE { kinds.notNegative |= bit }
      if algorithm.state(buffer).kind == KERNEL_PRECISE || method != nil { kinds.precise |= bit }
      switch algorithm.state(buffer).layout {
      case .eachElement: break
      case .eachTensor: kinds.ofEachTensor |= bit
      case .byMatrixMethod: kinds.byMatrixMethod |= bit
      }
    }
  }

  /// The shape of a tensor's buffer; nil if the tensor has none.
  func shape(_ buffer: Int, of tensor: Shape) -> Shape? {
    switch kinds[buffer] {
    case .eachElement: tensor.with(kinds.type(buffer, of: tensor))
    case .eachTensor: Shape(checkedRows: 1, columns: 1, type: tensor.type.arithmetic)
    case .byMatrixMethod: tensor.count == 0 ? nil : method!.shape(buffer, tensor.arithmetic, options!)
    }
  }
}

/// The values of `state_dtype`, those of `descent_state_dtype`.
enum StateStorage: Int {
  case same = 0
  case bfloat16 = 1
  case quantized8 = 2
}
