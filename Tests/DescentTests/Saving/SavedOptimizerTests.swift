import XCTest

@testable import Descent

/// Training that is interrupted by saving and loading gives the bits of training that is not.
final class SavedOptimizerTests: XCTestCase {
  private static let steps = 24
  private static let groupOfTensor: [UInt32] = [0, 7, 0, 3]

  /// Options that make a difference, or state of their own, for each algorithm that has them.
  private static let variants: [[String: Double]] = [
    [:],
    ["weight_decay": 0.01, "clip_norm": 0.5, "track_health": 1],
    ["decoupled_weight_decay": 0.1, "clip_value": 0.25, "maximize": 1, "not_finite_policy": 2],
    ["momentum_decay": 0.75, "dampening": 0.25, "bias_correction": 0, "rho": 0.9],
    ["centered": 1, "amsgrad": 1, "initial_accumulator": 0.5, "learning_rate_decay": 0.1],
    ["centered": 1, "momentum_decay": 0.5, "epsilon": 0.01, "beta1": 0.5, "beta2": 0.75, "track_health": 1],
  ]

  private static let schedules: [[String: Double]] = [
    ["schedule": 0, "warmup_steps": 10],
    ["schedule": 1, "schedule_steps": 5, "schedule_factor": 0.5],
    ["schedule": 2, "schedule_steps": 7],
    ["schedule": 3, "schedule_steps": 7, "schedule_factor": 2],
    ["schedule": 4, "schedule_steps": 20, "schedule_power": 2, "schedule_floor": 0.1, "warmup_steps": 3],
    ["schedule": 5, "schedule_steps": 15],
    ["schedule": 6, "schedule_steps": 4, "cycle_factor": 1.5, "schedule_floor": 0.25, "warmup_steps": 2],
    ["schedule": 7, "schedule_steps": 20, "cycle_rise": 0.5, "cycle_start": 0.1],
    ["schedule": 8, "patience": 1, "schedule_factor": 0.5, "schedule_floor": 0.01],
  ]

  private func makeBench(
    _ algorithm: String, _ options: [String: Double], type: ElementType
  ) throws -> OptimizerBench {
    let has = try Algorithm.named(algorithm)
    let known = options.filter { (try? has.defaultValue(of: Option.named($0.key))) != nil }
    let tensors = zip([33, 1, 70, 5], Self.groupOfTensor).map { count, group in
      BenchTensor(
        floatNumbers(count, seed: UInt64(count)), type: count == 5 && type == .float32 ? .float64 : type, group: group)
    }
    let bench = try OptimizerBench(algorithm, known, tensors: tensors)
    for group in [7, 3] as [UInt32] {
      try bench.set("learning_rate", 0.02 * Double(group), group: group)
      try bench.set("weight_decay", 0.5, group: group)
    }
    return bench
  }

  private func step(_ bench: OptimizerBench, _ number: Int) throws {
    var gradients = bench.tensors.enumerated().map { index, tensor in
      floatNumbers(tensor.count, seed: UInt64(100 * number + index))
    }
    // A step that a policy skips, if there is one.
    if number % 9 == 4, try bench.value("not_finite_policy") == 2 { gradients[2][69] = .nan }
    try bench.step(gradients)
    // Losses that fall at first, and then no more.
    if number % 2 == 0 { try bench.optimizer.report(loss: max(10 - Double(number), 4)) }
    // Options that change on the way go on from what was loaded.
    if number == 15 { try bench.set("learning_rate", 0.01) }
  }

  private enum Saving {
    case atPlaces, alsoBeforeEachStep
  }

  private func check(
    _ algorithm: String, _ options: [String: Double], type: ElementType, at places: [Int], _ saving: Saving = .atPlaces
  ) throws {
    let what = "\(algorithm) \(options) \(type.name)"
    let whole = try makeBench(algorithm, options, type: type)
    for number in 0..<Self.steps { try step(whole, number) }
    let (expected, health) = (try SavedBytes(of: whole.optimizer), whole.optimizer.health.fields)
    for place in places {
      let bench = try makeBench(algorithm, options, type: type)
      for number in 0..<Self.steps {
        if number == place { try bench.saveAndLoad() }
        try step(bench, number)
      }
      XCTAssertEqual(bench.values, whole.values, "\(what), saved before step \(place)")
      XCTAssertEqual(bench.optimizer.health.fields, health, "\(what), saved before step \(place)")
      XCTAssertEqual(try SavedBytes(of: bench.optimizer), expected, "\(what), saved before step \(place)")
    }
    guard saving == .alsoBeforeEachStep else { return }
    let broken = try makeBench(algorithm, options, type: type)
    for number in 0..<Self.steps {
      try broken.saveAndLoad()
      try step(broken, number)
    }
    XCTAssertEqual(broken.values, whole.values, "\(what), saved before each step")
    XCTAssertEqual(try SavedBytes(of: broken.optimizer), expected, "\(what), saved before each step")
  }

