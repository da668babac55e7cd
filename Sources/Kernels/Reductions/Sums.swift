/// `Σ x²` in double, eight partial sums in the elements' order.
func sumOfSquares(_ values: UnsafePointer<Float>, _ count: Int) -> Double {
  let row = LaneRow(UnsafeRawPointer(values), count: count, isDouble: false)
  var total = Lanes()
  var index = 0
  while index < count {
    let x = row.read(at: index, fill: 0)
    total = total + x * x
    index += Lanes.scalarCount
  }
  return sum(total)
}

/// Adds each row of a matrix to `sums`, row by row.
func addColumnSums(_ sums: UnsafeMutablePointer<Double>, _ matrix: UnsafePointer<Float>, _ rows: Int, _ columns: Int) {
  let sumRow = LaneRow(UnsafeMutableRawPointer(sums), count: columns, isDouble: true)
  var index = 0
  while index < columns {
    var total = sumRow.read(at: index, fill: 0)
    var row = 0
    while row < rows {
      total =
        total
        + LaneRow(UnsafeRawPointer(matrix + row * columns), count: columns, isDouble: false).read(at: index, fill: 0)
      row += 1
    }
    sumRow.write(total, at: index)
    index += Lanes.scalarCount
  }
}

/// `values += factor · addend`.
func addScaled(_ values: UnsafeMutablePointer<Float>, _ addend: UnsafePointer<Float>, _ factor: Double, _ count: Int) {
  var index = 0
  // In double and rounded such a sum would be the same.
  while factor == 1 && index + FloatVector.scalarCount <= count {
    let sum =
      load(UnsafeRawPointer(values + index), as: FloatVector.self)
      + load(UnsafeRawPointer(addend + index), as: FloatVector.self)
    store(sum, to: UnsafeMutableRawPointer(values + index))
    index += FloatVector.scalarCount
  }
  while index + Lanes.scalarCount <= count {
    let sum =
      widen(load(UnsafeRawPointer(values + index), as: SIMD8<Float>.self)) + factor
      * widen(load(UnsafeRawPointer(addend + index), as: SIMD8<Float>.self))
    store(narrow(sum), to: UnsafeMutableRawPointer(values + index))
    index += Lanes.scalarCount
  }
  while index < count {
    values[index] = Float(Double(values[index]) + factor * Double(addend[index]))
    index += 1
  }
}
