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

/// The index of the first NaN or infinity; `count` if there is none.
func firstNotFinite(_ values: UnsafeRawPointer, _ isDouble: Bool, _ count: Int) -> Int {
  let row = LaneRow(values, count: count, isDouble: isDouble)
  var index = 0
  while index < count {
    // x - x is 0 for a finite number and NaN for every other.
    let x = row.read(at: index, fill: 0)
    if sum(x - x) != 0 {
      while row[index] - row[index] == 0 { index += 1 }
      return index
    }
    index += Lanes.scalarCount
  }
  return count
}

/// What a step did; its update is compared with the one before, and takes its place.
func measure(_ measurement: UnsafeMutablePointer<kernel_measurement>) {
  let (count, isDouble) = (measurement.pointee.count, measurement.pointee.is_double)
  let values = LaneRow(measurement.pointee.values, count: count, isDouble: isDouble)
  let gradient = LaneRow(measurement.pointee.gradient, count: count, isDouble: isDouble)
  let before = LaneRow(measurement.pointee.before, count: count, isDouble: isDouble)
  let last = LaneRow(measurement.pointee.last_update, count: count, isDouble: isDouble)
  var gradientSquares = Lanes(), updateSquares = Lanes(), lastSquares = Lanes()
  var products = Lanes(), valueSquares = Lanes(), zeros = Lanes(), notFinite = Lanes()
  var index = 0
  while index < count {
    let g = gradient.read(at: index, fill: 1)
    let w = before.read(at: index, fill: 0)
    let update = values.read(at: index, fill: 0) - w
    let previous = last.read(at: index, fill: 0)
    let within = laneIndices(from: index) .< LaneBits(repeating: Int64(count))
    gradientSquares = gradientSquares + (g * g).replacing(with: 0, where: .!within)
    zeros = zeros + Lanes().replacing(with: 1, where: (g .== 0) .& within)
    notFinite = notFinite + Lanes().replacing(with: 1, where: (g - g) .!= 0)
    valueSquares = valueSquares + w * w
    updateSquares = updateSquares + update * update
    lastSquares = lastSquares + previous * previous
    products = products + update * previous
    last.write(update, at: index)
    index += Lanes.scalarCount
  }
  measurement.pointee.gradient_squares += sum(gradientSquares)
  measurement.pointee.update_squares += sum(updateSquares)
  measurement.pointee.last_squares += sum(lastSquares)
  measurement.pointee.product += sum(products)
  measurement.pointee.value_squares += sum(valueSquares)
  measurement.pointee.zeros += sum(zeros)
  measurement.pointee.not_finite += sum(notFinite)
}
