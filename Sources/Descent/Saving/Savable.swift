/// Something that can be saved as bytes and loaded from them. `bindings/SAVED_STATE.md` describes the bytes: they are the
/// same on every machine, and what is saved twice without a change between is the same twice.
public protocol Savable: ~Copyable {
  static var kind: SavedKind { get }
  /// Writes everything that is needed to go on. Called twice: the first time to count.
  func write(to writer: inout SaveWriter)
  /// Believes nothing that it reads: whatever the bytes are, it fails or returns something that works.
  static func read(from reader: inout SaveReader) throws(Failure) -> Self
}

/// What saved bytes are of; the numbers stand in the files.
public enum SavedKind: UInt64 {
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

/// What surrounds the content: 24 bytes before it, a checksum of all of them and of the content behind it.
enum SavedFrame {
  /// `\x93DESCENT`.
  static var magic: UInt64 { 0x544e_4543_5345_4493 }
  static var version: UInt64 { 1 }
  static var headerSize: Int { 24 }
  static var checksumSize: Int { 8 }
  /// The limit of what counts, far out of reach, leaves room for counting on.
  static var greatestCount: UInt64 { 1 << 62 }
}

extension Savable where Self: ~Copyable {
  /// How many bytes `save` writes.
  public var savedSize: Int {
    var counter = SaveWriter(nil)
    write(to: &counter)
    return SavedFrame.headerSize + counter.count + SavedFrame.checksumSize
  }

  /// Writes it into memory that has room for `capacity` bytes; returns how many there are.
  public func save(to buffer: UnsafeMutableRawPointer, capacity: UInt) throws(Failure) -> Int {
    let size = savedSize
    var writer = try SaveWriter(buffer, capacity: capacity, size: size, kind: Self.kind)
    write(to: &writer)
    writer.put(checksum(buffer, count: writer.count))
    return size
  }

  /// Makes what was saved anew.
  public static func load(_ buffer: UnsafeRawPointer, size: UInt) throws(Failure) -> Self {
    do throws(Failure) {
      var reader = try SaveReader(buffer, size: size, kind: kind)
      let value = try read(from: &reader)
      try reader.finish()
      return value
    } catch {
      throw corruptState(error)
    }
  }
}

/// Whatever is wrong with a value that was read is wrong with the bytes.
@inline(never)
private func corruptState(_ failure: Failure) -> Failure {
  failure.kind == .outOfMemory ? failure : Failure(.corruptState, "buffer: \(failure.message)")
}
