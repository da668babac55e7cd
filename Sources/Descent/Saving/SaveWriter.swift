/// Writes what is saved, least significant bytes first, or only counts how many bytes that are.
public struct SaveWriter {
  private let target: UnsafeMutableRawPointer?
  private(set) var count = 0

  /// Counts if there is no target.
  init(_ target: UnsafeMutableRawPointer?) { self.target = target }

  /// Writes the header; `size` bytes will come in all.
  @inline(never)
  init(_ target: UnsafeMutableRawPointer, capacity: UInt, size: Int, kind: SavedKind) throws(Failure) {
    if capacity < size { throw Failure(.invalidArgument, "capacity: \(capacity) bytes, but \(size) are needed") }
    self.target = target
    put(SavedFrame.magic)
    put(SavedFrame.version | kind.rawValue << 32)
    put(size)
  }

  mutating func put(_ number: UInt64) {
    target?.storeBytes(of: number.littleEndian, toByteOffset: count, as: UInt64.self)
    count += 8
  }

  /// How often something happened, no more than a reader lets in.
  mutating func put(count: UInt64) { put(min(count, SavedFrame.greatestCount)) }

  mutating func put(_ number: Double) { put(number.bitPattern) }

  /// A number that is not negative.
  mutating func put(_ number: Int) { put(UInt64(number)) }

  /// Numbers of 4 or 8 bytes.
  mutating func put(_ numbers: UnsafeRawPointer, count: Int, size: Int) {
    if let place = leave(bytes: count * size) { copyLittleEndian(numbers, to: place, count: count, size: size) }
  }

  /// Leaves room that the caller fills; nil if it only counts.
  mutating func leave(bytes: Int) -> UnsafeMutableRawPointer? {
    let place = target.map { $0 + count }
    count += bytes
    return place
  }
}

/// Copies numbers of 4 or 8 bytes between this machine's order of bytes and the one with the least significant first.
func copyLittleEndian(
  _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int, size: Int
) {
  target.copyMemory(from: source, byteCount: count * size)
  if UInt16(1).littleEndian == 1 { return }
  for index in 0..<count {
    let place = target + index * size
    if size == 4 {
      place.storeBytes(of: place.loadUnaligned(as: UInt32.self).byteSwapped, as: UInt32.self)
    } else {
      place.storeBytes(of: place.loadUnaligned(as: UInt64.self).byteSwapped, as: UInt64.self)
    }
  }
}
