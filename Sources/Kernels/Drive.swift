import CDescentKernels

/// The one loop: every rule, element type and instruction set is a specialisation of it. A step without stages before the
/// rule has a loop of its own, and pays nothing for them.
@inline(__always)
func drive<Rule: UpdateRule, V: KernelVector>(
  _ rule: Rule.Type, _ vector: V.Type, _ update: UnsafePointer<kernel_update>
) {
  if update.pointee.has_stages {
    drive(rule, vector, update.pointee, staged: true)
  } else {
    drive(rule, vector, update.pointee, staged: false)
  }
}

@inline(__always)
private func drive<Rule: UpdateRule, V: KernelVector>(
  _ rule: Rule.Type, _: V.Type, _ update: kernel_update, staged: Bool
) {
  let constants = broadcast(update.constants, to: V.self)
  let stages = Stages<V>(update)
  let size = MemoryLayout<V>.stride
  let bytes = update.count * MemoryLayout<V.Scalar>.stride
  let tensor = Stretch(
    values: update.values.unsafelyUnwrapped, gradient: update.gradient.unsafelyUnwrapped,
    state: (update.state.0, update.state.1, update.state.2))
  var tail = (V(), V(), V(), V(), V())
  withUnsafeMutableBytes(of: &tail) { buffer in
    let start = buffer.baseAddress.unsafelyUnwrapped
    let own = Stretch(
      values: start, gradient: UnsafeRawPointer(start + size),
      state: (
        tensor.state.0.map { _ in start + 2 * size }, tensor.state.1.map { _ in start + 3 * size },
        tensor.state.2.map { _ in start + 4 * size }
      ))
    let rest = bytes % size
    var (place, end, offset) = (tensor, bytes - rest, 0)
    while true {
      while offset < end {
        var w = load(UnsafeRawPointer(place.values) + offset, as: V.self)
        var g = load(place.gradient + offset, as: V.self)
        var s = (V(), V(), V())
        forEachState(rule, place.state) { which, pointer in
          let loaded = load(UnsafeRawPointer(pointer) + offset, as: V.self)
          if which == 0 { s.0 = loaded } else if which == 1 { s.1 = loaded } else { s.2 = loaded }
        }
        if staged { stages.apply(&w, &g) }
        Rule.update(&w, g, &s, constants)
        store(w, to: place.values + offset)
        forEachState(rule, place.state) { which, pointer in
          store(which == 0 ? s.0 : which == 1 ? s.1 : s.2, to: pointer + offset)
        }
        offset += size
      }
      if place.values == start { break }
      // What does not fill a vector is copied to vectors of its own and goes through the same code: an element's result
      // does not depend on where it stands.
      if rest == 0 { return }
      start.copyMemory(from: tensor.values + end, byteCount: rest)
      (start + size).copyMemory(from: tensor.gradient + end, byteCount: rest)
      forEachState(rule, tensor.state) { which, shared in
        (start + (2 + which) * size).copyMemory(from: shared + end, byteCount: rest)
      }
      (place, end, offset) = (own, size, 0)
    }
    (tensor.values + (bytes - rest)).copyMemory(from: start, byteCount: rest)
    forEachState(rule, tensor.state) { which, shared in
      (shared + (bytes - rest)).copyMemory(from: start + (2 + which) * size, byteCount: rest)
    }
  }
}

/// Where a vector's state lies; nil for a state that is not kept.
private typealias StatePointers = (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?)

/// What the loop goes over: a tensor, or the copy of its tail.
private struct Stretch {
  let values: UnsafeMutableRawPointer
  let gradient: UnsafeRawPointer
  let state: StatePointers
}

/// Calls `body` with the number and the pointer of each state that the rule has and the options call for.
@inline(__always)
private func forEachState<Rule: UpdateRule>(
  _: Rule.Type, _ state: StatePointers, _ body: (Int, UnsafeMutableRawPointer) -> Void
) {
  let states = Rule.states
  if states.count > 0 { visit(0, states.list.0, state.0, body) }
  if states.count > 1 { visit(1, states.list.1, state.1, body) }
  if states.count > 2 { visit(2, states.list.2, state.2, body) }
}

/// For a state that is always there the question whether it is falls away when the loop is compiled.
@inline(__always)
private func visit(
  _ which: Int, _ state: RuleState, _ pointer: UnsafeMutableRawPointer?,
  _ body: (Int, UnsafeMutableRawPointer) -> Void
) {
  if state.needs == 0 {
    body(which, pointer.unsafelyUnwrapped)
  } else if let pointer {
    body(which, pointer)
  }
}

/// What happens to gradient and parameter before the rule sees them.
private struct Stages<V: KernelVector> {
  private let clip: V
  private let scale: V
  private let decay: V
  private let kept: V
  private let clips: Bool
  private let decays: Bool

  @inline(__always)
  init(_ update: kernel_update) {
    clip = V(repeating: V.Scalar(update.clip_value))
    scale = V(repeating: V.Scalar(update.gradient_scale))
    decay = V(repeating: V.Scalar(update.coupled_decay))
    kept = V(repeating: V.Scalar(update.kept_share))
    clips = update.clip_value != .infinity
    decays = update.coupled_decay != 0
  }

  /// Multiplying by 1 changes nothing, so only those stages ask whether they are wanted for which there is no such number.
  @inline(__always)
  func apply(_ w: inout V, _ g: inout V) {
    if clips { g = limited(g, to: clip) }
    g = g * scale
    if decays { g = g + decay * w }
    w = w * kept
  }
}

/// Limits each number to `[-bound, bound]`; NaN stays.
@inline(__always)
func limited<V: KernelVector>(_ x: V, to bound: V) -> V {
  let below = V.choose(bound, over: x, where: bound, isBelow: x)
  let negative = V() - bound
  return V.choose(negative, over: below, where: below, isBelow: negative)
}

@inline(__always)
private func broadcast<V: KernelVector>(
  _ c: (Double, Double, Double, Double, Double, Double, Double, Double), to _: V.Type
) -> Constants<V> {
  @inline(__always)
  func vector(_ value: Double) -> V { V(repeating: V.Scalar(value)) }
  return Constants(
    values: (
      vector(c.0), vector(c.1), vector(c.2), vector(c.3), vector(c.4), vector(c.5), vector(c.6), vector(c.7)
    ))
}

@inline(__always)
func load<V>(_ address: UnsafeRawPointer, as _: V.Type) -> V { address.loadUnaligned(as: V.self) }

@inline(__always)
func store<V>(_ vector: V, to address: UnsafeMutableRawPointer) { address.storeBytes(of: vector, as: V.self) }
