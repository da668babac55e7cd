import CDescentKernels

/// Memory for the answers of a block of samples, in the order of its rows.
struct AnswerRoom {
  let targets: UnsafeMutablePointer<Float>
  let weights: UnsafeMutablePointer<Float>
  let labels: UnsafeMutablePointer<Int32>
  let predictions: UnsafeMutablePointer<Int32>

  /// How many floats it takes for each row.
  static func floats(outputs: Int) -> Int { outputs + 3 }

  init(_ base: UnsafeMutablePointer<Float>, rows: Int, outputs: Int) {
    targets = base
    weights = targets + rows * outputs
    labels = UnsafeMutableRawPointer(weights + rows).assumingMemoryBound(to: Int32.self)
    predictions = labels + rows
  }

  private init(_ room: AnswerRoom, row: Int, outputs: Int) {
    (targets, weights) = (room.targets + row * outputs, room.weights + row)
    (labels, predictions) = (room.labels + row, room.predictions + row)
  }

  /// From a row on.
  func from(_ row: Int, outputs: Int) -> AnswerRoom { AnswerRoom(self, row: row, outputs: outputs) }
}

/// What a pass does with scores that lie row by row.
struct ScoreUse {
  let loss: LossFunction
  let outputs: Int
  let isBinary: Bool
  let selection: Selection
  let request: PassRequest

  init(_ model: borrowing LinearModel, _ selection: Selection, _ request: PassRequest) {
    (loss, outputs, isBinary) = (model.loss, model.outputs, model.task == .binary)
    (self.selection, self.request) = (selection, request)
  }

  /// Judges the scores of the samples in some places of the selection. If a gradient is wanted, the scores' derivatives take
  /// their place.
  func apply(_ scores: UnsafeMutablePointer<Float>, from first: Int, rows: Int, _ room: AnswerRoom) -> PassSums {
    var sums = PassSums()
    sums.isFinite = kernels.pointee.first_not_finite(scores, false, rows * outputs) == rows * outputs
    sums.hits = predict(scores, first, rows, room)
    if let answers = request.answers { sums.loss = lossSum(scores, select(answers, first, rows, room), rows, room) }
    return sums
  }

  /// A sample's number in the data set.
  private func number(_ place: Int) -> Int { selection.indices.map { $0[place] } ?? place }

  /// The labels or targets of the rows, the targets in float32, and their weights.
  private func select(_ answers: Answers, _ first: Int, _ rows: Int, _ room: AnswerRoom) -> Answers {
    var own = answers
    if let labels = answers.labels {
      for row in 0..<rows { room.labels[row] = labels[number(first + row)] }
      own.labels = UnsafePointer(room.labels)
    }
    if let targets = answers.targets {
      for row in 0..<rows {
        let from = number(first + row) * outputs
        for output in 0..<outputs { room.targets[row * outputs + output] = Float(targets[from + output]) }
      }
      own.targets = Dataset.Targets(room.targets, .float32)
    }
    if let weights = answers.weights {
      for row in 0..<rows { room.weights[row] = Float(weights[number(first + row)] * answers.weightScale) }
    }
    return own
  }

  /// Writes the classes with the highest scores where they are wanted; returns the weight of those that are right.
  private func predict(_ scores: UnsafePointer<Float>, _ first: Int, _ rows: Int, _ room: AnswerRoom) -> Double {
    guard request.countsHits || request.predictions != nil else { return 0 }
    let predictions = request.predictions.map { $0 + first } ?? room.predictions
    if isBinary {
      for row in 0..<rows { predictions[row] = scores[row] > 0 ? 1 : 0 }
    } else {
      kernels.pointee.argmax_rows(predictions, scores, rows, outputs)
    }
    guard request.countsHits, let answers = request.answers, let labels = answers.labels else { return 0 }
    var hits = 0.0
    for row in 0..<rows where predictions[row] == labels[number(first + row)] {
      hits += answers.weights.map { $0[number(first + row)] } ?? 1
    }
    return hits
  }

  private func lossSum(
    _ scores: UnsafeMutablePointer<Float>, _ answers: Answers, _ rows: Int, _ room: AnswerRoom
  ) -> Double {
    let takesGradient = request.gradient != nil
    return loss.sum(
      kernel_rows(
        is_double: false, scores: scores, labels: answers.labels, targets: answers.targets?.numbers,
        gradient: takesGradient ? UnsafeMutableRawPointer(scores) : nil, rows: rows, columns: outputs,
        gradient_scale: takesGradient ? 1 / selection.total : 0, shrinks: false, parameter: loss.parameter,
        weights: answers.weights == nil ? nil : UnsafePointer(room.weights), is_binary: isBinary,
        smoothing: request.smoothing))
  }
}
