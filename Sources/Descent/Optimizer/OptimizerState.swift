import CDescentKernels

/// The shapes that an optimizer was first stepped with, and buffers for each of its tensors: one block for all, each buffer
/// aligned to a cache line.
struct OptimizerState: ~Copyable {
  struct Record: BitwiseCopyable {
    let shape: Shape
    /// How many elements the tensor has, and all tensors before it.
    let elements: Int
    let elementsBefore: Int
    /// The bytes of its values.
    let bytes: Int
    /// Whether a buffer with a number of each element is stored in another type than that of the arithmetic.
    let isStored: Bool
  }

  /// Where one of a tensor's buffers is.
  private struct Place: BitwiseCopyable {
    /// Below 0 if the tensor has no such buffer.
    let offset: Int
    /// Then without columns.
    let shape: Shape
    /// Whether it has a number of each element of the tensor, and the bytes of one.
    let isOfElements: Bool
    let elementSize: Int
  }

  /// How many tensors; 0 before the first step.
  private(set) var count: Int
  private let records: Memory
  private let buffers: Memory
  /// For each tensor the places of its buffers.
  private let places: Memory
  /// A bit for each buffer that a tensor has, and how many these are.
  let present: UInt32
  private let presentCount: Int

  /// Empty state, before the first step.
  init() {
    count = 0
    records = Memory()
    buffers = Memory()
    places = Memory()
    (present, presentCount) = (0, 0)
  }

  /// The state of an algorithm, at its first values where `earlier` has none for a tensor.
  init(
    _ tensors: TensorList, _ algorithm: Algorithm, _ groups: borrowing OptionGroups,
    after earlier: borrowing OptimizerState
  ) throws(Failure) {
    var present = earlier.present
    for buffer in 0..<algorithm.stateCount
    where earlier.count == 0 && algorithm.state(buffer).isCalledFor(by: groups) {
      present |= 1 << UInt32(buffer)
    }
    let options = groups.base.pointee.values
    let layouts = StateLayouts(algorithm, options)
    try self.init(count: tensors.count, present: present, layouts: layouts, options) { tensors.shape($0) }
    copyBuffers(of: earlier)
    for buffer in 0..<algorithm.stateCount where has(buffer) {
      let state = algorithm.state(buffer)
      for index in earlier.count..<count {
        if state.isCopyOfValues {
          tensors.copyValues(index, to: self.buffer(buffer, tensor: index)!)
        } else {
          let group = groups.index(of: tensors.group(index))!
          let value = state.initialValue(groups[group].pointee.values)
          if value != 0 { fill(buffer, of: index, with: value) }
        }
      }
    }
  }

  /// Buffers of each tensor, of its shape: as `earlier` has them, and zeroed for the tensors that it lacks. The tensors have
  /// been checked. `present` has a bit for each buffer.
  init(_ tensors: TensorList, present: UInt32, after earlier: borrowing OptimizerState) throws(Failure) {
    try self.init(count: tensors.count, present: present) { tensors.shape($0) }
    copyBuffers(of: earlier)
  }

  /// Takes over what the first tensors have, whose buffers are the same ones.
  private func copyBuffers(of earlier: borrowing OptimizerState) {
    for index in 0..<earlier.count {
      for number in 0..<UInt32.bitWidth {
        guard let source = earlier.buffer(number, tensor: index) else { continue }
        buffer(number, tensor: index)!.copyMemory(from: source, byteCount: shape(index, buffer: number).bytes)
      }
    }
  }

  /// Forgets all tensors but the first ones.
  mutating func keepFirst(_ number: Int) { count = min(count, number) }

