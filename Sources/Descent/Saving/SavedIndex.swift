/// The entries of saved bytes by their names, and which of them have been taken.
struct SavedIndex: ~Copyable {
  private struct Place: BitwiseCopyable {
    var offset: Int
    var isTaken: Bool
  }

  private let bytes: UnsafeRawPointer
  private let places: Memory
  let count: Int

  /// Of no bytes.
  init() {
    bytes = UnsafeRawPointer(bitPattern: 8)!
    count = 0
    places = Memory()
  }

  /// Checks each entry of bytes that begin with a frame's header and whose entries end at `end`.
  static func read(_ bytes: UnsafeRawPointer, end: Int) throws(Failure) -> SavedIndex {
    var (count, offset) = (0, SavedFrame.headerSize)
    while offset < end {
      offset = try SavedEntry(bytes, at: offset, end: end).end
      count += 1
    }
    let places = try Memory(of: Place.self, count: count, purpose: "a list of what was saved")
    let index = SavedIndex(bytes, places, count: count)
    for place in 1..<max(count, 1) where index.compare(index.list[place - 1].offset, index.list[place].offset) == 0 {
      throw Failure(.corruptState, "\(index.entry(at: index.list[place].offset).name): is there twice")
    }
    return index
  }

  private init(_ bytes: UnsafeRawPointer, _ places: consuming Memory, count: Int) {
    self.bytes = bytes
    self.count = count
    self.places = places
    var offset = SavedFrame.headerSize
    for index in 0..<count {
      (list + index).initialize(to: Place(offset: offset, isTaken: false))
      offset = entry(at: offset).end
    }
    sort()
  }

  private var list: UnsafeMutablePointer<Place> { places.pointer(to: Place.self) }

  private func entry(at offset: Int) -> SavedEntry { SavedEntry(checked: bytes, at: offset) }

  /// The entry with this name, if there is one. What is taken is not left over.
  @inline(never)
  func find(_ name: Message, takes: Bool) -> SavedEntry? {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      let found = entry(at: list[middle].offset)
      let order = compare(name, found.name)
      if order == 0 {
        if takes { list[middle].isTaken = true }
        return found
      }
      if order < 0 { high = middle } else { low = middle + 1 }
    }
    return nil
  }

  /// The name of an entry that nobody has taken: the first one among the bytes.
  var firstLeft: UnsafePointer<CChar>? {
    var first: Int?
    for index in 0..<count where !list[index].isTaken { first = min(first ?? .max, list[index].offset) }
    return first.map { entry(at: $0).name }
  }

  // MARK: Order

  /// Heapsort, which needs no memory: Swift's own sorting takes some, and ends the program where there is none.
  private func sort() {
    for root in stride(from: count / 2 - 1, through: 0, by: -1) { sink(root, below: count) }
    for end in stride(from: count - 1, to: 0, by: -1) {
      (list[0], list[end]) = (list[end], list[0])
      sink(0, below: end)
    }
  }

  private func sink(_ root: Int, below end: Int) {
    var root = root
    while 2 * root + 1 < end {
      var child = 2 * root + 1
      if child + 1 < end && compare(list[child].offset, list[child + 1].offset) < 0 { child += 1 }
      if compare(list[root].offset, list[child].offset) >= 0 { return }
      (list[root], list[child]) = (list[child], list[root])
      root = child
    }
  }

  private func compare(_ a: Int, _ b: Int) -> Int {
    let (a, b) = (entry(at: a).name, entry(at: b).name)
    var index = 0
    while a[index] == b[index] && a[index] != 0 { index += 1 }
    return Int(a[index]) - Int(b[index])
  }

  private func compare(_ a: Message, _ b: UnsafePointer<CChar>) -> Int {
    var index = 0
    while index < a.count && CChar(bitPattern: a.bytes[index]) == b[index] { index += 1 }
    return (index < a.count ? Int(CChar(bitPattern: a.bytes[index])) : 0) - Int(b[index])
  }
}
