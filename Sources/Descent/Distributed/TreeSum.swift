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
  /// Floats of more bytes than this are halved.
  private static var mostDoubled: Int { 65536 }
  /// What is halved is exchanged in pieces of this size, to be added while it is in the cache.
  private static var piece: Int { 1 << 19 }

  /// How much of others' numbers is in memory at a time.
  func incomingBytes(_ layout: SumLayout) -> Int {
    if size == 1 { return 0 }
    let halved = halvedCount(layout)
    let rest = layout.bytes - halved * MemoryLayout<Float>.size
    return halved > 0 ? max(rest, Self.piece) : rest
  }

  private func halvedCount(_ layout: SumLayout) -> Int {
    layout.floats * MemoryLayout<Float>.size > Self.mostDoubled ? layout.floats / size * size : 0
  }

  /// The sum over all shards of what `fill` writes for the shards of this process, which it counts from 0.
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
    if size == 1 { return }
    let halved = halvedCount(layout)
    if halved > 0 { try sumByHalves(room.result, count: halved, room.incoming) }
    try sumAsWhole(room.result, layout, from: halved, room.incoming)
  }

  /// The same of a few doubles, without memory of its own.
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

  /// Exchanges all numbers behind the first floats.
  private mutating func sumAsWhole(
    _ base: UnsafeMutableRawPointer, _ layout: SumLayout, from first: Int, _ incoming: UnsafeMutableRawPointer
  ) throws(Failure) {
    let offset = first * MemoryLayout<Float>.size
    var distance = 1
    while distance < size {
      let partner = rank ^ distance
      try swap(with: partner, base + offset, incoming, bytes: layout.bytes - offset)
      let others = incoming - offset
      let (lower, upper) = rank < partner ? (base, others) : (others, base)
      add(lower, upper, into: base, layout, from: first)
      distance *= 2
    }
  }

  private mutating func sumByHalves(
    _ base: UnsafeMutableRawPointer, count: Int, _ incoming: UnsafeMutableRawPointer
  ) throws(Failure) {
    let size = MemoryLayout<Float>.size
    var (first, count, distance) = (0, count, 1)
    while distance < self.size {
      let (partner, half) = (rank ^ distance, count / 2)
      let keepsLower = rank < partner
      let (kept, given) = keepsLower ? (first, first + half) : (first + half, first)
      var done = 0
      while done < half {
        let part = min(half - done, Self.piece / size)
        let mine = base + (kept + done) * size
        try swap(with: partner, base + (given + done) * size, incoming, bytes: part * size)
        addFloats(keepsLower ? mine : incoming, keepsLower ? incoming : mine, into: mine, count: part)
        done += part
      }
      (first, count) = (kept, half)
      distance *= 2
    }
    while distance > 1 {
      distance /= 2
      let partner = rank ^ distance
      let others = rank < partner ? first + count : first - count
      try swap(with: partner, base + first * size, base + others * size, bytes: count * size)
      (first, count) = (min(first, others), 2 * count)
    }
  }
}

/// The sums of the floats from `first` on and of all doubles.
private func add(
  _ lower: UnsafeMutableRawPointer, _ upper: UnsafeMutableRawPointer, into out: UnsafeMutableRawPointer,
  _ layout: SumLayout, from first: Int
) {
  let offset = first * MemoryLayout<Float>.size
  addFloats(lower + offset, upper + offset, into: out + offset, count: layout.floats - first)
  let (a, b) = (lower + layout.tail, upper + layout.tail)
  let sums = (out + layout.tail).assumingMemoryBound(to: Double.self)
  for index in 0..<layout.doubles {
    sums[index] =
      a.assumingMemoryBound(to: Double.self)[index] + b.assumingMemoryBound(to: Double.self)[index]
  }
}

@inline(never)
private func addFloats(
  _ lower: UnsafeMutableRawPointer, _ upper: UnsafeMutableRawPointer, into out: UnsafeMutableRawPointer, count: Int
) {
  // Vectors by hand: these files are compiled for size.
  var offset = 0
  while offset + 64 <= count * MemoryLayout<Float>.size {
    let sum =
      (lower + offset).loadUnaligned(as: SIMD16<Float>.self) + (upper + offset).loadUnaligned(as: SIMD16<Float>.self)
    (out + offset).storeBytes(of: sum, as: SIMD16<Float>.self)
    offset += 64
  }
  while offset < count * MemoryLayout<Float>.size {
    let sum = (lower + offset).loadUnaligned(as: Float.self) + (upper + offset).loadUnaligned(as: Float.self)
    (out + offset).storeBytes(of: sum, as: Float.self)
    offset += MemoryLayout<Float>.size
  }
}
