import CDescentKernels
import TestSupport
import XCTest

/// Features on their way into a matrix product: scaled, shifted, and in the order of a minibatch.
final class GatherTests: XCTestCase {
  func testGatherFloat32() {
    var random = SeededRandom(seed: 6)
    let features: [Float] = random.illScaled(-3..<3, count: 6 * 67)
    check(features, \.pointee.gather_float32)
  }

  func testGatherUInt8() {
    // Every byte there is, from both ends.
    check((0..<6 * 67).map { UInt8(truncatingIfNeeded: $0 &* 41) }, \.pointee.gather_uint8)
  }

  /// A product and a sum in double, rounded once: plain code gives the same bits.
  private func check<Feature: GatheredFeature>(
    _ features: [Feature],
    _ kernel: KeyPath<UnsafeMutablePointer<kernel_table>, @convention(c) (UnsafePointer<kernel_gather>) -> Void>
  ) {
    for table in availableKernels() {
      for dimension in 0...67 {
        for indices in [nil, [], [0], [5, 0, 3, 3, 1]] as [[Int]?] {
          for (scale, offset) in [(1, 0), (1 / 255, 0), (-0.37, 12.1), (1, -2.9999)] as [(Float, Float)] {
            let rows = indices ?? Array(0..<4)
            let expected = rows.flatMap { row in
              features[row * dimension..<(row + 1) * dimension].map {
                Float(Double($0.float) * Double(scale) + Double(offset))
              }
            }
            let out = GuardedArray([Float](repeating: 77, count: expected.count), misalignedBy: 4)
            let source = GuardedArray(features, misalignedBy: 8 + MemoryLayout<Feature>.stride)
            let gather = { (indices: UnsafePointer<Int>?) in
              var request = kernel_gather(
                features: source.pointer, indices: indices, rows: rows.count, dimension: dimension, scale: scale,
                offset: offset, out: out.pointer.assumingMemoryBound(to: Float.self))
              table[keyPath: kernel](&request)
            }
            if let indices { indices.withUnsafeBufferPointer { gather($0.baseAddress) } } else { gather(nil) }
            let what = "\(table.instructionSet), \(Feature.self), \(dimension), \(rows), \(scale), \(offset)"
            XCTAssertEqual(out.values, expected, what)
            XCTAssertTrue(out.isIntact && source.isUnchanged, what)
          }
        }
      }
    }
  }
}

private protocol GatheredFeature: BitwiseCopyable {
  var float: Float { get }
}

extension Float: GatheredFeature {
  fileprivate var float: Float { self }
}

extension UInt8: GatheredFeature {
  fileprivate var float: Float { Float(self) }
}
