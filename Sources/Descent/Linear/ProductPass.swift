import CDescentKernels

/// Memory for one block of samples in the matrix products. A pass goes block by block, so that a block's features are
/// still in the cache when the gradient needs them.
struct ProductRoom: ~Copyable {
  let rowsPerBlock: Int
  fileprivate let product: MatrixProduct?
  private let memory: Memory
  private let dimension: Int
  private let outputs: Int

  init() {
    (rowsPerBlock, product, dimension, outputs) = (0, nil, 0, 0)
    memory = Memory()
  }

  init(_ product: MatrixProduct, dimension: Int, outputs: Int, atMost count: Int) throws(Failure) {
    rowsPerBlock = min(count, max(16, min(1024, 262_144 / dimension)))
    guard let floats = byteCount(rowsPerBlock, dimension + 2 * outputs + 3) else {
      throw Failure(.outOfMemory, "no memory for \(rowsPerBlock) rows of \(dimension) features")
    }
    memory = try Memory(of: Float.self, count: floats, purpose: "a block of samples")
    self.product = product
    self.dimension = dimension
    self.outputs = outputs
  }

  var features: UnsafeMutablePointer<Float> { memory.pointer(to: Float.self) }
  var scores: UnsafeMutablePointer<Float> { features + rowsPerBlock * dimension }
  var targets: UnsafeMutablePointer<Float> { scores + rowsPerBlock * outputs }
  var weights: UnsafeMutablePointer<Float> { targets + rowsPerBlock * outputs }
  var labels: UnsafeMutablePointer<Int32> {
    UnsafeMutableRawPointer(weights + rowsPerBlock).assumingMemoryBound(to: Int32.self)
  }
  var predictions: UnsafeMutablePointer<Int32> { labels + rowsPerBlock }
}

extension LinearModel {
  /// Goes through the selected samples by matrix products. Their bits may differ from one CPU to another.
  func productPass(
    _ data: Dataset, _ selection: Selection, _ request: PassRequest, in room: borrowing ProductRoom
  ) -> PassSums {
    let product = room.product!
    product.adoptThreadCount()
    if let gradient = request.gradient { for index in 0..<outputs { gradient.biasSums[index] = 0 } }
    var sums = PassSums()
    var first = 0
    while first < selection.count {
      let rows = min(room.rowsPerBlock, selection.count - first)
      let indices = selection.indices.map { $0 + first }
      let features = block(data, indices, first, rows, room)
      let scores = request.scores.map { $0 + first * outputs } ?? room.scores
      kernels.pointee.fill_rows(scores, trainedBias, rows, outputs)
      product.multiply(
        features, trained, into: scores, rows: rows, columns: outputs, inner: dimension, accumulate: true)
      let isFinite = kernels.pointee.first_not_finite(scores, false, rows * outputs) == rows * outputs
      sums.isFinite = sums.isFinite && isFinite
      var own: Answers?
      if let answers = request.answers { own = select(answers, indices, first, rows, room) }
      predict(scores, rows, indices, request, first, room, &sums)
      if let own {
        let scale = request.gradient == nil ? nil : 1 / Double(selection.total)
        sums.loss += lossSum(scores, own, rows, gradientScale: scale, room)
      }
      if let gradient = request.gradient {
        product.multiply(
          features, scores, into: gradient.weights, rows: dimension, columns: outputs, inner: rows,
          transposeLeft: true, accumulate: first > 0)
        kernels.pointee.add_column_sums(gradient.biasSums, scores, rows, outputs)
      }
      first += rows
    }
    if let gradient = request.gradient {
      for index in 0..<outputs { gradient.bias[index] = Float(gradient.biasSums[index]) }
      if request.addsPenalty { addPenalty(to: gradient.weights) }
    }
    return sums
  }

  /// The features of a block, one sample per row.
  private func block(
    _ data: Dataset, _ indices: UnsafePointer<Int>?, _ first: Int, _ rows: Int, _ room: borrowing ProductRoom
  ) -> UnsafePointer<Float> {
    if indices == nil, let inPlace = data.rowsInPlace(from: first) { return inPlace }
    data.gather(indices, from: first, count: rows, into: room.features)
    return UnsafePointer(room.features)
  }

  /// The labels or targets of a block, the targets in float32, and its weights.
  private func select(
    _ answers: Answers, _ indices: UnsafePointer<Int>?, _ first: Int, _ rows: Int, _ room: borrowing ProductRoom
  ) -> Answers {
    var own = answers
    func number(_ row: Int) -> Int { indices.map { $0[row] } ?? first + row }
    if let labels = answers.labels {
      for row in 0..<rows { room.labels[row] = labels[number(row)] }
      own.labels = UnsafePointer(room.labels)
    }
    if let targets = answers.targets {
      for row in 0..<rows {
        let from = number(row) * outputs
        for output in 0..<outputs { room.targets[row * outputs + output] = Float(targets[from + output]) }
      }
      own.targets = Dataset.Targets(room.targets, .float32)
    }
    if let weights = answers.weights {
      for row in 0..<rows { room.weights[row] = Float(weights[number(row)] * answers.weightScale) }
    }
    return own
  }

  private func predict(
    _ scores: UnsafePointer<Float>, _ rows: Int, _ indices: UnsafePointer<Int>?, _ request: PassRequest,
    _ first: Int, _ room: borrowing ProductRoom, _ sums: inout PassSums
  ) {
    guard request.countsHits || request.predictions != nil else { return }
    let predictions = request.predictions.map { $0 + first } ?? room.predictions
    kernels.pointee.argmax_rows(predictions, scores, rows, outputs)
    guard request.countsHits, let answers = request.answers, let labels = answers.labels else { return }
    for row in 0..<rows {
      let number = indices.map { $0[row] } ?? first + row
      if predictions[row] == labels[number] { sums.hits += answers.weights.map { $0[number] } ?? 1 }
    }
  }

  /// The sum of a block's losses. If `gradientScale` is given, the scores are replaced by their gradient times it.
  private func lossSum(
    _ scores: UnsafeMutablePointer<Float>, _ answers: Answers, _ rows: Int, gradientScale: Double?,
    _ room: borrowing ProductRoom
  ) -> Double {
    loss.sum(
      kernel_rows(
        is_double: false, scores: scores, labels: answers.labels, targets: answers.targets?.numbers,
        gradient: gradientScale == nil ? nil : UnsafeMutableRawPointer(scores), rows: rows, columns: outputs,
        gradient_scale: gradientScale ?? 0, shrinks: false, parameter: loss.parameter,
        weights: answers.weights == nil ? nil : UnsafePointer(room.weights), is_binary: task == .binary))
  }
}
