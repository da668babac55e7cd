import CDescent
import Descent

@_cdecl("descent_loss_classify") @implementation
public func descent_loss_classify(
  _ loss: descent_loss, _ dtype: descent_dtype, _ batch: Int, _ classes: Int, _ scores: UnsafeRawPointer!,
  _ labels: UnsafePointer<Int32>!, _ gradient: UnsafeMutableRawPointer!, _ value: UnsafeMutablePointer<Double>!
) -> descent_status {
  report { () throws(Failure) in
    let (scores, labels) = (try require(scores, "scores"), try require(labels, "labels"))
    let value = try require(value, "value")
    let rows = try Batch(
      scores: scores, gradient: gradient, rows: batch, columns: classes, type: ElementType.checked(dtype.rawValue),
      scoresName: "scores", columnsName: "classes")
    value.pointee = try LossFunction.find(loss.rawValue).classify(rows, labels: labels)
  }
}

@_cdecl("descent_loss_regress") @implementation
public func descent_loss_regress(
  _ loss: descent_loss, _ dtype: descent_dtype, _ batch: Int, _ outputs: Int, _ predictions: UnsafeRawPointer!,
  _ targets: UnsafeRawPointer!, _ gradient: UnsafeMutableRawPointer!, _ value: UnsafeMutablePointer<Double>!
) -> descent_status {
  regress(loss, nil, dtype, batch, outputs, predictions, targets, gradient, value)
}

@_cdecl("descent_loss_regress_with") @implementation
public func descent_loss_regress_with(
  _ loss: descent_loss, _ parameter: Double, _ dtype: descent_dtype, _ batch: Int, _ outputs: Int,
  _ predictions: UnsafeRawPointer!, _ targets: UnsafeRawPointer!, _ gradient: UnsafeMutableRawPointer!,
  _ value: UnsafeMutablePointer<Double>!
) -> descent_status {
  regress(loss, parameter, dtype, batch, outputs, predictions, targets, gradient, value)
}

private func regress(
  _ loss: descent_loss, _ parameter: Double?, _ dtype: descent_dtype, _ batch: Int, _ outputs: Int,
  _ predictions: UnsafeRawPointer?, _ targets: UnsafeRawPointer?, _ gradient: UnsafeMutableRawPointer?,
  _ value: UnsafeMutablePointer<Double>?
) -> descent_status {
  report { () throws(Failure) in
    let (predictions, targets) = (try require(predictions, "predictions"), try require(targets, "targets"))
    let value = try require(value, "value")
    let rows = try Batch(
      scores: predictions, gradient: gradient, rows: batch, columns: outputs, type: ElementType.checked(dtype.rawValue),
      scoresName: "predictions", columnsName: "outputs")
    var loss = try LossFunction.find(loss.rawValue)
    if let parameter { loss = try loss.with(parameter: parameter) }
    value.pointee = try loss.regress(rows, targets: targets)
  }
}
