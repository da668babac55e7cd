import CDescentKernels

/// The direction of L-BFGS-B (Byrd, Lu, Nocedal and Zhu, "A limited memory algorithm for bound constrained optimization",
/// 1995): from the generalized Cauchy point, the first minimum of the quadratic model along the projected gradient, to
/// the model's minimum over the variables that are free there, projected as Morales and Nocedal (2011) correct it.
///
/// The model's Hessian is `θ I − W M W'` with `W = [Y θS]` and `M⁻¹ = [−D L'; L θS'S]`.
struct BoundedSteps: ~Copyable {
  private let elements: Int
  private let capacity: Int
  /// The Cauchy point; where each variable meets its bound, later whether it is free; what the subspace's equations have on
  /// their right; and a pair's vectors without what is at a bound.
  private let vectors: Memory
  /// A heap of the variables by where they meet their bound.
  private let heap: Memory
  private let numbers: Memory
  /// M⁻¹, and the matrix of the subspace.
  private var middle: SmallSystem
  private var reduced: SmallSystem

  init(elements: Int, capacity: Int) throws(Failure) {
    guard let count = byteCount(elements, 5) else {
      throw Failure(.outOfMemory, "no memory for the bounds: the byte count overflows")
    }
    let vectors = try Memory(of: Double.self, count: count, purpose: "the bounds")
    let heap = try Memory(of: Int.self, count: elements, purpose: "the bounds")
    let numbers = try Memory(of: Double.self, count: 10 * capacity, purpose: "the bounds")
    let middle = try SmallSystem(capacity: 2 * capacity)
    let reduced = try SmallSystem(capacity: 2 * capacity)
    self.vectors = vectors
    self.heap = heap
    self.numbers = numbers
    self.middle = middle
    self.reduced = reduced
    self.elements = elements
    self.capacity = capacity
  }

  private var cauchy: Vector { vectors.pointer(to: Double.self) }
  private var meeting: Vector { cauchy + elements }
  private var right: Vector { cauchy + 2 * elements }
  private var masked: Vector { cauchy + 3 * elements }
  private var maskedToo: Vector { cauchy + 4 * elements }

  /// Writes the point's direction. False if the model is of no use.
  mutating func findDirection(_ point: inout BatchPoint, _ history: borrowing History) -> Bool {
    let m = history.count
    if takeProjectedGradient(&point, isFirst: m == 0) { return true }
    let theta = m == 0 ? 1 : 1 / history.scale
    let c = numbers.pointer(to: Double.self)
    if m > 0 {
      fill(history, theta)
      guard middle.factor(2 * m) else { return false }
    }
    findCauchyPoint(point, history, theta, c)
    if m > 0 && !improve(point, history, theta, c) { return false }
    combine(into: point.direction, 1, cauchy, -1, point.x, count: elements)
    return true
  }

  /// For a gradient whose square leaves the range of a double, or that changes no bit of the point and nothing is known of the
  /// curvature: the direction to the nearest point to where it leads. False for another gradient.
  private func takeProjectedGradient(_ point: inout BatchPoint, isFirst: Bool) -> Bool {
    for index in 0..<elements {
      let isHeld = point.bounds.holds(index, point.x[index], gradient: point.gradient[index])
      point.direction[index] = isHeld ? 0 : point.gradient[index]
    }
    let reach = length(point.direction, count: elements)
    if reach > (isFirst ? 1e-8 : 1e-140) && reach < 1e140 { return false }
    let factor = 1 / powerOfTwo(below: reach)
    for index in 0..<elements {
      let moved = point.x[index] - factor * point.gradient[index]
      point.direction[index] = point.bounds.nearest(index, moved) - point.x[index]
    }
    return true
  }

  private mutating func fill(_ history: borrowing History, _ theta: Double) {
    let m = history.count
    middle.begin(2 * m)
    for row in 0..<m {
      for column in 0..<m {
        middle[row, column] = row == column ? -history.sy(row, row) : 0
        let lower = row > column ? history.sy(row, column) : 0
        middle[m + row, column] = lower
        middle[column, m + row] = lower
        middle[m + row, m + column] = theta * history.ss(row, column)
      }
    }
  }

  /// A row of W.
  private func row(_ index: Int, _ pairs: Pairs, _ theta: Double, into out: Vector) {
    for age in 0..<pairs.count {
      out[age] = pairs.y(age)[index]
      out[pairs.count + age] = theta * pairs.s(age)[index]
    }
  }

  /// Writes W'v.
  private func project(_ v: Vector, _ history: borrowing History, _ theta: Double, into out: Vector) {
    let m = history.count
    let products = history.products(with: v)
    for age in 0..<m { (out[age], out[m + age]) = (products.ofY(0, age), theta * products.ofS(0, age)) }
  }

  // MARK: The Cauchy point

