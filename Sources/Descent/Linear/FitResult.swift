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
    /// An exchange with another process failed, or that process did.
    case communication = 6

    /// That of a fit that has failed.
    init(_ kind: Failure.Kind) {
      switch kind {
      case .cancelled: self = .cancelled
      case .notFinite: self = .notFinite
      default: self = .communication
      }
    }
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

extension Training {
  /// Notes the loss of a step.
  mutating func note(_ report: FitProgress) {
    if result.steps == 0 { result.firstLoss = report.loss }
    result.steps += 1
    result.epochs = report.epoch
  }

  mutating func finish(_ reason: FitResult.Reason, _ data: Dataset) {
    result.reason = reason
    if watch.bestEpoch > 0 { (result.bestLoss, result.bestEpoch) = (watch.lowest, watch.bestEpoch) }
    result.isAmiss = result.hasGoneAmiss
    guard result.isAmiss else { return }
    for sample in 0..<data.samples {
      data.forEachStored(sample) { column, value in
        if abs(value) > result.largestMagnitude {
          (result.largestFeature, result.largestMagnitude) = (column, abs(value))
        }
      }
    }
  }
}
