import CDescentKernels
import Foundation
import struct TestSupport.SeededRandom
import XCTest

@testable import Descent

/// What Tests/Golden/generate_schedules.py has written: learning rates of PyTorch's schedules.
private struct GoldenSchedules: Decodable {
  struct Run: Decodable {
    let options: [String: Double]
    let rates: [Double]
    let losses: [Double]?
  }

  let runs: [Run]

  static func load() throws -> Self {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    return try JSONDecoder().decode(
      Self.self, from: Data(contentsOf: folder.appendingPathComponent("Golden/schedules.json")))
  }
}

/// The learning rate of each step under each schedule.
final class ScheduleTests: XCTestCase {
  private let constant = 0.0
  private let step = 1.0
  private let exponential = 2.0
  private let inverseTime = 3.0
  private let polynomial = 4.0
  private let cosine = 5.0
  private let restarts = 6.0
  private let oneCycle = 7.0
  private let plateau = 8.0

  /// PyTorch computes most rates from the one before, so that its own errors add up to some 1e-15 of the first.
  func testAgainstPyTorch() throws {
    let golden = try GoldenSchedules.load()
    XCTAssertEqual(
      Set(golden.runs.map { $0.options["schedule"]! }),
      [step, exponential, polynomial, cosine, restarts, oneCycle, plateau])
    for run in golden.runs {
      let bench = try OptimizerBench("sgd", run.options, values: [0])
      try bench.set("learning_rate", 1)
      for (index, rate) in run.rates.enumerated() {
        XCTAssertEqual(
          bench.optimizer.learningRate, rate, accuracy: 1e-13 * rate + 4e-15, "\(run.options), step \(index + 1)")
        // The step itself takes the same rate: the weight falls by it.
        let before = bench.values[0][0]
        try bench.step([[1]])
        XCTAssertEqual(bench.values[0][0], before - bench.factor(index + 1), "\(run.options), step \(index + 1)")
        if let losses = run.losses { try bench.optimizer.report(loss: losses[index]) }
      }
    }
  }

  /// The formulas of descent.h, with the C library's functions.
  private func textbook(_ schedule: Double, _ k: Double, _ o: [String: Double]) -> Double {
    let (n, f, m) = (o["schedule_steps"]!, o["schedule_factor"]!, o["schedule_floor"]!)
    func fall(_ to: Double, _ share: Double) -> Double { to + (1 - to) * (1 + cos(.pi * share)) / 2 }
    switch schedule {
    case step: return pow(f, (k / n).rounded(.down))
    case exponential: return pow(f, k / n)
    case inverseTime: return 1 / (1 + f * k / n)
    case polynomial: return m + (1 - m) * pow(max(n - k, 0) / n, o["schedule_power"]!)
    case cosine: return fall(m, min(k / n, 1))
    case restarts:
      var (start, length) = (0.0, n)
      while start + length <= k { (start, length) = (start + length, length * o["cycle_factor"]!) }
      return fall(m, (k - start) / length)
    case oneCycle:
      let (top, last) = (o["cycle_rise"]! * n - 1, n - 1)
      if k < top { return fall(o["cycle_start"]!, 1 - k / top) }
      if k == top { return 1 }
      return k >= last ? m : fall(m, (k - top) / (last - top))
    default: return 1
    }
  }

  /// Those schedules that have a formula, at all interesting steps, with and without a warm-up. Near the end of a cosine
  /// the formula itself has an absolute error of 1e-16 and no better relative one.
  func testAgainstFormulas() throws {
    let algorithm = try Algorithm.named("adam")
    for schedule in [constant, step, exponential, inverseTime, polynomial, cosine, restarts, oneCycle] {
      for n in [1.0, 2, 3, 10, 1000] {
        for (f, m, p) in [(0.1, 0.0, 1.0), (0.0, 0.25, 0.0), (0.5, 1.0, 2.5), (3.0, 0.001, 0.5), (1.0, 0.5, 7.0)] {
          for (factor, rise, start) in [(1.0, 0.3, 0.04), (2.0, 0.0, 0.0), (1.5, 1.0, 1.0)] {
            let options = [
              "schedule": schedule, "schedule_steps": n, "schedule_factor": f, "schedule_floor": m,
              "schedule_power": p, "cycle_factor": factor, "cycle_rise": rise, "cycle_start": start,
            ]
            var values = OptionValues(of: algorithm, dialect: 0)
            for (name, value) in options { values[try Option.named(name)] = value }
            for warmup in [0, 1, 2, 7.0] {
              values[KERNEL_WARMUP_STEPS] = warmup
              let from = warmup
              for t in Set([1, 2, warmup, warmup + 1, from + n - 1, from + n, from + n + 1, from + 3 * n, 54_321])
              where t >= 1 {
                let expected =
                  t <= warmup
                  ? t / warmup * textbook(schedule, 0, options) : textbook(schedule, t - 1 - warmup, options)
                let actual = Schedule.factor(values, step: UInt64(t), plateau: Plateau())
                XCTAssertEqual(
                  actual, min(expected, .greatestFiniteMagnitude), accuracy: 1e-13 * min(expected, 1e308) + 2e-16,
                  "\(options), warm-up \(warmup), step \(t)")
              }
            }
          }
        }
      }
    }
  }

