import CPlatform

/// A block of zeroed, 64-byte-aligned memory whose allocation can fail and says so; freed with its owner.
@usableFromInline struct Memory: ~Copyable {
  private let block: UnsafeMutableRawPointer?
  private let place = Pinned()

  /// No memory at all.
  init() { block = nil }

  /// `purpose` completes the sentence "no memory for ... bytes of".
  @inline(never)
  init(bytes: Int, purpose: StaticString) throws(Failure) {
    guard let base = platform_allocate(bytes) else {
      throw Failure(.outOfMemory, "no memory for \(bytes) bytes of \(purpose)")
    }
    block = base
  }

  @inline(never)
  init<Element: BitwiseCopyable>(of _: Element.Type, count: Int, purpose: StaticString) throws(Failure) {
    try self.init(count: count, size: MemoryLayout<Element>.stride, purpose: purpose)
  }

  // Not generic, so that there is one of it for all types of elements.
  @inline(never)
  private init(count: Int, size: Int, purpose: StaticString) throws(Failure) {
    guard let bytes = byteCount(count, size) else {
      throw Failure(.outOfMemory, "no memory for \(count) elements of \(purpose): the byte count overflows")
    }
    try self.init(bytes: bytes, purpose: purpose)
  }

  @usableFromInline deinit { platform_free(block) }

  var base: UnsafeMutableRawPointer { block.unsafelyUnwrapped }

  func pointer<Element>(to _: Element.Type) -> UnsafeMutablePointer<Element> {
    base.assumingMemoryBound(to: Element.self)
  }
}

/// A member, without any bytes, that has a struct passed by its address, and whatever the struct is a part of. Without it a
/// method that does not mutate gets a copy of the whole struct, the optimizer or the model, for each call.
@_rawLayout(size: 0, alignment: 1)
@usableFromInline struct Pinned: ~Copyable {
  @usableFromInline deinit {}
}

/// The product of two sizes that are not negative; nil if no memory can have so many bytes.
func byteCount(_ count: Int, _ size: Int) -> Int? {
  let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
  return overflow ? nil : bytes
}

/// The product of two sizes that are not negative, or the greatest size if it is greater than that.
func boundedProduct(_ a: Int, _ b: Int) -> Int { byteCount(a, b) ?? .max }

/// Their sum, or the greatest size.
func boundedSum(_ a: Int, _ b: Int) -> Int { a > .max - b ? .max : a + b }

/// Copies `count` numbers between arrays, which may overlap. In Embedded Swift a pointer's own `update(from:count:)` goes
/// number by number.
@inline(never)
func copy<Element: BitwiseCopyable>(
  _ source: UnsafePointer<Element>, to target: UnsafeMutablePointer<Element>, count: Int
) {
  UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: count * MemoryLayout<Element>.stride)
}

/// Puts a value where a C program can hold on to it.
public func makeHandle<Value: ~Copyable>(_ value: consuming Value) throws(Failure) -> UnsafeMutablePointer<Value> {
  guard let memory = platform_allocate(MemoryLayout<Value>.size) else {
    throw Failure(.outOfMemory, "no memory for a handle")
  }
  let handle = memory.assumingMemoryBound(to: Value.self)
  handle.initialize(to: value)
  return handle
}

public func freeHandle<Value: ~Copyable>(_ handle: UnsafeMutablePointer<Value>) {
  handle.deinitialize(count: 1)
  platform_free(handle)
}
