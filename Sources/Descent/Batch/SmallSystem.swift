/// A square system of linear equations, solved by elimination with pivots.
struct SmallSystem: ~Copyable {
  private let memory: Memory
  private let pivots: Memory
  private var size = 0

  init(capacity: Int) throws(Failure) {
    guard let count = byteCount(capacity, capacity) else {
      throw Failure(.outOfMemory, "no memory for a small matrix: the byte count overflows")
    }
    let memory = try Memory(of: Double.self, count: count, purpose: "a small matrix")
    pivots = try Memory(of: Int.self, count: capacity, purpose: "a small matrix")
    self.memory = memory
  }

  private var numbers: Vector { memory.pointer(to: Double.self) }
  private var rows: UnsafeMutablePointer<Int> { pivots.pointer(to: Int.self) }

  /// All elements are to be written then.
  mutating func begin(_ size: Int) { self.size = size }

  subscript(row: Int, column: Int) -> Double {
    get { numbers[row * size + column] }
    nonmutating set { numbers[row * size + column] = newValue }
  }

  /// Replaces the matrix by its factors; false if it is singular.
  mutating func factor(_ size: Int) -> Bool {
    for column in 0..<size {
      var pivot = column
      for row in column..<size where self[row, column].magnitude > self[pivot, column].magnitude { pivot = row }
      rows[column] = pivot
      let top = self[pivot, column]
      guard top != 0 && top.isFinite else { return false }
      if pivot != column {
        for index in 0..<size {
          (self[pivot, index], self[column, index]) = (self[column, index], self[pivot, index])
        }
      }
      for row in column + 1..<max(size, column + 1) {
        let factor = self[row, column] / top
        self[row, column] = factor
        if factor == 0 { continue }
        for index in column + 1..<size { self[row, index] -= factor * self[column, index] }
      }
    }
    return true
  }

  /// Solves for a right side; after `factor`.
  func solve(_ given: Vector, into out: Vector) {
    for row in 0..<size { out[row] = given[row] }
    for row in 0..<size {
      let pivot = rows[row]
      if pivot != row { (out[pivot], out[row]) = (out[row], out[pivot]) }
    }
    for row in 0..<size { for column in 0..<row { out[row] -= self[row, column] * out[column] } }
    for row in stride(from: size - 1, through: 0, by: -1) {
      for column in row + 1..<max(size, row + 1) { out[row] -= self[row, column] * out[column] }
      out[row] /= self[row, row]
    }
  }
}

/// The variables by where they meet their bounds, the first one on top.
struct BoundHeap {
  private let order: UnsafeMutablePointer<Int>
  private let keys: Vector
  private var count = 0

  init(order: UnsafeMutablePointer<Int>, keys: Vector) { (self.order, self.keys) = (order, keys) }

  /// Before `arrange`.
  mutating func add(_ index: Int) {
    order[count] = index
    count += 1
  }

  func arrange() { for place in stride(from: count / 2 - 1, through: 0, by: -1) { sink(place) } }

  var first: Int? { count == 0 ? nil : order[0] }

  mutating func removeFirst() {
    count -= 1
    order[0] = order[count]
    sink(0)
  }

  /// Equals go by their number, so that the order is always the same.
  private func isBefore(_ a: Int, _ b: Int) -> Bool { keys[a] < keys[b] || keys[a] == keys[b] && a < b }

  private func sink(_ start: Int) {
    var place = start
    while 2 * place + 1 < count {
      var child = 2 * place + 1
      if child + 1 < count && isBefore(order[child + 1], order[child]) { child += 1 }
      guard isBefore(order[child], order[place]) else { return }
      (order[child], order[place]) = (order[place], order[child])
      place = child
    }
  }
}
