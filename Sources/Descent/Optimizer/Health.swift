import CDescentKernels

/// What a step did, for those who want to see how a training goes.
public struct Health {
  /// The step that the next six describe; 0 if none was tracked.
  public var step: UInt64 = 0
  public var gradientNorm = 0.0
  public var updateNorm = 0.0
  public var valueNorm = 0.0
  public var updateRatio = 0.0
  /// The cosine between this update and the one before.
  public var updateCosine = 0.0
  public var zeroFraction = 0.0
  public var clippedSteps: UInt64 = 0
  public var skippedSteps: UInt64 = 0
  /// Gradient elements of the tracked steps that were NaN or infinite.
  public var notFinite: UInt64 = 0
  /// Numbers of the state that were NaN or infinite after the last tracked step.
  public var stateNotFinite: UInt64 = 0
}

/// Keeps the values before a step and the update of the step before it, and compares.
struct HealthRecorder: ~Copyable {
  private(set) var health = Health()
  /// For each tensor the values before the step, and the last update.
  private(set) var room = OptimizerState()

  init() {}

  /// A recorder that goes on after these steps.
  init(_ health: Health, room: consuming OptimizerState) {
    self.health = health
    self.room = room
  }

  /// What `room` is for.
  static var buffers: UInt32 { 0b11 }

  /// The last update of a tensor.
  func lastUpdate(_ tensor: Int) -> UnsafeMutableRawPointer { room.buffer(1, tensor: tensor)! }

  /// The last step that was tracked.
  mutating func setStep(_ step: UInt64) { health.step = step }

  /// The room that it needs; nothing if it has it. A tensor that comes later has had no update.
  func makeRoom(_ tensors: TensorList) throws(Failure) -> OptimizerState {
    room.count < tensors.count ? try OptimizerState(tensors, present: Self.buffers, after: room) : OptimizerState()
  }

  mutating func takeRoom(_ room: consuming OptimizerState) { self.room = room }

  mutating func freeRoom() { room = OptimizerState() }

  /// Forgets all tensors but the first ones.
  mutating func keepFirst(_ number: Int) { room.keepFirst(number) }

  mutating func countClipped() { health.clippedSteps += 1 }
  mutating func countSkipped() { health.skippedSteps += 1 }

  func begin(_ tensors: TensorList) {
    for index in 0..<tensors.count { tensors.copyValues(index, to: room.buffer(0, tensor: index)!) }
  }

  /// After the step; without state where there is none of interest.
  mutating func end(_ tensors: TensorList, _ state: borrowing OptimizerState, step: UInt64, lossScale: Double) {
    end(tensors, step: step)
    health.gradientNorm /= lossScale
    health.stateNotFinite = UInt64(state.countNotFinite())
  }

  /// `gradientSum`, for one tensor of float32, receives the sum of itself and the gradient but for the last `count % 8`; then
  /// the next step needs no `begin`.
  mutating func end(_ tensors: TensorList, step: UInt64, gradientSum: UnsafeMutablePointer<Float>? = nil) {
    var sums = kernel_measurement(
      is_double: false, values_storage: 0, gradient_storage: 0, values: room.base, gradient: room.base,
      before: room.base, last_update: room.base, count: 0, gradient_sum: gradientSum, kept_values: nil,
      gradient_squares: 0, update_squares: 0, last_squares: 0, product: 0, value_squares: 0, not_finite: 0,
      zeros: 0)
    var elements = 0
    for index in 0..<tensors.count {
      guard tensors.takesPart(index) else {
        lastUpdate(index).initializeMemory(as: UInt8.self, repeating: 0, count: room.shape(index, buffer: 1).bytes)
        continue
      }
      let tensor = tensors[index]
      sums.values = UnsafeRawPointer(tensor.values)
      sums.gradient = tensor.gradient
      sums.before = UnsafeRawPointer(room.buffer(0, tensor: index)!)
      sums.last_update = lastUpdate(index)
      sums.count = tensor.shape.count
      sums.is_double = tensor.shape.type.isDouble
      sums.values_storage = UInt8(tensor.shape.type.rawValue)
      sums.gradient_storage = UInt8(tensor.gradientType.rawValue)
      if gradientSum != nil {
        let kept = room.buffer(0, tensor: index)!.assumingMemoryBound(to: Float.self)
        sums.kept_values = kept
        kernel_measure(kernels, &sums)
        for place in sums.count & ~7..<sums.count {
          kept[place] = tensor.values.assumingMemoryBound(to: Float.self)[place]
        }
      } else {
        kernel_measure(kernels, &sums)
      }
      elements += tensor.shape.count
    }
    health.gradientNorm = sums.gradient_squares.squareRoot()
    health.updateNorm = sums.update_squares.squareRoot()
    health.valueNorm = sums.value_squares.squareRoot()
    health.updateRatio = quotient(health.updateNorm, health.valueNorm)
    // The last update that was recorded may lie some steps back.
    let follows = step == health.step + 1
    health.updateCosine =
      follows ? quotient(sums.product, sums.update_squares.squareRoot() * sums.last_squares.squareRoot()) : 0
    health.step = step
    health.zeroFraction = elements == 0 ? 0 : sums.zeros / Double(elements)
    health.notFinite += UInt64(sums.not_finite)
  }
}

/// 0 where there is nothing to divide by.
private func quotient(_ a: Double, _ b: Double) -> Double { b == 0 ? 0 : a / b }
