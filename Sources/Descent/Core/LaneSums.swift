import CDescentKernels

/// `Σ a b` in double, number `i` in lane `i % 8`, of arrays of either type.
func sumOfProducts(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, isDouble: Bool, count: Int) -> Double {
  var lanes = InlineArray<8, Double>(repeating: 0)
  return withUnsafeMutableBytes(of: &lanes) {
    let lanes = $0.baseAddress!.assumingMemoryBound(to: Double.self)
    kernels.pointee.add_products(lanes, a, b, isDouble, count)
    return sum(lanes: lanes)
  }
}

/// The sum of eight lanes, in a fixed order.
func sum(lanes: UnsafePointer<Double>) -> Double {
  ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]))
}
