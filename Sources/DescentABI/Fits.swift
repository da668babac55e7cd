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

@_cdecl("descent_fit_options_init") @implementation
public func descent_fit_options_init(_ options: UnsafeMutablePointer<descent_fit_options>!) {
  options?.pointee = descent_fit_options.defaults
}

@_cdecl("descent_classifier_fit") @implementation
public func descent_classifier_fit(
  _ classifier: OpaquePointer!, _ optimizer: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!,
  _ options: UnsafePointer<descent_fit_options>!, _ progress: descent_progress!,
  _ context: UnsafeMutableRawPointer!
) -> descent_status {
  fit(classifier, optimizer, data, options, Progress(callback: progress, context: context), goesOn: false)
}

@_cdecl("descent_classifier_resume") @implementation
public func descent_classifier_resume(
  _ classifier: OpaquePointer!, _ optimizer: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!,
  _ options: UnsafePointer<descent_fit_options>!, _ progress: descent_progress!,
  _ context: UnsafeMutableRawPointer!
) -> descent_status {
  fit(classifier, optimizer, data, options, Progress(callback: progress, context: context), goesOn: true)
}

@inline(never)
private func fit(
  _ classifier: OpaquePointer?, _ optimizer: OpaquePointer?, _ data: UnsafePointer<descent_dataset>?,
  _ options: UnsafePointer<descent_fit_options>?, _ observer: Progress, goesOn: Bool
) -> descent_status {
  report { () throws(Failure) in
    let classifier = try require(classifier, "classifier", as: LinearClassifier.self)
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    let data = try dataset(data)
    let options = try fitOptions(options)
    try classifier.pointee.fit(
      data, with: optimizer, options, goesOn: goesOn, isWatched: observer.callback != nil
    ) { observer.report($0) }
  }
}

/// `name` is what the function that was called names them.
func fitOptions(
  _ pointer: UnsafePointer<descent_fit_options>?, _ name: StaticString = "options"
) throws(Failure) -> FitOptions {
  let options = try read(pointer, name)
  if options.reserved != 0 { throw Failure(.invalidArgument, "options: reserved: \(options.reserved) is not 0") }
  return try FitOptions(
    epochs: options.epochs, batchSize: options.batch_size, sampling: options.sampling, seed: options.seed)
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
    zero_fraction: state.zeroFraction, noise_scale: state.noiseScale)
}
