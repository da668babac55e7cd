import CDescentKernels

/// Adafactor: see Kernels/Rules/Adafactor.swift for its arithmetic. States: row means, column means, v, m.
enum AdafactorMethod: MatrixMethod {
  static var algorithm: UInt32 { 42 }

  static func takes(_ shape: Shape, _ options: OptionValues) -> Bool { true }

  private static func isFactored(_ shape: Shape, _ options: OptionValues) -> Bool {
    shape.rows > 1 && Double(min(shape.rows, shape.columns)) >= options[KERNEL_MINIMUM_SIDE]
  }

  static func shape(ofState index: Int, _ tensor: Shape, _ options: OptionValues) -> Shape? {
    switch (index, isFactored(tensor, options)) {
    case (0, true): Shape(checkedRows: tensor.rows, columns: 1, type: tensor.type)
    case (1, true): Shape(checkedRows: 1, columns: tensor.columns, type: tensor.type)
    case (2, false): tensor
    default: nil
    }
  }

  /// The factors of rows and columns.
  static func room(_ shape: Shape, _ options: OptionValues) -> Int64 { Int64(shape.rows) + Int64(shape.columns) }

  static func step<Element: MatrixElement>(_ tensor: MatrixTensor<Element>) {
    let (rows, columns, options) = (tensor.rows, tensor.columns, tensor.options)
    let (values, gradient) = (tensor.values, tensor.gradient)
    let isOptax = tensor.speaks(KERNEL_OPTAX)
    let given = options[KERNEL_EPSILON]
    let epsilon = given > 0 ? given : isOptax ? 0 : Double(Element.ulpOfOne)
    // What is added to each square, and the greatest factor of a gradient.
    let (added, limit) = isOptax ? (epsilon, Double.infinity) : (0, 1 / epsilon)
    let time = Double(tensor.step)
    let share = power(time, -options[KERNEL_DECAY_POWER])
    let (rowFactors, columnFactors) = (tensor.room, tensor.room + rows)
    let weights = (tensor.product(values, values) / Double(tensor.count)).squareRoot()

    // u of an element is its gradient times a factor.
    let isFactored = tensor.state(0) != nil
    if let rowMeans = tensor.state(0), let columnMeans = tensor.state(1) {
      for column in 0..<columns { columnFactors[column] = 0 }
      var total = 0.0
      for row in 0..<rows {
        var sum = 0.0
        for column in 0..<columns {
          let g = Double(gradient[row * columns + column])
          let square = g * g + added
          sum += square
          columnFactors[column] += square
        }
        let before = Double(rowMeans[row])
        rowMeans[row] = Element(before + share * (sum / Double(columns) - before))
        total += Double(rowMeans[row])
      }
      let mean = total / Double(rows)
      let divisor = isOptax ? mean : max(mean, epsilon)
      for row in 0..<rows { rowFactors[row] = 1 / (Double(rowMeans[row]) / divisor).squareRoot() }
      for column in 0..<columns {
        let before = Double(columnMeans[column])
        columnMeans[column] = Element(before + share * (columnFactors[column] / Double(rows) - before))
        columnFactors[column] = 1 / Double(columnMeans[column]).squareRoot()
      }
    } else if let second = tensor.state(2) {
      for index in 0..<tensor.count {
        let (g, before) = (Double(gradient[index]), Double(second[index]))
        second[index] = Element(before + share * (g * g + added - before))
      }
    }
    func direction(_ row: Int, _ column: Int) -> Double {
      let index = row * columns + column
      let factor =
        isFactored
        ? rowFactors[row] * columnFactors[column] : 1 / Double(tensor.state(2).unsafelyUnwrapped[index]).squareRoot()
      // Asked this way round, a factor of 0 / 0 is the limit, and a NaN of the gradient goes on.
      return Double(gradient[index]) * (factor < limit ? factor : limit)
    }

    var squares = 0.0
    for row in 0..<rows {
      for column in 0..<columns {
        let u = direction(row, column)
        squares += u * u
      }
    }
    let excess = (squares / Double(tensor.count)).squareRoot() / options[KERNEL_CLIP_THRESHOLD]
    let scale = tensor.isOn(KERNEL_SCALE_BY_WEIGHTS) ? max(options[KERNEL_SCALE_FLOOR], weights) : 1
    let rate = isOptax ? tensor.rate : min(tensor.rate, 1 / time.squareRoot())
    // Asked this way round, a NaN goes on.
    let length = rate * scale / (excess <= 1 ? 1 : excess)
    let kept = tensor.kept * (1 - tensor.rate * options[KERNEL_DECOUPLED_WEIGHT_DECAY])
    let decay = options[KERNEL_MOMENTUM_DECAY]
    for row in 0..<rows {
      for column in 0..<columns {
        let index = row * columns + column
        var change = length * direction(row, column)
        if let momentum = tensor.state(3) {
          change = decay * Double(momentum[index]) + (1 - decay) * change
          momentum[index] = Element(change)
        }
        values[index] = Element(kept * Double(values[index]) - change)
      }
    }
  }
}
