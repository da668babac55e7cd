import CDescentKernels
import CPlatform

/// The last changes `s` of the point and `y` of the gradient: what L-BFGS knows of the curvature. Each pair has a slot, which
/// a later pair takes over.
struct Pairs: BitwiseCopyable {
  let elements: Int
  let capacity: Int
  fileprivate(set) var count = 0
  /// The slot of the oldest pair.
  fileprivate var first = 0
  fileprivate let vectors: Vector?
  /// How many numbers there are from one vector to the next.
  fileprivate let pitch: Int

  fileprivate init(elements: Int, capacity: Int, vectors: Vector?, pitch: Int) {
    (self.elements, self.capacity, self.vectors, self.pitch) = (elements, capacity, vectors, pitch)
  }

  /// The slot of a pair by its age, the oldest being 0.
  func slot(_ age: Int) -> Int {
    let slot = first + age
    return slot < capacity ? slot : slot - capacity
  }

  /// Calls `body` with the first age, and the one behind the last, of pairs that lie one behind the other.
  @inline(__always)
  fileprivate func forEachRun(_ body: (Int, Int) -> Void) {
    let unbroken = min(count, capacity - first)
    if unbroken > 0 { body(0, unbroken) }
    if unbroken < count { body(unbroken, count) }
  }

  /// Pairs that lie one behind the other, from the number `begin` of each on.
  fileprivate func kernelPairs(from age: Int, to end: Int, begin: Int) -> kernel_pairs {
    kernel_pairs(s: s(age) + begin, pitch: pitch, count: end - age)
  }

  func s(_ age: Int) -> Vector { vectors! + 2 * slot(age) * pitch }
  func y(_ age: Int) -> Vector { s(age) + pitch }
}

/// The pairs and their inner products.
struct History: ~Copyable {
  private(set) var pairs: Pairs
  private let memory: Memory
  /// `s·y`, `y·y` and `s·s` of each two ages, one matrix after the other.
  private let matrices: Memory
  /// The lanes of sums, for each piece.
  private let sums: Memory

  /// Without room.
  init() {
    memory = Memory()
    matrices = Memory()
    sums = Memory()
    pairs = Pairs(elements: 0, capacity: 0, vectors: nil, pitch: 0)
  }

  init(elements: Int, capacity: Int) throws(Failure) {
    // A cache line more where all vectors would begin at the same place of a page.
    let whole = (elements | 7) + 1
    let pitch = whole % 512 == 0 ? whole + 8 : whole
    guard let numbers = byteCount(pitch, 2 * capacity) else {
      throw Failure(.outOfMemory, "no memory for the history: the byte count overflows")
    }
    let memory = try Memory(of: Double.self, count: numbers, purpose: "the history")
    let matrices = try Memory(of: Double.self, count: 3 * capacity * capacity, purpose: "the history's products")
    let lanes = Pieces(of: elements).count * ProductsJob.lanes(pairs: capacity)
    let sums = try Memory(of: Double.self, count: lanes, purpose: "the history's sums")
    pairs = Pairs(elements: elements, capacity: capacity, vectors: memory.pointer(to: Double.self), pitch: pitch)
    self.memory = memory
    self.matrices = matrices
    self.sums = sums
  }

  var count: Int { pairs.count }
  var capacity: Int { pairs.capacity }

  private func matrix(_ number: Int) -> Vector { matrices.pointer(to: Double.self) + number * capacity * capacity }
  private func place(_ a: Int, _ b: Int) -> Int { a * capacity + b }
  /// Inner products of the pairs of two ages.
  func sy(_ a: Int, _ b: Int) -> Double { matrix(0)[place(a, b)] }
  func yy(_ a: Int, _ b: Int) -> Double { matrix(1)[place(a, b)] }
  func ss(_ a: Int, _ b: Int) -> Double { matrix(2)[place(a, b)] }
  /// The first two as they lie in memory: a row of `capacity` numbers for each age.
  var sy: Vector { matrix(0) }
  var yy: Vector { matrix(1) }

