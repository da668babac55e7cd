import CDescentKernels
import CPlatform

extension LinearClassifier {
  /// Random search for a W with a small loss on the data. A global search sets the bias to 0, a local one keeps it.
  /// During `progress` the parameters are the best so far. No fit can be resumed afterwards.
  public func randomSearch(
    _ data: Dataset, _ options: SearchOptions, progress: (FitProgress) -> Bool
  ) throws(Failure) -> SearchResult {
    try check(data)
    let labels = try checkedLabels(data)
    let workspace = try Workspace(self, data, atMost: data.samples)
    let parameterCount = weightCount + classes
    let best = try Memory(of: Float.self, count: parameterCount, purpose: "the best weights")
    let bestWeights = best.pointer(to: Float.self)
    copy(weights, to: bestWeights, count: parameterCount)
    training.pointee = Training()
    let begin = platform_seconds()
    return options.search(
      start: options.mode == .local ? meanLoss(data, labels: labels, in: workspace) : nil, since: begin,
      attempt: { trial in
        for index in 0..<weightCount {
          let center = options.mode == .local ? Double(bestWeights[index]) : 0
          weights[index] = Float(center + options.draw(index, of: weightCount, trial: trial))
        }
        if options.mode == .global { for index in 0..<classes { bias[index] = 0 } }
        return meanLoss(data, labels: labels, in: workspace)
      },
      settle: { isBest in
        if isBest {
          copy(weights, to: bestWeights, count: parameterCount)
        } else {
          copy(bestWeights, to: weights, count: parameterCount)
        }
      },
      progress: progress)
  }

  private func meanLoss(
    _ data: Dataset, labels: UnsafePointer<Int32>, in workspace: borrowing Workspace
  ) -> Double {
    pass(data, .all(data), PassRequest(labels: labels), in: workspace).loss / Double(data.samples) + penalty
  }
}
