import CDescentKernels

/// What a fit's reports need from earlier steps: always the loss of the epoch so far and, if the fit is watched, the last
/// change of W and sums over the gradients of the epoch.
struct FitMonitor: ~Copyable {
  private(set) var recorder = HealthRecorder()
  var noise = GradientNoise()
  /// The sum of the epoch's minibatch losses, each weighted by its share of the samples, and the number of those samples.
  var epochLoss = 0.0
  var epochSamples = 0.0
  var bestEpochLoss = Double.infinity
  /// The tensor W.
  private var weights = OwnTensors()
  private(set) var dimension = 0
  private(set) var outputs = 0
  /// Whether the recorder has the present values of W.
  private var isUpToDate = false

  /// The monitor of a fit that is not watched.
  init() {}

  /// Allocates what a watched fit needs, unless that was done before. `lastStep` is the last step that was measured, if any.
  mutating func makeRoom(_ model: borrowing LinearModel, lastStep: UInt64 = 0) throws(Failure) {
    if hasRoom { return }
    let shape = Shape(checkedRows: 1, columns: model.weightCount, type: .float32)
    let weights = try OwnTensors(count: 1)
    let noise = try GradientNoise(count: model.parameterCount)
    let room = try OptimizerState(count: 1, present: HealthRecorder.buffers) { _ in shape }
    recorder = HealthRecorder(Health(step: lastStep), room: room)
    self.noise = noise
    self.weights = weights
    (dimension, outputs) = (model.dimension, model.outputs)
  }

  var hasRoom: Bool { recorder.room.count > 0 }

  /// Says where the gradients will be.
  mutating func watch(_ model: borrowing LinearModel, _ gradient: borrowing ModelGradient) {
    isUpToDate = false
    guard hasRoom else { return }
    weights.set(
      0, values: model.trained, gradient: gradient.weights, columns: model.weightCount, type: .float32)
  }

  /// Call it before a step that is measured. From one such step to the next W stays as it is.
  func begin() { if !isUpToDate { recorder.begin(weights.list) } }

  /// Call it after that step: it fills in the report's figures of the step. The update can be compared only with that of
  /// the step before, and only if that was measured.
  mutating func measure(_ gradient: borrowing ModelGradient, samples: Int, _ report: inout FitProgress) {
    let isComparable = report.step == lastStep + 1
    recorder.end(weights.list, step: report.step, gradientSum: noise.sum.pointer(to: Float.self))
    isUpToDate = true
    report.gradientNorm = gradient.norm(ofWeights: recorder.health.gradientNorm)
    report.updateRatio = recorder.health.updateRatio
    report.updateCosine = isComparable ? recorder.health.updateCosine : .nan
    report.zeroFraction = recorder.health.zeroFraction
    noise.add(gradient, from: dimension * outputs & ~7, norm: report.gradientNorm, samples: samples)
  }

  /// Call it after every step: it keeps the sums of the epoch, and fills in the report's figures of the epoch at its end.
  /// On entry `report.loss` is that of the minibatch; at the end of an epoch `penalty` is what these lack.
  mutating func add(samples: Int, of all: Int, penalty: Double, _ report: inout FitProgress) {
    epochLoss += report.loss * (Double(samples) / Double(all))
    epochSamples += Double(samples)
    report.noiseScale = 0
    report.isPlateau = false
    guard report.isEpochEnd else { return }
    // If the beginning of the epoch is unknown, the mean covers the rest.
    if epochSamples != Double(all) { epochLoss *= Double(all) / epochSamples }
    epochLoss += penalty
    report.loss = epochLoss
    report.noiseScale = noise.samples == Double(all) ? noise.scale : .nan
    report.isPlateau = epochLoss > bestEpochLoss - 1e-3 * bestEpochLoss.magnitude
    bestEpochLoss = min(bestEpochLoss, epochLoss)
    (epochLoss, epochSamples) = (0, 0)
    noise.reset()
  }

  /// For saving and loading.
  var lastUpdate: UnsafeMutableRawPointer { recorder.lastUpdate(0) }
  var lastStep: UInt64 {
    get { recorder.health.step }
    set { recorder.setStep(newValue) }
  }
}

/// The gradient noise scale of an epoch (McCandlish, Kaplan, Amodei et al., "An empirical model of large-batch training",
/// 2018): from `n` gradients of batches of `B` samples, `|mean gradient|²` and the mean of `|gradient|²` differ by the
/// variance, `tr(Σ) / B`.
struct GradientNoise: ~Copyable {
  let sum: Memory
  let count: Int
  var squares = 0.0
  var batches = 0.0
  var samples = 0.0

  /// Empty, for a fit that is not watched.
  init() {
    sum = Memory()
    count = 0
  }

  init(count: Int) throws(Failure) {
    sum = try Memory(of: Float.self, count: count, purpose: "the sum of an epoch's gradients")
    self.count = count
  }

  /// What comes before `first` has been added to the sum.
  mutating func add(_ gradient: borrowing ModelGradient, from first: Int, norm: Double, samples: Int) {
    kernels.pointee.add_scaled(sum.pointer(to: Float.self) + first, gradient.weights + first, 1, count - first)
    squares += norm * norm
    batches += 1
    self.samples += Double(samples)
  }

  /// `tr(Σ) / |mean gradient|²`: 0 for a single batch, infinity if it is all noise.
  var scale: Double {
    if batches < 2 { return 0 }
    let ofMean = kernels.pointee.sum_of_squares(sum.pointer(to: Float.self), count) / (batches * batches)
    let variance = (squares / batches - ofMean) * batches / (batches - 1)
    let signal = ofMean - variance / batches
    return signal > 0 ? max(variance, 0) * (samples / batches) / signal : .infinity
  }

  mutating func reset() {
    if samples == 0 { return }
    let sum = sum.pointer(to: Float.self)
    for index in 0..<count { sum[index] = 0 }
    (squares, batches, samples) = (0, 0, 0)
  }
}
