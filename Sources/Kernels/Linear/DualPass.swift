import CDescentKernels

/// Dual coordinate ascent (Hsieh, Chang, Lin, Keerthi and Sundararajan 2008; Shalev-Shwartz and Zhang 2013) on some samples,
/// one after the other: each dual variable goes to where the dual problem is greatest along it, and W follows. The outputs do
/// not know of each other, so that any of them can be left to others.
func dualPass(_ request: UnsafePointer<kernel_dual_pass>, _ first: Int, _ last: Int) {
  let pass = request.pointee
  var product = pass.product
  product.matrix = UnsafePointer(pass.weights)
  product.is_far = true
  product.initial = UnsafePointer(pass.rounded_bias + first)
  var output = first
  while output < last {
    pass.rounded_bias[output] = Float(pass.bias[output])
    output += 1
  }
  var row = 0
  while row < pass.count {
    let sample = pass.samples[row]
    let weight = pass.sample_weights.map { $0[sample] } ?? 1
    if row + 2 < pass.count { prefetchDuals(pass, pass.samples[row + 2], first, last) }
    if weight > 0 {
      sumRow(product, row, to: pass.scores + first)
      moveDuals(request, sample, weight, first, last)
      var filler = last
      while filler < first + product.columns {
        pass.steps[filler] = 0
        filler += 1
      }
      var entry = product.starts[row]
      while entry < product.starts[row + 1] {
        let weights = pass.weights + Int(product.indices[entry]) * product.pitch
        addScaled(weights, pass.steps + first, product.values[entry], count: product.columns)
        entry += 1
      }
    }
    row += 1
  }
}

@inline(__always)
private func prefetchDuals(_ pass: kernel_dual_pass, _ sample: Int, _ first: Int, _ last: Int) {
  let duals = pass.duals + sample * pass.outputs
  var output = first
  while output < last {
    kernel_prefetch_near(duals + output)
    output += Int(KERNEL_DUAL_UNIT)
  }
}

/// Moves a sample's dual variables, and b; notes what W is to move by for a feature of 1.
@inline(never)
private func moveDuals(
  _ request: UnsafePointer<kernel_dual_pass>, _ sample: Int, _ weight: Double, _ first: Int, _ last: Int
) {
  let pass = request.pointee
  let share = pass.share * weight
  let stiffness = share * (pass.squares[sample] + pass.bias_square)
  let duals = pass.duals + sample * pass.outputs + first
  let bytes = (last - first) * MemoryLayout<Float>.stride
  UnsafeMutableRawPointer(pass.old_duals + first).copyMemory(from: duals, byteCount: bytes)
  let label = setTargets(pass, sample, first, last)
  var term = ColumnTerm(parameter: pass.parameter, LossScale(gradient: 1))
  var step = DualStep(pass.dual, pass.parameter, stiffness)
  var output = first
  while output < last {
    let (score, old) = (floats(pass.scores + output), floats(pass.old_duals + output))
    let target = doubles(pass.row_targets + output)
    (term.prediction, term.target) = (score, target)
    term.compute(pass.loss)
    put(doubles(pass.losses + output) + weight * term.value, pass.losses + output)

    (step.score, step.rest, step.target) = (score, score - stiffness * old, target)
    let rounded = narrow(step.solve())
    store(rounded, to: UnsafeMutableRawPointer(pass.new_duals + output))
    let change = widen(rounded) - old
    let move = magnitude(stiffness * change) - KERNEL_DUAL_REST * magnitude(score)
    put(maximum(doubles(pass.moves + output), move), pass.moves + output)

    let scaled = share * change
    let bias = doubles(pass.bias + output) + pass.bias_square * scaled
    store(narrow(scaled), to: UnsafeMutableRawPointer(pass.steps + output))
    store(narrow(bias), to: UnsafeMutableRawPointer(pass.rounded_bias + output))
    put(bias, pass.bias + output)
    output += Lanes.scalarCount
  }
  if let label { pass.row_targets[label] = 0 }
  UnsafeMutableRawPointer(duals).copyMemory(from: pass.new_duals + first, byteCount: bytes)
}

/// Writes a sample's targets; returns where the only one is that is not 0, if there is one.
@inline(__always)
private func setTargets(_ pass: kernel_dual_pass, _ sample: Int, _ first: Int, _ last: Int) -> Int? {
  if let labels = pass.labels {
    let label = Int(labels[sample] &- pass.first_label)
    if label < first || label >= last { return nil }
    pass.row_targets[label] = 1
    return label
  }
  let targets = LaneRow(pass.targets.unsafelyUnwrapped, count: 0, isDouble: pass.targets_are_double)
  var output = first
  while output < last {
    // As the model sees them.
    let center = pass.target_centers.map { $0[output] } ?? 0
    pass.row_targets[output] = Double(Float(targets[sample * pass.outputs + output] - center))
    output += 1
  }
  return nil
}

