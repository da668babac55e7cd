import CDescentKernels

// Embedded Swift lets importers see, and compile again with their own flags, the body of every function. This one entry
// is exported as an interface only, so that all that it reaches stays compiled for the module's own instruction set;
// @inline(never) does not do that.
/// Fills in all that this module offers. The table must be zero.
@export(interface)
public func kernelTable(_ table: UnsafeMutablePointer<kernel_table>) {
  #if SIMD_KernelsAVX512
    table.pointee.instruction_set = cString("avx512")
  #elseif SIMD_KernelsAVX2
    table.pointee.instruction_set = cString("avx2")
  #else
    table.pointee.instruction_set = cString("baseline")
  #endif
  addRules(to: table)
  addLosses(to: table)

  table.pointee.gather_float32 = { gather(Float.self, $0) }
  table.pointee.gather_uint8 = { gather(UInt8.self, $0) }
  table.pointee.transpose_weights = { transposeWeights($0, $1, $2, $3, $4) }
  table.pointee.linear_pass = { linearPass($0) }
  table.pointee.combine = { combine($0, $1, $2) }
  table.pointee.fill_rows = { fillRows($0, $1, $2, $3) }
  table.pointee.add_squares = { addSquares($0, $1, $2, $3, $4, $5) }
  table.pointee.first_not_finite = { firstNotFinite($0, $1, $2) }
  table.pointee.measure = { measure($0) }
  table.pointee.sum_of_squares = { sumOfSquares($0, $1) }
  table.pointee.add_scaled = { addScaled($0, $1, $2, $3) }
  table.pointee.add_column_sums = { addColumnSums($0, $1, $2, $3) }
  table.pointee.argmax_rows = { argmaxRows($0, $1, $2, $3) }
  table.pointee.exp = { map($0, $1, $2) { exp($0) } }
  table.pointee.log = { map($0, $1, $2) { log($0) } }
  table.pointee.log1p = { map($0, $1, $2) { log1p($0) } }
}

/// The rules: one line each. The functions are spelled out because a C function pointer cannot be made from a generic
/// function inside another one.
private func addRules(to table: UnsafeMutablePointer<kernel_table>) {
  // swift-format-ignore
  do {
    add(SGD.self, { prepare(SGD.self, $0, $1, $2, $3) }, { drive(SGD.self, FloatVector.self, $0) }, { drive(SGD.self, DoubleVector.self, $0) }, to: table)
    add(Momentum.self, { prepare(Momentum.self, $0, $1, $2, $3) }, { drive(Momentum.self, FloatVector.self, $0) }, { drive(Momentum.self, DoubleVector.self, $0) }, to: table)
    add(Nesterov.self, { prepare(Nesterov.self, $0, $1, $2, $3) }, { drive(Nesterov.self, FloatVector.self, $0) }, { drive(Nesterov.self, DoubleVector.self, $0) }, to: table)
    add(AdaGrad.self, { prepare(AdaGrad.self, $0, $1, $2, $3) }, { drive(AdaGrad.self, FloatVector.self, $0) }, { drive(AdaGrad.self, DoubleVector.self, $0) }, to: table)
    add(RMSProp.self, { prepare(RMSProp.self, $0, $1, $2, $3) }, { drive(RMSProp.self, FloatVector.self, $0) }, { drive(RMSProp.self, DoubleVector.self, $0) }, to: table)
    add(Adam.self, { prepare(Adam.self, $0, $1, $2, $3) }, { drive(Adam.self, FloatVector.self, $0) }, { drive(Adam.self, DoubleVector.self, $0) }, to: table)
  }
}

private func addLosses(to table: UnsafeMutablePointer<kernel_table>) {
  // swift-format-ignore
  do {
    add(SoftmaxCrossEntropy.self, { classify(SoftmaxCrossEntropy.self, $0 as UnsafePointer<kernel_rows>) }, { classify(SoftmaxCrossEntropy.self, $0 as UnsafePointer<kernel_packed_rows>) }, to: table)
    add(MulticlassHinge.self, { classify(MulticlassHinge.self, $0 as UnsafePointer<kernel_rows>) }, { classify(MulticlassHinge.self, $0 as UnsafePointer<kernel_packed_rows>) }, to: table)
    add(SquaredHinge.self, { classify(SquaredHinge.self, $0 as UnsafePointer<kernel_rows>) }, { classify(SquaredHinge.self, $0 as UnsafePointer<kernel_packed_rows>) }, to: table)
    add(SquaredError.self, { regress(SquaredError.self, $0) }, to: table)
    add(AbsoluteError.self, { regress(AbsoluteError.self, $0) }, to: table)
    add(Huber.self, { regress(Huber.self, $0) }, to: table)
    add(Logistic.self, { regress(Logistic.self, $0) }, to: table)
  }
}

/// Applies a function of lanes to an array.
@inline(__always)
private func map(
  _ out: UnsafeMutablePointer<Double>, _ x: UnsafePointer<Double>, _ count: Int, _ function: (Lanes) -> Lanes
) {
  let source = LaneRow(UnsafeRawPointer(x), count: count, isDouble: true)
  let target = LaneRow(UnsafeMutableRawPointer(out), count: count, isDouble: true)
  var index = 0
  while index < count {
    target.write(function(source.read(at: index, fill: 0)), at: index)
    index += Lanes.scalarCount
  }
}
