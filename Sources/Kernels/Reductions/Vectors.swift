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
