import CDescent
import DescentABI
import XCTest

/// A piece of the caller's memory, full of a pattern, with a margin on both sides in which nothing may change either.
final class Block {
  let name: String
  private let memory: UnsafeMutableRawBufferPointer
  private static let margin = 64

  init(_ name: String, bytes: Int) {
    self.name = name
    memory = .allocate(byteCount: bytes + 2 * Block.margin, alignment: 64)
    for index in memory.indices { memory[index] = UInt8(truncatingIfNeeded: index &* 37 &+ 11) }
  }

  convenience init<Element>(_ name: String, _ elements: [Element]) {
    self.init(name, bytes: elements.count * MemoryLayout<Element>.stride)
    pointer(to: Element.self).initialize(from: elements, count: elements.count)
  }

  deinit { memory.deallocate() }

  var pointer: UnsafeMutableRawPointer { memory.baseAddress! + Block.margin }
  func pointer<Element>(to _: Element.Type) -> UnsafeMutablePointer<Element> {
    pointer.assumingMemoryBound(to: Element.self)
  }

  /// All bytes, those of the margins too.
  var bytes: [UInt8] { Array(memory) }
}

/// A program that uses the library: its memory and its handles, that is, everything that a call could change.
final class Caller {
  private(set) var blocks: [Block] = []

  /// Three tensors of both types, 2 × 3, 1 × 5 and 4 × 1.
  let tensors: [descent_tensor]
  /// Adam that has never been stepped, Adam after two steps of `tensors`, and Momentum after a fit of `classifier`.
  let fresh: OpaquePointer
  let stepped: OpaquePointer
  let trainer: OpaquePointer

  /// 4 × 3, l2 = 0.25, and seven samples for it.
  let classifier: OpaquePointer
  let data: descent_dataset
  let options: descent_fit_options
  static let (samples, dimension, classes) = (7, 4, 3)

  init() {
    var blocks: [Block] = []
    func block(_ block: Block) -> UnsafeMutableRawPointer {
      blocks.append(block)
      return block.pointer
    }

    let shapes: [(rows: Int, columns: Int, dtype: descent_dtype)] = [
      (2, 3, DESCENT_FLOAT32), (1, 5, DESCENT_FLOAT64), (4, 1, DESCENT_FLOAT32),
    ]
    tensors = shapes.enumerated().map { index, shape in
      let numbers = (0..<shape.rows * shape.columns).map { Double($0 - 2 * index) / 4 }
      func numberBlock(_ name: String) -> UnsafeMutableRawPointer {
        shape.dtype == DESCENT_FLOAT32
          ? block(Block("tensor \(index): \(name)", numbers.map(Float.init)))
          : block(Block("tensor \(index): \(name)", numbers))
      }
      return descent_tensor(
        values: numberBlock("values"), gradient: numberBlock("gradient"), rows: shape.rows, columns: shape.columns,
        dtype: shape.dtype, group: 0)
    }
    fresh = makeOptimizer(DESCENT_ADAM)
    stepped = makeOptimizer(DESCENT_ADAM, [DESCENT_BETA1: 0.75, DESCENT_WEIGHT_DECAY: 0.125])
    for _ in 0..<2 { assertOK(descent_optimizer_step(stepped, tensors, tensors.count)) }

    let features = (0..<Caller.samples * Caller.dimension).map { Float($0 % 5) / 4 - 0.5 }
    data = descent_dataset(
      dtype: DESCENT_FLOAT32, features: block(Block("features", features)),
      labels: block(Block("labels", [0, 2, 1, 1, 0, 2, 2] as [Int32])).assumingMemoryBound(to: Int32.self),
      samples: Caller.samples, dimension: Caller.dimension, scale: 0.5, offset: 0.125)
    var options = descent_fit_options()
    descent_fit_options_init(&options)
    options.batch_size = 3
    self.options = options
    var classifier: OpaquePointer?
    assertOK(
      descent_classifier_create(Caller.dimension, Caller.classes, DESCENT_SOFTMAX_CROSS_ENTROPY, &classifier))
    self.classifier = classifier!
    assertOK(descent_classifier_set_l2(classifier, 0.25))
    assertOK(descent_classifier_initialize(classifier, 0.5, 1))
    trainer = makeOptimizer(DESCENT_MOMENTUM)
    withUnsafePointer(to: data) { data in
      withUnsafePointer(to: options) { options in
        assertOK(descent_classifier_fit(classifier, trainer, data, options, nil, nil))
      }
    }
    self.blocks = blocks
  }

  deinit {
    for optimizer in [fresh, stepped, trainer] { descent_optimizer_free(optimizer) }
    descent_classifier_free(classifier)
  }

  /// New memory that the snapshots watch too.
  func makeBlock(_ name: String, bytes: Int) -> UnsafeMutableRawPointer { add(Block(name, bytes: bytes)) }
  func makeBlock<Element>(_ name: String, _ elements: [Element]) -> UnsafeMutablePointer<Element> {
    add(Block(name, elements)).assumingMemoryBound(to: Element.self)
  }
  private func add(_ block: Block) -> UnsafeMutableRawPointer {
    blocks.append(block)
    return block.pointer
  }

  /// The tensors, one of them changed.
  func tensors(_ index: Int, _ change: (inout descent_tensor) -> Void) -> [descent_tensor] {
    var tensors = tensors
    change(&tensors[index])
    return tensors
  }

  func data(_ change: (inout descent_dataset) -> Void) -> descent_dataset {
    var data = data
    change(&data)
    return data
  }

  func options(_ change: (inout descent_fit_options) -> Void) -> descent_fit_options {
    var options = options
    change(&options)
    return options
  }
}

extension descent_dataset {
  /// Without targets and weights.
  init(
    dtype: descent_dtype, features: UnsafeRawPointer?, labels: UnsafePointer<Int32>?, samples: Int, dimension: Int,
    scale: Float = 1, offset: Float = 0
  ) {
    self.init()
    struct_size = UInt32(MemoryLayout<descent_dataset>.size)
    (self.dtype, self.features, self.labels) = (dtype, features, labels)
    (self.samples, self.dimension, self.scale, self.offset) = (samples, dimension, scale, offset)
  }
}

func makeOptimizer(_ algorithm: descent_algorithm, _ options: [descent_option: Double] = [:]) -> OpaquePointer {
  var optimizer: OpaquePointer?
  assertOK(descent_optimizer_create(algorithm, &optimizer))
  for (option, value) in options { assertOK(descent_optimizer_set(optimizer, option, value)) }
  return optimizer!
}
