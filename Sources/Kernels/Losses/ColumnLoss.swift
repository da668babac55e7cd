import CDescentKernels

/// A loss of single numbers, each with its target.
protocol ColumnLoss {
  /// How dual coordinate ascent goes with it, if it does.
  static var dual: kernel_dual { get }
  /// Where it has kinks, what it is made of.
  static func kinks(parameter: Double) -> LossKinks?

  /// The loss of each lane and its derivative, both times their factors.
  static func term(
    prediction: Lanes, target: Lanes, parameter: Double, _ scale: LossScale
  ) -> (value: Lanes, gradient: Lanes)
}

extension ColumnLoss {
  static var dual: kernel_dual { kernel_dual() }
  @inline(__always)
  static func kinks(parameter: Double) -> LossKinks? { nil }
}

/// A loss that is `above · max(0, e − margin) + below · max(0, −e − margin)` of the error `e`.
struct LossKinks {
  var above = 1.0
  var below = 1.0
  var margin = 0.0
}

extension kernel_dual {
  /// Of a loss whose derivative is within `bound` and `-bound`.
  init(softness: Double, bound: Double = .infinity, boundShare: Double = 0, marginShare: Double = 0) {
    self.init(
      exists: true, is_logistic: false, is_hinge: false, softness: softness, margin_share: marginShare, low: -bound,
      low_share: -boundShare, high: bound, high_share: boundShare)
  }
}

/// Eight numbers and what a loss makes of them, in memory: the loops call it out of line, so that there is one copy of them.
struct ColumnTerm {
  var prediction = Lanes()
  var target = Lanes()
  fileprivate(set) var value = Lanes()
  fileprivate(set) var gradient = Lanes()
  fileprivate let parameter: Double
  fileprivate let scale: LossScale

  init(parameter: Double, _ scale: LossScale) { (self.parameter, self.scale) = (parameter, scale) }

  @inline(__always)
  mutating func compute(_ function: ColumnFunction) {
    withUnsafeMutableBytes(of: &self) { function($0.baseAddress.unsafelyUnwrapped) }
  }

  @inline(never)
  fileprivate mutating func smooth(_ kinks: LossKinks) {
    let error = prediction * scale.difference - target * scale.difference
    let margin = kinks.margin * scale.difference
    let (above, below) = (scale.ramp(error - margin), scale.ramp(0 - error - margin))
    value = (above.value * kinks.above + below.value * kinks.below) * scale.linear
    gradient = (above.slope * kinks.above - below.slope * kinks.below) * scale.gradient
  }
}

typealias ColumnFunction = @convention(c) (UnsafeMutableRawPointer) -> Void

/// Fills in value and gradient of a `ColumnTerm`.
@inline(__always)
func compute<L: ColumnLoss>(_: L.Type, _ place: UnsafeMutableRawPointer) {
  let term = place.assumingMemoryBound(to: ColumnTerm.self)
  if let kinks = L.kinks(parameter: term.pointee.parameter), term.pointee.scale.smoothing > 0 {
    return term.pointee.smooth(kinks)
  }
  let result = L.term(
    prediction: term.pointee.prediction, target: term.pointee.target, parameter: term.pointee.parameter,
    term.pointee.scale)
  term.pointee.value = result.value
  term.pointee.gradient = result.gradient
}
