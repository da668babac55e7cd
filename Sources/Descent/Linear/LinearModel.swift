import CDescentKernels

/// `scores = features · W + b` and its loss, `l2 ΣW²` included.
public struct LinearModel: ~Copyable {
  /// What the scores are for.
  public enum Task: UInt32 {
    /// One for each class.
    case classifier = 0
    /// A single one: that of class 1 against class 0.
    case binary = 1
    /// One for each real number that is predicted.
    case regressor = 2
  }

  public let task: Task
  public let dimension: Int
  /// The columns of W.
  public let outputs: Int
  public private(set) var loss: LossFunction
  var l2 = 0.0
  private let parameters: Memory
  private let trainingHandle: UnsafeMutablePointer<Training>
  private let scalingHandle: UnsafeMutablePointer<Scaling>

  /// `outputs` is 1 for a binary classifier.
  public init(_ task: Task, dimension: Int, outputs: Int, loss: LossFunction) throws(Failure) {
    let columns: StaticString = task == .regressor ? "outputs" : "classes"
    let shape = try Shape(
      rows: dimension, columns: outputs, type: .float32, rowsName: "dimension", columnsName: columns)
    // OpenBLAS counts in 32 bits.
    guard dimension < Int(Int32.max) && outputs < Int(Int32.max) else {
      throw Failure(
        .invalidArgument, "dimension, \(columns): \(dimension) and \(outputs) must both be below \(Int32.max)")
    }
    if task == .regressor { try loss.requireTargets() } else { try loss.requireLabels() }
    let parameters = try Memory(
      of: Float.self, count: shape.count + outputs, purpose: "the model's parameters")
    let training = try makeHandle(Training())
    do throws(Failure) {
      scalingHandle = try makeHandle(Scaling())
    } catch {
      freeHandle(training)
      throw error
    }
    trainingHandle = training
    self.parameters = parameters
    self.task = task
    self.dimension = dimension
    self.outputs = outputs
    self.loss = loss
  }

  public init(dimension: Int, classes: Int, loss: LossFunction) throws(Failure) {
    try self.init(.classifier, dimension: dimension, outputs: classes, loss: loss)
  }

  @inline(never)
  deinit {
    freeHandle(trainingHandle)
    freeHandle(scalingHandle)
  }

  /// Stored separately, so that it can be saved during a fit.
  var training: UnsafeMutablePointer<Training> { trainingHandle }
  var scaling: UnsafeMutablePointer<Scaling> { scalingHandle }

  var weightCount: Int { dimension * outputs }
  var parameterCount: Int { weightCount + outputs }
  /// Labels are below this; 0 if there are none.
  public var classes: Int {
    switch task {
    case .classifier: outputs
    case .binary: 2
    case .regressor: 0
    }
  }
  /// W and b in the units of the data, for the caller to read and to write.
  public var weights: UnsafeMutablePointer<Float> { parameters.pointer(to: Float.self) }
  public var bias: UnsafeMutablePointer<Float> { weights + weightCount }

  /// W, and b behind it, as they are trained: those of standardized features where the model has such.
  var trained: UnsafeMutablePointer<Float> {
    scaling.pointee.isEmpty ? weights : scaling.pointee.weights
  }
  var trainedBias: UnsafeMutablePointer<Float> { trained + weightCount }

  public mutating func setL2(_ l2: Double) throws(Failure) {
    try checkNotNegative(l2, "l2")
    self.l2 = l2
  }

  /// The loss's own parameter, if it has one.
  public mutating func setLossParameter(_ value: Double) throws(Failure) {
    loss = try loss.with(parameter: value)
  }

