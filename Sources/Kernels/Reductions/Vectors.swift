import CDescentKernels

/// `out = a x + b y` of floats or doubles, in double, added to what is there if that is wanted.
func combineVectors(
  _ out: UnsafeMutableRawPointer, _ a: Double, _ x: UnsafeRawPointer, _ b: Double, _ y: UnsafeRawPointer,
  _ isDouble: Bool, _ count: Int, _ adds: Bool
) {
  let target = LaneRow(out, count: count, isDouble: isDouble)
  let (first, second) = (
    LaneRow(x, count: count, isDouble: isDouble), LaneRow(y, count: count, isDouble: isDouble)
  )
  var index = 0
  while index < count {
    var sum = a * first.read(at: index, fill: 0) + b * second.read(at: index, fill: 0)
    if adds { sum = target.read(at: index, fill: 0) + sum }
    target.write(sum, at: index)
    index += Lanes.scalarCount
  }
}

/// Adds the products of each pair's `s` and `y` with `a`, and with `b` if there is one, to eight lanes each: number i to
/// lane i % 8.
func addPairProducts(
  _ lanes: UnsafeMutablePointer<Double>, _ pairs: kernel_pairs, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>?,
  _ count: Int, _ begins: Bool
) {
  addPairProducts(lanes, pairs, with: a, count, begins)
  if let b { addPairProducts(lanes + 2 * Lanes.scalarCount, pairs, with: b, count, begins) }
}

@inline(never)
private func addPairProducts(
  _ lanes: UnsafeMutablePointer<Double>, _ pairs: kernel_pairs, with other: UnsafePointer<Double>, _ count: Int,
  _ begins: Bool
) {
  let others = LaneRow(UnsafeRawPointer(other), count: count, isDouble: true)
  let whole = count & ~(Lanes.scalarCount - 1)
  let rest = whole < count ? others.read(at: whole, fill: 0) : Lanes()
  var (target, s) = (UnsafeMutableRawPointer(lanes), UnsafeRawPointer(pairs.s))
  let (pitch, width) = (pairs.pitch * MemoryLayout<Double>.stride, MemoryLayout<Lanes>.stride)
  for _ in 0..<pairs.count {
    var (ofS, ofY) = (Lanes(), Lanes())
    if !begins { (ofS, ofY) = (load(target, as: Lanes.self), load(target + width, as: Lanes.self)) }
    var offset = 0
    while offset < whole * MemoryLayout<Double>.stride {
      let x = load(UnsafeRawPointer(other) + offset, as: Lanes.self)
      ofS = ofS + load(s + offset, as: Lanes.self) * x
      ofY = ofY + load(s + pitch + offset, as: Lanes.self) * x
      offset += width
    }
    if whole < count {
      ofS = ofS + load(s + offset, as: Lanes.self) * rest
      ofY = ofY + load(s + pitch + offset, as: Lanes.self) * rest
    }
    store(ofS, to: target)
    store(ofY, to: target + width)
    target += 4 * width
    s += 2 * pitch
  }
}

/// `out += Σ a s + b y` over pairs, each with its own factors.
func addPairs(
  _ out: UnsafeMutablePointer<Double>, _ pairs: kernel_pairs, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>,
  _ count: Int
) {
  let target = LaneRow(UnsafeMutableRawPointer(out), count: count, isDouble: true)
  var index = 0
  while index < count {
    var total = target.read(at: index, fill: 0)
    var s = pairs.s + index
    for pair in 0..<pairs.count {
      let y = s + pairs.pitch
      total =
        total
        + (a[pair] * load(UnsafeRawPointer(s), as: Lanes.self) + b[pair] * load(UnsafeRawPointer(y), as: Lanes.self))
      s += 2 * pairs.pitch
    }
    target.write(total, at: index)
    index += Lanes.scalarCount
  }
}
