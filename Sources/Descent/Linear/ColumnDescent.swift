import CDescentKernels
import CPlatform

/// Columns of W, each with its b, on their way down: Newton's approximation of the loss in the weights in use, passes of
/// coordinate descent over it with soft thresholds, and a step along what they come to that makes the objective fall enough
/// (Armijo 1966). All is in double, and is what a column makes of W, b and the data: no column knows of another.
struct ColumnDescent: Job {
  let loss: UnsafePointer<kernel_loss>
  let parameter: Double
  let samples: Int
  let dimension: Int
  let outputs: Int
  let labels: UnsafePointer<Int32>?
  let targets: Dataset.Targets?
  let firstLabel: Int
  let weightings: UnsafePointer<Float>?
  let l1: Double
  let l2: Double
  let trained: UnsafeMutablePointer<Float>
  let gradient: UnsafePointer<Float>
  /// The features in use; for each of all where its entries begin, below 0 where they are not there, and how many it has.
  let features: UnsafeMutablePointer<UInt32>
  var featureCount = 0
  let starts: UnsafeMutablePointer<Int64>
  let counts: UnsafeMutablePointer<UInt32>
  var rows: UnsafeMutablePointer<UInt32>?
  var values: UnsafeMutablePointer<Float>?
  /// Whether each column has moved.
  let moved: UnsafeMutablePointer<Bool>
  let pieces: Int
  let room: UnsafeMutablePointer<Double>

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: ColumnDescent.self)
      var output = index
      while output < job.pointee.outputs {
        var work = ColumnWork(job, piece: index, output)
        job.pointee.moved[output] = work.run()
        output += job.pointee.pieces
      }
    }
  }

  /// How many numbers a piece has for itself.
  static var perSample: Int { 6 }
  static var perFeature: Int { 6 }
}

/// One column.
private struct ColumnWork: ~Copyable {
  private let pinned = Pinned()
  private let job: UnsafePointer<ColumnDescent>
  private let output: Int
  /// Of each sample:
  private var scores: UnsafeMutablePointer<Double>
  private var trial: UnsafeMutablePointer<Double>
  private let slopes: UnsafeMutablePointer<Double>
  private let targets: UnsafeMutablePointer<Double>
  /// The loss's second derivative and how far the score is to move but for b, side by side.
  private let models: UnsafeMutablePointer<Double>
  /// Of each weight in use:
  private let weights: UnsafeMutablePointer<Double>
  private let moves: UnsafeMutablePointer<Double>
  private let gradients: UnsafeMutablePointer<Double>
  private let curvatures: UnsafeMutablePointer<Double>
  /// Its feature's mean, by the second derivatives.
  private let means: UnsafeMutablePointer<Double>
  private let features: UnsafeMutablePointer<UInt32>
  /// Those among them that a pass goes to.
  private let active: UnsafeMutablePointer<UInt32>
  private var count = 0
  private var bias: Double
  private var biasMove = 0.0
  private var biasGradient = 0.0
  private var biasCurvature = 0.0
  /// What the scores contribute to Newton's approximation, were they to become 0.
  private var spread = 0.0

  /// In what is minimized here, which is a sum and no mean.
  private let l1: Double
  private let l2: Double
  /// Of the loss's second derivative: it is 0 where the slope is, or not; else
  /// `constant + ofSlope |g| (1 − |g|) + ofSum (g + t)`.
  private let hasPlain: Bool
  private let constant: Double
  private let ofSlope: Double
  private let ofSum: Double
  /// The least of a likelihood's, as a share of the slope: what is far from its target has next to none, and Newton's step
  /// would lead out of sight.
  private let least: Double
  /// Whether the loss's slope has a limit, beyond which there is no second derivative: then that of the parabola with this
  /// slope and its minimum at the target stands for it, which lies above the loss.
  private let isLimited: Bool

