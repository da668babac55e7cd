import CDescentKernels

/// A list of tensors that the engine itself steps.
struct OwnTensors: ~Copyable {
  private let memory: Memory
  private let count: Int

  /// No tensors.
  init() {
    memory = Memory()
    count = 0
  }

  init(count: Int) throws(Failure) {
    memory = try Memory(of: kernel_parameter.self, count: count, purpose: "a list of tensors")
    self.count = count
  }

  func set(
    _ index: Int, values: UnsafeMutableRawPointer, gradient: UnsafeRawPointer, rows: Int = 1, columns: Int,
    type: ElementType
  ) {
    var tensor = kernel_parameter()
    (tensor.values, tensor.gradient) = (values, gradient)
    (tensor.rows, tensor.columns) = (rows, columns)
    (tensor.dtype, tensor.gradient_dtype) = (type.rawValue, type.rawValue)
    memory.pointer(to: kernel_parameter.self)[index] = tensor
  }

  /// A caller's tensor with another gradient, of this type; with none where it takes no part.
  func set(_ index: Int, _ tensors: TensorList, gradient: UnsafeRawPointer?, type: ElementType) {
    var tensor = kernel_parameter()
    if tensors.areParameters { tensor = tensors.parameter(index).pointee }
    let shape = tensors.shape(index)
    (tensor.values, tensor.gradient) = (tensors.values(index), gradient)
    (tensor.rows, tensor.columns) = (shape.rows, shape.columns)
    (tensor.dtype, tensor.gradient_dtype) = (shape.type.rawValue, type.rawValue)
    tensor.group = tensors.group(index)
    memory.pointer(to: kernel_parameter.self)[index] = tensor
  }

  /// Says which rows of a tensor its gradient has.
  func setRows(_ index: Int, _ rows: UnsafePointer<Int64>, count: Int) {
    let tensor = memory.pointer(to: kernel_parameter.self) + index
    (tensor.pointee.row_indices, tensor.pointee.row_count) = (rows, count)
  }

  /// Valid as long as this is.
  var list: TensorList { TensorList(checked: memory.base, count: count) }
}
