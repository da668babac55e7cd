import CDescent
import DescentABI
import XCTest

/// Bad input to the functions of optimizers: its status, its text, and nothing changed.
final class BadOptimizerInputTests: XCTestCase {
  private let caller = Caller()
  private let unknownAlgorithms: [UInt32] = [0, 7, 9, 63, 64, 255, .max]

  func testCreate() {
    let out = caller.makeBlock("out", [OpaquePointer(bitPattern: 0xabc)])
    var refusals = [
      Refusal(DESCENT_ERROR_NULL_POINTER, "out is NULL") { descent_optimizer_create(DESCENT_ADAM, nil) }
    ]
    for number in unknownAlgorithms {
      refusals.append(
        Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "algorithm: there is no algorithm \(number)") {
          descent_optimizer_create(descent_algorithm(rawValue: number), out)
        })
    }
    assertRefused(refusals, caller)
  }

  func testOptions() {
    let value = caller.makeBlock("value", [4.5])
    let (fresh, stepped) = (caller.fresh, caller.stepped)
    var refusals = [
      Refusal(DESCENT_ERROR_NULL_POINTER, "optimizer is NULL") { descent_optimizer_set(nil, DESCENT_BETA1, 0.5) },
      Refusal(DESCENT_ERROR_NULL_POINTER, "optimizer is NULL") { descent_optimizer_get(nil, DESCENT_BETA1, value) },
      Refusal(DESCENT_ERROR_NULL_POINTER, "value is NULL") { descent_optimizer_get(fresh, DESCENT_BETA1, nil) },
      Refusal(DESCENT_ERROR_UNSUPPORTED, "rho: adam has no such option") {
        descent_optimizer_set(stepped, DESCENT_RHO, 0.5)
      },
      Refusal(DESCENT_ERROR_UNSUPPORTED, "rho: adam has no such option") {
        descent_optimizer_get(stepped, DESCENT_RHO, value)
      },
      Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "learning_rate: nan is outside [0, inf)") {
        descent_optimizer_set(stepped, DESCENT_LEARNING_RATE, .nan)
      },
      Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "beta2: 1 is outside [0, 1)") {
        descent_optimizer_set(stepped, DESCENT_BETA2, 1)
      },
      Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "bias_correction: 0.5 is neither 0 nor 1") {
        descent_optimizer_set(stepped, DESCENT_BIAS_CORRECTION, 0.5)
      },
    ]
    for number: UInt32 in [0, 9, 19, 127, 128, 1000, .max] {
      let option = descent_option(rawValue: number)
      refusals += [
        Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "option: there is no option \(number)") {
          descent_optimizer_set(fresh, option, 0.5)
        },
        Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "option: there is no option \(number)") {
          descent_optimizer_get(fresh, option, value)
        },
      ]
    }
    assertRefused(refusals, caller)
  }

  func testReset() {
    assertRefused(
      [Refusal(DESCENT_ERROR_NULL_POINTER, "optimizer is NULL") { descent_optimizer_reset(nil) }], caller)
  }

  func testState() {
    let data = caller.makeBlock("data", [UnsafeMutableRawPointer(bitPattern: 0xdef)])
    let count = caller.makeBlock("count", [77])
    let (fresh, stepped, trainer) = (caller.fresh, caller.stepped, caller.trainer)
    var refusals = [
      Refusal(DESCENT_ERROR_NULL_POINTER, "optimizer is NULL") { descent_optimizer_state(nil, 0, "m", data, count) },
      Refusal(DESCENT_ERROR_NULL_POINTER, "name is NULL") { descent_optimizer_state(stepped, 0, nil, data, count) },
      Refusal(DESCENT_ERROR_NULL_POINTER, "data is NULL") { descent_optimizer_state(stepped, 0, "m", nil, count) },
      Refusal(DESCENT_ERROR_NULL_POINTER, "count is NULL") { descent_optimizer_state(stepped, 0, "m", data, nil) },
      Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "tensor: there is no state before the first step") {
        descent_optimizer_state(fresh, 0, "m", data, count)
      },
      Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "tensor: 3 is outside [0, 3)") {
        descent_optimizer_state(stepped, 3, "m", data, count)
      },
      Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "tensor: 9223372036854775807 is outside [0, 3)") {
        descent_optimizer_state(stepped, .max, "v", data, count)
      },
      Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "tensor: 18446744073709551615 is outside [0, 2)") {
        descent_optimizer_state(trainer, -1, "velocity", data, count)
      },
    ]
    let unknown: [(optimizer: OpaquePointer, algorithm: String, names: [String])] = [
      (stepped, "adam", ["", "M", "m ", "mm", "velocity"]), (trainer, "momentum", ["m", "velocit", "velocity2"]),
      (fresh, "adam", ["mean_square"]),
    ]
    for (optimizer, algorithm, names) in unknown {
      for name in names {
        refusals.append(
          Refusal(DESCENT_ERROR_UNKNOWN_NAME, "name: \(algorithm) has no state \"\(name)\"") {
            descent_optimizer_state(optimizer, 0, name, data, count)
          })
      }
    }
    assertRefused(refusals, caller)
  }

  func testNames() {
    typealias FromName = (UnsafePointer<CChar>?, UnsafeMutablePointer<UInt32>?) -> descent_status
    func withOut<Number>(
      _ function: @escaping (UnsafePointer<CChar>?, UnsafeMutablePointer<Number>?) -> descent_status, _: Number.Type
    ) -> FromName {
      { name, out in function(name, out.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: Number.self) }) }
    }
    let functions: [(kind: String, call: FromName)] = [
      ("algorithm", withOut({ descent_algorithm_from_name($0, $1) }, descent_algorithm.self)),
      ("option", withOut({ descent_option_from_name($0, $1) }, descent_option.self)),
      ("loss", withOut({ descent_loss_from_name($0, $1) }, descent_loss.self)),
    ]
    let out = caller.makeBlock("out", [12345 as UInt32])
    let names = ["", " ", "Adam", "adam ", "ada", "adamv", "Learning_Rate", "beta4", "hinge", "DESCENT_SGD"]
    for (kind, call) in functions {
      var refusals = [
        Refusal(DESCENT_ERROR_NULL_POINTER, "name is NULL") { call(nil, out) },
        Refusal(DESCENT_ERROR_NULL_POINTER, "out is NULL") { call("adam", nil) },
        Refusal(DESCENT_ERROR_UNKNOWN_NAME, "name: there is no \(kind) \"xxxxxxxxxxxx") {
          call(String(repeating: "x", count: 100_000), out)
        },
      ]
      for name in names {
        refusals.append(
          Refusal(DESCENT_ERROR_UNKNOWN_NAME, "name: there is no \(kind) \"\(name)\"") { call(name, out) })
      }
      assertRefused(refusals, caller)
    }
  }

  func testOptionRange() {
    let (minimum, maximum) = (caller.makeBlock("minimum", [7.5]), caller.makeBlock("maximum", [8.5]))
    let usual = caller.makeBlock("default", [9.5])
    func range(_ algorithm: UInt32, _ option: descent_option) -> descent_status {
      descent_option_range(descent_algorithm(rawValue: algorithm), option, minimum, maximum, usual)
    }
    var refusals = [
      Refusal(DESCENT_ERROR_NULL_POINTER, "minimum is NULL") {
        descent_option_range(DESCENT_ADAM, DESCENT_BETA1, nil, maximum, usual)
      },
      Refusal(DESCENT_ERROR_NULL_POINTER, "maximum is NULL") {
        descent_option_range(DESCENT_ADAM, DESCENT_BETA1, minimum, nil, usual)
      },
      Refusal(DESCENT_ERROR_NULL_POINTER, "default_value is NULL") {
        descent_option_range(DESCENT_ADAM, DESCENT_BETA1, minimum, maximum, nil)
      },
      Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "option: there is no option 29") {
        range(6, descent_option(rawValue: 29))
      },
      Refusal(DESCENT_ERROR_UNSUPPORTED, "beta1: sgd has no such option") { range(1, DESCENT_BETA1) },
    ]
    for number in unknownAlgorithms {
      refusals.append(
        Refusal(DESCENT_ERROR_INVALID_ARGUMENT, "algorithm: there is no algorithm \(number)") {
          range(number, DESCENT_LEARNING_RATE)
        })
    }
    assertRefused(refusals, caller)
  }

  /// The functions that return no status take NULL for what it is.
  func testFunctionsWithoutAStatus() {
    let before = Snapshot(of: caller)
    descent_optimizer_free(nil)
    descent_classifier_free(nil)
    descent_fit_options_init(nil)
    XCTAssertEqual(descent_optimizer_step_count(nil), 0)
    XCTAssertEqual(descent_optimizer_algorithm(nil).rawValue, 0)
    XCTAssertEqual(Snapshot(of: caller).differences(from: before), [])
  }
}
