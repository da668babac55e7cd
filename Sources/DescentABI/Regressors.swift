import CDescent
import Descent

@_cdecl("descent_regressor_create") @implementation
public func descent_regressor_create(
  _ dimension: Int, _ outputs: Int, _ loss: descent_loss, _ out: UnsafeMutablePointer<OpaquePointer?>!
) -> descent_status {
  create(.regressor, dimension, outputs, loss, out)
}

@_cdecl("descent_regressor_set_loss_parameter") @implementation
public func descent_regressor_set_loss_parameter(_ regressor: OpaquePointer!, _ parameter: Double) -> descent_status {
  report { () throws(Failure) in
    try require(regressor, "regressor", as: LinearModel.self).pointee.setLossParameter(parameter)
  }
}

@_cdecl("descent_regressor_free") @implementation
public func descent_regressor_free(_ regressor: OpaquePointer!) { freeModel(regressor) }

@_cdecl("descent_regressor_set_l2") @implementation
public func descent_regressor_set_l2(
  _ regressor: OpaquePointer!, _ l2: Double
) -> descent_status {
  setL2(regressor, "regressor", l2)
}

@_cdecl("descent_regressor_initialize") @implementation
public func descent_regressor_initialize(
  _ regressor: OpaquePointer!, _ standard_deviation: Double, _ seed: UInt64
) -> descent_status {
  initialize(regressor, "regressor", standard_deviation, seed)
}

@_cdecl("descent_regressor_fit") @implementation
public func descent_regressor_fit(
  _ regressor: OpaquePointer!, _ optimizer: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!,
  _ options: UnsafePointer<descent_fit_options>!, _ progress: descent_progress!,
  _ context: UnsafeMutableRawPointer!
) -> descent_status {
  fit(regressor, "regressor", optimizer, data, options, Progress(callback: progress, context: context), goesOn: false)
}

@_cdecl("descent_regressor_resume") @implementation
public func descent_regressor_resume(
  _ regressor: OpaquePointer!, _ optimizer: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!,
  _ options: UnsafePointer<descent_fit_options>!, _ progress: descent_progress!,
  _ context: UnsafeMutableRawPointer!
) -> descent_status {
  fit(regressor, "regressor", optimizer, data, options, Progress(callback: progress, context: context), goesOn: true)
}

@_cdecl("descent_regressor_fit_result") @implementation
public func descent_regressor_fit_result(
  _ regressor: OpaquePointer!, _ result: UnsafeMutablePointer<descent_fit_result>!
) -> descent_status {
  fitResult(regressor, "regressor", result)
}

@_cdecl("descent_regressor_choose_optimizer") @implementation
public func descent_regressor_choose_optimizer(
  _ regressor: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!,
  _ options: UnsafeMutablePointer<descent_fit_options>!, _ out: UnsafeMutablePointer<OpaquePointer?>!
) -> descent_status {
  chooseOptimizer(regressor, "regressor", data, options, out)
}

@_cdecl("descent_regressor_learning_rate_range") @implementation
public func descent_regressor_learning_rate_range(
  _ regressor: OpaquePointer!, _ optimizer: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!,
  _ fit: UnsafePointer<descent_fit_options>!, _ options: UnsafePointer<descent_range_options>!,
  _ rates: UnsafeMutablePointer<Double>!, _ losses: UnsafeMutablePointer<Double>!,
  _ count: UnsafeMutablePointer<Int>!, _ proposal: UnsafeMutablePointer<Double>!
) -> descent_status {
  rangeTest(regressor, "regressor", optimizer, data, fit, options, rates, losses, count, proposal)
}

@_cdecl("descent_regressor_evaluate") @implementation
public func descent_regressor_evaluate(
  _ regressor: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!, _ loss: UnsafeMutablePointer<Double>!,
  _ r2: UnsafeMutablePointer<Double>!
) -> descent_status {
  evaluate(regressor, "regressor", data, loss, r2)
}

@_cdecl("descent_regressor_loss_gradient") @implementation
public func descent_regressor_loss_gradient(
  _ regressor: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!, _ loss: UnsafeMutablePointer<Double>!,
  _ weight_gradient: UnsafeMutablePointer<Float>!, _ bias_gradient: UnsafeMutablePointer<Float>!
) -> descent_status {
  lossGradient(regressor, "regressor", data, loss, weight_gradient, bias_gradient)
}

@_cdecl("descent_regressor_scores") @implementation
public func descent_regressor_scores(
  _ regressor: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!, _ scores: UnsafeMutablePointer<Float>!
) -> descent_status {
  writeScores(regressor, "regressor", data, scores)
}

@_cdecl("descent_regressor_predict") @implementation
public func descent_regressor_predict(
  _ regressor: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!, _ predictions: UnsafeMutablePointer<Float>!
) -> descent_status {
  report { () throws(Failure) in
    let model = try require(regressor, "regressor", as: LinearModel.self)
    let data = try dataset(data)
    try model.pointee.predictTargets(data, into: require(predictions, "predictions"))
  }
}

@_cdecl("descent_regressor_parameters") @implementation
public func descent_regressor_parameters(
  _ regressor: OpaquePointer!, _ weights: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>!,
  _ bias: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>!
) -> descent_status {
  parameters(regressor, "regressor", weights, bias)
}

@_cdecl("descent_regressor_exact_parameters") @implementation
public func descent_regressor_exact_parameters(
  _ regressor: OpaquePointer!, _ weights: UnsafeMutablePointer<Double>!,
  _ bias: UnsafeMutablePointer<Double>!
) -> descent_status {
  exactParameters(regressor, "regressor", weights, bias)
}

@_cdecl("descent_regressor_gradient_check") @implementation
public func descent_regressor_gradient_check(
  _ regressor: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!, _ step: Double, _ count: Int,
  _ seed: UInt64, _ report: UnsafeMutablePointer<descent_gradient_report>!
) -> descent_status {
  checkGradient(regressor, "regressor", data, step, count, seed, report)
}

@_cdecl("descent_regressor_random_search") @implementation
public func descent_regressor_random_search(
  _ regressor: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!,
  _ options: UnsafePointer<descent_search_options>!, _ progress: descent_progress!,
  _ progress_context: UnsafeMutableRawPointer!, _ result: UnsafeMutablePointer<descent_result>!
) -> descent_status {
  searchRandomly(regressor, "regressor", data, options, Progress(callback: progress, context: progress_context), result)
}
