import CDescentKernels

/// The loop for whole blocks whose states are codes. A block is gone through twice: for its new states, whose greatest numbers
/// the codes need, and for its values and the codes. The second time comes when the next block has new states: then its scales
/// are there, and while the processor waits for roots and divisions it has the states of the next one to do. Each number is the
/// one that blocks.c gets block by block.
@inline(__always)
func driveCodes<Rule: TwoPartRule>(
  _: Rule.Type, _ update: UnsafePointer<kernel_update>, _ draws: UnsafePointer<kernel_draws>,
  _ room: UnsafeMutablePointer<kernel_code_room>
) {
  let blocks = CodedBlocks<Rule>(update, draws, room)
  let count = update.pointee.count / codeBlock
  var block = 0
  while block <= count {
    // Each has a loop of its own, which asks nothing.
    if block < count {
      if blocks.stages.clips || blocks.stages.decays {
        blocks.updateStates(block, StagedGradient.self)
      } else if blocks.gradient.isLow {
        blocks.updateStates(block, Bfloat16.self)
      } else {
        blocks.updateStates(block, Float32.self)
      }
    }
    if block > 0 {
      if !blocks.values.isLow {
        blocks.updateValues(block - 1, Float32.self)
      } else if update.pointee.is_stochastic {
        blocks.updateValues(block - 1, DrawnBfloat16.self)
      } else {
        blocks.updateValues(block - 1, Bfloat16.self)
      }
    }
    block += 1
  }
}

/// With a scale that is NaN all codes are NaN; these do not depend on what the others of the block are.
@inline(never)
private func makeNaN(_ codes: UnsafeMutablePointer<UInt8>) { memset(codes, 1, codeBlock) }

private var codeBlock: Int { Int(KERNEL_QUANTIZED_BLOCK) }

#if SIMD_KernelsAVX512
  private typealias WordVector = SIMD16<UInt32>
#elseif SIMD_KernelsAVX2
  private typealias WordVector = SIMD8<UInt32>
#else
  private typealias WordVector = SIMD4<UInt32>
#endif

/// The blocks of an update. What a loop asks for ahead is what a processor does not foresee of so many arrays at once.
private struct CodedBlocks<Rule: TwoPartRule> {
  let values: StoredFloats
  let gradient: StoredFloats
  let stages: Stages<FloatVector>
  private let constants: Constants<FloatVector>
  private let update: UnsafePointer<kernel_update>
  private let draws: UnsafePointer<kernel_draws>
  private let room: UnsafeMutablePointer<kernel_code_room>

  @inline(__always)
  init(
    _ update: UnsafePointer<kernel_update>, _ draws: UnsafePointer<kernel_draws>,
    _ room: UnsafeMutablePointer<kernel_code_room>
  ) {
    (self.update, self.draws, self.room) = (update, draws, room)
    values = StoredFloats(update.pointee.values, update.pointee.values_storage)
    gradient = StoredFloats(
      UnsafeMutableRawPointer(mutating: update.pointee.gradient), update.pointee.gradient_storage)
    stages = Stages<FloatVector>(update.pointee.stages)
    constants = broadcast(update, to: FloatVector.self)
  }

  @inline(__always)
  private func isUnsigned(_ state: Int) -> Bool { Rule.states.list[state].kind == KERNEL_NOT_NEGATIVE }

