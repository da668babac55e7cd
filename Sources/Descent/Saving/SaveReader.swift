/// Reads what was saved, and remembers the first thing that was wrong: until `check` says that nothing was, numbers that
/// were read may be 0 instead, and arrays left as they were.
public struct SaveReader {
  private let bytes: UnsafeRawPointer
  private var position = SavedFrame.headerSize
  /// Where the content ends.
  private let end: Int
  private var failure: Failure?

  /// Checks what surrounds the content. `bytes` are `size` many, whatever they are.
  init(_ bytes: UnsafeRawPointer, size: UInt, kind: SavedKind) throws(Failure) {
    let least = UInt(SavedFrame.headerSize + SavedFrame.checksumSize)
    guard size >= least else {
      throw Failure(.corruptState, "too short: \(size) bytes, but nothing that was saved has less than \(least)")
    }
    func number(at offset: Int) -> UInt64 {
      UInt64(littleEndian: (bytes + offset).loadUnaligned(as: UInt64.self))
    }
    guard number(at: 0) == SavedFrame.magic else {
      throw Failure(.corruptState, "nothing that libdescent saved: the first bytes are not \\x93DESCENT")
    }
    let (version, found) = (number(at: 8) & 0xffff_ffff, number(at: 8) >> 32)
    guard version == SavedFrame.version else {
      throw Failure(
        .corruptState,
        "format version \(version), but this version of the library reads \(SavedFrame.version) only")
    }
    guard found == kind.rawValue else {
      if let other = SavedKind(rawValue: found) {
        throw Failure(.corruptState, "\(other.name) was saved here, not \(kind.name)")
      }
      throw Failure(.corruptState, "something of an unknown kind, \(found), was saved here, not \(kind.name)")
    }
    guard number(at: 16) == size && size <= UInt(Int.max) else {
      throw Failure(.corruptState, "\(size) bytes, but \(number(at: 16)) were saved: cut off, or not at its end")
    }
    end = Int(size) - SavedFrame.checksumSize
    guard number(at: end) == checksum(bytes, count: end) else {
      throw Failure(.corruptState, "the checksum is another one: the bytes were altered")
    }
    self.bytes = bytes
  }

  /// That nothing was wrong so far. What was read before may be used afterwards.
  func check() throws(Failure) {
    if let failure { throw failure }
  }

  /// That all has been read.
  mutating func finish() throws(Failure) {
    if position != end { fail("\(end - position) bytes too many") }
    try check()
  }

  /// A number of 8 bytes; 0 if it is above `greatest`, or anything was wrong before.
  @inline(never)
  mutating func number(_ name: StaticString, upTo greatest: UInt64 = .max) -> UInt64 {
    guard let place = take(8) else { return 0 }
    let number = UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))
    if number <= greatest { return number }
    fail("\(name): \(number) is above \(greatest)")
    return 0
  }

  mutating func double(_ name: StaticString) -> Double { Double(bitPattern: number(name)) }

  /// How often something happened.
  mutating func count(_ name: StaticString) -> UInt64 { number(name, upTo: SavedFrame.greatestCount) }

  /// A size in memory.
  mutating func size(_ name: StaticString) -> Int { Int(number(name, upTo: UInt64(Int.max))) }

  /// The number of a pinned constant.
  mutating func constant(_ name: StaticString) -> UInt32 { UInt32(number(name, upTo: UInt64(Int32.max))) }

  /// That so many numbers of a size are left, as long as nothing was wrong before.
  func require(_ count: Int, size: Int) throws(Failure) {
    try check()
    guard let bytes = byteCount(count, size), bytes <= end - position else {
      throw Failure(.corruptState, "the content is longer than the \(end) bytes before its checksum")
    }
  }

  /// Numbers of 4 or 8 bytes, as many as it has been made sure there are.
  mutating func read(into target: UnsafeMutableRawPointer, count: Int, size: Int) {
    if let place = take(count * size) { copyLittleEndian(place, to: target, count: count, size: size) }
  }

  /// The place of the next bytes; nil if there are not as many, or anything was wrong before.
  private mutating func take(_ bytes: Int) -> UnsafeRawPointer? {
    if bytes > end - position { fail("it ends in the midst of its content") }
    if failure != nil { return nil }
    defer { position += bytes }
    return self.bytes + position
  }

  /// Remembers what was wrong first.
  @inline(never)
  private mutating func fail(_ message: Message) {
    if failure == nil { failure = Failure(.corruptState, message) }
  }
}