  private static var rounds: Int { 10 }
  /// So small a part of the first violation of the conditions of the minimum ends the rounds, and of the first moves the
  /// passes.
  private static var remainder: Double { 1 / 20 }
  private static var passRemainder: Double { 1 / 10 }
  /// A decrease by less than this share is nothing but rounding.
  private static var noise: Double { 0x1p-42 }
  /// A weight that was 0, and is so again with a gradient below this share of l1, stays so for the rest of the epoch.
  private static var held: Double { 0.9 }
  private static var decrease: Double { 0.01 }

  init(_ job: UnsafePointer<ColumnDescent>, piece: Int, _ output: Int) {
    let (samples, dimension) = (job.pointee.samples, job.pointee.dimension)
    (self.job, self.output) = (job, output)
    scores = job.pointee.room + piece * (ColumnDescent.perSample * samples + ColumnDescent.perFeature * dimension)
    trial = scores + samples
    slopes = trial + samples
    targets = slopes + samples
    models = targets + samples
    weights = models + 2 * samples
    moves = weights + dimension
    gradients = moves + dimension
    curvatures = gradients + dimension
    means = curvatures + dimension
    features = UnsafeMutableRawPointer(means + dimension).assumingMemoryBound(to: UInt32.self)
    active = features + dimension
    (l1, l2) = (job.pointee.l1 * Double(samples), job.pointee.l2 * Double(samples))
    let dual = job.pointee.loss.pointee.dual
    let isExponential = job.pointee.loss.pointee.response == KERNEL_EXPONENTIAL
    let isLikelihood = dual.is_logistic || isExponential
    isLimited = dual.high_share != 0
    hasPlain = dual.is_hinge || dual.margin_share > 0
    (ofSlope, ofSum) = (dual.is_logistic ? 1 : 0, isExponential ? 1 : 0)
    (constant, least) = (isLikelihood ? 0 : 1 / dual.softness, isLikelihood ? 0.05 : 0)
    bias = Double(job.pointee.trained[dimension * job.pointee.outputs + output])
  }

  /// Whether it has moved.
  mutating func run() -> Bool {
    setTargets()
    chooseWeights()
    setScores()
    swap(&scores, &trial)
    var value = evaluate()
    swap(&scores, &trial)
    let begin = value + penalty(0)
    var (first, scale) = (0.0, 0.0)
    for round in 0..<Self.rounds {
      let violation = approximate()
      if round == 0 { (first, scale) = (violation, begin.magnitude + 0.1 * spread) }
      if violation <= first * (round == 0 ? 0 : Self.remainder) { break }
      findMoves(passes: 2 + round)
      guard let next = search(from: value, least: Self.noise * scale) else { break }
      value = next
    }
    if !(begin - (value + penalty(0)) > Self.noise * scale) { return false }
    // What is rounded away is no move.
    let trained = job.pointee.trained + output
    var hasMoved = false
    func write(_ number: Double, _ feature: Int) {
      hasMoved = hasMoved || trained[feature * job.pointee.outputs] != Float(number)
      trained[feature * job.pointee.outputs] = Float(number)
    }
    for place in 0..<count { write(weights[place], Int(features[place])) }
    write(bias, job.pointee.dimension)
    return hasMoved
  }

  private func setTargets() {
    if let labels = job.pointee.labels {
      let own = Int32(truncatingIfNeeded: output + job.pointee.firstLabel)
      for sample in 0..<job.pointee.samples { targets[sample] = labels[sample] == own ? 1 : 0 }
    } else {
      // As the model sees them.
      let given = job.pointee.targets.unsafelyUnwrapped
      for sample in 0..<job.pointee.samples {
        targets[sample] = Double(Float(given[sample * job.pointee.outputs + output]))
      }
    }
  }

