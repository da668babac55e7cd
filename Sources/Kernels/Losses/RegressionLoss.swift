import CDescentKernels

/// A loss of predictions against real targets, element by element. The loops over elements, element types and layouts are the
/// same for all.
protocol RegressionLoss {
  /// The pinned value of `descent_loss`, and the name in configuration files.
  static var loss: Int32 { get }
  static var name: StaticString { get }
  /// What targets there may be; none is refused if the least is -infinity, else infinite ones are too.
  static var targets: (least: Double, greatest: Double) { get }
  /// What turns a prediction of this loss, which may be any number, into one of the target.
  static var response: kernel_response { get }
  /// The number that the loss depends on, if there is one.
  static var parameter: LossParameter? { get }
  /// Where it has kinks, what it is made of.
  static func kinks(parameter: Double) -> LossKinks?

  /// The loss of each lane and its derivative, both times their factors.
  static func term(
    prediction: Lanes, target: Lanes, parameter: Double, _ scale: LossScale
  ) -> (value: Lanes, gradient: Lanes)
}

/// A number that a loss depends on: its name in configuration files, the least and the greatest (infinity if there is none),
/// and what it is by default.
struct LossParameter {
  let name: StaticString
  let minimum: Double
  let maximum: Double
  let standard: Double
}

/// A loss that is `above · max(0, e − margin) + below · max(0, −e − margin)` of the error `e`.
struct LossKinks {
  var above = 1.0
  var below = 1.0
  var margin = 0.0
}

extension RegressionLoss {
  @inline(__always)
  static func kinks(parameter: Double) -> LossKinks? { nil }
  static var targets: (least: Double, greatest: Double) { (-.infinity, .infinity) }
  static var response: kernel_response { KERNEL_IDENTITY }
  static var parameter: LossParameter? { nil }
}

/// Eight elements and what a loss makes of them, in memory: the loops call it out of line, so that there is one copy of them.
struct RegressionTerm {
  fileprivate var prediction = Lanes()
  fileprivate var target = Lanes()
  fileprivate var value = Lanes()
  fileprivate var gradient = Lanes()
  fileprivate let parameter: Double
  fileprivate let scale: LossScale

  fileprivate init(parameter: Double, _ scale: LossScale) { (self.parameter, self.scale) = (parameter, scale) }

  @inline(never)
  fileprivate mutating func smooth(_ kinks: LossKinks) {
    let error = prediction * scale.difference - target * scale.difference
    let margin = kinks.margin * scale.difference
    let (above, below) = (scale.ramp(error - margin), scale.ramp(0 - error - margin))
    value = (above.value * kinks.above + below.value * kinks.below) * scale.linear
    gradient = (above.slope * kinks.above - below.slope * kinks.below) * scale.gradient
  }
}

typealias RegressionFunction = @convention(c) (UnsafeMutableRawPointer) -> Void

/// Fills in value and gradient of a `RegressionTerm`.
@inline(__always)
func compute<L: RegressionLoss>(_: L.Type, _ place: UnsafeMutableRawPointer) {
  let term = place.assumingMemoryBound(to: RegressionTerm.self)
  if let kinks = L.kinks(parameter: term.pointee.parameter), term.pointee.scale.smoothing > 0 {
    return term.pointee.smooth(kinks)
  }
  let result = L.term(
    prediction: term.pointee.prediction, target: term.pointee.target, parameter: term.pointee.parameter,
    term.pointee.scale)
  term.pointee.value = result.value
  term.pointee.gradient = result.gradient
}

/// The sum of the losses of all elements, eight partial sums in the elements' order.
@inline(never)
func regress(_ function: RegressionFunction, _ rows: UnsafePointer<kernel_rows>) -> Double {
  let rows = rows.pointee
  let count = rows.rows * rows.columns
  let predictions = LaneRow(rows.scores, count: count, isDouble: rows.is_double)
  let targets = LaneRow(rows.targets.unsafelyUnwrapped, count: count, isDouble: rows.is_double)
  let gradient = rows.gradient.map { LaneRow($0, count: count, isDouble: rows.is_double) }
  var term = RegressionTerm(parameter: rows.parameter, LossScale(rows))
  var total = Lanes()
  var index = 0
  while index < count {
    (term.prediction, term.target) = (predictions.read(at: index, fill: 0), targets.read(at: index, fill: 0))
    withUnsafeMutableBytes(of: &term) { function($0.baseAddress.unsafelyUnwrapped) }
    let weights = RowWeights(rows.weights, elements: count, from: index, columns: rows.columns)
    let beyond = laneIndices(from: index) .>= LaneBits(repeating: Int64(count))
    total = total + weights.apply(to: term.value).replacing(with: 0, where: beyond)
    gradient?.write(weights.apply(to: term.gradient), at: index)
    index += Lanes.scalarCount
  }
  return sum(total)
}

/// The same for up to eight packed rows: each row's sum over the columns, added in the order of the rows. The gradient takes
/// the predictions' place.
@inline(never)
func regress(_ function: RegressionFunction, _ packed: UnsafePointer<kernel_packed_rows>) -> Double {
  let (rows, targets) = (PackedRows(packed.pointee), packed.pointee.targets.unsafelyUnwrapped)
  var term = RegressionTerm(
    parameter: packed.pointee.parameter,
    LossScale(gradient: packed.pointee.gradient_scale, smoothing: packed.pointee.smoothing))
  var losses = Lanes()
  var column = 0
  while column < rows.columns {
    term.prediction = rows.scores(column)
    term.target = widen(load(UnsafeRawPointer(targets + column * Lanes.scalarCount), as: SIMD8<Float>.self))
    withUnsafeMutableBytes(of: &term) { function($0.baseAddress.unsafelyUnwrapped) }
    losses = losses + term.value
    if rows.takesGradient { rows.setGradient(term.gradient, column) }
    column += 1
  }
  var total = 0.0
  add(rows.weights.apply(to: losses), count: packed.pointee.rows, to: &total)
  return total
}
