import CDescent
import CDescentKernels
import DescentABI
import TestSupport
import XCTest

/// The numbers that compiled programs, saved files and bindings rely on. A line here may be added, never changed.
final class PinnedValuesTests: XCTestCase {
  private let statuses: [String: UInt32] = [
    "DESCENT_OK": 0, "DESCENT_ERROR_NULL_POINTER": 1, "DESCENT_ERROR_INVALID_ARGUMENT": 2,
    "DESCENT_ERROR_UNKNOWN_NAME": 3, "DESCENT_ERROR_SHAPE_MISMATCH": 4, "DESCENT_ERROR_NOT_FINITE": 5,
    "DESCENT_ERROR_OUT_OF_MEMORY": 6, "DESCENT_ERROR_CORRUPT_STATE": 7, "DESCENT_ERROR_UNSUPPORTED": 8,
    "DESCENT_ERROR_CANCELLED": 9,
  ]
  private let algorithms: [String: UInt32] = [
    "DESCENT_SGD": 1, "DESCENT_MOMENTUM": 2, "DESCENT_NESTEROV": 3, "DESCENT_ADAGRAD": 4, "DESCENT_RMSPROP": 5,
    "DESCENT_ADAM": 6,
    "DESCENT_ADAMW": 10, "DESCENT_ADAMAX": 11, "DESCENT_NADAM": 12, "DESCENT_RADAM": 13, "DESCENT_ADADELTA": 14,
    "DESCENT_RPROP": 15, "DESCENT_ASGD": 16, "DESCENT_LION": 17, "DESCENT_SIGNUM": 18, "DESCENT_ADAN": 19,
    "DESCENT_ADEMAMIX": 20, "DESCENT_ADABELIEF": 21, "DESCENT_YOGI": 22, "DESCENT_ADOPT": 23, "DESCENT_FTRL": 24,
    "DESCENT_SCHEDULE_FREE_SGD": 25, "DESCENT_SCHEDULE_FREE_ADAMW": 26,
    "DESCENT_MARS": 27, "DESCENT_LARS": 40, "DESCENT_LAMB": 41, "DESCENT_NOVOGRAD": 43, "DESCENT_PRODIGY": 44,
    "DESCENT_LBFGS": 80, "DESCENT_CONJUGATE_GRADIENT": 81,
  ]
  private let options: [String: UInt32] = [
    "DESCENT_LEARNING_RATE": 1, "DESCENT_MOMENTUM_DECAY": 2, "DESCENT_BETA1": 3, "DESCENT_BETA2": 4,
    "DESCENT_EPSILON": 5, "DESCENT_RHO": 6, "DESCENT_WEIGHT_DECAY": 7, "DESCENT_BIAS_CORRECTION": 8,
    "DESCENT_CLIP_VALUE": 20, "DESCENT_CLIP_NORM": 21, "DESCENT_MAXIMIZE": 22, "DESCENT_DECOUPLED_WEIGHT_DECAY": 23,
    "DESCENT_NOT_FINITE_POLICY": 24, "DESCENT_TRACK_HEALTH": 25, "DESCENT_SCHEDULE": 30, "DESCENT_WARMUP_STEPS": 31,
    "DESCENT_SCHEDULE_STEPS": 32, "DESCENT_SCHEDULE_FACTOR": 33, "DESCENT_SCHEDULE_POWER": 34,
    "DESCENT_SCHEDULE_FLOOR": 35, "DESCENT_CYCLE_FACTOR": 36, "DESCENT_CYCLE_RISE": 37, "DESCENT_CYCLE_START": 38,
    "DESCENT_PATIENCE": 39, "DESCENT_DIALECT": 40, "DESCENT_DAMPENING": 41, "DESCENT_CENTERED": 42,
    "DESCENT_AMSGRAD": 43, "DESCENT_LEARNING_RATE_DECAY": 44, "DESCENT_INITIAL_ACCUMULATOR": 45,
    "DESCENT_BETA3": 46, "DESCENT_EPSILON_ROOT": 47, "DESCENT_NESTEROV_MOMENTUM": 48, "DESCENT_ALPHA": 49,
    "DESCENT_ETA_MINUS": 50, "DESCENT_ETA_PLUS": 51, "DESCENT_MINIMUM_STEP": 52, "DESCENT_MAXIMUM_STEP": 53,
    "DESCENT_LAMBD": 54, "DESCENT_T0": 55, "DESCENT_BETA": 56, "DESCENT_L1": 57, "DESCENT_L2": 58,
    "DESCENT_RATE_POWER": 59, "DESCENT_AVERAGE_POWER": 60, "DESCENT_SLOW_WARMUP_STEPS": 61, "DESCENT_CLIP_UPDATE": 62,
    "DESCENT_PROXIMAL_WEIGHT_DECAY": 63,
    "DESCENT_TRUST_COEFFICIENT": 64,
    "DESCENT_GAMMA": 65,
    "DESCENT_VECTORS_TOO": 66,
    "DESCENT_VECTOR_LEARNING_RATE": 67,
    "DESCENT_VECTOR_BETA1": 68,
    "DESCENT_VECTOR_BETA2": 69,
    "DESCENT_VECTOR_WEIGHT_DECAY": 70,
    "DESCENT_INITIAL_DISTANCE": 71,
    "DESCENT_DISTANCE_COEFFICIENT": 72,
    "DESCENT_GROWTH_RATE": 73,
    "DESCENT_SAFEGUARD_WARMUP": 74,
    "DESCENT_RATE_FREE_WEIGHT_DECAY": 75,
    "DESCENT_PLATEAU_RISES": 76,
    "DESCENT_PLATEAU_THRESHOLD": 77,
    "DESCENT_COOLDOWN": 78,
    "DESCENT_CYCLE_DECAY": 79,
    "DESCENT_HISTORY": 100, "DESCENT_LINE_SEARCH_STEPS": 101, "DESCENT_WOLFE_DECREASE": 102,
    "DESCENT_WOLFE_CURVATURE": 103,
  ]
  private let losses: [String: UInt32] = [
    "DESCENT_SOFTMAX_CROSS_ENTROPY": 1, "DESCENT_MULTICLASS_HINGE": 2, "DESCENT_SQUARED_HINGE": 3,
    "DESCENT_SQUARED_ERROR": 20, "DESCENT_ABSOLUTE_ERROR": 21, "DESCENT_HUBER": 22, "DESCENT_LOGISTIC": 23,
  ]

