import CPlatform

/// Why a call failed: a kind that becomes a status, and the sentence that the caller reads. The sentence lies in memory of
/// this thread, which its next failure takes: every `try` would otherwise carry instructions to move it.
public struct Failure: Error {
  /// The numbers are those of `descent_status`.
  public enum Kind: UInt32, Sendable {
    case nullPointer = 1
    case invalidArgument = 2
    case unknownName = 3
    case shapeMismatch = 4
    case notFinite = 5
    case outOfMemory = 6
    case corruptState = 7
    case unsupported = 8
    case cancelled = 9
    case communication = 10
  }

  public let kind: Kind
  public var message: Message { Failure.last.pointee }

  @inline(never)
  public init(_ kind: Kind, _ message: Message) {
    self.kind = kind
    Failure.last.initialize(to: message)
  }

  private static var last: UnsafeMutablePointer<Message> {
    platform_failure().assumingMemoryBound(to: Message.self)
  }
}

/// A short text without heap memory, so that a failure can be described when there is none left. What does not fit is
/// cut off.
public struct Message: Sendable, ExpressibleByStringInterpolation {
  public private(set) var bytes = InlineArray<255, UInt8>(repeating: 0)
  public private(set) var count = 0

  @inline(never)
  public init(stringLiteral value: StaticString) { append(value) }
  public init(stringInterpolation: StringInterpolation) { self = stringInterpolation.message }

  public struct StringInterpolation: StringInterpolationProtocol {
    var message = Message(stringLiteral: "")

    @inline(never)
    public init(literalCapacity: Int, interpolationCount: Int) {}
    @inline(never)
    public mutating func appendLiteral(_ literal: StaticString) { message.append(literal) }
    @inline(never)
    public mutating func appendInterpolation(_ text: StaticString) { message.append(text) }
    @inline(never)
    public mutating func appendInterpolation(_ number: some BinaryInteger) { message.append(decimal: number) }
    @inline(never)
    public mutating func appendInterpolation(_ number: Double) { message.append(shortest: number) }
    /// Text of the caller or of a table, zero-terminated; a long one is shortened, and all but printable ASCII
    /// becomes `?`, so that a text stays one line.
    @inline(never)
    public mutating func appendInterpolation(_ text: UnsafePointer<CChar>) { message.append(text, atMost: 60) }
    @inline(never)
    public mutating func appendInterpolation(_ other: Message) { message.append(other) }
  }

  mutating func append(byte: UInt8) {
    guard count < bytes.count else { return }
    bytes[count] = byte
    count += 1
  }

  mutating func append(_ text: StaticString) {
    for offset in 0..<text.utf8CodeUnitCount { append(byte: text.utf8Start[offset]) }
  }

  mutating func append(_ other: Message) {
    for index in 0..<other.count { append(byte: other.bytes[index]) }
  }

  mutating func append(_ text: UnsafePointer<CChar>, atMost limit: Int) {
    var offset = 0
    while text[offset] != 0 {
      if offset == limit { return append("..." as StaticString) }
      let byte = UInt8(bitPattern: text[offset])
      append(byte: 0x20..<0x7f ~= byte ? byte : UInt8(ascii: "?"))
      offset += 1
    }
  }

  mutating func append(decimal number: some BinaryInteger) {
    if number < 0 { append(byte: UInt8(ascii: "-")) }
    var rest = UInt64(number.magnitude)
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var length = 0
    repeat {
      digits[length] = UInt8(ascii: "0") + UInt8(rest % 10)
      length += 1
      rest /= 10
    } while rest > 0
    while length > 0 {
      length -= 1
      append(byte: digits[length])
    }
  }

  mutating func append(shortest number: Double) {
    var text = InlineArray<40, UInt8>(repeating: 0)
    let length = withUnsafeMutableBytes(of: &text) {
      platform_format(number, $0.baseAddress!.assumingMemoryBound(to: CChar.self), 40)
    }
    for index in 0..<length { append(byte: text[index]) }
  }
}
