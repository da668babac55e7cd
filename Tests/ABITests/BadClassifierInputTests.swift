import CDescent
import DescentABI
import XCTest

final class BadClassifierInputTests: XCTestCase {
  private let caller = Caller()
  private let invalid = DESCENT_ERROR_INVALID_ARGUMENT
  private let null = DESCENT_ERROR_NULL_POINTER

  func testCreate() {
    let out = caller.makeBlock("out", [OpaquePointer(bitPattern: 0xabc)])
    func create(_ dimension: Int, _ classes: Int, _ loss: UInt32 = 1) -> descent_status {
      descent_classifier_create(dimension, classes, descent_loss(rawValue: loss), out)
    }
    var refusals = [
      Refusal(null, "out is NULL") { descent_classifier_create(4, 3, DESCENT_MULTICLASS_HINGE, nil) },
      Refusal(invalid, "dimension: 0 is outside [1, inf)") { create(0, 3) },
      Refusal(invalid, "classes: 0 is outside [1, inf)") { create(4, 0) },
      Refusal(invalid, "dimension: 18446744073709551615 overflows") { create(-1, 3) },
      Refusal(invalid, "classes: 9223372036854775808 overflows") { create(4, .min) },
      Refusal(invalid, "dimension * classes: 9223372036854775807 * 3 ") { create(.max, 3) },
      Refusal(invalid, "dimension * classes: 4611686018427387904 * 1 ") { create(1 << 62, 1) },
      Refusal(invalid, "dimension, classes: 2147483647 and 3 must") { create(Int(Int32.max), 3) },
      Refusal(invalid, "dimension, classes: 4 and 4294967296 must") { create(4, 1 << 32) },
      Refusal(DESCENT_ERROR_OUT_OF_MEMORY, "no memory for ") { create(1 << 30, 1 << 30) },
    ]
    for loss: UInt32 in 20...27 {
      refusals.append(Refusal(invalid, "loss: ") { create(4, 3, loss) })
    }
    for loss: UInt32 in [0, 7, 19, 28, .max] {
      refusals.append(Refusal(invalid, "loss: there is no loss \(loss)") { create(4, 3, loss) })
    }
    assertRefused(refusals, caller)
  }

  func testScalars() {
    let classifier = caller.classifier
    var refusals = [
      Refusal(null, "classifier is NULL") { descent_classifier_set_l2(nil, 0.5) },
      Refusal(null, "classifier is NULL") { descent_classifier_initialize(nil, 0.5, 1) },
    ]
    for (value, text) in [(-1, "-1"), (-1e-300, "-1e-300"), (.nan, "nan"), (.infinity, "inf"), (-.infinity, "-inf")]
      as [(Double, String)]
    {
      refusals += [
        Refusal(invalid, "l2: \(text) is outside [0, inf)") { descent_classifier_set_l2(classifier, value) },
        Refusal(invalid, "standard_deviation: \(text) is outside [0, inf)") {
          descent_classifier_initialize(classifier, value, 1)
        },
      ]
    }
    assertRefused(refusals, caller)
  }

  func testParameters() {
    let classifier = caller.classifier
    let out = caller.makeBlock("out", [UnsafeMutablePointer<Float>(bitPattern: 0xabc)])
    assertRefused(
      [
        Refusal(null, "classifier is NULL") { descent_classifier_parameters(nil, out, out) },
        Refusal(null, "weights is NULL") { descent_classifier_parameters(classifier, nil, out) },
        Refusal(null, "bias is NULL") { descent_classifier_parameters(classifier, out, nil) },
      ], caller)
  }

  /// A call that takes a data set. All of them refuse bad data in the same way.
  private struct DataCall {
    let name: String
    let needsLabels: Bool
    let call: (OpaquePointer?, UnsafePointer<descent_dataset>?) -> descent_status
  }

