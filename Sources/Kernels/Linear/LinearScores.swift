import CDescentKernels

/// The scores of the current samples. Each is a sum in sixteen lanes, feature `i` in lane `i % 16`, which are then added up
/// in a fixed order; an instruction set with shorter vectors goes over the features several times, for some of the lanes
/// each time. All give the same bits.
@inline(__always)
func score<F>(_ samples: SampleFeatures<F>, _ request: kernel_linear, _ room: LinearRoom) {
  var column = 0
  while column < request.outputs {
    let columns = min(5, request.outputs - column)
    if columns == 1 { return scoreSingle(column, samples, request, room) }
    var row = 0
    while row < samples.count {
      // If there is a gradient, its pass over the features prefetches the next ones.
      if column == 0 && request.gradient == nil { samples.prefetchNext(row) }
      let tile = ScoreTile(samples, request, room, row: row, column: column)
      switch columns {
      case 5: tile.compute(TileSums<5>())
      case 4: tile.compute(TileSums<4>())
      case 3: tile.compute(TileSums<3>())
      default: tile.compute(TileSums<2>())
      }
      addLanes(room.partials, columns, request.bias + column, to: room.packed + column * KERNEL_PACKED_ROWS + row)
      row += 2
    }
    column += columns
  }
}

/// The same in a single column, the last one, of all samples at once: two sums alone would wait for each other's additions.
@inline(__always)
private func scoreSingle<F>(_ column: Int, _ samples: SampleFeatures<F>, _ request: kernel_linear, _ room: LinearRoom) {
  let rows = InlineArray<8, UnsafeRawPointer> { samples.features($0) }
  if column == 0 && request.gradient == nil {
    var row = 0
    while row < samples.count {
      samples.prefetchNext(row)
      row += 2
    }
  }
  let weights = request.weights + column * request.pitch
  var lane = 0
  while lane < KERNEL_LINEAR_LANES {
    var sums = InlineArray<8, FloatVector>(repeating: FloatVector())
    var index = lane
    while index < samples.whole {
      let w = load(UnsafeRawPointer(weights + index), as: FloatVector.self)
      var row = 0
      while row < 8 {
        sums[row] = sums[row] + F.vector(rows[row] + index * MemoryLayout<F>.stride, scale: request.feature_scale) * w
        row += 1
      }
      index += KERNEL_LINEAR_LANES
    }
    if samples.hasTails {
      let w = load(UnsafeRawPointer(weights + index), as: FloatVector.self)
      var row = 0
      while row < 8 {
        sums[row] =
          sums[row] + load(UnsafeRawPointer(room.tails + row * KERNEL_LINEAR_LANES + lane), as: FloatVector.self) * w
        row += 1
      }
    }
    var row = 0
    while row < 8 {
      store(sums[row], to: UnsafeMutableRawPointer(room.partials + row * KERNEL_LINEAR_LANES + lane))
      row += 1
    }
    lane += FloatVector.scalarCount
  }
  addRows(room.partials, request.bias[column], to: room.packed + column * KERNEL_PACKED_ROWS)
}

/// The scores of eight samples in one column.
@inline(never)
private func addRows(_ partials: UnsafeMutablePointer<Float>, _ bias: Float, to packed: UnsafeMutablePointer<Float>) {
  var row = 0
  while row < KERNEL_PACKED_ROWS {
    packed[row] = kernel_sum16(partials + row * KERNEL_LINEAR_LANES) + bias
    row += 1
  }
}

/// The products of two samples with up to five classes.
private struct ScoreTile<F: Feature> {
  private let x: UnsafeRawPointer
  private let y: UnsafeRawPointer
  private let xTail: UnsafePointer<Float>
  private let yTail: UnsafePointer<Float>
  private let whole: Int
  private let hasTails: Bool
  private let weights: UnsafePointer<Float>
  private let pitch: Int
  private let scale: Float
  private let partials: UnsafeMutablePointer<Float>

  @inline(__always)
  init(_ samples: SampleFeatures<F>, _ request: kernel_linear, _ room: LinearRoom, row: Int, column: Int) {
    x = samples.features(row)
    y = samples.features(row + 1)
    xTail = UnsafePointer(room.tails + row * KERNEL_LINEAR_LANES)
    yTail = xTail + KERNEL_LINEAR_LANES
    whole = samples.whole
    hasTails = samples.hasTails
    weights = request.weights + column * request.pitch
    pitch = request.pitch
    scale = request.feature_scale
    partials = room.partials
  }

  /// The lanes of each sum. `zeros` says of how many classes.
  @inline(__always)
  func compute<let columns: Int>(_ zeros: TileSums<columns>) {
    var lane = 0
    while lane < KERNEL_LINEAR_LANES {
      var sums = zeros
      var index = lane
      while index < whole {
        sums.add(
          F.vector(x + index * MemoryLayout<F>.stride, scale: scale),
          F.vector(y + index * MemoryLayout<F>.stride, scale: scale),
          weights + index, pitch)
        index += KERNEL_LINEAR_LANES
      }
      if hasTails {
        sums.add(
          load(UnsafeRawPointer(xTail + lane), as: FloatVector.self),
          load(UnsafeRawPointer(yTail + lane), as: FloatVector.self),
          weights + index, pitch)
      }
      sums.store(to: partials + lane)
      lane += FloatVector.scalarCount
    }
  }
}

/// The scores of two samples in some classes: the sums over the lanes, plus the bias.
@inline(never)
private func addLanes(
  _ partials: UnsafeMutablePointer<Float>, _ columns: Int, _ bias: UnsafePointer<Float>,
  to packed: UnsafeMutablePointer<Float>
) {
  var column = 0
  while column < columns {
    let lanes = partials + 2 * column * KERNEL_LINEAR_LANES
    packed[column * KERNEL_PACKED_ROWS] = kernel_sum16(lanes) + bias[column]
    packed[column * KERNEL_PACKED_ROWS + 1] = kernel_sum16(lanes + KERNEL_LINEAR_LANES) + bias[column]
    column += 1
  }
}

/// The sums of two samples and some classes, in some of the lanes. All of them are in registers: the number of classes is
/// known when this is compiled, and the loops are unrolled.
private struct TileSums<let columns: Int> {
  private var x = InlineArray<columns, FloatVector>(repeating: FloatVector())
  private var y = InlineArray<columns, FloatVector>(repeating: FloatVector())

  @inline(__always)
  mutating func add(_ x: FloatVector, _ y: FloatVector, _ weights: UnsafePointer<Float>, _ pitch: Int) {
    var column = 0
    while column < columns {
      let w = load(UnsafeRawPointer(weights + column * pitch), as: FloatVector.self)
      self.x[column] = self.x[column] + x * w
      self.y[column] = self.y[column] + y * w
      column += 1
    }
  }

  @inline(__always)
  func store(to partials: UnsafeMutablePointer<Float>) {
    var column = 0
    while column < columns {
      let place = UnsafeMutableRawPointer(partials + 2 * column * KERNEL_LINEAR_LANES)
      place.storeBytes(of: x[column], as: FloatVector.self)
      (place + MemoryLayout<SIMD16<Float>>.stride).storeBytes(of: y[column], as: FloatVector.self)
      column += 1
    }
  }
}