  /// The same for tensors of which there is only the shape. A matrix method's buffers follow from the options too.
  init(
    count: Int, present: UInt32, layouts: StateLayouts = StateLayouts(), _ options: OptionValues? = nil,
    shape: (Int) throws(Failure) -> Shape
  ) throws(Failure) {
    let shaped = layouts.ofTensorsShape(present)
    let large = shaped.nonzeroBitCount
    let lines = layouts.ofEachTensor(present).nonzeroBitCount * Self.line
    let presentCount = present.nonzeroBitCount
    let places = try Memory(
      of: Place.self, count: boundedProduct(presentCount, count), purpose: "the optimizer's list of tensors")
    let records = try Memory(of: Record.self, count: count, purpose: "the optimizer's list of tensors")
    var (bytes, elements, spent) = (0, 0, 0)
    for index in 0..<count {
      let shape = try shape(index)
      let (size, isOverflow) = layouts.sizes(shaped, of: shape)
      let padding = Self.padding(large == 0 ? 0 : size / large, at: bytes, count: large, spent: spent)
      spent += padding.before + padding.between * large
      bytes += padding.before
      let elementsBefore = elements
      let (number, isTooLarge) = elements.addingReportingOverflow(shape.count)
      if isTooLarge {
        throw Failure(.invalidArgument, "tensor \(index): the elements of the tensors up to it overflow")
      }
      elements = number
      let (more, moreOverflows) = size.addingReportingOverflow(lines + padding.between * large)
      let (end, endOverflows) = bytes.addingReportingOverflow(more)
      if isOverflow || moreOverflows || endOverflows {
        throw Failure(.outOfMemory, "tensor \(index): the bytes of its state overflow")
      }
      var place = places.pointer(to: Place.self) + index * presentCount
      // Those with one number of each tensor come behind the others, a cache line for each, and a matrix method's last.
      var (next, line) = (bytes, end - lines)
      bytes = end
      var isStored = false
      for buffer in 0..<UInt32.bitWidth where present >> UInt32(buffer) & 1 != 0 {
        let layout = layouts[buffer]
        let own =
          layout == .byMatrixMethod
          ? layouts.shape(buffer, of: shape, options!) : layouts.shape(buffer, of: shape)
        var offset = -1
        switch layout {
        case .eachElement:
          offset = next
          next += layouts.size(buffer, of: shape) + padding.between
        case .eachTensor:
          offset = line
          line += Self.line
        case .byMatrixMethod:
          if let own {
            offset = bytes
            bytes = try Self.end(of: own, from: bytes, tensor: index)
          }
        }
        let isOfElements = layout == .eachElement || layout == .byMatrixMethod && own?.count == shape.count
        let ownShape = own ?? Shape(checkedRows: 0, columns: 0, type: shape.type.arithmetic)
        isStored = isStored || isOfElements && ownShape.type != shape.type.arithmetic
        place.initialize(
          to: Place(
            offset: offset, shape: ownShape, isOfElements: isOfElements, elementSize: ownShape.type.size))
        place += 1
      }
      (records.pointer(to: Record.self) + index).initialize(
        to: Record(
          shape: shape, elements: shape.count, elementsBefore: elementsBefore, bytes: shape.bytes, isStored: isStored))
    }
    let buffers = try Memory(bytes: bytes, purpose: "optimizer state")
    self.buffers = buffers
    self.places = places
    self.records = records
    self.count = count
    (self.present, self.presentCount) = (present, presentCount)
  }

  /// Where the next buffer may begin.
  private static func end(of shape: Shape, from begin: Int, tensor: Int) throws(Failure) -> Int {
    let (numbers, overflow) = shape.rows.multipliedReportingOverflow(by: shape.columns)
    let (bytes, overflowsToo) = numbers.multipliedReportingOverflow(by: shape.type.size)
    let (end, isTooLarge) = begin.addingReportingOverflow(bytes)
    if overflow || overflowsToo || isTooLarge || end > .max - 63 {
      throw Failure(.outOfMemory, "tensor \(tensor): the bytes of its state overflow")
    }
    return (end + 63) & ~63
  }

  /// The bytes of a cache line.
  private static var line: Int { 64 }

  /// Zeroed buffers for the same tensors; a bit for each.
  func makeRoom(buffers: UInt32, _ layouts: StateLayouts = StateLayouts()) throws(Failure) -> OptimizerState {
    try OptimizerState(count: count, present: buffers, layouts: layouts) { shape($0) }
  }

  var base: UnsafeMutableRawPointer { buffers.base }

  func shape(_ index: Int) -> Shape { self[index].shape }

  func has(_ buffer: Int) -> Bool { present >> UInt32(buffer) & 1 != 0 }

  /// A tensor's buffer number `buffer`; nil if there is none.
  func buffer(_ buffer: Int, tensor index: Int) -> UnsafeMutableRawPointer? {
    guard has(buffer) else { return nil }
    let offset = place(buffer, tensor: index).pointee.offset
    return offset < 0 ? nil : buffers.base + offset
  }

