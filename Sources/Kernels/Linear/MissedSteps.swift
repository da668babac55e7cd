import CDescentKernels

/// Makes up for steps in which a row of W had no gradient but that of the penalties, in closed form.
func makeUp(_ request: UnsafePointer<kernel_missed>) {
  let missed = request.pointee
  var index = 0
  while index < missed.count {
    let row = LaneRow(UnsafeMutableRawPointer(missed.values), count: missed.count, isDouble: false)
    let w = row.read(at: index, fill: 0)
    if let squares = missed.squares {
      let squareRow = LaneRow(UnsafeRawPointer(squares), count: missed.count, isDouble: false)
      row.write(makeUp(missed, w, squareRow.read(at: index, fill: 0)), at: index)
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

/// Of AdaGrad, in steps without a decay: l1 alone leaves the squares as they are.
@inline(__always)
private func makeUp(_ missed: kernel_missed, _ w: Lanes, _ h: Lanes) -> Lanes {
  let (begin, end) = (missed.steps[missed.first], missed.steps[missed.last])
  let root: Lanes = (h + missed.epsilon_inside).squareRoot() + missed.epsilon_outside
  // What is 0 needs no root, which may be 0.
  return towardsZero(w, by: (end.shrinks - begin.shrinks) / root).replacing(with: 0, where: w .== 0)
}
