import CDescentKernels

/// Adds the gradient of the current samples. Each of its numbers gets one product after the other, in the order of the
/// samples, whatever the vector length. Meanwhile the features of the next samples are prefetched.
@inline(__always)
func addGradient<F>(
  _ samples: SampleGroup<F>, _ request: kernel_linear, _ room: LinearRoom, to gradient: UnsafeMutablePointer<Float>,
  begins: Bool
) {
  let target = GradientTarget(gradient, request, room)
  if samples.count == KERNEL_PACKED_ROWS {
    let rows = EightRows(samples)
    var index = 0
    while index < samples.whole {
      rows.prefetch(index)
      rows.add(to: target, from: index, at: index, scale: request.feature_scale, begins: begins)
      index += EightRows<F>.step
    }
    let tails = EightRows<Float>(room.tails)
    var offset = 0
    while samples.hasTails && offset < KERNEL_LINEAR_LANES {
      tails.add(to: target, from: offset, at: index + offset, scale: 1, begins: begins)
      offset += EightRows<Float>.step
    }
    return
  }
  var row = 0
  while row < samples.count {
    let source = samples.features(row)
    var index = 0
    while index < samples.whole {
      let features = F.vector(source + index * MemoryLayout<F>.stride, scale: request.feature_scale)
      target.add(features, of: row, at: index, begins: begins && row == 0)
      index += FloatVector.scalarCount
    }
    var offset = 0
    while samples.hasTails && offset < KERNEL_LINEAR_LANES {
      let tail = load(UnsafeRawPointer(room.tails + row * KERNEL_LINEAR_LANES + offset), as: FloatVector.self)
      target.add(tail, of: row, at: index + offset, begins: begins && row == 0)
      offset += FloatVector.scalarCount
    }
    row += 1
  }
}

/// Eight vectors of features: the same ones of eight samples, or twice as many of four samples.
private struct EightVectors {
  let x: (FloatVector, FloatVector, FloatVector, FloatVector, FloatVector, FloatVector, FloatVector, FloatVector)
}

/// Where the features of eight samples are, and those of the eight after them.
private struct EightRows<F: Feature> {
  private typealias Eight = (
    UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer,
    UnsafeRawPointer, UnsafeRawPointer
  )
  private let rows: Eight
  private let next: Eight

  @inline(__always)
  init(_ samples: SampleGroup<F>) {
    rows = (
      samples.features(0), samples.features(1), samples.features(2), samples.features(3),
      samples.features(4), samples.features(5), samples.features(6), samples.features(7)
    )
    next = (
      samples.nextFeatures(0), samples.nextFeatures(1), samples.nextFeatures(2), samples.nextFeatures(3),
      samples.nextFeatures(4), samples.nextFeatures(5), samples.nextFeatures(6), samples.nextFeatures(7)
    )
  }

  @inline(__always)
  init(_ tails: UnsafeMutablePointer<Float>) {
    @inline(__always)
    func row(_ number: Int) -> UnsafeRawPointer { UnsafeRawPointer(tails + number * KERNEL_LINEAR_LANES) }
    rows = (row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7))
    next = rows
  }

  /// How many features of each sample are added at a time.
  static var step: Int { hasManyRegisters ? FloatVector.scalarCount : 2 * FloatVector.scalarCount }

  /// With the registers of AVX-512 a derivative can be an operand in memory. Otherwise it is loaded separately, and used
  /// for two vectors.
  private static var hasManyRegisters: Bool { FloatVector.scalarCount == 16 }

  /// Adds the contribution of features from `index` on to the gradient at `place`.
  @inline(__always)
  func add(to target: GradientTarget, from index: Int, at place: Int, scale: Float, begins: Bool) {
    @inline(__always)
    func vector(_ row: UnsafeRawPointer, _ number: Int = 0) -> FloatVector {
      F.vector(row + (index + number * FloatVector.scalarCount) * MemoryLayout<F>.stride, scale: scale)
    }
    if Self.hasManyRegisters {
      let vectors = EightVectors(
        x: (
          vector(rows.0), vector(rows.1), vector(rows.2), vector(rows.3), vector(rows.4), vector(rows.5),
          vector(rows.6), vector(rows.7)
        ))
      return target.addRows(vectors, at: place, begins: begins)
    }
    @inline(__always)
    func pairs(
      _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ c: UnsafeRawPointer, _ d: UnsafeRawPointer
    ) -> EightVectors {
      EightVectors(
        x: (
          vector(a), vector(b), vector(c), vector(d), vector(a, 1), vector(b, 1), vector(c, 1), vector(d, 1)
        ))
    }
    target.addPairs(pairs(rows.0, rows.1, rows.2, rows.3), from: 0, at: place, begins: begins)
    target.addPairs(pairs(rows.4, rows.5, rows.6, rows.7), from: 4, at: place, begins: false)
  }

  /// Once for each cache line.
  @inline(__always)
  func prefetch(_ index: Int) {
    let offset = index * MemoryLayout<F>.stride
    if offset & 63 != 0 { return }
    kernel_prefetch(next.0 + offset)
    kernel_prefetch(next.1 + offset)
    kernel_prefetch(next.2 + offset)
    kernel_prefetch(next.3 + offset)
    kernel_prefetch(next.4 + offset)
    kernel_prefetch(next.5 + offset)
    kernel_prefetch(next.6 + offset)
    kernel_prefetch(next.7 + offset)
  }
}

