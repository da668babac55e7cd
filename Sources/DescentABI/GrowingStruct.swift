import CDescent
import Descent

/// A struct of the header that begins with `struct_size` and may get new members at its end. A caller that was compiled
/// with another version of the header hands in another size:
///
/// - a former size, which `hadSize` knows: the members that it lacks have their defaults;
/// - a larger one, of a later version: what this library does not know must be 0, which stands for "as before".
protocol GrowingStruct {
  /// All zero.
  init()
  /// What a member has that the caller's struct lacks.
  static var defaults: Self { get }
  /// Whether the struct had this size in an earlier version of the header.
  static func hadSize(_ size: Int) -> Bool
}

extension GrowingStruct {
  static var defaults: Self { Self() }
  static func hadSize(_ size: Int) -> Bool { false }

  fileprivate static var growth: Growth {
    Growth(size: MemoryLayout<Self>.size, hadSize: hadSize)
  }
}

// The structs that can grow, with the sizes that they had.
extension descent_communicator: GrowingStruct {}
extension descent_dataset: GrowingStruct {
  static func hadSize(_ size: Int) -> Bool { size == 48 || size == 72 }
}
extension descent_fit_options: GrowingStruct {
  /// That of 0.1.
  static var firstSize: Int { 32 }
  static func hadSize(_ size: Int) -> Bool { size == firstSize || size == 64 }
}
extension descent_fit_result: GrowingStruct {}
extension descent_gradient_report: GrowingStruct {
  static func hadSize(_ size: Int) -> Bool { size == 56 }
}
extension descent_health: GrowingStruct {
  static func hadSize(_ size: Int) -> Bool { size == 88 }
}
extension descent_parameter: GrowingStruct {}
extension descent_range_options: GrowingStruct {}
extension descent_result: GrowingStruct {
  static func hadSize(_ size: Int) -> Bool { size == 48 }
}
extension descent_saved_entry: GrowingStruct {}
extension descent_search_options: GrowingStruct {}
extension descent_stop: GrowingStruct {
  static func hadSize(_ size: Int) -> Bool { size == 48 }
}

/// What the caller's struct says, and defaults for what it lacks. `name` is the argument's.
func read<Struct: GrowingStruct>(
  _ pointer: UnsafePointer<Struct>?, _ name: StaticString
) throws(Failure) -> Struct {
  let bytes = UnsafeRawPointer(try require(pointer, name))
  let known = try Struct.growth.knownBytes(bytes, name)
  var value = Struct.defaults
  withUnsafeMutableBytes(of: &value) { $0.baseAddress!.copyMemory(from: bytes, byteCount: known) }
  return value
}

/// A struct of the caller's that receives a result.
struct ResultStruct<Struct: GrowingStruct> {
  private let bytes: UnsafeMutableRawPointer
  private let known: Int

  /// Checks its size, before there is a result.
  init(_ pointer: UnsafeMutablePointer<Struct>?, _ name: StaticString) throws(Failure) {
    bytes = UnsafeMutableRawPointer(try require(pointer, name))
    known = try Struct.growth.knownBytes(bytes, name)
  }

  /// What the caller has written into it, and defaults for what it lacks.
  var asGiven: Struct {
    var value = Struct.defaults
    withUnsafeMutableBytes(of: &value) { $0.baseAddress!.copyMemory(from: bytes, byteCount: known) }
    return value
  }

  /// Writes all members that the caller's struct has, but for its `struct_size`.
  func write(_ value: Struct) {
    let header = MemoryLayout<UInt32>.size
    withUnsafeBytes(of: value) {
      (bytes + header).copyMemory(from: $0.baseAddress! + header, byteCount: known - header)
    }
  }
}

/// An array of structs of the caller's: the first one's `struct_size`, which all of them have, is the distance between them.
struct StructList<Struct: GrowingStruct> {
  let base: UnsafeMutableRawPointer
  let stride: Int
  private let name: StaticString

  init(_ pointer: UnsafeMutablePointer<Struct>, _ name: StaticString) throws(Failure) {
    base = UnsafeMutableRawPointer(pointer)
    self.name = name
    _ = try Struct.growth.knownBytes(base, name)
    stride = Int(base.load(as: UInt32.self))
  }

  func read(at index: Int) throws(Failure) -> Struct {
    try checkSize(at: index)
    return try DescentABI.read(UnsafePointer((base + index * stride).assumingMemoryBound(to: Struct.self)), name)
  }

  /// Throws unless all structs can be read as they are; the first one was looked at already.
  func check(count: Int) throws(Failure) {
    var index = 1
    while index < count {
      try checkSize(at: index)
      if stride != MemoryLayout<Struct>.size { _ = try Struct.growth.knownBytes(base + index * stride, name) }
      index += 1
    }
  }

  private func checkSize(at index: Int) throws(Failure) {
    let size = (base + index * stride).load(as: UInt32.self)
    if size != UInt32(stride) {
      throw Failure(.invalidArgument, "\(name)[\(index)]: struct_size is \(size), but that of the first is \(stride)")
    }
  }

  /// Writes all members that the caller's struct has, and its size.
  func write(_ value: Struct, at index: Int) {
    let place = base + index * stride
    withUnsafeBytes(of: value) {
      place.copyMemory(from: $0.baseAddress!, byteCount: min(stride, MemoryLayout<Struct>.size))
    }
    place.storeBytes(of: UInt32(stride), as: UInt32.self)
  }
}

/// The sizes of one struct, so that the check exists only once.
private struct Growth {
  let size: Int
  let hadSize: (Int) -> Bool

  /// How many bytes of the caller's struct this library knows.
  func knownBytes(_ bytes: UnsafeRawPointer, _ name: StaticString) throws(Failure) -> Int {
    let stated = bytes.load(as: UInt32.self)
    let given = Int(clamping: stated)
    if given == size || given < size && hadSize(given) { return given }
    guard given > size && given <= Self.greatestSize && given % Self.alignment == 0 else {
      throw Failure(
        .invalidArgument, "\(name): struct_size is \(stated), but the struct that this library knows has \(size) bytes")
    }
    for offset in size..<given where bytes.load(fromByteOffset: offset, as: UInt8.self) != 0 {
      throw Failure(
        .invalidArgument,
        """
        \(name): struct_size is \(given), but byte \(offset) is not 0, and the struct that this library knows has \
        \(size) bytes
        """)
    }
    return size
  }

  /// Far more than any struct will have: a larger `struct_size` was not initialized.
  private static var greatestSize: Int { 4096 }
  /// They all have members of eight bytes.
  private static var alignment: Int { 8 }
}
