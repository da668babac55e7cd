import CDescent
import Descent

extension descent_fit_options {
  static var defaults: descent_fit_options {
    var options = descent_fit_options()
    options.struct_size = UInt32(MemoryLayout<descent_fit_options>.size)
    options.epochs = FitOptions.defaultEpochs
    options.batch_size = FitOptions.defaultBatchSize
    options.sampling = Int32(DESCENT_SAMPLE_SHUFFLE.rawValue)
    return options
  }
}

#if hasFeature(Embedded) && os(Linux)
  // Programs of 0.1 have room for the struct as it was then, and ask for the function of that version.
  @_cdecl("descent_fit_options_init@DESCENT_0.1")
  public func firstFitOptionsInit(_ options: UnsafeMutableRawPointer?) {
    var defaults = descent_fit_options.defaults
    defaults.struct_size = UInt32(descent_fit_options.firstSize)
    withUnsafeBytes(of: defaults) {
      options?.copyMemory(from: $0.baseAddress!, byteCount: descent_fit_options.firstSize)
    }
  }

  @_cdecl("descent_fit_options_init@@DESCENT_0.2")
  public func fitOptionsInit(_ options: UnsafeMutablePointer<descent_fit_options>?) {
    options?.pointee = descent_fit_options.defaults
  }
#else
  @_cdecl("descent_fit_options_init") @implementation
  public func descent_fit_options_init(_ options: UnsafeMutablePointer<descent_fit_options>!) {
    options?.pointee = descent_fit_options.defaults
  }
#endif

@inline(never)
func fit(
  _ model: OpaquePointer?, _ name: StaticString, _ optimizer: OpaquePointer?, _ data: UnsafePointer<descent_dataset>?,
  _ options: UnsafePointer<descent_fit_options>?, _ observer: Progress, goesOn: Bool
) -> descent_status {
  report { () throws(Failure) in
    try Sharing(options, "options", data).run { peers throws(Failure) in
      let model = try require(model, name, as: LinearModel.self)
      let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
      let data = try dataset(data, mayBeEmpty: peers != nil)
      let options = try fitOptions(options, peers)
      try model.pointee.fit(
        data, with: optimizer, options, goesOn: goesOn, isWatched: observer.callback != nil
      ) { observer.report($0) }
    }
  }
}

@inline(never)
func fitResult(
  _ model: OpaquePointer?, _ name: StaticString, _ result: UnsafeMutablePointer<descent_fit_result>?
) -> descent_status {
  report { () throws(Failure) in
    let model = try require(model, name, as: LinearModel.self)
    let out = try ResultStruct(result, "result")
    let found = model.pointee.fitResult
    var result = descent_fit_result()
    result.reason = found.reason.rawValue
    result.epochs = found.epochs
    result.best_epoch = found.bestEpoch
    result.steps = found.steps
    result.first_loss = found.firstLoss
    result.loss = found.loss
    result.best_loss = found.bestLoss
    result.is_amiss = found.isAmiss ? 1 : 0
    result.largest_feature = found.largestFeature
    result.largest_magnitude = found.largestMagnitude
    out.write(result)
  }
}

@inline(never)
func chooseOptimizer(
  _ model: OpaquePointer?, _ name: StaticString, _ data: UnsafePointer<descent_dataset>?,
  _ options: UnsafeMutablePointer<descent_fit_options>?, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> descent_status {
  report { () throws(Failure) in
    try Sharing(options, "options", data).run { peers throws(Failure) in
      let model = try require(model, name, as: LinearModel.self)
      let data = try dataset(data, mayBeEmpty: peers != nil)
      let result = try ResultStruct(options, "options")
      var given = result.asGiven
      let choosesEpochs = given.epochs == 0
      if choosesEpochs { given.epochs = FitOptions.defaultEpochs }
      var chosen = try checkedOptions(given, peers)
      let out = try require(out, "out")
      out.pointee = OpaquePointer(
        try makeHandle(try model.pointee.chooseOptimizer(data, &chosen, choosesEpochs: choosesEpochs)))
      write(chosen, to: result)
    }
  }
}

/// What goes with an optimizer that was chosen.
private func write(_ chosen: FitOptions, to result: ResultStruct<descent_fit_options>) {
  var options = result.asGiven
  options.epochs = chosen.epochs
  options.batch_size = UInt32(chosen.batchSize)
  options.sampling = chosen.sampling.rawValue
  options.standardize = chosen.standardizes ? 1 : 0
  options.patience = chosen.patience
  options.tolerance = chosen.tolerance
  result.write(options)
}

/// `name` is what the function that was called names them.
func fitOptions(
  _ pointer: UnsafePointer<descent_fit_options>?, _ peers: UnsafeMutablePointer<Peers>?,
  _ name: StaticString = "options"
) throws(Failure) -> FitOptions {
  try checkedOptions(try read(pointer, name), peers)
}

private func checkedOptions(
  _ options: descent_fit_options, _ peers: UnsafeMutablePointer<Peers>?
) throws(Failure) -> FitOptions {
  if options.reserved != 0 { throw Failure(.invalidArgument, "options: reserved: \(options.reserved) is not 0") }
  if options.reserved2 != 0 { throw Failure(.invalidArgument, "options: reserved2: \(options.reserved2) is not 0") }
  var read = try FitOptions(
    epochs: options.epochs, batchSize: options.batch_size, sampling: options.sampling, seed: options.seed)
  read.standardizes = try flag(options.standardize, "standardize")
  read.checksFeatures = try flag(options.check_features, "check_features")
  read.takesAverage = try flag(options.average, "average")
  read.peers = peers
  read.checksRanks = try flag(options.check_ranks, "check_ranks")
  if let validation = options.validation {
    read.validation = try dataset(validation, "options: validation", mayBeEmpty: peers != nil)
  }
  read.patience = options.patience
  try read.setTolerance(options.tolerance)
  try read.setL1(options.l1)
  read.makesFullSteps = try flag(options.dense_steps, "dense_steps")
  return read
}

private func flag(_ value: Int32, _ name: StaticString) throws(Failure) -> Bool {
  if value != 0 && value != 1 { throw Failure(.invalidArgument, "options: \(name): \(value) is neither 0 nor 1") }
  return value == 1
}

/// The caller's progress callback, if there is one.
struct Progress {
  let callback: descent_progress?
  let context: UnsafeMutableRawPointer?

  func report(_ state: FitProgress) -> Bool {
    guard let callback else { return false }
    var report = progressReport(state)
    return callback(&report, context) != 0
  }
}

private func progressReport(_ state: FitProgress) -> descent_progress_report {
  descent_progress_report(
    struct_size: UInt32(MemoryLayout<descent_progress_report>.size), epoch: state.epoch, step: state.step,
    step_total: state.stepTotal, loss: state.loss, learning_rate: state.learningRate,
    gradient_norm: state.gradientNorm, update_ratio: state.updateRatio, seconds: state.seconds,
    epoch_end: state.isEpochEnd, plateau: state.isPlateau, update_cosine: state.updateCosine,
    zero_fraction: state.zeroFraction, noise_scale: state.noiseScale, validation_loss: state.validationLoss)
}
