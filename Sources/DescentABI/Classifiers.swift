import CDescent
import Descent

@_cdecl("descent_classifier_create") @implementation
public func descent_classifier_create(
  _ dimension: Int, _ classes: Int, _ loss: descent_loss, _ out: UnsafeMutablePointer<OpaquePointer?>!
) -> descent_status {
  report { () throws(Failure) in
    let out = try require(out, "out")
    let classifier = try LinearClassifier(
      dimension: dimension, classes: classes, loss: LossFunction.find(loss.rawValue))
    out.pointee = OpaquePointer(try makeHandle(classifier))
  }
}

@_cdecl("descent_classifier_free") @implementation
public func descent_classifier_free(_ classifier: OpaquePointer!) {
  if let classifier { freeHandle(UnsafeMutablePointer<LinearClassifier>(classifier)) }
}

@_cdecl("descent_classifier_set_l2") @implementation
public func descent_classifier_set_l2(_ classifier: OpaquePointer!, _ l2: Double) -> descent_status {
  report { () throws(Failure) in
    try require(classifier, "classifier", as: LinearClassifier.self).pointee.setL2(l2)
  }
}

@_cdecl("descent_classifier_initialize") @implementation
public func descent_classifier_initialize(
  _ classifier: OpaquePointer!, _ standard_deviation: Double, _ seed: UInt64
) -> descent_status {
  report { () throws(Failure) in
    try require(classifier, "classifier", as: LinearClassifier.self).pointee
      .initialize(standardDeviation: standard_deviation, seed: seed)
  }
}

@_cdecl("descent_classifier_evaluate") @implementation
public func descent_classifier_evaluate(
  _ classifier: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!, _ loss: UnsafeMutablePointer<Double>!,
  _ accuracy: UnsafeMutablePointer<Double>!
) -> descent_status {
  report { () throws(Failure) in
    let classifier = try require(classifier, "classifier", as: LinearClassifier.self)
    let result = try classifier.pointee.evaluate(dataset(data))
    loss?.pointee = result.loss
    accuracy?.pointee = result.accuracy
  }
}

@_cdecl("descent_classifier_loss_gradient") @implementation
public func descent_classifier_loss_gradient(
  _ classifier: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!, _ loss: UnsafeMutablePointer<Double>!,
  _ weight_gradient: UnsafeMutablePointer<Float>!, _ bias_gradient: UnsafeMutablePointer<Float>!
) -> descent_status {
  report { () throws(Failure) in
    let classifier = try require(classifier, "classifier", as: LinearClassifier.self)
    let data = try dataset(data)
    let loss = try require(loss, "loss")
    let weightGradient = try require(weight_gradient, "weight_gradient")
    let biasGradient = try require(bias_gradient, "bias_gradient")
    loss.pointee = try classifier.pointee.lossAndGradient(
      data, weightGradient: weightGradient, biasGradient: biasGradient)
  }
}

@_cdecl("descent_classifier_scores") @implementation
public func descent_classifier_scores(
  _ classifier: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!, _ scores: UnsafeMutablePointer<Float>!
) -> descent_status {
  report { () throws(Failure) in
    let classifier = try require(classifier, "classifier", as: LinearClassifier.self)
    let data = try dataset(data)
    try classifier.pointee.scores(data, into: require(scores, "scores"))
  }
}

@_cdecl("descent_classifier_predict") @implementation
public func descent_classifier_predict(
  _ classifier: OpaquePointer!, _ data: UnsafePointer<descent_dataset>!, _ labels: UnsafeMutablePointer<Int32>!
) -> descent_status {
  report { () throws(Failure) in
    let classifier = try require(classifier, "classifier", as: LinearClassifier.self)
    let data = try dataset(data)
    try classifier.pointee.predict(data, into: require(labels, "labels"))
  }
}

@_cdecl("descent_classifier_parameters") @implementation
public func descent_classifier_parameters(
  _ classifier: OpaquePointer!, _ weights: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>!,
  _ bias: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>!
) -> descent_status {
  report { () throws(Failure) in
    let classifier = try require(classifier, "classifier", as: LinearClassifier.self)
    let (weights, bias) = (try require(weights, "weights"), try require(bias, "bias"))
    weights.pointee = classifier.pointee.weights
    bias.pointee = classifier.pointee.bias
  }
}

/// The data set that a caller described.
func dataset(_ pointer: UnsafePointer<descent_dataset>?) throws(Failure) -> Dataset {
  let data = try read(pointer, "data")
  guard let type = Dataset.FeatureType(rawValue: data.dtype.rawValue) else {
    throw Failure(
      .invalidArgument, "data: dtype: \(data.dtype.rawValue) is neither DESCENT_FLOAT32 (1) nor DESCENT_UINT8 (3)")
  }
  return try Dataset(
    features: require(data.features, "data: features"), type: type, labels: data.labels, samples: data.samples,
    dimension: data.dimension, scale: data.scale, offset: data.offset)
}
