import CDescentKernels

// Embedded Swift lets importers see, and compile again with their own flags, the body of every function. This one entry
// is exported as an interface only, so that all that it reaches stays compiled for the module's own instruction set;
// @inline(never) does not do that.
/// Fills in all that this module offers. The baseline's table must be zero; another's is filled in over it, since only the
/// baseline describes the rules.
@export(interface)
public func kernelTable(_ table: UnsafeMutablePointer<kernel_table>) {
  table.pointee.rule_count = 0
  table.pointee.loss_count = 0
  #if SIMD_KernelsAVX512
    table.pointee.instruction_set = cString("avx512")
  #elseif SIMD_KernelsAVX2
    table.pointee.instruction_set = cString("avx2")
  #else
    table.pointee.instruction_set = cString("baseline")
  #endif
  addRules(to: table)
  addLosses(to: table)

  table.pointee.apply = { kernel_apply_rule($0, $1, $2) }
  table.pointee.stage = { $1 ? stage(DoubleVector.self, $0, $2, $3) : stage(FloatVector.self, $0, $2, $3) }
  table.pointee.finish = { $1 ? finish(DoubleVector.self, $0) : finish(FloatVector.self, $0) }
  table.pointee.count_agreeing = {
    $1 ? countAgreeing(DoubleVector.self, $0) : countAgreeing(FloatVector.self, $0)
  }
  table.pointee.add_products = { addProducts($0, $1, $2, $3, $4) }
  table.pointee.add_pair_products = { addPairProducts($0, $1, $2, $3, $4, $5) }
  table.pointee.add_pairs = { addPairs($0, $1, $2, $3, $4) }
  table.pointee.combine_vectors = { combineVectors($0, $1, $2, $3, $4, $5, $6, $7) }
  table.pointee.gather = { gather($0) }
  table.pointee.add_moments = { addMoments($0) }
  table.pointee.transpose_weights = { transposeWeights($0, $1, $2, $3, $4) }
  table.pointee.linear_pass = { linearPass($0) }
  table.pointee.sparse_product = { sparseProduct($0, $1, $2, $3) }
  table.pointee.dual_pass = { dualPass($0, $1, $2) }
  table.pointee.sum_column = { regress($0, $1) }
  table.pointee.shrink = { shrink($0) }
  table.pointee.make_up = { makeUp($0) }
  table.pointee.combine = { combine($0, $1, $2) }
  table.pointee.fill_rows = { fillRows($0, $1, $2, $3) }
  table.pointee.add_squares = { addSquares($0, $1, $2, $3, $4, $5) }
  table.pointee.first_not_finite = { firstNotFinite($0, $1, $2) }
  table.pointee.measure = { measure($0) }
  table.pointee.widen = { widenStored($0, $1, $2, $3) }
  table.pointee.narrow = { narrowStored($0, $1, $2, $3, $4) }
  table.pointee.fill_draws = { fillDraws($0, $1) }
  table.pointee.widen_codes = { widenCodes($0, $1, $2, $3, $4) }
  table.pointee.greatest_magnitude = { greatestMagnitude($0, $1) }
  table.pointee.narrow_codes = { narrowCodes($0, $1, $2, $3, $4, $5, $6) }
  table.pointee.sum_of_squares = { sumOfSquares($0, $1) }
  table.pointee.add_scaled = { addScaled($0, $1, $2, $3) }
  table.pointee.add_column_sums = { addColumnSums($0, $1, $2, $3) }
  table.pointee.argmax_rows = { argmaxRows($0, $1, $2, $3) }
  table.pointee.exp = { map($0, $1, $2) { exp($0) } }
  table.pointee.log = { map($0, $1, $2) { log($0) } }
  table.pointee.log1p = { map($0, $1, $2) { log1p($0) } }
}

