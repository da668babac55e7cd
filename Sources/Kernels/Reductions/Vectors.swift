/// `out = a x + b y` of floats or doubles, in double, added to what is there if that is wanted.
func combineVectors(
  _ out: UnsafeMutableRawPointer, _ a: Double, _ x: UnsafeRawPointer, _ b: Double, _ y: UnsafeRawPointer,
  _ isDouble: Bool, _ count: Int, _ adds: Bool
) {
  let target = LaneRow(out, count: count, isDouble: isDouble)
  let (first, second) = (
    LaneRow(x, count: count, isDouble: isDouble), LaneRow(y, count: count, isDouble: isDouble)
  )
  for index in stride(from: 0, to: count, by: Lanes.scalarCount) {
    var sum = a * first.read(at: index, fill: 0) + b * second.read(at: index, fill: 0)
    if adds { sum = target.read(at: index, fill: 0) + sum }
    target.write(sum, at: index)
  }
}

/// Adds the products of `s` and `y` with `a`, and with `b` if there is one, to eight lanes each: number i to lane i % 8.
func addPairProducts(
  _ lanes: UnsafeMutablePointer<Double>, _ s: UnsafePointer<Double>, _ y: UnsafePointer<Double>,
  _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>?, _ count: Int, _ begins: Bool
) {
  addProducts(lanes, s, y, with: a, count, begins)
  if let b { addProducts(lanes + 2 * Lanes.scalarCount, s, y, with: b, count, begins) }
}

@inline(__always)
private func addProducts(
  _ lanes: UnsafeMutablePointer<Double>, _ s: UnsafePointer<Double>, _ y: UnsafePointer<Double>,
  with other: UnsafePointer<Double>, _ count: Int, _ begins: Bool
) {
  let (first, second) = (UnsafeMutableRawPointer(lanes), UnsafeMutableRawPointer(lanes + Lanes.scalarCount))
  var (ofS, ofY) = (Lanes(), Lanes())
  if !begins {
    (ofS, ofY) = (load(UnsafeRawPointer(first), as: Lanes.self), load(UnsafeRawPointer(second), as: Lanes.self))
  }
  var index = 0
  while index + Lanes.scalarCount <= count {
    let x = load(UnsafeRawPointer(other + index), as: Lanes.self)
    ofS = ofS + load(UnsafeRawPointer(s + index), as: Lanes.self) * x
    ofY = ofY + load(UnsafeRawPointer(y + index), as: Lanes.self) * x
    index += Lanes.scalarCount
  }
  store(ofS, to: first)
  store(ofY, to: second)
  while index < count {
    let lane = index % Lanes.scalarCount
    lanes[lane] += s[index] * other[index]
    lanes[Lanes.scalarCount + lane] += y[index] * other[index]
    index += 1
  }
}
