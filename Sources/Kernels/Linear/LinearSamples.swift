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
  private let rows: FeaturePlaces
  /// Where they are stored: the same, unless they are converted.
  private let stored: FeaturePlaces
  /// How many bytes a feature takes there.
  let storedFeatureSize: Int
  private let dimension: Int
  /// The last sample that may be prefetched.
  private let last: Int

  @inline(__always)
  init(_ request: kernel_linear, _ first: Int, _ room: LinearRoom) {
    group = SampleGroup(request, first)
    whole = request.dimension & ~(KERNEL_LINEAR_LANES - 1)
    hasTails = whole != request.dimension
    dimension = request.dimension
    last = request.rows + request.rows_to_come - 1
    let size = dimension * MemoryLayout<F>.stride
    if let converted = request.conversion.out {
      storedFeatureSize = kernel_stored_size(request.conversion.dtype)
      stored = FeaturePlaces(
        base: request.features, indices: request.indices, size: dimension * storedFeatureSize)
      // As if those of the samples before were there too.
      rows = FeaturePlaces(base: UnsafeRawPointer(converted) - first * size, indices: nil, size: size)
      convert(request)
    } else {
      storedFeatureSize = MemoryLayout<F>.stride
      stored = FeaturePlaces(base: request.features, indices: request.indices, size: size)
      rows = stored
    }
    if hasTails { copyTails(to: room.tails, scale: request.feature_scale) }
  }

  @inline(__always)
  private func convert(_ request: kernel_linear) {
    var conversion = request.conversion
    conversion.features = stored.base + (request.indices == nil ? group.first * stored.size : 0)
    conversion.indices = request.indices.map { $0 + group.first }
    conversion.rows = count
    conversion.is_near = group.first > 0
    gather(&conversion)
  }

  var count: Int {
    @inline(__always) get { group.count }
  }

  /// The features of a sample; past the end, those of the last one.
  @inline(__always)
  func features(_ row: Int) -> UnsafeRawPointer { rows.address(group.first + min(row, count - 1)) }

  /// Where the features of the sample eight places later are stored.
  @inline(__always)
  func nextFeatures(_ row: Int) -> UnsafeRawPointer {
    stored.address(min(group.first + KERNEL_PACKED_ROWS + row, last))
  }

  /// Prefetches the features of the samples eight places after this one and the next.
  @inline(__always)
  func prefetchNext(_ row: Int) {
    prefetch(nextFeatures(row), stored.size)
    prefetch(nextFeatures(row + 1), stored.size)
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

/// Rows of features in memory, a sample's number being its row's.
private struct FeaturePlaces {
  let base: UnsafeRawPointer
  /// The samples' numbers by their places in the pass; nil for one after the other.
  let indices: UnsafePointer<Int>?
  /// Of a row, in bytes.
  let size: Int

  @inline(__always)
  func address(_ position: Int) -> UnsafeRawPointer { base + (indices.map { $0[position] } ?? position) * size }
}
