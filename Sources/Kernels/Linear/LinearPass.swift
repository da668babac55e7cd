import CDescentKernels

/// One pass over some samples: scores, loss, and gradient, eight samples at a time, so that their features are still
/// in the cache when the gradient needs them.
func linearPass(_ pass: UnsafeMutablePointer<kernel_linear>) {
  if pass.pointee.is_bytes { linearPass(UInt8.self, pass) } else { linearPass(Float.self, pass) }
}

@inline(__always)
private func linearPass<F: Feature>(_ feature: F.Type, _ pass: UnsafeMutablePointer<kernel_linear>) {
  let request = pass.pointee
  let room = LinearRoom(request)
  var sums = LinearSums()
  if let bias = request.bias_gradient { clear(bias, request.outputs) }
  var first = 0
  while first < request.rows {
    let samples = SampleFeatures<F>(request, first, room)
    score(samples, request, room)
    use(samples.group, pass, room, &sums)
    if request.loss != nil, let gradient = request.gradient {
      addGradient(samples, request, room, to: gradient, begins: first == 0)
    }
    first += KERNEL_PACKED_ROWS
  }
  pass.pointee.loss_sum = sums.loss
  pass.pointee.hits = sums.hits
  pass.pointee.is_finite = sum(sums.blemish) == 0
}

/// What is added up over the samples.
private struct LinearSums {
  var loss = 0.0
  var hits = 0.0
  /// Stays 0 as long as all scores are finite; then it is NaN.
  var blemish = Lanes()
}

/// All that is done with scores. It knows nothing of the features' type, and is out of line so that there is one copy.
@inline(never)
private func use(
  _ samples: SampleGroup, _ pass: UnsafePointer<kernel_linear>, _ room: LinearRoom, _ sums: inout LinearSums
) {
  let request = pass.pointee
  sums.blemish = sums.blemish + zeros(samples, request, room)
  sums.hits += report(samples, request, room)
  guard let loss = request.loss else { return }
  sums.loss += evaluate(loss, samples, request, room)
  if request.gradient != nil { sumBias(samples, request, room) }
}

/// The scores times 0: NaN where one of them is not finite.
@inline(__always)
private func zeros(_ samples: SampleGroup, _ request: kernel_linear, _ room: LinearRoom) -> Lanes {
  var total = Lanes()
  var column = 0
  while column < request.outputs {
    total = total + widen(load(UnsafeRawPointer(room.packed + column * KERNEL_PACKED_ROWS), as: SIMD8<Float>.self)) * 0
    column += 1
  }
  return total.replacing(with: 0, where: laneIndices(from: 0) .>= LaneBits(repeating: Int64(samples.count)))
}

/// Turns the packed scores into derivatives, if a gradient is wanted, and returns the sum of the losses.
@inline(__always)
private func evaluate(
  _ loss: kernel_packed_loss, _ samples: SampleGroup, _ request: kernel_linear, _ room: LinearRoom
) -> Double {
  var (labels, weights) = (SIMD8<Int32>(), SIMD8<Float>(repeating: 1))
  return withUnsafeMutableBytes(of: &labels) { ownLabels in
    let ownLabels = ownLabels.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Int32.self)
    return withUnsafeMutableBytes(of: &weights) { ownWeights in
      let ownWeights = ownWeights.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
      var row = 0
      while row < samples.count {
        let number = samples.number(row)
        if let all = request.labels { ownLabels[row] = all[number] }
        if let all = request.sample_weights { ownWeights[row] = Float(all[number] * request.weight_scale) }
        row += 1
      }
      if let targets = request.targets { pack(targets, samples, request, into: room.targets) }
      var rows = kernel_packed_rows(
        scores: room.packed, labels: ownLabels, targets: room.targets, rows: samples.count, columns: request.outputs,
        takes_gradient: request.gradient != nil, gradient_scale: request.gradient_scale,
        parameter: request.parameter, weights: request.sample_weights == nil ? nil : UnsafePointer(ownWeights),
        is_binary: request.is_binary, smoothing: request.smoothing)
      return loss(&rows)
    }
  }
}

/// Lays out the current samples' targets like their scores. Lanes past the last sample repeat it.
@inline(never)
private func pack(
  _ targets: UnsafeRawPointer, _ samples: SampleGroup, _ request: kernel_linear,
  into packed: UnsafeMutablePointer<Float>
) {
  var row = 0
  while row < KERNEL_PACKED_ROWS {
    let source = LaneRow(targets, count: 0, isDouble: request.targets_are_double)
    let first = samples.number(min(row, samples.count - 1)) * request.outputs
    var column = 0
    while column < request.outputs {
      let center = request.target_centers.map { $0[column] } ?? 0
      packed[column * KERNEL_PACKED_ROWS + row] = Float(source[first + column] - center)
      column += 1
    }
    row += 1
  }
}

/// Writes scores and predictions where they are wanted; returns the weight of the samples whose label has the highest score.
@inline(__always)
private func report(_ samples: SampleGroup, _ request: kernel_linear, _ room: LinearRoom) -> Double {
  if let scores = request.scores {
    var row = 0
    while row < samples.count {
      let out = scores + (samples.first + row) * request.outputs
      var column = 0
      while column < request.outputs {
        out[column] = room.packed[column * KERNEL_PACKED_ROWS + row]
        column += 1
      }
      row += 1
    }
  }
  guard let predictions = request.predictions else { return 0 }
  let best = request.is_binary ? signs(room) : argmax(packed: room.packed, columns: request.outputs)
  var (row, hits) = (0, 0.0)
  while row < samples.count {
    predictions[samples.first + row] = best[row]
    if let labels = request.labels, labels[samples.number(row)] == best[row] {
      hits += request.sample_weights.map { $0[samples.number(row)] } ?? 1
    }
    row += 1
  }
  return hits
}

/// 1 where the only score is above 0.
@inline(__always)
private func signs(_ room: LinearRoom) -> SIMD8<Int32> {
  let scores = load(UnsafeRawPointer(room.packed), as: SIMD8<Float>.self)
  return SIMD8<Int32>().replacing(with: 1, where: scores .> 0)
}

/// Adds the derivatives of each output to the bias's gradient.
@inline(__always)
private func sumBias(_ samples: SampleGroup, _ request: kernel_linear, _ room: LinearRoom) {
  let bias = request.bias_gradient.unsafelyUnwrapped
  let beyond = laneIndices(from: 0) .>= LaneBits(repeating: Int64(samples.count))
  var column = 0
  while column < request.outputs {
    let derivatives = load(UnsafeRawPointer(room.packed + column * KERNEL_PACKED_ROWS), as: SIMD8<Float>.self)
    bias[column] += sum(widen(derivatives).replacing(with: 0, where: beyond))
    column += 1
  }
}

@inline(__always)
private func clear(_ numbers: UnsafeMutablePointer<Double>, _ count: Int) {
  var index = 0
  while index < count {
    numbers[index] = 0
    index += 1
  }
}
