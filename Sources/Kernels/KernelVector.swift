/// What a rule may do with a vector: the operations whose result IEEE 754 fixes to the bit. There is no fused
/// multiply-add and no reciprocal here, so that every instruction set gives the same numbers.
typealias KernelVector = KernelVectorOperations & SIMD

protocol KernelVectorOperations where Self: SIMD, Scalar: KernelScalar {
  /// `chosen` in the lanes in which `a` is less than `b`, `other` in the others.
  static func choose(_ chosen: Self, over other: Self, where a: Self, isBelow b: Self) -> Self
}

/// The element types of parameters.
protocol KernelScalar: BinaryFloatingPoint, SIMDScalar {
  init(_ value: Double)
  init(_ value: Float)
}

extension Float: KernelScalar {}
extension Double: KernelScalar {}

// A comparison in generic code goes lane by lane; one of vectors whose type is known is one instruction. So the type is
// asked for here, where the compiler knows the answer.

extension SIMD2: KernelVectorOperations where Scalar: KernelScalar {
  @inline(__always)
  static func choose(_ chosen: Self, over other: Self, where a: Self, isBelow b: Self) -> Self {
    if Scalar.self == Float.self {
      let (a, b) = (unsafeBitCast(a, to: SIMD2<Float>.self), unsafeBitCast(b, to: SIMD2<Float>.self))
      let (chosen, other) = (unsafeBitCast(chosen, to: SIMD2<Float>.self), unsafeBitCast(other, to: SIMD2<Float>.self))
      return unsafeBitCast(other.replacing(with: chosen, where: a .< b), to: Self.self)
    }
    let (a, b) = (unsafeBitCast(a, to: SIMD2<Double>.self), unsafeBitCast(b, to: SIMD2<Double>.self))
    let (chosen, other) = (unsafeBitCast(chosen, to: SIMD2<Double>.self), unsafeBitCast(other, to: SIMD2<Double>.self))
    return unsafeBitCast(other.replacing(with: chosen, where: a .< b), to: Self.self)
  }
}

extension SIMD4: KernelVectorOperations where Scalar: KernelScalar {
  @inline(__always)
  static func choose(_ chosen: Self, over other: Self, where a: Self, isBelow b: Self) -> Self {
    if Scalar.self == Float.self {
      let (a, b) = (unsafeBitCast(a, to: SIMD4<Float>.self), unsafeBitCast(b, to: SIMD4<Float>.self))
      let (chosen, other) = (unsafeBitCast(chosen, to: SIMD4<Float>.self), unsafeBitCast(other, to: SIMD4<Float>.self))
      return unsafeBitCast(other.replacing(with: chosen, where: a .< b), to: Self.self)
    }
    let (a, b) = (unsafeBitCast(a, to: SIMD4<Double>.self), unsafeBitCast(b, to: SIMD4<Double>.self))
    let (chosen, other) = (unsafeBitCast(chosen, to: SIMD4<Double>.self), unsafeBitCast(other, to: SIMD4<Double>.self))
    return unsafeBitCast(other.replacing(with: chosen, where: a .< b), to: Self.self)
  }
}

extension SIMD8: KernelVectorOperations where Scalar: KernelScalar {
  @inline(__always)
  static func choose(_ chosen: Self, over other: Self, where a: Self, isBelow b: Self) -> Self {
    if Scalar.self == Float.self {
      let (a, b) = (unsafeBitCast(a, to: SIMD8<Float>.self), unsafeBitCast(b, to: SIMD8<Float>.self))
      let (chosen, other) = (unsafeBitCast(chosen, to: SIMD8<Float>.self), unsafeBitCast(other, to: SIMD8<Float>.self))
      return unsafeBitCast(other.replacing(with: chosen, where: a .< b), to: Self.self)
    }
    let (a, b) = (unsafeBitCast(a, to: SIMD8<Double>.self), unsafeBitCast(b, to: SIMD8<Double>.self))
    let (chosen, other) = (unsafeBitCast(chosen, to: SIMD8<Double>.self), unsafeBitCast(other, to: SIMD8<Double>.self))
    return unsafeBitCast(other.replacing(with: chosen, where: a .< b), to: Self.self)
  }
}

extension SIMD16: KernelVectorOperations where Scalar: KernelScalar {
  @inline(__always)
  static func choose(_ chosen: Self, over other: Self, where a: Self, isBelow b: Self) -> Self {
    if Scalar.self == Float.self {
      let (a, b) = (unsafeBitCast(a, to: SIMD16<Float>.self), unsafeBitCast(b, to: SIMD16<Float>.self))
      let (chosen, other) = (
        unsafeBitCast(chosen, to: SIMD16<Float>.self), unsafeBitCast(other, to: SIMD16<Float>.self)
      )
      return unsafeBitCast(other.replacing(with: chosen, where: a .< b), to: Self.self)
    }
    let (a, b) = (unsafeBitCast(a, to: SIMD16<Double>.self), unsafeBitCast(b, to: SIMD16<Double>.self))
    let (chosen, other) = (
      unsafeBitCast(chosen, to: SIMD16<Double>.self), unsafeBitCast(other, to: SIMD16<Double>.self)
    )
    return unsafeBitCast(other.replacing(with: chosen, where: a .< b), to: Self.self)
  }
}

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
