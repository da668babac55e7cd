import CDescentKernels

/// Room for passes by the fused kernel: W transposed, and some blocks of samples that can be worked on at the same time.
///
/// Blocks have a fixed size, and what they add up is added up in their order. So the result does not depend on how many of
/// them there is room for, nor on the threads.
struct FusedRoom: ~Copyable {
  static var rowsPerBlock: Int { 64 }

  /// From one class's numbers to the next.
  let pitch: Int
  /// How many blocks there is room for.
  let slots: Int
  private let classes: Int
  private let dimension: Int
  /// Whether features must be converted before the kernel can use them.
  private let converts: Bool
  private let transposed: Memory
  /// The blocks' gradients, one behind the other, and their sum if they do not all have room at once.
  private let parts: Memory
  private let sum: Memory
  private let passes: Memory
  /// What each block needs besides, in pieces of `pieceBytes`.
  private let pieces: Memory
  private let pieceBytes: Int

  init() {
    (pitch, slots, classes, dimension, converts, pieceBytes) = (0, 0, 0, 0, false, 0)
    transposed = Memory()
    parts = Memory()
    sum = Memory()
    passes = Memory()
    pieces = Memory()
  }

  init(
    _ classifier: borrowing LinearClassifier, _ data: Dataset, atMost count: Int, takesGradient: Bool
  ) throws(Failure) {
    let (dimension, classes) = (classifier.dimension, classifier.classes)
    let lanes = Int(KERNEL_LINEAR_LANES)
    let pitch = (dimension + lanes - 1) & ~(lanes - 1)
    let blocks = (count - 1) / Self.rowsPerBlock + 1
    let slots = min(blocks, 16)
    let converts = data.needsConversion
    let rowFloats = converts ? Self.rowsPerBlock * dimension : 0
    let pieceBytes =
      (classes * 8 + (kernel_linear_scratch(classes) + rowFloats) * 4 + 2 * Self.rowsPerBlock * 4 + 63) & ~63
    let transposed = try Memory(of: Float.self, count: classes * pitch, purpose: "the transposed weights")
    let parts = try Memory(
      of: Float.self, count: takesGradient ? slots * classes * pitch : 0, purpose: "the blocks' gradients")
    let sum = try Memory(
      of: Double.self, count: takesGradient && blocks > slots ? classes * pitch : 0, purpose: "the sum of gradients")
    let passes = try Memory(of: kernel_linear.self, count: slots, purpose: "the blocks of a pass")
    let pieces = try Memory(bytes: slots * pieceBytes, purpose: "the blocks of a pass")
    self.transposed = transposed
    self.parts = parts
    self.sum = sum
    self.passes = passes
    self.pieces = pieces
    self.pitch = pitch
    self.slots = slots
    self.classes = classes
    self.dimension = dimension
    self.converts = converts
    self.pieceBytes = pieceBytes
  }

  var weights: UnsafeMutablePointer<Float> { transposed.pointer(to: Float.self) }
  var gradientSum: UnsafeMutablePointer<Double> { sum.pointer(to: Double.self) }
  var gradients: UnsafeMutablePointer<Float> { parts.pointer(to: Float.self) }

  /// The kernel's view of a block.
  func pass(_ slot: Int) -> UnsafeMutablePointer<kernel_linear> { passes.pointer(to: kernel_linear.self) + slot }

  private func piece(_ slot: Int) -> UnsafeMutableRawPointer { pieces.base + slot * pieceBytes }

  /// The derivatives by the bias, in double.
  func biasGradient(_ slot: Int) -> UnsafeMutablePointer<Double> {
    piece(slot).assumingMemoryBound(to: Double.self)
  }

  private func integers(_ slot: Int) -> UnsafeMutablePointer<Int32> {
    (piece(slot) + classes * 8).assumingMemoryBound(to: Int32.self)
  }

  /// A block's predictions, where nobody else wants them.
  func predictions(_ slot: Int) -> UnsafeMutablePointer<Int32> { integers(slot) }
  /// A block's labels, where its features are converted.
  func labels(_ slot: Int) -> UnsafeMutablePointer<Int32> { integers(slot) + Self.rowsPerBlock }

  func scratch(_ slot: Int) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(integers(slot) + 2 * Self.rowsPerBlock).assumingMemoryBound(to: Float.self)
  }

  /// A block's features after conversion; nil if they can be used as they are.
  func features(_ slot: Int) -> UnsafeMutablePointer<Float>? {
    converts ? scratch(slot) + kernel_linear_scratch(classes) : nil
  }
}

