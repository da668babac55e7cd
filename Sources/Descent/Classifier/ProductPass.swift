import CDescentKernels

/// Memory for one block of samples in the matrix products. A pass goes block by block, so that a block's features are
/// still in the cache when the gradient needs them.
struct ProductRoom: ~Copyable {
  let rowsPerBlock: Int
  fileprivate let product: MatrixProduct?
  private let memory: Memory
  private let dimension: Int
  private let classes: Int

  init() {
    (rowsPerBlock, product, dimension, classes) = (0, nil, 0, 0)
    memory = Memory()
  }

  init(_ product: MatrixProduct, dimension: Int, classes: Int, atMost count: Int) throws(Failure) {
    rowsPerBlock = min(count, max(16, min(1024, 262_144 / dimension)))
    guard let floats = byteCount(rowsPerBlock, dimension + classes + 2) else {
      throw Failure(.outOfMemory, "no memory for \(rowsPerBlock) rows of \(dimension) features")
    }
    memory = try Memory(of: Float.self, count: floats, purpose: "a block of samples")
    self.product = product
    self.dimension = dimension
    self.classes = classes
  }

  var features: UnsafeMutablePointer<Float> { memory.pointer(to: Float.self) }
  var scores: UnsafeMutablePointer<Float> { features + rowsPerBlock * dimension }
  var labels: UnsafeMutablePointer<Int32> {
    UnsafeMutableRawPointer(scores + rowsPerBlock * classes).assumingMemoryBound(to: Int32.self)
  }
  var predictions: UnsafeMutablePointer<Int32> { labels + rowsPerBlock }
}

extension LinearClassifier {
  /// Goes through the selected samples by matrix products. Their bits may differ from one CPU to another.
  func productPass(
    _ data: Dataset, _ selection: Selection, _ request: PassRequest, in room: borrowing ProductRoom
  ) -> PassSums {
    let product = room.product!
    product.adoptThreadCount()
    if let gradient = request.gradient { for index in 0..<classes { gradient.biasSums[index] = 0 } }
    var sums = PassSums()
    var first = 0
    while first < selection.count {
      let rows = min(room.rowsPerBlock, selection.count - first)
      let indices = selection.indices.map { $0 + first }
      let features = block(data, indices, first, rows, room)
      let scores = request.scores.map { $0 + first * classes } ?? room.scores
      kernels.pointee.fill_rows(scores, bias, rows, classes)
      product.multiply(
        features, weights, into: scores, rows: rows, columns: classes, inner: dimension, accumulate: true)
      let labels = request.labels.map { select($0, indices, first, rows, room) }
      predict(scores, rows, labels, request, first, room, &sums)
      if let labels {
        sums.loss += lossSum(
          scores, labels, rows, gradientScale: request.gradient.map { _ in 1 / Double(selection.count) })
      }
      if let gradient = request.gradient {
        product.multiply(
          features, scores, into: gradient.weights, rows: dimension, columns: classes, inner: rows,
          transposeLeft: true, accumulate: first > 0)
        kernels.pointee.add_column_sums(gradient.biasSums, scores, rows, classes)
      }
      first += rows
    }
    if let gradient = request.gradient {
      for index in 0..<classes { gradient.bias[index] = Float(gradient.biasSums[index]) }
      if l2 != 0 { kernels.pointee.add_scaled(gradient.weights, weights, 2 * l2, weightCount) }
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

  private func select(
    _ labels: UnsafePointer<Int32>, _ indices: UnsafePointer<Int>?, _ first: Int, _ rows: Int,
    _ room: borrowing ProductRoom
  ) -> UnsafePointer<Int32> {
    guard let indices else { return labels + first }
    for row in 0..<rows { room.labels[row] = labels[indices[row]] }
    return UnsafePointer(room.labels)
  }

  private func predict(
    _ scores: UnsafePointer<Float>, _ rows: Int, _ labels: UnsafePointer<Int32>?, _ request: PassRequest,
    _ first: Int, _ room: borrowing ProductRoom, _ sums: inout PassSums
  ) {
    guard request.countsHits || request.predictions != nil else { return }
    let predictions = request.predictions.map { $0 + first } ?? room.predictions
    kernels.pointee.argmax_rows(predictions, scores, rows, classes)
    guard request.countsHits, let labels else { return }
    for row in 0..<rows where predictions[row] == labels[row] { sums.hits += 1 }
  }

  /// The sum of a block's losses. If `gradientScale` is given, the scores are replaced by their gradient times it.
  private func lossSum(
    _ scores: UnsafeMutablePointer<Float>, _ labels: UnsafePointer<Int32>, _ rows: Int, gradientScale: Double?
  ) -> Double {
    loss.sum(
      kernel_rows(
        is_double: false, scores: scores, labels: labels, targets: nil,
        gradient: gradientScale == nil ? nil : UnsafeMutableRawPointer(scores),
        rows: rows, columns: classes, gradient_scale: gradientScale ?? 0, shrinks: false, parameter: loss.parameter,
        weights: nil, is_binary: false))
  }
}
