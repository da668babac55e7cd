import CDescentKernels

/// Muon: see Kernels/Rules/Muon.swift for its arithmetic. States: m, and v of tensors with one row.
enum MuonMethod: MatrixMethod {
  static var algorithm: UInt32 { 60 }

  static func takes(_ shape: Shape, _ options: OptionValues) -> Bool { shape.rows > 1 }

  static func shape(ofState index: Int, _ tensor: Shape, _ options: OptionValues) -> Shape? {
    takes(tensor, options) ? nil : tensor
  }

  static func room(_ shape: Shape, _ options: OptionValues) -> Int64 { NewtonSchulz.room(shape) }

  static func step<Element: MatrixElement>(_ tensor: MatrixTensor<Element>) {
    let (rows, columns, count, options) = (tensor.rows, tensor.columns, tensor.count, tensor.options)
    let mean = tensor.state(0).unsafelyUnwrapped
    let (direction, decay) = (tensor.gradient, options[KERNEL_MOMENTUM_DECAY])
    let isOptax = tensor.speaks(KERNEL_OPTAX)
    let looksAhead = tensor.isOn(KERNEL_NESTEROV_MOMENTUM)
    var (ofMean, ofGradient) = looksAhead ? (decay, 1 - decay) : (1, 0)
    if isOptax {
      let correction = 1 - power(decay, Double(tensor.step))
      (ofMean, ofGradient) =
        looksAhead
        ? (decay / (1 - power(decay, Double(tensor.step + 1))), (1 - decay) / correction) : (1 / correction, 0)
    }
    combine(into: mean, decay, mean, 1 - decay, direction, count: count)
    combine(into: direction, ofMean, mean, ofGradient, direction, count: count)
    // The norm is that of what was rounded, as PyTorch's.
    let rounds = Element.type == .float32 && tensor.isOn(KERNEL_BFLOAT16_PRODUCTS)
    if rounds { roundToBFloat16(direction, count: count) }

    let epsilon = options[KERNEL_EPSILON]
    let norm = tensor.product(direction, direction).squareRoot()
    let length = tensor.speaks(KERNEL_PYTORCH) ? max(norm, epsilon) : norm + epsilon
    // The sides' quotient, or what makes the step's elements as large as those of AdamW.
    let (tall, wide) = isOptax ? (columns, rows) : (rows, columns)
    var scale =
      options[KERNEL_CONSISTENT_RMS] > 0
      ? options[KERNEL_CONSISTENT_RMS] * Double(max(rows, columns)).squareRoot()
      : max(1, Double(tall) / Double(wide)).squareRoot()
    let x = NewtonSchulz.orthogonalize(tensor, direction, divisor: length, rounds: rounds)
    if tensor.isOn(KERNEL_ADAPTIVE_SCALE) { scale *= tensor.product(direction, x) }
    let kept = tensor.kept * (1 - tensor.rate * options[KERNEL_DECOUPLED_WEIGHT_DECAY])
    combine(into: tensor.values, kept, tensor.values, -tensor.rate * scale, x, count: count)
  }
}