  /// Whatever the options, a rate is a number, and neither negative nor infinite.
  func testNeverNaN() throws {
    let algorithm = try Algorithm.named("sgd")
    let extremes: [(String, [Double])] = [
      ("schedule_steps", [1, 2, 0x1p53]), ("schedule_factor", [0, 1, 1e300]), ("schedule_power", [0, 1e-300, 1e300]),
      ("schedule_floor", [0, .leastNonzeroMagnitude, 1]), ("cycle_factor", [1, 1.1, 1e300]),
      ("cycle_rise", [0, 0.5, 1]),
      ("cycle_start", [0, 1]), ("warmup_steps", [0, 1, 0x1p53]),
    ]
    var random = SeededRandom(seed: 8)
    for schedule in 0...8 {
      for _ in 0..<500 {
        var values = OptionValues(of: algorithm, dialect: 0)
        values[KERNEL_SCHEDULE] = Double(schedule)
        for (name, choices) in extremes { values[try Option.named(name)] = choices.randomElement(using: &random)! }
        for step: UInt64 in [1, 2, 3, 100, 1 << 40, (1 << 53) + 1, .max] {
          let factor = Schedule.factor(values, step: step, plateau: Plateau())
          XCTAssertTrue(factor >= 0 && factor.isFinite, "\(factor): schedule \(schedule), step \(step)")
        }
      }
    }
  }

  /// It begins at 1, and neither floor nor start is missed by a rounding error.
  /// Cycles that hardly grow are not counted one by one.
  func testVeryManyRestarts() throws {
    var values = OptionValues(of: try Algorithm.named("adam"), dialect: 0)
    values[KERNEL_SCHEDULE] = restarts
    for (factor, n) in [(1.001, 1.0), (1.01, 3), (1.5, 2), (2, 1)] {
      (values[KERNEL_CYCLE_FACTOR], values[KERNEL_SCHEDULE_STEPS]) = (factor, n)
      for t in [100, 1000, 54_321, 1_000_003] as [UInt64] {
        let options = ["schedule_steps": n, "schedule_factor": 0.1, "schedule_floor": 0, "cycle_factor": factor]
        XCTAssertEqual(
          Schedule.factor(values, step: t, plateau: Plateau()), textbook(restarts, Double(t - 1), options),
          accuracy: 1e-6, "\(factor), \(t)")
      }
    }
    for factor in [(1 as Double).nextUp, 1 + 1e-12, 1.0000001, 1e300, .greatestFiniteMagnitude] {
      values[KERNEL_CYCLE_FACTOR] = factor
      for t in [1, 2, 1000, 1 << 53, .max] as [UInt64] {
        XCTAssert((0...1).contains(Schedule.factor(values, step: t, plateau: Plateau())), "\(factor), \(t)")
      }
    }
  }

  func testLandmarksAreExact() throws {
    func rates(_ options: [String: Double], _ steps: Int) throws -> [Double] {
      let bench = try OptimizerBench("sgd", options.merging(["learning_rate": 1]) { $1 })
      return (1...steps).map { bench.factor($0) }
    }
    let floor = 0.3
    for (schedule, length) in [(polynomial, 11), (cosine, 11), (oneCycle, 10)] {
      let found = try rates(["schedule": schedule, "schedule_steps": 10, "schedule_floor": floor], length + 30)
      XCTAssertEqual(Set(found[(length - 1)...]), [floor], "schedule \(schedule)")
      if schedule != oneCycle { XCTAssertEqual(found[0], 1) }
    }
    for cycle in [1.0, 2] {
      let found = try rates(["schedule": restarts, "schedule_steps": 4, "cycle_factor": cycle], 13)
      XCTAssertEqual(found.indices.filter { found[$0] == 1 }, cycle == 1 ? [0, 4, 8, 12] : [0, 4, 12])
    }
    XCTAssertEqual(try rates(["schedule": step, "schedule_steps": 2, "schedule_factor": 0], 4), [1, 1, 0, 0])
    XCTAssertEqual(try rates(["schedule": exponential, "schedule_factor": 0], 3), [1, 0, 0])
    XCTAssertEqual(try rates(["warmup_steps": 4], 6), [0.25, 0.5, 0.75, 1, 1, 1])
    XCTAssertEqual(try rates(["warmup_steps": 1], 2), [1, 1])
    let rising = try rates(["schedule": oneCycle, "schedule_steps": 9, "cycle_rise": 1, "cycle_start": 0.5], 12)
    XCTAssertEqual(Array(rising[7...]), [rising[7], 1, 0, 0, 0])
    XCTAssertEqual(try rates(["schedule": oneCycle, "schedule_steps": 1, "cycle_rise": 1], 2), [1, 0])
    XCTAssertEqual(try rates(["schedule": oneCycle, "schedule_steps": 1], 2), [0, 0])
  }

