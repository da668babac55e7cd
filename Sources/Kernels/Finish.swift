import CDescentKernels

/// What comes after a rule: its step made cautious, Lookahead, and the average of the parameters.
@inline(__always)
func finish<V: KernelVector>(_: V.Type, _ update: UnsafePointer<kernel_update>) {
  let finish = update.pointee.finish
  let bytes = update.pointee.count * MemoryLayout<V.Scalar>.stride
  let values = update.pointee.values.unsafelyUnwrapped
  let scale = V(repeating: V.Scalar(finish.scale))
  let (slowRate, averageRate) = (V(repeating: V.Scalar(finish.slow_rate)), V(repeating: V.Scalar(finish.average_rate)))
  let moves = finish.before.map { Moves<V>(update, before: $0) }
  var offset = 0
  while offset < bytes {
    let part = Part<V>(offset: offset, rest: bytes - offset)
    var w = part.load(UnsafeRawPointer(values))
    if let moves {
      let (kept, move) = moves.load(part, w)
      // A factor, so that a NaN stays one.
      w = kept + move * V.choose(scale, over: V(), where: moves.alongGradient(part, move), isBelow: V())
      part.store(w, to: values)
    }
    if let slow = finish.slow {
      let reached = part.load(UnsafeRawPointer(slow))
      w = reached + slowRate * (w - reached)
      part.store(w, to: slow)
      part.store(w, to: values)
    }
    if let average = finish.average {
      let mean = part.load(UnsafeRawPointer(average))
      part.store(mean + averageRate * (w - mean), to: average)
    }
    offset += MemoryLayout<V>.stride
  }
}

/// How many elements a rule has moved against the gradient.
@inline(__always)
func countAgreeing<V: KernelVector>(_: V.Type, _ update: UnsafePointer<kernel_update>) -> Int {
  let moves = Moves<V>(update, before: update.pointee.finish.before.unsafelyUnwrapped)
  let bytes = update.pointee.count * MemoryLayout<V.Scalar>.stride
  let values = update.pointee.values.unsafelyUnwrapped
  let one = V(repeating: 1)
  var (offset, last) = (0, 0)
  var total = 0.0
  var counts = V()
  @inline(__always)
  func add() {
    for lane in 0..<V.scalarCount { total += counts[lane].inDouble }
    counts = V()
  }
  while offset < bytes {
    let part = Part<V>(offset: offset, rest: bytes - offset)
    let (_, move) = moves.load(part, part.load(UnsafeRawPointer(values)))
    counts = counts + V.choose(one, over: V(), where: moves.alongGradient(part, move), isBelow: V())
    offset += MemoryLayout<V>.stride
    // A float counts to 2²⁴.
    if offset - last > 1 << 24 {
      add()
      last = offset
    }
  }
  add()
  return Int(total)
}

/// How a rule has moved the parameters, apart from decay.
private struct Moves<V: KernelVector> {
  private let before: UnsafeRawPointer
  private let gradient: UnsafeRawPointer
  private let kept: V
  private let gradientSign: V

  @inline(__always)
  init(_ update: UnsafePointer<kernel_update>, before: UnsafeRawPointer) {
    self.before = before
    gradient = update.pointee.gradient.unsafelyUnwrapped
    kept = V(repeating: V.Scalar(update.pointee.finish.kept_share))
    gradientSign = V(repeating: V.Scalar(update.pointee.finish.gradient_sign))
  }

  /// What is kept of the parameters before the step, and what was added.
  @inline(__always)
  func load(_ part: Part<V>, _ w: V) -> (kept: V, move: V) {
    let share = kept * part.load(before)
    return (share, w - share)
  }

  /// The product of signs, below 0 where the move goes against the gradient: that of the numbers may underflow.
  @inline(__always)
  func alongGradient(_ part: Part<V>, _ move: V) -> V { sign(move) * sign(gradientSign * part.load(gradient)) }
}