  private mutating func findCauchyPoint(
    _ point: borrowing BatchPoint, _ history: borrowing History, _ theta: Double, _ c: Vector
  ) {
    let (n, m) = (elements, history.count)
    let (x, g, d) = (point.x, point.gradient, point.direction)
    var heap = BoundHeap(order: heap.pointer(to: Int.self), keys: meeting)
    for index in 0..<n {
      let bound = g[index] > 0 ? point.bounds.least(index) : point.bounds.greatest(index)
      meeting[index] = g[index] == 0 ? .infinity : max(0, (x[index] - bound) / g[index])
      d[index] = meeting[index] > 0 ? -g[index] : 0
      cauchy[index] = x[index]
      if meeting[index] > 0 && meeting[index] < .infinity { heap.add(index) }
    }
    heap.arrange()
    let (p, w, solved) = (c + 2 * m, c + 4 * m, c + 6 * m)
    for index in 0..<2 * m { c[index] = 0 }
    var first = -dot(d, d, count: n)
    var second = -theta * first
    if m > 0 {
      project(d, history, theta, into: p)
      middle.solve(p, into: solved)
      second -= plainDot(p, solved, 2 * m)
    }
    let least = Double.ulpOfOne * second.magnitude
    second = max(second, least)
    var (now, step) = (0.0, second > 0 ? -first / second : 0)
    while let index = heap.first, step >= meeting[index] - now {
      heap.removeFirst()
      let stretch = meeting[index] - now
      now = meeting[index]
      let slope = g[index]
      cauchy[index] = d[index] > 0 ? point.bounds.greatest(index) : point.bounds.least(index)
      d[index] = 0
      let moved = cauchy[index] - x[index]
      first += stretch * second + slope * slope + theta * slope * moved
      second -= theta * slope * slope
      if m > 0 {
        for number in 0..<2 * m { c[number] += stretch * p[number] }
        row(index, history.pairs, theta, into: w)
        middle.solve(w, into: solved)
        first -= slope * plainDot(solved, c, 2 * m)
        second -= 2 * slope * plainDot(solved, p, 2 * m) + slope * slope * plainDot(solved, w, 2 * m)
        for number in 0..<2 * m { p[number] += slope * w[number] }
      }
      second = max(second, least)
      step = first < 0 && second > 0 ? -first / second : 0
    }
    for number in 0..<2 * m { c[number] += step * p[number] }
    for index in 0..<n where d[index] != 0 {
      cauchy[index] = point.bounds.nearest(index, x[index] + (now + step) * d[index])
    }
  }

  // MARK: The subspace

  /// Moves the Cauchy point to the model's minimum over the variables that are not at a bound there, projected.
  private mutating func improve(
    _ point: borrowing BatchPoint, _ history: borrowing History, _ theta: Double, _ c: Vector
  ) -> Bool {
    let (n, m) = (elements, history.count)
    let (x, g) = (point.x, point.gradient)
    let (a, b, v) = (c + 2 * m, c + 3 * m, c + 4 * m)
    middle.solve(c, into: v)
    // −(g + θ (cauchy − x) − W M c), for the free variables.
    for age in 0..<m { (a[age], b[age]) = (theta * v[m + age], v[age]) }
    combine(into: right, theta, x, -theta, cauchy, count: n)
    combine(into: right, -1, g, 0, g, count: n, adds: true)
    history.addCombination(to: right, a, b)
    var free = 0
    for index in 0..<n {
      if cauchy[index] > point.bounds.least(index) && cauchy[index] < point.bounds.greatest(index) {
        free += 1
        meeting[index] = 1
      } else {
        right[index] = 0
        meeting[index] = 0
      }
    }
    if free == 0 { return true }
    project(right, history, theta, into: v)
    fill(history, theta)
    reduced.begin(2 * m)
    for row in 0..<2 * m { for column in 0..<2 * m { reduced[row, column] = middle[row, column] } }
    subtractProducts(history, theta, allFree: free == n)
    guard reduced.factor(2 * m) else { return false }
    reduced.solve(v, into: c)
    for age in 0..<m { (a[age], b[age]) = (c[m + age] / theta, c[age] / (theta * theta)) }
    // The step within the subspace takes the direction's place.
    combine(into: point.direction, 1 / theta, right, 0, right, count: n)
    history.addCombination(to: point.direction, a, b)
    var slope = 0.0
    for index in 0..<n {
      if meeting[index] == 0 { point.direction[index] = 0 }
      if !point.direction[index].isFinite { return false }
      right[index] = point.bounds.nearest(index, cauchy[index] + point.direction[index])
      slope += g[index] * (right[index] - x[index])
    }
    if slope < 0 {
      copy(right, to: cauchy, count: n)
      return true
    }
    // The projection does not go down: only as far as the bounds allow, then.
    var share = 1.0
    for index in 0..<n where point.direction[index] != 0 {
      let bound = point.direction[index] > 0 ? point.bounds.greatest(index) : point.bounds.least(index)
      share = min(share, (bound - cauchy[index]) / point.direction[index])
    }
    for index in 0..<n {
      cauchy[index] = point.bounds.nearest(index, cauchy[index] + share * point.direction[index])
    }
    return true
  }

  /// `reduced −= W'W / θ`, of the free variables' rows.
  private mutating func subtractProducts(_ history: borrowing History, _ theta: Double, allFree: Bool) {
    let m = history.count
    for row in 0..<m {
      let products: HistoryProducts? =
        if allFree { nil } else { maskedProducts(history, row) }
      for column in 0..<m {
        let yy = products?.ofY(0, column) ?? history.yy(row, column)
        let ys = products?.ofS(0, column) ?? history.sy(column, row)
        let ss = products?.ofS(1, column) ?? history.ss(row, column)
        reduced[row, column] -= yy / theta
        reduced[row, m + column] -= ys
        reduced[m + column, row] -= ys
        reduced[m + row, m + column] -= theta * ss
      }
    }
  }

  /// The products of a pair with all pairs, over the free variables.
  private func maskedProducts(_ history: borrowing History, _ age: Int) -> HistoryProducts {
    let (y, s) = (history.pairs.y(age), history.pairs.s(age))
    for index in 0..<elements {
      masked[index] = meeting[index] * y[index]
      maskedToo[index] = meeting[index] * s[index]
    }
    return history.products(with: masked, maskedToo)
  }
}

private func plainDot(_ a: Vector, _ b: Vector, _ count: Int) -> Double {
  var sum = 0.0
  for index in 0..<count { sum += a[index] * b[index] }
  return sum
}
