/// What an object holds, one named number or array after the other. An object lists its fields once; the list is gone
/// through to count the bytes that they take, to write them, and to read them again. The bytes describe themselves, so that
/// a field may be added without a new version of the format: an older reader refuses it by its name, and where older bytes
/// lack it an optional field stays at its default.
public struct Fields: ~Copyable {
  private enum Way {
    case counting
    case writing(UnsafeMutableRawPointer)
    case reading
  }

  private let way: Way
  private let index: SavedIndex
  /// Where the next entry is written; how many bytes there are in the end.
  private(set) var position = SavedFrame.headerSize

  /// Counts.
  init() {
    way = .counting
    index = SavedIndex()
  }

  /// Writes behind a header.
  init(writingTo target: UnsafeMutableRawPointer) {
    way = .writing(target)
    index = SavedIndex()
  }

  /// Reads.
  init(_ index: consuming SavedIndex) {
    way = .reading
    self.index = index
  }

  var isReading: Bool { if case .reading = way { true } else { false } }

  /// How many entries there are to read.
  var entryCount: Int { index.count }

  // MARK: Numbers

  /// A whole number from 0 to `greatest`.
  @inline(never)
  mutating func number(
    named name: Message, _ value: inout UInt64, upTo greatest: UInt64 = .max, as type: EntryType = .uint64,
    isOptional: Bool = false
  ) throws(Failure) {
    if isReading {
      guard let entry = index.find(name, takes: true) else {
        if isOptional { return }
        throw isMissing(name)
      }
      value = try wholeNumber(entry, upTo: greatest)
    } else if let place = put(name, .number(type)) {
      type.size == 8
        ? place.storeBytes(of: value.littleEndian, as: UInt64.self)
        : place.storeBytes(of: UInt32(truncatingIfNeeded: value).littleEndian, as: UInt32.self)
    }
  }

  /// How often something happened: written as no more than what is read.
  mutating func count(named name: Message, _ value: inout UInt64, isOptional: Bool = false) throws(Failure) {
    value = min(value, SavedFrame.greatestCount)
    try number(named: name, &value, upTo: SavedFrame.greatestCount, isOptional: isOptional)
  }

  /// A size in memory.
  mutating func size(named name: Message, _ value: inout Int, upTo greatest: Int = .max) throws(Failure) {
    var number = UInt64(value)
    try self.number(named: name, &number, upTo: UInt64(greatest))
    value = Int(number)
  }

  /// The number of a pinned constant.
  mutating func constant(named name: Message, _ value: inout UInt32) throws(Failure) {
    var number = UInt64(value)
    try self.number(named: name, &number, upTo: UInt64(Int32.max), as: .int32)
    value = UInt32(number)
  }

  /// Any double; what is read may be of another type.
  @inline(never)
  mutating func real(named name: Message, _ value: inout Double, isOptional: Bool = false) throws(Failure) {
    if isReading {
      guard let entry = index.find(name, takes: true) else {
        if isOptional { return }
        throw isMissing(name)
      }
      guard entry.shape.rank == 0 else { throw isWrong(entry, .number(.float64)) }
      value = entry.real
    } else if let place = put(name, .number(.float64)) {
      place.storeBytes(of: value.bitPattern.littleEndian, as: UInt64.self)
    }
  }

  // MARK: Fixed names. Not inlined: a name of the kind above is 256 bytes to write at every call.

  @inline(never)
  mutating func number(_ name: StaticString, _ value: inout UInt64, upTo greatest: UInt64 = .max) throws(Failure) {
    try number(named: Message(stringLiteral: name), &value, upTo: greatest)
  }

  @inline(never)
  mutating func count(_ name: StaticString, _ value: inout UInt64, isOptional: Bool = false) throws(Failure) {
    try count(named: Message(stringLiteral: name), &value, isOptional: isOptional)
  }

  @inline(never)
  mutating func size(_ name: StaticString, _ value: inout Int, upTo greatest: Int = .max) throws(Failure) {
    try size(named: Message(stringLiteral: name), &value, upTo: greatest)
  }

  @inline(never)
  mutating func constant(_ name: StaticString, _ value: inout UInt32) throws(Failure) {
    try constant(named: Message(stringLiteral: name), &value)
  }

  @inline(never)
  mutating func flag(_ name: StaticString, _ value: inout Bool) throws(Failure) {
    var number: UInt64 = value ? 1 : 0
    try self.number(name, &number, upTo: 1)
    value = number == 1
  }