  func testConstantsOfTheHeader() throws {
    XCTAssertEqual(try Header.constants(of: "descent_status"), statuses)
    XCTAssertEqual(try Header.constants(of: "descent_algorithm"), algorithms)
    XCTAssertEqual(try Header.constants(of: "descent_option"), options)
    XCTAssertEqual(
      try Header.constants(of: "descent_dtype"),
      [
        "DESCENT_FLOAT32": 1, "DESCENT_FLOAT64": 2, "DESCENT_UINT8": 3, "DESCENT_INT32": 16, "DESCENT_INT64": 17,
        "DESCENT_UINT32": 18, "DESCENT_UINT64": 19,
      ])
    XCTAssertEqual(
      try Header.constants(of: "descent_saved_kind"),
      ["DESCENT_SAVED_OPTIMIZER": 1, "DESCENT_SAVED_SAMPLER": 2, "DESCENT_SAVED_CLASSIFIER": 3])
    XCTAssertEqual(try Header.constants(of: "descent_loss"), losses)
    XCTAssertEqual(
      try Header.constants(of: "descent_sampling"),
      [
        "DESCENT_SAMPLE_SHUFFLE": 1, "DESCENT_SAMPLE_REPLACEMENT": 2, "DESCENT_SAMPLE_STRATIFIED": 3,
        "DESCENT_SAMPLE_WEIGHTED": 4,
      ])
  }

