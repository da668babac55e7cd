@testable import Descent

/// A function of a few numbers with its gradient, and what is known about it.
struct TestFunction: Sendable {
  let name: String
  let start: [Double]
  let minima: [[Double]]
  let value: @Sendable ([Double]) -> Double
  let gradient: @Sendable ([Double]) -> [Double]

  /// As the engine calls it.
  func evaluate(_ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>?) -> Double {
    let point = Array(UnsafeBufferPointer(start: x, count: start.count))
    if let out { for (index, slope) in gradient(point).enumerated() { out[index] = slope } }
    return value(point)
  }

  /// The distance to the nearest minimum.
  func distance(_ x: [Double]) -> Double {
    minima.map { zip($0, x).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot() }.min()!
  }

  /// All of it at its minimum is 0, but for the saddle, whose least value is -1/4.
  var least: Double { name == "saddle" ? -0.25 : 0 }

  static let all = [
    TestFunction(
      name: "quadratic", start: [3, -2, 1], minima: [[1, 2, -0.5]],
      value: { x in (x[0] - 1) * (x[0] - 1) + 2 * (x[1] - 2) * (x[1] - 2) + 0.5 * (x[2] + 0.5) * (x[2] + 0.5) },
      gradient: { x in [2 * (x[0] - 1), 4 * (x[1] - 2), x[2] + 0.5] }),
    TestFunction(
      name: "Rosenbrock", start: [-1.2, 1], minima: [[1, 1]],
      value: { x in
        let (a, b) = (1 - x[0], x[1] - x[0] * x[0])
        return a * a + 100 * b * b
      },
      gradient: { x in
        let (a, b) = (1 - x[0], x[1] - x[0] * x[0])
        return [-2 * a - 400 * x[0] * b, 200 * b]
      }),
    TestFunction(
      name: "Beale", start: [1, 1], minima: [[3, 0.5]],
      value: { x in
        let y = x[1]
        let (a, b, c) = (1.5 - x[0] + x[0] * y, 2.25 - x[0] + x[0] * y * y, 2.625 - x[0] + x[0] * y * y * y)
        return a * a + b * b + c * c
      },
      gradient: { x in
        let y = x[1]
        let (a, b, c) = (1.5 - x[0] + x[0] * y, 2.25 - x[0] + x[0] * y * y, 2.625 - x[0] + x[0] * y * y * y)
        return [
          2 * a * (y - 1) + 2 * b * (y * y - 1) + 2 * c * (y * y * y - 1),
          2 * a * x[0] + 4 * b * x[0] * y + 6 * c * x[0] * y * y,
        ]
      }),
    TestFunction(
      name: "Booth", start: [-4, 5], minima: [[1, 3]],
      value: { x in
        let (a, b) = (x[0] + 2 * x[1] - 7, 2 * x[0] + x[1] - 5)
        return a * a + b * b
      },
      gradient: { x in
        let (a, b) = (x[0] + 2 * x[1] - 7, 2 * x[0] + x[1] - 5)
        return [2 * a + 4 * b, 4 * a + 2 * b]
      }),
    TestFunction(
      name: "Himmelblau", start: [0, 0],
      minima: [
        [3, 2], [-2.805118086952745, 3.131312518250573], [-3.779310253377747, -3.283185991286170],
        [3.584428340330492, -1.848126526964404],
      ],
      value: { x in
        let (a, b) = (x[0] * x[0] + x[1] - 11, x[0] + x[1] * x[1] - 7)
        return a * a + b * b
      },
      gradient: { x in
        let (a, b) = (x[0] * x[0] + x[1] - 11, x[0] + x[1] * x[1] - 7)
        return [4 * x[0] * a + 2 * b, 2 * a + 4 * x[1] * b]
      }),
    // A saddle at 0, between two minima; it starts where the slope away from it is a thousandth.
    TestFunction(
      name: "saddle", start: [1, 1e-3], minima: [[0, 1], [0, -1]],
      value: { x in x[0] * x[0] + x[1] * x[1] * x[1] * x[1] / 4 - x[1] * x[1] / 2 },
      gradient: { x in [2 * x[0], x[1] * x[1] * x[1] - x[1]] }),
  ]

  static func named(_ name: String) -> TestFunction { all.first { $0.name == name }! }
}

extension StopCriteria {
  static func after(
    steps: UInt64 = 0, gradient: Double = 0, value: Double = 0, target: Double = 0, seconds: Double = 0
  ) throws -> StopCriteria {
    try StopCriteria(
      maxSteps: steps, gradientTolerance: gradient, valueTolerance: value, targetValue: target, maxSeconds: seconds)
  }
}

extension Optimizer {
  /// Minimizes from an array.
  mutating func minimize(
    _ objective: Objective, from x: inout [Double], differences: Differences? = nil, until stop: StopCriteria,
    progress: ((FitProgress, UnsafePointer<Double>) -> Bool)? = nil
  ) throws -> SearchResult {
    let count = x.count
    return try x.withUnsafeMutableBufferPointer { x in
      let x = x.baseAddress!
      return try minimize(
        objective, from: x, count: count, differences: differences, until: stop, isWatched: progress != nil
      ) { progress?($0, x) ?? false }
    }
  }
}

func gradientByDifferences(_ objective: Objective, at x: [Double], _ differences: Differences) throws -> [Double] {
  var gradient = [Double](repeating: .nan, count: x.count)
  try x.withUnsafeBufferPointer { x in
    try gradient.withUnsafeMutableBufferPointer {
      try numericGradient(
        of: objective, at: x.baseAddress!, count: x.count, differences, into: $0.baseAddress!)
    }
  }
  return gradient
}

/// A point as an array.
func array(_ x: UnsafePointer<Double>, _ count: Int) -> [Double] {
  Array(UnsafeBufferPointer(start: x, count: count))
}
