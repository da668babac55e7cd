import CDescentKernels

/// The scores of the current samples. Each is a sum in sixteen lanes, feature `i` in lane `i % 16`, which are then added up
/// in a fixed order; an instruction set with shorter vectors goes over the features several times, for some of the lanes
/// each time. All give the same bits.
@inline(__always)
func score<F>(_ samples: SampleGroup<F>, _ request: kernel_linear, _ room: LinearRoom) {
  var column = 0
  while column < request.outputs {
    let columns = min(5, request.outputs - column)
    var row = 0
    while row < samples.count {
      // If there is a gradient, its pass over the features prefetches the next ones.
      if column == 0 && request.gradient == nil { samples.prefetchNext(row) }
      let tile = ScoreTile(samples, request, room, row: row, column: column)
      switch columns {
      case 5: tile.compute(5)
      case 4: tile.compute(4)
      case 3: tile.compute(3)
      case 2: tile.compute(2)
      default: tile.compute(1)
      }
      addLanes(room.partials, columns, request.bias + column, to: room.packed + column * KERNEL_PACKED_ROWS + row)
      row += 2
    }
    column += columns
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
  init(_ samples: SampleGroup<F>, _ request: kernel_linear, _ room: LinearRoom, row: Int, column: Int) {
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

  /// The lanes of each sum. The number of classes is known at compile time.
  @inline(__always)
  func compute(_ columns: Int) {
    var lane = 0
    while lane < KERNEL_LINEAR_LANES {
      var sums = TileSums()
      var index = lane
      while index < whole {
        sums.add(
          F.vector(x + index * MemoryLayout<F>.stride, scale: scale),
          F.vector(y + index * MemoryLayout<F>.stride, scale: scale),
          weights + index, pitch, columns)
        index += KERNEL_LINEAR_LANES
      }
      if hasTails {
        sums.add(
          load(UnsafeRawPointer(xTail + lane), as: FloatVector.self),
          load(UnsafeRawPointer(yTail + lane), as: FloatVector.self),
          weights + index, pitch, columns)
      }
      sums.store(to: partials + lane, columns)
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

/// The sums of two samples and up to five classes, in some of the lanes.
private struct TileSums {
  private var x = (FloatVector(), FloatVector(), FloatVector(), FloatVector(), FloatVector())
  private var y = (FloatVector(), FloatVector(), FloatVector(), FloatVector(), FloatVector())

  @inline(__always)
  mutating func add(_ x: FloatVector, _ y: FloatVector, _ weights: UnsafePointer<Float>, _ pitch: Int, _ columns: Int) {
    @inline(__always)
    func add(_ column: Int, _ xSum: inout FloatVector, _ ySum: inout FloatVector) {
      let w = load(UnsafeRawPointer(weights + column * pitch), as: FloatVector.self)
      xSum = xSum + x * w
      ySum = ySum + y * w
    }
    add(0, &self.x.0, &self.y.0)
    if columns > 1 { add(1, &self.x.1, &self.y.1) }
    if columns > 2 { add(2, &self.x.2, &self.y.2) }
    if columns > 3 { add(3, &self.x.3, &self.y.3) }
    if columns > 4 { add(4, &self.x.4, &self.y.4) }
  }

  @inline(__always)
  func store(to partials: UnsafeMutablePointer<Float>, _ columns: Int) {
    @inline(__always)
    func store(_ column: Int, _ xSum: FloatVector, _ ySum: FloatVector) {
      let place = UnsafeMutableRawPointer(partials + 2 * column * KERNEL_LINEAR_LANES)
      place.storeBytes(of: xSum, as: FloatVector.self)
      (place + MemoryLayout<SIMD16<Float>>.stride).storeBytes(of: ySum, as: FloatVector.self)
    }
    store(0, x.0, y.0)
    if columns > 1 { store(1, x.1, y.1) }
    if columns > 2 { store(2, x.2, y.2) }
    if columns > 3 { store(3, x.3, y.3) }
    if columns > 4 { store(4, x.4, y.4) }
  }
}
