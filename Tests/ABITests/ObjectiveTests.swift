import CDescent
import DescentABI
import XCTest

final class ObjectiveTests: XCTestCase {
  private let objective = CallerFunction.objective

  func testMinimize() {
    let bowl = CallerFunction.bowl()
    let optimizer = makeOptimizer(DESCENT_SGD, [DESCENT_LEARNING_RATE: 0.1])
    defer { descent_optimizer_free(optimizer) }
    var x = [5.0, -3]
    var stop = descent_stop.after(steps: 1000, gradient: 1e-6)
    var result = descent_result.empty
    assertOK(
      descent_minimize(
        optimizer, 2, &x, objective, bowl.context, &stop, CallerFunction.progress, bowl.context, &result))
    XCTAssertEqual(result.reason, DESCENT_REACHED_GRADIENT)
    XCTAssertEqual(result.evaluations, bowl.calls)
    XCTAssertEqual(result.steps, bowl.calls - 1)
    XCTAssertEqual(result.value, bowl.evaluate(x, nil))
    XCTAssertEqual(x[0], 1, accuracy: 1e-6)
    XCTAssertEqual(x[1], 2, accuracy: 1e-6)
    XCTAssertEqual(bowl.reports.count, Int(result.steps))
    XCTAssertEqual(bowl.reports.map(\.step), Array(1...result.steps))
    let last = bowl.reports.last!
    XCTAssertEqual(last.struct_size, UInt32(MemoryLayout<descent_progress_report>.size))
    XCTAssertEqual(last.epoch, 0)
    XCTAssertEqual(last.step_total, 1000)
    XCTAssertEqual(last.loss, result.value)
    XCTAssertEqual(last.gradient_norm, result.gradient_norm)
    XCTAssertEqual(last.learning_rate, 0.1)
    XCTAssertFalse(last.epoch_end)
  }

  func testMinimizeNumerically() {
    let methods: [(descent_difference, UInt64)] = [
      (DESCENT_FORWARD, 2), (DESCENT_CENTRAL, 4), (DESCENT_RICHARDSON, 8),
    ]
    for (method, cost) in methods {
      let bowl = CallerFunction.bowl()
      let optimizer = makeOptimizer(DESCENT_SGD, [DESCENT_LEARNING_RATE: 0.1])
      defer { descent_optimizer_free(optimizer) }
      var x = [5.0, -3]
      var stop = descent_stop.after(steps: 200)
      var result = descent_result.empty
      assertOK(
        descent_minimize_numerically(
          optimizer, 2, &x, objective, bowl.context, method, 1e-6, &stop, nil, nil, &result))
      XCTAssertEqual(result.reason, DESCENT_REACHED_STEPS)
      XCTAssertEqual(result.evaluations, bowl.calls)
      XCTAssertEqual(result.evaluations, 201 * (1 + cost))
      XCTAssertEqual(x[0], 1, accuracy: 1e-5)
      XCTAssertEqual(x[1], 2, accuracy: 1e-5)
    }
  }

  func testACallbackThatStopsLeavesTheHandleUsable() {
    let bowl = CallerFunction.bowl()
    let optimizer = makeOptimizer(DESCENT_ADAM)
    let whole = makeOptimizer(DESCENT_ADAM)
    defer {
      descent_optimizer_free(optimizer)
      descent_optimizer_free(whole)
    }
    var (x, y) = ([5.0, -3], [5.0, -3])
    var result = descent_result.empty
    var stop = descent_stop.after(steps: 100)
    bowl.stopAtStep = 30
    assertOK(
      descent_minimize(
        optimizer, 2, &x, objective, bowl.context, &stop, CallerFunction.progress, bowl.context, &result))
    XCTAssertEqual(result.reason, DESCENT_STOPPED_BY_CALLBACK)
    XCTAssertEqual(result.steps, 30)
    XCTAssertEqual(descent_optimizer_step_count(optimizer), 30)
    stop.max_steps = 70
    assertOK(descent_minimize(optimizer, 2, &x, objective, bowl.context, &stop, nil, nil, &result))
    stop.max_steps = 100
    assertOK(descent_minimize(whole, 2, &y, objective, bowl.context, &stop, nil, nil, &result))
    XCTAssertEqual(x, y)
  }

