import CDescent
import DescentABI

/// A caller's function, and how often the library called it.
final class CallerFunction {
  let evaluate: ([Double], UnsafeMutablePointer<Double>?) -> Double
  private(set) var calls: UInt64 = 0
  /// What the next calls of the progress callback return.
  var stopAtStep: UInt64?
  private(set) var reports: [descent_progress_report] = []

  init(_ evaluate: @escaping ([Double], UnsafeMutablePointer<Double>?) -> Double) { self.evaluate = evaluate }

  /// (x - 1)² + 2 (y - 2)², its gradient only where it is asked for.
  static func bowl() -> CallerFunction {
    CallerFunction { x, gradient in
      gradient?[0] = 2 * (x[0] - 1)
      gradient?[1] = 4 * (x[1] - 2)
      return (x[0] - 1) * (x[0] - 1) + 2 * (x[1] - 2) * (x[1] - 2)
    }
  }

  var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  static let objective: descent_objective = { count, x, gradient, context in
    let function = Unmanaged<CallerFunction>.fromOpaque(context!).takeUnretainedValue()
    function.calls += 1
    let bytes = UnsafeRawBufferPointer(start: x, count: count * 8)
    return function.evaluate((0..<count).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self) }, gradient)
  }

  static let progress: descent_progress = { report, context in
    let function = Unmanaged<CallerFunction>.fromOpaque(context!).takeUnretainedValue()
    function.reports.append(report!.pointee)
    return report!.pointee.step == function.stopAtStep ? 1 : 0
  }
}

extension descent_stop {
  static func after(steps: UInt64 = 0, gradient: Double = 0) -> descent_stop {
    var stop = descent_stop()
    stop.struct_size = UInt32(MemoryLayout<descent_stop>.size)
    stop.max_steps = steps
    stop.gradient_tolerance = gradient
    return stop
  }

  func changed(_ change: (inout descent_stop) -> Void) -> descent_stop {
    var stop = self
    change(&stop)
    return stop
  }
}

extension descent_search_options {
  static func trials(_ trials: UInt64, mode: descent_search_mode = DESCENT_SEARCH_GLOBAL) -> descent_search_options {
    descent_search_options(
      struct_size: UInt32(MemoryLayout<descent_search_options>.size), mode: Int32(mode.rawValue), trials: trials,
      seed: 1, scale: 1)
  }

  func changed(_ change: (inout descent_search_options) -> Void) -> descent_search_options {
    var options = self
    change(&options)
    return options
  }
}

extension descent_result {
  static var empty: descent_result {
    var result = descent_result()
    result.struct_size = UInt32(MemoryLayout<descent_result>.size)
    return result
  }
}

extension descent_gradient_report {
  static var empty: descent_gradient_report {
    var report = descent_gradient_report()
    report.struct_size = UInt32(MemoryLayout<descent_gradient_report>.size)
    return report
  }
}
