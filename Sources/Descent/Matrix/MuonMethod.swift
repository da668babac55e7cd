import CDescentKernels

/// Muon: see Kernels/Rules/Muon.swift for its arithmetic. States: m, and v of tensors with one row.
enum MuonMethod: MatrixMethod {
  static var algorithm: UInt32 { 60 }

  static func takes(_ shape: Shape, _ options: OptionValues) -> Bool { shape.rows > 1 }

  static func shape(ofState index: Int, _ tensor: Shape, _ options: OptionValues) -> Shape? {
    takes(tensor, options) ? nil : tensor
  }

  /// X twice, u, A and a polynomial of it.
  static func room(_ shape: Shape, _ options: OptionValues) -> Int64 {
    let side = Int64(min(shape.rows, shape.columns))
    return 3 * wholeLines(Int64(shape.count)) + 2 * wholeLines(side * side)
  }

  static func step<Element: MatrixElement>(_ tensor: MatrixTensor<Element>) {
    let (rows, columns, count, options) = (tensor.rows, tensor.columns, tensor.count, tensor.options)
    let (mean, gradient) = (tensor.state(0).unsafelyUnwrapped, tensor.gradient)
    let (direction, decay) = (tensor.room(0), options[KERNEL_MOMENTUM_DECAY])
    let isOptax = tensor.speaks(KERNEL_OPTAX)
    let looksAhead = tensor.isOn(KERNEL_NESTEROV_MOMENTUM)
    var (ofMean, ofGradient) = looksAhead ? (decay, 1 - decay) : (1, 0)
    if isOptax {
      let correction = 1 - power(decay, Double(tensor.step))
      (ofMean, ofGradient) =
        looksAhead
        ? (decay / (1 - power(decay, Double(tensor.step + 1))), (1 - decay) / correction) : (1 / correction, 0)
    }
    let (kept, share) = (Element(ofMean), Element(ofGradient))
    let (keptMean, shareOfMean) = (Element(decay), Element(1 - decay))
    for index in 0..<count {
      mean[index] = keptMean * mean[index] + shareOfMean * gradient[index]
      direction[index] = kept * mean[index] + share * gradient[index]
    }

    let epsilon = options[KERNEL_EPSILON]
    let norm = tensor.product(direction, direction).squareRoot()
    let length = tensor.speaks(KERNEL_PYTORCH) ? max(norm, epsilon) : norm + epsilon
    // The sides' quotient, or what makes the step's elements as large as those of AdamW.
    let (tall, wide) = isOptax ? (columns, rows) : (rows, columns)
    var scale =
      options[KERNEL_CONSISTENT_RMS] > 0
      ? options[KERNEL_CONSISTENT_RMS] * Double(max(rows, columns)).squareRoot()
      : max(1, Double(tall) / Double(wide)).squareRoot()
    let x = orthogonal(tensor, direction, divisor: length)
    if tensor.isOn(KERNEL_ADAPTIVE_SCALE) { scale *= tensor.product(direction, x) }
    let (keptValues, rate) = (
      Element(tensor.kept * (1 - tensor.rate * options[KERNEL_DECOUPLED_WEIGHT_DECAY])), Element(tensor.rate * scale)
    )
    for index in 0..<count { tensor.values[index] = keptValues * tensor.values[index] - rate * x[index] }
  }

  /// A matrix with nearly the same singular vectors, and singular values near 1. The sides' order does not matter: A is that of
  /// the shorter one.
  private static func orthogonal<Element: MatrixElement>(
    _ tensor: MatrixTensor<Element>, _ matrix: UnsafePointer<Element>, divisor: Double
  ) -> UnsafeMutablePointer<Element> {
    let (rows, columns, count) = (tensor.rows, tensor.columns, tensor.count)
    let side = min(rows, columns)
    let isTall = rows > columns
    var (x, next) = (tensor.room(tensor.pitch), tensor.room(2 * tensor.pitch))
    let squares = tensor.room(3 * tensor.pitch)
    let polynomial = tensor.room(3 * tensor.pitch + wholeLines(side * side))
    // 0 / 0 of a gradient of zeros would be NaN, and its step is 0.
    let factor = divisor == 0 ? 0 : 1 / divisor
    for index in 0..<count { x[index] = Element(Double(matrix[index]) * factor) }
    let products = Products()
    for _ in 0..<Int(tensor.options[KERNEL_ORTHOGONALIZATION_STEPS]) {
      products.square(x, into: squares, side: side, inner: max(rows, columns), ofColumns: isTall)
      // P = −4.775 A + 2.0315 A²; A is symmetric.
      copy(UnsafePointer(squares), to: polynomial, count: side * side)
      products.square(squares, into: polynomial, side: side, inner: side, ofColumns: false, scale: 2.0315, keep: -4.775)
      copy(UnsafePointer(x), to: next, count: count)
      if isTall {
        products.multiply(x, polynomial, into: next, rows: rows, columns: columns, inner: columns, keep: 3.4445)
      } else {
        products.multiply(polynomial, x, into: next, rows: rows, columns: columns, inner: rows, keep: 3.4445)
      }
      (x, next) = (next, x)
    }
    return x
  }
}