  @inline(never)
  mutating func real(_ name: StaticString, _ value: inout Double, isOptional: Bool = false) throws(Failure) {
    try real(named: Message(stringLiteral: name), &value, isOptional: isOptional)
  }

  @inline(never)
  mutating func array(
    _ name: StaticString, _ shape: EntryShape, _ memory: UnsafeMutableRawPointer
  ) throws(Failure) {
    try array(named: Message(stringLiteral: name), shape, memory)
  }

  // MARK: Arrays

  /// Copies numbers from memory of the object's into the bytes, or back.
  @inline(never)
  mutating func array(named name: Message, _ shape: EntryShape, _ memory: UnsafeMutableRawPointer) throws(Failure) {
    if isReading {
      copyLittleEndian(try take(name, shape), to: memory, count: shape.count, size: shape.type.size)
    } else if let place = put(name, shape) {
      copyLittleEndian(memory, to: place, count: shape.count, size: shape.type.size)
    }
  }

  /// Leaves room for numbers; nil if it only counts.
  @inline(never)
  mutating func put(_ name: Message, _ shape: EntryShape) -> UnsafeMutableRawPointer? {
    let size = SavedEntry.size(shape, nameLength: name.count)
    defer { position += size }
    guard case .writing(let target) = way else { return nil }
    let place = target + position
    place.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    return withUnsafeBytes(of: name.bytes) {
      SavedEntry.write(
        shape, name: $0.baseAddress!.assumingMemoryBound(to: UInt8.self), nameLength: name.count, to: place)
    }
  }

  /// Where the numbers of an entry are that has this shape.
  mutating func take(_ name: Message, _ shape: EntryShape) throws(Failure) -> UnsafeRawPointer {
    try require(name, shape)
    return index.find(name, takes: true)!.data
  }

  /// An array of whole numbers, of whatever type they are; `count` of them, if that is known.
  mutating func wholeNumbers(_ name: Message, count: Int? = nil) throws(Failure) -> WholeNumbers {
    guard let entry = index.find(name, takes: true) else { throw isMissing(name) }
    let wanted = EntryShape.row(.int64, count ?? entry.shape.columns)
    guard entry.shape.type.isWhole && entry.shape.rank == 1 && entry.shape.columns == wanted.columns else {
      throw isWrong(entry, wanted)
    }
    return entry.wholeNumbers
  }

  /// Throws unless there is an entry of this shape; afterwards it is safe to allocate memory for it.
  @inline(never)
  func require(_ name: Message, _ shape: EntryShape) throws(Failure) {
    let found = try self.shape(of: name)
    if found != shape { throw Failure(.corruptState, "\(name): is \(found.description), not \(shape.description)") }
  }

  func shape(of name: Message) throws(Failure) -> EntryShape {
    guard let entry = index.find(name, takes: false) else { throw isMissing(name) }
    return entry.shape
  }

  /// Whether an entry is there, or is to be written.
  @inline(never)
  func has(_ name: Message, whenWriting isWritten: Bool) -> Bool {
    isReading ? index.find(name, takes: false) != nil : isWritten
  }

  /// Throws if an entry has not been read.
  func finish() throws(Failure) {
    if let name = index.firstLeft {
      throw Failure(.corruptState, "\(name): is nothing that this version of the library knows there")
    }
  }

  private func wholeNumber(_ entry: SavedEntry, upTo greatest: UInt64) throws(Failure) -> UInt64 {
    guard entry.shape.rank == 0 && entry.shape.type.isWhole else { throw isWrong(entry, .number(.uint64)) }
    let number = entry.wholeNumbers[0]
    if number < 0 { throw Failure(.corruptState, "\(entry.name): \(number) is below 0") }
    let value =
      entry.shape.type == .uint64
      ? UInt64(littleEndian: entry.data.loadUnaligned(as: UInt64.self)) : UInt64(number)
    if value > greatest { throw Failure(.corruptState, "\(entry.name): \(value) is above \(greatest)") }
    return value
  }

  @inline(never)
  private func isMissing(_ name: Message) -> Failure { Failure(.corruptState, "\(name): is missing") }

  @inline(never)
  private func isWrong(_ entry: SavedEntry, _ shape: EntryShape) -> Failure {
    Failure(.corruptState, "\(entry.name): is \(entry.shape.description), not \(shape.description)")
  }
}
