import XCTest

@testable import Descent

/// What was saved, as an array that a test can change.
struct SavedBytes: Equatable {
  var bytes: [UInt8]

  init<Value: Savable & ~Copyable>(of value: borrowing Value) throws {
    bytes = [UInt8](repeating: 0xee, count: value.savedSize)
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

  /// Word `index` of the content, 8 bytes each; without arrays of other elements before it.
  subscript(word index: Int) -> UInt64 {
    get { read(at: 24 + 8 * index) }
    set { write(newValue, at: 24 + 8 * index) }
  }

  var contentWords: Int { (bytes.count - 32) / 8 }

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
