/// Numbers that are added up together: floats, and behind them doubles.
struct SumLayout: BitwiseCopyable {
  let floats: Int
  let doubles: Int

  /// Where the doubles begin.
  var tail: Int { (floats * MemoryLayout<Float>.size + 7) & ~7 }
  var bytes: Int { tail + doubles * MemoryLayout<Double>.size }
  /// From one buffer to the next.
  fileprivate var stride: Int { (bytes + 63) & ~63 }
}

/// Memory for the sums of a tree over shards.
struct SumRoom: ~Copyable {
  let layout: SumLayout
  /// A buffer for each level of the tree, the first of which is the result's, and one for what others send.
  private let memory: Memory
  private let levels: Int

  /// None.
  init() {
    (layout, levels) = (SumLayout(floats: 0, doubles: 0), 0)
    memory = Memory()
  }

  @inline(never)
  init(_ peers: Peers, floats: Int, doubles: Int) throws(Failure) {
    let layout = SumLayout(floats: floats, doubles: doubles)
    let levels = (peers.shards / peers.size).trailingZeroBitCount + 1
    let buffers = boundedProduct(levels, layout.stride)
    let (bytes, overflow) = buffers.addingReportingOverflow(peers.incomingBytes(layout))
    guard !overflow else {
      throw Failure(.outOfMemory, "no memory for the sums over the shards: the byte count overflows")
    }
    memory = try Memory(bytes: bytes, purpose: "the sums over the shards")
    self.layout = layout
    self.levels = levels
  }

  func level(_ depth: Int) -> UnsafeMutableRawPointer { memory.base + depth * layout.stride }
  var incoming: UnsafeMutableRawPointer { level(levels) }

  var result: UnsafeMutableRawPointer { level(0) }
  var floats: UnsafeMutablePointer<Float> { result.assumingMemoryBound(to: Float.self) }
  var doubles: UnsafeMutablePointer<Double> { (result + layout.tail).assumingMemoryBound(to: Double.self) }
}

// The sum over all shards is that of a binary tree: neighbours are added, then neighbouring pairs, and so on. Shards of one
// process are a subtree. The upper levels are made by exchanges between processes 1, 2, 4, ... ranks apart: of small sums
// as a whole (recursive doubling), of large ones half by half, each process continuing with one half, and back
// (Rabenseifner, "Optimization of collective reduction operations", 2004). Every number goes through the same tree in
// both, and in one process; what has the lower rank is the first operand.
extension Peers {
  /// Numbers of more bytes than this are halved.
  private static var mostDoubled: Int { 32768 }
  /// What is halved is exchanged in pieces of this size, to be added while it is in the cache.
  private static var piece: Int { 1 << 19 }

  /// How much of others' numbers is in memory at a time.
  func incomingBytes(_ layout: SumLayout) -> Int {
    if size == 1 { return 0 }
    let halved = halvedBytes(layout)
    let rest = layout.bytes - halved
    return max(rest, min(halved / 2, Self.piece))
  }

  /// How much of the numbers is halved, from the first on: floats, or doubles where there are no floats.
  private func halvedBytes(_ layout: SumLayout) -> Int {
    let (count, size) = layout.floats > 0 ? (layout.floats, 4) : (layout.doubles, 8)
    return boundedProduct(count, size) > Self.mostDoubled ? count / self.size * self.size * size : 0
  }

  /// Adds up the numbers of all processes, each of which has its own at `base`, where the sum goes.
  mutating func sum(
    at base: UnsafeMutableRawPointer, _ layout: SumLayout, _ incoming: UnsafeMutableRawPointer
  ) throws(Failure) {
    let halved = halvedBytes(layout)
    if halved > 0 { try sumByHalves(base, bytes: halved, isDouble: layout.floats == 0, incoming) }
    if halved < layout.bytes { try sumAsWhole(base, layout, from: halved, incoming) }
  }

  /// The sum over all shards of what `fill` writes for the shards of this process, which it counts from 0.
  @inline(never)
  mutating func sum(
    in room: borrowing SumRoom, _ fill: (Int, UnsafeMutableRawPointer) -> Void
  ) throws(Failure) {
    let layout = room.layout
    var depth = 0
    for shard in 0..<own.count {
      fill(shard, room.level(depth))
      var done = shard + 1
      while done & 1 == 0 {
        add(room.level(depth - 1), room.level(depth), into: room.level(depth - 1), layout, from: 0)
        depth -= 1
        done >>= 1
      }
      depth += 1
    }
    if size > 1 { try sum(at: room.result, layout, room.incoming) }
  }

  /// The same of a few doubles, without memory of its own.
  @inline(never)
  mutating func sum(
    _ numbers: inout InlineArray<8, Double>, _ fill: (Int, UnsafeMutablePointer<Double>) -> Void
  ) throws(Failure) {
    var stack = InlineArray<17, InlineArray<8, Double>>(repeating: .init(repeating: 0))
    var depth = 0
    for shard in 0..<own.count {
      stack[depth] = .init(repeating: 0)
      withUnsafeMutableBytes(of: &stack[depth]) { fill(shard, $0.baseAddress!.assumingMemoryBound(to: Double.self)) }
      var done = shard + 1
      while done & 1 == 0 {
        for index in 0..<8 { stack[depth - 1][index] += stack[depth][index] }
        depth -= 1
        done >>= 1
      }
      depth += 1
    }
    var (result, incoming) = (stack[0], stack[0])
    let layout = SumLayout(floats: 0, doubles: 8)
    try withUnsafeMutableBytes(of: &result) { (result) throws(Failure) in
      try withUnsafeMutableBytes(of: &incoming) { (incoming) throws(Failure) in
        try sumAsWhole(result.baseAddress!, layout, from: 0, incoming.baseAddress!)
      }
    }
    numbers = result
  }

