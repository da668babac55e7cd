import CPlatform

/// What decides when a fit is over: the loss after each epoch, that of other samples where there are some.
struct FitWatch: ~Copyable {
  /// The lowest loss so far, the epoch that had it, and how much it has to fall to count.
  var lowest = Double.infinity
  var bestEpoch: UInt32 = 0
  var mark = Double.infinity
  /// Epochs since then.
  var stale: UInt32 = 0
  /// The parameters of the best epoch, or, once the fit has ended with these, those of its last step.
  var kept = Memory()
  var keptCount = 0
  var hasKept = false
  var isEnded = false

  /// Makes room for the best parameters.
  mutating func makeRoom(count: Int) throws(Failure) {
    if keptCount > 0 { return }
    kept = try Memory(of: Float.self, count: count, purpose: "the best weights")
    keptCount = count
  }

  /// Notes an epoch's loss, and the parameters that had it. Returns whether it is time to stop.
  mutating func note(
    _ loss: Double, epoch: UInt32, _ parameters: UnsafePointer<Float>, _ options: FitOptions
  ) -> Bool {
    if loss < lowest {
      (lowest, bestEpoch) = (loss, epoch)
      keep(parameters)
    }
    if loss < mark - options.tolerance * mark.magnitude || mark == .infinity && loss.isFinite {
      (mark, stale) = (loss, 0)
    } else {
      stale += stale == .max ? 0 : 1
    }
    return options.patience > 0 && stale >= options.patience
  }

  mutating func keep(_ parameters: UnsafePointer<Float>) {
    if keptCount == 0 { return }
    copy(parameters, to: kept.pointer(to: Float.self), count: keptCount)
    hasKept = true
  }

  /// Puts the kept parameters in place at the end, and keeps those of the last step instead; or takes that back.
  mutating func exchange(_ parameters: UnsafeMutablePointer<Float>) {
    let kept = kept.pointer(to: Float.self)
    for index in 0..<keptCount { swap(&kept[index], &parameters[index]) }
    isEnded.toggle()
  }
}

/// How a fit ended.
public struct FitResult {
  public enum Reason: Int32 {
    /// It has not ended: it failed, or there was none.
    case none = 0
    case epochs = 1
    /// The loss made no progress for as many epochs as it had patience.
    case patience = 2
    /// The loss cannot be lowered any more in float32.
    case minimum = 3
    /// The callback asked to stop.
    case cancelled = 4
    /// A gradient was not finite, and the optimizer refuses such.
    case notFinite = 5
  }

  public var reason = Reason.none
  public var epochs: UInt32 = 0
  public var steps: UInt64 = 0
  /// That of the first minibatch, of the first epoch, and of the last one.
  public var firstLoss = Double.nan
  var firstEpochLoss = Double.nan
  public var loss = Double.nan
  /// The lowest one that was watched, and its epoch; NaN and 0 if none was.
  public var bestLoss = Double.nan
  public var bestEpoch: UInt32 = 0
  /// Whether it ended clearly above where it began, or where a loss or gradient is no number.
  public var isAmiss = false
  /// Then, the feature with the largest numbers, and the largest of them.
  public var largestFeature = 0
  public var largestMagnitude = 0.0

  /// Losses of minibatches are noisy: only a loss that is above both the first one and the first epoch's says something, and
  /// that of the only epoch if it is far above.
  var hasGoneAmiss: Bool {
    if steps == 0 { return false }
    if reason == .notFinite || !loss.isFinite { return true }
    if epochs <= 1 { return loss - firstLoss > firstLoss.magnitude }
    let begin = max(firstLoss, firstEpochLoss)
    return loss - begin > 0.01 * begin.magnitude
  }
}
