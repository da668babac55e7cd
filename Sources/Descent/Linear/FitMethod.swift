/// What moves W in a fit. It owns what is behind its pointers: moved about themselves they would be copied.
struct FitMethod: ~Copyable {
  private enum Kind {
    /// The trainer's steps, by gradients of some samples each.
    case minibatches
    case batch(UnsafeMutablePointer<BatchFit>)
    case dual(UnsafeMutablePointer<DualFit>)
    case coordinates(UnsafeMutablePointer<CoordinateFit>)
  }

  private let kind: Kind

  init(
    _ model: borrowing LinearModel, _ data: Dataset, _ answers: Answers, _ optimizer: borrowing Optimizer,
    _ options: FitOptions, _ spread: Spread?, _ trainer: borrowing Trainer
  ) throws(Failure) {
    let algorithm = optimizer.algorithm
    if algorithm.isByCoordinates {
      kind = .coordinates(try makeHandle(CoordinateFit(model, data, answers, l1: options.l1, trainer.gradient)))
    } else if algorithm.isDual {
      kind = .dual(try makeHandle(DualFit(model, data, answers, optimizer)))
    } else if algorithm.isBatch {
      kind = .batch(
        try makeHandle(
          BatchFit(model, data, answers, optimizer, l1: options.l1, spread, takesParts: trainer.partSize > 0)))
    } else {
      kind = .minibatches
    }
  }

  deinit {
    switch kind {
    case .minibatches: break
    case .batch(let fit): freeHandle(fit)
    case .dual(let fit): freeHandle(fit)
    case .coordinates(let fit): freeHandle(fit)
    }
  }

  /// Whether it evaluates in double.
  var isExact: Bool {
    if case .batch(let fit) = kind { fit.pointee.isExact } else { false }
  }

  /// Whether it finds the minimum of smooth functions, so that kinks have to be smoothed.
  var smooths: Bool {
    if case .batch = kind { true } else { false }
  }

  /// Comes before the first step, and wherever the function has become another one. `number` is that of the step.
  func begin(
    _ model: borrowing LinearModel, _ trainer: inout Trainer, _ data: Dataset,
    _ optimizer: UnsafeMutablePointer<Optimizer>, number: UInt64
  ) throws(Failure) {
    switch kind {
    case .minibatches: break
    case .batch(let fit): try fit.pointee.begin(model, &trainer, data)
    case .dual(let fit): try fit.pointee.begin(model, optimizer, goesOn: number > 0)
    case .coordinates(let fit): fit.pointee.begin()
    }
  }

  /// One step; false if there is nowhere to go. A callback that has asked to stop is heard with a minibatch's gradient: then
  /// the answer is nil.
  func step(
    _ model: borrowing LinearModel, _ trainer: inout Trainer, _ data: Dataset,
    _ optimizer: UnsafeMutablePointer<Optimizer>, number: UInt64, stops: Bool, _ report: inout FitProgress
  ) throws(Failure) -> Bool? {
    switch kind {
    case .batch(let fit): return try fit.pointee.step(model, &trainer, data, optimizer, number: number, &report)
    case .dual(let fit): return try fit.pointee.step(model, &trainer, optimizer, &report)
    case .coordinates(let fit): return try fit.pointee.step(model, &trainer, optimizer, &report)
    case .minibatches:
      guard let loss = try trainer.nextGradient(model, data, stops: stops) else { return nil }
      report.loss = loss
      report.learningRate = optimizer.pointee.learningRate
      try trainer.step(model, optimizer)
      return true
    }
  }
}