  /// Exchanges all numbers behind the first bytes.
  private mutating func sumAsWhole(
    _ base: UnsafeMutableRawPointer, _ layout: SumLayout, from offset: Int, _ incoming: UnsafeMutableRawPointer
  ) throws(Failure) {
    var distance = 1
    while distance < size {
      let partner = rank ^ distance
      try swap(with: partner, base + offset, incoming, bytes: layout.bytes - offset)
      let others = incoming - offset
      let (lower, upper) = rank < partner ? (base, others) : (others, base)
      add(lower, upper, into: base, layout, from: offset)
      distance *= 2
    }
  }

  private mutating func sumByHalves(
    _ base: UnsafeMutableRawPointer, bytes: Int, isDouble: Bool, _ incoming: UnsafeMutableRawPointer
  ) throws(Failure) {
    var (first, bytes, distance) = (0, bytes, 1)
    while distance < size {
      let (partner, half) = (rank ^ distance, bytes / 2)
      let keepsLower = rank < partner
      let (kept, given) = keepsLower ? (first, first + half) : (first + half, first)
      var done = 0
      while done < half {
        let part = min(half - done, Self.piece)
        let mine = base + kept + done
        try swap(with: partner, base + given + done, incoming, bytes: part)
        let (lower, upper) = keepsLower ? (mine, incoming) : (incoming, mine)
        add(lower, upper, into: mine, bytes: part, isDouble: isDouble)
        done += part
      }
      (first, bytes) = (kept, half)
      distance *= 2
    }
    while distance > 1 {
      distance /= 2
      let partner = rank ^ distance
      let others = rank < partner ? first + bytes : first - bytes
      try swap(with: partner, base + first, base + others, bytes: bytes)
      (first, bytes) = (min(first, others), 2 * bytes)
    }
  }

  /// Adds up arrays of all processes, in place.
  public static func sum(
    _ communicator: Communicator, _ values: UnsafeMutableRawPointer, count: Int, isDouble: Bool
  ) throws(Failure) {
    if communicator.size & (communicator.size - 1) != 0 {
      throw Failure(.invalidArgument, "communicator: size: \(communicator.size) is no power of two")
    }
    var peers = Peers(communicator, try Shards(UInt32(clamping: communicator.size), communicator), version: 0)
    let layout = SumLayout(floats: isDouble ? 0 : count, doubles: isDouble ? count : 0)
    let incoming = try Memory(bytes: peers.incomingBytes(layout), purpose: "what other processes send")
    if peers.size > 1 { try peers.sum(at: values, layout, incoming.base) }
  }
}

/// The sums of what lies behind the first bytes.
private func add(
  _ lower: UnsafeMutableRawPointer, _ upper: UnsafeMutableRawPointer, into out: UnsafeMutableRawPointer,
  _ layout: SumLayout, from offset: Int
) {
  let floats = layout.floats * MemoryLayout<Float>.size
  if offset < floats {
    add(lower + offset, upper + offset, into: out + offset, bytes: floats - offset, isDouble: false)
  }
  let tail = max(offset, layout.tail)
  add(lower + tail, upper + tail, into: out + tail, bytes: layout.bytes - tail, isDouble: true)
}

@inline(never)
private func add(
  _ lower: UnsafeMutableRawPointer, _ upper: UnsafeMutableRawPointer, into out: UnsafeMutableRawPointer, bytes: Int,
  isDouble: Bool
) {
  // Vectors by hand: these files are compiled for size.
  var offset = 0
  while offset + 64 <= bytes {
    isDouble
      ? addVectors(SIMD8<Double>.self, lower + offset, upper + offset, out + offset)
      : addVectors(SIMD16<Float>.self, lower + offset, upper + offset, out + offset)
    offset += 64
  }
  while offset < bytes {
    if isDouble {
      let sum = (lower + offset).loadUnaligned(as: Double.self) + (upper + offset).loadUnaligned(as: Double.self)
      (out + offset).storeBytes(of: sum, as: Double.self)
    } else {
      let sum = (lower + offset).loadUnaligned(as: Float.self) + (upper + offset).loadUnaligned(as: Float.self)
      (out + offset).storeBytes(of: sum, as: Float.self)
    }
    offset += isDouble ? 8 : 4
  }
}

@inline(__always)
private func addVectors<V: SIMD & BitwiseCopyable>(
  _: V.Type, _ lower: UnsafeMutableRawPointer, _ upper: UnsafeMutableRawPointer, _ out: UnsafeMutableRawPointer
) where V.Scalar: FloatingPoint {
  out.storeBytes(of: lower.loadUnaligned(as: V.self) + upper.loadUnaligned(as: V.self), as: V.self)
}