  /// Draws W from a normal distribution with mean 0, and sets b to 0. No fit can be resumed afterwards.
  public func initialize(standardDeviation: Double, seed: UInt64) throws(Failure) {
    try checkNotNegative(standardDeviation, "standard_deviation")
    let random = Philox(seed: seed, stream: RandomPurpose.initialization.stream())
    for index in 0..<weightCount {
      weights[index] = Float(standardDeviation * normalQuantile(random.uniform(at: UInt64(index))))
    }
    for index in 0..<outputs { bias[index] = 0 }
    forgetTraining()
  }

  /// Weights that come from elsewhere belong to no fit, and to features as they are.
  func forgetTraining() {
    training.pointee = Training()
    scaling.pointee = Scaling()
  }

  /// Another model with the same parameters, and no fit behind it.
  func parametersCopy() throws(Failure) -> LinearModel {
    var copy = try LinearModel(task, dimension: dimension, outputs: outputs, loss: loss)
    copy.l2 = l2
    if !scaling.pointee.isEmpty { copy.scaling.pointee = try scaling.pointee.copy() }
    Descent.copy(weights, to: copy.weights, count: parameterCount)
    return copy
  }

  /// Centres and scales by figures of these data, with the model's present weights.
  func newScaling(_ data: Dataset, _ answers: Answers, _ spread: Spread? = nil) throws(Failure) -> Scaling {
    spread?.peers.pointee.begin()
    let new = try Scaling(dimension: dimension, outputs: outputs)
    try new.measure(data, answers, centersTargets: loss.movesWithTargets, spread)
    new.unfold(weights, bias, begins: true)
    return new
  }

  /// The data as the model sees them; call it before anything that uses them.
  func checked(_ data: Dataset) throws(Failure) -> Dataset {
    if data.dimension != dimension {
      throw Failure(
        .shapeMismatch, "data: dimension: \(data.dimension), but the \(noun) has \(dimension)")
    }
    showMissed()
    if scaling.pointee.isEmpty { return data }
    // The caller may have written to W and b.
    scaling.pointee.unfold(weights, bias)
    return data.seen(through: scaling.pointee.view)
  }

  /// Within an epoch in which steps update some rows of W only, brings the others up to date, to be looked at; and W itself,
  /// where a fit has it elsewhere.
  public func showMissed() {
    let isChanged = showBlocks()
    if training.pointee.missed.show(trained, outputs: outputs) || isChanged { showTrained() }
  }

  var noun: StaticString { task == .regressor ? "regressor" : "classifier" }

  /// Shows the caller what has been trained.
  func showTrained() {
    if scaling.pointee.isEmpty { return }
    _ = showBlocks()
    scaling.pointee.fold(into: weights, bias)
  }

  private func showBlocks() -> Bool { training.pointee.blocks?.pointee.show(trained) ?? false }

  /// `l2 ΣW²`.
  var penalty: Double { l2 == 0 ? 0 : l2 * kernels.pointee.sum_of_squares(trained, weightCount) }

  /// How the last fit ended.
  public var fitResult: FitResult { training.pointee.result }

  /// Throws unless it is one, or none.
  public func require(isRegressor: Bool) throws(Failure) {
    if isRegressor == (task == .regressor) { return }
    let what: StaticString = isRegressor ? "it is a classifier, not a regressor" : "it is a regressor, not a classifier"
    throw Failure(.corruptState, "\(what)")
  }

  /// W and b in the units of the data, as exact as they are known.
  public func writeParameters(_ weights: UnsafeMutablePointer<Double>, _ bias: UnsafeMutablePointer<Double>) {
    showMissed()
    if scaling.pointee.isEmpty {
      for index in 0..<weightCount { weights[index] = Double(self.weights[index]) }
      for output in 0..<outputs { bias[output] = Double(self.bias[output]) }
      return
    }
    scaling.pointee.unfold(self.weights, self.bias)
    for feature in 0..<dimension {
      for output in 0..<outputs {
        weights[feature * outputs + output] = scaling.pointee.foldedWeight(feature, output)
      }
    }
    copy(scaling.pointee.foldedBias, to: bias, count: outputs)
  }
}
