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
  var (lossSum, hits) = (0.0, 0)
  if let bias = request.bias_gradient { clear(bias, request.classes) }
  var first = 0
  while first < request.rows {
    let samples = SampleGroup<F>(request, first, room)
    score(samples, request, room)
    hits += report(samples, request, room)
    if let loss = request.loss {
      lossSum += evaluate(loss, samples, request, room)
      if let gradient = request.gradient {
        sumBias(samples, request, room)
        addGradient(samples, request, room, to: gradient, begins: first == 0)
      }
    }
    first += KERNEL_PACKED_ROWS
  }
  pass.pointee.loss_sum = lossSum
  pass.pointee.hits = hits
}

/// The parts of the pass's scratch memory.
struct LinearRoom {
  /// The scores of the current samples, later replaced by their derivatives; those of a class are adjacent.
  let packed: UnsafeMutablePointer<Float>
  /// For each sample the features that do not fill a whole vector, padded with zeros.
  let tails: UnsafeMutablePointer<Float>
  /// Sums before they are added up over the lanes.
  let partials: UnsafeMutablePointer<Float>

  @inline(__always)
  init(_ request: kernel_linear) {
    packed = request.scratch
    tails = packed + KERNEL_PACKED_ROWS * request.classes
    partials = tails + KERNEL_PACKED_ROWS * KERNEL_LINEAR_LANES
  }
}

/// The current samples: where their features are, and those of the samples that follow.
struct SampleGroup<F: Feature> {
  let first: Int
  let count: Int
  /// Features in front of the tails.
  let whole: Int
  let hasTails: Bool
  private let base: UnsafeRawPointer
  private let indices: UnsafePointer<Int>?
  private let dimension: Int
  /// The last sample that may be prefetched.
  private let last: Int

  @inline(__always)
  init(_ request: kernel_linear, _ first: Int, _ room: LinearRoom) {
    self.first = first
    count = min(KERNEL_PACKED_ROWS, request.rows - first)
    whole = request.dimension & ~(KERNEL_LINEAR_LANES - 1)
    hasTails = whole != request.dimension
    base = request.features
    indices = request.indices
    dimension = request.dimension
    last = request.rows + request.rows_to_come - 1
    if hasTails { copyTails(to: room.tails, scale: request.feature_scale) }
  }

  /// A sample's number in the data set.
  @inline(__always)
  func number(_ row: Int) -> Int { indices.map { $0[first + row] } ?? first + row }

  /// The features of a sample; past the end, those of the last one.
  @inline(__always)
  func features(_ row: Int) -> UnsafeRawPointer { address(min(first + row, first + count - 1)) }

  /// The features of the sample eight places later.
  @inline(__always)
  func nextFeatures(_ row: Int) -> UnsafeRawPointer { address(min(first + KERNEL_PACKED_ROWS + row, last)) }

  /// Prefetches the features of the samples eight places after this one and the next.
  @inline(__always)
  func prefetchNext(_ row: Int) {
    let (x, y) = (nextFeatures(row), nextFeatures(row + 1))
    var offset = 0
    while offset < dimension * MemoryLayout<F>.stride {
      kernel_prefetch(x + offset)
      kernel_prefetch(y + offset)
      offset += 64
    }
  }

  @inline(__always)
  private func address(_ position: Int) -> UnsafeRawPointer {
    base + (indices.map { $0[position] } ?? position) * dimension * MemoryLayout<F>.stride
  }

  @inline(never)
  private func copyTails(to tails: UnsafeMutablePointer<Float>, scale: Float) {
    var row = 0
    while row < KERNEL_PACKED_ROWS {
      let (source, target) = (features(row), tails + row * KERNEL_LINEAR_LANES)
      var index = 0
      while index < KERNEL_LINEAR_LANES {
        let feature = whole + index
        target[index] =
          feature < dimension
          ? (source + feature * MemoryLayout<F>.stride).loadUnaligned(as: F.self).value * scale : 0
        index += 1
      }
      row += 1
    }
  }
}

/// Turns the packed scores into derivatives, if a gradient is wanted, and returns the sum of the losses.
@inline(__always)
private func evaluate<F>(
  _ loss: kernel_packed_loss, _ samples: SampleGroup<F>, _ request: kernel_linear, _ room: LinearRoom
) -> Double {
  let all = request.labels.unsafelyUnwrapped
  var own: (Int32, Int32, Int32, Int32, Int32, Int32, Int32, Int32) = (0, 0, 0, 0, 0, 0, 0, 0)
  return withUnsafeMutableBytes(of: &own) {
    let labels = $0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Int32.self)
    var row = 0
    while row < samples.count {
      labels[row] = all[samples.number(row)]
      row += 1
    }
    var rows = kernel_packed_rows(
      scores: room.packed, labels: labels, targets: nil, rows: samples.count, columns: request.classes,
      takes_gradient: request.gradient != nil, gradient_scale: request.gradient_scale, parameter: 0, weights: nil,
      is_binary: false)
    return loss(&rows)
  }
}

/// Writes scores and predictions where they are wanted; returns how many labels have the highest score.
@inline(__always)
private func report<F>(_ samples: SampleGroup<F>, _ request: kernel_linear, _ room: LinearRoom) -> Int {
  if let scores = request.scores {
    var row = 0
    while row < samples.count {
      let out = scores + (samples.first + row) * request.classes
      var column = 0
      while column < request.classes {
        out[column] = room.packed[column * KERNEL_PACKED_ROWS + row]
        column += 1
      }
      row += 1
    }
  }
  guard let predictions = request.predictions else { return 0 }
  let best = argmax(packed: room.packed, columns: request.classes)
  var (row, hits) = (0, 0)
  while row < samples.count {
    predictions[samples.first + row] = best[row]
    if let labels = request.labels, labels[samples.number(row)] == best[row] { hits += 1 }
    row += 1
  }
  return hits
}

/// Adds the derivatives of each class to the bias's gradient.
@inline(__always)
private func sumBias<F>(_ samples: SampleGroup<F>, _ request: kernel_linear, _ room: LinearRoom) {
  let bias = request.bias_gradient.unsafelyUnwrapped
  let beyond = laneIndices(from: 0) .>= LaneBits(repeating: Int64(samples.count))
  var column = 0
  while column < request.classes {
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
