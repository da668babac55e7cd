import CDescent
import DescentABI
import XCTest

/// Bad input to functions of one's own, to searches and to initialization: its status, its text, and nothing changed.
final class BadObjectiveInputTests: XCTestCase {
  private let caller = Caller()
  private let bowl = CallerFunction.bowl()
  private let invalid = DESCENT_ERROR_INVALID_ARGUMENT
  private let null = DESCENT_ERROR_NULL_POINTER
  private lazy var x = caller.makeBlock("x", [1.5, -2.5])
  private lazy var out = caller.makeBlock("out", [7.5, 8.5])
  private lazy var result = caller.makeBlock("result", [descent_result.empty])
  private lazy var report = caller.makeBlock("report", [descent_gradient_report.empty])

  /// The sizes that every function of n numbers refuses.
  private let badSizes: [(n: Int, text: String)] = [
    (0, "n: 0 is outside [1, inf)"), (-1, "n: 18446744073709551615 overflows"),
    (.min, "n: 9223372036854775808 overflows"), (.max, "n: 9223372036854775807 numbers of float64 overflow"),
    (1 << 60, "n: 1152921504606846976 numbers of float64 overflow"),
  ]

  /// The arguments of the two minimizations; what is not given is all right.
  private struct Minimization {
    var optimizer: OpaquePointer?
    var n = 2
    var x: UnsafeMutablePointer<Double>?
    var objective: descent_objective? = CallerFunction.objective
    var context: UnsafeMutableRawPointer?
    var method: descent_difference?
    var step = 0.0
    var stop: descent_stop? = .after(steps: 3)
    var result: UnsafeMutablePointer<descent_result>?

    func call() -> descent_status {
      withUnsafePointer(to: stop ?? .after(steps: 1)) { pointer in
        let stop = stop == nil ? nil : pointer
        guard let method else {
          return descent_minimize(optimizer, n, x, objective, context, stop, nil, nil, result)
        }
        return descent_minimize_numerically(
          optimizer, n, x, objective, context, method, step, stop, nil, nil, result)
      }
    }
  }

  private func minimization(_ method: descent_difference?, _ change: (inout Minimization) -> Void) -> Minimization {
    var minimization = Minimization(
      optimizer: caller.fresh, x: x, context: bowl.context, method: method, result: result)
    change(&minimization)
    return minimization
  }

  func testMinimize() {
    let wrongSize = caller.makeBlock("wrong result", [descent_result()])
    for method in [nil, DESCENT_CENTRAL] as [descent_difference?] {
      var refusals: [Refusal] = []
      func refuse(
        _ status: descent_status, _ text: String, line: UInt = #line, _ change: (inout Minimization) -> Void
      ) {
        let call = minimization(method, change)
        refusals.append(Refusal(status, text, line: line) { call.call() })
      }
      refuse(null, "optimizer is NULL") { $0.optimizer = nil }
      refuse(null, "x is NULL") { $0.x = nil }
      refuse(null, "objective is NULL") { $0.objective = nil }
      refuse(null, "stop is NULL") { $0.stop = nil }
      refuse(null, "result is NULL") { $0.result = nil }
      refuse(invalid, "result: struct_size is 0") { $0.result = wrongSize }
      for (n, text) in badSizes { refuse(invalid, text) { $0.n = n } }
      refuse(DESCENT_ERROR_OUT_OF_MEMORY, "no memory for ") { $0.n = 1 << 58 }
      refuse(invalid, "stop: struct_size is 0, but ") { $0.stop!.struct_size = 0 }
      refuse(invalid, "stop: struct_size is 65, but ") { $0.stop!.struct_size += 1 }
      refuse(invalid, "stop: reserved: 5 is not 0") { $0.stop!.reserved = 5 }
      refuse(invalid, "stop: reserved_2: 5 is not 0") { $0.stop!.reserved_2 = 5 }
      refuse(invalid, "stop: return_best: 2 is neither 0 nor 1") { $0.stop!.return_best = 2 }
      refuse(invalid, "stop: all criteria are 0") { $0.stop!.max_steps = 0 }
      let tolerances: [(WritableKeyPath<descent_stop, Double>, String)] = [
        (\.gradient_tolerance, "gradient_tolerance"), (\.value_tolerance, "value_tolerance"),
        (\.max_seconds, "max_seconds"),
      ]
      for (path, name) in tolerances {
        for (bad, text) in [(-1, "-1"), (.nan, "nan"), (.infinity, "inf")] as [(Double, String)] {
          refuse(invalid, "stop: \(name): \(text) is outside [0, inf)") { $0.stop![keyPath: path] = bad }
        }
      }
      refuse(invalid, "stop: target_value: nan is not finite") { $0.stop!.target_value = .nan }
      refuse(invalid, "stop: target_value: -inf is not finite") { $0.stop!.target_value = -.infinity }
      refuse(DESCENT_ERROR_SHAPE_MISMATCH, "count: 1 tensors, but the first step had 3") {
        $0.optimizer = caller.stepped
      }
      assertRefused(refusals, caller)
    }
    assertRefused(
      [(descent_difference(rawValue: 0), 0), (descent_difference(rawValue: 4), 0)].map { method, step in
        let call = minimization(method) { $0.step = Double(step) }
        return Refusal(invalid, "method: there is no difference \(method.rawValue)") { call.call() }
      }, caller)
    let lost = minimization(DESCENT_CENTRAL) { $0.step = 1e-30 }
    let negative = minimization(DESCENT_FORWARD) { $0.step = -1 }
    assertRefused(
      [
        Refusal(invalid, "step: 1e-30 is lost in x[0] = 1.5") { lost.call() },
        Refusal(invalid, "step: -1 is outside [0, inf)") { negative.call() },
      ], caller)
    XCTAssertEqual(bowl.calls, 0)
  }

