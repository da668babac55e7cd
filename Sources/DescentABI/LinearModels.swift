import CDescent
import Descent

// What the functions of classifiers and of regressors have in common: all that they do. `name` is that of the argument.

@inline(never)
func create(
  _ task: LinearModel.Task, _ dimension: Int, _ outputs: Int, _ loss: descent_loss,
  _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> descent_status {
  report { () throws(Failure) in
    let out = try require(out, "out")
    let model = try LinearModel(
      task, dimension: dimension, outputs: outputs, loss: LossFunction.find(loss.rawValue))
    out.pointee = OpaquePointer(try makeHandle(model))
  }
}

@inline(never)
func freeModel(_ model: OpaquePointer?) {
  if let model { freeHandle(UnsafeMutablePointer<LinearModel>(model)) }
}

@inline(never)
func setL2(_ model: OpaquePointer?, _ name: StaticString, _ l2: Double) -> descent_status {
  report { () throws(Failure) in try require(model, name, as: LinearModel.self).pointee.setL2(l2) }
}

@inline(never)
func initialize(
  _ model: OpaquePointer?, _ name: StaticString, _ standardDeviation: Double, _ seed: UInt64
) -> descent_status {
  report { () throws(Failure) in
    try require(model, name, as: LinearModel.self).pointee
      .initialize(standardDeviation: standardDeviation, seed: seed)
  }
}

@inline(never)
func evaluate(
  _ model: OpaquePointer?, _ name: StaticString, _ data: UnsafePointer<descent_dataset>?,
  _ loss: UnsafeMutablePointer<Double>?, _ score: UnsafeMutablePointer<Double>?
) -> descent_status {
  report { () throws(Failure) in
    try Sharing(data).run { peers throws(Failure) in
      let model = try require(model, name, as: LinearModel.self)
      let result = try model.pointee.evaluate(dataset(data, mayBeEmpty: peers != nil), peers)
      loss?.pointee = result.loss
      score?.pointee = result.score
    }
  }
}

@inline(never)
func lossGradient(
  _ model: OpaquePointer?, _ name: StaticString, _ data: UnsafePointer<descent_dataset>?,
  _ loss: UnsafeMutablePointer<Double>?, _ weightGradient: UnsafeMutablePointer<Float>?,
  _ biasGradient: UnsafeMutablePointer<Float>?
) -> descent_status {
  report { () throws(Failure) in
    try Sharing(data).run { peers throws(Failure) in
      let model = try require(model, name, as: LinearModel.self)
      let data = try dataset(data, mayBeEmpty: peers != nil)
      let loss = try require(loss, "loss")
      let weightGradient = try require(weightGradient, "weight_gradient")
      let biasGradient = try require(biasGradient, "bias_gradient")
      loss.pointee = try model.pointee.lossAndGradient(
        data, weightGradient: weightGradient, biasGradient: biasGradient, peers)
    }
  }
}

@inline(never)
func writeScores(
  _ model: OpaquePointer?, _ name: StaticString, _ data: UnsafePointer<descent_dataset>?,
  _ scores: UnsafeMutablePointer<Float>?
) -> descent_status {
  report { () throws(Failure) in
    let model = try require(model, name, as: LinearModel.self)
    let data = try dataset(data)
    try model.pointee.scores(data, into: require(scores, "scores"))
  }
}

@inline(never)
func parameters(
  _ model: OpaquePointer?, _ name: StaticString, _ weights: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>?,
  _ bias: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>?
) -> descent_status {
  report { () throws(Failure) in
    let model = try require(model, name, as: LinearModel.self)
    let (weights, bias) = (try require(weights, "weights"), try require(bias, "bias"))
    model.pointee.showMissed()
    weights.pointee = model.pointee.weights
    bias.pointee = model.pointee.bias
  }
}

@inline(never)
func exactParameters(
  _ model: OpaquePointer?, _ name: StaticString, _ weights: UnsafeMutablePointer<Double>?,
  _ bias: UnsafeMutablePointer<Double>?
) -> descent_status {
  report { () throws(Failure) in
    let model = try require(model, name, as: LinearModel.self)
    let (weights, bias) = (try require(weights, "weights"), try require(bias, "bias"))
    model.pointee.writeParameters(weights, bias)
  }
}

@inline(never)
func checkGradient(
  _ model: OpaquePointer?, _ name: StaticString, _ data: UnsafePointer<descent_dataset>?, _ step: Double,
  _ count: Int, _ seed: UInt64, _ report: UnsafeMutablePointer<descent_gradient_report>?
) -> descent_status {
  DescentABI.report { () throws(Failure) in
    let model = try require(model, name, as: LinearModel.self)
    try Sharing.refuse(data)
    let data = try dataset(data)
    let out = try gradientReport(report)
    write(try model.pointee.checkGradient(data, step: step, subset: count, seed: seed), to: out)
  }
}

@inline(never)
func searchRandomly(
  _ model: OpaquePointer?, _ name: StaticString, _ data: UnsafePointer<descent_dataset>?,
  _ options: UnsafePointer<descent_search_options>?, _ progress: Progress,
  _ result: UnsafeMutablePointer<descent_result>?
) -> descent_status {
  report { () throws(Failure) in
    let model = try require(model, name, as: LinearModel.self)
    try Sharing.refuse(data)
    let data = try dataset(data)
    let options = try searchOptions(options)
    let result = try ResultStruct(result, "result")
    write(try model.pointee.randomSearch(data, options, progress: { progress.report($0) }), to: result)
  }
}
