/// A function that stands for another one near a point: a part of its terms, tilted so that the gradient at the point is the
/// whole function's (Shamir, Srebro and Zhang, "Communication-efficient distributed optimization using an approximate
/// Newton-type method", 2014). It costs little, and where iterations on it lead is downhill for the whole function, if both
/// are convex.
struct PartialDescent: ~Copyable {
  /// What is added to the part.
  struct Tilt {
    fileprivate let slopes: Vector
    fileprivate var offset = 0.0
    fileprivate let count: Int

    /// Adds it to a gradient, and to the value.
    func add(to value: Double, _ x: Vector, _ gradient: Vector) -> Double {
      combine(into: gradient, 1, gradient, 1, slopes, count: count)
      return value + dot(slopes, x, count: count) + offset
    }
  }

  /// The way on the part.
  var point: BatchPoint
  private(set) var tilt: Tilt
  private let memory: Memory

  /// `noise` is that of the whole function.
  init(count: Int, noise: Double) throws(Failure) {
    guard let numbers = byteCount(count, 2) else {
      throw Failure(.outOfMemory, "no memory for the way on a part: the byte count overflows")
    }
    let memory = try Memory(of: Double.self, count: numbers, purpose: "the way on a part")
    let x = memory.pointer(to: Double.self)
    point = try BatchPoint(at: x, count: count, noise: noise)
    tilt = Tilt(slopes: x + count, count: count)
    self.memory = memory
  }

  /// Begins where the whole function has been evaluated; `evaluate` is the part's.
  mutating func begin(at whole: borrowing BatchPoint, _ evaluate: Evaluation) {
    let (slopes, count) = (tilt.slopes, tilt.count)
    point.start(at: whole)
    let value = evaluate(point.x, slopes)
    combine(into: slopes, 1, whole.gradient, -1, slopes, count: count)
    tilt.offset = whole.value - value - dot(slopes, point.x, count: count)
  }
}
