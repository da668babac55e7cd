/// What saved bytes are of; the numbers stand in the files.
public enum SavedKind: UInt32 {
  case optimizer = 1
  case sampler = 2
  case classifier = 3

  var name: StaticString {
    switch self {
    case .optimizer: "an optimizer"
    case .sampler: "a sampler"
    case .classifier: "a classifier"
    }
  }
}

/// What surrounds the entries: 24 bytes before them, and a checksum of all of that behind them.
struct SavedFrame {
  /// `\x93DESCENT`.
  static var magic: UInt64 { 0x544e_4543_5345_4493 }
  /// The version that is written. Version 1, of libdescent 0.1, is read too.
  static var currentVersion: UInt64 { 2 }
  static var headerSize: Int { 24 }
  static var checksumSize: Int { 8 }
  /// The limit of what counts, far out of reach, leaves room for counting on.
  static var greatestCount: UInt64 { 1 << 62 }

  let version: UInt64
  /// Where the content ends.
  let end: Int

  /// Checks it. `bytes` are `size` many, whatever they are; `kind` is what they should be of, nil for anything.
  init(_ bytes: UnsafeRawPointer, size: UInt, kind: SavedKind?) throws(Failure) {
    let least = UInt(Self.headerSize + Self.checksumSize)
    guard size >= least else {
      throw Failure(.corruptState, "too short: \(size) bytes, but nothing that was saved has less than \(least)")
    }
    func number(at offset: Int) -> UInt64 {
      UInt64(littleEndian: (bytes + offset).loadUnaligned(as: UInt64.self))
    }
    guard number(at: 0) == Self.magic else {
      throw Failure(.corruptState, "nothing that libdescent saved: the first bytes are not \\x93DESCENT")
    }
    version = number(at: 8) & 0xffff_ffff
    guard 1...Self.currentVersion ~= version else {
      throw Failure(
        .corruptState,
        "format version \(version), but this version of the library reads 1 to \(Self.currentVersion) only")
    }
    if let kind { try Self.check(UInt32(number(at: 8) >> 32), kind) }
    guard number(at: 16) == size && size <= UInt(Int.max) else {
      throw Failure(.corruptState, "\(size) bytes, but \(number(at: 16)) were saved: cut off, or not at its end")
    }
    end = Int(size) - Self.checksumSize
    guard number(at: end) == checksum(bytes, count: end) else {
      throw Failure(.corruptState, "checksum mismatch: the bytes were altered")
    }
  }

  private static func check(_ kind: UInt32, _ wanted: SavedKind) throws(Failure) {
    if kind == wanted.rawValue { return }
    if let other = SavedKind(rawValue: kind) {
      throw Failure(.corruptState, "\(other.name) was saved here, not \(wanted.name)")
    }
    throw Failure(.corruptState, "something of an unknown kind, \(kind), was saved here, not \(wanted.name)")
  }

  /// Writes the header; `size` bytes will come in all.
  static func begin(
    _ target: UnsafeMutableRawPointer, capacity: UInt, size: Int, kind: UInt32
  ) throws(Failure) {
    if capacity < size { throw Failure(.invalidArgument, "capacity: \(capacity) bytes, but \(size) are needed") }
    target.storeBytes(of: magic.littleEndian, as: UInt64.self)
    target.storeBytes(of: (currentVersion | UInt64(kind) << 32).littleEndian, toByteOffset: 8, as: UInt64.self)
    target.storeBytes(of: UInt64(size).littleEndian, toByteOffset: 16, as: UInt64.self)
  }

  /// Writes the checksum.
  static func end(_ target: UnsafeMutableRawPointer, size: Int) {
    let end = size - checksumSize
    target.storeBytes(of: checksum(target, count: end).littleEndian, toByteOffset: end, as: UInt64.self)
  }
}