  func testNumericGradient() {
    let objective = CallerFunction.objective
    let (x, out, context) = (self.x, self.out, bowl.context)
    func gradient(_ n: Int, _ method: UInt32 = 2, _ step: Double = 0) -> descent_status {
      descent_numeric_gradient(n, x, objective, context, descent_difference(rawValue: method), step, out)
    }
    var refusals = [
      Refusal(null, "x is NULL") {
        descent_numeric_gradient(2, nil, objective, context, DESCENT_CENTRAL, 0, out)
      },
      Refusal(null, "objective is NULL") { descent_numeric_gradient(2, x, nil, nil, DESCENT_CENTRAL, 0, out) },
      Refusal(null, "gradient is NULL") {
        descent_numeric_gradient(2, x, objective, context, DESCENT_CENTRAL, 0, nil)
      },
      Refusal(invalid, "method: there is no difference 0") { gradient(2, 0) },
      Refusal(invalid, "method: there is no difference 4294967295") { gradient(2, .max) },
      Refusal(invalid, "step: -0.5 is outside [0, inf)") { gradient(2, 2, -0.5) },
      Refusal(invalid, "step: nan is outside [0, inf)") { gradient(2, 2, .nan) },
      Refusal(invalid, "step: inf is outside [0, inf)") { gradient(2, 2, .infinity) },
      Refusal(invalid, "step: 1e-20 is lost in x[0] = 1.5") { gradient(2, 3, 1e-20) },
      Refusal(DESCENT_ERROR_OUT_OF_MEMORY, "no memory for ") { gradient(1 << 58) },
    ]
    for (n, text) in badSizes { refusals.append(Refusal(invalid, text) { gradient(n) }) }
    let torn = CallerFunction { x, _ in x[1] > -2.5 ? .nan : 0 }
    for method: UInt32 in 1...3 {
      refusals.append(
        Refusal(DESCENT_ERROR_NOT_FINITE, "objective: its value is NaN or infinite near x[1] = -2.5") {
          descent_numeric_gradient(2, x, objective, torn.context, descent_difference(rawValue: method), 0, out)
        })
    }
    assertRefused(refusals, caller)
    XCTAssertEqual(bowl.calls, 0)
  }

  func testGradientCheck() {
    let objective = CallerFunction.objective
    let (x, report, context) = (self.x, self.report, bowl.context)
    var grown = descent_gradient_report.empty
    grown.struct_size += 4
    var reserved = descent_gradient_report.empty
    reserved.reserved = 1
    let (wrongSize, wrongReserved) = (
      caller.makeBlock("grown report", [grown]), caller.makeBlock("reserved report", [reserved])
    )
    let bad = CallerFunction { _, _ in .nan }
    let silent = CallerFunction { _, _ in 0 }
    for isSubset in [false, true] {
      func check(
        _ n: Int, _ x: UnsafePointer<Double>?, _ objective: descent_objective?, _ step: Double = 0,
        context: UnsafeMutableRawPointer, _ report: UnsafeMutablePointer<descent_gradient_report>?
      ) -> descent_status {
        isSubset
          ? descent_gradient_check_subset(n, x, objective, context, step, 1, 1, report)
          : descent_gradient_check(n, x, objective, context, step, report)
      }
      var refusals = [
        Refusal(null, "x is NULL") { check(2, nil, objective, context: context, report) },
        Refusal(null, "objective is NULL") { check(2, x, nil, context: context, report) },
        Refusal(null, "report is NULL") { check(2, x, objective, context: context, nil) },
        Refusal(invalid, "report: struct_size is 92") { check(2, x, objective, context: context, wrongSize) },
        Refusal(invalid, "report: reserved: 1 is not 0") { check(2, x, objective, context: context, wrongReserved) },
        Refusal(invalid, "step: -1 is outside [0, inf)") { check(2, x, objective, -1, context: context, report) },
        Refusal(invalid, "step: nan is outside [0, inf)") { check(2, x, objective, .nan, context: context, report) },
        Refusal(DESCENT_ERROR_NOT_FINITE, "objective: its value at x is nan") {
          check(2, x, objective, context: bad.context, report)
        },
        Refusal(DESCENT_ERROR_NOT_FINITE, "objective: gradient[0] is nan, or was not written") {
          check(2, x, objective, context: silent.context, report)
        },
      ]
      for (n, text) in badSizes {
        refusals.append(Refusal(invalid, text) { check(n, x, objective, context: context, report) })
      }
      assertRefused(refusals, caller)
    }
    assertRefused(
      [0, 3, -1].map { count in
        Refusal(invalid, "count: \(UInt(bitPattern: count)) is outside [1, 2]") {
          descent_gradient_check_subset(2, x, objective, context, 0, count, 1, report)
        }
      }, caller)
  }

