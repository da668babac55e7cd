import CDescentKernels
import CPlatform

// Gradients that have some rows of a tensor only, as those of embeddings: these rows make a step, and the others stay as they
// are. Nothing that takes time depends on the others but the first step.

extension Optimizer {
  /// Throws where rows that are left alone would not be what the method, or an option, means.
  func checkRows(_ tensors: TensorList) throws(Failure) {
    try checkRows()
    if groups[KERNEL_STATE_DTYPE] == Double(StateStorage.quantized8.rawValue) {
      for index in 0..<tensors.count where tensors.someRows(index) != nil {
        let shape = try tensors.checkedShape(index)
        if shape.count >= 4096 && shape.columns % 256 != 0 {
          throw Failure(
            .unsupported, "tensor \(index): row_indices: rows of \(shape.columns) share blocks of quantized state")
        }
      }
    }
  }

  /// Whether steps may have some rows only, whatever the tensors' shapes.
  var canStepRows: Bool {
    (try? checkRows()) != nil && groups[KERNEL_STATE_DTYPE] != Double(StateStorage.quantized8.rawValue)
  }

  private func checkRows() throws(Failure) {
    if algorithm.isReducing || isOfMatrices || algorithm.rule.pointee.average != KERNEL_NO_AVERAGE {
      throw Failure(.unsupported, "row_indices: \(algorithm.name) needs all rows")
    }
    try checkRows(KERNEL_AVERAGE, 0)
    try checkRows(KERNEL_LOOKAHEAD_STEPS, 0)
    try checkRows(KERNEL_ACCUMULATE_STEPS, 1)
    try checkRows(KERNEL_TRACK_HEALTH, 0)
    for place in 0..<groups.count {
      try checkRows(KERNEL_CENTRALIZE, 0, group: place)
      try checkRows(KERNEL_ADAPTIVE_CLIP, 0, group: place)
      try checkRows(KERNEL_CAUTIOUS, 0, group: place)
    }
  }

  private func checkRows(_ option: kernel_option, _ none: Double, group: Int = 0) throws(Failure) {
    if groups[group].pointee.values[option] > none {
      throw Failure(.unsupported, "row_indices: \(Option.name(option)) needs all rows")
    }
  }

  /// Updates the tensors whose gradients have some rows.
  mutating func updateRows(_ tensors: TensorList) {
    if !tensors.haveRows { return }
    let count = state.count
    withUnsafePointer(to: &self) { optimizer in
      for index in 0..<count where tensors.takesPart(index) {
        guard let rows = tensors.someRows(index) else { continue }
        let columns = optimizer.pointee.state.shape(index).columns
        let rowsPerPiece = max(1, 16384 / columns)
        var job = RowsJob(optimizer: optimizer, tensors: tensors, index: index, rowsPerPiece: rowsPerPiece)
        run(
          &job, pieces: (rows.count - 1) / rowsPerPiece + 1, inParallel: rows.count * columns >= leastParallelCount)
      }
    }
  }

  fileprivate func updateRows(_ tensors: TensorList, _ index: Int, from first: Int, to last: Int) {
    var update = groups.commonUpdate(of: tensors.group(index))
    locateRow(&update, tensors, index, first)
    let (isDouble, rows) = (state.shape(index).type.isDouble, tensors.someRows(index)!)
    kernel_run(kernels, algorithm.rule, &update, isDouble)
    if update.is_stored {
      for place in first + 1..<last {
        locateRow(&update, tensors, index, place)
        kernel_run(kernels, algorithm.rule, &update, isDouble)
      }
      return
    }
    // Values and states have the same type.
    let bytes = state.shape(index).columns * state.shape(index).type.size
    for place in first + 1..<last {
      kernel_update_move(&update, Int(rows[place] - rows[place - 1]) * bytes, bytes)
      kernel_run(kernels, algorithm.rule, &update, isDouble)
    }
  }

  /// The first number of these rows that the step would write and that is NaN or infinite.
  func firstNotFiniteOfRows(_ tensors: TensorList) -> NotFinite? {
    if !tensors.haveRows { return nil }
    for index in 0..<state.count where tensors.takesPart(index) {
      guard let rows = tensors.someRows(index) else { continue }
      var update = groups.commonUpdate(of: tensors.group(index))
      var found = kernel_finding()
      for place in 0..<rows.count {
        locateRow(&update, tensors, index, place)
        guard kernel_try(kernels, algorithm.rule, &update, state.shape(index).type.isDouble, &found) else { continue }
        return NotFinite(
          tensor: index, buffer: found.state < 0 ? nil : Int(found.state),
          index: Int(rows[place]) * state.shape(index).columns + found.index, value: found.number)
      }
    }
    return nil
  }

  /// Says where a row and its gradient are, the one at this place among those of the gradient.
  private func locateRow(_ update: inout kernel_update, _ tensors: TensorList, _ index: Int, _ place: Int) {
    let columns = state.shape(index).columns
    let first = Int(tensors.someRows(index)![place]) * columns
    locate(&update, in: tensors, index, from: first, to: first + columns)
    update.gradient = tensors.gradient(index)! + place * columns * tensors.gradientType(index).size
    setConstants(&update, tensor: index)
  }
}

private struct RowsJob: Job {
  let optimizer: UnsafePointer<Optimizer>
  let tensors: TensorList
  let index: Int
  let rowsPerPiece: Int

  static var piece: platform_piece {
    { job, number in
      let job = job.assumingMemoryBound(to: RowsJob.self).pointee
      let first = number * job.rowsPerPiece
      let last = min(first + job.rowsPerPiece, job.tensors.someRows(job.index)!.count)
      job.optimizer.pointee.updateRows(job.tensors, job.index, from: first, to: last)
    }
  }
}