  /// The way out of an error in a caller's function: it returns NaN, and everything is usable afterwards.
  func testAnObjectiveThatGivesUp() {
    var giveUp = true
    let function = CallerFunction { x, gradient in
      gradient?[0] = 2 * x[0]
      return giveUp && abs(x[0]) < 0.5 ? .nan : x[0] * x[0]
    }
    let optimizer = makeOptimizer(DESCENT_SGD, [DESCENT_LEARNING_RATE: 0.1])
    defer { descent_optimizer_free(optimizer) }
    var x = [1.0]
    var result = descent_result.empty
    var stop = descent_stop.after(steps: 1000, gradient: 1e-9)
    assertOK(descent_minimize(optimizer, 1, &x, objective, function.context, &stop, nil, nil, &result))
    XCTAssertEqual(result.reason, DESCENT_DIVERGED)
    XCTAssertEqual(x[0], 0.512, accuracy: 1e-12)
    giveUp = false
    assertOK(descent_minimize(optimizer, 1, &x, objective, function.context, &stop, nil, nil, &result))
    XCTAssertEqual(result.reason, DESCENT_REACHED_GRADIENT)
  }

  /// Pointers need no alignment.
  func testUnalignedPoints() {
    let bowl = CallerFunction.bowl()
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: 40, alignment: 16)
    defer { bytes.deallocate() }
    for shift in [1, 4, 7] {
      let raw = bytes + shift
      raw.storeBytes(of: 5, as: Double.self)
      raw.storeBytes(of: -3, toByteOffset: 8, as: Double.self)
      let x = raw.assumingMemoryBound(to: Double.self)
      let out = (raw + 16).assumingMemoryBound(to: Double.self)
      assertOK(descent_numeric_gradient(2, x, objective, bowl.context, DESCENT_CENTRAL, 0, out))
      XCTAssertEqual((raw + 16).loadUnaligned(as: Double.self), 8, accuracy: 1e-7)
      let optimizer = makeOptimizer(DESCENT_SGD, [DESCENT_LEARNING_RATE: 0.1])
      defer { descent_optimizer_free(optimizer) }
      var (stop, result) = (descent_stop.after(steps: 100), descent_result.empty)
      assertOK(descent_minimize(optimizer, 2, x, objective, bowl.context, &stop, nil, nil, &result))
      XCTAssertEqual(raw.loadUnaligned(as: Double.self), 1, accuracy: 1e-6)
    }
  }

  func testNumericGradient() {
    let bowl = CallerFunction.bowl()
    for method in [DESCENT_FORWARD, DESCENT_CENTRAL, DESCENT_RICHARDSON] {
      let x = [3.0, -1]
      var gradient = [0.0, 0]
      assertOK(descent_numeric_gradient(2, x, objective, bowl.context, method, 0, &gradient))
      XCTAssertEqual(gradient[0], 4, accuracy: 1e-5)
      XCTAssertEqual(gradient[1], -12, accuracy: 1e-5)
      // The gradient may take the place of x.
      var same = x
      assertOK(
        same.withUnsafeMutableBufferPointer {
          descent_numeric_gradient(
            2, UnsafePointer($0.baseAddress), objective, bowl.context, method, 0, $0.baseAddress)
        })
      XCTAssertEqual(same, gradient)
    }
  }

  /// An error of one percent in one of 10,000 components, all of which are compared.
  func testGradientCheckOfTenThousand() {
    let objective: descent_objective = { count, x, gradient, context in
      let wrong = context!.assumingMemoryBound(to: Int.self).pointee
      var (sum, index) = (0.0, 0)
      while index < count {
        let a = x![index]
        sum += a * a * (a + 1)
        if let gradient { gradient[index] = (3 * a + 2) * a * (index == wrong ? 1.01 : 1) }
        index += 1
      }
      return sum
    }
    let count = 10_000
    let x = (0..<count).map { 0.1 + Double(($0 * 7919) % 1000) / 500 }
    for wrong in [-1, 7_777] {
      var (context, report) = (wrong, descent_gradient_report.empty)
      assertOK(descent_gradient_check(count, x, objective, &context, 0, &report))
      XCTAssertEqual(report.checked, count)
      XCTAssertEqual(report.suspected_kinks, 0)
      if wrong < 0 {
        XCTAssertLessThan(report.max_relative_error, 1e-4)
      } else {
        XCTAssertEqual(report.worst_index, wrong)
        XCTAssertEqual(report.max_relative_error, 0.01, accuracy: 2e-4)
        XCTAssertEqual(report.analytic / report.numeric, 1.01, accuracy: 1e-4)
      }
    }
  }

  func testGradientCheckOfASubset() {
    let function = CallerFunction { x, gradient in
      for index in x.indices { gradient?[index] = index == 5 ? 0.5 : 2 * x[index] }
      return x.reduce(0) { $0 + $1 * $1 }
    }
    let x = (1...20).map { Double($0) }
    var worst: Set<Int> = []
    for seed in 0..<40 as Range<UInt64> {
      var report = descent_gradient_report.empty
      assertOK(descent_gradient_check_subset(20, x, objective, function.context, 0, 7, seed, &report))
      XCTAssertEqual(report.checked, 7)
      XCTAssertEqual(report.max_relative_error > 0.5, report.worst_index == 5)
      if report.max_relative_error > 0.5 { worst.insert(report.worst_index) }
    }
    XCTAssertEqual(worst, [5])
  }

  func testRandomSearch() {
    let bowl = CallerFunction.bowl()
    for mode in [DESCENT_SEARCH_GLOBAL, DESCENT_SEARCH_LOCAL] {
      var (x, result) = ([5.0, -3], descent_result.empty)
      var options = descent_search_options.trials(500, mode: mode)
      let before = bowl.calls
      assertOK(
        descent_random_search(
          2, &x, objective, bowl.context, &options, CallerFunction.progress, bowl.context, &result))
      XCTAssertEqual(result.reason, DESCENT_REACHED_STEPS)
      XCTAssertEqual(result.steps, 500)
      XCTAssertEqual(result.evaluations, bowl.calls - before)
      XCTAssertEqual(result.value, bowl.evaluate(x, nil))
      XCTAssertEqual(bowl.reports.last?.loss, result.value)
      XCTAssertLessThan(result.value, 0.5)
    }
  }

  func testClassifier() {
    let caller = Caller()
    var (data, report, result) = (caller.data, descent_gradient_report.empty, descent_result.empty)
    for count in [0, 4] {
      assertOK(descent_classifier_gradient_check(caller.classifier, &data, 0, count, 1, &report))
      XCTAssertEqual(report.checked, count == 0 ? 15 : 4)
      XCTAssertLessThan(report.max_relative_error, 1e-4)
    }
    var options = descent_search_options.trials(300)
    let watcher = CallerFunction.bowl()
    watcher.stopAtStep = 100
    assertOK(
      descent_classifier_random_search(
        caller.classifier, &data, &options, CallerFunction.progress, watcher.context, &result))
    XCTAssertEqual(result.reason, DESCENT_STOPPED_BY_CALLBACK)
    XCTAssertEqual(result.steps, 100)
    var loss = 0.0
    assertOK(descent_classifier_evaluate(caller.classifier, &data, &loss, nil))
    XCTAssertEqual(loss, result.value)
    // The handle goes on as if nothing had been.
    var fit = caller.options
    assertOK(descent_classifier_fit(caller.classifier, caller.trainer, &data, &fit, nil, nil))
  }

  func testInitialize() {
    for initializer in [
      DESCENT_INITIALIZE_NORMAL, DESCENT_INITIALIZE_UNIFORM, DESCENT_INITIALIZE_XAVIER_NORMAL,
      DESCENT_INITIALIZE_XAVIER_UNIFORM, DESCENT_INITIALIZE_HE_NORMAL, DESCENT_INITIALIZE_HE_UNIFORM,
    ] {
      let block = Block("values", bytes: 4 * 6 + 1)
      let before = block.bytes
      assertOK(descent_initialize(initializer, DESCENT_FLOAT32, 2, 3, 0.5, 7, block.pointer + 1))
      let floats = (0..<6).map { (block.pointer + 1).loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
      var doubles = [Double](repeating: 0, count: 6)
      assertOK(descent_initialize(initializer, DESCENT_FLOAT64, 2, 3, 0.5, 7, &doubles))
      XCTAssertEqual(floats, doubles.map { Float($0) })
      XCTAssertEqual(Set(floats).count, 6)
      // Nothing beside them is touched.
      let after = block.bytes
      for index in before.indices where index < 65 || index >= 65 + 24 { XCTAssertEqual(before[index], after[index]) }
    }
    var zeros = [1.0, 2]
    assertOK(descent_initialize(DESCENT_INITIALIZE_ZEROS, DESCENT_FLOAT64, 1, 2, 1, 7, &zeros))
    XCTAssertEqual(zeros, [0, 0])
  }
}