  @inline(__always)
  private func codes(_ block: Int, _ state: Int) -> UnsafeMutablePointer<UInt8> {
    kernel_update_state(update, state).unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self) + block * codeBlock
  }

  @inline(__always)
  private func scale(_ block: Int, _ state: Int) -> UnsafeMutablePointer<Float> {
    kernel_update_scales(update, state) + block
  }

  /// The new states of a block, as numbers in the room, and their scales.
  @inline(never)
  func updateStates<Gradient: GradientSource>(_ block: Int, _: Gradient.Type) {
    var codes = InlineArray<6, UnsafeMutablePointer<UInt8>>(repeating: codes(block, 0))
    var feet = InlineArray<6, UInt32>(repeating: 0)
    Rule.states.forEachKept {
      codes[$0] = self.codes(block, $0)
      feet[$0] = kernel_foot(scale(block, $0).pointee, isUnsigned($0))
      for line in 0..<4 { kernel_prefetch_near(codes[$0] + 1024 + 64 * line) }
    }
    var greatest = InlineArray<6, WordVector>(repeating: WordVector())
    let numbers: UnsafeMutablePointer<Float> = kernel_room_numbers(room, block)
    let start = block * codeBlock
    var index = 0
    while index < codeBlock {
      kernel_prefetch_near(Gradient.address(gradient, start + index) + 4096)
      let g = Gradient.load(gradient, start + index, values, stages)
      var state = State<FloatVector>(repeating: FloatVector())
      Rule.states.forEachKept { state[$0] = kernel_of_code(codes[$0] + index, feet[$0], isUnsigned($0)) }
      Rule.updateStates(g, &state, constants)
      Rule.states.forEachKept {
        greatest[$0] =
          isUnsigned($0)
          ? kernel_greater_unsigned(greatest[$0], state[$0]) : kernel_greater_magnitude(greatest[$0], state[$0])
        store(state[$0], to: numbers + ($0 * codeBlock + index))
      }
      index += FloatVector.scalarCount
    }
    Rule.states.forEachKept {
      scale(block, $0).pointee = kernel_scale(kernel_greatest_lane(greatest[$0]), isUnsigned($0))
    }
  }

  /// The new values of a block, and the codes of its states. One with a state that is NaN is NaN, all of it.
  @inline(never)
  func updateValues<Values: ValueStorage>(_ block: Int, _: Values.Type) {
    if block % FloatVector.scalarCount == 0 {
      let first = update.pointee.first_element / UInt64(codeBlock) &+ UInt64(block)
      drawBlocks(kernel_room_words(room), kernel_update_key(update), first, update.pointee.tensor)
    }
    let drawing = kernel_room_drawing(room, draws, block, 0)
    var codes = InlineArray<6, UnsafeMutablePointer<UInt8>>(repeating: codes(block, 0))
    var feet = InlineArray<6, UInt32>(repeating: 0)
    var drawings = InlineArray<6, kernel_drawing>(repeating: drawing)
    Rule.states.forEachKept {
      codes[$0] = self.codes(block, $0)
      feet[$0] = kernel_foot(scale(block, $0).pointee, isUnsigned($0))
      drawings[$0] = kernel_above_foot(kernel_room_drawing(room, draws, block, 1 + $0), feet[$0])
    }
    let numbers: UnsafeMutablePointer<Float> = kernel_room_numbers(room, block)
    let start = block * codeBlock
    var index = 0
    while index < codeBlock {
      kernel_prefetch_near(Values.address(values, start + index) + 4096)
      var w = Values.load(values, start + index) * stages.kept
      var state = State<FloatVector>(repeating: FloatVector())
      Rule.states.forEachKept { state[$0] = load(numbers + ($0 * codeBlock + index), as: FloatVector.self) }
      let new = state
      Rule.updateValues(&w, &state, constants)
      Values.store(w, values, start + index, drawing, index)
      Rule.states.forEachKept {
        kernel_to_code(codes[$0] + index, new[$0], feet[$0], kernel_draw(drawings[$0], index), isUnsigned($0))
      }
      index += FloatVector.scalarCount
    }
    Rule.states.forEachKept {
      let scale = scale(block, $0).pointee
      if scale != scale { makeNaN(codes[$0]) }
    }
  }
}

/// An array of floats or of bfloat16.
private struct StoredFloats {
  let isLow: Bool
  let start: UnsafeMutableRawPointer

  @inline(__always)
  init(_ start: UnsafeMutableRawPointer?, _ storage: UInt8) {
    self.start = start.unsafelyUnwrapped
    isLow = UInt32(storage) == KERNEL_BFLOAT16.rawValue
  }
}

