import CDescent
import DescentABI
import Foundation
import XCTest

/// The C functions of options, groups, schedules, policies and the health record: what they do, and what they refuse.
final class OptimizerInterfaceTests: XCTestCase {
  private let invalid = DESCENT_ERROR_INVALID_ARGUMENT
  private let null = DESCENT_ERROR_NULL_POINTER

  private func expect(_ status: descent_status, _ expected: descent_status, _ text: String, line: UInt = #line) {
    XCTAssertEqual(status, expected, line: line)
    XCTAssertEqual(String(cString: descent_last_error()), text, line: line)
  }

  private func expectOK(_ status: descent_status, line: UInt = #line) {
    if status != DESCENT_OK { XCTFail(String(cString: descent_last_error()), line: line) }
  }

  private func withOptimizer(_ algorithm: descent_algorithm, _ body: (OpaquePointer) -> Void) {
    var optimizer: OpaquePointer?
    expectOK(descent_optimizer_create(algorithm, &optimizer))
    body(optimizer!)
    descent_optimizer_free(optimizer)
  }

  /// A step of one tensor, 1 × n, float64.
  private func step(
    _ optimizer: OpaquePointer, _ values: inout [Double], _ gradient: [Double], group: UInt32 = 0
  ) -> descent_status {
    values.withUnsafeMutableBytes { values in
      gradient.withUnsafeBytes { gradient in
        var tensor = descent_tensor(
          values: values.baseAddress, gradient: gradient.baseAddress, rows: 1,
          columns: gradient.count / MemoryLayout<Double>.stride,
          dtype: DESCENT_FLOAT64, group: group)
        return descent_optimizer_step(optimizer, &tensor, 1)
      }
    }
  }

  private func get(_ optimizer: OpaquePointer, _ option: descent_option, group: UInt32 = 0) -> Double {
    var value = -1.0
    expectOK(descent_optimizer_get_group(optimizer, group, option, &value))
    return value
  }

  func testNull() {
    withOptimizer(DESCENT_ADAM) { optimizer in
      var number = 7.0
      expect(descent_optimizer_set_group(nil, 1, DESCENT_BETA1, 0.5), null, "optimizer is NULL")
      expect(descent_optimizer_get_group(nil, 1, DESCENT_BETA1, &number), null, "optimizer is NULL")
      expect(descent_optimizer_get_group(optimizer, 0, DESCENT_BETA1, nil), null, "value is NULL")
      expect(descent_optimizer_learning_rate(nil, &number), null, "optimizer is NULL")
      expect(descent_optimizer_learning_rate(optimizer, nil), null, "learning_rate is NULL")
      expect(descent_optimizer_report_loss(nil, 1), null, "optimizer is NULL")
      var health = descent_health()
      health.struct_size = UInt32(MemoryLayout<descent_health>.size)
      expect(descent_optimizer_health(nil, &health), null, "optimizer is NULL")
      expect(descent_optimizer_health(optimizer, nil), null, "health is NULL")
      XCTAssertEqual(number, 7)
    }
  }