  /// `s·y / y·y` of the last pair: how large the inverse Hessian is.
  var scale: Double { sy(count - 1, count - 1) / yy(count - 1, count - 1) }

  mutating func forget() { (pairs.count, pairs.first) = (0, 0) }

  /// The pairs, from the oldest on.
  func list(_ fields: inout Fields) throws(Failure) {
    let shape = EntryShape.row(.float64, pairs.elements)
    for age in 0..<count {
      try fields.array(named: "history.\(age).s", shape, pairs.s(age))
      try fields.array(named: "history.\(age).y", shape, pairs.y(age))
    }
  }

  /// Copies pairs from a smaller history.
  mutating func takePairs(of other: borrowing History) {
    setCount(other.count)
    for age in 0..<count {
      copy(other.pairs.s(age), to: pairs.s(age), count: pairs.elements)
      copy(other.pairs.y(age), to: pairs.y(age), count: pairs.elements)
    }
    measureAll(inAll: false)
  }

  /// For pairs that are written then; `measureAll` follows.
  mutating func setCount(_ count: Int) { (pairs.count, pairs.first) = (count, 0) }

  /// Takes in a step and the change of the gradient, if the function curves upwards along it. One that does not has cost the
  /// oldest pair its place if all are taken. Returns products with all pairs, unless `inAll` of the new gradient as vector 1.
  @discardableResult
  mutating func add(
    from x: Vector, to point: Vector, gradientBefore: Vector, gradient: Vector, inAll: Bool
  ) -> HistoryProducts? {
    if count == capacity { dropOldest(matrices: inAll ? 3 : 2) }
    let (s, y, n) = (pairs.s(count), pairs.y(count), pairs.elements)
    combine(into: s, 1, point, -1, x, count: n)
    combine(into: y, 1, gradient, -1, gradientBefore, count: n)
    pairs.count += 1
    let products = measure(count - 1, inAll: inAll, besides: gradient)
    let (step, change) = (length(s, count: n), yy(count - 1, count - 1).squareRoot())
    // The cosine between the two: whatever units the variables and the function have. Their squares are needed too.
    guard
      sy(count - 1, count - 1) > Double.ulpOfOne * (step * change) && hasSquare(step) && hasSquare(change)
    else {
      pairs.count -= 1
      return nil
    }
    return products
  }

  /// The rest moves up in the first matrices, those that are in use.
  private mutating func dropOldest(matrices: Int) {
    pairs.first = pairs.slot(1)
    pairs.count -= 1
    if count == 0 { return }
    // All rows at once: each number goes to a place that is one row and one column before.
    let numbers = (count - 1) * (capacity + 1) + 1
    for number in 0..<matrices { copy(matrix(number) + capacity + 1, to: matrix(number), count: numbers) }
  }

  /// Computes the inner products that L-BFGS needs, or all that there are.
  mutating func measureAll(inAll: Bool) {
    let whole = count
    for age in 0..<whole {
      pairs.count = age + 1
      measure(age, inAll: inAll)
    }
  }

  /// The products of a pair with those before it. While the pairs are read they are also multiplied with `other`.
  @discardableResult
  private func measure(_ age: Int, inAll: Bool, besides other: Vector? = nil) -> HistoryProducts {
    let products = products(with: pairs.y(age), inAll ? pairs.s(age) : other)
    for other in 0...age {
      let (before, after) = (place(other, age), place(age, other))
      matrix(0)[before] = products.ofS(0, other)
      let square = products.ofY(0, other)
      (matrix(1)[before], matrix(1)[after]) = (square, square)
      guard inAll else { continue }
      if other < age { matrix(0)[after] = products.ofY(1, other) }
      let length = products.ofS(1, other)
      (matrix(2)[before], matrix(2)[after]) = (length, length)
    }
    return products
  }

