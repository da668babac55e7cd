import CDescentKernels

/// A sum of squares over several arrays, in double. Number `i` of all of them goes to lane `i % 8`, and the lanes are added up
/// after every 4,096 numbers, so that the sum does not depend on how the numbers are split into arrays.
struct SquareSum {
  private var lanes = SIMD8<Double>()
  private var blocks = 0.0
  private var position = 0

  private static var blockSize: Int { 4096 }

  mutating func add(_ values: UnsafeRawPointer, count: Int, type: ElementType, clip: Double = .infinity) {
    var first = 0
    while first < count {
      let part = min(count - first, Self.blockSize - position)
      let start = values + first * type.size
      withUnsafeMutableBytes(of: &lanes) {
        let lanes = $0.baseAddress!.assumingMemoryBound(to: Double.self)
        kernels.pointee.add_squares(lanes, start, type == .float64, part, position, clip)
      }
      position += part
      first += part
      if position == Self.blockSize { (blocks, lanes, position) = (total, SIMD8(), 0) }
    }
  }

  /// The sum so far.
  var total: Double {
    let four = lanes.lowHalf + lanes.highHalf
    let two = four.lowHalf + four.highHalf
    return blocks + (two.x + two.y)
  }
}
