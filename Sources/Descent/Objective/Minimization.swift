import CPlatform

/// When a minimization stops; a criterion that is 0 is not used.
public struct StopCriteria {
  let maxSteps: UInt64
  let gradientTolerance: Double
  let valueTolerance: Double
  let targetValue: Double
  let maxSeconds: Double

  public init(
    maxSteps: UInt64, gradientTolerance: Double, valueTolerance: Double, targetValue: Double, maxSeconds: Double
  ) throws(Failure) {
    try checkNotNegative(gradientTolerance, "stop: gradient_tolerance")
    try checkNotNegative(valueTolerance, "stop: value_tolerance")
    if !targetValue.isFinite { throw Failure(.invalidArgument, "stop: target_value: \(targetValue) is not finite") }
    try checkNotNegative(maxSeconds, "stop: max_seconds")
    if maxSteps == 0 && gradientTolerance == 0 && valueTolerance == 0 && targetValue == 0 && maxSeconds == 0 {
      throw Failure(.invalidArgument, "stop: all criteria are 0, but at least one must be used")
    }
    self.maxSteps = maxSteps
    self.gradientTolerance = gradientTolerance
    self.valueTolerance = valueTolerance
    self.targetValue = targetValue
    self.maxSeconds = maxSeconds
  }

  /// The first criterion that holds. `previous` is the value one step before, if there was a step.
  func end(_ now: SearchResult, previous: Double?) -> SearchEnd? {
    if gradientTolerance > 0 && now.gradientNorm <= gradientTolerance { return .gradient }
    if targetValue != 0 && now.value <= targetValue { return .target }
    if valueTolerance > 0, let previous, abs(now.value - previous) <= valueTolerance * max(1, abs(now.value)) {
      return .valueTolerance
    }
    if maxSteps > 0 && now.steps >= maxSteps { return .steps }
    if maxSeconds > 0 && now.seconds >= maxSeconds { return .time }
    return nil
  }
}

/// Which points a minimization hands out.
public struct PointChoice {
  /// Whether x ends at the best point and not at the last.
  let returnsBest: Bool
  /// Receives the best point at the end, if given.
  let best: UnsafeMutablePointer<Double>?

  public init(returnsBest: Bool = false, best: UnsafeMutablePointer<Double>? = nil) {
    self.returnsBest = returnsBest
    self.best = best
  }
}

