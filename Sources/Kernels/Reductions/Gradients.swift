import CDescentKernels

/// Adds the squares of numbers, each first limited to `[-clip, clip]`, to eight lanes: number `i` goes to lane
/// `(phase + i) % 8`. So a sum over several arrays does not depend on where one ends and the next begins.
func addSquares(
  _ lanes: UnsafeMutablePointer<Double>, _ values: UnsafeRawPointer, _ isDouble: Bool, _ count: Int, _ phase: Int,
  _ clip: Double
) {
  let row = LaneRow(values, count: count, isDouble: isDouble)
  let bound = Lanes(repeating: clip)
  var index = 0
  while index < count && (phase + index) % Lanes.scalarCount != 0 {
    addSquare(row[index], to: lanes, phase + index, bound)
    index += 1
  }
  var total = load(UnsafeRawPointer(lanes), as: Lanes.self)
  while index + Lanes.scalarCount <= count {
    let x = limited(row.read(at: index, fill: 0), to: bound)
    total = total + x * x
    index += Lanes.scalarCount
  }
  store(total, to: UnsafeMutableRawPointer(lanes))
  while index < count {
    addSquare(row[index], to: lanes, phase + index, bound)
    index += 1
  }
}

private func addSquare(
  _ value: Double, to lanes: UnsafeMutablePointer<Double>, _ position: Int, _ bound: Lanes
) {
  let x = limited(Lanes(repeating: value), to: bound)[0]
  lanes[position % Lanes.scalarCount] += x * x
}

/// Adds products of numbers to eight lanes, number `i` to lane `i % 8`; magnitudes of `a` where there is no `b`.
func addProducts(
  _ lanes: UnsafeMutablePointer<Double>, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer?, _ isDouble: Bool, _ count: Int
) {
  let (first, second) = (
    LaneRow(a, count: count, isDouble: isDouble), b.map { LaneRow($0, count: count, isDouble: isDouble) }
  )
  var total = load(UnsafeRawPointer(lanes), as: Lanes.self)
  var index = 0
  while index + Lanes.scalarCount <= count {
    let x = first.read(at: index, fill: 0)
    total = total + (second.map { x * $0.read(at: index, fill: 0) } ?? magnitude(x))
    index += Lanes.scalarCount
  }
  store(total, to: UnsafeMutableRawPointer(lanes))
  while index < count {
    let x = first[index]
    lanes[index % Lanes.scalarCount] += second.map { x * $0[index] } ?? x.magnitude
    index += 1
  }
}

/// The index of the first NaN or infinity; `count` if there is none.
func firstNotFinite(_ values: UnsafeRawPointer, _ isDouble: Bool, _ count: Int) -> Int {
  isDouble ? firstNotFinite(DoubleVector.self, values, count) : firstNotFinite(FloatVector.self, values, count)
}

@inline(__always)
private func firstNotFinite<V: KernelVector>(_: V.Type, _ values: UnsafeRawPointer, _ count: Int) -> Int {
  var first = 0
  while first < count {
    let last = min(first + 1024, count)
    if !areFinite(V.self, values, first, last) {
      while isFinite(V.self, values, first) { first += 1 }
      return first
    }
    first = last
  }
  return count
}

/// Whether the numbers from `first` to `last` (not included) are finite: x - x is 0 for a finite number and NaN for every
/// other. Four sums, so that none has to wait for the one before.
@inline(__always)
private func areFinite<V: KernelVector>(_: V.Type, _ values: UnsafeRawPointer, _ first: Int, _ last: Int) -> Bool {
  let (width, size) = (V.scalarCount, MemoryLayout<V.Scalar>.stride)
  var (a, b, c, d) = (V(), V(), V(), V())
  @inline(__always)
  func difference(_ index: Int) -> V {
    let x = load(values + index * size, as: V.self)
    return x - x
  }
  var index = first
  while index + 4 * width <= last {
    a = a + difference(index)
    b = b + difference(index + width)
    c = c + difference(index + 2 * width)
    d = d + difference(index + 3 * width)
    index += 4 * width
  }
  while index + width <= last {
    a = a + difference(index)
    index += width
  }
  a = (a + b) + (c + d)
  var lane = 0
  while lane < width {
    if a[lane] != 0 { return false }
    lane += 1
  }
  while index < last {
    if !isFinite(V.self, values, index) { return false }
    index += 1
  }
  return true
}

@inline(__always)
private func isFinite<V: KernelVector>(_: V.Type, _ values: UnsafeRawPointer, _ index: Int) -> Bool {
  let x = load(values + index * MemoryLayout<V.Scalar>.stride, as: V.Scalar.self)
  return x - x == 0
}