  /// The weights in use: those that are not 0, and those that the gradient pulls away from there.
  @inline(never)
  private mutating func chooseWeights() {
    let (outputs, threshold) = (job.pointee.outputs, Float(job.pointee.l1))
    let (trained, gradient) = (job.pointee.trained + output, job.pointee.gradient + output)
    for index in 0..<job.pointee.featureCount {
      let feature = job.pointee.features[index]
      let place = Int(feature) &* outputs
      if trained[place] == 0 && gradient[place].magnitude <= threshold { continue }
      features[count] = feature
      weights[count] = Double(trained[place])
      moves[count] = 0
      count &+= 1
    }
  }

  private func setScores() {
    for sample in 0..<job.pointee.samples { scores[sample] = bias }
    for place in 0..<count where weights[place] != 0 { add(weights[place], place, to: scores, pitch: 1) }
  }

  /// Calls `body` with sample and value of each entry of a feature in use.
  @inline(__always)
  private func forEachEntry(_ place: Int, _ body: (Int, Double) -> Void) {
    let feature = Int(features[place])
    let start = Int(truncatingIfNeeded: job.pointee.starts[feature])
    let (rows, values) = (job.pointee.rows.unsafelyUnwrapped + start, job.pointee.values.unsafelyUnwrapped + start)
    let count = Int(job.pointee.counts[feature])
    var entry = 0
    while entry < count {
      body(Int(rows[entry]), Double(values[entry]))
      entry &+= 1
    }
  }

  /// Adds what a weight's move makes of the scores.
  @inline(never)
  private func add(_ move: Double, _ place: Int, to scores: UnsafeMutablePointer<Double>, pitch: Int) {
    forEachEntry(place) { scores[pitch &* $0] += move * $1 }
  }

  /// The sum of the losses at the trial scores; its slopes go to `slopes`.
  @inline(never)
  private func evaluate() -> Double {
    var rows = kernel_rows(
      is_double: true, scores: trial, labels: nil, targets: targets, gradient: slopes, rows: job.pointee.samples,
      columns: 1, gradient_scale: 1, shrinks: false, parameter: job.pointee.parameter, weights: job.pointee.weightings,
      is_binary: false, smoothing: 0)
    return kernels.pointee.sum_column(job.pointee.loss.pointee.column, &rows)
  }

  /// The penalty after a step along the moves.
  @inline(never)
  private func penalty(_ step: Double) -> Double {
    var (magnitudes, squares) = (0.0, 0.0)
    for place in 0..<count {
      let weight = weights[place] + step * moves[place]
      magnitudes += weight.magnitude
      squares += weight * weight
    }
    return l1 * magnitudes + l2 * squares
  }

  /// Newton's approximation where the scores are. Returns the sum of how far the gradient is beyond the conditions of the
  /// minimum.
  @inline(never)
  private mutating func approximate() -> Double {
    (biasGradient, biasCurvature, spread) = (0, 0, 0)
    for sample in 0..<job.pointee.samples {
      let curvature = curvature(sample)
      biasGradient += slopes[sample]
      biasCurvature += curvature
      spread += curvature * scores[sample] * scores[sample]
      (models[2 &* sample], models[2 &* sample &+ 1]) = (curvature, 0)
    }
    biasMove = biasCurvature > 0 ? -biasGradient / biasCurvature : 0
    var violation = biasGradient.magnitude
    let trained = job.pointee.trained + output
    var kept = 0
    for place in 0..<count {
      let weight = weights[place]
      var (gradient, curvature, sum) = (2 * l2 * weight, 0.0, 0.0)
      forEachEntry(place) {
        gradient += $1 * slopes[$0]
        curvature += $1 * $1 * models[2 &* $0]
        sum += $1 * models[2 &* $0]
      }
      let feature = features[place]
      if weight == 0 && gradient.magnitude < Self.held * l1 && trained[Int(feature) &* job.pointee.outputs] == 0 {
        continue
      }
      (features[kept], weights[kept], gradients[kept]) = (feature, weight, gradient)
      // As b goes along: where a feature is far from 0, or the same everywhere, little is left.
      let mean = biasCurvature > 0 ? sum / biasCurvature : 0
      means[kept] = mean
      (curvatures[kept], moves[kept]) = (max(curvature - sum * mean, 1e-10 * curvature) + 2 * l2 + 1e-12, 0)
      kept &+= 1
      violation +=
        weight > 0
        ? (gradient + l1).magnitude : weight < 0 ? (gradient - l1).magnitude : max(0, gradient.magnitude - l1)
    }
    count = kept
    return violation
  }

