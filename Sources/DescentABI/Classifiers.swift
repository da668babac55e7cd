import CDescent
import Descent

@_cdecl("descent_classifier_create") @implementation
public func descent_classifier_create(
  _ dimension: Int, _ classes: Int, _ loss: descent_loss, _ out: UnsafeMutablePointer<OpaquePointer?>!
) -> descent_status {
  create(.classifier, dimension, classes, loss, out)
}

@_cdecl("descent_classifier_create_binary") @implementation
public func descent_classifier_create_binary(
  _ dimension: Int, _ loss: descent_loss, _ out: UnsafeMutablePointer<OpaquePointer?>!
) -> descent_status {
  create(.binary, dimension, 1, loss, out)
}

@_cdecl("descent_classifier_free") @implementation
public func descent_classifier_free(_ classifier: OpaquePointer!) { freeModel(classifier) }

@_cdecl("descent_classifier_set_l2") @implementation
public func descent_classifier_set_l2(
  _ classifier: OpaquePointer!, _ l2: Double
) -> descent_status {
  setL2(classifier, "classifier", l2)
}

@_cdecl("descent_classifier_initialize") @implementation
public func descent_classifier_initialize(
  _ classifier: OpaquePointer!, _ standard_deviation: Double, _ seed: UInt64
) -> descent_status {
  initialize(classifier, "classifier", standard_deviation, seed)
}

@_cdecl("descent_classifier_fit") @implementation
public func descent_classifier_fit(
  _ classifier: OpaquePointer!, _ optimizer: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!,
  _ options: UnsafePointer<descent_fit_options>!, _ progress: descent_progress!,
  _ context: UnsafeMutableRawPointer!
) -> descent_status {
  fit(classifier, "classifier", optimizer, data, options, Progress(callback: progress, context: context), goesOn: false)
}

@_cdecl("descent_classifier_resume") @implementation
public func descent_classifier_resume(
  _ classifier: OpaquePointer!, _ optimizer: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!,
  _ options: UnsafePointer<descent_fit_options>!, _ progress: descent_progress!,
  _ context: UnsafeMutableRawPointer!
) -> descent_status {
  fit(classifier, "classifier", optimizer, data, options, Progress(callback: progress, context: context), goesOn: true)
}

@_cdecl("descent_classifier_fit_result") @implementation
public func descent_classifier_fit_result(
  _ classifier: OpaquePointer!, _ result: UnsafeMutablePointer<descent_fit_result>!
) -> descent_status {
  fitResult(classifier, "classifier", result)
}

@_cdecl("descent_classifier_choose_optimizer") @implementation
public func descent_classifier_choose_optimizer(
  _ classifier: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!,
  _ options: UnsafeMutablePointer<descent_fit_options>!, _ out: UnsafeMutablePointer<OpaquePointer?>!
) -> descent_status {
  chooseOptimizer(classifier, "classifier", data, options, out)
}

@_cdecl("descent_classifier_learning_rate_range") @implementation
public func descent_classifier_learning_rate_range(
  _ classifier: OpaquePointer!, _ optimizer: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!,
  _ fit: UnsafePointer<descent_fit_options>!, _ options: UnsafePointer<descent_range_options>!,
  _ rates: UnsafeMutablePointer<Double>!, _ losses: UnsafeMutablePointer<Double>!,
  _ count: UnsafeMutablePointer<Int>!, _ proposal: UnsafeMutablePointer<Double>!
) -> descent_status {
  rangeTest(classifier, "classifier", optimizer, data, fit, options, rates, losses, count, proposal)
}

@_cdecl("descent_classifier_evaluate") @implementation
public func descent_classifier_evaluate(
  _ classifier: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!, _ loss: UnsafeMutablePointer<Double>!,
  _ accuracy: UnsafeMutablePointer<Double>!
) -> descent_status {
  evaluate(classifier, "classifier", data, loss, accuracy)
}

@_cdecl("descent_classifier_loss_gradient") @implementation
public func descent_classifier_loss_gradient(
  _ classifier: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!, _ loss: UnsafeMutablePointer<Double>!,
  _ weight_gradient: UnsafeMutablePointer<Float>!, _ bias_gradient: UnsafeMutablePointer<Float>!
) -> descent_status {
  lossGradient(classifier, "classifier", data, loss, weight_gradient, bias_gradient)
}

@_cdecl("descent_classifier_scores") @implementation
public func descent_classifier_scores(
  _ classifier: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!, _ scores: UnsafeMutablePointer<Float>!
) -> descent_status {
  writeScores(classifier, "classifier", data, scores)
}

@_cdecl("descent_classifier_predict") @implementation
public func descent_classifier_predict(
  _ classifier: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!, _ labels: UnsafeMutablePointer<Int32>!
) -> descent_status {
  report { () throws(Failure) in
    let model = try require(classifier, "classifier", as: LinearModel.self)
    let data = try dataset(data)
    try model.pointee.predict(data, into: require(labels, "labels"))
  }
}

@_cdecl("descent_classifier_parameters") @implementation
public func descent_classifier_parameters(
  _ classifier: OpaquePointer!, _ weights: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>!,
  _ bias: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>!
) -> descent_status {
  parameters(classifier, "classifier", weights, bias)
}

@_cdecl("descent_classifier_exact_parameters") @implementation
public func descent_classifier_exact_parameters(
  _ classifier: OpaquePointer!, _ weights: UnsafeMutablePointer<Double>!,
  _ bias: UnsafeMutablePointer<Double>!
) -> descent_status {
  exactParameters(classifier, "classifier", weights, bias)
}

@_cdecl("descent_classifier_gradient_check") @implementation
public func descent_classifier_gradient_check(
  _ classifier: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!, _ step: Double, _ count: Int,
  _ seed: UInt64, _ report: UnsafeMutablePointer<descent_gradient_report>!
) -> descent_status {
  checkGradient(classifier, "classifier", data, step, count, seed, report)
}

@_cdecl("descent_classifier_random_search") @implementation
public func descent_classifier_random_search(
  _ classifier: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!,
  _ options: UnsafePointer<descent_search_options>!, _ progress: descent_progress!,
  _ progress_context: UnsafeMutableRawPointer!, _ result: UnsafeMutablePointer<descent_result>!
) -> descent_status {
  searchRandomly(
    classifier, "classifier", data, options, Progress(callback: progress, context: progress_context), result)
}
