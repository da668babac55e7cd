import CDescentKernels

extension LinearModel {
  /// Compares the model's own gradient on the data with central differences of its loss in double: `wanted`
  /// parameters, W before b, drawn by the seed; 0 for all. The step is one of the parameter; where it is 0, one that
  /// changes the scores by about 1e-4 is chosen.
  public func checkGradient(
    _ data: Dataset, step: Double, subset wanted: Int, seed: UInt64
  ) throws(Failure) -> GradientReport {
    let data = try checked(data)
    let answers = try checkedAnswers(data)
    try checkNotNegative(step, "step")
    if wanted < 0 || wanted > parameterCount {
      throw Failure(.invalidArgument, "count: \(UInt(bitPattern: wanted)) is outside [0, \(parameterCount)]")
    }
    let workspace = try Workspace(self, data, atMost: data.samples, takesGradient: true)
    let gradient = try ModelGradient(self)
    var exact = try LossInDouble(self, data, answers)

    let loss = lossAndGradient(data, .all(data), answers, in: workspace, gradient: gradient).loss
    if !(loss.isFinite && exact.value.isFinite) { throw Failure(.notFinite, "\(noun): its loss is \(loss)") }
    for index in 0..<parameterCount where !gradient.weights[index].isFinite {
      throw Failure(.notFinite, "\(noun): the gradient of parameter \(index) is \(Double(gradient.weights[index]))")
    }
    var subset = Subset(wanted == 0 ? parameterCount : wanted, of: parameterCount, seed: seed)
    let noise = Noise(level: 4 * Double.ulpOfOne * abs(exact.value), relative: 4 * Double.ulpOfOne)
    var report = GradientReport(value: exact.value, noise: noise)
    for index in 0..<parameterCount where subset.takes(index) {
      exact.select(index)
      let analytic = Double(gradient.weights[index])
      let size = exact.featureSize(index)
      // x is the change of the parameter, which starts at 0.
      var check = CoordinateCheck(
        analytic: analytic, x: 0, value: exact.value, noise: noise, reach: 1e4 / (size > 0 ? size : 1))
      check.slack = roundingInSingle(exact, index)
      check.negligible = 2 * check.slack
      check.comparable = 1e-4
      // A local function: a stored closure would be allocated on the heap.
      func line(_ change: Double) -> Double { exact.value(index, changedBy: change) }
      let differences = try Differences(.central, step: step > 0 ? step : 1e-4 / (size > 0 ? size : 1))
      let finding = check.compare(line, from: differences.derivative(of: line, at: 0, value: exact.value))
      guard let finding else {
        throw Failure(.notFinite, "\(noun): its loss is NaN or infinite near parameter \(index)")
      }
      report.add(finding, index: index, analytic: analytic)
    }
    return report
  }

  /// What rounding to float32 may make of an error in a component of the gradient. A component is a mean of products of
  /// a feature and a slope, which the scores' own rounding changes too.
  private func roundingInSingle(_ exact: borrowing LossInDouble, _ index: Int) -> Double {
    let penalty = index < weightCount ? 2 * l2 * abs(Double(trained[index])) : 0
    let products = exact.featureSize(index) * exact.slopeSize(index)
    return Double(Float.ulpOfOne) * ((32 + 8 * exact.largestScore) * products + 4 * penalty)
  }
}
