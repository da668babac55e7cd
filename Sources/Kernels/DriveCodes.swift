import CDescentKernels

private var codeBlock: Int { Int(KERNEL_QUANTIZED_BLOCK) }

/// The loop for whole blocks whose states are codes. A block's codes need its greatest numbers first: so they are made while
/// the next block is computed, whose root and division leave the processor time for it. Each number is the one that blocks.c
/// gets block by block.
@inline(__always)
func driveCodes<Rule: UpdateRule>(
  _: Rule.Type, _ update: UnsafePointer<kernel_update>, _ draws: UnsafePointer<kernel_draws>,
  _ room: UnsafeMutablePointer<kernel_code_room>
) {
  let constants = broadcast(update, to: FloatVector.self)
  let stages = Stages<FloatVector>(update.pointee.stages)
  let hasStages = update.pointee.has_stages
  let isStochastic = update.pointee.is_stochastic
  let values = StoredFloats(update.pointee.values, update.pointee.values_storage)
  let gradient = StoredFloats(
    UnsafeMutableRawPointer(mutating: update.pointee.gradient), update.pointee.gradient_storage)
  let (states, lanes) = (Rule.states, FloatVector.scalarCount)
  @inline(__always)
  func isUnsigned(_ state: Int) -> Bool { states.list[state].kind == KERNEL_NOT_NEGATIVE }
  // Before the first block there is none: what is coded then goes nowhere.
  var former = InlineArray<6, CodedBlock>(repeating: CodedBlock(nowhereIn: room, draws))
  var current = former
  let first = update.pointee.first_element / UInt64(codeBlock)
  let count = update.pointee.count / codeBlock
  var block = 0
  while block < count {
    if block % lanes == 0 {
      drawBlocks(kernel_room_words(room), kernel_update_key(update), first &+ UInt64(block), update.pointee.tensor)
    }
    let drawing = kernel_room_drawing(room, draws, block, 0)
    states.forEachKept {
      let codes = kernel_update_state(update, $0).unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self)
      current[$0] = CodedBlock(
        codes: codes + block * codeBlock, kernel_update_scales(update, $0)[block],
        numbers: kernel_room_numbers(room, block, $0), kernel_room_drawing(room, draws, block, 1 + $0), isUnsigned($0))
    }
    let (valuesAhead, gradientAhead) = (values.ahead(of: block), gradient.ahead(of: block))
    var greatest = InlineArray<6, WordVector>(repeating: WordVector())
    var index = 0
    while index < codeBlock {
      let place = block * codeBlock + index
      kernel_prefetch_near(valuesAhead + 4 * index)
      kernel_prefetch_near(gradientAhead + 4 * index)
      var w = values.load(place)
      var g = gradient.load(place)
      // As Stages.apply(), of which the compiler would make a call here.
      if hasStages {
        if stages.clips { g = limited(g, to: stages.clip) }
        g = g * stages.scale
        if stages.decays { g = g + stages.decay * w }
        w = w * stages.kept
      }
      var state = State<FloatVector>(repeating: FloatVector())
      states.forEachKept { state[$0] = current[$0].load(index, isUnsigned($0)) }
      Rule.update(&w, g, &state, constants)
      values.store(w, place, isStochastic, drawing, index)
      states.forEachKept {
        greatest[$0] = kernel_greater_magnitude(greatest[$0], state[$0])
        store(state[$0], to: current[$0].numbers + index)
        former[$0].store(index, isUnsigned($0))
      }
      index += lanes
    }
    states.forEachKept {
      former[$0] = current[$0].renewed(
        kernel_greatest_lane(greatest[$0]), kernel_update_scales(update, $0) + block, room, isUnsigned($0))
    }
    block += 1
  }
  states.forEachKept { former[$0].storeAll(kernel_update_scales(update, $0) + (count - 1), isUnsigned($0)) }
}

#if SIMD_KernelsAVX512
  private typealias WordVector = SIMD16<UInt32>
#elseif SIMD_KernelsAVX2
  private typealias WordVector = SIMD8<UInt32>
#else
  private typealias WordVector = SIMD4<UInt32>
#endif

