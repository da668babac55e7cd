/// `out = a x + b y`, added to what is there if that is wanted.
func combineVectors(
  _ out: UnsafeMutablePointer<Double>, _ a: Double, _ x: UnsafePointer<Double>, _ b: Double, _ y: UnsafePointer<Double>,
  _ count: Int, _ adds: Bool
) {
  var index = 0
  while index + Lanes.scalarCount <= count {
    let target = UnsafeMutableRawPointer(out + index)
    var sum =
      a * load(UnsafeRawPointer(x + index), as: Lanes.self) + b * load(UnsafeRawPointer(y + index), as: Lanes.self)
    if adds { sum = load(UnsafeRawPointer(target), as: Lanes.self) + sum }
    store(sum, to: target)
    index += Lanes.scalarCount
  }
  while index < count {
    let sum = a * x[index] + b * y[index]
    out[index] = adds ? out[index] + sum : sum
    index += 1
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
