import CDescentKernels

/// Writes the gradient at a point and returns the value there. It may round the point to what it evaluates.
typealias Evaluation = (_ x: Vector, _ gradient: Vector) -> Double

/// Where a batch method is, and room for where it goes next.
struct BatchPoint: ~Copyable {
  let count: Int
  /// The present point, which the caller sees.
  let x: Vector
  let bounds: Bounds
  /// What is added is `l1` times the magnitudes of the first `penalized` variables.
  let l1: Double
  let penalized: Int
  /// Whether it is the gradient that decides the direction.
  private let isPlain: Bool
  /// What rounding makes of a value, as a share of it.
  let noise: Double
  private let memory: Memory
  private(set) var gradient: Vector
  private(set) var trialGradient: Vector
  let trial: Vector
  let direction: Vector
  /// Room for the gradient that decides the direction, where it is not the function's own.
  private let room: Vector
  private(set) var value = Double.nan
  private(set) var trialValue = Double.nan
  /// The lengths of the two gradients.
  private var gradientLength = Double.nan
  private var trialGradientLength = Double.nan
  private(set) var evaluations: UInt64 = 0
  /// Whether the trial point or, downwards, the value there has left the range of a double.
  private(set) var trialIsBeyond = false
  /// The step to the trial point, as a multiple of the direction.
  var stepLength = 0.0
  /// How far it is to the minimum, roughly: the length of a step for which nothing is known of the curvature.
  var reach = 1.0
  /// Whether the next iteration finds its direction here.
  var isDirected = false

  init(
    at x: Vector, count: Int, bounds: Bounds = Bounds(), l1: Double = 0, penalized: Int? = nil,
    noise: Double = 4 * Double.ulpOfOne, isBatch: Bool = true
  ) throws(Failure) {
    isPlain = bounds.isEmpty && l1 == 0
    let vectors = isBatch ? 4 : 1
    guard let numbers = byteCount(count, isPlain ? vectors : vectors + 1) else {
      throw Failure(.outOfMemory, "no memory for the batch method's vectors: the byte count overflows")
    }
    let memory = try Memory(of: Double.self, count: numbers, purpose: "the batch method's vectors")
    let base = memory.pointer(to: Double.self)
    self.memory = memory
    (self.count, self.x, self.bounds, self.l1, self.noise) = (count, x, bounds, l1, noise)
    self.penalized = penalized ?? count
    // A method of steps needs the gradient only.
    let more = isBatch ? count : 0
    (gradient, trialGradient, trial, direction) = (base, base + more, base + 2 * more, base + 3 * more)
    room = isPlain ? gradient : base + vectors * count
  }

  /// Evaluates at the present point.
  @inline(never)
  mutating func evaluate(_ evaluate: Evaluation) {
    // Where it is not written it must not look like 0.
    if evaluations == 0 { for index in 0..<count { gradient[index] = .nan } }
    value = evaluate(x, gradient) + penalty(x)
    gradientLength = length(gradient, count: count)
    evaluations += 1
  }

  /// Goes to where another point is, which has been evaluated.
  mutating func start(at other: borrowing BatchPoint) {
    copy(other.x, to: x, count: count)
    copy(other.gradient, to: gradient, count: count)
    (value, gradientLength) = (other.value, other.gradientLength)
  }

  /// Where the function falls fastest is against this: the gradient; with l1 the pseudo-gradient (Andrew and Gao 2007);
  /// with bounds the projected gradient.
  var steepest: Vector {
    if !bounds.isEmpty {
      bounds.projectedGradient(x, gradient, into: room, count: count)
      return room
    }
    if l1 > 0 {
      copy(gradient, to: room, count: count)
      for index in 0..<penalized { room[index] = pseudoGradient(x[index], gradient[index]) }
      return room
    }
    return gradient
  }

  /// The one-sided derivative that is nearest to 0.
  private func pseudoGradient(_ x: Double, _ g: Double) -> Double {
    if x != 0 { return x > 0 ? g + l1 : g - l1 }
    return g + l1 < 0 ? g + l1 : g - l1 > 0 ? g - l1 : 0
  }

  /// The length of what stands for the gradient.
  var norm: Double { isPlain ? gradientLength : length(steepest, count: count) }

  private func penalty(_ x: UnsafePointer<Double>) -> Double {
    if l1 == 0 { return 0 }
    var sum = 0.0
    for index in 0..<penalized { sum += x[index].magnitude }
    return l1 * sum
  }