  func testAlgorithmsDialectsAndOptions() throws {
    for algorithm in algorithmNames {
      let isOfCourse = courseAlgorithms.contains(algorithm)
      for dialect in 0...(isOfCourse ? 3 : 0) {
        for (number, variant) in Self.variants.enumerated() {
          for type in isOfCourse ? [ElementType.float32, .float64] : [number % 2 == 0 ? .float32 : .float64] {
            try check(
              algorithm, variant.merging(["dialect": Double(dialect)]) { $1 }, type: type,
              at: dialect == 0 ? [0, 2, 11] : [1, 12], isOfCourse && dialect == 0 ? .alsoBeforeEachStep : .atPlaces)
          }
        }
      }
    }
  }

  func testSchedules() throws {
    for algorithm in courseAlgorithms + ["schedule_free_adamw", "mars"] {
      for schedule in Self.schedules { try check(algorithm, schedule, type: .float32, at: [0, 1, 5, 13, 20]) }
    }
  }

  /// Without a step there are options only; which of them were set decides what another dialect changes.
  func testBeforeTheFirstStep() throws {
    for algorithm in algorithmNames {
      let bench = try OptimizerBench(algorithm, values: [1, 2])
      try bench.set("learning_rate", try bench.value("learning_rate"))
      try bench.set("weight_decay", 0.25, group: 5)
      let twin = try OptimizerBench(algorithm, values: [1, 2])
      twin.optimizer = try SavedBytes(of: bench.optimizer).load(as: Optimizer.self)
      for name in optionNames {
        let (value, twins) = (try? bench.value(name, group: 5), try? twin.value(name, group: 5))
        XCTAssertEqual(value, twins, name)
      }
      for one in [bench, twin] { try one.set("dialect", 2) }
      XCTAssertEqual(try SavedBytes(of: bench.optimizer), try SavedBytes(of: twin.optimizer))
      XCTAssertEqual(try twin.value("learning_rate"), try OptimizerBench(algorithm).value("learning_rate"))
      if algorithm == "adam" { XCTAssertEqual(try twin.value("epsilon", group: 5), 1e-7) }
      // A group's own value stays when the optimizer's changes.
      for one in [bench, twin] { try one.set("weight_decay", 0.5) }
      XCTAssertEqual(try twin.value("weight_decay", group: 5), 0.25)
      try twin.step([[1, 1]])
    }
  }

  /// Groups may have been made in any order.
  func testManyGroups() throws {
    let bench = try OptimizerBench("momentum", values: [1])
    let numbers: [UInt32] = [9, .max, 1, 1000, 77, 2]
    for number in numbers { try bench.set("momentum_decay", Double(number) / 0x1p32, group: number) }
    try bench.saveAndLoad()
    for number in numbers { XCTAssertEqual(try bench.value("momentum_decay", group: number), Double(number) / 0x1p32) }
    try bench.set("clip_value", 3, group: 5)
    XCTAssertEqual(try bench.value("clip_value", group: 5), 3)
    try bench.saveAndLoad()
    XCTAssertEqual(try bench.value("clip_value", group: 5), 3)
  }

  /// NaN and infinity in the state are numbers as others, to the bit.
  func testStateThatIsNotFinite() throws {
    let bench = try OptimizerBench("adam", ["track_health": 1], values: [1, 2, 3])
    try bench.step([[.infinity, -.infinity, .nan]])
    let fingerprint = bench.fingerprint
    try bench.saveAndLoad()
    XCTAssertEqual(bench.fingerprint, fingerprint)
  }

  /// A plateau's factor can be anything that arithmetic gives.
  func testPlateauThatOverflowed() throws {
    let bench = try OptimizerBench("sgd", ["schedule": 8, "patience": 0, "schedule_factor": 1e300], values: [1])
    for _ in 0..<4 { try bench.optimizer.report(loss: 1) }
    try bench.saveAndLoad()
    try bench.set("schedule_factor", 0)
    for _ in 0..<4 { try bench.optimizer.report(loss: 1) }
    try bench.saveAndLoad()
    _ = bench.optimizer.learningRate
  }

