/// What a rule may do with a vector: the operations whose result IEEE 754 fixes to the bit. There is no fused
/// multiply-add and no reciprocal here, so that every instruction set gives the same numbers.
typealias KernelVector = KernelVectorOperations & SIMD

protocol KernelVectorOperations where Self: SIMD, Scalar: KernelScalar {}

/// The element types of parameters.
protocol KernelScalar: BinaryFloatingPoint, SIMDScalar {
  init(_ value: Double)
  init(_ value: Float)
}

extension Float: KernelScalar {}
extension Double: KernelScalar {}

extension SIMD2: KernelVectorOperations where Scalar: KernelScalar {}
extension SIMD4: KernelVectorOperations where Scalar: KernelScalar {}
extension SIMD8: KernelVectorOperations where Scalar: KernelScalar {}
extension SIMD16: KernelVectorOperations where Scalar: KernelScalar {}

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
