import CDescentKernels
import TestSupport
import XCTest

/// W on its way into the fused kernel, and the gradient on its way out: plain code gives the same bits.
final class TranspositionTests: XCTestCase {
  private let tables = availableKernels()
  private let classCounts = Array(1...12) + [20]

  private func pitch(_ dimension: Int) -> Int { (dimension + 15) / 16 * 16 }

  func testTransposeWeights() {
    var random = SeededRandom(seed: 31)
    let all: [Float] = random.illScaled(-3..<3, count: 1025 * 20)
    let source = PageArray<Float>(capacity: all.count)
    let target = PageArray<Float>(capacity: 20 * pitch(1025))
    for dimension in Array(1...67) + [784, 1025] {
      let pitch = pitch(dimension)
      for classes in dimension > 67 ? [1, 10, 20] : classCounts {
        let weights = Array(all.prefix(dimension * classes))
        var expected = [Float](repeating: 0, count: classes * pitch)
        for index in weights.indices { expected[index % classes * pitch + index / classes] = weights[index] }
        for (table, edge) in tables.flatMap({ table in PageArrayEdge.allCases.map { (table, $0) } }) {
          source.place(weights, at: edge)
          target.place([Float](repeating: .nan, count: classes * pitch), at: edge)
          table.pointee.transpose_weights(target.pointer, source.pointer, dimension, classes, pitch)
          let what = "\(table.instructionSet), \(dimension) x \(classes)"
          XCTAssertTrue(target.isUnchanged(from: expected), what)
          XCTAssertTrue(source.isUnchanged(from: weights), what)
        }
      }
    }
  }

  /// The sum of several parts in their order, in double, then the regularization's gradient.
  private func combined(_ parts: [Float], _ weights: [Float], dimension: Int, classes: Int, l2: Double) -> [Float] {
    let pitch = pitch(dimension)
    return weights.indices.map { index in
      let place = index % classes * pitch + index / classes
      var sum = 0.0
      for part in stride(from: 0, to: parts.count, by: classes * pitch) { sum += Double(parts[part + place]) }
      if l2 != 0 {
        let decay = 2 * l2 * Double(weights[index])
        sum += decay
      }
      return Float(sum)
    }
  }

  /// How many parts each call gets: all at once, or some after the others.
  private let groupings = [[1], [5], [2, 3], [1, 1, 1, 1, 1], [4, 1]]

  func testCombine() {
    var random = SeededRandom(seed: 32)
    let allWeights: [Float] = random.illScaled(-2..<2, count: 131 * 20)
    let allParts: [Float] = random.illScaled(-3..<3, count: 5 * pitch(131) * 20)
    for dimension in Array(1...67) + [131] {
      for classes in dimension % 5 == 0 ? classCounts : [1, 3, 10] {
        for (number, grouping) in groupings.enumerated() {
          let partCount = grouping.reduce(0, +)
          let l2 = (number + dimension) % 2 == 0 ? 0 : 0.37
          let weights = Array(allWeights.prefix(dimension * classes))
          let parts = Array(allParts.prefix(partCount * classes * pitch(dimension)))
          let expected = combined(parts, weights, dimension: dimension, classes: classes, l2: l2)
          for table in tables {
            let edge = PageArrayEdge.allCases[(number + dimension) % 2]
            let memory = Combination(parts, weights, grouping, dimension: dimension, classes: classes, edge)
            memory.run(table, l2: l2)
            let what = "\(table.instructionSet), \(dimension) x \(classes), \(grouping), l2 \(l2)"
            XCTAssertTrue(memory.gradient.isUnchanged(from: expected), what)
            XCTAssertTrue(memory.isIntact, "\(what): wrote where it must not")
          }
        }
      }
    }
  }

  /// Classes that are not asked for stay as they are.
  func testOnlyTheClassesAskedFor() {
    let weights = [Float](repeating: 1, count: 9 * 7)
    let parts = [Float](repeating: 2, count: 7 * 16)
    for table in tables {
      for (first, last) in [(0, 0), (0, 1), (2, 5), (6, 7), (3, 3)] {
        let memory = Combination(parts, weights, [1], dimension: 9, classes: 7, .end)
        memory.combine(table, parts: 0..<1, classes: first..<last, l2: 0)
        let expected = weights.indices.map { (first..<last).contains($0 % 7) ? 2 : Float.infinity }
        XCTAssertTrue(memory.gradient.isUnchanged(from: expected), "\(table.instructionSet), \(first)..<\(last)")
      }
    }
  }
}

/// The gradients of some blocks of samples, and what becomes of them.
private final class Combination {
  let gradient: PageArray<Float>
  private let weights: PageArray<Float>
  private let parts: PageArray<Float>
  private let total: PageArray<Double>?
  private let contents: (parts: [Float], weights: [Float])
  private let grouping: [Int]
  private let dimension: Int
  private let classes: Int
  private let pitch: Int

  init(
    _ parts: [Float], _ weights: [Float], _ grouping: [Int], dimension: Int, classes: Int, _ edge: PageArrayEdge
  ) {
    (contents, self.grouping, self.dimension, self.classes) = ((parts, weights), grouping, dimension, classes)
    pitch = (dimension + 15) / 16 * 16
    self.parts = PageArray(parts, at: edge)
    self.weights = PageArray(weights, at: edge)
    gradient = PageArray([Float](repeating: .infinity, count: weights.count), at: edge)
    total =
      grouping.count > 1 ? PageArray([Double](repeating: .nan, count: classes * pitch), at: edge) : nil
  }

  /// Each group of parts in a call of its own for each class, as the engine does it.
  func run(_ table: UnsafeMutablePointer<kernel_table>, l2: Double) {
    var first = 0
    for count in grouping {
      for column in (0..<classes).reversed() {
        combine(table, parts: first..<first + count, classes: column..<column + 1, l2: l2)
      }
      first += count
    }
  }

  func combine(
    _ table: UnsafeMutablePointer<kernel_table>, parts range: Range<Int>, classes columns: Range<Int>, l2: Double
  ) {
    var combination = kernel_combination(
      parts: UnsafePointer(parts.pointer + range.lowerBound * classes * pitch), count: range.count,
      dimension: dimension, classes: classes, pitch: pitch, total: total?.pointer, begins: range.lowerBound == 0,
      ends: range.upperBound == grouping.reduce(0, +), l2: l2, weights: UnsafePointer(weights.pointer),
      gradient: gradient.pointer)
    table.pointee.combine(&combination, columns.lowerBound, columns.upperBound)
  }

  var isIntact: Bool {
    parts.isUnchanged(from: contents.parts) && weights.isUnchanged(from: contents.weights)
      && total?.isIntact ?? true
  }
}
