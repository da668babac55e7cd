/// L-BFGS. The product of the inverse Hessian and a vector is that of the two-loop recursion (Nocedal 1980), written with inner
/// products of the pairs (Byrd, Nocedal and Schnabel, "Representations of quasi-Newton matrices and their use in limited
/// memory methods", 1994): it reads the history twice in an iteration, and not four times. Bounds are the affair of
/// `BoundedSteps`, l1 that of `OrthantSearch`.
struct LBFGS: ~Copyable, Minimizer {
  private(set) var history: History
  /// Numbers for each pair: the products with s and with y, and two sets of coefficients.
  private let numbers: Memory
  /// Whether the products there are those with the present gradient.
  private var knowsProducts = false
  /// How many iterations a part had last, or, after those that led too far, half as many; 0 once there is no use in them.
  private var trusted = Self.mostTrusted
  private var bounded: BoundedSteps?

  static var number: UInt32 { 80 }
  private static var mostTrusted: Int { 1000 }

  /// Without room for pairs.
  init() {
    history = History()
    numbers = Memory()
    bounded = nil
  }

  private init(count: Int, history capacity: Int) throws(Failure) {
    let history = try History(elements: count, capacity: capacity)
    numbers = try Memory(of: Double.self, count: 4 * capacity, purpose: "the history's coefficients")
    self.history = history
    bounded = nil
  }

  /// Keeps the pairs that there are.
  mutating func makeRoom(count: Int, history capacity: Int, bounds: Bounds) throws(Failure) {
    let steps = bounds.isEmpty ? nil : try BoundedSteps(elements: count, capacity: capacity)
    if history.capacity != capacity {
      var larger = try LBFGS(count: count, history: capacity)
      larger.history.takePairs(of: history)
      larger.trusted = trusted
      self = larger
    }
    bounded = steps
    knowsProducts = false
    if !bounds.isEmpty { history.measureAll(inAll: true) }
  }

  mutating func advance(_ point: inout BatchPoint, _ search: LineSearch, _ evaluate: Evaluation) -> BatchEnd? {
    if point.norm == 0 { return .minimum }
    let steepest = point.steepest
    let before = point.value
    let end = advance(&point, steepest, search, evaluate)
    // Where rounding is in sight parts have no more to say.
    if before - point.value < 16 * point.noise * before.magnitude { trusted = 0 }
    return end
  }

  private mutating func advance(
    _ point: inout BatchPoint, _ steepest: Vector, _ search: LineSearch, _ evaluate: Evaluation
  ) -> BatchEnd? {
    if point.isDirected {
      point.isDirected = false
      let end = attempt(&point, steepest, search, isDirected: true, evaluate)
      if end != nil || point.stepLength < 1 { trusted = max(1, trusted / 2) }
      if end == nil { return nil }
    }
    while true {
      let hadHistory = history.count > 0
      let end = attempt(&point, steepest, search, evaluate)
      if end == nil { return nil }
      if !hadHistory { return end }
      // What is known of the curvature may be misleading: the next attempt goes along the gradient.
      forget()
    }
  }

  mutating func forget() {
    history.forget()
    knowsProducts = false
  }

  @inline(never)
  private mutating func attempt(
    _ point: inout BatchPoint, _ steepest: Vector, _ search: LineSearch, isDirected: Bool = false,
    _ evaluate: Evaluation
  ) -> BatchEnd? {
    let isBounded = bounded != nil
    if isDirected {
      // It is there.
    } else if isBounded {
      if !bounded!.findDirection(&point, history) { return .stuck }
    } else {
      findDirection(&point, steepest)
    }
    let end =
      if point.l1 > 0 {
        OrthantSearch(decrease: search.decrease, most: search.mostTries).run(
          &point, steepest, isFirst: history.count == 0, evaluate)
      } else {
        point.search(search, isFirst: history.count == 0, evaluate)
      }
    if let end { return end }
    let products = history.add(
      from: point.x, to: point.trial, gradientBefore: point.gradient, gradient: point.trialGradient, inAll: isBounded)
    knowsProducts = false
    if let products, !isBounded && point.l1 == 0 { keep(products, vector: 1) }
    point.accept()
    return nil
  }

  /// Directs a point to where iterations on a part lead, one more than last time. What they learn of the curvature is kept.
  mutating func explore(
    _ point: inout BatchPoint, _ part: inout PartialDescent, iterations: Int, _ search: LineSearch,
    _ evaluate: Evaluation
  ) {
    // What is easy is done before, and would only be dearer.
    if trusted == 0 || history.count < min(history.capacity, 10) { return }
    part.begin(at: point, evaluate)
    let tilt = part.tilt
    trusted = min(trusted + 1, iterations)
    let slope = length(point.gradient, count: point.count)
    for _ in 0..<trusted {
      let end = attempt(&part.point, part.point.gradient, search) { x, gradient in
        let value = evaluate(x, gradient)
        return tilt.add(to: value, x, gradient)
      }
      if end != nil { break }
      point.isDirected = true
      if length(part.point.gradient, count: point.count) < 0.1 * slope { break }
    }
    combine(into: point.direction, 1, part.point.x, -1, point.x, count: point.count)
  }

