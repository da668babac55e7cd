import CDescentKernels

/// The one loop: every rule, element type and instruction set is a specialisation of it. A step without stages before the
/// rule has a loop of its own, and pays nothing for them.
@inline(__always)
func drive<Rule: UpdateRule, V: KernelVector>(
  _ rule: Rule.Type, _ vector: V.Type, _ update: UnsafePointer<kernel_update>
) {
  if update.pointee.has_stages {
    drive(rule, vector, update, staged: true)
  } else {
    drive(rule, vector, update, staged: false)
  }
}

@inline(__always)
private func drive<Rule: UpdateRule, V: KernelVector>(
  _ rule: Rule.Type, _: V.Type, _ update: UnsafePointer<kernel_update>, staged: Bool
) {
  let constants = broadcast(update.pointee.constants, to: V.self)
  let stages = Stages<V>(update)
  let bytes = update.pointee.count * MemoryLayout<V.Scalar>.stride
  let values = update.pointee.values.unsafelyUnwrapped
  let gradient = update.pointee.gradient.unsafelyUnwrapped
  let state = (update.pointee.state.0, update.pointee.state.1, update.pointee.state.2)
  var offset = 0
  while offset < bytes {
    // What does not fill a vector goes through the same code, filled up with zeros: an element's result does not depend on
    // where it stands.
    let part = Part<V>(offset: offset, rest: bytes - offset)
    var w = part.load(UnsafeRawPointer(values))
    var g = part.load(gradient)
    var s = (V(), V(), V())
    forEachState(rule, state) { which, pointer in
      let loaded = part.load(UnsafeRawPointer(pointer))
      if which == 0 { s.0 = loaded } else if which == 1 { s.1 = loaded } else { s.2 = loaded }
    }
    if staged { stages.apply(&w, &g) }
    Rule.update(&w, g, &s, constants)
    part.store(w, to: values)
    forEachState(rule, state) { which, pointer in part.store(which == 0 ? s.0 : which == 1 ? s.1 : s.2, to: pointer) }
    offset += MemoryLayout<V>.stride
  }
}

/// A vector's place in all arrays of a tensor, or that of what is left at their end.
private struct Part<V: KernelVector> {
  let offset: Int
  let rest: Int

  @inline(__always)
  private var isWhole: Bool { rest >= MemoryLayout<V>.stride }

  @inline(__always)
  func load(_ array: UnsafeRawPointer) -> V {
    let address = array + offset
    if isWhole { return address.loadUnaligned(as: V.self) }
    var vector = V()
    withUnsafeMutableBytes(of: &vector) { kernel_load_part($0.baseAddress.unsafelyUnwrapped, address, rest) }
    return vector
  }

  @inline(__always)
  func store(_ vector: V, to array: UnsafeMutableRawPointer) {
    let address = array + offset
    if isWhole { return address.storeBytes(of: vector, as: V.self) }
    var vector = vector
    withUnsafeMutableBytes(of: &vector) { kernel_store_part($0.baseAddress.unsafelyUnwrapped, address, rest) }
  }
}

/// Where a vector's state lies; nil for a state that is not kept.
private typealias StatePointers = (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?)

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
  init(_ pointer: UnsafePointer<kernel_update>) {
    let update = pointer.pointee
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