/// Floats, or bfloat16.
private struct StoredFloats {
  private let address: UnsafeMutableRawPointer
  private let isLow: Bool

  @inline(__always)
  init(_ address: UnsafeMutableRawPointer?, _ storage: UInt8) {
    self.address = address.unsafelyUnwrapped
    isLow = UInt32(storage) == KERNEL_BFLOAT16.rawValue
  }

  /// What is asked for while a block is computed: of so many arrays at once a processor does not foresee enough.
  @inline(__always)
  func ahead(of block: Int) -> UnsafeMutableRawPointer { address + block * codeBlock * (isLow ? 2 : 4) + 4096 }

  @inline(__always)
  func load(_ index: Int) -> FloatVector {
    isLow ? kernel_load_bfloat16(address + index * 2) : (address + index * 4).loadUnaligned(as: FloatVector.self)
  }

  @inline(__always)
  func store(_ numbers: FloatVector, _ index: Int, _ isStochastic: Bool, _ drawing: kernel_drawing, _ place: Int) {
    if !isLow {
      (address + index * 4).storeBytes(of: numbers, as: FloatVector.self)
    } else if isStochastic {
      kernel_store_bfloat16_drawn(numbers, address + index * 2, drawing, place)
    } else {
      kernel_store_bfloat16(numbers, address + index * 2)
    }
  }
}

/// A block of a state: its codes, and its numbers on their way to new ones.
private struct CodedBlock {
  private let codes: UnsafeMutablePointer<UInt8>
  let numbers: UnsafeMutablePointer<Float>
  private let foot: UInt32
  private let drawing: kernel_drawing
  private let greatest: Float

  @inline(__always)
  private init(
    _ codes: UnsafeMutablePointer<UInt8>, _ numbers: UnsafeMutablePointer<Float>, _ foot: UInt32,
    _ drawing: kernel_drawing, _ greatest: Float
  ) {
    (self.codes, self.numbers, self.foot, self.drawing) = (codes, numbers, foot, drawing)
    self.greatest = greatest
  }

  @inline(__always)
  init(nowhereIn room: UnsafeMutablePointer<kernel_code_room>, _ draws: UnsafePointer<kernel_draws>) {
    self.init(kernel_room_nowhere(room), kernel_room_numbers(room, 1, 0), 0, kernel_drawing_at(draws, 0, 0), 0)
  }

  @inline(__always)
  init(
    codes: UnsafeMutablePointer<UInt8>, _ scale: Float, numbers: UnsafeMutablePointer<Float>, _ drawing: kernel_drawing,
    _ isUnsigned: Bool
  ) {
    self.init(codes, numbers, kernel_foot(scale, isUnsigned), drawing, 0)
    for line in 0..<4 { kernel_prefetch_near(codes + 1024 + 64 * line) }
  }

  @inline(__always)
  func load(_ index: Int, _ isUnsigned: Bool) -> FloatVector { kernel_of_code(codes + index, foot, isUnsigned) }

  /// It with new numbers, of which only the scale is stored yet; one that is NaN says all.
  @inline(__always)
  func renewed(
    _ greatest: Float, _ scale: UnsafeMutablePointer<Float>, _ room: UnsafeMutablePointer<kernel_code_room>,
    _ isUnsigned: Bool
  ) -> CodedBlock {
    let new = kernel_scale(greatest, isUnsigned)
    let foot = kernel_foot(new, isUnsigned)
    scale.pointee = new
    if new == new { return CodedBlock(codes, numbers, foot, kernel_above_foot(drawing, foot), greatest) }
    memset(codes, 1, codeBlock)
    return CodedBlock(kernel_room_nowhere(room), numbers, foot, drawing, greatest)
  }

  @inline(__always)
  func store(_ index: Int, _ isUnsigned: Bool) {
    kernel_to_code(codes + index, numbers + index, foot, kernel_draw(drawing, index), isUnsigned)
  }

  @inline(__always)
  func storeAll(_ scale: UnsafeMutablePointer<Float>, _ isUnsigned: Bool) {
    withUnsafePointer(to: drawing) { narrowCodes(codes, scale, greatest, numbers, codeBlock, $0, isUnsigned) }
  }
}