  /// The inner products of one or two vectors with all pairs; valid until the next ones are computed.
  @inline(never)
  func products(with first: Vector, _ second: Vector? = nil) -> HistoryProducts {
    let pieces = Pieces(of: pairs.elements)
    let sums = sums.pointer(to: Double.self)
    var job = ProductsJob(pairs: pairs, first: first, second: second, sums: sums, pieces: pieces)
    run(&job, pieces: pieces.count)
    // The totals take the first of the lanes' places, none before its lanes are added up.
    let pitch = ProductsJob.lanes(pairs: pairs.capacity)
    let end = 4 * min(pairs.capacity, pairs.first + pairs.count)
    var place = pairs.first + pairs.count > pairs.capacity ? 0 : 4 * pairs.first
    while place < end {
      var total = 0.0
      var lanes = sums + 8 * place
      for _ in 0..<pieces.count {
        total += sum(lanes: lanes)
        lanes += pitch
      }
      sums[place] = total
      place += second == nil && place % 2 == 1 ? 3 : 1
    }
    return HistoryProducts(pairs: pairs, sums: sums)
  }

  /// `out += Σ a(age) s + b(age) y` over the pairs.
  func addCombination(to out: Vector, _ a: Vector, _ b: Vector) {
    let pieces = Pieces(of: pairs.elements)
    var job = HistoryJob(pairs: pairs, out: out, a: a, b: b, pieces: pieces)
    run(&job, pieces: pieces.count)
  }
}

struct HistoryProducts {
  let pairs: Pairs
  /// Four for each slot.
  fileprivate let sums: Vector

  /// The product of a vector, 0 or 1, with the s of a pair,
  func ofS(_ vector: Int, _ age: Int) -> Double { sums[4 * pairs.slot(age) + 2 * vector] }
  /// and with its y.
  func ofY(_ vector: Int, _ age: Int) -> Double { sums[4 * pairs.slot(age) + 2 * vector + 1] }
}

/// Whether a number's square is far from the ends of a double's range.
private func hasSquare(_ x: Double) -> Bool { x > 1e-145 && x < 1e145 }

/// A block stays in the first cache while it meets all pairs.
private let blockLength = 512

private struct ProductsJob: Job {
  let pairs: Pairs
  let first: Vector
  let second: Vector?
  let sums: Vector
  let pieces: Pieces

  /// Eight for each product.
  static func lanes(pairs: Int) -> Int { 8 * 4 * pairs }

  static var piece: platform_piece {
    { job, index in job.assumingMemoryBound(to: ProductsJob.self).pointee.work(on: index) }
  }

  private func work(on piece: Int) {
    let lanes = sums + piece * Self.lanes(pairs: pairs.capacity)
    let end = pieces.begin(piece) + pieces.length(of: piece)
    let kernels = kernels
    var begin = pieces.begin(piece)
    while begin < end {
      let length = min(blockLength, end - begin)
      pairs.forEachRun { age, end in
        kernels.pointee.add_pair_products(
          lanes + 32 * pairs.slot(age), pairs.kernelPairs(from: age, to: end, begin: begin), first + begin,
          second.map { $0 + begin }, length, begin == pieces.begin(piece))
      }
      begin += length
    }
  }
}

private struct HistoryJob: Job {
  let pairs: Pairs
  let out: Vector
  let a: Vector
  let b: Vector
  let pieces: Pieces

  static var piece: platform_piece {
    { job, index in job.assumingMemoryBound(to: HistoryJob.self).pointee.work(on: index) }
  }

  private func work(on piece: Int) {
    let kernels = kernels
    let end = pieces.begin(piece) + pieces.length(of: piece)
    var begin = pieces.begin(piece)
    while begin < end {
      let length = min(blockLength, end - begin)
      pairs.forEachRun { age, end in
        kernels.pointee.add_pairs(
          out + begin, pairs.kernelPairs(from: age, to: end, begin: begin), a + age, b + age, length)
      }
      begin += length
    }
  }
}
