/// The vector in which losses and reductions compute. It has the same number of lanes on every instruction set, so
/// that sums are taken in the same order everywhere.
typealias Lanes = SIMD8<Double>
typealias LaneBits = SIMD8<Int64>

extension SIMD8 {
  /// The lanes, one by one. Spelled out, because a loop that is not unrolled would put them together in memory.
  @inline(__always)
  init(_ lane: (Int) -> Scalar) {
    self.init(lane(0), lane(1), lane(2), lane(3), lane(4), lane(5), lane(6), lane(7))
  }
}

@inline(__always)
func bits(_ x: Lanes) -> LaneBits { unsafeBitCast(x, to: LaneBits.self) }

@inline(__always)
func lanes(_ bits: LaneBits) -> Lanes { unsafeBitCast(bits, to: Lanes.self) }

/// Calls a function that takes its argument from memory and leaves its result there. As an argument of a call a vector is
/// split into pieces of 16 bytes, and the function would then compute in these.
@inline(__always)
func outOfLine(_ function: (UnsafeMutableRawPointer) -> Void, _ x: Lanes) -> Lanes {
  var x = x
  withUnsafeMutableBytes(of: &x) { function($0.baseAddress.unsafelyUnwrapped) }
  return x
}

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

@inline(__always)
func widen(_ x: SIMD8<Float>) -> Lanes {
  Lanes { Double(x[$0]) }
}

@inline(__always)
func narrow(_ x: Lanes) -> SIMD8<Float> {
  SIMD8<Float> { Float(x[$0]) }
}

/// A row of floats or doubles, read and written as lanes. Lanes past the end are filled in on reading and dropped on
/// writing. The type is asked for at each access, which costs little beside the arithmetic and keeps one copy of it.
struct LaneRow {
  let base: UnsafeMutableRawPointer
  let count: Int
  let isDouble: Bool

  @inline(__always)
  init(_ base: UnsafeMutableRawPointer, count: Int, isDouble: Bool) {
    self.base = base
    self.count = count
    self.isDouble = isDouble
  }

  @inline(__always)
  init(_ base: UnsafeRawPointer, count: Int, isDouble: Bool) {
    self.init(UnsafeMutableRawPointer(mutating: base), count: count, isDouble: isDouble)
  }

  private var stride: Int {
    @inline(__always) get { isDouble ? MemoryLayout<Double>.stride : MemoryLayout<Float>.stride }
  }

  subscript(index: Int) -> Double {
    @inline(__always) get {
      let address = base + index * stride
      return isDouble ? address.loadUnaligned(as: Double.self) : Double(address.loadUnaligned(as: Float.self))
    }
    @inline(__always) nonmutating set {
      let address = base + index * stride
      if isDouble {
        address.storeBytes(of: newValue, as: Double.self)
      } else {
        address.storeBytes(of: Float(newValue), as: Float.self)
      }
    }
  }

  @inline(__always)
  func read(at index: Int, fill: Double) -> Lanes {
    let address = UnsafeRawPointer(base) + index * stride
    if count - index < Lanes.scalarCount { return readPart(address, count - index, fill) }
    return isDouble ? load(address, as: Lanes.self) : widen(load(address, as: SIMD8<Float>.self))
  }

  @inline(__always)
  func write(_ x: Lanes, at index: Int) {
    let address = base + index * stride
    if count - index < Lanes.scalarCount { return writePart(x, address, count - index) }
    if isDouble { store(x, to: address) } else { store(narrow(x), to: address) }
  }

  @inline(never)
  private func readPart(_ address: UnsafeRawPointer, _ count: Int, _ fill: Double) -> Lanes {
    if isDouble {
      var doubles = Lanes(repeating: fill)
      copyBytes(address, to: &doubles, count * stride)
      return doubles
    }
    var floats = SIMD8<Float>(repeating: Float(fill))
    copyBytes(address, to: &floats, count * stride)
    return widen(floats)
  }

  @inline(never)
  private func writePart(_ x: Lanes, _ address: UnsafeMutableRawPointer, _ count: Int) {
    if isDouble {
      var doubles = x
      address.copyMemory(from: &doubles, byteCount: count * stride)
    } else {
      var floats = narrow(x)
      address.copyMemory(from: &floats, byteCount: count * stride)
    }
  }
}

@inline(__always)
private func copyBytes(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ count: Int) {
  target.copyMemory(from: source, byteCount: count)
}

/// The numbers of the lanes from `index` on.
@inline(__always)
func laneIndices(from index: Int) -> LaneBits { LaneBits(0, 1, 2, 3, 4, 5, 6, 7) &+ Int64(index) }
