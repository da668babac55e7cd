import CDescentKernels

/// SOAP: see Kernels/Rules/SOAP.swift for its arithmetic. States: m, v, statistics of rows and columns, and their bases, whose
/// columns are eigenvectors by falling eigenvalues.
enum SOAPMethod: MatrixMethod {
  static var algorithm: UInt32 { 62 }

  /// What is normalized needs a sum over the whole tensor, also where it has no matrices.
  static func takes(_ shape: Shape, _ options: OptionValues) -> Bool {
    hasMatrices(shape, options) || options[KERNEL_NORMALIZE_GRADIENT] != 0
  }

  private static func hasMatrices(_ shape: Shape, _ options: OptionValues) -> Bool {
    (shape.rows > 1 || options[KERNEL_PRECONDITION_VECTORS] != 0) && Side.longest(shape, options) > 0
  }

  static func shape(ofState index: Int, _ tensor: Shape, _ options: OptionValues) -> Shape? {
    let side: Side = index == 2 || index == 4 ? .rows : .columns
    return hasMatrices(tensor, options) && side.hasMatrix(tensor, options) ? side.square(tensor) : nil
  }

  /// Two tensors; a matrix in double, another, its eigenvalues and their order, and what that takes.
  static func room(_ shape: Shape, _ options: OptionValues) -> Int64 {
    let side = Int64(Side.longest(shape, options))
    return 2 * wholeLines(Int64(shape.count)) + 2 * wholeLines(side * side) + 2 * wholeLines(side)
      + Decompositions.room(side)
  }

  static func step<Element: MatrixElement>(_ tensor: MatrixTensor<Element>) {
    let (options, products) = (tensor.options, Products())
    let beta = options[KERNEL_BETA3] > 0 ? options[KERNEL_BETA3] : options[KERNEL_BETA2]
    if tensor.step > 1 {
      move(tensor, products)
    } else {
      let kept = Element(tensor.kept)
      for index in 0..<tensor.count { tensor.values[index] *= kept }
    }
    for number in 0..<2 {
      let (side, place) = (Side(rawValue: number)!, 2 + number)
      guard let statistics = tensor.state(place), let basis = tensor.state(place + 2) else { continue }
      tensor.add(tensor.gradient, to: statistics, side, keep: Element(beta), scale: Element(1 - beta), products)
      if tensor.step == 1 {
        beginBasis(tensor, statistics, into: basis, tensor.length(side))
      } else if (tensor.step - 1) % UInt64(options[KERNEL_PRECONDITION_FREQUENCY]) == 0 {
        turnBasis(tensor, statistics, basis, side, products)
      }
    }
  }

  private static func move<Element: MatrixElement>(_ tensor: MatrixTensor<Element>, _ products: Products) {
    let (count, options) = (tensor.count, tensor.options)
    let (mean, second) = (tensor.state(0).unsafelyUnwrapped, tensor.state(1).unsafelyUnwrapped)
    let (beta1, beta2) = (options[KERNEL_BETA1], options[KERNEL_BETA2])
    let rotated = rotate(tensor, tensor.gradient, back: false, products)
    do {
      let (keptMean, share, kept2, share2) = (Element(beta1), Element(1 - beta1), Element(beta2), Element(1 - beta2))
      for index in 0..<count {
        mean[index] = keptMean * mean[index] + share * tensor.gradient[index]
        second[index] = kept2 * second[index] + share2 * (rotated[index] * rotated[index])
      }
    }
    let direction = rotate(tensor, mean, back: false, products)
    let epsilon = Element(options[KERNEL_EPSILON])
    for index in 0..<count { direction[index] /= second[index].squareRoot() + epsilon }
    let update = rotate(tensor, direction, back: true, products)
    var rate = tensor.rate
    if tensor.isOn(KERNEL_NORMALIZE_GRADIENT) {
      rate /= (tensor.product(update, update) / Double(count)).squareRoot() + options[KERNEL_EPSILON]
    }
    if tensor.isOn(KERNEL_BIAS_CORRECTION) {
      let steps = Double(tensor.step - 1)
      rate *= (1 - power(beta2, steps)).squareRoot() / (1 - power(beta1, steps))
    }
    let (length, kept) = (Element(rate), Element(tensor.kept))
    let keptAfter = Element(1 - tensor.rate * options[KERNEL_DECOUPLED_WEIGHT_DECAY])
    for index in 0..<count {
      tensor.values[index] = (kept * tensor.values[index] - length * update[index]) * keptAfter
    }
  }

