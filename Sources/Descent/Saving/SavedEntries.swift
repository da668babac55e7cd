/// The entries of bytes that this version of the format has saved, in their order.
public struct SavedEntries: IteratorProtocol {
  private let bytes: UnsafeRawPointer
  private let end: Int
  private var offset = SavedFrame.headerSize
  public private(set) var count = 0

  /// Checks all of them.
  public init(_ bytes: UnsafeRawPointer, size: UInt) throws(Failure) {
    do throws(Failure) {
      let frame = try SavedFrame(bytes, size: size, kind: nil)
      if frame.version != SavedFrame.currentVersion {
        throw Failure(
          .corruptState,
          "format version \(frame.version), which has no entries: load it and save it anew")
      }
      self.bytes = bytes
      end = frame.end
      var place = offset
      while place < end {
        place = try SavedEntry(bytes, at: place, end: end).end
        count += 1
      }
    } catch {
      throw corruptState(error)
    }
  }

  public mutating func next() -> SavedEntry? {
    guard offset < end else { return nil }
    let entry = SavedEntry(checked: bytes, at: offset)
    offset = entry.end
    return entry
  }
}

/// Puts entries together as saved bytes; whether they are an object is seen when these are loaded.
public struct SavedBuilder: ~Copyable {
  private var fields: Fields

  /// Only counts the bytes.
  public init() { fields = Fields() }

  /// Writes behind a header, for which there is room.
  public init(writingTo target: UnsafeMutableRawPointer, capacity: UInt, size: Int, kind: UInt32) throws(Failure) {
    try SavedFrame.begin(target, capacity: capacity, size: size, kind: kind)
    fields = Fields(writingTo: target)
  }

  /// How many bytes there are, with the checksum.
  public var size: Int { fields.position + SavedFrame.checksumSize }

  public mutating func add(
    _ name: UnsafePointer<CChar>, _ shape: EntryShape, _ data: UnsafeRawPointer
  ) throws(Failure) {
    var text = Message(stringLiteral: "")
    var length = 0
    while name[length] != 0 {
      if length == SavedEntry.greatestName {
        throw Failure(.invalidArgument, "name: \(name) is longer than \(SavedEntry.greatestName) bytes")
      }
      text.append(byte: UInt8(bitPattern: name[length]))
      length += 1
    }
    if length == 0 { throw Failure(.invalidArgument, "name: is empty") }
    let (_, overflow) = size.addingReportingOverflow(SavedEntry.size(shape, nameLength: length))
    if overflow { throw Failure(.invalidArgument, "\(name): the bytes up to it overflow") }
    if let place = fields.put(text, shape) {
      copyLittleEndian(data, to: place, count: shape.count, size: shape.type.size)
    }
  }

  public func finish(_ target: UnsafeMutableRawPointer) { SavedFrame.end(target, size: size) }
}
