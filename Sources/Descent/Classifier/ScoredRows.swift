import CDescentKernels

/// Which samples of a data set a pass goes through.
struct Selection {
  /// Sample numbers; nil for all of them, in their order.
  let indices: UnsafePointer<Int>?
  let count: Int

  static func all(_ data: Dataset) -> Selection { Selection(indices: nil, count: data.samples) }
}

/// Room for one block of samples on its way through the classifier. A pass goes block by block, so that however many
/// samples there are, a block's features are still in the cache when the gradient needs them again.
struct Workspace: ~Copyable {
  let rowsPerBlock: Int
  private let memory: Memory
  private let dimension: Int
  private let classes: Int

  init(dimension: Int, classes: Int, atMost count: Int) throws(Failure) {
    rowsPerBlock = min(count, max(16, min(1024, 262_144 / dimension)))
    guard let floats = byteCount(rowsPerBlock, dimension + classes + 1) else {
      throw Failure(.outOfMemory, "no memory for \(rowsPerBlock) rows of \(dimension) features")
    }
    memory = try Memory(of: Float.self, count: floats, purpose: "a block of samples")
    self.dimension = dimension
    self.classes = classes
  }

  var features: UnsafeMutablePointer<Float> { memory.pointer(to: Float.self) }
  var scores: UnsafeMutablePointer<Float> { features + rowsPerBlock * dimension }
  var labels: UnsafeMutablePointer<Int32> {
    UnsafeMutableRawPointer(scores + rowsPerBlock * classes).assumingMemoryBound(to: Int32.self)
  }
}

/// A block of samples whose scores have been computed.
struct ScoredBlock {
  let first: Int
  let rows: Int
  let features: UnsafePointer<Float>
  let scores: UnsafeMutablePointer<Float>
  /// nil if the pass asked for none.
  let labels: UnsafePointer<Int32>?
}

extension LinearClassifier {
  /// Scores the selected samples block by block and hands each block to `body`.
  func forEachBlock(
    _ data: Dataset, _ selection: Selection, labels: UnsafePointer<Int32>?, in workspace: borrowing Workspace,
    _ body: (ScoredBlock) -> Void
  ) {
    var first = 0
    while first < selection.count {
      let rows = min(workspace.rowsPerBlock, selection.count - first)
      let indices = selection.indices.map { $0 + first }
      var features = UnsafePointer(workspace.features)
      if indices == nil, let inPlace = data.rowsInPlace(from: first) {
        features = inPlace
      } else {
        data.gather(indices, from: first, count: rows, into: workspace.features)
      }
      kernels.pointee.fill_rows(workspace.scores, bias, rows, classes)
      multiply(
        features, weights, into: workspace.scores, rows: rows, columns: classes, inner: dimension,
        accumulate: true)
      body(
        ScoredBlock(
          first: first, rows: rows, features: features, scores: workspace.scores,
          labels: labels.map { select($0, indices, first, rows, workspace) }))
      first += rows
    }
  }

  private func select(
    _ labels: UnsafePointer<Int32>, _ indices: UnsafePointer<Int>?, _ first: Int, _ rows: Int,
    _ workspace: borrowing Workspace
  ) -> UnsafePointer<Int32> {
    guard let indices else { return labels + first }
    for row in 0..<rows { workspace.labels[row] = labels[indices[row]] }
    return UnsafePointer(workspace.labels)
  }

  /// The sum of a block's losses; its scores become their gradient, times `gradientScale`, if one is given.
  func lossSum(_ block: ScoredBlock, gradientScale: Double? = nil) -> Double {
    loss.sum(
      kernel_rows(
        is_double: false, scores: block.scores, labels: block.labels, targets: nil,
        gradient: gradientScale == nil ? nil : UnsafeMutableRawPointer(block.scores),
        rows: block.rows, columns: classes, gradient_scale: gradientScale ?? 0, value_scale: 1))
  }
}