extension LinearClassifier {
  /// Goes through the selected samples by the fused kernel, several blocks at a time.
  func fusedPass(
    _ data: Dataset, _ selection: Selection, _ request: PassRequest, in room: borrowing FusedRoom
  ) -> PassSums {
    kernels.pointee.transpose_weights(room.weights, weights, dimension, classes, room.pitch, data.foldedScale)
    if let gradient = request.gradient { clear(gradient.biasSums) }
    let blocks = (selection.count - 1) / FusedRoom.rowsPerBlock + 1
    var sums = PassSums()
    var first = 0
    while first < blocks {
      let count = min(room.slots, blocks - first)
      for slot in 0..<count { prepare(slot, block: first + slot, data, selection, request, room) }
      for slot in 0..<count { room.run(slot, data) }
      for slot in 0..<count {
        sums.loss += room.pass(slot).pointee.loss_sum
        sums.hits += room.pass(slot).pointee.hits
      }
      if let gradient = request.gradient {
        for slot in 0..<count {
          for index in 0..<classes { gradient.biasSums[index] += room.biasGradient(slot)[index] }
        }
        combine(count, begins: first == 0, ends: first + count == blocks, room, into: gradient)
      }
      first += count
    }
    if let gradient = request.gradient {
      for index in 0..<classes { gradient.bias[index] = Float(gradient.biasSums[index]) }
    }
    return sums
  }

  private func clear(_ sums: UnsafeMutablePointer<Double>) {
    for index in 0..<classes { sums[index] = 0 }
  }

  private func prepare(
    _ slot: Int, block: Int, _ data: Dataset, _ selection: Selection, _ request: PassRequest,
    _ room: borrowing FusedRoom
  ) {
    let first = block * FusedRoom.rowsPerBlock
    let rows = min(FusedRoom.rowsPerBlock, selection.count - first)
    let indices = selection.indices.map { $0 + first }
    let offset = indices == nil ? first : 0
    room.pass(slot).pointee = kernel_linear(
      features: data.features + offset * dimension * data.type.size, is_bytes: data.type == .uint8, indices: indices,
      rows: rows, rows_to_come: selection.count - first - rows, dimension: dimension, classes: classes,
      pitch: room.pitch, weights: room.weights, bias: bias, scratch: room.scratch(slot),
      labels: request.labels.map { $0 + offset }, loss: request.labels == nil ? nil : loss.entry.pointee.packed,
      gradient_scale: 1 / Double(selection.count), feature_scale: data.foldedScale,
      gradient: request.gradient == nil ? nil : room.gradients + slot * classes * room.pitch,
      bias_gradient: request.gradient == nil ? nil : room.biasGradient(slot),
      scores: request.scores.map { $0 + first * classes },
      predictions: request.predictions.map { $0 + first } ?? (request.countsHits ? room.predictions(slot) : nil),
      loss_sum: 0, hits: 0)
  }

  private func combine(
    _ count: Int, begins: Bool, ends: Bool, _ room: borrowing FusedRoom, into gradient: GradientPointers
  ) {
    var combination = kernel_combination(
      parts: room.gradients, count: count, dimension: dimension, classes: classes, pitch: room.pitch,
      total: begins && ends ? nil : room.gradientSum, begins: begins, ends: ends, l2: l2, weights: weights,
      gradient: gradient.weights)
    kernels.pointee.combine(&combination, 0, classes)
  }
}

extension FusedRoom {
  /// Computes a block that has been prepared.
  func run(_ slot: Int, _ data: Dataset) {
    let pass = pass(slot)
    if let converted = features(slot) { convert(pass, slot, data, into: converted) }
    kernels.pointee.linear_pass(pass)
  }

  /// Scales and shifts a block's features first.
  private func convert(
    _ pass: UnsafeMutablePointer<kernel_linear>, _ slot: Int, _ data: Dataset,
    into converted: UnsafeMutablePointer<Float>
  ) {
    data.gather(pass.pointee.features, pass.pointee.indices, count: pass.pointee.rows, into: converted)
    pass.pointee.features = UnsafeRawPointer(converted)
    pass.pointee.is_bytes = false
    if let labels = pass.pointee.labels, let indices = pass.pointee.indices {
      for row in 0..<pass.pointee.rows { self.labels(slot)[row] = labels[indices[row]] }
      pass.pointee.labels = UnsafePointer(self.labels(slot))
    }
    pass.pointee.indices = nil
    pass.pointee.rows_to_come = 0
  }
}

extension Dataset {
  /// What the kernel multiplies the weights and the derivatives with instead of each feature: that of bytes.
  var foldedScale: Float { type == .uint8 && offset == 0 ? scale : 1 }

  /// Whether features must be scaled and shifted one by one.
  var needsConversion: Bool { offset != 0 || type == .float32 && scale != 1 }
}