  func testGroups() {
    withOptimizer(DESCENT_ADAM) { optimizer in
      var number = 7.0
      let unknown = "group: there is no group 5; setting an option of it makes it"
      expect(descent_optimizer_get_group(optimizer, 5, DESCENT_BETA1, &number), invalid, unknown)
      expect(
        descent_optimizer_set_group(optimizer, 5, DESCENT_BETA1, .nan), invalid, "beta1: nan is outside [0, 1)")
      expect(
        descent_optimizer_set_group(optimizer, 5, DESCENT_BETA1, .infinity), invalid, "beta1: inf is outside [0, 1)")
      expect(
        descent_optimizer_set_group(optimizer, 5, descent_option(rawValue: 9), 0), invalid,
        "option: there is no option 9")
      expect(
        descent_optimizer_set_group(optimizer, 5, DESCENT_RHO, 0.5), DESCENT_ERROR_UNSUPPORTED,
        "rho: adam has no such option")
      expect(
        descent_optimizer_set_group(optimizer, 5, DESCENT_CLIP_NORM, 1), invalid,
        "clip_norm: holds for the whole optimizer, not for a group")
      expect(
        descent_optimizer_set_group(optimizer, 5, DESCENT_DIALECT, 1), invalid,
        "dialect: holds for the whole optimizer, not for a group")
      expect(descent_optimizer_get_group(optimizer, 5, DESCENT_BETA1, &number), invalid, unknown)
      XCTAssertEqual(number, 7, "a call that fails writes nothing")
      var values = [1.0]
      expect(step(optimizer, &values, [1], group: 5), invalid, "tensor 0: \(unknown)")
      XCTAssertEqual(values, [1])

      expectOK(descent_optimizer_set_group(optimizer, 5, DESCENT_LEARNING_RATE, 0))
      expectOK(descent_optimizer_set_group(optimizer, 0, DESCENT_BETA1, 0.25))
      XCTAssertEqual(get(optimizer, DESCENT_BETA1, group: 5), 0.25)
      XCTAssertEqual(get(optimizer, DESCENT_LEARNING_RATE, group: 5), 0)
      XCTAssertEqual(get(optimizer, DESCENT_LEARNING_RATE), 0.001)
      expectOK(step(optimizer, &values, [1], group: 5))
      XCTAssertEqual(values, [1])
      XCTAssertEqual(descent_optimizer_step_count(optimizer), 1)
    }
  }

  func testLearningRateAndReports() {
    withOptimizer(DESCENT_SGD) { optimizer in
      func rate() -> Double {
        var rate = -1.0
        expectOK(descent_optimizer_learning_rate(optimizer, &rate))
        return rate
      }
      XCTAssertEqual(rate(), 0.01)
      expectOK(descent_optimizer_set(optimizer, DESCENT_WARMUP_STEPS, 2))
      expectOK(descent_optimizer_set(optimizer, DESCENT_SCHEDULE, Double(DESCENT_SCHEDULE_PLATEAU.rawValue)))
      expectOK(descent_optimizer_set(optimizer, DESCENT_PATIENCE, 0))
      expectOK(descent_optimizer_set(optimizer, DESCENT_SCHEDULE_FACTOR, 0.5))
      XCTAssertEqual(rate(), 0.005)
      var values = [0.0]
      expectOK(step(optimizer, &values, [1]))
      XCTAssertEqual(values, [-0.005])
      XCTAssertEqual(rate(), 0.01)
      expect(descent_optimizer_report_loss(optimizer, .nan), invalid, "loss is NaN")
      for _ in 0..<2 { expectOK(descent_optimizer_report_loss(optimizer, 3)) }
      expect(descent_optimizer_report_loss(optimizer, -.nan), invalid, "loss is NaN")
      XCTAssertEqual(rate(), 0.005)
      expectOK(descent_optimizer_report_loss(optimizer, .infinity))
      XCTAssertEqual(rate(), 0.0025)
      expectOK(descent_optimizer_reset(optimizer))
      XCTAssertEqual(rate(), 0.005)
      expect(
        descent_optimizer_set(optimizer, DESCENT_SCHEDULE, 8.5), invalid,
        "schedule: 8.5 is not a whole number in [0, 8]")
      expect(
        descent_optimizer_set(optimizer, DESCENT_WARMUP_STEPS, .nan), invalid,
        "warmup_steps: nan is not a whole number in [0, 9007199254740992]")
    }
  }

