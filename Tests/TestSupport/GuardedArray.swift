import Foundation

/// Numbers in memory of their own, at any byte offset from an aligned address, between guards that show whether anyone
/// has written beyond them.
public final class GuardedArray<Element: BitwiseCopyable> {
  private static var guardSize: Int { 128 }
  private let memory: UnsafeMutableRawBufferPointer
  private let copy: [Element]
  private let offset: Int
  private let pattern: UInt8 = 0xa5

  public init(_ values: [Element], misalignedBy misalignment: Int = 0) {
    copy = values
    offset = Self.guardSize + misalignment
    let byteCount = values.count * MemoryLayout<Element>.stride
    memory = .allocate(byteCount: offset + byteCount + Self.guardSize, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: pattern)
    values.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: contents).copyMemory(from: $0) }
  }

  deinit { memory.deallocate() }

  public var count: Int { copy.count }
  public var pointer: UnsafeMutableRawPointer { memory.baseAddress! + offset }

  public var values: [Element] {
    (0..<count).map { pointer.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.stride, as: Element.self) }
  }

  /// Whether the guards on both sides are as they were.
  public var isIntact: Bool {
    memory[..<contents.startIndex].allSatisfy { $0 == pattern }
      && memory[contents.endIndex...].allSatisfy { $0 == pattern }
  }

  /// Whether the guards and the numbers are as they were, to the bit.
  public var isUnchanged: Bool {
    isIntact && copy.withUnsafeBytes { $0.isEmpty || memcmp(pointer, $0.baseAddress!, $0.count) == 0 }
  }

  public func hasSameBits(as other: GuardedArray) -> Bool {
    count == other.count && memcmp(pointer, other.pointer, contents.count) == 0
  }

  private var contents: Slice<UnsafeMutableRawBufferPointer> {
    memory[offset..<(memory.count - Self.guardSize)]
  }
}
