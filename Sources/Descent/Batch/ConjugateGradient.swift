/// Nonlinear conjugate gradients with Hager's and Zhang's direction. With bounds it is that of the variables that are free,
/// with a projected search, and begins anew whenever others are.
struct ConjugateGradient: ~Copyable, Minimizer {
  private let count: Int
  /// The next direction.
  private let memory: Memory
  private var hasDirection = false
  /// The last step, and the slope at its beginning.
  private var step = 0.0
  private var slope = 0.0

  static var number: UInt32 { 81 }

  /// Without room for a direction.
  init() {
    memory = Memory()
    count = 0
  }

  private init(count: Int) throws(Failure) {
    memory = try Memory(of: Double.self, count: count, purpose: "the direction")
    self.count = count
  }

  mutating func makeRoom(count: Int) throws(Failure) {
    if self.count > 0 { return }
    let (step, slope) = (step, slope)
    self = try ConjugateGradient(count: count)
    (self.step, self.slope) = (step, slope)
  }

  private var direction: Vector { memory.pointer(to: Double.self) }

  mutating func advance(_ point: inout BatchPoint, _ search: LineSearch, _ evaluate: Evaluation) -> BatchEnd? {
    if length(point.steepest, count: count) == 0 { return .minimum }
    while true {
      let isFresh = !hasDirection && step == 0
      if hasDirection {
        copy(direction, to: point.direction, count: count)
      } else {
        point.descendSteeply(point.gradient)
      }
      let end = attempt(&point, search, evaluate)
      if end == nil { return nil }
      // The next attempt goes along the gradient, with a first step that owes nothing to the last.
      forget()
      if isFresh { return end }
    }
  }

  mutating func forget() { (hasDirection, step) = (false, 0) }

  private mutating func attempt(
    _ point: inout BatchPoint, _ search: LineSearch, _ evaluate: Evaluation
  ) -> BatchEnd? {
    let isBounded = !point.bounds.isEmpty
    if isBounded { release(point) }
    let now = dot(point.gradient, point.direction, count: count)
    // As if the value fell by as much as in the last step.
    let guess = step * (slope / now)
    let first = step > 0 && guess.isFinite && guess > 0 ? guess : nil
    var isSame = true
    if isBounded {
      if let end = projectedSearch(&point, search, now, first: first, &isSame, evaluate) { return end }
    } else if let end = point.search(search, isFirst: true, first: first, evaluate) {
      return end
    }
    (step, slope) = (point.stepLength, now)
    findNext(point, isSame: isSame)
    point.accept()
    return nil
  }

  /// Takes the variables out of the direction that are at a bound and would leave it.
  private func release(_ point: borrowing BatchPoint) {
    for index in 0..<count {
      let (x, d) = (point.x[index], point.direction[index])
      if d < 0 && x <= point.bounds.least(index) || d > 0 && x >= point.bounds.greatest(index) {
        point.direction[index] = 0
      }
    }
  }

  /// Shortens the step until the value is sufficiently lower where the line ends, bent by the bounds; goes on along the line as
  /// long as no bound is met and the slope is steep.
  private func projectedSearch(
    _ point: inout BatchPoint, _ search: LineSearch, _ slope: Double, first: Double?, _ isSame: inout Bool,
    _ evaluate: Evaluation
  ) -> BatchEnd? {
    let reach = length(point.direction, count: count)
    guard slope < 0 && slope.isFinite && reach.isFinite else { return .stuck }
    let free = point.straight
    var length = first ?? 1 / reach
    if length < free {
      switch search.run(&point, slope: slope, first: length, largest: free, evaluate) {
      case .endless: return .notFinite
      case .failed(let sawNumbers): return sawNumbers ? .stuck : .notFinite
      case .found(let found):
        if found != point.stepLength { _ = point.attempt(found, evaluate) }
        isSame = found < free
        return nil
      }
    }
    isSame = false
    var sawNumbers = false
    let noise = point.noise * point.value.magnitude
    for _ in 0..<search.mostTries {
      let now = point.attempt(length, evaluate)
      if point.trialIsFinite {
        sawNumbers = sawNumbers || point.hasMoved
        var expected = 0.0
        for index in 0..<count { expected += point.gradient[index] * (point.trial[index] - point.x[index]) }
        let change = now.value - point.value
        if change < 0 && change <= search.decrease * expected { return nil }
        if change <= noise && -expected <= noise && point.trialFlattens { return nil }
        length /= 4
      } else {
        length /= 10
      }
    }
    return sawNumbers ? .stuck : .notFinite
  }

  /// The direction from the trial point: `b d − g` with `b = (y − 2 d y² / dy) g / dy`, `y` being the gradient's change, and
  /// `b` no less than `−1 / (|d| min(0.01, |g before|))`.
  private mutating func findNext(_ point: borrowing BatchPoint, isSame: Bool) {
    let (g, before, d) = (point.trialGradient, point.gradient, point.direction)
    hasDirection = false
    guard isSame else { return }
    // Room for the change, before the direction takes its place.
    let y = direction
    combine(into: y, 1, g, -1, before, count: count)
    if !point.bounds.isEmpty { for index in 0..<count where d[index] == 0 { y[index] = 0 } }
    let dy = dot(d, y, count: count)
    guard dy > 0 else { return }
    let (yy, yg, dg) = (dot(y, y, count: count), dot(y, g, count: count), dot(d, g, count: count))
    let least = -1 / (length(d, count: count) * min(0.01, length(before, count: count)))
    let b = max((yg - 2 * dg * (yy / dy)) / dy, least)
    guard b.isFinite else { return }
    combine(into: direction, b, d, -1, g, count: count)
    hasDirection = dot(direction, g, count: count) < 0
  }

  func write(_ fields: inout Fields) throws(Failure) {
    var (isKnown, step, slope) = (hasDirection, step, slope)
    try fields.real("direction.step", &step)
    try fields.real("direction.slope", &slope)
    try fields.flag("direction.is_known", &isKnown)
    if isKnown { try listDirection(&fields) }
  }

  static func read(_ fields: inout Fields, count: Int) throws(Failure) -> ConjugateGradient {
    var (isKnown, step, slope) = (false, 0.0, 0.0)
    try fields.real("direction.step", &step)
    try fields.real("direction.slope", &slope)
    try fields.flag("direction.is_known", &isKnown)
    if isKnown { try fields.require("direction.values", .row(.float64, count)) }
    var method = isKnown ? try ConjugateGradient(count: count) : ConjugateGradient()
    if isKnown { try method.listDirection(&fields) }
    (method.hasDirection, method.step, method.slope) = (isKnown, step, slope)
    return method
  }

  private func listDirection(_ fields: inout Fields) throws(Failure) {
    try fields.array("direction.values", .row(.float64, count), UnsafeMutableRawPointer(direction))
  }
}
