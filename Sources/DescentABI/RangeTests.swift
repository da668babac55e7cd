import CDescent
import Descent

extension descent_range_options {
  static var defaults: descent_range_options {
    var options = descent_range_options()
    options.struct_size = UInt32(MemoryLayout<descent_range_options>.size)
    options.steps = RangeOptions.defaultSteps
    options.minimum = RangeOptions.defaultMinimum
    options.maximum = RangeOptions.defaultMaximum
    return options
  }
}

@_cdecl("descent_range_options_init") @implementation
public func descent_range_options_init(_ options: UnsafeMutablePointer<descent_range_options>!) {
  options?.pointee = descent_range_options.defaults
}

@_cdecl("descent_learning_rate_range") @implementation
public func descent_learning_rate_range(
  _ optimizer: OpaquePointer!, _ n: Int, _ x: UnsafePointer<Double>!, _ objective: descent_objective!,
  _ context: UnsafeMutableRawPointer!, _ options: UnsafePointer<descent_range_options>!,
  _ rates: UnsafeMutablePointer<Double>!, _ losses: UnsafeMutablePointer<Double>!,
  _ count: UnsafeMutablePointer<Int>!, _ proposal: UnsafeMutablePointer<Double>!
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    let (x, objective) = (try require(x, "x"), try require(objective, "objective"))
    let options = try rangeOptions(options)
    let results = try RangeResults(rates, losses, count, proposal)
    results.write(
      try optimizer.pointee.testLearningRates({ objective(n, $0, $1, context) }, from: x, count: n, options))
  }
}

@inline(never)
func rangeTest(
  _ model: OpaquePointer?, _ name: StaticString, _ optimizer: OpaquePointer?, _ data: UnsafePointer<descent_dataset>?,
  _ fit: UnsafePointer<descent_fit_options>?, _ options: UnsafePointer<descent_range_options>?,
  _ rates: UnsafeMutablePointer<Double>?, _ losses: UnsafeMutablePointer<Double>?,
  _ count: UnsafeMutablePointer<Int>?, _ proposal: UnsafeMutablePointer<Double>?
) -> descent_status {
  report { () throws(Failure) in
    try Sharing(fit, "fit", data).run { peers throws(Failure) in
      let model = try require(model, name, as: LinearModel.self)
      let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
      let data = try dataset(data, mayBeEmpty: peers != nil)
      let fit = try fitOptions(fit, peers, "fit")
      let options = try rangeOptions(options)
      let results = try RangeResults(rates, losses, count, proposal)
      results.write(try model.pointee.testLearningRates(data, of: optimizer.pointee, fit, options))
    }
  }
}

private func rangeOptions(_ pointer: UnsafePointer<descent_range_options>?) throws(Failure) -> RangeOptions {
  let options = try read(pointer, "options")
  return try RangeOptions(steps: options.steps, minimum: options.minimum, maximum: options.maximum)
}

/// Where the caller wants the results, all of them being there. Nothing is written before the test has succeeded.
private struct RangeResults {
  let rates: UnsafeMutablePointer<Double>
  let losses: UnsafeMutablePointer<Double>
  let count: UnsafeMutablePointer<Int>
  let proposal: UnsafeMutablePointer<Double>

  init(
    _ rates: UnsafeMutablePointer<Double>?, _ losses: UnsafeMutablePointer<Double>?,
    _ count: UnsafeMutablePointer<Int>?, _ proposal: UnsafeMutablePointer<Double>?
  ) throws(Failure) {
    self.rates = try require(rates, "rates")
    self.losses = try require(losses, "losses")
    self.count = try require(count, "count")
    self.proposal = try require(proposal, "proposal")
  }

  func write(_ record: borrowing RangeRecord) {
    record.copy(rates: rates, losses: losses)
    count.pointee = record.count
    proposal.pointee = record.proposal
  }
}