  private func place(_ buffer: Int, tensor index: Int) -> UnsafePointer<Place> {
    firstPlace(tensor: index) + (present & (1 << UInt32(buffer) - 1)).nonzeroBitCount
  }

  @inline(__always)
  private func firstPlace(tensor index: Int) -> UnsafePointer<Place> {
    UnsafePointer(places.pointer(to: Place.self) + index &* presentCount)
  }

  /// The shape of a tensor's buffer; without columns if it has none.
  func shape(_ index: Int, buffer: Int) -> Shape { place(buffer, tensor: index).pointee.shape }

  /// The bytes of a tensor's values and all of its buffers.
  func bytes(ofTensor index: Int) -> Int {
    var total = shape(index).bytes
    for buffer in 0..<UInt32.bitWidth where has(buffer) { total += shape(index, buffer: buffer).bytes }
    return total
  }

  /// Says where a tensor's first `count` buffers are, from one element of each on; nil for one that it does not have or that
  /// has not a number of each element, and for those that rest.
  @inline(__always)
  func locate(_ update: UnsafeMutablePointer<kernel_update>, count: Int, tensor index: Int, from begin: Int) {
    let addresses = kernel_update_states(update)
    var (present, resting) = (present, update.pointee.resting_states)
    var next = present == 0 ? nil : firstPlace(tensor: index)
    for buffer in 0..<count {
      addresses[buffer] = nil
      if present & 1 != 0 {
        let place = next.unsafelyUnwrapped
        next = place + 1
        if place.pointee.isOfElements && resting & 1 == 0 {
          addresses[buffer] = buffers.base + (place.pointee.offset &+ begin &* place.pointee.elementSize)
        }
      }
      (present, resting) = (present >> 1, resting >> 1)
    }
  }

  /// Says in which types the buffers are stored that have been located, and where codes have their scales.
  @inline(never)
  func describe(_ update: UnsafeMutablePointer<kernel_update>, count: Int, tensor index: Int, from begin: Int) {
    for buffer in 0..<count {
      let own = has(buffer) ? shape(index, buffer: buffer).type : self[index].shape.type.arithmetic
      update.pointee.setStorage(of: buffer, own)
      if own.isQuantized && kernel_update_state(update, buffer) != nil {
        let base = self.buffer(buffer, tensor: index)!
        let scales = own.scalesOffset(shape(index, buffer: buffer).count) + begin / 256 * 4
        update.pointee.setScales(buffer, base + scales)
      }
    }
  }

  subscript(index: Int) -> Record { records.pointer(to: Record.self)[index] }

  /// How many elements all tensors have.
  var elements: Int { count == 0 ? 0 : self[count - 1].elementsBefore + self[count - 1].elements }

  /// The number of an element rounded down so that it is a multiple of 1,024 in its tensor: where pieces may begin.
  func aligned(_ number: Int) -> Int {
    if number >= elements { return elements }
    let begin = self[tensor(withElement: number)].elementsBefore
    return begin + (number - begin) & ~1023
  }

  /// The tensor with the element that has this number among all of them.
  func tensor(withElement number: Int) -> Int {
    var (low, high) = (0, count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if self[middle].elementsBefore <= number { low = middle } else { high = middle }
    }
    return low
  }

  /// How many numbers of all buffers are NaN or infinite.
  func countNotFinite() -> Int {
    var total = 0
    for index in 0..<count {
      for number in 0..<UInt32.bitWidth {
        guard let memory = buffer(number, tensor: index) else { continue }
        let own = shape(index, buffer: number)
        if own.type.isQuantized {
          // As many as a block has.
          let scales = (memory + own.type.scalesOffset(own.count)).assumingMemoryBound(to: Float.self)
          for block in 0..<own.type.scaleCount(own.count) where !scales[block].isFinite {
            total += min(256, own.count - 256 * block)
          }
          continue
        }
        let (shape, numbers) = (shape(index, buffer: number), UnsafeRawPointer(memory))
        var place = 0
        while true {
          let rest = shape.count - place
          let next = kernel_first_not_finite(kernels, numbers + place * shape.type.size, shape.type.rawValue, rest)
          if next == rest { break }
          total += 1
          place += next + 1
        }
      }
    }
    return total
  }

