/// What the losses of eight rows, or elements, and their gradients are multiplied by. A weight of 0 takes the row away,
/// whatever its loss; without weights nothing is multiplied.
struct RowWeights {
  private let lanes: Lanes
  private let areThere: Bool

  /// Those of eight rows; lanes past the last one repeat it.
  @inline(__always)
  init(_ weights: UnsafePointer<Float>?, rows count: Int) {
    self.init(weights, elements: count, from: 0, columns: 1)
  }

  /// Those of eight elements of rows of `columns`, `count` in all.
  @inline(__always)
  init(_ weights: UnsafePointer<Float>?, elements count: Int, from first: Int, columns: Int) {
    areThere = weights != nil
    guard let weights else {
      lanes = Lanes()
      return
    }
    @inline(__always)
    func weight(_ lane: Int) -> Double { Double(weights[min(first + lane, count - 1) / columns]) }
    lanes = Lanes(weight(0), weight(1), weight(2), weight(3), weight(4), weight(5), weight(6), weight(7))
  }

  @inline(__always)
  func apply(to x: Lanes) -> Lanes {
    areThere ? (x * lanes).replacing(with: 0, where: lanes .== 0) : x
  }

  @inline(__always)
  func apply(to x: Double, row: Int) -> Double {
    if !areThere { return x }
    return lanes[row] == 0 ? 0 : x * lanes[row]
  }
}
