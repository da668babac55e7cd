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

/// Where a vector's state lies; nil for a state that is not kept.
private typealias StatePointers = (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?)

@inline(__always)
private func drive<Rule: UpdateRule, V: KernelVector>(
  _ rule: Rule.Type, _: V.Type, _ update: kernel_update, staged: Bool
) {
  let constants = broadcast(update.constants, to: V.self)
  let stages = Stages<V>(update)
  let stride = MemoryLayout<V.Scalar>.stride

  /// Loads the vector at `base + offset`, updates it and stores it.
  @inline(__always)
  func step(
    _ values: UnsafeMutableRawPointer, _ gradient: UnsafeRawPointer, _ state: StatePointers, _ offset: Int
  ) {
    var w = load(UnsafeRawPointer(values) + offset, as: V.self)
    var g = load(gradient + offset, as: V.self)
    var s = (V(), V(), V())
    forEachState(rule, state) { which, pointer in
      let loaded = load(UnsafeRawPointer(pointer) + offset, as: V.self)
      if which == 0 { s.0 = loaded } else if which == 1 { s.1 = loaded } else { s.2 = loaded }
    }
    if staged { stages.apply(&w, &g) }
    Rule.update(&w, g, &s, constants)
    store(w, to: values + offset)
    forEachState(rule, state) { which, pointer in
      store(which == 0 ? s.0 : which == 1 ? s.1 : s.2, to: pointer + offset)
    }
  }

  let values = update.values.unsafelyUnwrapped
  let gradient = update.gradient.unsafelyUnwrapped
  let state = (update.state.0, update.state.1, update.state.2)
  let lanes = V.scalarCount
  let whole = update.count / lanes * lanes
  var index = 0
  while index < whole {
    step(values, gradient, state, index * stride)
    index += lanes
  }

  // The tail is copied to vectors of its own and goes through the same code: an element's result does not depend on
  // where it stands.
  let rest = update.count - whole
  guard rest > 0 else { return }
  let offset = whole * stride
  let bytes = rest * stride
  var tail = (V(), V(), V(), V(), V())
  withUnsafeMutableBytes(of: &tail) { buffer in
    let size = MemoryLayout<V>.stride
    let w = buffer.baseAddress.unsafelyUnwrapped
    let g = w + size
    let own = w + 2 * size
    let ownState = (
      state.0.map { _ in own }, state.1.map { _ in own + size }, state.2.map { _ in own + 2 * size }
    )
    w.copyMemory(from: values + offset, byteCount: bytes)
    g.copyMemory(from: gradient + offset, byteCount: bytes)
    forEachState(rule, state) { which, shared in
      (own + which * size).copyMemory(from: shared + offset, byteCount: bytes)
    }
    step(w, UnsafeRawPointer(g), ownState, 0)
    (values + offset).copyMemory(from: w, byteCount: bytes)
    forEachState(rule, state) { which, shared in
      (shared + offset).copyMemory(from: own + which * size, byteCount: bytes)
    }
  }
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
  let below = x.replacing(with: bound, where: x .> bound)
  let negative = V() - bound
  return below.replacing(with: negative, where: below .< negative)
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