  /// Better by a ten-thousandth of the best loss, whatever the loss's sign; infinity is no progress.
  func testPlateauOfNegativeAndInfiniteLosses() throws {
    let bench = try OptimizerBench(
      "sgd", ["schedule": plateau, "patience": 1, "schedule_factor": 0.5, "learning_rate": 1], values: [0])
    func report(_ losses: [Double]) throws -> Double {
      for loss in losses { try bench.optimizer.report(loss: loss) }
      return bench.optimizer.learningRate
    }
    XCTAssertEqual(try report([.infinity, 5]), 1)
    XCTAssertEqual(try report([.infinity, 4.9, 4.8999]), 1)
    XCTAssertEqual(try report([.infinity]), 0.5)
    XCTAssertEqual(try report([-1, -1.00005, -2, -2.0001]), 0.5)
    XCTAssertEqual(try report([-2]), 0.25)
    XCTAssertEqual(try report([-.infinity, -.infinity]), 0.25)
    XCTAssertEqual(try report([-.infinity]), 0.125)
    try bench.optimizer.reset()
    XCTAssertEqual(try report([0, 0]), 1)
    XCTAssertEqual(try report([0]), 0.5)
  }

  /// The rate of the next step, also before the first; the option keeps its value; reset begins anew.
  func testLearningRateIsTheNextSteps() throws {
    let bench = try OptimizerBench(
      "momentum", ["schedule": step, "schedule_steps": 2, "schedule_factor": 0.5, "learning_rate": 8], values: [1])
    var seen: [Double] = []
    for _ in 0..<5 {
      seen.append(bench.optimizer.learningRate)
      try bench.step([[0]])
    }
    assertNear(seen, [8, 8, 4, 4, 2], relative: 1e-15)
    XCTAssertEqual(try bench.value("learning_rate"), 8)
    try bench.set("learning_rate", 80)
    XCTAssertEqual(bench.optimizer.learningRate, 20, accuracy: 1e-14)
    try bench.set("schedule", constant)
    XCTAssertEqual(bench.optimizer.learningRate, 80)
    try bench.set("schedule", step)
    try bench.optimizer.reset()
    XCTAssertEqual(bench.optimizer.learningRate, 80)
  }

  /// The schedule multiplies each group's own rate, and decoupled decay takes the scheduled rate.
  func testGroupsAndDecayFollowTheSchedule() throws {
    let tensors = [BenchTensor([1]), BenchTensor([1], group: 3)]
    let bench = try OptimizerBench(
      "sgd", ["schedule": exponential, "schedule_steps": 1, "schedule_factor": 0.5], tensors: tensors)
    try bench.set("learning_rate", 1)
    try bench.set("learning_rate", 4, group: 3)
    try bench.set("decoupled_weight_decay", 0.125, group: 3)
    try bench.step([[0], [0]])
    XCTAssertEqual(bench.values, [[1], [0.5]])
    try bench.step([[1], [1]])
    assertNear(bench.values.flatMap { $0 }, [0.5, 0.5 * 0.75 - 2], relative: 1e-15)
  }
}

extension OptimizerBench {
  /// The schedule's factor for a step.
  fileprivate func factor(_ step: Int) -> Double {
    var values = OptionValues(of: optimizer.algorithm, dialect: 0)
    for index in 0..<Option.count {
      let option = Option.at(index)!
      if let value = try? optimizer.value(of: option) { values[option] = value }
    }
    return stepFactor(values, step)
  }

  private func stepFactor(_ values: OptionValues, _ step: Int) -> Double {
    values[KERNEL_SCHEDULE] == 8
      ? optimizer.learningRate / values[KERNEL_LEARNING_RATE]
      : Schedule.factor(values, step: UInt64(step), plateau: Plateau())
  }
}
