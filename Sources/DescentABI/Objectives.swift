import CDescent
import Descent

@_cdecl("descent_minimize") @implementation
public func descent_minimize(
  _ optimizer: OpaquePointer!, _ n: Int, _ x: UnsafeMutablePointer<Double>!, _ objective: descent_objective!,
  _ context: UnsafeMutableRawPointer!, _ stop: UnsafePointer<descent_stop>!, _ progress: descent_progress!,
  _ progress_context: UnsafeMutableRawPointer!, _ result: UnsafeMutablePointer<descent_result>!
) -> descent_status {
  report { () throws(Failure) in
    try minimize(
      optimizer, n, x, Bounds(), objective, context, nil, stop,
      Progress(callback: progress, context: progress_context), result)
  }
}

@_cdecl("descent_minimize_numerically") @implementation
public func descent_minimize_numerically(
  _ optimizer: OpaquePointer!, _ n: Int, _ x: UnsafeMutablePointer<Double>!, _ objective: descent_objective!,
  _ context: UnsafeMutableRawPointer!, _ method: descent_difference, _ step: Double,
  _ stop: UnsafePointer<descent_stop>!, _ progress: descent_progress!,
  _ progress_context: UnsafeMutableRawPointer!, _ result: UnsafeMutablePointer<descent_result>!
) -> descent_status {
  report { () throws(Failure) in
    try minimize(
      optimizer, n, x, Bounds(), objective, context, Differences(method: method.rawValue, step: step), stop,
      Progress(callback: progress, context: progress_context), result)
  }
}

@_cdecl("descent_minimize_bounded") @implementation
public func descent_minimize_bounded(
  _ optimizer: OpaquePointer!, _ n: Int, _ x: UnsafeMutablePointer<Double>!, _ lower: UnsafePointer<Double>!,
  _ upper: UnsafePointer<Double>!, _ objective: descent_objective!, _ context: UnsafeMutableRawPointer!,
  _ stop: UnsafePointer<descent_stop>!, _ progress: descent_progress!,
  _ progress_context: UnsafeMutableRawPointer!, _ result: UnsafeMutablePointer<descent_result>!
) -> descent_status {
  report { () throws(Failure) in
    try minimize(
      optimizer, n, x, Bounds(lower: lower, upper: upper), objective, context, nil, stop,
      Progress(callback: progress, context: progress_context), result)
  }
}

@_cdecl("descent_minimize_bounded_numerically") @implementation
public func descent_minimize_bounded_numerically(
  _ optimizer: OpaquePointer!, _ n: Int, _ x: UnsafeMutablePointer<Double>!, _ lower: UnsafePointer<Double>!,
  _ upper: UnsafePointer<Double>!, _ objective: descent_objective!, _ context: UnsafeMutableRawPointer!,
  _ method: descent_difference, _ step: Double, _ stop: UnsafePointer<descent_stop>!, _ progress: descent_progress!,
  _ progress_context: UnsafeMutableRawPointer!, _ result: UnsafeMutablePointer<descent_result>!
) -> descent_status {
  report { () throws(Failure) in
    try minimize(
      optimizer, n, x, Bounds(lower: lower, upper: upper), objective, context,
      Differences(method: method.rawValue, step: step), stop,
      Progress(callback: progress, context: progress_context), result)
  }
}

@inline(never)
private func minimize(
  _ optimizer: OpaquePointer?, _ n: Int, _ x: UnsafeMutablePointer<Double>?, _ bounds: Bounds,
  _ objective: descent_objective?, _ context: UnsafeMutableRawPointer?, _ differences: Differences?,
  _ stop: UnsafePointer<descent_stop>?,
  _ progress: Progress, _ result: UnsafeMutablePointer<descent_result>?
) throws(Failure) {
  let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
  let (x, objective) = (try require(x, "x"), try require(objective, "objective"))
  let (stop, choice) = try stopCriteria(stop)
  let result = try ResultStruct(result, "result")
  let outcome = try optimizer.pointee.minimize(
    { objective(n, $0, $1, context) }, from: x, count: n, differences: differences, within: bounds, until: stop,
    returning: choice, isWatched: progress.callback != nil, progress: { progress.report($0) })
  write(outcome, to: result)
}

@_cdecl("descent_numeric_gradient") @implementation
public func descent_numeric_gradient(
  _ n: Int, _ x: UnsafePointer<Double>!, _ objective: descent_objective!, _ context: UnsafeMutableRawPointer!,
  _ method: descent_difference, _ step: Double, _ gradient: UnsafeMutablePointer<Double>!
) -> descent_status {
  report { () throws(Failure) in
    let (x, objective) = (try require(x, "x"), try require(objective, "objective"))
    let gradient = try require(gradient, "gradient")
    try numericGradient(
      of: { objective(n, $0, $1, context) }, at: x, count: n, Differences(method: method.rawValue, step: step),
      into: gradient)
  }
}

