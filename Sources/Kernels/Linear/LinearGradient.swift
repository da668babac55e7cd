import CDescentKernels

/// Adds the gradient of the current samples. Each of its numbers gets one product after the other, in the order of the
/// samples, whatever the vector length. Meanwhile the features of the next samples are prefetched.
@inline(__always)
func addGradient<F>(
  _ samples: SampleFeatures<F>, _ request: kernel_linear, _ room: LinearRoom, to gradient: UnsafeMutablePointer<Float>,
  begins: Bool
) {
  let target = GradientTarget(gradient, request, room)
  if samples.count == KERNEL_PACKED_ROWS {
    let rows = EightRows(samples)
    let next = NextRows(samples)
    var index = 0
    while index < samples.whole {
      next.prefetch(from: index, to: index + EightRows<F>.step)
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
      target.add(FeatureTile([[features]]), of: row, at: index, begins: begins && row == 0)
      index += FloatVector.scalarCount
    }
    var offset = 0
    while samples.hasTails && offset < KERNEL_LINEAR_LANES {
      let tail = load(UnsafeRawPointer(room.tails + row * KERNEL_LINEAR_LANES + offset), as: FloatVector.self)
      target.add(FeatureTile([[tail]]), of: row, at: index + offset, begins: begins && row == 0)
      offset += FloatVector.scalarCount
    }
    row += 1
  }
}

/// Features of some samples, the same ones of each: `vectors` of them, in registers.
private struct FeatureTile<let vectors: Int, let rows: Int> {
  let x: InlineArray<vectors, InlineArray<rows, FloatVector>>

  @inline(__always)
  init(_ x: InlineArray<vectors, InlineArray<rows, FloatVector>>) { self.x = x }

  /// What is at `address(row, vector)`.
  @inline(__always)
  init<F: Feature>(_: F.Type, scale: Float, _ address: (_ row: Int, _ vector: Int) -> UnsafeRawPointer) {
    var x = InlineArray<vectors, InlineArray<rows, FloatVector>>(repeating: .init(repeating: FloatVector()))
    var vector = 0
    while vector < vectors {
      var row = 0
      while row < rows {
        x[vector][row] = F.vector(address(row, vector), scale: scale)
        row += 1
      }
      vector += 1
    }
    self.x = x
  }

  /// How many features of each sample.
  static var width: Int { vectors * FloatVector.scalarCount }
}

/// Eight vectors, for which there are registers everywhere. With those of AVX-512 a derivative can be an operand in memory.
/// Otherwise it is loaded separately, and used for two vectors.
#if SIMD_KernelsAVX512
  private typealias GradientTile = FeatureTile<1, 8>
#else
  private typealias GradientTile = FeatureTile<2, 4>
#endif

/// Where the features of `KERNEL_PACKED_ROWS` samples are.
private struct EightRows<F: Feature> {
  private let rows: InlineArray<8, UnsafeRawPointer>

  @inline(__always)
  init(_ samples: SampleFeatures<F>) { rows = InlineArray { samples.features($0) } }

  @inline(__always)
  init(_ tails: UnsafeMutablePointer<Float>) {
    rows = InlineArray { UnsafeRawPointer(tails + $0 * KERNEL_LINEAR_LANES) }
  }

  /// How many features of each sample are added at a time.
  static var step: Int { GradientTile.width }

  /// Adds the contribution of features from `index` on to the gradient at `place`.
  @inline(__always)
  func add(to target: GradientTarget, from index: Int, at place: Int, scale: Float, begins: Bool) {
    @inline(__always)
    func add(_ first: Int, begins: Bool) {
      let tile = GradientTile(F.self, scale: scale) { row, vector in
        rows[first + row] + (index + vector * FloatVector.scalarCount) * MemoryLayout<F>.stride
      }
      target.add(tile, of: first, at: place, begins: begins)
    }
    // Not in the loop, where it would be asked for each class whether this is the beginning.
    add(0, begins: begins)
    var first = GradientTile.rows
    while first < rows.count {
      add(first, begins: false)
      first += GradientTile.rows
    }
  }
}

/// Where the features are stored of the samples that follow.
private struct NextRows {
  private let rows: InlineArray<8, UnsafeRawPointer>
  /// How many bytes a feature takes.
  private let featureSize: Int

  @inline(__always)
  init<F>(_ samples: SampleFeatures<F>) {
    rows = InlineArray { samples.nextFeatures($0) }
    featureSize = samples.storedFeatureSize
  }

  /// Features in some places of each row: once every 64 bytes.
  @inline(__always)
  func prefetch(from first: Int, to last: Int) {
    var offset = (first * featureSize + 63) & ~63
    while offset < last * featureSize {
      var row = 0
      while row < rows.count {
        kernel_prefetch(rows[row] + offset)
        row += 1
      }
      offset += 64
    }
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

  /// Adds one product after the other: of samples from `row` on, to the gradient of features from `index` on.
  @inline(__always)
  func add<let vectors: Int, let rows: Int>(
    _ tile: FeatureTile<vectors, rows>, of row: Int, at index: Int, begins: Bool
  ) {
    forEachClass(index) { p, address in
      var sums = InlineArray<vectors, FloatVector>(repeating: FloatVector())
      var vector = 0
      // Asked once, so that the vectors share the derivatives that are loaded for them.
      if !begins {
        while vector < vectors {
          sums[vector] = load(UnsafeRawPointer(place(vector, address)), as: FloatVector.self)
          vector += 1
        }
      }
      vector = 0
      while vector < vectors {
        var number = 0
        while number < rows {
          sums[vector] = sums[vector] + p[row + number] * tile.x[vector][number]
          number += 1
        }
        vector += 1
      }
      // All before any is stored: the compiler must assume that a store changes the derivatives.
      vector = 0
      while vector < vectors {
        store(sums[vector], to: place(vector, address))
        vector += 1
      }
    }
  }

  @inline(__always)
  private func place(_ vector: Int, _ address: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    address + vector * MemoryLayout<FloatVector>.stride
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
