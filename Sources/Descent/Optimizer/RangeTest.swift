import CDescentKernels

/// How a learning-rate range test goes (Smith, "Cyclical learning rates for training neural networks", 2017).
public struct RangeOptions {
  let steps: Int
  let minimum: Double
  let maximum: Double

  public static var defaultSteps: UInt32 { 200 }
  public static var defaultMinimum: Double { 1e-6 }
  public static var defaultMaximum: Double { 10 }

  public init(steps: UInt32, minimum: Double, maximum: Double) throws(Failure) {
    if steps < 2 { throw Failure(.invalidArgument, "options: steps: \(steps) is outside [2, \(UInt32.max)]") }
    guard minimum.isFinite && maximum.isFinite && minimum > 0 && minimum < maximum else {
      throw Failure(
        .invalidArgument,
        "options: minimum, maximum: \(minimum) and \(maximum) are not finite with 0 < minimum < maximum")
    }
    self.steps = Int(clamping: steps)
    self.minimum = minimum
    self.maximum = maximum
  }

  /// Rises geometrically from the minimum to the maximum.
  func rate(_ step: Int) -> Double {
    if step == steps - 1 { return maximum }
    let progress = Double(step) / Double(steps - 1)
    let ratio = maximum / minimum
    if ratio.isFinite { return minimum * power(ratio, progress) }
    // The ratio is too large for a double; its cube root is not. The minimum may be too small to be multiplied as it is.
    let root = power(maximum, progress / 3) / power(minimum, progress / 3)
    return minimum * 0x1p300 * root * root * (root * 0x1p-300)
  }
}

/// The record of a range test: the steps that were made.
public struct RangeRecord: ~Copyable {
  private let memory: Memory
  private let room: Int
  public private(set) var count = 0

  init(_ options: RangeOptions) throws(Failure) {
    room = options.steps
    memory = try Memory(of: Double.self, count: 2 * options.steps, purpose: "the record of a range test")
  }

  private var rates: UnsafeMutablePointer<Double> { memory.pointer(to: Double.self) }
  private var losses: UnsafeMutablePointer<Double> { rates + room }

  /// Whether the test goes on with a step from where the loss is this.
  func goesOn(_ loss: Double) -> Bool {
    loss.isFinite && (count == 0 || loss <= losses[0] + 3 * losses[0].magnitude)
  }

  /// Notes a step that was made, and the loss before it.
  mutating func add(rate: Double, loss: Double) {
    rates[count] = rate
    losses[count] = loss
    count += 1
  }

  /// Hands out the record. The arrays have room for all steps.
  public func copy(rates: UnsafeMutablePointer<Double>, losses: UnsafeMutablePointer<Double>) {
    Descent.copy(self.rates, to: rates, count: count)
    Descent.copy(self.losses, to: losses, count: count)
  }

  /// The rate at which the loss was least, smoothed over neighbouring steps; 0 where there were too few.
  var lowest: Double {
    let radius = max(1, count / 20)
    var (least, best) = (Double.infinity, 0.0)
    for center in stride(from: radius, to: count - radius, by: 1) {
      var sum = 0.0
      for place in center - radius...center + radius { sum += losses[place] }
      if sum < least { (least, best) = (sum, rates[center]) }
    }
    return best
  }

  /// The rate at which the loss fell fastest, smoothed over neighbouring steps; 0 if it never fell.
  public var proposal: Double {
    let radius = max(1, count / 20)
    var (steepest, best) = (0.0, 0.0)
    for center in stride(from: radius, to: count - radius, by: 1) {
      var (before, after) = (0.0, 0.0)
      for distance in 1...radius {
        before += losses[center - distance]
        after += losses[center + distance]
      }
      if after - before < steepest { (steepest, best) = (after - before, rates[center]) }
    }
    return best
  }
}

extension Optimizer {
  /// An optimizer of the same algorithm and options that has made no step, has no schedule, and lets any gradient in.
  func twin() throws(Failure) -> Optimizer {
    try requireLearningRate()
    var twin = try Optimizer(algorithm)
    twin.groups = try groups.copy()
    try twin.set(Option.find(KERNEL_SCHEDULE.rawValue), to: 0)
    try twin.set(Option.find(KERNEL_WARMUP_STEPS.rawValue), to: 0)
    try twin.set(Option.find(KERNEL_NOT_FINITE_POLICY.rawValue), to: 0)
    return twin
  }

  mutating func setLearningRate(_ rate: Double) throws(Failure) {
    try set(Option.find(KERNEL_LEARNING_RATE.rawValue), to: rate)
  }

  /// A range test of a function, from `start`.
  public func testLearningRates(
    _ objective: Objective, from start: UnsafePointer<Double>, count n: Int, _ options: RangeOptions
  ) throws(Failure) -> RangeRecord {
    try checkDimension(n)
    var record = try RangeRecord(options)
    let point = try Memory(of: Double.self, count: n, purpose: "the point")
    let gradient = try Memory(of: Double.self, count: n, purpose: "the gradient")
    let tensor = try OwnTensors(count: 1)
    tensor.set(0, values: point.base, gradient: gradient.base, columns: n, type: .float64)
    var optimizer = try twin()
    _ = try optimizer.adopt(tensor.list)
    copy(start, to: point.pointer(to: Double.self), count: n)
    for step in 0..<options.steps {
      let rate = options.rate(step)
      let value = objective(point.pointer(to: Double.self), gradient.pointer(to: Double.self))
      guard record.goesOn(value) else { break }
      try optimizer.setLearningRate(rate)
      guard try optimizer.advance(tensor.list, isFirst: step == 0) else { break }
      record.add(rate: rate, loss: value)
    }
    return record
  }
}
