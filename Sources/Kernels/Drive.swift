import CDescentKernels

/// The one loop: every rule, element type and instruction set is a specialisation of it. A stage before or after the
/// rule is a branch on a constant, so that a step without it pays nothing.
@inline(__always)
func drive<Rule: UpdateRule, V: KernelVector>(
  _ rule: Rule.Type, _ vector: V.Type, _ update: UnsafePointer<kernel_update>
) {
  if update.pointee.coupled_decay != 0 {
    drive(rule, vector, update.pointee, coupledDecay: true)
  } else {
    drive(rule, vector, update.pointee, coupledDecay: false)
  }
}

@inline(__always)
private func drive<Rule: UpdateRule, V: KernelVector>(
  _: Rule.Type, _: V.Type, _ update: kernel_update, coupledDecay: Bool
) {
  let constants = broadcast(update.constants, to: V.self)
  let decay = V(repeating: V.Scalar(update.coupled_decay))
  let stride = MemoryLayout<V.Scalar>.stride

  /// Loads the vector at `base + offset`, updates it and stores it.
  @inline(__always)
  func step(
    _ values: UnsafeMutableRawPointer, _ gradient: UnsafeRawPointer,
    _ state: (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?),
    _ offset: Int
  ) {
    let used = Rule.stateNames.count
    var w = load(UnsafeRawPointer(values) + offset, as: V.self)
    var g = load(gradient + offset, as: V.self)
    var s = (V(), V(), V(), V())
    if used > 0 { s.0 = load(UnsafeRawPointer(state.0.unsafelyUnwrapped) + offset, as: V.self) }
    if used > 1 { s.1 = load(UnsafeRawPointer(state.1.unsafelyUnwrapped) + offset, as: V.self) }
    if used > 2 { s.2 = load(UnsafeRawPointer(state.2.unsafelyUnwrapped) + offset, as: V.self) }
    if used > 3 { s.3 = load(UnsafeRawPointer(state.3.unsafelyUnwrapped) + offset, as: V.self) }
    if coupledDecay { g = g + decay * w }
    Rule.update(&w, g, &s, constants)
    store(w, to: values + offset)
    if used > 0 { store(s.0, to: state.0.unsafelyUnwrapped + offset) }
    if used > 1 { store(s.1, to: state.1.unsafelyUnwrapped + offset) }
    if used > 2 { store(s.2, to: state.2.unsafelyUnwrapped + offset) }
    if used > 3 { store(s.3, to: state.3.unsafelyUnwrapped + offset) }
  }

  let values = update.values.unsafelyUnwrapped
  let gradient = update.gradient.unsafelyUnwrapped
  let lanes = V.scalarCount
  let whole = update.count / lanes * lanes
  var index = 0
  while index < whole {
    step(values, gradient, update.state, index * stride)
    index += lanes
  }

  // The tail is copied to vectors of its own and goes through the same code: an element's result does not depend on
  // where it stands.
  let rest = update.count - whole
  guard rest > 0 else { return }
  let offset = whole * stride
  let bytes = rest * stride
  var tail = (V(), V(), V(), V(), V(), V())
  withUnsafeMutableBytes(of: &tail) { buffer in
    let size = MemoryLayout<V>.stride
    let w = buffer.baseAddress.unsafelyUnwrapped
    let g = w + size
    let s = (w + 2 * size, w + 3 * size, w + 4 * size, w + 5 * size)
    w.copyMemory(from: values + offset, byteCount: bytes)
    g.copyMemory(from: gradient + offset, byteCount: bytes)
    forEachState(Rule.self, s, update.state) { own, shared in
      own.copyMemory(from: shared + offset, byteCount: bytes)
    }
    step(w, UnsafeRawPointer(g), s, 0)
    (values + offset).copyMemory(from: w, byteCount: bytes)
    forEachState(Rule.self, s, update.state) { own, shared in
      (shared + offset).copyMemory(from: own, byteCount: bytes)
    }
  }
}

/// Calls `body` with the tail's and the tensor's pointer of each state buffer that the rule has.
@inline(__always)
private func forEachState<Rule: UpdateRule>(
  _: Rule.Type,
  _ own: (UnsafeMutableRawPointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer),
  _ shared: (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?),
  _ body: (UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Void
) {
  let used = Rule.stateNames.count
  if used > 0 { body(own.0, shared.0.unsafelyUnwrapped) }
  if used > 1 { body(own.1, shared.1.unsafelyUnwrapped) }
  if used > 2 { body(own.2, shared.2.unsafelyUnwrapped) }
  if used > 3 { body(own.3, shared.3.unsafelyUnwrapped) }
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
