import CDescentKernels
import TestSupport
import XCTest

/// Features on their way into a pass: scaled, shifted, centred and scaled column by column, in the order of a minibatch; and
/// the sums from which centres and factors are made.
final class GatherTests: XCTestCase {
  private static let floats: [Float] = {
    var random = SeededRandom(seed: 6)
    return random.illScaled(-3..<3, count: 6 * 67)
  }()
  /// Numbers that float32 does not hold.
  private static let doubles: [Double] = floats.map { Double($0) * 1.000000001 }
  /// Every byte there is, from both ends.
  private static let bytes = (0..<6 * 67).map { UInt8(truncatingIfNeeded: $0 &* 41) }

  private static let scales: [(scale: Float, offset: Float)] = [(1, 0), (1 / 255, 0), (-0.37, 12.1), (1, -2.9999)]

  func testGatherFloat32() { check(Self.floats) }
  func testGatherFloat64() { check(Self.doubles) }
  func testGatherUInt8() { check(Self.bytes) }

  /// Products, sums and differences in double, rounded once: plain code gives the same bits.
  private func check<Feature: GatheredFeature>(_ features: [Feature]) {
    var random = SeededRandom(seed: 7)
    let centers = random.uniform(-2..<2, count: 67) as [Double]
    let factors = random.uniform(0.1..<5, count: 67) as [Double]
    for table in availableKernels() {
      for dimension in 0...67 {
        for indices in [nil, [], [0], [5, 0, 3, 3, 1]] as [[Int]?] {
          for ((scale, offset), isCentered) in Self.scales.flatMap({ pair in [false, true].map { (pair, $0) } }) {
            let rows = indices ?? Array(0..<4)
            let expected = rows.flatMap { row in
              (0..<dimension).map { column in
                let x = features[row * dimension + column].double * Double(scale) + Double(offset)
                return Float(isCentered ? (x - centers[column]) * factors[column] : x)
              }
            }
            let out = GuardedArray([Float](repeating: 77, count: expected.count), misalignedBy: 4)
            let source = GuardedArray(features, misalignedBy: 8 + MemoryLayout<Feature>.stride)
            let (ownCenters, ownFactors) = (
              PageArray(Array(centers[..<dimension])), PageArray(Array(factors[..<dimension]))
            )
            let gather = { (indices: UnsafePointer<Int>?) in
              var request = kernel_gather(
                features: source.pointer, dtype: Feature.dtype, indices: indices, rows: rows.count,
                dimension: dimension, scale: scale, offset: offset,
                centers: isCentered ? UnsafePointer(ownCenters.pointer) : nil,
                factors: isCentered ? UnsafePointer(ownFactors.pointer) : nil,
                out: out.pointer.assumingMemoryBound(to: Float.self), is_near: isCentered)
              table.pointee.gather(&request)
            }
            if let indices { indices.withUnsafeBufferPointer { gather($0.baseAddress) } } else { gather(nil) }
            let what =
              "\(table.instructionSet), \(Feature.self), \(dimension), \(rows), \(scale), \(offset), \(isCentered)"
            XCTAssertEqual(out.values, expected, what)
            XCTAssertTrue(out.isIntact && source.isUnchanged, what)
          }
        }
      }
    }
  }

  func testMomentsFloat32() { checkMoments(Self.floats) }
  func testMomentsFloat64() { checkMoments(Self.doubles) }
  func testMomentsUInt8() { checkMoments(Self.bytes) }

  /// Row by row in double: plain code gives the same bits.
  private func checkMoments<Feature: GatheredFeature>(_ features: [Feature]) {
    var random = SeededRandom(seed: 8)
    let reference = random.uniform(-2..<2, count: 67) as [Double]
    for table in availableKernels() {
      for dimension in 0...67 {
        for ((scale, offset), weights) in Self.scales.flatMap({ pair in [nil, [1, 0.25, 0, 3]].map { (pair, $0) } }) {
          var sums = [Double](repeating: 0.5, count: dimension)
          var squares = [Double](repeating: 0.25, count: dimension)
          for row in 0..<4 {
            for column in 0..<dimension {
              let distance =
                features[row * dimension + column].double * Double(scale) + Double(offset) - reference[column]
              let weighted = distance * (weights?[row] ?? 1)
              sums[column] += weighted
              squares[column] += weighted * distance
            }
          }
          let source = GuardedArray(features, misalignedBy: 8 + MemoryLayout<Feature>.stride)
          let ownReference = PageArray(Array(reference[..<dimension]))
          let ownWeights = PageArray(weights ?? [])
          let ownSums = PageArray([Double](repeating: 0.5, count: dimension))
          let ownSquares = PageArray([Double](repeating: 0.25, count: dimension))
          var request = kernel_moments(
            features: source.pointer, dtype: Feature.dtype, rows: 4, dimension: dimension, scale: scale, offset: offset,
            reference: ownReference.pointer, weights: weights == nil ? nil : UnsafePointer(ownWeights.pointer),
            sums: ownSums.pointer, squares: ownSquares.pointer)
          table.pointee.add_moments(&request)
          let what = "\(table.instructionSet), \(Feature.self), \(dimension), \(scale), \(offset), \(weights ?? [])"
          XCTAssertTrue(ownSums.isUnchanged(from: sums), what)
          XCTAssertTrue(ownSquares.isUnchanged(from: squares), what)
          XCTAssertTrue(source.isUnchanged, what)
        }
      }
    }
  }
}

private protocol GatheredFeature: BitwiseCopyable {
  var double: Double { get }
  /// The number of `descent_dtype`.
  static var dtype: UInt32 { get }
}

extension Float: GatheredFeature {
  fileprivate var double: Double { Double(self) }
  fileprivate static var dtype: UInt32 { 1 }
}

extension Double: GatheredFeature {
  fileprivate var double: Double { self }
  fileprivate static var dtype: UInt32 { 2 }
}

extension UInt8: GatheredFeature {
  fileprivate var double: Double { Double(self) }
  fileprivate static var dtype: UInt32 { 3 }
}