  func testCapacity() throws {
    let bench = try OptimizerBench("adam", values: [1, 2, 3])
    try bench.step([[1, 1, 1]])
    let size = try bench.optimizer.savedSize()
    let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 1)
    defer { memory.deallocate() }
    memory.initializeMemory(as: UInt8.self, repeating: 0x77, count: size)
    for capacity in [0, 8, UInt(size) - 1] {
      assertFailure(.invalidArgument, "capacity: \(capacity) bytes, but \(size) are needed") { () throws(Failure) in
        _ = try bench.optimizer.save(to: memory, capacity: capacity)
      }
      XCTAssert((0..<size).allSatisfy { memory.load(fromByteOffset: $0, as: UInt8.self) == 0x77 })
    }
    XCTAssertEqual(try bench.optimizer.save(to: memory, capacity: .max), size)
  }

  /// A loaded optimizer refuses other tensors, as the saved one did, and forgets them when it is reset.
  func testShapesAreKept() throws {
    let bench = try OptimizerBench("sgd", tensors: [BenchTensor([1, 2]), BenchTensor([3], type: .float32)])
    try bench.step([[1, 1], [1]])
    try bench.saveAndLoad()
    let descriptions = bench.tensors.map(\.description)
    assertFailure(.shapeMismatch, "count: 1 tensors, but the first step had 2") { () throws(Failure) in
      try bench.step([descriptions[0]])
    }
    assertFailure(
      .shapeMismatch, "tensor 0: 1 x 1 float32, but the first step had 1 x 2 float64"
    ) { () throws(Failure) in try bench.step([descriptions[1], descriptions[0]]) }
    try bench.optimizer.reset()
    try bench.step([descriptions[1], descriptions[0]])
  }

  /// The format itself: a change of these bytes must be meant.
  func testBytesOfASmallOptimizer() throws {
    let bench = try OptimizerBench("momentum", ["learning_rate": 0.5], tensors: [BenchTensor([1], type: .float32)])
    try bench.set("clip_value", 2, group: 3)
    try bench.step([[1]])
    let saved = try SavedBytes(of: bench.optimizer)
    XCTAssertEqual(Array(saved.bytes[..<8]), [0x93] + Array("DESCENT".utf8))
    XCTAssertEqual(saved.read(at: 8), 2 | 1 << 32)
    XCTAssertEqual(saved.read(at: 16), UInt64(saved.bytes.count))
    // The first entry, byte by byte: int32, a number, 9 letters.
    XCTAssertEqual(saved.read(at: 24), 16 | 0 << 8 | 9 << 16)
    XCTAssertEqual(Array(saved.bytes[32..<48]), Array("algorithm".utf8) + [UInt8](repeating: 0, count: 7))
    XCTAssertEqual(saved.read(at: 48), 2)
    // A matrix: float32, 1 x 1.
    let name = Array("tensor.0.velocity".utf8)
    let place = saved.bytes.firstRange(of: name)!.lowerBound - 24
    XCTAssertEqual(saved.read(at: place), UInt64(1 | 2 << 8 | name.count << 16))
    XCTAssertEqual([saved.read(at: place + 8), saved.read(at: place + 16)], [1, 1])
    XCTAssertEqual(saved.read(at: place + 48), UInt64((-0.5 as Float).bitPattern))
    XCTAssertEqual(saved.bytes.count, place + 56 + 8)
    let own = [
      "dialect", "learning_rate", "momentum_decay", "weight_decay", "clip_value", "clip_norm", "maximize",
      "decoupled_weight_decay", "not_finite_policy", "track_health", "schedule", "warmup_steps", "schedule_steps",
      "schedule_factor", "schedule_power", "schedule_floor", "cycle_factor", "cycle_rise", "cycle_start", "patience",
      "dampening", "rate_free_weight_decay", "plateau_rises", "plateau_threshold", "cooldown", "cycle_decay",
      "average", "average_decay", "average_start",
      "lookahead_steps", "lookahead_rate", "accumulate_steps", "centralize", "adaptive_clip", "cautious",
      "state_dtype", "stochastic_rounding", "rounding_seed", "gradient_scale",
    ]
    XCTAssertEqual(
      saved.names,
      ["algorithm", "step_count", "plateau.factor", "plateau.best", "plateau.reports", "plateau.cooldown"]
        + [
          "step", "gradient_norm", "update_norm", "parameter_norm", "update_ratio", "update_cosine", "zero_fraction",
          "clipped_steps", "skipped_steps", "not_finite", "state_not_finite",
        ].map { "health.\($0)" } + own.map { "options.\($0)" }
        + [
          "options_set", "groups", "group.3.clip_value", "tensors", "tensor.0.rows", "tensor.0.columns",
          "tensor.0.dtype", "tensor.0.velocity",
        ])
    XCTAssertEqual(saved["options_set"], 1)
    XCTAssertEqual(saved["groups"], 3)
    XCTAssertEqual(saved["group.3.clip_value"], (2.0).bitPattern)
  }
}