extension Optimizer {
  /// Minimizes an objective of `n` numbers from `x`, which holds the present point at any time and never leaves the bounds.
  /// The gradient is the objective's own, or by `differences`. `progress`, which is called after each step if `isWatched`,
  /// returns true to stop.
  public mutating func minimize(
    _ objective: Objective, from x: UnsafeMutablePointer<Double>, count n: Int, differences: Differences? = nil,
    within bounds: Bounds = Bounds(), until stop: StopCriteria, returning choice: PointChoice = PointChoice(),
    isWatched: Bool, progress: (FitProgress) -> Bool
  ) throws(Failure) -> SearchResult {
    try checkDimension(n)
    try requireFunctions()
    if isMaximizing { throw Failure(.invalidArgument, "optimizer: maximize is 1, but this is to minimize") }
    let isBatch = algorithm.isBatch
    if isBatch && l1 > 0 && !bounds.isEmpty {
      throw Failure(.unsupported, "l1: \(algorithm.name) does not combine it with bounds")
    }
    var point = try BatchPoint(at: x, count: n, bounds: bounds, l1: isBatch ? l1 : 0, isBatch: isBatch)
    let bestMemory = try Memory(of: Double.self, count: n, purpose: "the best point")
    let keepsBefore = isWatched || stop.valueTolerance > 0
    let beforeMemory = try Memory(of: Double.self, count: keepsBefore ? n : 0, purpose: "the point before a step")
    let scratch = try Memory(of: Double.self, count: differences == nil ? 0 : n, purpose: "a point nearby")
    let givenMemory = try Memory(of: Double.self, count: bounds.isEmpty ? 0 : n, purpose: "the point that was given")
    let before = beforeMemory.pointer(to: Double.self)
    let tensor = try OwnTensors(count: 1)
    tensor.set(0, values: x, gradient: point.gradient, columns: n, type: .float64)
    let tensors = tensor.list
    if let differences { try differences.checkStep(x, count: n) }
    try bounds.check(count: n)
    let isNew = try adopt(tensors)
    defer { release(ifNew: isNew) }
    if isBatch { try makeRoomForBatch(count: n, bounds: bounds) }

    // From here on nothing fails but a first step for which the options are unsuitable.
    if !bounds.isEmpty {
      copy(x, to: givenMemory.pointer(to: Double.self), count: n)
      bounds.project(x, count: n)
    }
    let begin = platform_seconds()
    var now = SearchResult(end: .diverged, value: .nan)
    // A local function: a stored closure would be allocated on the heap.
    func evaluate(_ x: Vector, _ gradient: Vector) -> Double {
      now.evaluations += 1
      guard let differences else { return objective(x, gradient) }
      let value = objective(x, nil)
      if value.isFinite {
        let found = differences.gradient(
          of: objective, at: x, value: value, within: bounds, scratch: scratch.pointer(to: Double.self), into: gradient,
          count: n)
        now.evaluations += found.evaluations
      }
      return value
    }
    var best: SearchResult?
    var previous: Double?
    var (hasStepped, hasMoved) = (false, isBatch)
    point.evaluate(evaluate)
    while true {
      now.value = point.value
      now.gradientNorm = point.norm
      now.seconds = platform_seconds() - begin

      let isFinite = now.value.isFinite && now.gradientNorm.isFinite
      if isFinite && !(best.map { $0.value <= now.value } ?? false) {
        best = now
        copy(x, to: bestMemory.pointer(to: Double.self), count: n)
      }
      var end = isFinite ? stop.end(now, previous: previous) : .diverged
      if isWatched && hasStepped {
        let wantsToStop = progress(
          FitProgress(
            step: now.steps, stepTotal: stop.maxSteps, loss: now.value,
            learningRate: algorithm.isBatch ? point.stepLength : learningRate, gradientNorm: now.gradientNorm,
            updateRatio: updateRatio(x, from: before, count: n), seconds: now.seconds))
        if wantsToStop && end == nil { end = .callback }
      }
      if let end {
        now.end = end
        break
      }
      if keepsBefore { copy(x, to: before, count: n) }
      let stepsBefore = stepCount
      if algorithm.isBatch {
        if let end = iterate(&point, evaluate) {
          now.end = reason(end, &point, isNumeric: differences != nil, evaluate)
          break
        }
      } else {
        do throws(Failure) {
          guard try advance(tensors, isFirst: now.steps == 0) else {
            now.end = .diverged
            break
          }
        } catch {
          if !bounds.isEmpty { copy(givenMemory.pointer(to: Double.self), to: x, count: n) }
          throw error
        }
        bounds.project(x, count: n)
        point.evaluate(evaluate)
      }
      // A gradient that was only collected is no step, and some methods move nothing in their first ones: the value's rest
      // means nothing then. But whoever has not moved after many steps will not.
      hasStepped = isBatch || stepCount > stepsBefore
      if hasStepped {
        now.steps += 1
        hasMoved = hasMoved || now.gradientNorm == 0 || now.steps > 1000
        for index in 0..<n where keepsBefore && !hasMoved { hasMoved = x[index] != before[index] }
        if hasMoved { previous = now.value }
      }
    }
    now.bestValue = best?.value ?? now.value
    let bestPoint = bestMemory.pointer(to: Double.self)
    if let out = choice.best { copy(best == nil ? UnsafePointer(x) : UnsafePointer(bestPoint), to: out, count: n) }
    if now.end == .diverged || choice.returnsBest, let best {
      copy(bestPoint, to: x, count: n)
      now.value = best.value
      now.gradientNorm = best.gradientNorm
    }
    return now
  }

  /// Why a batch method made no step.
  private func reason(
    _ end: BatchEnd, _ point: inout BatchPoint, isNumeric: Bool, _ evaluate: Evaluation
  ) -> SearchEnd {
    switch end {
    case .minimum: return .gradient
    case .notFinite: return .diverged
    case .stuck:
      if isNumeric { return .rounding }
      return point.gradientIsWrong(evaluate) ? .wrongGradient : .rounding
    }
  }
}

/// How far `x` has come from `before`, as a share of the norm there.
private func updateRatio(_ x: UnsafePointer<Double>, from before: UnsafePointer<Double>, count: Int) -> Double {
  let length = norm(before, count: count)
  return length == 0 ? 0 : norm(x, minus: before, count: count) / length
}
