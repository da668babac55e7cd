import CDescentKernels
import struct TestSupport.SeededRandom
import XCTest

@testable import Descent

/// An optimizer with tensors of its own, whose every byte a test can look at.
final class OptimizerBench {
  var optimizer: Optimizer
  private(set) var tensors: [BenchTensor]

  init(_ algorithm: String, _ options: [String: Double] = [:], tensors: [BenchTensor] = []) throws {
    optimizer = try Optimizer(Algorithm.named(algorithm))
    self.tensors = tensors
    // Before the options whose defaults it decides, as a reader would write it; the order does not matter.
    if let dialect = options["dialect"] { try set("dialect", dialect) }
    for (name, value) in options where name != "dialect" { try set(name, value) }
  }

  /// One tensor, 1 × n.
  convenience init(
    _ algorithm: String, _ options: [String: Double] = [:], values: [Double], type: ElementType = .float64
  ) throws {
    try self.init(algorithm, options, tensors: [BenchTensor(values, type: type)])
  }

  func set(_ name: String, _ value: Double, group: UInt32 = 0) throws(Failure) {
    try optimizer.set(Option.named(name), group: group, to: value)
  }

  func value(_ name: String, group: UInt32 = 0) throws(Failure) -> Double {
    try optimizer.value(of: Option.named(name), group: group)
  }

  /// A step with these gradients, one row for each tensor; with those of the step before if there are none.
  func step(_ gradients: [[Double]]? = nil) throws(Failure) {
    if let gradients {
      precondition(gradients.count == tensors.count)
      for (tensor, gradient) in zip(tensors, gradients) { tensor.gradient = gradient }
    }
    let list = tensors.map(\.description)
    try step(list)
  }

  /// A step with some of the tensors, or described otherwise.
  func step(_ list: [kernel_tensor]) throws(Failure) {
    let memory = UnsafeMutablePointer<kernel_tensor>.allocate(capacity: max(list.count, 1))
    defer { memory.deallocate() }
    memory.initialize(from: list, count: list.count)
    try optimizer.step(TensorList(memory, count: list.count))
  }

  var values: [[Double]] { tensors.map(\.values) }

  /// Every bit that a step may change: parameters, state and the step count.
  var fingerprint: [UInt64] {
    var bits = [optimizer.stepCount]
    for (index, tensor) in tensors.enumerated() {
      bits += tensor.values.map(\.bitPattern)
      for buffer in 0..<optimizer.algorithm.stateCount {
        bits += state(buffer, tensor: index)?.map(\.bitPattern) ?? [.max]
      }
    }
    return bits
  }

  func state(_ name: String, tensor: Int = 0) -> [Double]? {
    guard let buffer = try? optimizer.state(tensor: tensor, named: name) else { return nil }
    return buffer.baseAddress.map { tensors[tensor].read($0, count: buffer.count) } ?? []
  }

  private func state(_ buffer: Int, tensor: Int) -> [Double]? {
    state(String(cString: optimizer.algorithm.stateName(buffer)!), tensor: tensor)
  }
}

/// Parameters and their gradient, of either type, in memory of their own.
final class BenchTensor {
  let type: ElementType
  let count: Int
  let group: UInt32
  private let valueBytes: UnsafeMutableRawPointer
  private let gradientBytes: UnsafeMutableRawPointer

  init(_ values: [Double], type: ElementType = .float64, group: UInt32 = 0) {
    (self.type, self.count, self.group) = (type, values.count, group)
    valueBytes = .allocate(byteCount: values.count * 8, alignment: 8)
    gradientBytes = .allocate(byteCount: values.count * 8, alignment: 8)
    self.values = values
    gradient = values.map { _ in 0 }
  }

  deinit {
    valueBytes.deallocate()
    gradientBytes.deallocate()
  }

  var description: kernel_tensor {
    kernel_tensor(
      values: valueBytes, gradient: gradientBytes, rows: 1, columns: count, dtype: type.rawValue, group: group)
  }

  var values: [Double] {
    get { read(valueBytes) }
    set { write(newValue, to: valueBytes) }
  }

  var gradient: [Double] {
    get { read(gradientBytes) }
    set { write(newValue, to: gradientBytes) }
  }

  func read(_ bytes: UnsafeRawPointer, count: Int? = nil) -> [Double] {
    let count = count ?? self.count
    return (0..<count).map { index in
      type == .float32
        ? Double(bytes.load(fromByteOffset: index * 4, as: Float.self))
        : bytes.load(fromByteOffset: index * 8, as: Double.self)
    }
  }

  private func write(_ numbers: [Double], to bytes: UnsafeMutableRawPointer) {
    precondition(numbers.count == count)
    for (index, number) in numbers.enumerated() {
      if type == .float32 {
        bytes.storeBytes(of: Float(number), toByteOffset: index * 4, as: Float.self)
      } else {
        bytes.storeBytes(of: number, toByteOffset: index * 8, as: Double.self)
      }
    }
  }
}

/// The algorithms' names.
/// The six that everything is tried with; what others have in common with them is tried once with each.
let courseAlgorithms = ["adagrad", "adam", "momentum", "nesterov", "rmsprop", "sgd"]

/// Those that can be stepped, and all.
let algorithmNames = (0..<Algorithm.count).map { Algorithm.at($0)! }.filter { !$0.isBatch }.map {
  String(cString: $0.name)
}
let allAlgorithmNames = (0..<Algorithm.count).map { String(cString: Algorithm.at($0)!.name) }

/// The options' names, in their order.
let optionNames = (0..<Option.count).map { String(cString: Option.at($0)!.name) }

/// Numbers that float32 holds, of magnitude about `scale`.
func floatNumbers(_ count: Int, scale: Double = 1, seed: UInt64) -> [Double] {
  var random = SeededRandom(seed: seed)
  return (0..<count).map { _ in Double(Float(scale * random.symmetric())) }
}

/// Fails unless the numbers are close, relative to the greater of the expected number and `scale`.
func assertNear(
  _ numbers: [Double], _ expected: [Double], relative: Double, scale: Double = 0, _ what: String = "",
  file: StaticString = #filePath, line: UInt = #line
) {
  XCTAssertEqual(numbers.count, expected.count, what, file: file, line: line)
  for (index, (number, wanted)) in zip(numbers, expected).enumerated()
  where !(abs(number - wanted) <= relative * max(abs(wanted), scale)) {
    return XCTFail("\(what) [\(index)]: \(number), not \(wanted)", file: file, line: line)
  }
}
