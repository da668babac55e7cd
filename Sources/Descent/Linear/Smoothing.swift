/// A batch method on its way to the minimum of a loss with kinks. At a kink the gradient says nothing of the other side, and a
/// method that trusts it comes to rest above the minimum. So it first minimizes the loss with wide parabolas in the kinks'
/// places, and then with narrower ones (Nesterov, "Smooth minimization of non-smooth functions", 2005): in the end they are
/// as wide as a thousandth of the loss, and raise it by less than an eighth of that.
struct Smoothing {
  /// How wide the parabolas are; 0 where there are none.
  private(set) var width = 0.0
  /// A loss that was progress with these, and the iterations since.
  private var mark = Double.infinity
  private var stale: UInt32 = 0

  private static var first: Double { 0.1 }
  private static var last: Double { 1e-3 }
  private static var patience: UInt32 { 10 }

  /// None.
  init() {}

  /// Where the loss, penalties apart, is so large.
  init(loss: Double) { if loss.isFinite { width = Self.first * loss } }

  /// Notes the loss of an iteration; says whether more of them would win little with parabolas as wide as these.
  mutating func note(_ loss: Double) -> Bool {
    if width == 0 { return false }
    if loss < mark - 1e-4 * width {
      (mark, stale) = (loss, 0)
    } else {
      stale += stale == .max ? 0 : 1
    }
    return stale >= Self.patience
  }

  /// Makes the parabolas narrower; false if they are narrow enough.
  mutating func narrow(_ loss: Double) -> Bool {
    let next = max(width / 10, Self.last * loss)
    guard next.isFinite && next < width / 2 else { return false }
    (width, mark, stale) = (next, .infinity, 0)
    return true
  }

  /// For saving and loading.
  mutating func list(_ fields: inout Fields) throws(Failure) {
    guard fields.has("smoothing.width", whenWriting: width > 0) else { return }
    try fields.real("smoothing.width", &width)
    try fields.real("smoothing.mark", &mark)
    try fields.constant("smoothing.stale", &stale)
    guard width.isFinite && width >= 0 else { throw Failure(.corruptState, "smoothing: width: \(width)") }
  }
}
