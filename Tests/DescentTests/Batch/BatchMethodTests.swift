import XCTest

@testable import Descent

/// Batch methods beside what the problems in Python's tests show: saved state, threads, and extreme options.
final class BatchMethodTests: XCTestCase {
  private let names = allAlgorithmNames.filter {
    !algorithmNames.contains($0) && !["sdca", "coordinate_descent"].contains($0)
  }

  /// Rosenbrock's function of pairs of variables.
  private static func valley(_ x: UnsafePointer<Double>, _ gradient: UnsafeMutablePointer<Double>?, _ n: Int) -> Double
  {
    var sum = 0.0
    for pair in 0..<n / 2 {
      let (a, b) = (x[2 * pair], x[2 * pair + 1])
      let (far, near) = (b - a * a, 1 - a)
      gradient?[2 * pair] = -400 * a * far - 2 * near
      gradient?[2 * pair + 1] = 200 * far
      sum += 100 * far * far + near * near
    }
    return sum
  }

  @discardableResult
  private func minimize(
    _ optimizer: inout Optimizer, _ x: inout [Double], steps: UInt64, upper: [Double]? = nil
  ) throws -> SearchResult {
    let n = x.count
    let stop = try StopCriteria(
      maxSteps: steps, gradientTolerance: 0, valueTolerance: 0, targetValue: 0, maxSeconds: 0)
    return try x.withUnsafeMutableBufferPointer { x in
      func run(_ bounds: Bounds) throws -> SearchResult {
        try optimizer.minimize(
          { Self.valley($0, $1, n) }, from: x.baseAddress!, count: n, within: bounds, until: stop, isWatched: false
        ) { _ in false }
      }
      guard let upper else { return try run(Bounds()) }
      return try upper.withUnsafeBufferPointer { try run(Bounds(upper: $0.baseAddress!)) }
    }
  }

  private func start(_ n: Int) -> [Double] {
    (0..<n).map { (index: Int) -> Double in index % 2 == 0 ? -1.2 - Double(index % 7) / 10 : 1 }
  }

  /// The bits are the same for any number of threads, and for a length that is not a multiple of anything.
  func testThreads() throws {
    defer { try? Threads.set(0) }
    for name in names {
      for upper in [nil, 0.5] as [Double?] {
        var expected: [Double]?
        for threads in [1, 2, 5] as [Int32] {
          try Threads.set(threads)
          var optimizer = try Optimizer.named(name)
          var x = start(40_006)
          try minimize(&optimizer, &x, steps: 6, upper: upper.map { [Double](repeating: $0, count: x.count) })
          XCTAssertEqual(expected ?? x, x, "\(name), \(threads) threads")
          expected = x
        }
      }
    }
  }

  /// Saved after each iteration, with bounds and without: the same bits in the end, and again the same bytes.
  func testSavedAfterEachIteration() throws {
    for name in names {
      for upper in [nil, [0.75, 9, 9, 0.5, 9, 9]] as [[Double]?] {
        var whole = try Optimizer.named(name, name == "lbfgs" ? ["history": 3] : [:])
        var expected = start(6)
        try minimize(&whole, &expected, steps: 12, upper: upper)
        var part = try Optimizer.named(name, name == "lbfgs" ? ["history": 3] : [:])
        var x = start(6)
        for _ in 0..<12 {
          try minimize(&part, &x, steps: 1, upper: upper)
          let bytes = try SavedBytes(of: part)
          part = try bytes.load(as: Optimizer.self)
          XCTAssertEqual(try SavedBytes(of: part), bytes)
        }
        XCTAssertEqual(x, expected, name)
        XCTAssertEqual(try SavedBytes(of: part), try SavedBytes(of: whole), name)
        try whole.reset()
        var again = start(6)
        try minimize(&whole, &again, steps: 12, upper: upper)
        XCTAssertEqual(again, expected, name)
      }
    }
  }

  /// Bytes that are changed are refused, or do no harm.
  func testChangedBytes() throws {
    for name in names {
      var optimizer = try Optimizer.named(name)
      var x = start(4)
      try minimize(&optimizer, &x, steps: 3)
      let saved = try SavedBytes(of: optimizer)
      for place in 24..<saved.bytes.count - 8 {
        for change in [1, 0x80, 0xff] as [UInt8] {
          var changed = saved
          changed.bytes[place] ^= change
          changed.seal()
          guard var loaded = try? changed.load(as: Optimizer.self) else { continue }
          var x = x
          _ = try? minimize(&loaded, &x, steps: 2)
        }
      }
    }
  }

  func testExtremeOptions() throws {
    for name in names {
      for settings in [
        ["line_search_steps": 1], ["line_search_steps": 1000], ["wolfe_decrease": 0.5], ["wolfe_decrease": 1e-16],
        ["wolfe_curvature": 1e-16], ["wolfe_curvature": (1 as Double).nextDown], ["history": 1], ["history": 1000],
      ] {
        let has = try Algorithm.named(name)
        guard settings.keys.allSatisfy({ (try? has.defaultValue(of: Option.named($0))) != nil }) else { continue }
        for upper in [nil, [9, 0.5]] as [[Double]?] {
          var optimizer = try Optimizer.named(name, settings)
          var x = [-1.2, 1]
          let before = Self.valley(x, nil, 2)
          let result = try minimize(&optimizer, &x, steps: 100, upper: upper)
          XCTAssertLessThanOrEqual(result.value, before, "\(name), \(settings)")
          XCTAssertEqual(result.bestValue, Self.valley(x, nil, 2), accuracy: 1e-12)
        }
      }
    }
  }

  /// The heap gives variables in the order of their keys, and equals in that of their numbers.
  func testBoundHeap() {
    var keys = [3.0, 1, 2, 1, .infinity, 0, 3]
    var order = [Int](repeating: 0, count: keys.count)
    var found: [Int] = []
    keys.withUnsafeMutableBufferPointer { keys in
      order.withUnsafeMutableBufferPointer { order in
        var heap = BoundHeap(order: order.baseAddress!, keys: keys.baseAddress!)
        for index in keys.indices { heap.add(index) }
        heap.arrange()
        while let index = heap.first {
          found.append(index)
          heap.removeFirst()
        }
      }
    }
    XCTAssertEqual(found, [5, 1, 3, 2, 0, 6, 4])
  }
}
