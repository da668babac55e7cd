import CDescentKernels

/// The tensors of a step, as the caller describes them: an array of `descent_tensor` or of `descent_parameter`.
public struct TensorList {
  /// The members from values to dtype of the first one, which both structs have in the same order.
  private let base: UnsafeRawPointer
  private let stride: Int
  /// Whether they are of `descent_parameter`: then a tensor may be empty or without a gradient.
  let areParameters: Bool
  /// Whether there may be more of them than in the steps before.
  let mayBeMore: Bool
  let count: Int

  /// `list` points to structs of the layout of `kernel_tensor`.
  public init(_ list: UnsafeRawPointer, count: Int) throws(Failure) {
    try checkSize(count, "count", of: MemoryLayout<kernel_tensor>.stride)
    base = list
    stride = MemoryLayout<kernel_tensor>.stride
    areParameters = false
    mayBeMore = false
    self.count = count
  }

  /// `list` points to structs that begin with those of the layout of `kernel_parameter`.
  public init(parameters list: UnsafeRawPointer, stride: Int, count: Int) throws(Failure) {
    try checkSize(count, "count", of: stride)
    base = list + Self.offset
    self.stride = stride
    areParameters = true
    mayBeMore = true
    self.count = count
  }

  /// A list of our own, which is in order.
  init(checked list: UnsafeRawPointer, count: Int) {
    base = list + Self.offset
    stride = MemoryLayout<kernel_parameter>.stride
    areParameters = true
    mayBeMore = false
    self.count = count
  }

  private static var offset: Int { Int(KERNEL_PARAMETER_VALUES) }

  // MARK: Tensors that have been checked

  @inline(__always)
  private func common(_ index: Int) -> UnsafePointer<kernel_tensor> {
    (base + index &* stride).assumingMemoryBound(to: kernel_tensor.self)
  }

  /// Of a list of parameters.
  @inline(__always)
  func parameter(_ index: Int) -> UnsafePointer<kernel_parameter> {
    (base - Self.offset + index &* stride).assumingMemoryBound(to: kernel_parameter.self)
  }

  @inline(__always)
  func group(_ index: Int) -> UInt32 {
    areParameters ? parameter(index).pointee.group : common(index).pointee.group
  }

  /// nil if the tensor is empty.
  @inline(__always)
  func values(_ index: Int) -> UnsafeMutableRawPointer? { common(index).pointee.values }

  /// nil if the step passes the tensor by.
  @inline(__always)
  func gradient(_ index: Int) -> UnsafeRawPointer? { takesPart(index) ? common(index).pointee.gradient : nil }

  func rows(_ index: Int) -> Int { common(index).pointee.rows }

  func shape(_ index: Int) -> Shape {
    let tensor = common(index)
    return Shape(
      checkedRows: tensor.pointee.rows, columns: tensor.pointee.columns,
      type: ElementType(rawValue: tensor.pointee.dtype)!)
  }

  @inline(__always)
  func gradientType(_ index: Int) -> ElementType {
    ElementType(rawValue: areParameters ? parameter(index).pointee.gradient_dtype : common(index).pointee.dtype)!
  }

  /// The same of a tensor whose values are of a type.
  @inline(__always)
  func gradientType(_ index: Int, of type: ElementType) -> ElementType {
    !areParameters || parameter(index).pointee.gradient_dtype == type.rawValue ? type : gradientType(index)
  }

  /// Where a copy of the new values is wanted, and its type.
  @inline(__always)
  func copy(_ index: Int) -> (place: UnsafeMutableRawPointer, type: ElementType)? {
    guard areParameters, let place = parameter(index).pointee.copy else { return nil }
    return (place, ElementType(rawValue: parameter(index).pointee.copy_dtype)!)
  }

  private func isEmpty(_ index: Int) -> Bool {
    common(index).pointee.rows == 0 || common(index).pointee.columns == 0
  }

  /// Whether a tensor has elements and a gradient.
  @inline(__always)
  func takesPart(_ index: Int) -> Bool {
    !areParameters || common(index).pointee.gradient != nil && !isEmpty(index) && !hasNoRows(index)
  }

  private func hasNoRows(_ index: Int) -> Bool {
    parameter(index).pointee.row_indices != nil && parameter(index).pointee.row_count == 0
  }

  /// The rows that a gradient has, in rising order; nil if it has all of them.
  func someRows(_ index: Int) -> UnsafeBufferPointer<Int64>? {
    guard areParameters, let rows = parameter(index).pointee.row_indices else { return nil }
    return UnsafeBufferPointer(start: rows, count: parameter(index).pointee.row_count)
  }

  /// Whether a gradient has some rows only.
  var haveRows: Bool {
    if !areParameters { return false }
    for index in 0..<count where parameter(index).pointee.row_indices != nil { return true }
    return false
  }

  /// How many elements a tensor's gradient has.
  func gradientCount(_ index: Int) -> Int {
    someRows(index).map { $0.count * common(index).pointee.columns } ?? shape(index).count
  }

  /// Whether a tensor has elements but no gradient.
  func isSkipped(_ index: Int) -> Bool {
    areParameters && !takesPart(index) && !isEmpty(index)
  }

  /// Whether a tensor is skipped.
  var skipsSome: Bool {
    if !areParameters { return false }
    for index in 0..<count where isSkipped(index) { return true }
    return false
  }

  /// A tensor that takes part.
  subscript(index: Int) -> Tensor {
    Tensor(
      values: common(index).pointee.values!, gradient: common(index).pointee.gradient!,
      gradientType: gradientType(index), gradientCount: gradientCount(index), shape: shape(index), group: group(index))
  }

