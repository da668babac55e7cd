import CDescentKernels
import CPlatform

// What becomes of gradients as a whole before clipping, decay and the rule: they are collected over several steps, centralized,
// and clipped unit by unit. A unit is an output: a column of a matrix, or a tensor with one row. All sums are in double, row
// after row, so that they depend neither on the instruction set nor on the threads.

extension Optimizer {
  /// Whether a call only collects its gradients, and a later one makes the step.
  func collects() -> Bool { Double(aids.collectedGradients + 1) < groups[KERNEL_ACCUMULATE_STEPS] }

  /// Takes gradients into the mean of those collected so far, without what they come multiplied by.
  mutating func collect(_ tensors: TensorList) {
    let share = 1 / Double(aids.collectedGradients + 1)
    for index in 0..<tensors.count where tensors.takesPart(index) {
      let mean = aids.gradientMean.buffer(0, tensor: index)!
      mix(tensors[index], mean, share: share, into: mean)
    }
    aids.collectedGradients += 1
  }

  /// The tensors with the gradients that the rule is to get; what is kept does not change.
  mutating func prepareGradients(_ tensors: TensorList) -> TensorList {
    let share = 1 / Double(aids.collectedGradients + 1)
    for index in 0..<tensors.count {
      guard tensors.takesPart(index) else {
        aids.preparedTensors.set(index, tensors, gradient: nil, type: tensors.shape(index).type.arithmetic)
        continue
      }
      let (tensor, prepared) = (tensors[index], aids.prepared.buffer(0, tensor: index)!)
      if aids.collectedGradients > 0 {
        mix(tensor, aids.gradientMean.buffer(0, tensor: index)!, share: share, into: prepared)
      } else {
        mix(tensor, prepared, share: 1, into: prepared)
      }
      let options = groups[groups.index(of: tensor.group)!].pointee.values
      let (centralizes, clip) = (
        options[KERNEL_CENTRALIZE] != 0 && tensor.shape.rows > 1, options[KERNEL_ADAPTIVE_CLIP]
      )
      if centralizes || clip > 0 {
        var job = UnitsJob(
          values: tensor.values, type: tensor.shape.type, gradient: prepared, rows: tensor.shape.rows,
          columns: tensor.shape.columns,
          centralizes: centralizes, clip: clip)
        run(&job, pieces: job.pieces, inParallel: tensor.shape.count >= leastParallelCount)
      }
      aids.preparedTensors.set(index, tensors, gradient: prepared, type: tensor.shape.type.arithmetic)
    }
    return aids.preparedTensors.list
  }

  /// Writes `(1 − share) mean + share · gradient`, which cannot overflow; the gradient itself for a share of 1.
  private func mix(
    _ tensor: Tensor, _ mean: UnsafeRawPointer, share: Double, into out: UnsafeMutableRawPointer
  ) {
    let lossScale = groups[KERNEL_GRADIENT_SCALE]
    if share == 1 && lossScale == 1 {
      return tensor.gradientType.widen(tensor.gradient, to: out, count: tensor.shape.count)
    }
    func mix<Element: BinaryFloatingPoint & BitwiseCopyable>(_: Element.Type, _ share: Element, _ factor: Element) {
      let mean = mean.assumingMemoryBound(to: Element.self)
      let (out, rest, count) = (out.assumingMemoryBound(to: Element.self), 1 - share, tensor.shape.count)
      var room = InlineArray<256, Element>(repeating: 0)
      for first in stride(from: 0, to: count, by: room.count) {
        let some = min(count - first, room.count)
        withUnsafeMutableBytes(of: &room) {
          tensor.gradientType.widen(
            tensor.gradient + first * tensor.gradientType.size, to: $0.baseAddress!, count: some)
        }
        for index in 0..<some {
          let new = room[index] * factor
          out[first + index] = share == 1 ? new : rest * mean[first + index] + share * new
        }
      }
    }
    tensor.shape.type.isDouble
      ? mix(Double.self, share, 1 / lossScale) : mix(Float.self, Float(share), Float(1 / lossScale))
  }
}

