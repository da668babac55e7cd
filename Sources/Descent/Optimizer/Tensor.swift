import CDescentKernels

/// The element type of an array that a caller owns.
public enum ElementType: UInt32, BitwiseCopyable {
  case float32 = 1
  case float64 = 2
  case float16 = 4
  case bfloat16 = 5
  /// Of state only: codes of 8 bits, and a scale for each 256 of them.
  case quantized8 = 6
  case quantized8Unsigned = 7

  /// The type with a number of `descent_dtype`, one that parameters and scores can have.
  public static func checked(_ dtype: UInt32) throws(Failure) -> ElementType {
    guard let type = ElementType(rawValue: dtype), type.isArithmetic else {
      throw Failure(.invalidArgument, "dtype: \(dtype) is neither DESCENT_FLOAT32 (1) nor DESCENT_FLOAT64 (2)")
    }
    return type
  }

  /// The same for what an optimizer steps.
  static func stored(_ dtype: UInt32, _ name: StaticString = "dtype") throws(Failure) -> ElementType {
    guard let type = ElementType(rawValue: dtype), !type.isQuantized else {
      throw Failure(
        .invalidArgument, "\(name): \(dtype) is none of DESCENT_FLOAT32 (1), FLOAT64 (2), FLOAT16 (4) and BFLOAT16 (5)")
    }
    return type
  }

  public var size: Int {
    @inline(__always) get { kernel_stored_size(rawValue) }
  }

  public var name: StaticString {
    switch self {
    case .float32: "float32"
    case .float64: "float64"
    case .float16: "float16"
    case .bfloat16: "bfloat16"
    case .quantized8, .quantized8Unsigned: "quantized8"
    }
  }

  var isQuantized: Bool { self == .quantized8 || self == .quantized8Unsigned }

  /// Where the scales of so many codes begin; and the bytes of an array.
  func scalesOffset(_ count: Int) -> Int { (count + 63) & ~63 }
  func scaleCount(_ count: Int) -> Int { (count + 255) / 256 }
  @inline(never)
  func bytes(_ count: Int) -> Int { isQuantized ? scalesOffset(count) + 4 * scaleCount(count) : count * size }

  /// The type that is computed with.
  var arithmetic: ElementType {
    @inline(__always) get { self == .float64 ? .float64 : .float32 }
  }
  var isArithmetic: Bool {
    @inline(__always) get { self == .float64 || self == .float32 }
  }
  var isDouble: Bool {
    @inline(__always) get { self == .float64 }
  }

  /// Writes numbers of this type in that of the arithmetic.
  func widen(_ numbers: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int) {
    if isDouble { return target.copyMemory(from: numbers, byteCount: count * size) }
    kernels.pointee.widen(target.assumingMemoryBound(to: Float.self), numbers, rawValue, count)
  }

  /// Writes numbers of the arithmetic's type in this one, rounded to the nearest.
  func narrow(_ numbers: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int) {
    if isDouble { return target.copyMemory(from: numbers, byteCount: count * size) }
    kernels.pointee.narrow(target, numbers.assumingMemoryBound(to: Float.self), rawValue, count, nil)
  }
}

/// Parameters and their gradient, borrowed from the caller for one step.
struct Tensor {
  let values: UnsafeMutableRawPointer
  let gradient: UnsafeRawPointer
  let gradientType: ElementType
  /// How many elements it has: those of all rows, or of some.
  let gradientCount: Int
  let shape: Shape
  let group: UInt32

  /// The index of the first gradient element that is NaN or infinite; `gradientCount` if there is none.
  var firstNotFinite: Int {
    kernel_first_not_finite(kernels, gradient, gradientType.rawValue, gradientCount)
  }

  func gradientElement(_ index: Int) -> Double {
    kernel_number_at(kernels, gradient, gradientType.rawValue, index)
  }
}

/// Rows, columns and type of a tensor whose byte count does not overflow.
public struct Shape: Equatable, BitwiseCopyable {
  public let rows: Int
  public let columns: Int
  public let type: ElementType

  /// The names are the caller's words for the two sizes.
  @inline(never)
  public init(
    rows: Int, columns: Int, type: ElementType, rowsName: StaticString = "rows", columnsName: StaticString = "columns",
    mayBeEmpty: Bool = false
  ) throws(Failure) {
    if !(mayBeEmpty && rows == 0) { try checkSize(rows, rowsName) }
    if !(mayBeEmpty && columns == 0) { try checkSize(columns, columnsName) }
    // Less than a cache line below the greatest number, so that rounding up to cache lines stays in range.
    guard let count = byteCount(rows, columns), let bytes = byteCount(count, type.arithmetic.size), bytes <= .max - 63
    else {
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
  /// The shape of what is computed with.
  var arithmetic: Shape { Shape(checkedRows: rows, columns: columns, type: type.arithmetic) }
  var bytes: Int { type.bytes(count) }
  func with(_ type: ElementType) -> Shape { Shape(checkedRows: rows, columns: columns, type: type) }
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

/// Whether two ranges of memory have a byte in common.
func overlap(_ a: UnsafeRawPointer, _ aBytes: Int, _ b: UnsafeRawPointer, _ bBytes: Int) -> Bool {
  let (first, second) = (UInt(bitPattern: a), UInt(bitPattern: b))
  return first < second ? second - first < UInt(aBytes) : first - second < UInt(bBytes)
}

/// The same for ranges of the same size.
func overlap(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, bytes: Int) -> Bool { overlap(a, bytes, b, bytes) }
