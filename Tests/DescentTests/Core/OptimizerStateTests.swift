import XCTest

@testable import Descent

final class OptimizerStateTests: XCTestCase {
  /// Tensors of mixed types whose buffers end at, before and after a cache line.
  private func shapes() throws -> [Shape] {
    var shapes: [Shape] = []
    for count in [1, 7, 8, 9, 15, 16, 17, 1000] {
      shapes.append(try Shape(rows: 1, columns: count, type: .float32))
      shapes.append(try Shape(rows: count, columns: 3, type: .float64))
    }
    return shapes
  }

  /// A list of tensors of these shapes, which have no memory of their own.
  private func tensors(of shapes: [Shape]) throws -> OwnTensors {
    let tensors = try OwnTensors(count: shapes.count)
    for (index, shape) in shapes.enumerated() {
      tensors.set(
        index, values: UnsafeMutableRawPointer(bitPattern: 64)!, gradient: UnsafeRawPointer(bitPattern: 128)!,
        rows: shape.rows, columns: shape.columns, type: shape.type)
    }
    return tensors
  }

  func testBuffersAreAlignedZeroAndApart() throws {
    let shapes = try shapes()
    let tensors = try tensors(of: shapes)
    for present in [0, 0b1, 0b11, 0b111, 0b101, 0b100] as [UInt32] {
      let state = try OptimizerState(tensors.list, present: present, after: OptimizerState())
      XCTAssertEqual(state.count, shapes.count)
      var buffers: [UnsafeMutableRawBufferPointer] = []
      for (index, shape) in shapes.enumerated() {
        XCTAssertEqual(state.shape(index), shape)
        for buffer in 0..<3 {
          let start = state.buffer(buffer, tensor: index)
          XCTAssertEqual(start != nil, present >> UInt32(buffer) & 1 != 0)
          guard let start else { continue }
          buffers.append(UnsafeMutableRawBufferPointer(start: start, count: shape.count * shape.type.size))
        }
      }
      for buffer in buffers {
        XCTAssertEqual(UInt(bitPattern: buffer.baseAddress) % 64, 0, "aligned to a cache line")
        XCTAssert(buffer.allSatisfy { $0 == 0 }, "zero")
      }
      // Each buffer keeps what is written to it when the others are written to.
      for (index, buffer) in buffers.enumerated() {
        buffer.initializeMemory(as: UInt8.self, repeating: UInt8(index + 1))
      }
      for (index, buffer) in buffers.enumerated() {
        XCTAssert(buffer.allSatisfy { $0 == UInt8(index + 1) }, "buffer \(index) overlaps another")
      }
    }
  }

  /// How far two places in their pages are from each other, at most half a page.
  private func distanceInPage(_ first: UInt, _ second: UInt) -> UInt {
    min((first &- second) % 4096, (second &- first) % 4096)
  }

  func testLargeBuffersLieApartInTheirPages() throws {
    // Of whole pages, so that without padding all buffers would be equally far into theirs; and of odd sizes.
    for elements in [1 << 14, 1 << 16, 16_385, 20_000, 65_536 + 1000] {
      let shape = try Shape(rows: 1, columns: elements, type: .float32)
      let tensors = try tensors(of: [shape, shape])
      for present in [0b1, 0b11, 0b111] as [UInt32] {
        let state = try OptimizerState(tensors.list, present: present, after: OptimizerState())
        for index in 0..<2 {
          // Where arrays of a caller begin.
          var places: [UInt] = [0, 16, 64]
          for buffer in 0..<present.nonzeroBitCount {
            let place = UInt(bitPattern: state.buffer(buffer, tensor: index))
            // A block that is not from the system itself may begin anywhere.
            let base = UInt(bitPattern: state.base) - 64
            for other in places { XCTAssertGreaterThanOrEqual(distanceInPage(place - base, other), 512, "\(elements)") }
            places.append(place - base)
          }
        }
      }
    }
  }

  func testPaddingOfManyTensorsIsLimited() throws {
    for elements in [1 << 14, 16_385, 20_000] {
      let shapes = Array(repeating: try Shape(rows: 1, columns: elements, type: .float32), count: 200)
      let tensors = try tensors(of: shapes)
      let state = try OptimizerState(tensors.list, present: 0b111, after: OptimizerState())
      let size = (elements * 4 + 63) / 64 * 64
      let end = UnsafeRawPointer(state.buffer(2, tensor: 199)!) + size - UnsafeRawPointer(state.base)
      XCTAssertGreaterThanOrEqual(end, 600 * size)
      XCTAssertLessThan(end, 600 * size + 24_000)
    }
  }

  func testStateOfNoTensorIsEmpty() {
    let state = OptimizerState()
    XCTAssertEqual(state.count, 0)
  }

  func testTooMuchStateIsRefused() throws {
    let shape = try Shape(rows: 1 << 30, columns: 1 << 30, type: .float32)
    let one = try tensors(of: [shape])
    let two = try tensors(of: [shape, shape])
    let (list, longerList) = (try one.list, try two.list)
    assertFailure(.outOfMemory, "no memory for 4611686018427387904 bytes of optimizer state") { () throws(Failure) in
      _ = try OptimizerState(list, present: 0b1, after: OptimizerState())
    }
    assertFailure(.outOfMemory, "tensor 0: the bytes of its state overflow") { () throws(Failure) in
      _ = try OptimizerState(list, present: 0b11, after: OptimizerState())
    }
    assertFailure(.outOfMemory, "tensor 1: the bytes of its state overflow") { () throws(Failure) in
      _ = try OptimizerState(longerList, present: 0b1, after: OptimizerState())
    }
  }

  func testShapesThatDoNotExist() {
    let table: [(rows: Int, columns: Int, type: ElementType, text: String)] = [
      (0, 1, .float32, "rows: 0 is outside [1, inf)"),
      (1, 0, .float64, "columns: 0 is outside [1, inf)"),
      (-1, 1, .float32, "rows: 18446744073709551615 overflows"),
      (1, .min, .float64, "columns: 9223372036854775808 overflows"),
      (.max, 2, .float32, "rows * columns: 9223372036854775807 * 2 elements of float32 overflow"),
      (1 << 30, 1 << 31, .float32, "rows * columns: 1073741824 * 2147483648 elements of float32 overflow"),
      // A whole number of cache lines would be too much.
      (.max / 4, 1, .float32, "rows * columns: 2305843009213693951 * 1 elements of float32 overflow"),
      (1 << 30, 1 << 30, .float64, "rows * columns: 1073741824 * 1073741824 elements of float64 overflow"),
    ]
    for row in table {
      assertFailure(.invalidArgument, row.text) { () throws(Failure) in
        _ = try Shape(rows: row.rows, columns: row.columns, type: row.type)
      }
    }
  }
}