@inline(__always)
private func floats(_ place: UnsafeMutablePointer<Float>) -> Lanes {
  widen(load(UnsafeRawPointer(place), as: SIMD8<Float>.self))
}
@inline(__always)
private func doubles(_ place: UnsafeMutablePointer<Double>) -> Lanes { load(UnsafeRawPointer(place), as: Lanes.self) }
@inline(__always)
private func put(_ x: Lanes, _ place: UnsafeMutablePointer<Double>) { store(x, to: UnsafeMutableRawPointer(place)) }

@inline(__always)
private func addScaled(
  _ out: UnsafeMutablePointer<Float>, _ row: UnsafeMutablePointer<Float>, _ factor: Float, count: Int
) {
  let x = FloatVector(repeating: factor)
  let bytes = count * MemoryLayout<Float>.stride
  var offset = 0
  while offset < bytes {
    let part = Part<FloatVector>(offset: offset, rest: bytes - offset)
    let moved = part.load(UnsafeRawPointer(out)) + x * part.load(UnsafeRawPointer(row))
    part.store(moved, to: UnsafeMutableRawPointer(out))
    offset += MemoryLayout<FloatVector>.stride
  }
}

/// Eight scores and where their dual variables go: to the `a` that is minus the derivative of the loss at `rest + stiffness
/// a`. In memory, so that the arithmetic has whole vectors.
private struct DualStep {
  let dual: kernel_dual
  let parameter: Double
  let stiffness: Double
  var score = Lanes()
  var rest = Lanes()
  var target = Lanes()
  private var variable = Lanes()

  @inline(__always)
  init(_ dual: kernel_dual, _ parameter: Double, _ stiffness: Double) {
    (self.dual, self.parameter, self.stiffness) = (dual, parameter, stiffness)
  }

  @inline(__always)
  mutating func solve() -> Lanes {
    let isLogistic = dual.is_logistic
    withUnsafeMutablePointer(to: &self) { isLogistic ? Self.solveLogistic($0) : Self.solve($0) }
    return variable
  }

  @inline(never)
  private static func solve(_ place: UnsafeMutablePointer<DualStep>) {
    let (dual, parameter, target) = (place.pointee.dual, place.pointee.parameter, place.pointee.target)
    let distance = (dual.is_hinge ? target + target - 1 : target) - place.pointee.rest
    let excess = maximum(magnitude(distance) - dual.margin_share * parameter, Lanes())
    var a = excess.replacing(with: 0 - excess, where: distance .< 0) / (place.pointee.stiffness + dual.softness)
    let least = Lanes(repeating: dual.low + dual.low_share * parameter)
    let greatest = Lanes(repeating: dual.high + dual.high_share * parameter)
    a = a.replacing(with: least, where: a .< least).replacing(with: greatest, where: a .> greatest)
    // That of a hinge has the sign of its own class.
    if dual.is_hinge { a = a.replacing(with: 0, where: (a .< 0) .^ (target .!= 1)) }
    place.pointee.variable = a
  }

  /// `a = t − σ(u)` where `u + stiffness σ(u) = rest + stiffness t`. As σ(−u) = 1 − σ(u), u may be taken as positive, where
  /// the slope of σ falls: there Newton's method comes nearer from one step to the next, after the first one. (Yu, Huang and
  /// Lin 2011 have another safeguard.)
  @inline(never)
  private static func solveLogistic(_ place: UnsafeMutablePointer<DualStep>) {
    let (stiffness, score, target) = (place.pointee.stiffness, place.pointee.score, place.pointee.target)
    let given = place.pointee.rest + stiffness * target
    let isPositive = given .> 0.5 * stiffness
    let goal = (stiffness - given).replacing(with: given, where: isPositive)
    var u = maximum((0 - score).replacing(with: score, where: isPositive), Lanes())
    var decay = Lanes()
    var rounds = 0
    while rounds < 64 {
      decay = exp(0 - u)
      let sum = decay + 1
      let next = maximum(u - (u + stiffness / sum - goal) / (stiffness * decay / (sum * sum) + 1), Lanes())
      let move = maximum(magnitude(next - u) - 1e-7 * u)
      u = next
      rounds += 1
      if !(move > 1e-7) { break }
    }
    place.pointee.variable = target - decay.replacing(with: 1, where: isPositive) / (decay + 1)
  }
}