/// What a step did; its update is compared with the one before, and takes its place.
func measure(_ measurement: UnsafeMutablePointer<kernel_measurement>) {
  let request = measurement.pointee
  let size = request.is_double ? MemoryLayout<Double>.stride : MemoryLayout<Float>.stride
  let whole = request.count & ~(Lanes.scalarCount - 1)
  let rest = request.count - whole
  var sums = StepSums()
  sums.add(
    request.values, request.gradient, request.before, request.last_update, request.is_double, whole,
    gradientSum: request.gradient_sum, kept: request.kept_values)
  if rest > 0 {
    // Behind the end are zeros, which are taken back below where they count.
    var room = (Lanes(), Lanes(), Lanes(), Lanes())
    withUnsafeMutableBytes(of: &room) { room in
      let base = room.baseAddress.unsafelyUnwrapped
      let (offset, bytes, pitch) = (whole * size, rest * size, MemoryLayout<Lanes>.stride)
      base.copyMemory(from: request.values + offset, byteCount: bytes)
      (base + pitch).copyMemory(from: request.gradient + offset, byteCount: bytes)
      (base + 2 * pitch).copyMemory(from: request.before + offset, byteCount: bytes)
      (base + 3 * pitch).copyMemory(from: request.last_update + offset, byteCount: bytes)
      sums.add(base, base + pitch, base + 2 * pitch, base + 3 * pitch, request.is_double, Lanes.scalarCount)
      (request.last_update + offset).copyMemory(from: base + 3 * pitch, byteCount: bytes)
    }
  }
  let gradientSquares = sum(sums.gradientSquares)
  measurement.pointee.gradient_squares += gradientSquares
  measurement.pointee.update_squares += sum(sums.updateSquares)
  measurement.pointee.last_squares += sum(sums.lastSquares)
  measurement.pointee.product += sum(sums.products)
  measurement.pointee.value_squares += sum(sums.valueSquares)
  measurement.pointee.zeros += Double(sums.zeros.wrappedSum() - Int64(rest > 0 ? Lanes.scalarCount - rest : 0))
  if !gradientSquares.isFinite {
    let gradient = LaneRow(request.gradient, count: request.count, isDouble: request.is_double)
    measurement.pointee.not_finite += countNotFinite(gradient)
  }
}

private func countNotFinite(_ row: LaneRow) -> Double {
  var (index, count) = (0, 0.0)
  while index < row.count {
    if !row[index].isFinite { count += 1 }
    index += 1
  }
  return count
}

/// Sums over the elements of a tensor, in lanes.
private struct StepSums {
  private(set) var gradientSquares = Lanes(), updateSquares = Lanes(), lastSquares = Lanes()
  private(set) var products = Lanes(), valueSquares = Lanes(), zeros = LaneBits()

  /// Adds a number of elements that fills all lanes, and writes the update to `last`.
  @inline(never)
  mutating func add(
    _ values: UnsafeRawPointer, _ gradient: UnsafeRawPointer, _ before: UnsafeRawPointer,
    _ last: UnsafeMutableRawPointer, _ isDouble: Bool, _ count: Int,
    gradientSum: UnsafeMutableRawPointer? = nil, kept: UnsafeMutableRawPointer? = nil
  ) {
    let size = isDouble ? MemoryLayout<Double>.stride : MemoryLayout<Float>.stride
    var sums = self
    var offset = 0
    while offset < count * size {
      let (g, w, previous, update): (Lanes, Lanes, Lanes, Lanes)
      if isDouble {
        (g, w) = (load(gradient + offset, as: Lanes.self), load(before + offset, as: Lanes.self))
        previous = load(last + offset, as: Lanes.self)
        update = load(values + offset, as: Lanes.self) - w
        store(update, to: last + offset)
      } else {
        let new = load(values + offset, as: SIMD8<Float>.self)
        let slope = load(gradient + offset, as: SIMD8<Float>.self)
        let old = load(before + offset, as: SIMD8<Float>.self)
        (g, w, previous) = (widen(slope), widen(old), widen(load(last + offset, as: SIMD8<Float>.self)))
        store(new - old, to: last + offset)
        update = widen(new - old)
        if let gradientSum {
          store(load(gradientSum + offset, as: SIMD8<Float>.self) + slope, to: gradientSum + offset)
        }
        if let kept { store(new, to: kept + offset) }
      }
      sums.gradientSquares = sums.gradientSquares + g * g
      sums.zeros = sums.zeros &+ LaneBits().replacing(with: 1, where: g .== 0)
      sums.valueSquares = sums.valueSquares + w * w
      sums.updateSquares = sums.updateSquares + update * update
      sums.lastSquares = sums.lastSquares + previous * previous
      sums.products = sums.products + update * previous
      offset += Lanes.scalarCount * size
    }
    self = sums
  }
}