  /// The first number of a tensor's buffer that is NaN or infinite.
  func firstNotFinite(_ buffer: Int, tensor index: Int) -> NotFinite? {
    guard let memory = self.buffer(buffer, tensor: index) else { return nil }
    let shape = shape(index, buffer: buffer)
    let first = kernel_first_not_finite(kernels, memory, shape.type.rawValue, shape.count)
    if first == shape.count { return nil }
    return NotFinite(
      tensor: index, buffer: buffer, index: first,
      value: kernel_number_at(kernels, memory, shape.type.rawValue, first))
  }

  /// Whether a step's tensors are certainly those of the first step: it may be false for what is right.
  func suits(_ tensors: TensorList, _ groups: borrowing OptionGroups) -> Bool {
    guard count > 0 && count == tensors.count else { return false }
    for index in 0..<count {
      let (record, group) = (records.pointer(to: Record.self) + index, tensors.group(index))
      guard tensors.has(record.pointee.shape, bytes: record.pointee.bytes, at: index),
        group == 0 || groups.index(of: group) != nil
      else { return false }
    }
    return true
  }

  /// Throws unless a later step has as many tensors; or more, if it may.
  func check(count: Int, mayBeMore: Bool = false) throws(Failure) {
    if self.count > 0 && self.count != count && !(mayBeMore && count > self.count) {
      throw Failure(.shapeMismatch, "count: \(count) tensors, but the first step had \(self.count)")
    }
  }

  /// Throws unless a later step's tensor has the same shape.
  func check(_ shape: Shape, _ index: Int) throws(Failure) {
    if index < count && shape != self.shape(index) {
      throw Failure(
        .shapeMismatch,
        "tensor \(index): \(shape.description), but the first step had \(self.shape(index).description)")
    }
  }

  private func fill(_ buffer: Int, of index: Int, with value: Double) {
    let (base, shape) = (self.buffer(buffer, tensor: index)!, shape(index, buffer: buffer))
    if shape.type.isDouble {
      return base.assumingMemoryBound(to: Double.self).update(repeating: value, count: shape.count)
    }
    var room = InlineArray<256, Float>(repeating: Float(value))
    withUnsafeMutableBytes(of: &room) { room in
      let floats = room.baseAddress!.assumingMemoryBound(to: Float.self)
      for first in stride(from: 0, to: shape.count, by: 256) {
        let scales = shape.type.isQuantized ? base + shape.type.scalesOffset(shape.count) + first / 64 : nil
        kernel_narrow_any(
          kernels, base + first * shape.type.size, scales?.assumingMemoryBound(to: Float.self), floats,
          shape.type.rawValue, min(256, shape.count - first))
      }
    }
  }

  // MARK: Padding

  // Streams that are equally far into a page get into each other's way in the first cache: a step takes up to 1.6 times as
  // long. A caller's large arrays mostly begin where a page does, and so does a large block. So large buffers are kept
  // apart from these places and from each other, until that has cost some memory: an optimizer promises to take little
  // beside its state.
  private static let leastPadded = 1 << 16
  private static let mostPadding = 16_000

  /// The least padding before the first of a tensor's buffers and after each of them.
  private static func padding(_ size: Int, at offset: Int, count: Int, spent: Int) -> (before: Int, between: Int) {
    // Beyond some gigabytes it is memory that a step waits for.
    let greatest = 1 << min(32, Int.bitWidth - 2)
    guard size >= leastPadded && spent <= mostPadding && (size | offset) < greatest else { return (0, 0) }
    for lines in 0..<64 * 64 {
      let padding = (before: lines % 64 * 64, between: lines / 64 * 64)
      if areApart(first: offset + padding.before, pitch: size + padding.between, count: count) { return padding }
    }
    return (0, 0)
  }

  private static func areApart(first: Int, pitch: Int, count: Int) -> Bool {
    for index in 0..<count {
      // The block begins a cache line after a page.
      guard isInPage(64 + first &+ index &* pitch) && (index == 0 || isInPage(index &* pitch)) else { return false }
    }
    return true
  }

  /// Whether a place is far enough from all beginnings of pages.
  private static func isInPage(_ place: Int) -> Bool { (576...3520).contains(place & 4095) }
}