  private func dataCalls() -> [DataCall] {
    let loss = caller.makeBlock("loss", [5.5])
    let accuracy = caller.makeBlock("accuracy", [6.5])
    let gradient = caller.makeBlock("weight gradient", [Float](repeating: 7, count: 12))
    let biasGradient = caller.makeBlock("bias gradient", [Float](repeating: 8, count: 3))
    let scores = caller.makeBlock("scores", [Float](repeating: 9, count: 21))
    let labels = caller.makeBlock("predicted labels", [Int32](repeating: 10, count: 7))
    let (fresh, trainer, options) = (caller.fresh, caller.trainer, caller.makeBlock("options", [caller.options]))
    return [
      DataCall(name: "fit, first", needsLabels: true) { descent_classifier_fit($0, fresh, $1, options, nil, nil) },
      DataCall(name: "fit, second", needsLabels: true) { descent_classifier_fit($0, trainer, $1, options, nil, nil) },
      DataCall(name: "evaluate", needsLabels: true) { descent_classifier_evaluate($0, $1, loss, accuracy) },
      DataCall(name: "loss_gradient", needsLabels: true) {
        descent_classifier_loss_gradient($0, $1, loss, gradient, biasGradient)
      },
      DataCall(name: "scores", needsLabels: false) { descent_classifier_scores($0, $1, scores) },
      DataCall(name: "predict", needsLabels: false) { descent_classifier_predict($0, $1, labels) },
    ]
  }

  func testData() {
    typealias Change = (inout descent_dataset) -> Void
    let mismatch = DESCENT_ERROR_SHAPE_MISMATCH
    var changes: [(status: descent_status, text: String, change: Change)] = [
      (null, "data: features is NULL", { $0.features = nil }),
      (invalid, "data: dtype: 0 is none of", { $0.dtype = descent_dtype(rawValue: 0) }),
      (invalid, "data: dtype: 6 is none of", { $0.dtype = descent_dtype(rawValue: 6) }),
      (invalid, "data: reserved: 1 is not 0", { $0.reserved = 1 }),
      (invalid, "data: dtype: 4294967295 is none of", { $0.dtype = descent_dtype(rawValue: .max) }),
      (invalid, "data: samples: 0 is outside [1, inf)", { $0.samples = 0 }),
      (invalid, "data: samples: 18446744073709551615 overflows", { $0.samples = -1 }),
      (invalid, "data: dimension: 0 is outside [1, inf)", { $0.dimension = 0 }),
      (invalid, "data: dimension: 9223372036854775808 overflows", { $0.dimension = .min }),
      (invalid, "data: samples: 9223372036854775807 overflows", { $0.samples = .max }),
      (invalid, "data: samples * dimension: 2305843009213693951 * 4 ", { $0.samples = .max / 4 }),
      (invalid, "data: samples * dimension: 1152921504606846976 * 4 ", { $0.samples = 1 << 60 }),
      (mismatch, "data: dimension: 3, but the classifier has 4", { $0.dimension = 3 }),
      (mismatch, "data: dimension: 5, but the classifier has 4", { $0.dimension = 5 }),
    ]
    for size: UInt32 in [0, 4, 47, 49, 71, 73, 95, 97, .max] {
      changes.append((invalid, "data: struct_size is \(size), ", { $0.struct_size = size }))
    }
    for value: Float in [.nan, .infinity, -.infinity] {
      changes.append((invalid, "data: scale: \(Double(value)) is not finite", { $0.scale = value }))
      changes.append((invalid, "data: offset: \(Double(value)) is not finite", { $0.offset = value }))
    }
    for call in dataCalls() {
      let (caller, classifier) = (caller, caller.classifier)
      var refusals = [
        Refusal(null, "classifier is NULL") { withUnsafePointer(to: caller.data) { call.call(nil, $0) } },
        Refusal(null, "data is NULL") { call.call(classifier, nil) },
      ]
      if call.needsLabels { changes.append((null, "data: labels is NULL", { $0.labels = nil })) }
      refusals += changes.map { status, text, change in
        Refusal(status, text) { withUnsafePointer(to: caller.data(change)) { call.call(classifier, $0) } }
      }
      if call.needsLabels { changes.removeLast() }
      assertRefused(refusals, caller)
    }
  }