  /// The loss's second derivative at a sample's score, or something above it.
  @inline(__always)
  private func curvature(_ sample: Int) -> Double {
    let weight = job.pointee.weightings.map { Double($0[sample]) } ?? 1
    if weight == 0 || hasPlain && slopes[sample] == 0 { return 0 }
    let slope = weight == 1 ? slopes[sample] : slopes[sample] / weight
    let size = slope.magnitude
    if isLimited {
      let distance = (scores[sample] - targets[sample]).magnitude
      return weight * (distance > 0 ? min(constant, size / distance) : constant)
    }
    return weight * max(constant + ofSlope * size * (1 - size) + ofSum * (slope + targets[sample]), least * size)
  }

  /// Passes over the weights, each of which goes to where the approximation with its penalty is least. With each move of a
  /// weight b goes to where it is least for b.
  @inline(never)
  private mutating func findMoves(passes: Int) {
    var left = count
    for place in 0..<count { active[place] = UInt32(truncatingIfNeeded: place) }
    var first = 0.0
    for pass in 0..<passes {
      var (sum, kept) = (0.0, 0)
      for index in 0..<left {
        let place = Int(active[index])
        let move = move(place)
        sum += move.magnitude * curvatures[place]
        // Those that stay at 0 do so for the other passes.
        if move != 0 || weights[place] + moves[place] != 0 {
          active[kept] = active[index]
          kept &+= 1
        }
      }
      left = kept
      if pass == 0 { first = sum }
      if sum <= Self.passRemainder * first { break }
    }
  }

  @inline(never)
  private mutating func move(_ place: Int) -> Double {
    let (weight, curvature) = (weights[place] + moves[place], curvatures[place])
    var gradient = gradients[place] + 2 * l2 * moves[place] + biasMove * means[place] * biasCurvature
    forEachEntry(place) { gradient += $1 * (models[2 &* $0] * models[2 &* $0 &+ 1]) }
    let goal = weight * curvature - gradient
    let moved = goal > l1 ? (goal - l1) / curvature : goal < -l1 ? (goal + l1) / curvature : 0
    let move = moved - weight
    if move == 0 { return 0 }
    moves[place] = moved == 0 ? -weights[place] : moves[place] + move
    add(move, place, to: models + 1, pitch: 2)
    biasMove -= move * means[place]
    return move
  }

  /// Goes along the moves as far as the objective falls enough. Returns the sum of the losses there; nil if there is nothing
  /// to be had.
  @inline(never)
  private mutating func search(from value: Double, least: Double) -> Double? {
    let before = penalty(0)
    // What the penalty's squares lack of the slope is in the gradients.
    var slope = biasGradient * biasMove
    for place in 0..<count {
      slope += gradients[place] * moves[place]
      slope += l1 * ((weights[place] + moves[place]).magnitude - weights[place].magnitude)
    }
    if !(slope < -least) { return nil }
    var step = 1.0
    for _ in 0..<40 {
      for sample in 0..<job.pointee.samples {
        trial[sample] = scores[sample] + step * (models[2 &* sample &+ 1] + biasMove)
      }
      let next = evaluate()
      if (next - value) + (penalty(step) - before) <= Self.decrease * step * slope {
        swap(&scores, &trial)
        bias += step * biasMove
        for place in 0..<count {
          weights[place] += step * moves[place]
          moves[place] = 0
        }
        return next
      }
      step /= 2
    }
    return nil
  }
}
