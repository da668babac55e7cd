import CDescentKernels

/// A method that sees tensors as matrices: row and column means, orthogonal steps, matrices for the sides. What it does not
/// take is left to its rule, element by element.
protocol MatrixMethod {
  static var algorithm: UInt32 { get }
  /// Whether a tensor is this method's, and not its rule's.
  static func takes(_ shape: Shape, _ options: OptionValues) -> Bool
  /// The shape of a state buffer that has not one number for each element; nil if a tensor has none.
  static func shape(ofState index: Int, _ tensor: Shape, _ options: OptionValues) -> Shape?
  /// How many doubles of working memory a tensor needs, beside its gradient.
  static func room(_ shape: Shape, _ options: OptionValues) -> Int64
  /// One step of a tensor that it takes.
  static func step<Element: MatrixElement>(_ tensor: MatrixTensor<Element>)
}

/// A tensor in a step of a matrix method, with the gradient after clipping and coupled decay, which is the method's own.
struct MatrixTensor<Element: MatrixElement> {
  let rows: Int
  let columns: Int
  let values: UnsafeMutablePointer<Element>
  let gradient: UnsafeMutablePointer<Element>
  /// What of the values decay leaves before the step.
  let kept: Double
  /// From 1.
  let step: UInt64
  /// With the rates of this step.
  let options: OptionValues
  let room: UnsafeMutablePointer<Double>
  let states: InlineArray<6, UnsafeMutableRawPointer?>

  var count: Int { rows * columns }
  /// The same in whole cache lines, so that what lies in working memory does not depend on other tensors, nor do OpenBLAS's
  /// bits on where it lies.
  var pitch: Int { wholeLines(count) }
  var rate: Double { options[KERNEL_LEARNING_RATE] }

  func isOn(_ option: kernel_option) -> Bool { options[option] != 0 }

  /// Whether the arithmetic of a dialect is wanted.
  func speaks(_ dialect: kernel_dialect) -> Bool { options[KERNEL_DIALECT] == Double(dialect.rawValue) }

  /// A state buffer, if the tensor has it.
  func state(_ index: Int) -> UnsafeMutablePointer<Element>? { states[index]?.assumingMemoryBound(to: Element.self) }

  /// Working memory from a place on, counted in doubles.
  func room(_ place: Int) -> UnsafeMutablePointer<Element> {
    UnsafeMutableRawPointer(room + place).assumingMemoryBound(to: Element.self)
  }

  /// The sum of products in double, in a fixed order.
  func product(_ a: UnsafePointer<Element>, _ b: UnsafePointer<Element>) -> Double {
    sumOfProducts(a, b, isDouble: Element.type == .float64, count: count)
  }
}

/// So many doubles and the rest of their last cache line.
func wholeLines<Count: FixedWidthInteger>(_ count: Count) -> Count { (count + 7) & ~7 }

/// A matrix method's functions, as values.
struct AnyMatrixMethod {
  let takes: (Shape, OptionValues) -> Bool
  let shape: (Int, Shape, OptionValues) -> Shape?
  let room: (Shape, OptionValues) -> Int64
  private let stepFloat: (MatrixTensor<Float>) -> Void
  private let stepDouble: (MatrixTensor<Double>) -> Void

  init<Method: MatrixMethod>(_: Method.Type) {
    takes = { Method.takes($0, $1) }
    shape = { Method.shape(ofState: $0, $1, $2) }
    room = { Method.room($0, $1) }
    stepFloat = { Method.step($0) }
    stepDouble = { Method.step($0) }
  }

  func step(_ tensor: MatrixTensor<Float>) { stepFloat(tensor) }
  func step(_ tensor: MatrixTensor<Double>) { stepDouble(tensor) }

  /// The methods: one line each.
  static func find(_ algorithm: UInt32) -> AnyMatrixMethod? {
    switch algorithm {
    case AdafactorMethod.algorithm: AnyMatrixMethod(AdafactorMethod.self)
    case MuonMethod.algorithm: AnyMatrixMethod(MuonMethod.self)
    case ShampooMethod.algorithm: AnyMatrixMethod(ShampooMethod.self)
    case SOAPMethod.algorithm: AnyMatrixMethod(SOAPMethod.self)
    default: nil
    }
  }
}
