import CDescentKernels

/// What an optimizer with a matrix method needs in a step beside its state.
struct MatrixRoom: ~Copyable {
  /// The gradient and the working memory of the tensor that needs most of it, in doubles.
  private let memory: Memory
  /// Values and state before a step whose numbers are to be looked at; nothing where the policy lets everything in.
  fileprivate let before: Memory
  private let gradientSize: Int
  /// Where the values are in the type of the arithmetic, behind the gradient, for tensors that are stored otherwise.
  private let valuesSize: Int
  /// The step that was made already, while its numbers were looked at.
  fileprivate var madeStep: UInt64 = 0

  /// No room.
  init() {
    memory = Memory()
    before = Memory()
    gradientSize = 0
    valuesSize = 0
  }

  init(
    _ tensors: TensorList, _ state: borrowing OptimizerState, _ method: AnyMatrixMethod, _ options: OptionValues,
    keepsBefore: Bool
  ) throws(Failure) {
    var (gradient, room, values, bytes) = (0, Int64(0), 0, 0)
    for index in 0..<tensors.count {
      let shape = state.shape(index)
      guard shape.count > 0 && method.takes(shape, options) else { continue }
      gradient = max(gradient, wholeLines(shape.count))
      room = max(room, method.room(shape.arithmetic, options))
      if !shape.type.isArithmetic { values = max(values, wholeLines(shape.count)) }
      bytes += state.bytes(ofTensor: index)
    }
    let before = try keepsBefore ? Memory(bytes: bytes, purpose: "the state before a step") : Memory()
    memory = try Memory(
      of: Double.self, count: Int(clamping: Int64(gradient + values) + room), purpose: "the work on matrices")
    self.before = before
    keepsValues = keepsBefore
    gradientSize = gradient
    valuesSize = values
    isMade = true
  }

  private(set) var keepsValues = false
  private(set) var isMade = false

  var gradient: UnsafeMutableRawPointer { memory.base }
  var values: UnsafeMutableRawPointer { memory.base + gradientSize * 8 }
  var work: UnsafeMutablePointer<Double> { memory.pointer(to: Double.self) + gradientSize + valuesSize }
}

extension Optimizer {
  /// Whether a tensor is the matrix method's.
  func isMatrix(_ index: Int) -> Bool {
    guard let matrixMethod else { return false }
    let shape = state.shape(index)
    return shape.count > 0 && matrixMethod.takes(shape, groups.base.pointee.values)
  }

  /// One step of the tensors that the matrix method takes.
  mutating func updateMatrices(_ tensors: TensorList, step: UInt64, rateFactor: Double) {
    if matrixRoom.madeStep == step { return }
    for index in 0..<state.count where isMatrix(index) && tensors.takesPart(index) {
      let step = clocks.step(index, unless: step)
      let shape = state.shape(index)
      if shape.type.isDouble {
        matrixMethod!.step(matrix(tensors, index, Double.self, step: step, rateFactor: rateFactor))
        continue
      }
      matrixMethod!.step(matrix(tensors, index, Float.self, step: step, rateFactor: rateFactor))
      var update = groups.commonUpdate(of: tensors.group(index))
      locate(&update, in: tensors, index, from: 0, to: shape.count)
      let values = shape.type.isArithmetic ? update.values! : matrixRoom.values
      if update.is_stored { kernel_store(kernels, &update, values.assumingMemoryBound(to: Float.self)) }
    }
  }

  /// A tensor as the matrix method sees it, its gradient prepared.
  private func matrix<Element: MatrixElement>(
    _ tensors: TensorList, _ index: Int, _: Element.Type, step: UInt64, rateFactor: Double
  ) -> MatrixTensor<Element> {
    let shape = state.shape(index)
    var update = groups.commonUpdate(of: tensors.group(index))
    locate(&update, in: tensors, index, from: 0, to: shape.count)
    kernel_stage(kernels, &update, shape.type.isDouble, matrixRoom.gradient)
    if !shape.type.isArithmetic { shape.type.widen(update.values!, to: matrixRoom.values, count: shape.count) }
    let values = shape.type.isArithmetic ? update.values! : matrixRoom.values
    var states = InlineArray<6, UnsafeMutableRawPointer?>(repeating: nil)
    for buffer in 0..<algorithm.stateCount where update.resting_states >> UInt32(buffer) & 1 == 0 {
      states[buffer] = state.buffer(buffer, tensor: index)
    }
    return MatrixTensor<Element>(
      rows: shape.rows, columns: shape.columns,
      values: values.assumingMemoryBound(to: Element.self),
      gradient: matrixRoom.gradient.assumingMemoryBound(to: Element.self),
      kept: update.stages.kept_share, step: step,
      options: groups.scheduledValues(of: tensors.group(index), rateFactor: rateFactor), room: matrixRoom.work,
      states: states)
  }

  /// What comes after the rule, where it is not part of its pass.
  mutating func finishMatrices(_ tensors: TensorList) {
    if !aids.finishesPieces { return }
    for index in 0..<state.count where isMatrix(index) && !groups.isCautious(tensors.group(index)) {
      var update = groups.commonUpdate(of: tensors.group(index))
      locate(&update, in: tensors, index, from: 0, to: state[index].elements)
      aids.locateFinish(&update, tensor: index, offset: 0)
      kernel_run(kernels, nil, &update, state.shape(index).type.isDouble)
    }
  }

  /// Makes the step of the matrices before it is certain, to see what it writes. If a number is NaN or infinite, they are put
  /// back to where they were; else the step has been made.
  mutating func tryMatrices(_ tensors: TensorList, step: UInt64, rateFactor: Double) -> NotFinite? {
    guard isOfMatrices else { return nil }
    keepMatrices(tensors, restores: false)
    aids.keepValues(tensors, groups)
    updateMatrices(tensors, step: step, rateFactor: rateFactor)
    for index in 0..<state.count where isMatrix(index) && tensors.takesPart(index) {
      let tensor = tensors[index]
      let values = Tensor(
        values: tensor.values, gradient: tensor.values, gradientType: tensor.shape.type,
        gradientCount: tensor.shape.count, shape: tensor.shape,
        group: tensor.group)
      let first = values.firstNotFinite
      var found: NotFinite?
      if first < tensor.shape.count {
        found = NotFinite(tensor: index, buffer: nil, index: first, value: values.gradientElement(first))
      }
      for buffer in 0..<algorithm.stateCount where found == nil {
        found = state.firstNotFinite(buffer, tensor: index)
      }
      if let found {
        undoMatrices(tensors)
        return found
      }
    }
    matrixRoom.madeStep = step
    return nil
  }

  /// Takes the matrices' step back, if it was made already.
  mutating func undoMatrices(_ tensors: TensorList) {
    keepMatrices(tensors, restores: true)
    matrixRoom.madeStep = 0
  }

  private func keepMatrices(_ tensors: TensorList, restores: Bool) {
    var place = matrixRoom.before.base
    func exchange(_ memory: UnsafeMutableRawPointer, _ shape: Shape) {
      restores
        ? memory.copyMemory(from: place, byteCount: shape.bytes)
        : place.copyMemory(from: memory, byteCount: shape.bytes)
      place += shape.bytes
    }
    for index in 0..<state.count where isMatrix(index) && tensors.takesPart(index) {
      exchange(tensors[index].values, state.shape(index))
      for buffer in 0..<algorithm.stateCount {
        if let memory = state.buffer(buffer, tensor: index) { exchange(memory, state.shape(index, buffer: buffer)) }
      }
    }
  }
}