  func testHealth() {
    withOptimizer(DESCENT_SGD) { optimizer in
      let size = UInt32(MemoryLayout<descent_health>.size)
      XCTAssertEqual(size, 96)
      for wrong in [0, 1, size - 1, size - 16, size + 1, .max] {
        var health = descent_health()
        health.struct_size = wrong
        health.gradient_norm = 3
        expect(
          descent_optimizer_health(optimizer, &health), invalid,
          "health: struct_size is \(wrong), but the struct that this library knows has 96 bytes")
        XCTAssertEqual(health.gradient_norm, 3)
      }
      for (option, value) in [(DESCENT_TRACK_HEALTH, 1.0), (DESCENT_LEARNING_RATE, 1), (DESCENT_CLIP_NORM, 4)] {
        expectOK(descent_optimizer_set(optimizer, option, value))
      }
      expectOK(
        descent_optimizer_set(optimizer, DESCENT_NOT_FINITE_POLICY, Double(DESCENT_SKIP.rawValue)))
      var values = [6.0, 8, 0, 0]
      expectOK(step(optimizer, &values, [3, 4, 0, 0]))
      expectOK(step(optimizer, &values, [.nan, 4, 0, 0]))
      var health = descent_health()
      (health.struct_size, health.reserved) = (size, 77)
      expectOK(descent_optimizer_health(optimizer, &health))
      XCTAssertEqual(health.struct_size, size)
      XCTAssertEqual(health.reserved, 0)
      XCTAssertEqual(health.step, 1)
      XCTAssertEqual(health.gradient_norm, 5)
      XCTAssertEqual(health.update_norm, 4, accuracy: 1e-14)
      XCTAssertEqual(health.parameter_norm, 10)
      XCTAssertEqual(health.update_ratio, 0.4, accuracy: 1e-15)
      XCTAssertEqual(health.update_cosine, 0)
      XCTAssertEqual(health.zero_fraction, 0.5)
      XCTAssertEqual(health.clipped_steps, 1)
      XCTAssertEqual(health.skipped_steps, 1)
      XCTAssertEqual(health.not_finite, 0)
    }
  }

  func testNotFinitePolicy() {
    withOptimizer(DESCENT_MOMENTUM) { optimizer in
      expect(
        descent_optimizer_set(optimizer, DESCENT_NOT_FINITE_POLICY, 3), invalid,
        "not_finite_policy: 3 is not a whole number in [0, 2]")
      expectOK(
        descent_optimizer_set(optimizer, DESCENT_NOT_FINITE_POLICY, Double(DESCENT_REFUSE.rawValue)))
      var values = [1.0, 2]
      expect(
        step(optimizer, &values, [1, -.infinity]), DESCENT_ERROR_NOT_FINITE,
        "tensor 0: gradient[1] is -inf, which not_finite_policy refuses")
      XCTAssertEqual(values, [1, 2])
      XCTAssertEqual(descent_optimizer_step_count(optimizer), 0)
      var (data, count): (UnsafeMutableRawPointer?, Int) = (nil, 0)
      expect(
        descent_optimizer_state(optimizer, 0, "velocity", &data, &count), invalid,
        "tensor: there is no state before the first step")
    }
  }

  func testStateOnDemand() {
    withOptimizer(DESCENT_ADAM) { optimizer in
      var (data, count): (UnsafeMutableRawPointer?, Int) = (nil, 9)
      var values = [1.0]
      expectOK(step(optimizer, &values, [1]))
      expect(
        descent_optimizer_state(optimizer, 0, "v_max", &data, &count), DESCENT_ERROR_UNKNOWN_NAME,
        "name: the options do not call for the state \"v_max\"")
      XCTAssertNil(data)
      XCTAssertEqual(count, 9)
      expect(
        descent_optimizer_set(optimizer, DESCENT_AMSGRAD, 1), invalid,
        "amsgrad: needs state, which is made in the first step only")
      expect(
        descent_optimizer_set(optimizer, DESCENT_DIALECT, 1), invalid,
        "dialect: can be changed before the first step only")
      XCTAssertEqual(get(optimizer, DESCENT_AMSGRAD), 0)
      XCTAssertEqual(get(optimizer, DESCENT_DIALECT), 0)
      expectOK(descent_optimizer_reset(optimizer))
      expectOK(descent_optimizer_set(optimizer, DESCENT_AMSGRAD, 1))
      expectOK(step(optimizer, &values, [1]))
      expectOK(descent_optimizer_state(optimizer, 0, "v_max", &data, &count))
      XCTAssertEqual(count, 1)
    }
  }