  func testRandomSearch() {
    let objective = CallerFunction.objective
    let (x, result, context) = (self.x, self.result, bowl.context)
    let wrongSize = caller.makeBlock("wrong result", [descent_result()])
    let right = descent_search_options.trials(3)
    func search(_ n: Int, _ options: descent_search_options) -> descent_status {
      withUnsafePointer(to: options) { descent_random_search(n, x, objective, context, $0, nil, nil, result) }
    }
    func searchClassifier(_ options: descent_search_options) -> descent_status {
      withUnsafePointer(to: options) { options in
        withUnsafePointer(to: caller.data) {
          descent_classifier_random_search(caller.classifier, $0, options, nil, nil, result)
        }
      }
    }
    var refusals = [
      Refusal(null, "x is NULL") {
        withUnsafePointer(to: right) { descent_random_search(2, nil, objective, context, $0, nil, nil, result) }
      },
      Refusal(null, "objective is NULL") {
        withUnsafePointer(to: right) { descent_random_search(2, x, nil, context, $0, nil, nil, result) }
      },
      Refusal(null, "options is NULL") { descent_random_search(2, x, objective, context, nil, nil, nil, result) },
      Refusal(null, "result is NULL") {
        withUnsafePointer(to: right) { descent_random_search(2, x, objective, context, $0, nil, nil, nil) }
      },
      Refusal(invalid, "result: struct_size is 0") {
        withUnsafePointer(to: right) { descent_random_search(2, x, objective, context, $0, nil, nil, wrongSize) }
      },
      Refusal(DESCENT_ERROR_OUT_OF_MEMORY, "no memory for ") { search(1 << 58, right) },
    ]
    for (n, text) in badSizes { refusals.append(Refusal(invalid, text) { search(n, right) }) }
    let badOptions: [(String, (inout descent_search_options) -> Void)] = [
      ("options: struct_size is 31", { $0.struct_size = 31 }),
      ("options: mode: there is no search mode 0", { $0.mode = 0 }),
      ("options: mode: there is no search mode -1", { $0.mode = -1 }),
      ("options: mode: there is no search mode 3", { $0.mode = 3 }),
      ("options: trials: 0 is outside [1, 18446744073709551615]", { $0.trials = 0 }),
      ("options: scale: -1 is outside [0, inf)", { $0.scale = -1 }),
      ("options: scale: nan is outside [0, inf)", { $0.scale = .nan }),
      ("options: scale: inf is outside [0, inf)", { $0.scale = .infinity }),
    ]
    for (text, change) in badOptions {
      let options = right.changed(change)
      refusals.append(Refusal(invalid, text) { search(2, options) })
      refusals.append(Refusal(invalid, text) { searchClassifier(options) })
    }
    assertRefused(refusals, caller)
    XCTAssertEqual(bowl.calls, 0)
  }

