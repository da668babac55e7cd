/// Something that can be saved as bytes and loaded from them. `bindings/SAVED_STATE.md` describes the bytes: they are the
/// same on every machine, and what is saved twice without a change between is the same twice.
public protocol Savable: ~Copyable {
  static var kind: SavedKind { get }
  /// Writes everything that is needed to go on. Called twice: the first time to count.
  func write(_ fields: inout Fields) throws(Failure)
  /// Believes nothing that it reads: whatever the bytes are, it fails or returns something that works.
  static func read(_ fields: inout Fields) throws(Failure) -> Self
  /// Reads what libdescent 0.1 wrote.
  static func read(version1 reader: inout Version1Reader) throws(Failure) -> Self
}

extension Savable where Self: ~Copyable {
  /// How many bytes `save` writes.
  public func savedSize() throws(Failure) -> Int {
    var counter = Fields()
    try write(&counter)
    return counter.position + SavedFrame.checksumSize
  }

  /// Writes it into memory that has room for `capacity` bytes; returns how many there are.
  public func save(to buffer: UnsafeMutableRawPointer, capacity: UInt) throws(Failure) -> Int {
    let size = try savedSize()
    try SavedFrame.begin(buffer, capacity: capacity, size: size, kind: Self.kind.rawValue)
    var writer = Fields(writingTo: buffer)
    try write(&writer)
    SavedFrame.end(buffer, size: size)
    return size
  }

  /// Another one that goes on exactly as this one: by way of what is saved, which is all that counts.
  public func duplicate() throws(Failure) -> Self {
    var counter = Fields()
    try write(&counter)
    let room = try Memory(bytes: counter.position, purpose: "a copy")
    var writer = Fields(writingTo: room.base)
    try write(&writer)
    var reader = Fields(try SavedIndex.read(room.base, end: counter.position))
    let value = try Self.read(&reader)
    try reader.finish()
    return value
  }

  /// Makes what was saved anew.
  public static func load(_ buffer: UnsafeRawPointer, size: UInt) throws(Failure) -> Self {
    do throws(Failure) {
      let frame = try SavedFrame(buffer, size: size, kind: kind)
      if frame.version == 1 {
        var reader = Version1Reader(buffer, end: frame.end)
        let value = try read(version1: &reader)
        try reader.finish()
        return value
      }
      var reader = Fields(try SavedIndex.read(buffer, end: frame.end))
      let value = try read(&reader)
      try reader.finish()
      return value
    } catch {
      throw corruptState(error)
    }
  }
}

/// Whatever is wrong with a value that was read is wrong with the bytes.
@inline(never)
func corruptState(_ failure: Failure) -> Failure {
  failure.kind == .outOfMemory ? failure : Failure(.corruptState, "buffer: \(failure.message)")
}
