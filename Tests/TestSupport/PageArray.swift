import Foundation

/// Which end of a page array's numbers touches the forbidden page.
public enum PageArrayEdge: CaseIterable, Sendable { case begin, end }

/// Numbers that lie against a page on which nobody may read or write: a kernel that goes one byte too far ends the test.
/// On the other side a pattern shows whether anyone has written there. The memory can be used over and over.
public final class PageArray<Element: BitwiseCopyable> {
  public typealias Edge = PageArrayEdge

  private let memory: UnsafeMutableRawPointer
  private let pageSize: Int
  private let usable: Int
  private let pattern: UInt8 = 0x5b
  private var edge = Edge.end
  public private(set) var count = 0

  /// Room for so many numbers.
  public init(capacity: Int) {
    pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
    let bytes = capacity * MemoryLayout<Element>.stride + Self.margin
    usable = (bytes + pageSize - 1) / pageSize * pageSize
    memory = mmap(nil, usable + 2 * pageSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    precondition(memory != MAP_FAILED && mprotect(memory + pageSize, usable, PROT_READ | PROT_WRITE) == 0)
  }

  public convenience init(_ values: [Element], at edge: Edge = .end) {
    self.init(capacity: values.count)
    place(values, at: edge)
  }

  deinit { munmap(memory, usable + 2 * pageSize) }

  /// How much is looked at on the other side.
  private static var margin: Int { 128 }

  private var bytes: Int { count * MemoryLayout<Element>.stride }
  private var start: Int { edge == .begin ? 0 : usable - bytes }
  private var marginStart: Int { edge == .begin ? bytes : start - Self.margin }

  /// The numbers from now on.
  public func place(_ values: [Element], at edge: Edge) {
    (count, self.edge) = (values.count, edge)
    precondition(bytes + Self.margin <= usable)
    values.withUnsafeBytes { if let source = $0.baseAddress { raw.copyMemory(from: source, byteCount: bytes) } }
    memset(memory + pageSize + marginStart, Int32(pattern), Self.margin)
  }

  public var raw: UnsafeMutableRawPointer { memory + pageSize + start }

  /// Aligned as the type demands, at both edges.
  public var pointer: UnsafeMutablePointer<Element> { raw.assumingMemoryBound(to: Element.self) }

  public var values: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  /// Whether nobody has written beside the numbers.
  public var isIntact: Bool {
    let margin = UnsafeRawBufferPointer(start: memory + pageSize + marginStart, count: Self.margin)
    return margin.allSatisfy { $0 == pattern }
  }

  /// Whether the numbers are these, to the bit, and nobody has written beside them.
  public func isUnchanged(from values: [Element]) -> Bool {
    isIntact && values.count == count
      && values.withUnsafeBytes { $0.isEmpty || memcmp(raw, $0.baseAddress!, bytes) == 0 }
  }
}

/// Whether two arrays have the same bits.
public func haveSameBits<Element: BitwiseCopyable>(_ a: [Element], _ b: [Element]) -> Bool {
  a.withUnsafeBytes { a in
    b.withUnsafeBytes { b in a.count == b.count && (a.isEmpty || memcmp(a.baseAddress!, b.baseAddress!, a.count) == 0) }
  }
}
