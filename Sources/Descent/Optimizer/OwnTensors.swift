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
    memory = try Memory(of: kernel_tensor.self, count: count, purpose: "a list of tensors")
    self.count = count
  }

  func set(
    _ index: Int, values: UnsafeMutableRawPointer, gradient: UnsafeRawPointer, rows: Int = 1, columns: Int,
    type: ElementType
  ) {
    memory.pointer(to: kernel_tensor.self)[index] = kernel_tensor(
      values: values, gradient: gradient, rows: rows, columns: columns, dtype: type.rawValue, group: 0)
  }

  /// A caller's tensor with another gradient.
  func set(_ index: Int, _ tensor: kernel_tensor, gradient: UnsafeRawPointer) {
    memory.pointer(to: kernel_tensor.self)[index] = kernel_tensor(
      values: tensor.values, gradient: gradient, rows: tensor.rows, columns: tensor.columns, dtype: tensor.dtype,
      group: tensor.group)
  }

  /// Valid as long as this is.
  var list: TensorList { TensorList(checked: memory.base, count: count) }
}
