/// The vector in which losses and reductions compute. It has the same number of lanes on every instruction set, so
/// that sums are taken in the same order everywhere.
typealias Lanes = SIMD8<Double>
typealias LaneBits = SIMD8<Int64>

@inline(__always)
func bits(_ x: Lanes) -> LaneBits { unsafeBitCast(x, to: LaneBits.self) }

@inline(__always)
func lanes(_ bits: LaneBits) -> Lanes { unsafeBitCast(bits, to: Lanes.self) }

/// The lanes' sum, in a fixed order.
@inline(__always)
func sum(_ x: Lanes) -> Double {
  let four = x.lowHalf + x.highHalf
  let two = four.lowHalf + four.highHalf
  return two.x + two.y
}

/// The greatest lane; NaN if there is one.
@inline(__always)
func maximum(_ x: Lanes) -> Double {
  let four = maximum(x.lowHalf, x.highHalf)
  let two = four.lowHalf.replacing(with: four.highHalf, where: isBelow(four.lowHalf, four.highHalf))
  return two.x < two.y || two.y != two.y ? two.y : two.x
}

@inline(__always)
func maximum(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: (a .< b) .| (b .!= b)) }

@inline(__always)
private func maximum(_ a: SIMD4<Double>, _ b: SIMD4<Double>) -> SIMD4<Double> {
  a.replacing(with: b, where: (a .< b) .| (b .!= b))
}

@inline(__always)
private func isBelow(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> SIMDMask<SIMD2<Int64>> { (a .< b) .| (b .!= b) }

@inline(__always)
func magnitude(_ x: Lanes) -> Lanes { x.replacing(with: 0 - x, where: x .< 0) }

/// An element type that is computed with in `Lanes`.
protocol LaneElement: KernelScalar {
  static func widen(_ x: SIMD8<Self>) -> Lanes
  static func narrow(_ x: Lanes) -> SIMD8<Self>
}

extension Double: LaneElement {
  @inline(__always)
  static func widen(_ x: SIMD8<Double>) -> Lanes { x }
  @inline(__always)
  static func narrow(_ x: Lanes) -> SIMD8<Double> { x }
}

extension Float: LaneElement {
  @inline(__always)
  static func widen(_ x: SIMD8<Float>) -> Lanes {
    Lanes(
      Double(x[0]), Double(x[1]), Double(x[2]), Double(x[3]), Double(x[4]), Double(x[5]), Double(x[6]), Double(x[7]))
  }
  @inline(__always)
  static func narrow(_ x: Lanes) -> SIMD8<Float> {
    SIMD8<Float>(
      Float(x[0]), Float(x[1]), Float(x[2]), Float(x[3]), Float(x[4]), Float(x[5]), Float(x[6]), Float(x[7]))
  }
}

/// A row of numbers of type `T`, read and written as lanes. Lanes past the end are filled in on reading and dropped on
/// writing.
struct LaneRow<T: LaneElement> {
  let base: UnsafeMutableRawPointer
  let count: Int

  @inline(__always)
  init(_ base: UnsafeMutableRawPointer, count: Int) {
    self.base = base
    self.count = count
  }

  @inline(__always)
  init(_ base: UnsafeRawPointer, count: Int) { self.init(UnsafeMutableRawPointer(mutating: base), count: count) }

  subscript(index: Int) -> T {
    @inline(__always) get { (base + index * MemoryLayout<T>.stride).loadUnaligned(as: T.self) }
    @inline(__always) nonmutating set {
      (base + index * MemoryLayout<T>.stride).storeBytes(of: newValue, as: T.self)
    }
  }

  @inline(__always)
  func read(at index: Int, fill: Double) -> Lanes {
    let address = base + index * MemoryLayout<T>.stride
    if count - index >= Lanes.scalarCount { return T.widen(load(UnsafeRawPointer(address), as: SIMD8<T>.self)) }
    var part = SIMD8<T>(repeating: T(fill))
    withUnsafeMutableBytes(of: &part) {
      $0.baseAddress.unsafelyUnwrapped.copyMemory(
        from: address, byteCount: (count - index) * MemoryLayout<T>.stride)
    }
    return T.widen(part)
  }

  @inline(__always)
  func write(_ x: Lanes, at index: Int) {
    let address = base + index * MemoryLayout<T>.stride
    let narrow = T.narrow(x)
    if count - index >= Lanes.scalarCount { return store(narrow, to: address) }
    withUnsafeBytes(of: narrow) {
      address.copyMemory(
        from: $0.baseAddress.unsafelyUnwrapped, byteCount: (count - index) * MemoryLayout<T>.stride)
    }
  }
}

/// The numbers of the lanes from `index` on.
@inline(__always)
func laneIndices(from index: Int) -> LaneBits { LaneBits(0, 1, 2, 3, 4, 5, 6, 7) &+ Int64(index) }
