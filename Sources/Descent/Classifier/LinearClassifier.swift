import CDescentKernels

/// `scores = features · W + b` and its loss, `l2 ΣW²` included.
public struct LinearClassifier: ~Copyable {
  public let dimension: Int
  public let classes: Int
  let loss: LossFunction
  var l2 = 0.0
  private let parameters: Memory
  private let trainingHandle: UnsafeMutablePointer<Training>

  public init(dimension: Int, classes: Int, loss: LossFunction) throws(Failure) {
    let shape = try Shape(
      rows: dimension, columns: classes, type: .float32, rowsName: "dimension", columnsName: "classes")
    // OpenBLAS counts in 32 bits.
    guard dimension < Int(Int32.max) && classes < Int(Int32.max) else {
      throw Failure(
        .invalidArgument, "dimension, classes: \(dimension) and \(classes) must both be below \(Int32.max)")
    }
    try loss.requireLabels()
    let parameters = try Memory(
      of: Float.self, count: shape.count + classes, purpose: "the classifier's parameters")
    trainingHandle = try makeHandle(Training())
    self.parameters = parameters
    self.dimension = dimension
    self.classes = classes
    self.loss = loss
  }

  deinit { freeHandle(trainingHandle) }

  /// Stored separately, so that it can be saved during a fit.
  var training: UnsafeMutablePointer<Training> { trainingHandle }

  var weightCount: Int { dimension * classes }
  public var weights: UnsafeMutablePointer<Float> { parameters.pointer(to: Float.self) }
  public var bias: UnsafeMutablePointer<Float> { weights + weightCount }

  public mutating func setL2(_ l2: Double) throws(Failure) {
    try checkNotNegative(l2, "l2")
    self.l2 = l2
  }

  /// Draws W from a normal distribution with mean 0, and sets b to 0. No fit can be resumed afterwards.
  public func initialize(standardDeviation: Double, seed: UInt64) throws(Failure) {
    try checkNotNegative(standardDeviation, "standard_deviation")
    let random = Philox(seed: seed, stream: RandomPurpose.initialization.stream())
    for index in 0..<weightCount {
      weights[index] = Float(standardDeviation * normalQuantile(random.uniform(at: UInt64(index))))
    }
    for index in 0..<classes { bias[index] = 0 }
    training.pointee = Training()
  }

  func check(_ data: Dataset) throws(Failure) {
    if data.dimension != dimension {
      throw Failure(
        .shapeMismatch, "data: dimension: \(data.dimension), but the classifier has \(dimension)")
    }
  }

  /// The labels, after checking that each is a class.
  func checkedLabels(_ data: Dataset) throws(Failure) -> UnsafePointer<Int32> {
    guard let labels = data.labels else { throw Failure(.nullPointer, "data: labels is NULL") }
    try checkLabels(labels, count: data.samples, classes: classes)
    return labels
  }

  /// `l2 ΣW²`.
  var penalty: Double { l2 == 0 ? 0 : l2 * kernels.pointee.sum_of_squares(weights, weightCount) }
}