  func testClassifier() {
    let (classifier, right, report, result) = (caller.classifier, caller.data, self.report, self.result)
    func check(_ data: descent_dataset, step: Double = 0, count: Int = 0) -> descent_status {
      withUnsafePointer(to: data) { descent_classifier_gradient_check(classifier, $0, step, count, 1, report) }
    }
    func search(_ data: descent_dataset) -> descent_status {
      var options = descent_search_options.trials(2)
      return withUnsafePointer(to: data) {
        descent_classifier_random_search(classifier, $0, &options, nil, nil, result)
      }
    }
    var refusals = [
      Refusal(null, "classifier is NULL") {
        withUnsafePointer(to: right) { descent_classifier_gradient_check(nil, $0, 0, 0, 1, report) }
      },
      Refusal(null, "data is NULL") { descent_classifier_gradient_check(classifier, nil, 0, 0, 1, report) },
      Refusal(null, "report is NULL") {
        withUnsafePointer(to: right) { descent_classifier_gradient_check(classifier, $0, 0, 0, 1, nil) }
      },
      Refusal(invalid, "step: -1 is outside [0, inf)") { check(right, step: -1) },
      Refusal(invalid, "step: inf is outside [0, inf)") { check(right, step: .infinity) },
      Refusal(invalid, "count: 16 is outside [0, 15]") { check(right, count: 16) },
      Refusal(invalid, "count: 18446744073709551615 is outside [0, 15]") { check(right, count: -1) },
      Refusal(null, "classifier is NULL") {
        var options = descent_search_options.trials(2)
        return withUnsafePointer(to: right) {
          descent_classifier_random_search(nil, $0, &options, nil, nil, result)
        }
      },
      Refusal(null, "data is NULL") {
        var options = descent_search_options.trials(2)
        return descent_classifier_random_search(classifier, nil, &options, nil, nil, result)
      },
      Refusal(null, "options is NULL") {
        withUnsafePointer(to: right) { descent_classifier_random_search(classifier, $0, nil, nil, nil, result) }
      },
      Refusal(null, "result is NULL") {
        var options = descent_search_options.trials(2)
        return withUnsafePointer(to: right) {
          descent_classifier_random_search(classifier, $0, &options, nil, nil, nil)
        }
      },
    ]
    let badLabels = caller.makeBlock("bad labels", [0, 1, 2, 3, 0, 0, 0] as [Int32])
    let badFeatures = caller.makeBlock("bad features", [Float](repeating: .nan, count: 28))
    let badData: [(descent_status, String, (inout descent_dataset) -> Void)] = [
      (null, "data: labels is NULL", { $0.labels = nil }), (null, "data: features is NULL", { $0.features = nil }),
      (invalid, "data: samples: 0 is outside [1, inf)", { $0.samples = 0 }),
      (invalid, "data: samples: 18446744073709551615 overflows", { $0.samples = -1 }),
      (DESCENT_ERROR_SHAPE_MISMATCH, "data: dimension: 3, but the classifier has 4", { $0.dimension = 3 }),
      (invalid, "labels[3]: 3 is outside [0, 3)", { $0.labels = UnsafePointer(badLabels) }),
    ]
    for (status, text, change) in badData {
      let data = caller.data(change)
      refusals.append(Refusal(status, text) { check(data) })
      refusals.append(Refusal(status, text) { search(data) })
    }
    let notFinite = caller.data { $0.features = UnsafeRawPointer(badFeatures) }
    refusals.append(Refusal(DESCENT_ERROR_NOT_FINITE, "classifier: its loss is nan") { check(notFinite) })
    assertRefused(refusals, caller)
  }

  func testInitialize() {
    let values = caller.makeBlock("values", [Double](repeating: 3, count: 6))
    func initialize(
      _ initializer: UInt32 = 2, _ dtype: UInt32 = 2, _ rows: Int = 2, _ columns: Int = 3, _ scale: Double = 1
    ) -> descent_status {
      descent_initialize(
        descent_initializer(rawValue: initializer), descent_dtype(rawValue: dtype), rows, columns, scale, 1, values)
    }
    var refusals = [
      Refusal(null, "values is NULL") {
        descent_initialize(DESCENT_INITIALIZE_ZEROS, DESCENT_FLOAT32, 1, 1, 1, 1, nil)
      },
      Refusal(invalid, "rows: 0 is outside [1, inf)") { initialize(2, 2, 0) },
      Refusal(invalid, "columns: 0 is outside [1, inf)") { initialize(2, 2, 1, 0) },
      Refusal(invalid, "rows: 18446744073709551615 overflows") { initialize(2, 2, -1) },
      Refusal(invalid, "columns: 9223372036854775808 overflows") { initialize(2, 2, 1, .min) },
      Refusal(invalid, "rows * columns: 4611686018427387904 * 1 ") { initialize(2, 2, 1 << 62, 1) },
    ]
    for initializer: UInt32 in [0, 8, .max] {
      refusals.append(
        Refusal(invalid, "initializer: there is no initializer \(initializer)") { initialize(initializer) })
    }
    for dtype: UInt32 in [0, 3, 4] {
      refusals.append(Refusal(invalid, "dtype: \(dtype) is neither") { initialize(2, dtype) })
    }
    for initializer: UInt32 in 1...7 {
      for (bad, text) in [(-1, "-1"), (.nan, "nan"), (.infinity, "inf")] as [(Double, String)] {
        refusals.append(
          Refusal(invalid, "scale: \(text) is outside [0, inf)") { initialize(initializer, 2, 2, 3, bad) })
      }
    }
    assertRefused(refusals, caller)
  }
}