  /// Turns the direction against the gradient, of the gradient's length unless its square would leave the range of a double.
  mutating func descendSteeply(_ steepest: Vector) {
    let length = length(steepest, count: count)
    let factor = length > 1e-140 && length < 1e140 ? 1 : 1 / powerOfTwo(below: length)
    combine(into: direction, -factor, steepest, 0, steepest, count: count)
  }

  /// How far the direction goes until a bound, or until l1 turns a variable.
  var straight: Double {
    var straight = Double.infinity
    if !bounds.isEmpty {
      for index in 0..<count where direction[index] != 0 {
        let bound = direction[index] < 0 ? bounds.least(index) : bounds.greatest(index)
        straight = min(straight, (bound - x[index]) / direction[index])
      }
    }
    if l1 > 0 {
      for index in 0..<penalized where x[index] != 0 && (x[index] < 0) != (direction[index] < 0) {
        straight = min(straight, (x[index] / direction[index]).magnitude)
      }
    }
    return straight
  }

  /// Evaluates at `x + step * direction`, within the bounds. Returns the derivative along the direction there.
  @inline(never)
  mutating func attempt(_ step: Double, _ evaluate: Evaluation) -> (value: Double, slope: Double) {
    combine(into: trial, 1, x, step, direction, count: count)
    if !bounds.isEmpty { settle() }
    stepLength = step
    evaluateTrial(evaluate)
    return (trialValue, dot(trialGradient, direction, count: count))
  }

  /// Keeps the trial point within the bounds, and puts it on one that only rounding keeps it from.
  private func settle() {
    for index in 0..<count {
      let (low, high) = (bounds.least(index), bounds.greatest(index))
      let blur = 4 * Double.ulpOfOne * max(x[index].magnitude, trial[index].magnitude)
      if trial[index] <= low + blur && direction[index] < 0 { trial[index] = low }
      if trial[index] >= high - blur && direction[index] > 0 { trial[index] = high }
      trial[index] = bounds.nearest(index, trial[index])
    }
  }

  /// Evaluates at the trial point. One that has left the range of a double counts as a place where the function is not defined.
  @inline(never)
  mutating func evaluateTrial(_ evaluate: Evaluation) {
    guard kernels.pointee.first_not_finite(trial, true, count) == count else {
      (trialValue, trialIsBeyond) = (.nan, true)
      return
    }
    trialValue = evaluate(trial, trialGradient) + penalty(trial)
    trialGradientLength = length(trialGradient, count: count)
    trialIsBeyond = trialValue == -.infinity
    evaluations += 1
  }

  /// Whether the gradient is clearly smaller at the trial point.
  var flattens: Bool { trialGradientLength < 0.99 * gradientLength }

  /// The same of what stands for the gradient where there are bounds, or l1.
  var trialFlattens: Bool {
    // In units of the largest, whose square may be no number of a double.
    var largest = 0.0
    for index in 0..<count {
      largest = max(largest, steepestGradient(index, x, gradient).magnitude)
      largest = max(largest, steepestGradient(index, trial, trialGradient).magnitude)
    }
    let unit = powerOfTwo(below: largest)
    var (before, after) = (0.0, 0.0)
    for index in 0..<count {
      let old = steepestGradient(index, x, gradient) / unit
      let new = steepestGradient(index, trial, trialGradient) / unit
      before += old * old
      after += new * new
    }
    return after < 0.98 * before
  }

  private func steepestGradient(_ index: Int, _ x: Vector, _ gradient: Vector) -> Double {
    if !bounds.isEmpty { return bounds.projected(index, x[index], gradient[index]) }
    return l1 > 0 && index < penalized ? pseudoGradient(x[index], gradient[index]) : gradient[index]
  }

  /// Whether the trial point is another one, for all rounding.
  var hasMoved: Bool {
    for index in 0..<count where trial[index] != x[index] { return true }
    return false
  }

  var trialIsFinite: Bool { trialValue.isFinite && trialGradientLength.isFinite }

  /// Moves on to the trial point; the former gradient is in `trialGradient` then.
  mutating func accept() {
    copy(trial, to: x, count: count)
    swap(&gradient, &trialGradient)
    (value, gradientLength) = (trialValue, trialGradientLength)
  }
}
