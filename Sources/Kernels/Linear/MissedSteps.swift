import CDescentKernels

/// Makes up for steps in which a row of W had no gradient but that of the penalties, in closed form.
func makeUp(_ request: UnsafePointer<kernel_missed>) {
  let missed = request.pointee
  var index = 0
  while index < missed.count {
    let row = LaneRow(UnsafeMutableRawPointer(missed.values), count: missed.count, isDouble: false)
    let w = row.read(at: index, fill: 0)
    if let squares = missed.squares {
      let squareRow = LaneRow(UnsafeMutableRawPointer(squares), count: missed.count, isDouble: false)
      let (weights, sums) = makeUp(missed, w, squareRow.read(at: index, fill: 0))
      row.write(weights, at: index)
      squareRow.write(sums, at: index)
    } else {
      row.write(missed.is_regular ? makeUp(missed, w) : makeUpStepwise(missed, w), at: index)
    }
    index += Lanes.scalarCount
  }
}

/// Of gradient descent: `|w|` after steps `w = a w`, then `|w| − b`, is `A |w| − Σ b Π a`, or 0 if that is below 0.
@inline(__always)
private func makeUp(_ missed: kernel_missed, _ w: Lanes) -> Lanes {
  let (begin, end) = (missed.steps[missed.first], missed.steps[missed.last])
  return towardsZero(w * (end.product / begin.product), by: Lanes(repeating: (end.shrunk - begin.shrunk) * end.product))
}

@inline(never)
private func makeUpStepwise(_ missed: kernel_missed, _ w: Lanes) -> Lanes {
  var w = w
  var step = missed.first
  while step < missed.last {
    step += 1
    let made = missed.steps[step]
    w = towardsZero(w * (made.kept - made.decay), by: Lanes(repeating: made.shrink))
  }
  return w
}

@inline(__always)
private func towardsZero(_ w: Lanes, by distance: Lanes) -> Lanes {
  let rest = magnitude(w) - distance
  return rest.replacing(with: 0 - rest, where: w .< 0).replacing(with: 0, where: rest .< 0)
}

/// Of AdaGrad, whose squares grow by those of the penalty's gradient. Several steps are taken in one while they change little: the
/// factor is `exp Σ log(kept − decay / s)`, with s in the middle of them.
@inline(__always)
private func makeUp(_ missed: kernel_missed, _ w: Lanes, _ h: Lanes) -> (Lanes, Lanes) {
  let (begin, end) = (missed.steps[missed.first], missed.steps[missed.last])
  if end.decays == begin.decays && end.logarithms == begin.logarithms {
    // l1 alone leaves the squares as they are.
    let moved = towardsZero(w, by: (end.shrinks - begin.shrinks) / root(missed, h))
    return (moved.replacing(with: 0, where: w .== 0), h)
  }
  return makeUpDecay(missed, w, h)
}

/// Where the penalty dominates the squares it takes every step: they change in each.
@inline(never)
private func makeUpDecay(_ missed: kernel_missed, _ w: Lanes, _ h: Lanes) -> (Lanes, Lanes) {
  var (w, h, step) = (w, h, missed.first)
  while step < missed.last {
    var count = missed.last - step
    while count > 1 && !isSmall(missed, w, h, step, count) { count = (count + 1) / 2 }
    if count == 1 { makeStep(missed, &w, &h, step + 1) } else { makeSteps(missed, &w, &h, step, count) }
    step += count
  }
  return (w, h)
}

@inline(__always)
private func root(_ missed: kernel_missed, _ h: Lanes) -> Lanes {
  (h + missed.epsilon_inside).squareRoot() + missed.epsilon_outside
}

/// Whether these steps change neither weights nor squares so much that it matters in which order.
@inline(__always)
private func isSmall(_ missed: kernel_missed, _ w: Lanes, _ h: Lanes, _ step: Int, _ count: Int) -> Bool {
  let (begin, end) = (missed.steps[step], missed.steps[step + count])
  // Where all that changes is the weight, and in one way, it is exact for any number of steps.
  let kept = end.logarithms - begin.logarithms
  if end.decays == begin.decays && (kept == 0 || end.shrinks == begin.shrinks) { return true }
  let inverse = 1 / root(missed, h)
  let change = (end.decays - begin.decays) * inverse - kept
  let growth = (end.penalty_squares - begin.penalty_squares) * w * w / h
  let unevenness = (end.decay_squares - begin.decay_squares) * inverse * inverse
  let isLarge = (change .> 0x1p-8) .| (growth .> 0x1p-8) .| (unevenness .> 1e-5)
  // A weight of 0 stays.
  let matters = isLarge .& (w .!= 0)
  return sum(Lanes().replacing(with: 1, where: matters)) == 0
}

@inline(__always)
private func makeStep(_ missed: kernel_missed, _ w: inout Lanes, _ h: inout Lanes, _ step: Int) {
  let made = missed.steps[step]
  let gradient = made.penalty * w
  h = h + gradient * gradient
  let inverse = 1 / root(missed, h)
  // What is 0 needs no root, which may be 0.
  let moved = towardsZero(made.kept * w - made.decay * inverse * w, by: made.shrink * inverse)
  w = moved.replacing(with: 0, where: w .== 0)
}

@inline(__always)
private func makeSteps(_ missed: kernel_missed, _ w: inout Lanes, _ h: inout Lanes, _ step: Int, _ count: Int) {
  let (begin, end) = (missed.steps[step], missed.steps[step + count])
  let (decays, squares) = (end.decays - begin.decays, end.decay_squares - begin.decay_squares)
  let logarithm = end.logarithms - begin.logarithms
  let growth = end.penalty_squares - begin.penalty_squares
  @inline(__always)
  func exponent(_ inverse: Lanes) -> Lanes {
    let decay = decays * inverse
    let second = 0.5 * squares * inverse * inverse
    return logarithm - decay - second
  }
  // Sums over the steps of the squares before each of them: integrals, and half of what these leave out at their ends.
  let half = 0.5 / Double(count)
  let square = w * w
  let middle = w * exp(0.5 * exponent(1 / root(missed, h)))
  let ofHalf: Lanes = (square + w * middle + middle * middle) * (1.0 / 3)
  let endOfHalf: Lanes = (square - middle * middle) * (2 * half)
  // A step's root has the square of its own gradient already, and what it shrinks by does not decay in it.
  let inverse = 1 / root(missed, h + (ofHalf + endOfHalf) * (growth * (0.5 + half)))
  let whole = exponent(inverse)
  let last = w * exp(whole)
  let distance: Lanes = inverse * exp(whole * (0.5 - half)) * (end.shrinks - begin.shrinks)
  let moved = towardsZero(last, by: distance)
  let center = w * exp(0.5 * whole)
  let ofAll: Lanes = (square + 4 * center * center + last * last) * (1.0 / 6)
  let endOfAll: Lanes = (square - last * last) * half
  h = (h + growth * (ofAll + endOfAll)).replacing(with: h, where: w .== 0)
  w = moved.replacing(with: 0, where: w .== 0)
}