/// The rules: one line each. The functions are spelled out because a C function pointer cannot be made from a generic
/// function inside another one. Rules with the same arithmetic share a loop.
private func addRules(to table: UnsafeMutablePointer<kernel_table>) {
  // swift-format-ignore
  do {
    add(SGD.self, { prepare(SGD.self, $0) }, { drive(SGD.self, FloatVector.self, $0) }, { drive(SGD.self, DoubleVector.self, $0) }, to: table)
    add(Momentum.self, { prepare(Momentum.self, $0) }, { drive(Momentum.self, FloatVector.self, $0) }, { drive(Momentum.self, DoubleVector.self, $0) }, to: table)
    add(Nesterov.self, { prepare(Nesterov.self, $0) }, { drive(Nesterov.self, FloatVector.self, $0) }, { drive(Nesterov.self, DoubleVector.self, $0) }, to: table)
    add(AdaGrad.self, { prepare(AdaGrad.self, $0) }, { drive(AdaGrad.self, FloatVector.self, $0) }, { drive(AdaGrad.self, DoubleVector.self, $0) }, to: table)
    add(RMSProp.self, { prepare(RMSProp.self, $0) }, { drive(RMSProp.self, FloatVector.self, $0) }, { drive(RMSProp.self, DoubleVector.self, $0) }, to: table)
    let adam: (kernel_update_function, kernel_update_function) = ({ drive(Adam.self, FloatVector.self, $0) }, { drive(Adam.self, DoubleVector.self, $0) })
    let adamCodes: kernel_update_codes = { driveCodes(Adam.self, $0, $1, $2) }
    add(Adam.self, { prepare(Adam.self, $0) }, adam.0, adam.1, to: table)
    addCodes(adamCodes, to: table)
    add(AdamW.self, { prepare(Adam.self, $0) }, adam.0, adam.1, to: table)
    addCodes(adamCodes, to: table)
    add(Adamax.self, { prepare(Adamax.self, $0) }, { drive(Adamax.self, FloatVector.self, $0) }, { drive(Adamax.self, DoubleVector.self, $0) }, to: table)
    add(NAdam.self, { prepare(NAdam.self, $0) }, { drive(NAdam.self, FloatVector.self, $0) }, { drive(NAdam.self, DoubleVector.self, $0) }, to: table)
    add(RAdam.self, { prepare(RAdam.self, $0) }, { drive(RAdam.self, FloatVector.self, $0) }, { drive(RAdam.self, DoubleVector.self, $0) }, to: table)
    add(Adadelta.self, { prepare(Adadelta.self, $0) }, { drive(Adadelta.self, FloatVector.self, $0) }, { drive(Adadelta.self, DoubleVector.self, $0) }, to: table)
    add(Rprop.self, { prepare(Rprop.self, $0) }, { drive(Rprop.self, FloatVector.self, $0) }, { drive(Rprop.self, DoubleVector.self, $0) }, to: table)
    add(ASGD.self, { prepare(ASGD.self, $0) }, { drive(ASGD.self, FloatVector.self, $0) }, { drive(ASGD.self, DoubleVector.self, $0) }, to: table)
    add(Lion.self, { prepare(Lion.self, $0) }, { drive(Lion.self, FloatVector.self, $0) }, { drive(Lion.self, DoubleVector.self, $0) }, to: table)
    add(Signum.self, { prepare(Signum.self, $0) }, { drive(Signum.self, FloatVector.self, $0) }, { drive(Signum.self, DoubleVector.self, $0) }, to: table)
    add(Adan.self, { prepare(Adan.self, $0) }, { drive(Adan.self, FloatVector.self, $0) }, { drive(Adan.self, DoubleVector.self, $0) }, to: table)
    add(AdEMAMix.self, { prepare(AdEMAMix.self, $0) }, { drive(AdEMAMix.self, FloatVector.self, $0) }, { drive(AdEMAMix.self, DoubleVector.self, $0) }, to: table)
    add(AdaBelief.self, { prepare(AdaBelief.self, $0) }, { drive(AdaBelief.self, FloatVector.self, $0) }, { drive(AdaBelief.self, DoubleVector.self, $0) }, to: table)
    add(Yogi.self, { prepare(Yogi.self, $0) }, { drive(Yogi.self, FloatVector.self, $0) }, { drive(Yogi.self, DoubleVector.self, $0) }, to: table)
    add(ADOPT.self, { prepare(ADOPT.self, $0) }, { drive(ADOPT.self, FloatVector.self, $0) }, { drive(ADOPT.self, DoubleVector.self, $0) }, to: table)
    add(FTRL.self, { prepare(FTRL.self, $0) }, { drive(FTRL.self, FloatVector.self, $0) }, { drive(FTRL.self, DoubleVector.self, $0) }, to: table)
    add(ScheduleFreeSGD.self, { prepare(ScheduleFreeSGD.self, $0) }, { drive(ScheduleFreeSGD.self, FloatVector.self, $0) }, { drive(ScheduleFreeSGD.self, DoubleVector.self, $0) }, to: table)
    add(ScheduleFreeAdamW.self, { prepare(ScheduleFreeAdamW.self, $0) }, { drive(ScheduleFreeAdamW.self, FloatVector.self, $0) }, { drive(ScheduleFreeAdamW.self, DoubleVector.self, $0) }, to: table)
    add(MARS.self, { prepare(MARS.self, $0) }, { combine(MARS.self, $0, $1) }, { measure(MARS.self, FloatVector.self, $0, $1, $2) }, { measure(MARS.self, DoubleVector.self, $0, $1, $2) }, { drive(MARS.self, FloatVector.self, $0) }, { drive(MARS.self, DoubleVector.self, $0) }, to: table)
    add(LARS.self, { prepare(LARS.self, $0) }, { combine(LARS.self, $0, $1) }, { measure(LARS.self, FloatVector.self, $0, $1, $2) }, { measure(LARS.self, DoubleVector.self, $0, $1, $2) }, { drive(LARS.self, FloatVector.self, $0) }, { drive(LARS.self, DoubleVector.self, $0) }, to: table)
    add(LAMB.self, { prepare(LAMB.self, $0) }, { combine(LAMB.self, $0, $1) }, { measure(LAMB.self, FloatVector.self, $0, $1, $2) }, { measure(LAMB.self, DoubleVector.self, $0, $1, $2) }, { drive(LAMB.self, FloatVector.self, $0) }, { drive(LAMB.self, DoubleVector.self, $0) }, to: table)
    add(Adafactor.self, { prepare(Adafactor.self, $0) }, to: table)
    add(NovoGrad.self, { prepare(NovoGrad.self, $0) }, { combine(NovoGrad.self, $0, $1) }, { measure(NovoGrad.self, FloatVector.self, $0, $1, $2) }, { measure(NovoGrad.self, DoubleVector.self, $0, $1, $2) }, { drive(NovoGrad.self, FloatVector.self, $0) }, { drive(NovoGrad.self, DoubleVector.self, $0) }, to: table)
    add(Prodigy.self, { prepare(Prodigy.self, $0) }, { combine(Prodigy.self, $0, $1) }, { measure(Prodigy.self, FloatVector.self, $0, $1, $2) }, { measure(Prodigy.self, DoubleVector.self, $0, $1, $2) }, { drive(Prodigy.self, FloatVector.self, $0) }, { drive(Prodigy.self, DoubleVector.self, $0) }, to: table)
    add(Muon.self, { prepare(Muon.self, $0) }, { drive(Muon.self, FloatVector.self, $0) }, { drive(Muon.self, DoubleVector.self, $0) }, to: table)
    add(Shampoo.self, { prepare(Shampoo.self, $0) }, { drive(Shampoo.self, FloatVector.self, $0) }, { drive(Shampoo.self, DoubleVector.self, $0) }, to: table)
    add(SOAP.self, { prepare(SOAP.self, $0) }, { drive(SOAP.self, FloatVector.self, $0) }, { drive(SOAP.self, DoubleVector.self, $0) }, to: table)
    add(LBFGS.self, to: table)
    add(ConjugateGradient.self, to: table)
    add(SDCA.self, to: table)
    add(CoordinateDescent.self, to: table)
  }
}

