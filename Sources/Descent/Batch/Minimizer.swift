import CDescentKernels

/// A method that decides itself where to evaluate the function. What it keeps from one iteration to the next is the same
/// whether they are made in one call or in several.
protocol Minimizer: ~Copyable {
  /// That of its rule in the kernels.
  static var number: UInt32 { get }
  /// Goes on from a point that has been evaluated to the next one, which is then evaluated too; or says why it cannot.
  mutating func advance(
    _ point: inout BatchPoint, _ search: LineSearch, _ evaluate: Evaluation
  ) -> BatchEnd?
  /// Begins anew, with another function.
  mutating func forget()
  /// Saves what it keeps, and loads it: no more memory is taken than the bytes have.
  func write(_ fields: inout Fields) throws(Failure)
  static func read(_ fields: inout Fields, count: Int) throws(Failure) -> Self
}

/// Why there is no next point.
enum BatchEnd {
  /// The gradient, or what stands for it, is 0.
  case minimum
  /// The function was NaN or infinite wherever the line search looked.
  case notFinite
  /// No step along the direction goes down.
  case stuck
}

/// What an optimizer keeps for a batch method: nothing before its first iteration.
struct BatchState: ~Copyable {
  private var lbfgs = LBFGS()
  private var conjugate = ConjugateGradient()
  var dual = DualState()

  /// Makes the room that iterations need, if it is not there; if that fails nothing has changed.
  mutating func makeRoom(
    _ algorithm: Algorithm, _ groups: borrowing OptionGroups, count: Int, bounds: Bounds
  ) throws(Failure) {
    algorithm.number == LBFGS.number
      ? try lbfgs.makeRoom(count: count, history: Int(groups[KERNEL_HISTORY]), bounds: bounds)
      : try conjugate.makeRoom(count: count)
  }

  mutating func advance(
    _ algorithm: Algorithm, _ point: inout BatchPoint, _ search: LineSearch, _ evaluate: Evaluation
  ) -> BatchEnd? {
    algorithm.number == LBFGS.number
      ? lbfgs.advance(&point, search, evaluate) : conjugate.advance(&point, search, evaluate)
  }

  /// Iterations on a part, of L-BFGS only.
  mutating func explore(
    _ point: inout BatchPoint, _ part: inout PartialDescent, iterations: Int, _ search: LineSearch,
    _ evaluate: Evaluation
  ) {
    lbfgs.explore(&point, &part, iterations: iterations, search, evaluate)
  }

  mutating func forget(_ algorithm: Algorithm) {
    algorithm.number == LBFGS.number ? lbfgs.forget() : conjugate.forget()
  }

  func write(_ fields: inout Fields, _ algorithm: Algorithm) throws(Failure) {
    // Of the methods for models one keeps nothing, and has no samples here.
    if algorithm.isForModels { return try dual.write(&fields) }
    algorithm.number == LBFGS.number ? try lbfgs.write(&fields) : try conjugate.write(&fields)
  }

  static func read(_ fields: inout Fields, _ algorithm: Algorithm, count: Int) throws(Failure) -> BatchState {
    var state = BatchState()
    if algorithm.isForModels {
      state.dual = try DualState.read(&fields)
    } else if algorithm.number == LBFGS.number {
      state.lbfgs = try LBFGS.read(&fields, count: count)
    } else {
      state.conjugate = try ConjugateGradient.read(&fields, count: count)
    }
    return state
  }
}

extension Optimizer {
  /// How the line search goes, by the options.
  var lineSearch: LineSearch {
    LineSearch(
      decrease: groups[KERNEL_WOLFE_DECREASE], curvature: groups[KERNEL_WOLFE_CURVATURE],
      most: Int(groups[KERNEL_LINE_SEARCH_STEPS]))
  }

  /// What l1 multiplies; 0 where the method has none.
  var l1: Double { groups[KERNEL_L1] }

  /// Throws for a batch method, which cannot be stepped.
  func requireSteps() throws(Failure) {
    if algorithm.isBatch {
      let purpose: StaticString =
        algorithm.minimizesFunctions
        ? "minimizing, and for fits with batch_size 0" : "fits of linear models with batch_size 0"
      throw Failure(
        .unsupported,
        "optimizer: \(algorithm.name) cannot be stepped, since it decides itself where to evaluate: it is for \(purpose)"
      )
    }
  }

  /// Throws for a method of linear models.
  func requireFunctions() throws(Failure) {
    if algorithm.isForModels {
      throw Failure(
        .unsupported,
        "optimizer: \(algorithm.name) is for fits of linear models with batch_size 0, and minimizes nothing else")
    }
  }

  /// Throws for a batch method, which has no schedule that a loss could change.
  func requireSchedule() throws(Failure) {
    if algorithm.isBatch {
      throw Failure(
        .unsupported, "optimizer: \(algorithm.name) has no schedule to report a loss to; descent_minimize runs it")
    }
  }

  public func requireLearningRate() throws(Failure) {
    if algorithm.isBatch { throw Failure(.unsupported, "optimizer: \(algorithm.name) has no learning rate") }
  }

  mutating func makeRoomForBatch(count: Int, bounds: Bounds = Bounds()) throws(Failure) {
    try batch.makeRoom(algorithm, groups, count: count, bounds: bounds)
  }

  /// How many iterations on a part of what is evaluated come before each one on all of it.
  var partIterations: Int { algorithm.number == LBFGS.number ? Int(groups[KERNEL_PART_ITERATIONS]) : 0 }

  /// Makes these, so that the next iteration goes where they have led.
  mutating func explore(_ point: inout BatchPoint, _ part: inout PartialDescent, _ evaluate: Evaluation) {
    batch.explore(&point, &part, iterations: partIterations, lineSearch, evaluate)
  }

  /// Lets a batch method begin anew, with another function.
  mutating func forgetBatch() { batch.forget(algorithm) }

  /// An iteration of a batch method.
  mutating func iterate(_ point: inout BatchPoint, _ evaluate: Evaluation) -> BatchEnd? {
    if let end = batch.advance(algorithm, &point, lineSearch, evaluate) { return end }
    stepCount += 1
    return nil
  }
}
