/// The type of the numbers in saved bytes; the values are those of `descent_dtype`.
public enum EntryType: UInt32 {
  case float32 = 1
  case float64 = 2
  case uint8 = 3
  case float16 = 4
  case bfloat16 = 5
  case int32 = 16
  case int64 = 17
  case uint32 = 18
  case uint64 = 19

  init(_ type: ElementType) { self = type.isQuantized ? .uint8 : EntryType(rawValue: type.rawValue)! }

  public var size: Int {
    switch self {
    case .uint8: 1
    case .float16, .bfloat16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  var isWhole: Bool { self != .float32 && self != .float64 }

  var name: StaticString {
    switch self {
    case .float32: "float32"
    case .float64: "float64"
    case .uint8: "uint8"
    case .float16: "float16"
    case .bfloat16: "bfloat16"
    case .int32: "int32"
    case .int64: "int64"
    case .uint32: "uint32"
    case .uint64: "uint64"
    }
  }
}

/// What the numbers of an entry are: a single one (rank 0), a row of them (1), or a matrix, row by row (2).
public struct EntryShape: Equatable {
  public let type: EntryType
  public let rank: Int
  public let rows: Int
  public let columns: Int

  static func number(_ type: EntryType) -> EntryShape { EntryShape(type: type, rank: 0, rows: 1, columns: 1) }
  static func row(_ type: EntryType, _ count: Int) -> EntryShape {
    EntryShape(type: type, rank: 1, rows: 1, columns: count)
  }
  static func matrix(_ type: EntryType, _ rows: Int, _ columns: Int) -> EntryShape {
    EntryShape(type: type, rank: 2, rows: rows, columns: columns)
  }

  /// What a caller describes: nil if no memory can hold it.
  public static func checked(type: EntryType, rank: Int, rows: Int, columns: Int) -> EntryShape? {
    let fits =
      switch rank {
      case 0: rows == 1 && columns == 1
      case 1: rows == 1 && columns >= 0
      case 2: rows >= 0 && columns >= 0
      default: false
      }
    guard fits, let count = byteCount(rows, columns), let bytes = byteCount(count, type.size), bytes <= .max - 7 else {
      return nil
    }
    return EntryShape(type: type, rank: rank, rows: rows, columns: columns)
  }

  public var count: Int { rows * columns }
  public var bytes: Int { count * type.size }

  var description: Message {
    switch rank {
    case 0: "a number of \(type.name)"
    case 1: "\(columns) numbers of \(type.name)"
    default: "\(rows) x \(columns) numbers of \(type.name)"
    }
  }
}

/// A named number, array or matrix among saved bytes. It begins at a multiple of 8 with
///
///     1 byte   the type of its numbers
///     1 byte   its rank
///     2 bytes  the length of its name
///     4 bytes  0
///
/// then come `rank` sizes of 8 bytes, the name, the numbers: both filled up with zeros to a multiple of 8, the name with at
/// least one.
public struct SavedEntry {
  public let shape: EntryShape
  /// Zero-terminated, among the bytes.
  public let name: UnsafePointer<CChar>
  public let data: UnsafeRawPointer
  /// Where the next entry begins.
  let end: Int

  static var greatestName: Int { 200 }

  /// How many bytes an entry takes; its shape has been checked.
  static func size(_ shape: EntryShape, nameLength: Int) -> Int {
    dataOffset(shape, nameLength: nameLength) + padded(shape.bytes)
  }

  static func dataOffset(_ shape: EntryShape, nameLength: Int) -> Int { 8 + 8 * shape.rank + padded(nameLength + 1) }

  private static func padded(_ size: Int) -> Int { (size + 7) & ~7 }

  /// Checks the one that begins at `offset` of bytes that end at `end`.
  init(_ bytes: UnsafeRawPointer, at offset: Int, end: Int) throws(Failure) {
    guard end - offset >= 16 else { throw Failure(.corruptState, "it ends in the midst of an entry") }
    let header = Header(bytes + offset)
    guard header.isValid, end - offset >= 8 + 8 * header.rank + header.nameLength + 1 else {
      throw Failure(.corruptState, "the entry at byte \(offset) is none")
    }
    let name = (bytes + offset + 8 + 8 * header.rank).assumingMemoryBound(to: CChar.self)
    for index in 0...header.nameLength where (name[index] == 0) != (index == header.nameLength) {
      throw Failure(.corruptState, "the entry at byte \(offset) has a name that does not end where it should")
    }
    let shape = EntryShape.checked(
      type: header.type, rank: header.rank, rows: header.rows, columns: header.columns)
    guard let shape, Self.size(shape, nameLength: header.nameLength) <= end - offset else {
      throw Failure(.corruptState, "\(name): it ends in the midst of its numbers")
    }
    self.init(checked: bytes, at: offset)
  }

  /// An entry that has been checked.
  init(checked bytes: UnsafeRawPointer, at offset: Int) {
    let header = Header(bytes + offset)
    shape = EntryShape(type: header.type, rank: header.rank, rows: header.rows, columns: header.columns)
    name = (bytes + offset + 8 + 8 * header.rank).assumingMemoryBound(to: CChar.self)
    data = bytes + offset + Self.dataOffset(shape, nameLength: header.nameLength)
    end = offset + Self.size(shape, nameLength: header.nameLength)
  }

  private struct Header {
    private let bytes: UnsafeRawPointer
    private let bits: UInt64

    init(_ bytes: UnsafeRawPointer) {
      self.bytes = bytes
      bits = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    }

    var type: EntryType { EntryType(rawValue: UInt32(bits & 0xff)) ?? .uint8 }
    var rank: Int { Int(bits >> 8 & 0xff) }
    var nameLength: Int { Int(bits >> 16 & 0xffff) }
    var rows: Int { rank == 2 ? size(0) : 1 }
    var columns: Int { rank == 0 ? 1 : size(rank - 1) }
    var isValid: Bool {
      bits >> 32 == 0 && UInt64(type.rawValue) == bits & 0xff && rank <= 2
        && 1...SavedEntry.greatestName ~= nameLength
    }

    private func size(_ index: Int) -> Int {
      let number = (bytes + 8 + 8 * index).loadUnaligned(as: UInt64.self)
      return Int(min(UInt64(littleEndian: number), UInt64(Int.max)))
    }
  }

  /// Writes all but the numbers; returns where these go. The place has been cleared.
  static func write(
    _ shape: EntryShape, name: UnsafePointer<UInt8>, nameLength: Int, to place: UnsafeMutableRawPointer
  )
    -> UnsafeMutableRawPointer
  {
    let header = UInt64(shape.type.rawValue) | UInt64(shape.rank) << 8 | UInt64(nameLength) << 16
    place.storeBytes(of: header.littleEndian, as: UInt64.self)
    if shape.rank > 0 {
      let sizes = place + 8
      if shape.rank == 2 { sizes.storeBytes(of: UInt64(shape.rows).littleEndian, as: UInt64.self) }
      sizes.storeBytes(of: UInt64(shape.columns).littleEndian, toByteOffset: 8 * (shape.rank - 1), as: UInt64.self)
    }
    (place + 8 + 8 * shape.rank).copyMemory(from: name, byteCount: nameLength)
    return place + dataOffset(shape, nameLength: nameLength)
  }
}

/// Numbers among saved bytes, of whatever whole type they are.
struct WholeNumbers {
  let data: UnsafeRawPointer
  let type: EntryType
  let count: Int

  /// One of them; what is above the greatest Int64 is that.
  subscript(index: Int) -> Int64 {
    let place = data + index * type.size
    switch type {
    case .uint8: return Int64(place.load(as: UInt8.self))
    case .int32: return Int64(Int32(littleEndian: place.loadUnaligned(as: Int32.self)))
    case .uint32: return Int64(UInt32(littleEndian: place.loadUnaligned(as: UInt32.self)))
    case .int64: return Int64(littleEndian: place.loadUnaligned(as: Int64.self))
    case .uint64: return Int64(clamping: UInt64(littleEndian: place.loadUnaligned(as: UInt64.self)))
    case .float32, .float64, .float16, .bfloat16: return 0
    }
  }
}

extension SavedEntry {
  var wholeNumbers: WholeNumbers { WholeNumbers(data: data, type: shape.type, count: shape.columns) }

  /// Its one number as a double.
  var real: Double {
    switch shape.type {
    case .float32: Double(Float(bitPattern: UInt32(littleEndian: data.loadUnaligned(as: UInt32.self))))
    case .float64: Double(bitPattern: UInt64(littleEndian: data.loadUnaligned(as: UInt64.self)))
    default: Double(wholeNumbers[0])
    }
  }
}

/// Copies numbers of 1, 2, 4 or 8 bytes between this machine's order of bytes and the one with the least significant first.
public func copyLittleEndian(
  _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int, size: Int
) {
  target.copyMemory(from: source, byteCount: count * size)
  if UInt16(1).littleEndian == 1 || size == 1 { return }
  for index in 0..<count {
    let place = target + index * size
    if size == 2 {
      place.storeBytes(of: place.loadUnaligned(as: UInt16.self).byteSwapped, as: UInt16.self)
    } else if size == 4 {
      place.storeBytes(of: place.loadUnaligned(as: UInt32.self).byteSwapped, as: UInt32.self)
    } else {
      place.storeBytes(of: place.loadUnaligned(as: UInt64.self).byteSwapped, as: UInt64.self)
    }
  }
}