/// Centralizes and clips the gradient of a tensor, some of its columns in each piece.
private struct UnitsJob: Job {
  let values: UnsafeRawPointer
  let type: ElementType
  let gradient: UnsafeMutableRawPointer
  let rows: Int
  let columns: Int
  let centralizes: Bool
  /// λ of adaptive clipping; 0: none.
  let clip: Double

  private static var columnsPerPiece: Int { 256 }

  var pieces: Int { rows == 1 ? 1 : (columns - 1) / Self.columnsPerPiece + 1 }

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: UnitsJob.self).pointee
      let first = index * UnitsJob.columnsPerPiece
      let count = min(UnitsJob.columnsPerPiece, job.columns - first)
      switch (job.rows == 1, job.type.isDouble) {
      case (true, false): job.clipVector(Float.self)
      case (true, true): job.clipVector(Double.self)
      case (false, false): job.prepare(Float.self, first: first, count: count)
      case (false, true): job.prepare(Double.self, first: first, count: count)
      }
    }
  }

  /// What a unit with these sums of squares is multiplied with (Brock et al. 2021): its norm is at most λ times that of its
  /// weights, which counts as 0.001 at least.
  private func scale(gradient: Double, weights: Double) -> Double {
    let (norm, bound) = (gradient.squareRoot(), clip * max(weights.squareRoot(), 1e-3))
    return norm > bound ? bound / norm : 1
  }

  private func clipVector<Element: BinaryFloatingPoint & BitwiseCopyable>(_: Element.Type) {
    func squares(_ numbers: UnsafeRawPointer, _ type: ElementType) -> Double {
      var lanes = InlineArray<8, Double>(repeating: 0)
      return withUnsafeMutableBytes(of: &lanes) {
        let lanes = $0.baseAddress!.assumingMemoryBound(to: Double.self)
        kernel_add_squares(kernels, lanes, numbers, type.rawValue, columns, 0, .infinity)
        return sum(lanes: lanes)
      }
    }
    let scale = scale(gradient: squares(gradient, type.arithmetic), weights: squares(values, type))
    if scale == 1 { return }
    let gradient = gradient.assumingMemoryBound(to: Element.self)
    for column in 0..<columns { gradient[column] = Element(Double(gradient[column]) * scale) }
  }

  private func prepare<Element: BinaryFloatingPoint & BitwiseCopyable>(_: Element.Type, first: Int, count: Int) {
    // Means, then sums of squares, then factors.
    var means = InlineArray<256, Double>(repeating: 0)
    var squares = InlineArray<256, Double>(repeating: 0)
    var weights = InlineArray<256, Double>(repeating: 0)
    let gradient = gradient.assumingMemoryBound(to: Element.self) + first
    let size = MemoryLayout<Element>.stride
    if centralizes {
      for row in 0..<rows {
        for column in 0..<count { means[column] += Double(gradient[row * columns + column]) }
      }
      for column in 0..<count { means[column] /= Double(rows) }
    }
    var clips = false
    if clip > 0 {
      for row in 0..<rows {
        for column in 0..<count {
          let place = row * columns + column
          let change = Double(gradient[place]) - means[column]
          let weight =
            type.isArithmetic
            ? Double(values.loadUnaligned(fromByteOffset: (first + place) * size, as: Element.self))
            : kernel_number_at(kernels, values, type.rawValue, first + place)
          squares[column] += change * change
          weights[column] += weight * weight
        }
      }
      for column in 0..<count {
        squares[column] = scale(gradient: squares[column], weights: weights[column])
        if squares[column] != 1 { clips = true }
      }
    }
    if !centralizes && !clips { return }
    if !clips {
      for column in 0..<count { squares[column] = 1 }
    }
    for row in 0..<rows {
      for column in 0..<count {
        let place = row * columns + column
        gradient[place] = Element((Double(gradient[place]) - means[column]) * squares[column])
      }
    }
  }
}
