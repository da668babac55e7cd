import CDescentKernels
import CPlatform

extension LinearModel {
  /// Random search for a W with a small loss on the data, of features as they are. A global search sets the bias to 0, a
  /// local one keeps it. During `progress` the parameters are the best so far. No fit can be resumed afterwards.
  public func randomSearch(
    _ data: Dataset, _ options: SearchOptions, progress: (FitProgress) -> Bool
  ) throws(Failure) -> SearchResult {
    _ = try checked(data)
    let answers = try checkedAnswers(data)
    let workspace = try Workspace(self, data, atMost: data.samples)
    let best = try Memory(of: Float.self, count: parameterCount, purpose: "the best weights")
    let bestWeights = best.pointer(to: Float.self)
    copy(weights, to: bestWeights, count: parameterCount)
    forgetTraining()
    let begin = platform_seconds()
    return options.search(
      start: options.mode == .local ? meanLoss(data, answers, in: workspace) : nil, since: begin,
      attempt: { trial in
        for index in 0..<weightCount {
          let center = options.mode == .local ? Double(bestWeights[index]) : 0
          weights[index] = Float(center + options.draw(index, of: weightCount, trial: trial))
        }
        if options.mode == .global { for index in 0..<outputs { bias[index] = 0 } }
        return meanLoss(data, answers, in: workspace)
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
    _ data: Dataset, _ answers: Answers, in workspace: borrowing Workspace
  ) -> Double {
    pass(data, .all(data), PassRequest(answers: answers), in: workspace).loss / Double(data.samples) + penalty
  }
}
