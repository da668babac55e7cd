import CDescentKernels

/// Shampoo: see Kernels/Rules/Shampoo.swift for its arithmetic. States: the step before, the sum of squares where there are no
/// matrices, statistics of rows and columns, and their roots.
enum ShampooMethod: MatrixMethod {
  static var algorithm: UInt32 { 61 }

  static func takes(_ shape: Shape, _ options: OptionValues) -> Bool { Side.longest(shape, options) > 0 }

  static func shape(ofState index: Int, _ tensor: Shape, _ options: OptionValues) -> Shape? {
    if index == 1 { return takes(tensor, options) ? nil : tensor }
    let side: Side = index == 2 || index == 4 ? .rows : .columns
    return side.hasMatrix(tensor, options) ? side.square(tensor) : nil
  }

  /// The gradient and the step; a matrix in double, its eigenvalues, what it becomes, and what that takes.
  static func room(_ shape: Shape, _ options: OptionValues) -> Int64 {
    let side = Int64(Side.longest(shape, options))
    return 2 * wholeLines(Int64(shape.count)) + 2 * wholeLines(side * side) + wholeLines(side)
      + Decompositions.room(side)
  }

  static func step<Element: MatrixElement>(_ tensor: MatrixTensor<Element>) {
    let (count, options, products) = (tensor.count, tensor.options, Products())
    let (gradient, step) = (tensor.room(0), tensor.room(tensor.pitch))
    copy(tensor.gradient, to: gradient, count: count)
    if let before = tensor.state(0), tensor.step > 1 {
      // The decay that is in the gradient counts whole.
      let decay = options[KERNEL_MOMENTUM_DECAY]
      let (kept, ofWeights) = (Element(decay), Element(decay * options[KERNEL_WEIGHT_DECAY]))
      for index in 0..<count {
        gradient[index] = (1 - kept) * gradient[index] + kept * before[index] + ofWeights * tensor.values[index]
      }
    }
    let isTwoSided = tensor.state(2) != nil && tensor.state(3) != nil
    var (source, target) = (gradient, step)
    for number in 0..<2 {
      let (side, place) = (Side(rawValue: number)!, 2 + number)
      guard let statistics = tensor.state(place), let root = tensor.state(place + 2) else { continue }
      let length = tensor.length(side)
      if tensor.step == 1 {
        for index in 0..<length { statistics[index * (length + 1)] = Element(options[KERNEL_EPSILON]) }
      }
      tensor.add(gradient, to: statistics, side, keep: 1, scale: 1, products)
      if tensor.step % UInt64(options[KERNEL_PRECONDITION_FREQUENCY]) == 0 {
        invertRoot(tensor, statistics, into: root, length, isTwoSided: isTwoSided, products)
      }
    }
    for number in 0..<2 {
      guard let root = tensor.state(4 + number) else { continue }
      tensor.apply(root, Side(rawValue: number)!, transposed: false, to: source, into: target, products)
      (source, target) = (target, source)
    }
    if let before = tensor.state(0) { copy(UnsafePointer(source), to: before, count: count) }
    let (kept, rate) = (Element(tensor.kept), Element(tensor.rate))
    for index in 0..<count { tensor.values[index] = kept * tensor.values[index] - rate * source[index] }
  }

  /// `statistics^(−1/4)`, or `^(−1/2)` where the tensor has one matrix only.
  private static func invertRoot<Element: MatrixElement>(
    _ tensor: MatrixTensor<Element>, _ statistics: UnsafePointer<Element>,
    into root: UnsafeMutablePointer<Element>, _ side: Int, isTwoSided: Bool, _ products: Products
  ) {
    let (vectors, square) = (tensor.room + 2 * tensor.pitch, wholeLines(side * side))
    let (scaled, values) = (vectors + square, vectors + 2 * square)
    for index in 0..<side * side { vectors[index] = Double(statistics[index]) }
    Decompositions().eigenvectors(vectors, values, side: side, room: values + wholeLines(side))
    for row in 0..<side {
      // The matrix has none below ε but by rounding, which in float32 is more than a small ε. Asked this way round, a NaN
      // goes on.
      let least = tensor.options[KERNEL_EPSILON]
      let value = (values[row] <= least ? least : values[row]).squareRoot()
      let power = 1 / (isTwoSided ? value.squareRoot() : value)
      for column in 0..<side { scaled[row * side + column] = power * vectors[row * side + column] }
    }
    let out = values + wholeLines(side)
    products.multiply(vectors, scaled, into: out, rows: side, columns: side, inner: side, .left)
    for index in 0..<side * side { root[index] = Element(out[index]) }
  }
}
