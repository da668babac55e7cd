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
    return isOver(options)
  }

  /// Whether there was no progress for too long.
  func isOver(_ options: FitOptions) -> Bool { options.patience > 0 && stale >= options.patience }

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