  /// `Q₁ᵀ x Q₂`, or `Q₁ x Q₂ᵀ` back; in one of the two tensors of working memory.
  private static func rotate<Element: MatrixElement>(
    _ tensor: MatrixTensor<Element>, _ x: UnsafePointer<Element>, back: Bool, _ products: Products
  ) -> UnsafeMutablePointer<Element> {
    var source = x
    var target = UnsafePointer(tensor.room(0)) == x ? tensor.room(tensor.pitch) : tensor.room(0)
    if let basis = tensor.state(4) {
      tensor.apply(basis, .rows, transposed: !back, to: source, into: target, products)
      source = UnsafePointer(target)
      target = UnsafePointer(tensor.room(0)) == source ? tensor.room(tensor.pitch) : tensor.room(0)
    }
    if let basis = tensor.state(5) {
      tensor.apply(basis, .columns, transposed: back, to: source, into: target, products)
      source = UnsafePointer(target)
    }
    if source == x {
      copy(x, to: target, count: tensor.count)
      return target
    }
    return UnsafeMutablePointer(mutating: source)
  }

  private static func beginBasis<Element: MatrixElement>(
    _ tensor: MatrixTensor<Element>, _ statistics: UnsafePointer<Element>,
    into basis: UnsafeMutablePointer<Element>, _ side: Int
  ) {
    let vectors = tensor.room + 2 * tensor.pitch
    let values = vectors + 2 * wholeLines(side * side)
    for index in 0..<side * side { vectors[index] = Double(statistics[index]) }
    for index in 0..<side { vectors[index * (side + 1)] += 1e-30 }
    Decompositions().eigenvectors(vectors, values, side: side, room: values + 2 * wholeLines(side))
    for row in 0..<side {
      for column in 0..<side { basis[column * side + side - 1 - row] = Element(vectors[row * side + column]) }
    }
  }

  /// One step of a power iteration with a QR decomposition, the columns sorted by how much they count; v is sorted with them.
  private static func turnBasis<Element: MatrixElement>(
    _ tensor: MatrixTensor<Element>, _ statistics: UnsafePointer<Element>,
    _ basis: UnsafeMutablePointer<Element>, _ side: Side, _ products: Products
  ) {
    let length = tensor.length(side)
    let (first, square, line) = (tensor.room + 2 * tensor.pitch, wholeLines(length * length), wholeLines(length))
    let second = first + square
    let values = second + square
    let (order, room) = (values + line, values + 2 * line)
    // Qᵀ, then (GG Q)ᵀ = Qᵀ GG.
    for row in 0..<length {
      for column in 0..<length { first[row * length + column] = Double(basis[column * length + row]) }
    }
    for index in 0..<length * length { room[index] = Double(statistics[index]) }
    products.multiply(first, room, into: second, rows: length, columns: length, inner: length)
    for row in 0..<length {
      var value = 0.0
      for column in 0..<length { value += first[row * length + column] * second[row * length + column] }
      values[row] = value
      order[row] = Double(row)
    }
    sort(order, by: values, length)
    for row in 0..<length {
      copy(UnsafePointer(second + Int(order[row]) * length), to: first + row * length, count: length)
    }
    Decompositions().orthogonalizeRows(first, side: length, room: room)
    for row in 0..<length {
      for column in 0..<length { basis[column * length + row] = Element(first[row * length + column]) }
    }
    // v has its numbers in that order.
    let (squares, sorted) = (tensor.state(1).unsafelyUnwrapped, tensor.room(0))
    copy(UnsafePointer(squares), to: sorted, count: tensor.count)
    for row in 0..<tensor.rows {
      for column in 0..<tensor.columns {
        let source =
          side == .rows ? Int(order[row]) * tensor.columns + column : row * tensor.columns + Int(order[column])
        squares[row * tensor.columns + column] = sorted[source]
      }
    }
  }

  /// Indices by falling values; those of equal ones in their order. Insertion: they are nearly sorted.
  private static func sort(_ order: UnsafeMutablePointer<Double>, by values: UnsafePointer<Double>, _ count: Int) {
    for index in 1..<max(count, 1) {
      let moved = order[index]
      var place = index
      while place > 0 && values[Int(order[place - 1])] < values[Int(moved)] {
        order[place] = order[place - 1]
        place -= 1
      }
      order[place] = moved
    }
  }
}
