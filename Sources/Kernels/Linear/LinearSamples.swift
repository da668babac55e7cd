import CDescentKernels

/// The parts of the pass's scratch memory.
struct LinearRoom {
  /// The scores of the current samples, later replaced by their derivatives; those of a class are adjacent.
  let packed: UnsafeMutablePointer<Float>
  /// The samples' targets, laid out like the scores, where there are any.
  let targets: UnsafeMutablePointer<Float>
  /// For each sample the features that do not fill a whole vector, padded with zeros.
  let tails: UnsafeMutablePointer<Float>
  /// Sums before they are added up over the lanes.
  let partials: UnsafeMutablePointer<Float>

  @inline(__always)
  init(_ request: kernel_linear) {
    packed = request.scratch
    targets = packed + KERNEL_PACKED_ROWS * request.outputs
    tails = targets + KERNEL_PACKED_ROWS * request.outputs
    partials = tails + KERNEL_PACKED_ROWS * KERNEL_LINEAR_LANES
  }
}

/// The current samples.
struct SampleGroup {
  let first: Int
  let count: Int
  private let indices: UnsafePointer<Int>?

  @inline(__always)
  init(_ request: kernel_linear, _ first: Int) {
    self.first = first
    count = min(KERNEL_PACKED_ROWS, request.rows - first)
    indices = request.indices
  }

  /// A sample's number in the data set.
  @inline(__always)
  func number(_ row: Int) -> Int { indices.map { $0[first + row] } ?? first + row }
}

/// Where the features of the current samples are, and those of the samples that follow.
struct SampleFeatures<F: Feature> {
  let group: SampleGroup
  /// Features in front of the tails.
  let whole: Int
  let hasTails: Bool
  private let base: UnsafeRawPointer
  private let featureIndices: UnsafePointer<Int>?
  private let dimension: Int
  /// The last sample that may be prefetched.
  private let last: Int

  @inline(__always)
  init(_ request: kernel_linear, _ first: Int, _ room: LinearRoom) {
    group = SampleGroup(request, first)
    whole = request.dimension & ~(KERNEL_LINEAR_LANES - 1)
    hasTails = whole != request.dimension
    base = request.features
    featureIndices = request.feature_indices
    dimension = request.dimension
    last = request.rows + request.rows_to_come - 1
    if hasTails { copyTails(to: room.tails, scale: request.feature_scale) }
  }

  var count: Int {
    @inline(__always) get { group.count }
  }

  /// The features of a sample; past the end, those of the last one.
  @inline(__always)
  func features(_ row: Int) -> UnsafeRawPointer { address(group.first + min(row, count - 1)) }

  /// The features of the sample eight places later.
  @inline(__always)
  func nextFeatures(_ row: Int) -> UnsafeRawPointer { address(min(group.first + KERNEL_PACKED_ROWS + row, last)) }

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
    base + (featureIndices.map { $0[position] } ?? position) * dimension * MemoryLayout<F>.stride
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
