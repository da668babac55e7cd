import CDescentKernels

/// Some rows for a loss kernel. Losses with integer labels look at `labels`, the others at `targets`.
public struct LossRun<Element: ElementType> {
  public var scores: [Element]
  public var labels: [Int32]
  public var targets: [Element]
  public var columns: Int
  public var gradientScale = 1.0
  public var shrinks = false
  /// Of a loss that has one; its default if nil.
  public var parameter: Double?
  public var weights: [Float]?
  public var isBinary = false
  public var smoothing = 0.0

  public init(scores: [Element], labels: [Int32], targets: [Element], columns: Int) {
    (self.scores, self.labels, self.targets, self.columns) = (scores, labels, targets, columns)
  }

  public enum GradientPlace: CaseIterable { case none, separate, inScores }

  public struct Outcome {
    public let value: Double
    /// Empty without a gradient.
    public let gradient: [Element]
    /// Whether nothing was written but the gradient.
    public let isIntact: Bool
  }

  /// Calls the kernel on memory at awkward offsets.
  public func evaluate(_ loss: UnsafePointer<kernel_loss>, gradient place: GradientPlace = .separate) -> Outcome {
    let ownScores = GuardedArray(scores, misalignedBy: 1)
    let ownTargets = GuardedArray(targets, misalignedBy: 3)
    let ownWeights = weights.map { GuardedArray($0, misalignedBy: 1) }
    let ownGradient = GuardedArray([Element](repeating: 77, count: scores.count), misalignedBy: 5)
    let gradient: GuardedArray<Element>? =
      switch place {
      case .none: nil
      case .separate: ownGradient
      case .inScores: ownScores
      }
    let value = labels.withUnsafeBufferPointer { labels in
      var rows = kernel_rows(
        is_double: Element.isDouble, scores: UnsafeRawPointer(ownScores.pointer), labels: labels.baseAddress,
        targets: UnsafeRawPointer(ownTargets.pointer), gradient: gradient?.pointer, rows: scores.count / columns,
        columns: columns, gradient_scale: gradientScale, shrinks: shrinks,
        parameter: parameter ?? loss.pointee.parameter_default,
        weights: ownWeights.map { UnsafePointer($0.pointer.assumingMemoryBound(to: Float.self)) },
        is_binary: isBinary, smoothing: smoothing)
      return loss.pointee.sum(&rows)
    }
    return Outcome(
      value: value, gradient: gradient?.values ?? [],
      isIntact: ownTargets.isUnchanged && ownWeights?.isUnchanged != false
        && (place == .inScores ? ownScores.isIntact : ownScores.isUnchanged)
        && (place == .separate ? ownGradient.isIntact : ownGradient.isUnchanged))
  }
}