  /// Copies the values, in the type that is computed with.
  @inline(never)
  func copyValues(_ index: Int, to target: UnsafeMutableRawPointer) {
    if let values = values(index) { shape(index).type.widen(values, to: target, count: shape(index).count) }
  }

  // MARK: Checks

  /// The shape of a tensor that can be worked with, or what is wrong with it.
  func check(_ index: Int) throws(Failure) -> Shape {
    do throws(Failure) {
      let tensor = common(index).pointee
      if areParameters { try checkParameter(parameter(index)) }
      let isEmpty = areParameters && isEmpty(index)
      if tensor.values == nil && !isEmpty { throw Failure(.nullPointer, "values is NULL") }
      if tensor.gradient == nil && !areParameters { throw Failure(.nullPointer, "gradient is NULL") }
      let shape = try checkedShape(tensor, mayBeEmpty: areParameters)
      if !isEmpty { try checkApart(index, shape) }
      return shape
    } catch {
      throw Failure(error.kind, "tensor \(index): \(error.message)")
    }
  }

  /// The shape of a tensor whose gradient does not matter.
  func checkedShape(_ index: Int) throws(Failure) -> Shape {
    let tensor = common(index).pointee
    do throws(Failure) {
      if tensor.values == nil && !isEmpty(index) { throw Failure(.nullPointer, "values is NULL") }
      return try checkedShape(tensor, mayBeEmpty: true)
    } catch {
      throw Failure(error.kind, "tensor \(index): \(error.message)")
    }
  }

  /// Whether a tensor is in order, and of this shape with values of so many bytes.
  func has(_ shape: Shape, bytes: Int, at index: Int) -> Bool {
    let tensor = common(index)
    guard let values = tensor.pointee.values, tensor.pointee.rows == shape.rows,
      tensor.pointee.columns == shape.columns, tensor.pointee.dtype == shape.type.rawValue
    else { return false }
    if areParameters && !parameter(index).pointee.isLikeTensor {
      return (try? checkParameter(parameter(index))) != nil && (try? checkApart(index, shape)) != nil
    }
    guard let gradient = tensor.pointee.gradient else { return areParameters }
    return !overlap(values, gradient, bytes: bytes)
  }

  /// Throws if the arrays of a tensor that is not empty overlap.
  private func checkApart(_ index: Int, _ shape: Shape) throws(Failure) {
    let values = UnsafeRawPointer(values(index)!)
    let gradient = common(index).pointee.gradient
    let gradientBytes = gradient == nil ? 0 : gradientCount(index) * gradientType(index).size
    if let gradient, overlap(values, shape.bytes, gradient, gradientBytes) {
      throw Failure(.invalidArgument, "gradient overlaps values")
    }
    guard let copy = copy(index) else { return }
    let bytes = shape.count * copy.type.size
    if overlap(copy.place, bytes, values, shape.bytes)
      || gradient.map({ overlap(copy.place, bytes, $0, gradientBytes) }) ?? false
    {
      throw Failure(.invalidArgument, "copy overlaps values or gradient")
    }
  }

  private func checkedShape(_ tensor: kernel_tensor, mayBeEmpty: Bool) throws(Failure) -> Shape {
    try Shape(
      rows: tensor.rows, columns: tensor.columns, type: ElementType.stored(tensor.dtype), mayBeEmpty: mayBeEmpty)
  }

  /// What only a parameter can have.
  private func checkParameter(_ parameter: UnsafePointer<kernel_parameter>) throws(Failure) {
    let parameter = parameter.pointee
    if parameter.reserved != 0 { throw Failure(.invalidArgument, "reserved: \(parameter.reserved) is not 0") }
    let type = try ElementType.stored(parameter.dtype)
    if parameter.gradient != nil {
      let gradient = try ElementType.stored(parameter.gradient_dtype, "gradient_dtype")
      if gradient.isDouble != type.isDouble {
        throw Failure(.invalidArgument, "gradient_dtype: is \(gradient.name), but the values are \(type.name)")
      }
    }
    if parameter.copy != nil {
      let copy = try ElementType.stored(parameter.copy_dtype, "copy_dtype")
      if copy.isArithmetic || type.isDouble {
        throw Failure(.invalidArgument, "copy_dtype: a copy of \(type.name) values cannot be \(copy.name)")
      }
    }
    guard let rows = parameter.row_indices else {
      if parameter.row_count == 0 { return }
      throw Failure(.nullPointer, "row_indices is NULL, but row_count is \(UInt(bitPattern: parameter.row_count))")
    }
    if UInt(bitPattern: parameter.row_count) > UInt(bitPattern: parameter.rows) {
      throw Failure(
        .invalidArgument,
        "row_count: \(UInt(bitPattern: parameter.row_count)), but there are \(UInt(bitPattern: parameter.rows)) rows")
    }
    var last: Int64 = -1
    for place in 0..<parameter.row_count {
      if rows[place] <= last {
        throw Failure(
          .invalidArgument, "row_indices[\(place)]: \(rows[place]) is not above \(place == 0 ? -1 : last)")
      }
      last = rows[place]
    }
    if last >= parameter.rows {
      throw Failure(
        .invalidArgument,
        "row_indices[\(parameter.row_count - 1)]: \(last) is outside [0, \(UInt(bitPattern: parameter.rows)))")
    }
  }
}

extension kernel_parameter {
  /// Whether it has nothing that a `kernel_tensor` could not have, but for a gradient that is missing.
  fileprivate var isLikeTensor: Bool {
    reserved == 0 && row_indices == nil && row_count == 0 && copy == nil && (gradient == nil || gradient_dtype == dtype)
  }
}
