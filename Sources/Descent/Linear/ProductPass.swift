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
    guard let floats = byteCount(rowsPerBlock, dimension + outputs + AnswerRoom.floats(outputs: outputs)) else {
      throw Failure(.outOfMemory, "no memory for \(rowsPerBlock) rows of \(dimension) features")
    }
    memory = try Memory(of: Float.self, count: floats, purpose: "a block of samples")
    self.product = product
    self.dimension = dimension
    self.outputs = outputs
  }

  var features: UnsafeMutablePointer<Float> { memory.pointer(to: Float.self) }
  var scores: UnsafeMutablePointer<Float> { features + rowsPerBlock * dimension }
  var answers: AnswerRoom { AnswerRoom(scores + rowsPerBlock * outputs, rows: rowsPerBlock, outputs: outputs) }
}

extension LinearModel {
  /// Goes through the selected samples by matrix products. Their bits may differ from one CPU to another.
  func productPass(
    _ data: Dataset, _ selection: Selection, _ request: PassRequest, in room: borrowing ProductRoom
  ) -> PassSums {
    let product = room.product!
    product.adoptThreadCount()
    if let gradient = request.gradient { for index in 0..<outputs { gradient.biasSums[index] = 0 } }
    let use = ScoreUse(self, selection, request)
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
      sums.add(use.apply(scores, from: first, rows: rows, room.answers))
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
}
