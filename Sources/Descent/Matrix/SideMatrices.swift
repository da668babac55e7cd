import CDescentKernels

/// One side of a tensor, of which a method keeps a square matrix: its rows, or its columns.
enum Side: Int {
  case rows = 0
  case columns = 1

  func length(_ tensor: Shape) -> Int { self == .rows ? tensor.rows : tensor.columns }

  /// Whether it has a matrix: a tensor with one row has none for that.
  func hasMatrix(_ tensor: Shape, _ options: OptionValues) -> Bool {
    if self == .rows && tensor.rows == 1 { return false }
    return Double(length(tensor)) <= options[KERNEL_MAXIMUM_SIDE]
  }

  func square(_ tensor: Shape) -> Shape {
    Shape(checkedRows: length(tensor), columns: length(tensor), type: tensor.type)
  }

  /// The longest side that has a matrix; 0 if none has.
  static func longest(_ tensor: Shape, _ options: OptionValues) -> Int {
    max(
      Side.rows.hasMatrix(tensor, options) ? tensor.rows : 0,
      Side.columns.hasMatrix(tensor, options) ? tensor.columns : 0)
  }
}

extension MatrixTensor {
  func length(_ side: Side) -> Int { side == .rows ? rows : columns }

  /// `statistics = keep · statistics + scale · G Gᵀ`, or Gᵀ G for the columns.
  func add(
    _ gradient: UnsafePointer<Element>, to statistics: UnsafeMutablePointer<Element>, _ side: Side, keep: Element,
    scale: Element, _ products: Products
  ) {
    products.square(
      gradient, into: statistics, side: length(side), inner: count / length(side), ofColumns: side == .columns,
      scale: scale, keep: keep)
  }

  /// `out = A · x` for the rows, `x · A` for the columns; with `A` transposed if that is wanted.
  func apply(
    _ matrix: UnsafePointer<Element>, _ side: Side, transposed: Bool, to x: UnsafePointer<Element>,
    into out: UnsafeMutablePointer<Element>, _ products: Products
  ) {
    if side == .rows {
      products.multiply(matrix, x, into: out, rows: rows, columns: columns, inner: rows, transposed ? .left : .none)
    } else {
      products.multiply(x, matrix, into: out, rows: rows, columns: columns, inner: columns, transposed ? .right : .none)
    }
  }
}
