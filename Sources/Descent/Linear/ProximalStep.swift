import CDescentKernels
import CPlatform

/// The step of l1 that follows each step of an optimizer, in the metric in which that has moved the weights.
struct ProximalStep {
  let l1: Double
  private var shrinking = kernel_shrinking()

  /// Throws if the method has no such step.
  init(_ l1: Double, _ optimizer: borrowing Optimizer) throws(Failure) {
    self.l1 = l1
    // These have a way of their own.
    let algorithm = optimizer.algorithm
    if l1 == 0 || algorithm.number == LBFGS.number || algorithm.isByCoordinates { return }
    let groups = optimizer.groups.base.pointee.values
    guard optimizer.algorithm.rule.pointee.metric.is_known, groups[KERNEL_CENTERED] == 0 else {
      throw Failure(.unsupported, "options: l1: \(optimizer.algorithm.name) has no proximal step")
    }
    if groups[KERNEL_STATE_DTYPE] != 0 {
      throw Failure(.unsupported, "options: l1: needs the optimizer's state in full precision: state_dtype")
    }
  }

  var isNone: Bool { l1 == 0 }

  /// After a step, whose learning rate is given.
  mutating func prepare(_ optimizer: UnsafeMutablePointer<Optimizer>, rate: Double) {
    let metric = optimizer.pointee.algorithm.rule.pointee.metric
    var update = optimizer.pointee.stepMade(tensor: 0)
    shrinking.threshold = l1 * kernel_update_constant(&update, metric.rate, rate)
    shrinking.squares = UnsafePointer(optimizer.pointee.floats(ofState: metric.state))
    shrinking.greatest = UnsafePointer(optimizer.pointee.floats(ofState: metric.greatest))
    shrinking.inside = kernel_update_constant(&update, metric.inside, 1)
    shrinking.epsilon_inside = kernel_update_constant(&update, metric.epsilon_inside, 0)
    shrinking.outside = kernel_update_constant(&update, metric.outside, 1)
    shrinking.epsilon_outside = kernel_update_constant(&update, metric.epsilon_outside, 0)
  }

  /// Of some of the weights.
  func apply(_ weights: UnsafeMutablePointer<Float>, from first: Int, count: Int) {
    var part = shrinking
    part.values = weights + first
    part.squares = shrinking.squares.map { $0 + first }
    part.greatest = shrinking.greatest.map { $0 + first }
    part.count = count
    kernels.pointee.shrink(&part)
  }

  /// Of all weights.
  func apply(_ weights: UnsafeMutablePointer<Float>, count: Int) {
    var job = ShrinkingJob(step: self, weights: weights, count: count)
    run(&job, pieces: (count - 1) / ShrinkingJob.weightsPerPiece + 1, inParallel: count >= leastParallelCount)
  }

  /// `l1 Σ |W|`.
  @inline(never)
  func penalty(_ weights: UnsafePointer<Float>, count: Int) -> Double {
    if l1 == 0 { return 0 }
    var lanes = InlineArray<8, Double>(repeating: 0)
    return withUnsafeMutableBytes(of: &lanes) {
      let lanes = $0.baseAddress!.assumingMemoryBound(to: Double.self)
      kernels.pointee.add_products(lanes, weights, nil, false, count)
      return l1 * sum(lanes: lanes)
    }
  }
}

private struct ShrinkingJob: Job {
  static var weightsPerPiece: Int { 65_536 }

  let step: ProximalStep
  let weights: UnsafeMutablePointer<Float>
  let count: Int

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: ShrinkingJob.self).pointee
      let first = index * ShrinkingJob.weightsPerPiece
      job.step.apply(job.weights, from: first, count: min(ShrinkingJob.weightsPerPiece, job.count - first))
    }
  }
}

extension Optimizer {
  /// The constants and stages with which a tensor has made the last step.
  func stepMade(tensor index: Int) -> kernel_update {
    var update = groups.commonUpdate(of: 0)
    setConstants(&update, tensor: index)
    return update
  }

  /// The first tensor's state with a number, stored as floats; nil if there is none.
  func floats(ofState number: Int8) -> UnsafeMutablePointer<Float>? {
    number < 0 ? nil : state.buffer(Int(number), tensor: 0)?.assumingMemoryBound(to: Float.self)
  }
}
