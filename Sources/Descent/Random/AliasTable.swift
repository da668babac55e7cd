/// Draws numbers with given weights in constant time (Walker, "An efficient method for generating discrete random
/// variables with general distributions", 1977). There is a column for each number, all of the same capacity, and the
/// masses of the numbers are cut up so that each column holds a piece of its own number and one of at most one other, its
/// alias. A draw picks a column and a height in it.
///
/// The columns are filled by a sweep from left to right (Hübschle-Schneider and Sanders, "Parallel weighted random
/// sampling", 2022), in integers, so that no rounding adds up: the masses are the weights as multiples of about 2⁻⁶² of
/// their sum, as fine as the 64 bits of a draw, and the heaviest one takes up the last bits that rounding leaves over. A
/// weight of 0 has mass 0, and is never an alias, since only a number with more mass than a column holds can be one.
struct AliasTable: ~Copyable {
  struct Column: BitwiseCopyable {
    /// At first the number's whole mass, in the end what its own column has of it.
    var mass: Int64
    /// Whose mass lies above; -1 before the column has been filled.
    var alias: Int32
  }

  let count: Int
  /// A column's capacity is 2 to the power of this.
  private let capacityBits: Int
  private let memory: Memory

  /// No weights.
  init() {
    (count, capacityBits) = (0, 0)
    memory = Memory()
  }

  init(weights: UnsafePointer<Double>, count: Int) throws(Failure) {
    try Self.check(count)
    let heaviest = try checkedHeaviest(weights, count)
    try self.init(count: count)
    measure(weights, heaviest: heaviest)
    fill()
  }

  /// With columns that are still to be filled.
  init(count: Int) throws(Failure) {
    try Self.check(count)
    memory = try Memory(of: Column.self, count: count, purpose: "the table of the weights")
    capacityBits = UInt64(count).leadingZeroBitCount - 2
    self.count = count
  }

  private static func check(_ count: Int) throws(Failure) {
    guard count <= Int(Int32.max) else {
      throw Failure(.unsupported, "sampling: weighted sampling takes at most \(Int32.max) samples")
    }
  }

  /// The number that 64 random bits draw: those times `count` have the column above the point and the height below it.
  func draw(_ bits: UInt64) -> Int {
    let product = bits.multipliedFullWidth(by: UInt64(count))
    let column = columns[Int(product.high)]
    return Int64(product.low >> UInt64(64 - capacityBits)) < column.mass ? Int(product.high) : Int(column.alias)
  }

  var columns: UnsafeMutablePointer<Column> { memory.pointer(to: Column.self) }
  var capacity: Int64 { 1 << Int64(capacityBits) }

  /// Turns the weights into masses whose sum is exactly that of the capacities. Relative to the heaviest, no sum of weights
  /// overflows.
  private func measure(_ weights: UnsafePointer<Double>, heaviest: Int) {
    var (sum, lost) = (0.0, 0.0)
    for index in 0..<count {
      // Neumaier's summation: the error does not grow with the count.
      let weight = weights[index] / weights[heaviest]
      let next = sum + weight
      lost += sum >= weight ? (sum - next) + weight : (weight - next) + sum
      sum = next
    }
    sum += lost
    let total = Int64(count) << Int64(capacityBits)
    var (given, carried) = (Int64(0), 0.0)
    for index in 0..<count {
      (columns + index).initialize(to: Column(mass: 0, alias: -1))
      guard weights[index] > 0 else { continue }
      // What rounding takes from one goes to the next, so that of many samples too little is left over.
      let exact = weights[index] / weights[heaviest] / sum * Double(total) + carried
      columns[index].mass = Int64(exact + 0.5)
      carried = exact - Double(columns[index].mass)
      given += columns[index].mass
    }
    columns[heaviest].mass += total - given
  }

  /// Cuts the masses up. What the columns that have not been filled lack is always as much as the ones to come have too
  /// much, so that neither search runs past the end.
  private func fill() {
    var (heavy, light) = (nextHeavy(from: 0), 0)
    guard heavy < count else { return }
    var mass = columns[heavy].mass
    while true {
      if mass > capacity {
        while columns[light].mass > capacity || columns[light].alias >= 0 { light += 1 }
        columns[light].alias = Int32(truncatingIfNeeded: heavy)
        mass -= capacity - columns[light].mass
      } else {
        let next = nextHeavy(from: heavy + 1)
        columns[heavy].mass = mass
        columns[heavy].alias = Int32(truncatingIfNeeded: next < count ? next : heavy)
        guard next < count else { return }
        mass += columns[next].mass - capacity
        heavy = next
      }
    }
  }

  private func nextHeavy(from start: Int) -> Int {
    var index = start
    while index < count && columns[index].mass <= capacity { index += 1 }
    return index
  }
}

/// The index of the greatest weight.
private func checkedHeaviest(_ weights: UnsafePointer<Double>, _ count: Int) throws(Failure) -> Int {
  var heaviest = 0
  for index in 0..<count {
    guard weights[index] >= 0 && weights[index].isFinite else {
      throw Failure(.invalidArgument, "weights[\(index)]: \(weights[index]) is outside [0, inf)")
    }
    if weights[index] > weights[heaviest] { heaviest = index }
  }
  if weights[heaviest] == 0 { throw Failure(.invalidArgument, "weights: all \(count) are 0") }
  return heaviest
}
