import CPlatform

/// How a random search goes; the modes' numbers are those of `descent_search_mode`.
public struct SearchOptions {
  enum Mode: Int32 {
    case global = 1
    case local = 2
  }

  let mode: Mode
  let trials: UInt64
  let scale: Double
  private let random: Philox

  public init(mode: Int32, trials: UInt64, scale: Double, seed: UInt64) throws(Failure) {
    guard let mode = Mode(rawValue: mode) else {
      throw Failure(.invalidArgument, "options: mode: there is no search mode \(mode)")
    }
    if trials == 0 { throw Failure(.invalidArgument, "options: trials: 0 is outside [1, \(UInt64.max)]") }
    try checkNotNegative(scale, "options: scale")
    self.mode = mode
    self.trials = trials
    self.scale = scale
    random = Philox(seed: seed, stream: RandomPurpose.search.stream())
  }

  /// Number `index` of `count` of a trial, counted from 0: a global search tries it, a local one adds it.
  func draw(_ index: Int, of count: Int, trial: UInt64) -> Double {
    scale * normalQuantile(random.uniform(at: trial &* UInt64(count) &+ UInt64(index)))
  }

  /// The loop that all searches share. `start` is the value at the first point, if it counts. `attempt` returns the value
  /// of a trial; `settle` is told whether that one is the best so far. `progress` returns true to stop.
  func search(
    start: Double?, since begin: Double, attempt: (UInt64) -> Double, settle: (Bool) -> Void,
    progress: (FitProgress) -> Bool
  ) -> SearchResult {
    var result = SearchResult(end: .steps, value: start ?? .nan)
    result.evaluations = start == nil ? 0 : 1
    var best = start.map { $0.isFinite ? $0 : .infinity } ?? .infinity
    var anyFinite = false
    while result.steps < trials && result.end == .steps {
      let value = attempt(result.steps)
      result.steps += 1
      result.evaluations += 1
      let isBetter = value.isFinite && value < best
      if isBetter { (best, result.value) = (value, value) }
      anyFinite = anyFinite || value.isFinite
      settle(isBetter)
      result.seconds = platform_seconds() - begin
      if progress(FitProgress(step: result.steps, stepTotal: trials, loss: best, seconds: result.seconds)) {
        result.end = .callback
      }
    }
    if !anyFinite && result.end == .steps { result.end = .diverged }
    result.bestValue = result.value
    return result
  }
}

/// Looks for a small value of an objective of `n` numbers by chance. `x` holds the best point at any time.
public func randomSearch(
  _ objective: Objective, at x: UnsafeMutablePointer<Double>, count n: Int, _ options: SearchOptions,
  progress: (FitProgress) -> Bool
) throws(Failure) -> SearchResult {
  try checkDimension(n)
  let memory = try Memory(of: Double.self, count: n, purpose: "the point that is tried")
  let point = memory.pointer(to: Double.self)
  let begin = platform_seconds()
  return options.search(
    start: options.mode == .local ? objective(x, nil) : nil, since: begin,
    attempt: { trial in
      for index in 0..<n {
        let center = options.mode == .local ? x[index] : 0
        point[index] = center + options.draw(index, of: n, trial: trial)
      }
      return objective(point, nil)
    },
    settle: { isBest in if isBest { copy(point, to: x, count: n) } },
    progress: progress)
}
