import TestSupport
import XCTest

@testable import Descent

/// Adam's powers of beta1 and beta2, which are kept from one step to the next: with values at the ends of their ranges, of their
/// own in a group, and changed between steps.
final class BiasCorrectionTests: XCTestCase {
  /// The decays of one tensor in each step, and textbook code that goes along.
  private struct Track {
    let group: UInt32
    let decays: (Int) -> (beta1: Double, beta2: Double)
    var parameters: [TextbookParameter<Double>]
  }

  private func check(_ tracks: [Track], steps: Int, _ what: String) throws {
    var tracks = tracks
    let bench = try OptimizerBench(
      "adam", tensors: tracks.map { BenchTensor($0.parameters.map(\.weight.value), group: $0.group) })
    for step in 1...steps {
      let gradients = tracks.indices.map { floatNumbers(tracks[$0].parameters.count, seed: UInt64(100 * step + $0)) }
      for index in tracks.indices {
        let (beta1, beta2) = tracks[index].decays(step)
        try bench.set("beta1", beta1, group: tracks[index].group)
        try bench.set("beta2", beta2, group: tracks[index].group)
        TextbookRule.adam.step(
          &tracks[index].parameters, gradient: gradients[index], options: ["beta1": beta1, "beta2": beta2],
          t: UInt64(step))
      }
      try bench.step(gradients)
      for (track, values) in zip(tracks, bench.values) {
        for (parameter, value) in zip(track.parameters, values) {
          let expected = parameter.weight
          XCTAssertEqual(value, expected.value, accuracy: expected.allowance, "\(what), step \(step)")
        }
      }
    }
  }

  private func track(group: UInt32 = 0, _ decays: @escaping (Int) -> (Double, Double)) -> Track {
    let values = floatNumbers(5, seed: UInt64(group) + 1)
    return Track(
      group: group, decays: decays, parameters: values.map { TextbookParameter(weight: $0, state: [0, 0]) })
  }

  func testDecaysAtTheEndsOfTheirRanges() throws {
    for beta1 in [0, Double.leastNonzeroMagnitude, 0.5, 0.9, (1.0).nextDown] {
      for beta2 in [0, Double.leastNonzeroMagnitude, 0.999, (1.0).nextDown] {
        try check([track { _ in (beta1, beta2) }], steps: 40, "\(beta1), \(beta2)")
      }
    }
  }

  func testGroupsOfTheirOwn() throws {
    try check(
      [track { _ in (0.9, 0.999) }, track(group: 3) { _ in (0, 0.9) }, track(group: 1) { _ in (0.5, 0) }], steps: 40,
      "groups")
  }

  func testDecaysThatChange() throws {
    let values = [0, 0.9, 0.9, 0.5, 0, 0, 0.99]
    try check(
      [
        track { (values[$0 % 7], 0.999) }, track(group: 2) { (0.9, values[$0 / 3 % 7]) },
        track(group: 9) { (values[$0 % 5], values[$0 % 4]) },
      ], steps: 60, "changes")
  }

  /// A reset begins with step 1 again.
  func testReset() throws {
    let bench = try OptimizerBench("adam", ["beta1": 0], values: [1, 2, 3])
    let gradients = [[0.5, -2, 1]]
    for _ in 0..<20 { try bench.step(gradients) }
    try bench.optimizer.reset()
    bench.tensors[0].values = [1, 2, 3]
    for _ in 0..<20 { try bench.step(gradients) }
    let fresh = try OptimizerBench("adam", ["beta1": 0], values: [1, 2, 3])
    for _ in 0..<20 { try fresh.step(gradients) }
    XCTAssertEqual(bench.fingerprint, fresh.fingerprint)
  }
}
