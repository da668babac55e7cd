import CDescentKernels

/// Watches a fit: what each step does to W, and what the gradients of an epoch have in common.
struct FitMonitor: ~Copyable {
  private let isWatched: Bool
  private var recorder = HealthRecorder()
  /// W alone.
  private let weights: OwnTensors
  private var noise: GradientNoise
  private var epochLoss = 0.0
  private var bestEpochLoss = Double.infinity

  init(
    _ classifier: borrowing LinearClassifier, _ gradient: borrowing ClassifierGradient, isWatched: Bool
  ) throws(Failure) {
    let weights = try OwnTensors(count: 1)
    weights.set(
      0, values: classifier.weights, gradient: gradient.weights, columns: classifier.weightCount, type: .float32)
    let noise = try GradientNoise(count: isWatched ? classifier.weightCount + classifier.classes : 0)
    if isWatched { try recorder.makeRoom(weights.list()) }
    self.isWatched = isWatched
    self.weights = weights
    self.noise = noise
  }

  /// Before a step.
  func begin() {
    if isWatched, let list = try? weights.list() { recorder.begin(list) }
  }

  /// After it: fills in what the report says of the step, and at the end of an epoch of the epoch. `report.loss` is the
  /// minibatch's at first.
  mutating func end(
    _ gradient: borrowing ClassifierGradient, samples: Int, of all: Int, _ report: inout FitProgress
  ) {
    guard let list = try? weights.list() else { return }
    recorder.end(list, step: report.step)
    report.gradientNorm = gradient.norm
    report.updateRatio = recorder.health.updateRatio
    report.updateCosine = recorder.health.updateCosine
    report.zeroFraction = recorder.health.zeroFraction
    noise.add(gradient, norm: report.gradientNorm, samples: samples)
    epochLoss += report.loss * (Double(samples) / Double(all))
    report.noiseScale = 0
    report.isPlateau = false
    guard report.isEpochEnd else { return }
    report.loss = epochLoss
    report.noiseScale = noise.scale
    report.isPlateau = epochLoss > bestEpochLoss - 1e-3 * bestEpochLoss.magnitude
    bestEpochLoss = min(bestEpochLoss, epochLoss)
    epochLoss = 0
    noise.reset()
  }
}

/// The gradient noise scale of an epoch (McCandlish, Kaplan, Amodei et al., "An empirical model of large-batch training",
/// 2018): from `n` gradients of batches of `B` samples, `|mean gradient|²` and the mean of `|gradient|²` differ by the
/// variance, `tr(Σ) / B`.
private struct GradientNoise: ~Copyable {
  private let sum: Memory
  private let count: Int
  private var squares = 0.0
  private var batches = 0.0
  private var samples = 0.0

  init(count: Int) throws(Failure) {
    sum = try Memory(of: Float.self, count: count, purpose: "the sum of an epoch's gradients")
    self.count = count
  }

  mutating func add(_ gradient: borrowing ClassifierGradient, norm: Double, samples: Int) {
    kernels.pointee.add_scaled(sum.pointer(to: Float.self), gradient.weights, 1, count)
    squares += norm * norm
    batches += 1
    self.samples += Double(samples)
  }

  /// `tr(Σ) / |mean gradient|²`: 0 for a single batch, infinity where noise explains all.
  var scale: Double {
    if batches < 2 { return 0 }
    let ofMean = kernels.pointee.sum_of_squares(sum.pointer(to: Float.self), count) / (batches * batches)
    let variance = (squares / batches - ofMean) * batches / (batches - 1)
    let signal = ofMean - variance / batches
    return signal > 0 ? max(variance, 0) * (samples / batches) / signal : .infinity
  }

  mutating func reset() {
    let sum = sum.pointer(to: Float.self)
    for index in 0..<count { sum[index] = 0 }
    (squares, batches, samples) = (0, 0, 0)
  }
}
