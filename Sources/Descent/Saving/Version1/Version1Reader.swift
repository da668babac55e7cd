/// Reads what libdescent 0.1 saved: numbers and arrays without names, one after the other, as `bindings/SAVED_STATE.md`
/// describes them. It remembers the first thing that was wrong: until `check` says that nothing was, numbers that were read
/// may be 0 instead, and arrays left as they were.
public struct Version1Reader {
  private let bytes: UnsafeRawPointer
  private var position = SavedFrame.headerSize
  /// Where the content ends.
  private let end: Int
  private var failure: Message?

  /// The frame has been checked.
  init(_ bytes: UnsafeRawPointer, end: Int) {
    self.bytes = bytes
    self.end = end
  }

  /// Throws the first error that was recorded. What was read before may be used afterwards.
  func check() throws(Failure) {
    if let failure { throw Failure(.corruptState, failure) }
  }

  /// Throws unless everything has been read.
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

  /// Throws unless at least so many numbers of a size are left.
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
  mutating func take(_ bytes: Int) -> UnsafeRawPointer? {
    if bytes > end - position { fail("it ends in the midst of its content") }
    if failure != nil { return nil }
    defer { position += bytes }
    return self.bytes + position
  }

  /// Remembers what was wrong first.
  @inline(never)
  private mutating func fail(_ message: Message) {
    if failure == nil { failure = message }
  }
}
