import XCTest

@testable import Descent

extension Message {
  /// The text as a test compares it.
  var text: String { String(decoding: (0..<count).map { bytes[$0] }, as: UTF8.self) }
}

/// Fails unless the body fails in this way, with exactly this text.
func assertFailure(
  _ kind: Failure.Kind, _ text: String, file: StaticString = #filePath, line: UInt = #line,
  _ body: () throws(Failure) -> Void
) {
  do throws(Failure) {
    try body()
    XCTFail("no failure; expected: \(text)", file: file, line: line)
  } catch {
    XCTAssertEqual(error.message.text, text, file: file, line: line)
    XCTAssertEqual(error.kind, kind, text, file: file, line: line)
  }
}

extension LinearModel {
  var weightArray: [Float] { Array(UnsafeBufferPointer(start: weights, count: weightCount)) }
  var biasArray: [Float] { Array(UnsafeBufferPointer(start: bias, count: outputs)) }

  /// The loss and its gradient, in arrays that were full of NaN before.
  func gradientArrays(
    _ samples: TestSamples
  ) throws -> (loss: Double, weights: [Float], bias: [Float]) {
    var weightGradient = [Float](repeating: .nan, count: weightCount)
    var biasGradient = [Float](repeating: .nan, count: outputs)
    let data = try samples.dataset
    let loss = try weightGradient.withUnsafeMutableBufferPointer { weights in
      try biasGradient.withUnsafeMutableBufferPointer { bias in
        try lossAndGradient(data, weightGradient: weights.baseAddress!, biasGradient: bias.baseAddress!)
      }
    }
    return (loss, weightGradient, biasGradient)
  }

  /// Fails unless W and b are those of the reference, but for rounding.
  func assertParameters(
    of reference: LinearReference, accuracy: Double, _ what: String, file: StaticString = #filePath,
    line: UInt = #line
  ) {
    assertClose(weightArray, reference.weights, accuracy, "W, \(what)", file: file, line: line)
    assertClose(biasArray, reference.bias, accuracy, "b, \(what)", file: file, line: line)
  }
}

/// Compares with the greatest deviation that is allowed, as a share of the largest number (and of 1, if that is less).
func assertClose(
  _ numbers: [Float], _ expected: [Double], _ accuracy: Double, _ what: String, file: StaticString = #filePath,
  line: UInt = #line
) {
  guard numbers.count == expected.count else {
    return XCTFail("\(what): \(numbers.count) numbers, not \(expected.count)", file: file, line: line)
  }
  let tolerance = accuracy * expected.reduce(1) { max($0, abs($1)) }
  for index in numbers.indices where !(abs(Double(numbers[index]) - expected[index]) <= tolerance) {
    return XCTFail("\(what): [\(index)] is \(numbers[index]), not \(expected[index])", file: file, line: line)
  }
}

extension Optimizer {
  /// The algorithm of this name, with some options set.
  static func named(_ name: String, _ options: [String: Double] = [:]) throws -> Optimizer {
    var optimizer = try Optimizer(Algorithm.named(name))
    for (option, value) in options { try optimizer.set(Option.named(option), to: value) }
    return optimizer
  }
}