  /// descent_option_range() has the textbook's defaults.
  func testRanges() {
    for (algorithm, option, minimum, maximum, value) in [
      (DESCENT_ADAM, DESCENT_AMSGRAD, 0.0, 1.0, 0.0), (DESCENT_SGD, DESCENT_DIALECT, 0, 3, 0),
      (DESCENT_SGD, DESCENT_SCHEDULE_STEPS, 1, 0x1p53, 1000), (DESCENT_SGD, DESCENT_CYCLE_FACTOR, 1, .infinity, 1),
      (DESCENT_RMSPROP, DESCENT_MOMENTUM_DECAY, 0, 1 - 0x1p-53, 0), (DESCENT_MOMENTUM, DESCENT_DAMPENING, 0, 1, 0),
      (DESCENT_ADAGRAD, DESCENT_INITIAL_ACCUMULATOR, 0, .infinity, 0), (DESCENT_ADAM, DESCENT_CYCLE_START, 0, 1, 0.04),
    ] {
      var range = (-1.0, -1.0, -1.0)
      expectOK(descent_option_range(algorithm, option, &range.0, &range.1, &range.2))
      XCTAssertEqual(
        [range.0, range.1, range.2], [minimum, maximum, value], String(cString: descent_option_name(option)))
    }
    let switches = (0..<descent_option_count()).map { descent_option_at($0) }.filter { descent_option_is_switch($0) }
    XCTAssertEqual(
      switches,
      [
        DESCENT_BIAS_CORRECTION, DESCENT_MAXIMIZE, DESCENT_TRACK_HEALTH, DESCENT_CENTERED, DESCENT_AMSGRAD,
        DESCENT_NESTEROV_MOMENTUM, DESCENT_CLIP_UPDATE, DESCENT_VECTORS_TOO, DESCENT_SAFEGUARD_WARMUP,
        DESCENT_PLATEAU_RISES, DESCENT_CENTRALIZE, DESCENT_CAUTIOUS, DESCENT_ADAPTIVE_SCALE,
        DESCENT_NORMALIZE_GRADIENT, DESCENT_SCALE_BY_WEIGHTS, DESCENT_PRECONDITION_VECTORS,
        DESCENT_BFLOAT16_PRODUCTS, DESCENT_STOCHASTIC_ROUNDING,
      ])
  }

  /// The constants of an enum, name without its prefix to number, read from a header's text.
  private func constants(_ header: String, _ name: String, prefix: String) throws -> [String: UInt32] {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    let text = try String(contentsOf: folder.appendingPathComponent(header), encoding: .utf8)
    let start = try XCTUnwrap(text.range(of: "typedef enum \(name) {"), name).upperBound
    let end = try XCTUnwrap(text.range(of: "} \(name);"), name).lowerBound
    var found: [String: UInt32] = [:]
    for match in text[start..<end].matches(
      of: try Regex("\(prefix)(\\w+) = (\\d+)", as: (Substring, Substring, Substring).self))
    {
      found[String(match.1)] = UInt32(match.2)
    }
    return found
  }

  /// kernels.h repeats numbers of descent.h, and the library's names are those of the constants.
  func testNumbersAgree() throws {
    let kernels = "Sources/CDescentKernels/include/kernels.h"
    let options = try constants("include/descent.h", "descent_option", prefix: "DESCENT_")
    XCTAssertEqual(options, try constants(kernels, "kernel_option", prefix: "KERNEL_"))
    XCTAssertEqual(
      try constants("include/descent.h", "descent_dialect", prefix: "DESCENT_"),
      try constants(kernels, "kernel_dialect", prefix: "KERNEL_"))
    XCTAssertEqual(options.count, descent_option_count())
    for (name, number) in options {
      XCTAssertEqual(
        descent_option_name(descent_option(rawValue: number)).map { String(cString: $0) }, name.lowercased())
      var found = descent_option(rawValue: 0)
      expectOK(descent_option_from_name(name.lowercased(), &found))
      XCTAssertEqual(found.rawValue, number)
    }
    let schedules = try constants("include/descent.h", "descent_schedule", prefix: "DESCENT_SCHEDULE_")
    XCTAssertEqual(schedules.values.sorted(), Array(0...8))
  }
}