  /// The products with s, those with y, and two sets of coefficients.
  private func numbers(_ which: Int) -> Vector { numbers.pointer(to: Double.self) + which * history.capacity }

  private mutating func keep(_ products: HistoryProducts, vector: Int) {
    for age in 0..<history.count {
      (numbers(0)[age], numbers(1)[age]) = (products.ofS(vector, age), products.ofY(vector, age))
    }
    knowsProducts = true
  }

  /// `direction = −H steepest`.
  private mutating func findDirection(_ point: inout BatchPoint, _ steepest: Vector) {
    let (n, m) = (point.count, history.count)
    if m == 0 { return point.descendSteeply(steepest) }
    if !knowsProducts { keep(history.products(with: steepest), vector: 0) }
    let (ofS, ofY, a, b) = (numbers(0), numbers(1), numbers(2), numbers(3))
    // With the upper triangle R of S'Y, its diagonal D and the scale γ:
    // H v = γ v + S a − γ Y b, b = R⁻¹ S'v, a = R'⁻¹ ((D + γ Y'Y) b − γ Y'v).
    let (scale, pitch) = (history.scale, history.capacity)
    var (sy, yy) = (history.sy + m * pitch, history.yy)
    var row = m
    while row > 0 {
      row -= 1
      sy -= pitch
      var rest = ofS[row]
      var column = row + 1
      while column < m {
        rest -= sy[column] * b[column]
        column += 1
      }
      b[row] = rest / sy[row]
    }
    while row < m {
      var (sum, column) = (0.0, 0)
      while column < m {
        sum += yy[column] * b[column]
        column += 1
      }
      let diagonal = sy[row * pitch + row]
      var rest = diagonal * b[row] + scale * sum - scale * ofY[row]
      var above = sy + row
      column = 0
      while column < row {
        rest -= above.pointee * a[column]
        above += pitch
        column += 1
      }
      a[row] = rest / diagonal
      yy += pitch
      row += 1
    }
    for age in 0..<m { (a[age], b[age]) = (-a[age], scale * b[age]) }
    combine(into: point.direction, -scale, steepest, 0, steepest, count: n)
    history.addCombination(to: point.direction, a, b)
  }

  func write(_ fields: inout Fields) throws(Failure) {
    var count = history.count
    try fields.size("history.pairs", &count)
    var trusted = trusted
    try fields.size("history.part_iterations", &trusted)
    try history.list(&fields)
  }

  static func read(_ fields: inout Fields, count elements: Int) throws(Failure) -> LBFGS {
    var (count, trusted) = (0, 0)
    try fields.size("history.pairs", &count, upTo: 1000)
    try fields.size("history.part_iterations", &trusted, upTo: mostTrusted)
    var method = LBFGS()
    method.trusted = trusted
    if count == 0 { return method }
    for age in 0..<count {
      try fields.require("history.\(age).s", .row(.float64, elements))
      try fields.require("history.\(age).y", .row(.float64, elements))
    }
    method = try LBFGS(count: elements, history: count)
    method.trusted = trusted
    method.history.setCount(count)
    try method.history.list(&fields)
    method.history.measureAll(inAll: false)
    return method
  }
}

extension BatchPoint {
  /// Looks along the direction for a step that meets the Wolfe conditions; leaves the trial point there.
  mutating func search(
    _ search: LineSearch, isFirst: Bool, first given: Double? = nil, _ evaluate: Evaluation
  ) -> BatchEnd? {
    let slope = dot(gradient, direction, count: count)
    // Also where a number of the direction is none.
    guard slope < 0 && slope.isFinite else { return .stuck }
    let largest = largestStep
    let first = given ?? (isFirst ? reach / length(direction, count: count) : 1)
    switch search.run(&self, slope: slope, first: min(first, largest), largest: largest, evaluate) {
    case .endless: return .notFinite
    case .failed(let sawNumbers): return sawNumbers ? .stuck : .notFinite
    case .found(let step):
      if step != stepLength { _ = attempt(step, evaluate) }
      return nil
    }
  }

  /// How far the direction goes until a bound.
  private var largestStep: Double {
    // The direction ends within the bounds, whatever rounding says.
    max(straight, 1)
  }
}
