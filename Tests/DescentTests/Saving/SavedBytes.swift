import XCTest

@testable import Descent

/// What was saved, as an array that a test can change.
struct SavedBytes: Equatable {
  var bytes: [UInt8]

  init<Value: Savable & ~Copyable>(of value: borrowing Value) throws {
    bytes = [UInt8](repeating: 0xee, count: try value.savedSize())
    let (room, capacity) = (bytes.count, UInt(bytes.count))
    var written = 0
    try bytes.withUnsafeMutableBytes { buffer in written = try value.save(to: buffer.baseAddress!, capacity: capacity) }
    XCTAssertEqual(written, room)
  }

  /// Loads it from an address that is aligned to nothing.
  func load<Value: Savable & ~Copyable>(as _: Value.Type) throws(Failure) -> Value {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes.count + 1, alignment: 64)
    defer { memory.deallocate() }
    (memory + 1).copyMemory(from: bytes, byteCount: bytes.count)
    return try Value.load(memory + 1, size: UInt(bytes.count))
  }

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// Where the entry of this name begins and ends, and where its numbers begin.
  private func place(_ wanted: String) -> (entry: Range<Int>, data: Int)? {
    bytes.withUnsafeBytes { buffer in
      let base = buffer.baseAddress!
      var offset = SavedFrame.headerSize
      while offset < bytes.count - SavedFrame.checksumSize {
        let entry = SavedEntry(checked: base, at: offset)
        if String(cString: entry.name) == wanted { return (offset..<entry.end, entry.data - base) }
        offset = entry.end
      }
      return nil
    }
  }

  var names: [String] {
    bytes.withUnsafeBytes { buffer in
      var (names, offset) = ([String](), SavedFrame.headerSize)
      while offset < bytes.count - SavedFrame.checksumSize {
        let entry = SavedEntry(checked: buffer.baseAddress!, at: offset)
        names.append(String(cString: entry.name))
        offset = entry.end
      }
      return names
    }
  }

  func beginsEntry(at offset: Int) -> Bool { names.contains { place($0)!.entry.lowerBound == offset } }

  /// The first 8 bytes of an entry's numbers; 0 where there is no such entry.
  subscript(_ name: String) -> UInt64 {
    get { place(name).map { read(at: $0.data) } ?? 0 }
    set {
      guard let place = place(name) else { return XCTFail("there is no entry \(name)") }
      write(newValue, at: place.data)
    }
  }

  /// The first 8 bytes of an entry, which describe it, and then its sizes.
  subscript(header name: String, word: Int) -> UInt64 {
    get { place(name).map { read(at: $0.entry.lowerBound + 8 * word) } ?? 0 }
    set {
      guard let place = place(name) else { return XCTFail("there is no entry \(name)") }
      write(newValue, at: place.entry.lowerBound + 8 * word)
    }
  }

  mutating func remove(_ name: String) {
    guard let place = place(name) else { return XCTFail("there is no entry \(name)") }
    bytes.removeSubrange(place.entry)
  }

  /// Adds an entry once more, behind the others, with another name of the same length perhaps.
  mutating func repeatEntry(_ name: String, as other: String? = nil) {
    guard let place = place(name) else { return XCTFail("there is no entry \(name)") }
    var copy = Array(bytes[place.entry])
    if let other {
      let letters = Array(other.utf8)
      XCTAssertEqual(letters.count, name.utf8.count)
      let start = copy.firstRange(of: Array(name.utf8))!.lowerBound
      copy.replaceSubrange(start..<start + letters.count, with: letters)
    }
    bytes.insert(contentsOf: copy, at: bytes.count - SavedFrame.checksumSize)
  }

  func read(at offset: Int) -> UInt64 {
    bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
  }

  mutating func write(_ number: UInt64, at offset: Int) {
    bytes.withUnsafeMutableBytes { $0.storeBytes(of: number.littleEndian, toByteOffset: offset, as: UInt64.self) }
  }

  /// Makes length and checksum those of the bytes, as somebody would who wants to be believed.
  mutating func seal() {
    write(UInt64(bytes.count), at: 16)
    write(bytes.withUnsafeBytes { checksum($0.baseAddress!, count: bytes.count - 8) }, at: bytes.count - 8)
  }

  /// Changed and sealed again.
  func altered(_ change: (inout SavedBytes) -> Void) -> SavedBytes {
    var copy = self
    change(&copy)
    copy.seal()
    return copy
  }
}

/// Fails unless these bytes are refused as corrupt, for this reason.
func assertCorrupt<Value: Savable & ~Copyable>(
  _ saved: SavedBytes, as _: Value.Type, _ reason: String, file: StaticString = #filePath, line: UInt = #line
) {
  assertFailure(.corruptState, "buffer: " + reason, file: file, line: line) { () throws(Failure) in
    _ = try saved.load(as: Value.self)
  }
}

extension OptimizerBench {
  /// Goes on with what its optimizer was saved as.
  func saveAndLoad() throws {
    let saved = try SavedBytes(of: optimizer)
    optimizer = try saved.load(as: Optimizer.self)
    XCTAssertEqual(try SavedBytes(of: optimizer), saved, "saved again")
  }
}