@_cdecl("descent_gradient_check") @implementation
public func descent_gradient_check(
  _ n: Int, _ x: UnsafePointer<Double>!, _ objective: descent_objective!, _ context: UnsafeMutableRawPointer!,
  _ step: Double, _ report: UnsafeMutablePointer<descent_gradient_report>!
) -> descent_status {
  DescentABI.report { () throws(Failure) in try checkGradient(n, x, objective, context, step, nil, 0, report) }
}

@_cdecl("descent_gradient_check_subset") @implementation
public func descent_gradient_check_subset(
  _ n: Int, _ x: UnsafePointer<Double>!, _ objective: descent_objective!, _ context: UnsafeMutableRawPointer!,
  _ step: Double, _ count: Int, _ seed: UInt64, _ report: UnsafeMutablePointer<descent_gradient_report>!
) -> descent_status {
  DescentABI.report { () throws(Failure) in try checkGradient(n, x, objective, context, step, count, seed, report) }
}

private func checkGradient(
  _ n: Int, _ x: UnsafePointer<Double>?, _ objective: descent_objective?, _ context: UnsafeMutableRawPointer?,
  _ step: Double, _ count: Int?, _ seed: UInt64, _ out: UnsafeMutablePointer<descent_gradient_report>?
) throws(Failure) {
  let (x, objective) = (try require(x, "x"), try require(objective, "objective"))
  let out = try gradientReport(out)
  let found = try Descent.checkGradient(
    of: { objective(n, $0, $1, context) }, at: x, count: n, step: step, subset: count, seed: seed)
  write(found, to: out)
}

@_cdecl("descent_random_search") @implementation
public func descent_random_search(
  _ n: Int, _ x: UnsafeMutablePointer<Double>!, _ objective: descent_objective!, _ context: UnsafeMutableRawPointer!,
  _ options: UnsafePointer<descent_search_options>!, _ progress: descent_progress!,
  _ progress_context: UnsafeMutableRawPointer!, _ result: UnsafeMutablePointer<descent_result>!
) -> descent_status {
  report { () throws(Failure) in
    let (x, objective) = (try require(x, "x"), try require(objective, "objective"))
    let options = try searchOptions(options)
    let result = try ResultStruct(result, "result")
    let progress = Progress(callback: progress, context: progress_context)
    let outcome = try randomSearch(
      { objective(n, $0, $1, context) }, at: x, count: n, options, progress: { progress.report($0) })
    write(outcome, to: result)
  }
}

private func stopCriteria(
  _ pointer: UnsafePointer<descent_stop>?
) throws(Failure) -> (StopCriteria, PointChoice) {
  let stop = try read(pointer, "stop")
  if stop.reserved != 0 { throw Failure(.invalidArgument, "stop: reserved: \(stop.reserved) is not 0") }
  if stop.reserved_2 != 0 { throw Failure(.invalidArgument, "stop: reserved_2: \(stop.reserved_2) is not 0") }
  if stop.return_best > 1 {
    throw Failure(.invalidArgument, "stop: return_best: \(stop.return_best) is neither 0 nor 1")
  }
  let criteria = try StopCriteria(
    maxSteps: stop.max_steps, gradientTolerance: stop.gradient_tolerance, valueTolerance: stop.value_tolerance,
    targetValue: stop.target_value, maxSeconds: stop.max_seconds)
  return (criteria, PointChoice(returnsBest: stop.return_best == 1, best: stop.best_x))
}

func searchOptions(_ pointer: UnsafePointer<descent_search_options>?) throws(Failure) -> SearchOptions {
  let options = try read(pointer, "options")
  return try SearchOptions(
    mode: options.mode, trials: options.trials, scale: options.scale, seed: options.seed)
}

func write(_ outcome: SearchResult, to out: ResultStruct<descent_result>) {
  var result = descent_result()
  result.reason = descent_reason(rawValue: outcome.end.rawValue)
  result.steps = outcome.steps
  result.evaluations = outcome.evaluations
  result.value = outcome.value
  result.gradient_norm = outcome.gradientNorm
  result.seconds = outcome.seconds
  result.best_value = outcome.bestValue
  out.write(result)
}

func gradientReport(
  _ pointer: UnsafeMutablePointer<descent_gradient_report>?
) throws(Failure) -> ResultStruct<descent_gradient_report> {
  let report = try ResultStruct(pointer, "report")
  let reserved = report.asGiven.reserved
  if reserved != 0 { throw Failure(.invalidArgument, "report: reserved: \(reserved) is not 0") }
  return report
}

func write(_ found: GradientReport, to out: ResultStruct<descent_gradient_report>) {
  var report = descent_gradient_report()
  report.max_relative_error = found.maxRelativeError
  report.worst_index = found.worstIndex
  report.analytic = found.analytic
  report.numeric = found.numeric
  report.checked = found.checked
  report.suspected_kinks = found.suspectedKinks
  report.undetermined = found.undetermined
  report.undetermined_index = found.undeterminedIndex
  report.value = found.value
  report.noise = found.noise
  out.write(report)
}
