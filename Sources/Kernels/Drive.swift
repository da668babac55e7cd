import CDescentKernels

/// The one loop: every rule, element type and instruction set is a specialisation of it. It goes through whole vectors;
/// `kernel_apply_rule` fills up the last one.
@inline(__always)
func drive<Rule: UpdateRule, V: KernelVector>(
  _: Rule.Type, _: V.Type, _ update: UnsafePointer<kernel_update>
) {
  let constants = broadcast(update, to: V.self)
  let bytes = update.pointee.count * MemoryLayout<V.Scalar>.stride
  let values = update.pointee.values.unsafelyUnwrapped
  let gradient = update.pointee.gradient.unsafelyUnwrapped
  let buffers = StateBuffers<Rule>(update)
  var offset = 0
  while offset < bytes {
    var w = load(UnsafeRawPointer(values) + offset, as: V.self)
    let g = load(gradient + offset, as: V.self)
    var state = State<V>(repeating: V())
    buffers.forEach { state[$0] = load(UnsafeRawPointer($1) + offset, as: V.self) }
    Rule.update(&w, g, &state, constants)
    store(w, to: values + offset)
    buffers.forEach { store(state[$0], to: $1 + offset) }
    offset += MemoryLayout<V>.stride
  }
}

/// What comes before a rule, for a block of a tensor: the gradient that the rule gets goes to `out`, values change in place if
/// that is wanted.
@inline(__always)
func stage<V: KernelVector>(
  _: V.Type, _ update: UnsafePointer<kernel_update>, _ out: UnsafeMutableRawPointer, _ changesValues: Bool
) {
  let stages = Stages<V>(update.pointee.stages)
  let bytes = update.pointee.count * MemoryLayout<V.Scalar>.stride
  let values = update.pointee.values.unsafelyUnwrapped
  let gradient = update.pointee.gradient.unsafelyUnwrapped
  var offset = 0
  while offset < bytes {
    let part = Part<V>(offset: offset, rest: bytes - offset)
    var w = part.load(UnsafeRawPointer(values))
    var g = part.load(gradient)
    stages.apply(&w, &g)
    part.store(g, to: out)
    if changesValues { part.store(w, to: values) }
    offset += MemoryLayout<V>.stride
  }
}

/// Writes the terms of a rule's sums, for a block of a tensor.
@inline(__always)
func measure<Rule: ReducingRule, V: KernelVector>(
  _: Rule.Type, _: V.Type, _ update: UnsafePointer<kernel_update>, _ terms: UnsafeMutableRawPointer, _ pitch: Int
) {
  let constants = broadcast(update, to: V.self)
  let size = MemoryLayout<V.Scalar>.stride
  let bytes = update.pointee.count * size
  let values = UnsafeRawPointer(update.pointee.values.unsafelyUnwrapped)
  let gradient = update.pointee.gradient.unsafelyUnwrapped
  let buffers = StateBuffers<Rule>(update)
  var offset = 0
  while offset < bytes {
    let part = Part<V>(offset: offset, rest: bytes - offset)
    var state = State<V>(repeating: V())
    buffers.forEach { state[$0] = part.load(UnsafeRawPointer($1)) }
    let found = Rule.measure(part.load(values), part.load(gradient), state, constants)
    if Rule.termCount > 0 { part.store(found[0], to: terms) }
    if Rule.termCount > 1 { part.store(found[1], to: terms + pitch * size) }
    if Rule.termCount > 2 { part.store(found[2], to: terms + 2 * pitch * size) }
    offset += MemoryLayout<V>.stride
  }
}

/// A vector's place in all arrays of a tensor, or that of what is left at their end.
struct Part<V: KernelVector> {
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

/// Where a tensor's state lies.
private struct StateBuffers<Rule: UpdateRule> {
  private let pointers: InlineArray<6, UnsafeMutableRawPointer?>

  @inline(__always)
  init(_ update: UnsafePointer<kernel_update>) {
    var pointers = InlineArray<6, UnsafeMutableRawPointer?>(repeating: nil)
    Rule.states.forEachIndex { pointers[$0] = kernel_update_state(update, $0) }
    self.pointers = pointers
  }

  /// Calls `body` with the number and the pointer of each state that the rule has and the options call for. For one that is
  /// always there the question whether it is falls away when the loop is compiled.
  @inline(__always)
  func forEach(_ body: (Int, UnsafeMutableRawPointer) -> Void) {
    let states = Rule.states
    states.forEachIndex {
      if states.list[$0].layout == KERNEL_EACH_TENSOR {
        return
      } else if states.list[$0].needs == 0 && states.list[$0].layout == KERNEL_EACH_ELEMENT {
        body($0, pointers[$0].unsafelyUnwrapped)
      } else if let pointer = pointers[$0] {
        body($0, pointer)
      }
    }
  }
}

/// What happens to gradient and parameter before the rule sees them.
struct Stages<V: KernelVector> {
  let clip: V
  let scale: V
  let decay: V
  let kept: V
  let clips: Bool
  let decays: Bool

  @inline(__always)
  init(_ stages: kernel_stages) {
    clip = V(repeating: V.Scalar(stages.clip_value))
    scale = V(repeating: V.Scalar(stages.gradient_scale))
    decay = V(repeating: V.Scalar(stages.coupled_decay))
    kept = V(repeating: V.Scalar(stages.kept_share))
    clips = stages.clip_value != .infinity
    decays = stages.coupled_decay != 0
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
func broadcast<V: KernelVector>(_ update: UnsafePointer<kernel_update>, to _: V.Type) -> Constants<V> {
  let constants = kernel_update_constants(update)
  var vectors = Constants<V>(repeating: V())
  for index in vectors.indices { vectors[index] = V(repeating: V.Scalar(constants[index])) }
  return vectors
}

@inline(__always)
func load<V>(_ address: UnsafeRawPointer, as _: V.Type) -> V { address.loadUnaligned(as: V.self) }

@inline(__always)
func store<V>(_ vector: V, to address: UnsafeMutableRawPointer) { address.storeBytes(of: vector, as: V.self) }