  /// Everything that the library lists has a constant of its name and number, and the other way round.
  func testWhatTheLibraryLists() {
    func assertListed(_ listed: [(name: UnsafePointer<CChar>?, number: UInt32)], _ constants: [String: UInt32]) {
      let pairs = listed.map { ("DESCENT_" + ($0.name.map { String(cString: $0) } ?? "?").uppercased(), $0.number) }
      XCTAssertEqual(Dictionary(pairs) { $0 + $1 }, constants)
      XCTAssertEqual(listed.map(\.number), constants.values.sorted(), "in the order of their values")
    }
    assertListed(
      (0..<descent_algorithm_count()).map {
        (descent_algorithm_name(descent_algorithm_at($0)), descent_algorithm_at($0).rawValue)
      }, algorithms)
    assertListed(
      (0..<descent_option_count()).map {
        (descent_option_name(descent_option_at($0)), descent_option_at($0).rawValue)
      }, options)
    assertListed(
      (0..<descent_loss_count()).map { (descent_loss_name(descent_loss_at($0)), descent_loss_at($0).rawValue) }, losses)
  }

  /// The kernels have numbers of their own, because they must not see the public header.
  func testNumbersOfTheKernels() {
    let kernelOptions: [(kernel: kernel_option, option: descent_option)] = [
      (KERNEL_LEARNING_RATE, DESCENT_LEARNING_RATE), (KERNEL_MOMENTUM_DECAY, DESCENT_MOMENTUM_DECAY),
      (KERNEL_BETA1, DESCENT_BETA1), (KERNEL_BETA2, DESCENT_BETA2), (KERNEL_EPSILON, DESCENT_EPSILON),
      (KERNEL_RHO, DESCENT_RHO), (KERNEL_WEIGHT_DECAY, DESCENT_WEIGHT_DECAY),
      (KERNEL_BIAS_CORRECTION, DESCENT_BIAS_CORRECTION), (KERNEL_CLIP_VALUE, DESCENT_CLIP_VALUE),
      (KERNEL_CLIP_NORM, DESCENT_CLIP_NORM), (KERNEL_MAXIMIZE, DESCENT_MAXIMIZE),
      (KERNEL_DECOUPLED_WEIGHT_DECAY, DESCENT_DECOUPLED_WEIGHT_DECAY),
      (KERNEL_NOT_FINITE_POLICY, DESCENT_NOT_FINITE_POLICY), (KERNEL_TRACK_HEALTH, DESCENT_TRACK_HEALTH),
      (KERNEL_SCHEDULE, DESCENT_SCHEDULE), (KERNEL_WARMUP_STEPS, DESCENT_WARMUP_STEPS),
      (KERNEL_SCHEDULE_STEPS, DESCENT_SCHEDULE_STEPS), (KERNEL_SCHEDULE_FACTOR, DESCENT_SCHEDULE_FACTOR),
      (KERNEL_SCHEDULE_POWER, DESCENT_SCHEDULE_POWER), (KERNEL_SCHEDULE_FLOOR, DESCENT_SCHEDULE_FLOOR),
      (KERNEL_CYCLE_FACTOR, DESCENT_CYCLE_FACTOR), (KERNEL_CYCLE_RISE, DESCENT_CYCLE_RISE),
      (KERNEL_CYCLE_START, DESCENT_CYCLE_START), (KERNEL_PATIENCE, DESCENT_PATIENCE), (KERNEL_DIALECT, DESCENT_DIALECT),
      (KERNEL_DAMPENING, DESCENT_DAMPENING), (KERNEL_CENTERED, DESCENT_CENTERED), (KERNEL_AMSGRAD, DESCENT_AMSGRAD),
      (KERNEL_LEARNING_RATE_DECAY, DESCENT_LEARNING_RATE_DECAY),
      (KERNEL_INITIAL_ACCUMULATOR, DESCENT_INITIAL_ACCUMULATOR),
      (KERNEL_BETA3, DESCENT_BETA3),
      (KERNEL_EPSILON_ROOT, DESCENT_EPSILON_ROOT),
      (KERNEL_NESTEROV_MOMENTUM, DESCENT_NESTEROV_MOMENTUM),
      (KERNEL_ALPHA, DESCENT_ALPHA),
      (KERNEL_ETA_MINUS, DESCENT_ETA_MINUS),
      (KERNEL_ETA_PLUS, DESCENT_ETA_PLUS),
      (KERNEL_MINIMUM_STEP, DESCENT_MINIMUM_STEP),
      (KERNEL_MAXIMUM_STEP, DESCENT_MAXIMUM_STEP),
      (KERNEL_LAMBD, DESCENT_LAMBD),
      (KERNEL_T0, DESCENT_T0),
      (KERNEL_BETA, DESCENT_BETA),
      (KERNEL_L1, DESCENT_L1),
      (KERNEL_L2, DESCENT_L2),
      (KERNEL_RATE_POWER, DESCENT_RATE_POWER),
      (KERNEL_AVERAGE_POWER, DESCENT_AVERAGE_POWER),
      (KERNEL_SLOW_WARMUP_STEPS, DESCENT_SLOW_WARMUP_STEPS),
      (KERNEL_CLIP_UPDATE, DESCENT_CLIP_UPDATE),
      (KERNEL_PROXIMAL_WEIGHT_DECAY, DESCENT_PROXIMAL_WEIGHT_DECAY),
      (KERNEL_TRUST_COEFFICIENT, DESCENT_TRUST_COEFFICIENT),
      (KERNEL_GAMMA, DESCENT_GAMMA),
      (KERNEL_VECTORS_TOO, DESCENT_VECTORS_TOO),
      (KERNEL_VECTOR_LEARNING_RATE, DESCENT_VECTOR_LEARNING_RATE),
      (KERNEL_VECTOR_BETA1, DESCENT_VECTOR_BETA1),
      (KERNEL_VECTOR_BETA2, DESCENT_VECTOR_BETA2),
      (KERNEL_VECTOR_WEIGHT_DECAY, DESCENT_VECTOR_WEIGHT_DECAY),
      (KERNEL_INITIAL_DISTANCE, DESCENT_INITIAL_DISTANCE),
      (KERNEL_DISTANCE_COEFFICIENT, DESCENT_DISTANCE_COEFFICIENT),
      (KERNEL_GROWTH_RATE, DESCENT_GROWTH_RATE),
      (KERNEL_SAFEGUARD_WARMUP, DESCENT_SAFEGUARD_WARMUP),
      (KERNEL_RATE_FREE_WEIGHT_DECAY, DESCENT_RATE_FREE_WEIGHT_DECAY),
      (KERNEL_PLATEAU_RISES, DESCENT_PLATEAU_RISES),
      (KERNEL_PLATEAU_THRESHOLD, DESCENT_PLATEAU_THRESHOLD),
      (KERNEL_COOLDOWN, DESCENT_COOLDOWN),
      (KERNEL_CYCLE_DECAY, DESCENT_CYCLE_DECAY),
      (KERNEL_HISTORY, DESCENT_HISTORY), (KERNEL_LINE_SEARCH_STEPS, DESCENT_LINE_SEARCH_STEPS),
      (KERNEL_WOLFE_DECREASE, DESCENT_WOLFE_DECREASE), (KERNEL_WOLFE_CURVATURE, DESCENT_WOLFE_CURVATURE),
    ]
    XCTAssertEqual(kernelOptions.count, descent_option_count())
    for (kernel, option) in kernelOptions { XCTAssertEqual(kernel.rawValue, option.rawValue) }

    for table in availableKernels() {
      let instructionSet = String(cString: table.pointee.instruction_set)
      let rules = (0..<table.pointee.rule_count).map { kernel_rule_at(table, $0).pointee }
      let ruleNumbers = rules.map { ("DESCENT_" + String(cString: $0.name).uppercased(), UInt32($0.algorithm)) }
      XCTAssertEqual(Dictionary(ruleNumbers) { $0 + $1 }, algorithms, instructionSet)
      let kernelLosses = (0..<table.pointee.loss_count).map { kernel_loss_at(table, $0).pointee }
      let lossNumbers = kernelLosses.map { ("DESCENT_" + String(cString: $0.name).uppercased(), UInt32($0.loss)) }
      XCTAssertEqual(Dictionary(lossNumbers) { $0 + $1 }, losses, instructionSet)
    }
  }

  func testSizesOfStructs() {
    XCTAssertEqual(MemoryLayout<descent_tensor>.size, 40)
    XCTAssertEqual(MemoryLayout<descent_dataset>.size, 48)
    XCTAssertEqual(MemoryLayout<descent_fit_options>.size, 32)
    XCTAssertEqual(MemoryLayout<descent_status>.size, 4)
  }
}