/// The gradient of W, transposed, and the derivatives with respect to the scores.
private struct GradientTarget {
  private let gradient: UnsafeMutablePointer<Float>
  private let derivatives: UnsafeMutablePointer<Float>
  private let classes: Int
  private let pitch: Int

  @inline(__always)
  init(_ gradient: UnsafeMutablePointer<Float>, _ request: kernel_linear, _ room: LinearRoom) {
    self.gradient = gradient
    derivatives = room.packed
    classes = request.outputs
    pitch = request.pitch
  }

  /// Of eight samples.
  @inline(__always)
  func addRows(_ rows: EightVectors, at index: Int, begins: Bool) {
    forEachClass(index) { p, address in
      let x = rows.x
      let g = begins ? FloatVector() : load(UnsafeRawPointer(address), as: FloatVector.self)
      let half = added(to: g, p, x.0, x.1, x.2, x.3)
      store(added(to: half, p + 4, x.4, x.5, x.6, x.7), to: address)
    }
  }

  /// Of four samples from `row` on.
  @inline(__always)
  func addPairs(_ rows: EightVectors, from row: Int, at index: Int, begins: Bool) {
    forEachClass(index) { p, address in
      let x = rows.x
      let second = address + MemoryLayout<FloatVector>.stride
      let g = begins ? FloatVector() : load(UnsafeRawPointer(address), as: FloatVector.self)
      let h = begins ? FloatVector() : load(UnsafeRawPointer(second), as: FloatVector.self)
      // Both before either is stored: the compiler must assume that a store changes the derivatives.
      let sums = (added(to: g, p + row, x.0, x.1, x.2, x.3), added(to: h, p + row, x.4, x.5, x.6, x.7))
      store(sums.0, to: address)
      store(sums.1, to: second)
    }
  }

  /// Of one sample.
  @inline(__always)
  func add(_ x: FloatVector, of row: Int, at index: Int, begins: Bool) {
    forEachClass(index) { p, address in
      let g = begins ? FloatVector() : load(UnsafeRawPointer(address), as: FloatVector.self)
      store(g + p[row] * x, to: address)
    }
  }

  /// One product after the other, of four samples.
  @inline(__always)
  private func added(
    to g: FloatVector, _ p: UnsafePointer<Float>, _ a: FloatVector, _ b: FloatVector, _ c: FloatVector,
    _ d: FloatVector
  ) -> FloatVector {
    var g = g + p[0] * a
    g = g + p[1] * b
    g = g + p[2] * c
    return g + p[3] * d
  }

  /// Calls `body` with the derivatives of each class, and the place in its gradient of the features from `index` on.
  @inline(__always)
  private func forEachClass(_ index: Int, _ body: (UnsafePointer<Float>, UnsafeMutableRawPointer) -> Void) {
    var address = UnsafeMutableRawPointer(gradient + index)
    var column = 0
    while column < classes {
      body(derivatives + column * KERNEL_PACKED_ROWS, address)
      address += pitch * MemoryLayout<Float>.stride
      column += 1
    }
  }
}
