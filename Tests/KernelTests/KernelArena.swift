import CDescentKernels
import TestSupport
import XCTest

/// What a kernel works on: some arrays of one type in one piece of memory, at awkward addresses, with gaps between them
/// in which nothing may change.
final class KernelArena<Scalar: BinaryFloatingPoint> {
  private let memory: UnsafeMutableRawBufferPointer
  private let arrays: [(start: Int, count: Int)]
  private static var gap: Int { 72 }

  init(_ contents: [[Scalar]], misalignment: Int = 0) {
    let size = MemoryLayout<Scalar>.stride
    var arrays: [(start: Int, count: Int)] = []
    var end = Self.gap + misalignment
    for array in contents {
      arrays.append((end, array.count))
      end += array.count * size + Self.gap + 1
    }
    self.arrays = arrays
    memory = .allocate(byteCount: end, alignment: 64)
    for index in memory.indices { memory[index] = UInt8(truncatingIfNeeded: index &* 29 &+ 7) }
    for (place, array) in zip(arrays, contents) {
      for (index, number) in array.enumerated() {
        memory.storeBytes(of: number, toByteOffset: place.start + index * size, as: Scalar.self)
      }
    }
  }

  deinit { memory.deallocate() }

  func pointer(_ array: Int, from index: Int = 0) -> UnsafeMutableRawPointer {
    memory.baseAddress! + arrays[array].start + index * MemoryLayout<Scalar>.stride
  }

  func numbers(_ array: Int) -> [Scalar] {
    (0..<arrays[array].count).map {
      pointer(array).loadUnaligned(fromByteOffset: $0 * MemoryLayout<Scalar>.stride, as: Scalar.self)
    }
  }

  /// All bytes, the gaps too.
  var bytes: [UInt8] { Array(memory) }
}

/// A linear congruential generator: the same test data in each run.
struct KernelTestNumbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

  mutating func next(below bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }

  /// Numbers of both signs and of magnitudes from 2⁻⁴ to 2⁴; now and then a zero.
  mutating func array<Scalar: BinaryFloatingPoint>(_ count: Int, of _: Scalar.Type) -> [Scalar] {
    (0..<count).map { _ in
      if next(below: 13) == 0 { return 0 }
      let mantissa = Scalar(1 + next(below: 1 << 20)) / Scalar(1 << 16)
      return next(below: 2) == 0 ? mantissa : -mantissa
    }
  }
}

extension UnsafeMutablePointer<kernel_table> {
  var name: String { String(cString: pointee.instruction_set) }
  func rule(_ index: Int) -> UnsafeMutablePointer<kernel_rule> { kernel_rule_at(self, index) }
}