  func testLabelsOutOfRange() {
    let (caller, classifier) = (caller, caller.classifier)
    let labels = caller.makeBlock("labels with a wrong one", [0, 2, 1, 1, 0, 2, 2] as [Int32])
    for call in dataCalls() where call.needsLabels {
      for position in 0..<Caller.samples {
        let kept = labels[position]
        for label: Int32 in [-1, 3, .min, .max] {
          labels[position] = label
          assertRefused(
            [
              Refusal(invalid, "labels[\(position)]: \(label) is outside [0, 3)") {
                withUnsafePointer(to: caller.data { $0.labels = UnsafePointer(labels) }) { call.call(classifier, $0) }
              }
            ], caller)
        }
        labels[position] = kept
      }
    }
  }

  func testResultsThatAreNull() {
    let (caller, classifier) = (caller, caller.classifier)
    let loss = caller.makeBlock("loss", [5.5])
    let gradient = caller.makeBlock("gradient", [Float](repeating: 7, count: 12))
    let data = caller.makeBlock("data", [caller.data])
    assertRefused(
      [
        Refusal(null, "loss is NULL") {
          descent_classifier_loss_gradient(classifier, data, nil, gradient, gradient)
        },
        Refusal(null, "weight_gradient is NULL") {
          descent_classifier_loss_gradient(classifier, data, loss, nil, gradient)
        },
        Refusal(null, "bias_gradient is NULL") {
          descent_classifier_loss_gradient(classifier, data, loss, gradient, nil)
        },
        Refusal(null, "scores is NULL") { descent_classifier_scores(classifier, data, nil) },
        Refusal(null, "labels is NULL") { descent_classifier_predict(classifier, data, nil) },
      ], caller)
  }

  func testFit() {
    typealias Change = (inout descent_fit_options) -> Void
    let (caller, classifier, stepped) = (caller, caller.classifier, caller.stepped)
    let (data, options) = (caller.makeBlock("data", [caller.data]), caller.makeBlock("options", [caller.options]))
    var changes: [(text: String, change: Change)] = [
      ("options: epochs: 0 is outside [1, ", { $0.epochs = 0 }),
      ("options: reserved: 1 is not 0", { $0.reserved = 1 }),
      ("options: reserved: 4294967295 is not 0", { $0.reserved = .max }),
    ]
    for size: UInt32 in [0, 4, 31, 33, 63, 65, 79, 81, .max] {
      changes.append(("options: struct_size is \(size), ", { $0.struct_size = size }))
    }
    for sampling: Int32 in [0, 5, -1, .min, .max] {
      changes.append(("options: sampling: there is no sampling \(sampling)", { $0.sampling = sampling }))
    }
    for optimizer in [caller.fresh, caller.trainer] {
      let refusals = changes.map { text, change in
        Refusal(invalid, text) {
          withUnsafePointer(to: caller.options(change)) {
            descent_classifier_fit(classifier, optimizer, data, $0, nil, nil)
          }
        }
      }
      assertRefused(
        refusals + [
          Refusal(null, "optimizer is NULL") { descent_classifier_fit(classifier, nil, data, options, nil, nil) },
          Refusal(null, "options is NULL") { descent_classifier_fit(classifier, optimizer, data, nil, nil, nil) },
        ], caller)
    }
    // Optimizers that know other tensors: three; two of another shape.
    let other = makeOptimizer(DESCENT_SGD)
    defer { descent_optimizer_free(other) }
    assertOK(descent_optimizer_step(other, [caller.tensors[0], caller.tensors[2]], 2))
    let mismatch = DESCENT_ERROR_SHAPE_MISMATCH
    assertRefused(
      [
        Refusal(mismatch, "optimizer: count: 2 tensors, but the first step had 3") {
          descent_classifier_fit(classifier, stepped, data, options, nil, nil)
        },
        Refusal(mismatch, "optimizer: tensor 0: 4 x 3 float32, but the first step had 2 x 3 float32") {
          descent_classifier_fit(classifier, other, data, options, nil, nil)
        },
      ], caller)
    XCTAssertEqual(descent_optimizer_step_count(other), 1)
  }

  /// Nothing was started by a fit that was refused: the optimizer still takes any tensors.
  func testARefusedFitLeavesTheOptimizerFresh() {
    testData()
    testFit()
    assertOK(descent_optimizer_step(caller.fresh, caller.tensors, 3))
  }
}