/// Where the gradient comes from that a rule gets.
private protocol GradientSource {
  static func address(_ gradient: StoredFloats, _ index: Int) -> UnsafeMutableRawPointer
  static func load(
    _ gradient: StoredFloats, _ index: Int, _ values: StoredFloats, _ stages: Stages<FloatVector>
  ) -> FloatVector
}

/// How values are stored.
private protocol ValueStorage {
  static func address(_ values: StoredFloats, _ index: Int) -> UnsafeMutableRawPointer
  static func load(_ values: StoredFloats, _ index: Int) -> FloatVector
  static func store(
    _ w: FloatVector, _ values: StoredFloats, _ index: Int, _ drawing: kernel_drawing, _ place: Int)
}

/// Without the stages that ask something.
extension GradientSource where Self: ValueStorage {
  @inline(__always)
  static func load(
    _ gradient: StoredFloats, _ index: Int, _ values: StoredFloats, _ stages: Stages<FloatVector>
  ) -> FloatVector { load(gradient, index) * stages.scale }
}

private enum Float32: GradientSource, ValueStorage {
  @inline(__always)
  static func address(_ array: StoredFloats, _ index: Int) -> UnsafeMutableRawPointer { array.start + index * 4 }
  @inline(__always)
  static func load(_ array: StoredFloats, _ index: Int) -> FloatVector {
    address(array, index).loadUnaligned(as: FloatVector.self)
  }
  @inline(__always)
  static func store(
    _ w: FloatVector, _ values: StoredFloats, _ index: Int, _ drawing: kernel_drawing, _ place: Int
  ) { address(values, index).storeBytes(of: w, as: FloatVector.self) }
}

private enum Bfloat16: GradientSource, ValueStorage {
  @inline(__always)
  static func address(_ array: StoredFloats, _ index: Int) -> UnsafeMutableRawPointer { array.start + index * 2 }
  @inline(__always)
  static func load(_ array: StoredFloats, _ index: Int) -> FloatVector { kernel_load_bfloat16(address(array, index)) }
  @inline(__always)
  static func store(
    _ w: FloatVector, _ values: StoredFloats, _ index: Int, _ drawing: kernel_drawing, _ place: Int
  ) { kernel_store_bfloat16(w, address(values, index)) }
}

/// Rounded stochastically.
private enum DrawnBfloat16: ValueStorage {
  @inline(__always)
  static func address(_ array: StoredFloats, _ index: Int) -> UnsafeMutableRawPointer {
    Bfloat16.address(array, index)
  }
  @inline(__always)
  static func load(_ array: StoredFloats, _ index: Int) -> FloatVector { Bfloat16.load(array, index) }
  @inline(__always)
  static func store(
    _ w: FloatVector, _ values: StoredFloats, _ index: Int, _ drawing: kernel_drawing, _ place: Int
  ) { kernel_store_bfloat16_drawn(w, address(values, index), drawing, place) }
}

/// Of either type, with all stages.
private enum StagedGradient: GradientSource {
  @inline(__always)
  static func address(_ gradient: StoredFloats, _ index: Int) -> UnsafeMutableRawPointer {
    gradient.start + index * (gradient.isLow ? 2 : 4)
  }
  @inline(__always)
  static func load(
    _ gradient: StoredFloats, _ index: Int, _ values: StoredFloats, _ stages: Stages<FloatVector>
  ) -> FloatVector {
    var g = any(gradient, index)
    // As Stages.apply(), of which the compiler would make a call here.
    if stages.clips { g = limited(g, to: stages.clip) }
    g = g * stages.scale
    return stages.decays ? g + stages.decay * any(values, index) : g
  }
  @inline(__always)
  private static func any(_ array: StoredFloats, _ index: Int) -> FloatVector {
    array.isLow ? Bfloat16.load(array, index) : Float32.load(array, index)
  }
}
