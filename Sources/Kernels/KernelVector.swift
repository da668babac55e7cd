/// What a rule may do with a vector: the operations whose result IEEE 754 fixes to the bit. There is no fused
/// multiply-add and no reciprocal here, so that every instruction set gives the same numbers.
typealias KernelVector = KernelVectorOperations & SIMD

protocol KernelVectorOperations where Self: SIMD, Scalar: KernelScalar {
  /// `chosen` in the lanes in which `a` is less than `b`, `other` in the others.
  static func choose(_ chosen: Self, over other: Self, where a: Self, isBelow b: Self) -> Self
}

#if hasFeature(Embedded)
  typealias VectorScalar = BinaryFloatingPoint & SIMDScalar
#else
  // A vector's scalars are codable too, where there is such a thing.
  typealias VectorScalar = BinaryFloatingPoint & SIMDScalar & Codable
#endif

/// The element types of parameters.
protocol KernelScalar: VectorScalar {
  init(_ value: Double)
  init(_ value: Float)
  var inDouble: Double { get }
}

extension Float: KernelScalar {
  @inline(__always) var inDouble: Double { Double(self) }
}
extension Double: KernelScalar {
  @inline(__always) var inDouble: Double { self }
}

// A comparison in generic code goes lane by lane; one of vectors whose type is known is one instruction. So the type is
// asked for here, where the compiler knows the answer.

/// Applies a function of vectors of a known type to vectors that are of this type.
@inline(__always)
private func known<Vector, Known>(
  _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, _ function: (Known, Known, Known, Known) -> Known
) -> Vector {
  @inline(__always)
  func cast(_ x: Vector) -> Known { unsafeBitCast(x, to: Known.self) }
  return unsafeBitCast(function(cast(a), cast(b), cast(c), cast(d)), to: Vector.self)
}

extension SIMD2: KernelVectorOperations where Scalar: KernelScalar {
  @inline(__always)
  static func choose(_ chosen: Self, over other: Self, where a: Self, isBelow b: Self) -> Self {
    Scalar.self == Float.self
      ? known(chosen, other, a, b) { (c: SIMD2<Float>, o, a, b) in o.replacing(with: c, where: a .< b) }
      : known(chosen, other, a, b) { (c: SIMD2<Double>, o, a, b) in o.replacing(with: c, where: a .< b) }
  }
}

extension SIMD4: KernelVectorOperations where Scalar: KernelScalar {
  @inline(__always)
  static func choose(_ chosen: Self, over other: Self, where a: Self, isBelow b: Self) -> Self {
    Scalar.self == Float.self
      ? known(chosen, other, a, b) { (c: SIMD4<Float>, o, a, b) in o.replacing(with: c, where: a .< b) }
      : known(chosen, other, a, b) { (c: SIMD4<Double>, o, a, b) in o.replacing(with: c, where: a .< b) }
  }
}

extension SIMD8: KernelVectorOperations where Scalar: KernelScalar {
  @inline(__always)
  static func choose(_ chosen: Self, over other: Self, where a: Self, isBelow b: Self) -> Self {
    Scalar.self == Float.self
      ? known(chosen, other, a, b) { (c: SIMD8<Float>, o, a, b) in o.replacing(with: c, where: a .< b) }
      : known(chosen, other, a, b) { (c: SIMD8<Double>, o, a, b) in o.replacing(with: c, where: a .< b) }
  }
}

extension SIMD16: KernelVectorOperations where Scalar: KernelScalar {
  @inline(__always)
  static func choose(_ chosen: Self, over other: Self, where a: Self, isBelow b: Self) -> Self {
    Scalar.self == Float.self
      ? known(chosen, other, a, b) { (c: SIMD16<Float>, o, a, b) in o.replacing(with: c, where: a .< b) }
      : known(chosen, other, a, b) { (c: SIMD16<Double>, o, a, b) in o.replacing(with: c, where: a .< b) }
  }
}

@inline(__always)
func magnitude<V: KernelVector>(_ x: V) -> V { V.choose(V() - x, over: x, where: x, isBelow: V()) }

/// 1, -1, or 0 of either sign; NaN for NaN.
@inline(__always)
func sign<V: KernelVector>(_ x: V) -> V {
  let rest = V.choose(V(repeating: -1), over: x * V(), where: x, isBelow: V())
  return V.choose(V(repeating: 1), over: rest, where: V(), isBelow: x)
}

/// The greater number in each lane; NaN where `b` is, which is to be the newer of the two.
@inline(__always)
func greater<V: KernelVector>(_ a: V, _ b: V) -> V { V.choose(a, over: b, where: b, isBelow: a) }

#if SIMD_KernelsAVX512
  typealias FloatVector = SIMD16<Float>
  typealias DoubleVector = SIMD8<Double>
#elseif SIMD_KernelsAVX2
  typealias FloatVector = SIMD8<Float>
  typealias DoubleVector = SIMD4<Double>
#else
  typealias FloatVector = SIMD4<Float>
  typealias DoubleVector = SIMD2<Double>
#endif
