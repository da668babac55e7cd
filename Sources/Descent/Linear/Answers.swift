import CDescentKernels

/// What a pass compares its scores with, after it has been checked: labels or targets, and how much each sample counts.
struct Answers {
  var labels: UnsafePointer<Int32>?
  var targets: Dataset.Targets?
  var weights: UnsafePointer<Double>?
  /// The sum of the weights, and what makes their mean 1.
  var totalWeight = 0.0
  var weightScale = 1.0

  /// The sum of the weights of some samples.
  func weight(from first: Int, count: Int) -> Double {
    guard let weights else { return Double(count) }
    var sum = 0.0
    for sample in first..<first + count { sum += weights[sample] }
    return sum
  }

  /// Throws if there are none.
  var weightsToDrawBy: UnsafePointer<Double> {
    get throws(Failure) {
      guard let weights else {
        throw Failure(.nullPointer, "data: weights is NULL, but weighted sampling draws by them")
      }
      return weights
    }
  }
}

extension LinearModel {
  /// The labels or targets, and the weights, after checking them. Those of a process among several still lack the sum of the
  /// weights, which `Spread.complete` adds; it may have no samples, and then no labels.
  func checkedAnswers(_ data: Dataset, isPart: Bool = false) throws(Failure) -> Answers {
    var answers = Answers(totalWeight: Double(data.samples))
    if isPart && data.samples == 0 { return answers }
    if task == .regressor {
      answers.targets = try checkedTargets(data).seen(through: data.view, outputs: outputs)
    } else {
      guard let labels = data.labels else { throw Failure(.nullPointer, "data: labels is NULL") }
      try checkLabels(labels, count: data.samples, classes: classes)
      answers.labels = labels
    }
    if let weights = data.weights {
      answers.weights = weights
      let total = try checkedSum(weights, count: data.samples)
      if isPart { return answers }
      answers.totalWeight = try positiveTotal(total)
      answers.weightScale = Double(data.samples) / answers.totalWeight
    }
    return answers
  }

  private func checkedTargets(_ data: Dataset) throws(Failure) -> Dataset.Targets {
    guard let targets = data.targets else { throw Failure(.nullPointer, "data: targets is NULL") }
    try targets.check(samples: data.samples, outputs: outputs)
    guard let range = loss.targetRange else { return targets }
    for index in 0..<data.samples * outputs where !range.contains(targets[index]) {
      throw Failure(
        .invalidArgument,
        """
        data: targets: row \(index / outputs), column \(index % outputs): \(targets[index]) is outside \
        \(range.text), where those of \(loss.name) lie
        """)
    }
    return targets
  }
}

extension Dataset.Targets {
  /// Throws unless all are finite, in float32 too.
  func check(samples: Int, outputs: Int) throws(Failure) {
    guard let count = byteCount(samples, outputs), byteCount(count, type.size) != nil else {
      throw Failure(.invalidArgument, "data: samples * outputs: \(samples) * \(outputs) targets overflow")
    }
    for index in 0..<count where !Float(self[index]).isFinite {
      throw Failure(
        .notFinite,
        "data: targets: row \(index / outputs), column \(index % outputs): \(self[index]) is not finite in float32")
    }
  }
}

/// The sum of the weights, after checking that each is finite and not negative, and one is above 0.
func totalWeight(_ weights: UnsafePointer<Double>, count: Int) throws(Failure) -> Double {
  try positiveTotal(checkedSum(weights, count: count))
}

private func checkedSum(_ weights: UnsafePointer<Double>, count: Int) throws(Failure) -> Double {
  var sum = 0.0
  for index in 0..<count {
    guard weights[index].isFinite && weights[index] >= 0 else {
      throw Failure(.invalidArgument, "data: weights[\(index)]: \(weights[index]) is outside [0, inf)")
    }
    sum += weights[index]
  }
  return sum
}

/// The sum of all weights, if it is one to divide by.
func positiveTotal(_ sum: Double) throws(Failure) -> Double {
  guard sum > 0 && sum.isFinite else {
    let what: StaticString = sum > 0 ? "their sum overflows" : "all are 0"
    throw Failure(.invalidArgument, "data: weights: \(what)")
  }
  return sum
}
