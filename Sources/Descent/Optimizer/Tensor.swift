import CDescentKernels

/// The element type of an array that a caller owns.
public enum ElementType: UInt32, BitwiseCopyable {
  case float32 = 1
  case float64 = 2

  /// The type with a number of `descent_dtype`, one that parameters and scores can have.
  public static func checked(_ dtype: UInt32) throws(Failure) -> ElementType {
    guard let type = ElementType(rawValue: dtype) else {
      throw Failure(.invalidArgument, "dtype: \(dtype) is neither DESCENT_FLOAT32 (1) nor DESCENT_FLOAT64 (2)")
    }
    return type
  }

  public var size: Int { self == .float32 ? MemoryLayout<Float>.size : MemoryLayout<Double>.size }
  public var name: StaticString { self == .float32 ? "float32" : "float64" }
}

/// Parameters and their gradient, borrowed from the caller for one step.
struct Tensor {
  let values: UnsafeMutableRawPointer
  let gradient: UnsafeRawPointer
  let shape: Shape
  let group: UInt32

  /// The index of the first gradient element that is NaN or infinite; their number if there is none.
  var firstNotFinite: Int {
    kernels.pointee.first_not_finite(gradient, shape.type == .float64, shape.count)
  }

  func copyValues(to target: UnsafeMutableRawPointer) { target.copyMemory(from: values, byteCount: shape.bytes) }

  func gradientElement(_ index: Int) -> Double {
    switch shape.type {
    case .float32: Double((gradient + index * 4).loadUnaligned(as: Float.self))
    case .float64: (gradient + index * 8).loadUnaligned(as: Double.self)
    }
  }
}

/// The tensors of a step, as the caller describes them.
public struct TensorList {
  private let list: UnsafePointer<kernel_tensor>
  let count: Int

  /// `list` points to structs of the layout of `kernel_tensor`.
  public init(_ list: UnsafeRawPointer, count: Int) throws(Failure) {
    try checkSize(count, "count", of: MemoryLayout<kernel_tensor>.stride)
    self.list = list.assumingMemoryBound(to: kernel_tensor.self)
    self.count = count
  }

  /// A list of our own, which is in order.
  init(checked list: UnsafeRawPointer, count: Int) {
    self.list = list.assumingMemoryBound(to: kernel_tensor.self)
    self.count = count
  }

  /// A tensor that can be worked with, or what is wrong with it.
  func checked(_ index: Int) throws(Failure) -> Tensor {
    do throws(Failure) {
      return try check(list[index])
    } catch {
      throw Failure(error.kind, "tensor \(index): \(error.message)")
    }
  }

  /// A tensor that has been checked.
  subscript(index: Int) -> Tensor {
    let tensor = list[index]
    return Tensor(
      values: tensor.values!, gradient: tensor.gradient!,
      shape: Shape(
        checkedRows: tensor.rows, columns: tensor.columns, type: tensor.dtype == 1 ? .float32 : .float64),
      group: tensor.group)
  }

  /// The shape of a tensor whose gradient does not matter.
  func checkedShape(_ index: Int) throws(Failure) -> Shape {
    let tensor = list[index]
    do throws(Failure) {
      if tensor.values == nil { throw Failure(.nullPointer, "values is NULL") }
      return try Shape(rows: tensor.rows, columns: tensor.columns, type: ElementType.checked(tensor.dtype))
    } catch {
      throw Failure(error.kind, "tensor \(index): \(error.message)")
    }
  }

  /// As the caller describes it.
  func raw(_ index: Int) -> UnsafePointer<kernel_tensor> { list + index }

  /// Whether a tensor of group 0 is in order and of this shape.
  func has(_ shape: Shape, at index: Int) -> Bool {
    let tensor = list + index
    guard let values = tensor.pointee.values, let gradient = tensor.pointee.gradient else { return false }
    return tensor.pointee.rows == shape.rows && tensor.pointee.columns == shape.columns
      && tensor.pointee.dtype == shape.type.rawValue && tensor.pointee.group == 0
      && !overlap(values, gradient, bytes: shape.rows &* shape.columns &* shape.type.size)
  }

  private func check(_ tensor: kernel_tensor) throws(Failure) -> Tensor {
    guard let values = tensor.values else { throw Failure(.nullPointer, "values is NULL") }
    guard let gradient = tensor.gradient else { throw Failure(.nullPointer, "gradient is NULL") }
    let shape = try Shape(rows: tensor.rows, columns: tensor.columns, type: ElementType.checked(tensor.dtype))
    if overlap(values, gradient, bytes: shape.bytes) {
      throw Failure(.invalidArgument, "gradient overlaps values")
    }
    return Tensor(values: values, gradient: gradient, shape: shape, group: tensor.group)
  }
}

/// Rows, columns and type of a tensor that is not empty and whose byte count does not overflow.
public struct Shape: Equatable, BitwiseCopyable {
  public let rows: Int
  public let columns: Int
  public let type: ElementType

  /// The names are the caller's words for the two sizes.
  public init(
    rows: Int, columns: Int, type: ElementType, rowsName: StaticString = "rows", columnsName: StaticString = "columns"
  ) throws(Failure) {
    try checkSize(rows, rowsName)
    try checkSize(columns, columnsName)
    // Less than a cache line below the greatest number, so that rounding up to cache lines stays in range.
    guard let count = byteCount(rows, columns), let bytes = byteCount(count, type.size), bytes <= .max - 63 else {
      throw Failure(
        .invalidArgument, "\(rowsName) * \(columnsName): \(rows) * \(columns) elements of \(type.name) overflow")
    }
    self.rows = rows
    self.columns = columns
    self.type = type
  }

  init(checkedRows rows: Int, columns: Int, type: ElementType) {
    self.rows = rows
    self.columns = columns
    self.type = type
  }

  var count: Int { rows * columns }
  var bytes: Int { count * type.size }
  var description: Message { "\(rows) x \(columns) \(type.name)" }
}

/// Throws unless a size is at least 1 and its bytes can be counted. A C size is a Swift `Int`, so one
/// of 2⁶³ or more looks negative.
func checkSize(_ size: Int, _ name: StaticString, of elementSize: Int = 1) throws(Failure) {
  if size == 0 { throw Failure(.invalidArgument, "\(name): 0 is outside [1, inf)") }
  if size < 0 || byteCount(size, elementSize) == nil {
    throw Failure(.invalidArgument, "\(name): \(UInt(bitPattern: size)) overflows")
  }
}

/// Whether two ranges of memory of the same size have a byte in common.
func overlap(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, bytes: Int) -> Bool {
  let (first, second) = (UInt(bitPattern: a), UInt(bitPattern: b))
  return first < second ? second - first < UInt(bytes) : first - second < UInt(bytes)
}