private func addLosses(to table: UnsafeMutablePointer<kernel_table>) {
  // swift-format-ignore
  do {
    add(SoftmaxCrossEntropy.self, { classify(SoftmaxCrossEntropy(), binary: { compute(Logistic.self, $0) }, $0 as UnsafePointer<kernel_rows>) }, { classify(SoftmaxCrossEntropy(), binary: { compute(Logistic.self, $0) }, $0 as UnsafePointer<kernel_packed_rows>) }, column: Logistic.self, { compute(Logistic.self, $0) }, joinsColumns: true, to: table)
    add(MulticlassHinge.self, { classifyMargins(power: 1, $0 as UnsafePointer<kernel_rows>) }, { classifyMargins(power: 1, $0 as UnsafePointer<kernel_packed_rows>) }, column: HingeTerm.self, { compute(HingeTerm.self, $0) }, joinsColumns: true, to: table)
    add(SquaredHinge.self, { classifyMargins(power: 2, $0 as UnsafePointer<kernel_rows>) }, { classifyMargins(power: 2, $0 as UnsafePointer<kernel_packed_rows>) }, column: SquaredHingeTerm.self, { compute(SquaredHingeTerm.self, $0) }, joinsColumns: true, to: table)
    add(OneVsRestHinge.self, { classifyColumns({ compute(HingeTerm.self, $0) }, $0 as UnsafePointer<kernel_rows>) }, { classifyColumns({ compute(HingeTerm.self, $0) }, $0 as UnsafePointer<kernel_packed_rows>) }, column: HingeTerm.self, { compute(HingeTerm.self, $0) }, joinsColumns: false, to: table)
    add(OneVsRestSquaredHinge.self, { classifyColumns({ compute(SquaredHingeTerm.self, $0) }, $0 as UnsafePointer<kernel_rows>) }, { classifyColumns({ compute(SquaredHingeTerm.self, $0) }, $0 as UnsafePointer<kernel_packed_rows>) }, column: SquaredHingeTerm.self, { compute(SquaredHingeTerm.self, $0) }, joinsColumns: false, to: table)
    add(OneVsRestLogistic.self, { classifyColumns({ compute(Logistic.self, $0) }, $0 as UnsafePointer<kernel_rows>) }, { classifyColumns({ compute(Logistic.self, $0) }, $0 as UnsafePointer<kernel_packed_rows>) }, column: Logistic.self, { compute(Logistic.self, $0) }, joinsColumns: false, to: table)
    add(SquaredError.self, { regress({ compute(SquaredError.self, $0) }, $0 as UnsafePointer<kernel_rows>) }, { regress({ compute(SquaredError.self, $0) }, $0 as UnsafePointer<kernel_packed_rows>) }, { compute(SquaredError.self, $0) }, to: table)
    add(AbsoluteError.self, { regress({ compute(AbsoluteError.self, $0) }, $0 as UnsafePointer<kernel_rows>) }, { regress({ compute(AbsoluteError.self, $0) }, $0 as UnsafePointer<kernel_packed_rows>) }, { compute(AbsoluteError.self, $0) }, to: table)
    add(Huber.self, { regress({ compute(Huber.self, $0) }, $0 as UnsafePointer<kernel_rows>) }, { regress({ compute(Huber.self, $0) }, $0 as UnsafePointer<kernel_packed_rows>) }, { compute(Huber.self, $0) }, to: table)
    add(Logistic.self, { regress({ compute(Logistic.self, $0) }, $0 as UnsafePointer<kernel_rows>) }, { regress({ compute(Logistic.self, $0) }, $0 as UnsafePointer<kernel_packed_rows>) }, { compute(Logistic.self, $0) }, to: table)
    add(Quantile.self, { regress({ compute(Quantile.self, $0) }, $0 as UnsafePointer<kernel_rows>) }, { regress({ compute(Quantile.self, $0) }, $0 as UnsafePointer<kernel_packed_rows>) }, { compute(Quantile.self, $0) }, to: table)
    add(EpsilonInsensitive.self, { regress({ compute(EpsilonInsensitive.self, $0) }, $0 as UnsafePointer<kernel_rows>) }, { regress({ compute(EpsilonInsensitive.self, $0) }, $0 as UnsafePointer<kernel_packed_rows>) }, { compute(EpsilonInsensitive.self, $0) }, to: table)
    add(SquaredEpsilonInsensitive.self, { regress({ compute(SquaredEpsilonInsensitive.self, $0) }, $0 as UnsafePointer<kernel_rows>) }, { regress({ compute(SquaredEpsilonInsensitive.self, $0) }, $0 as UnsafePointer<kernel_packed_rows>) }, { compute(SquaredEpsilonInsensitive.self, $0) }, to: table)
    add(Poisson.self, { regress({ compute(Poisson.self, $0) }, $0 as UnsafePointer<kernel_rows>) }, { regress({ compute(Poisson.self, $0) }, $0 as UnsafePointer<kernel_packed_rows>) }, { compute(Poisson.self, $0) }, to: table)
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
