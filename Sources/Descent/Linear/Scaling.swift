import CDescentKernels
import CPlatform

/// How a standardized model sees features: `(feature − center) · factor`, each column with its own. Borrowed from a `Scaling`.
struct FeatureView {
  let centers: UnsafeMutablePointer<Double>
  let factors: UnsafeMutablePointer<Double>
  /// Whether a feature of 0 may be seen as another number.
  let isCentered: Bool
  /// What is taken away from each output's targets.
  let targetCenters: UnsafeMutablePointer<Double>
}

/// What a standardized model keeps besides the weights that the caller sees: centres and factors of the features, and the
/// weights that belong to features so seen, which are the ones that are trained. With `x' = (x − c) f` the caller's
/// weights are `W = f W'` and `b = b' − c W`, rounded to float32. Far from 0 that rounding of b would drown what the model has
/// learned, so the library's own scores are always those of the trained weights. Targets are centred too, `t' = t − t₀`, where
/// the loss looks at their distance from the scores only; then `b = b' − c W + t₀`.
struct Scaling: ~Copyable {
  private let figures: Memory
  private let parameters: Memory
  private let sums: Memory
  let dimension: Int
  let outputs: Int

  /// Of a model that is not standardized.
  init() {
    (dimension, outputs) = (0, 0)
    figures = Memory()
    parameters = Memory()
    sums = Memory()
  }

  init(dimension: Int, outputs: Int) throws(Failure) {
    guard let count = byteCount(2, dimension) else {
      throw Failure(.outOfMemory, "no memory for the features' centers: the byte count overflows")
    }
    let figures = try Memory(of: Double.self, count: count, purpose: "the features' centers and scales")
    let parameters = try Memory(
      of: Float.self, count: dimension * outputs + outputs, purpose: "the weights of standardized features")
    let sums = try Memory(of: Double.self, count: 2 * outputs, purpose: "the bias in double")
    self.figures = figures
    self.parameters = parameters
    self.sums = sums
    self.dimension = dimension
    self.outputs = outputs
  }

  func copy() throws(Failure) -> Scaling {
    let copy = try Scaling(dimension: dimension, outputs: outputs)
    Descent.copy(centers, to: copy.centers, count: 2 * dimension)
    Descent.copy(targetCenters, to: copy.targetCenters, count: outputs)
    Descent.copy(weights, to: copy.weights, count: dimension * outputs + outputs)
    return copy
  }

  var isEmpty: Bool { dimension == 0 }
  var centers: UnsafeMutablePointer<Double> { figures.pointer(to: Double.self) }
  var factors: UnsafeMutablePointer<Double> { centers + dimension }
  /// 0 for targets that are not centred.
  var targetCenters: UnsafeMutablePointer<Double> { sums.pointer(to: Double.self) + outputs }
  var weights: UnsafeMutablePointer<Float> { parameters.pointer(to: Float.self) }
  var bias: UnsafeMutablePointer<Float> { weights + dimension * outputs }
  var view: FeatureView? {
    if isEmpty { return nil }
    var isCentered = false
    for feature in 0..<dimension where centers[feature] != 0 { isCentered = true }
    return FeatureView(centers: centers, factors: factors, isCentered: isCentered, targetCenters: targetCenters)
  }

  /// The caller's bias in double, valid until the next call.
  var foldedBias: UnsafeMutablePointer<Double> {
    let sums = sums.pointer(to: Double.self)
    for output in 0..<outputs { sums[output] = Double(bias[output]) + targetCenters[output] }
    var place = 0
    for feature in 0..<dimension {
      let move = factors[feature] * centers[feature]
      for output in 0..<outputs { sums[output] -= Double(weights[place + output]) * move }
      place += outputs
    }
    return sums
  }

  /// The caller's weights of a feature in double.
  func foldedWeight(_ feature: Int, _ output: Int) -> Double {
    Double(weights[feature * outputs + output]) * factors[feature]
  }

  /// Writes the weights in the units of the data.
  func fold(into weights: UnsafeMutablePointer<Float>, _ bias: UnsafeMutablePointer<Float>) {
    for feature in 0..<dimension {
      for output in 0..<outputs { weights[feature * outputs + output] = Float(foldedWeight(feature, output)) }
    }
    let sums = foldedBias
    for output in 0..<outputs { bias[output] = Float(sums[output]) }
  }

  /// Takes over weights in the units of the data, unless they are its own. A bias of 0 at the beginning becomes the targets'
  /// mean.
  @inline(never)
  func unfold(_ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, begins: Bool = false) {
    if isOwn(weights, bias) { return }
    let sums = sums.pointer(to: Double.self)
    for output in 0..<outputs {
      sums[output] = begins && bias[output] == 0 ? 0 : Double(bias[output]) - targetCenters[output]
    }
    for feature in 0..<dimension {
      for output in 0..<outputs {
        let place = feature * outputs + output
        self.weights[place] = Float(Double(weights[place]) / factors[feature])
        sums[output] += Double(weights[place]) * centers[feature]
      }
    }
    for output in 0..<outputs { self.bias[output] = Float(sums[output]) }
  }

  private func isOwn(_ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>) -> Bool {
    for feature in 0..<dimension {
      for output in 0..<outputs {
        let weight = Float(foldedWeight(feature, output))
        if weights[feature * outputs + output].bitPattern != weight.bitPattern { return false }
      }
    }
    let sums = foldedBias
    for output in 0..<outputs where bias[output].bitPattern != Float(sums[output]).bitPattern { return false }
    return true
  }

  /// Takes centres and factors from the data: their means, and what makes their standard deviations 1, in one pass in double.
  /// A constant feature is centred only. Targets are centred if that is wanted.
  func measure(
    _ data: Dataset, _ answers: Answers, centersTargets: Bool, _ spread: Spread? = nil
  ) throws(Failure) {
    let moments = try Moments(data, answers)
    guard let spread else {
      moments.add()
      if centersTargets {
        add(answers, count: data.samples, to: targetCenters)
        for output in 0..<outputs { targetCenters[output] /= answers.totalWeight }
      }
      return try moments.read(centers, factors)
    }
    let shards = try ShardedSamples(spread, spread.rows, data, answers, outputs: outputs)
    let room = try SumRoom(spread.peers.pointee, floats: 0, doubles: max(2 * dimension + 1, outputs))
    try moments.add(shards, spread.peers, in: room)
    if centersTargets {
      try spread.peers.pointee.sum(in: room) { shard, out in
        add(shards[shard].answers, count: shards[shard].count, to: cleared(out, room.layout))
      }
      for output in 0..<outputs { targetCenters[output] = room.doubles[output] / answers.totalWeight }
    }
    try moments.read(centers, factors, spread.peers)
  }

  /// Adds up the targets of the first samples.
  private func add(_ answers: Answers, count: Int, to sums: UnsafeMutablePointer<Double>) {
    guard let targets = answers.targets else { return }
    for sample in 0..<count {
      for output in 0..<outputs { sums[output] += answers.weight(sample) * targets[sample * outputs + output] }
    }
  }
}

/// Sums over all samples of the features' distances from those of a reference, and of their squares. The reference is the first
/// sample that counts or, where samples are divided, the mean of each shard's first one.
private struct Moments: ~Copyable {
  private static var rowsPerBlock: Int { 256 }
  private static var mostSlots: Int { 16 }

  private let memory: Memory
  private let data: Dataset
  private let weights: UnsafePointer<Double>?
  private let totalWeight: Double

  init(_ data: Dataset, _ answers: Answers) throws(Failure) {
    guard let numbers = byteCount(data.dimension, 3 + 2 * Self.mostSlots) else {
      throw Failure(.outOfMemory, "no memory for the features' sums: the byte count overflows")
    }
    memory = try Memory(of: Double.self, count: numbers, purpose: "the features' sums")
    self.data = data
    (weights, totalWeight) = (answers.weights, answers.totalWeight)
  }

  private var reference: UnsafeMutablePointer<Double> { memory.pointer(to: Double.self) }
  private var sums: UnsafeMutablePointer<Double> { reference + data.dimension }
  private var slots: UnsafeMutablePointer<Double> { sums + 2 * data.dimension }

  /// Of samples that are one whole.
  func add() {
    var first = 0
    while let weights, weights[first] == 0 { first += 1 }
    setReference(data, first, reference)
    add(data, weights, into: sums)
  }

  /// Of the samples of all shards.
  func add(
    _ shards: borrowing ShardedSamples, _ peers: UnsafeMutablePointer<Peers>, in room: borrowing SumRoom
  ) throws(Failure) {
    let dimension = data.dimension
    _ = try peers.pointee.confirm()
    try peers.pointee.sum(in: room) { shard, out in
      let (part, numbers) = (shards[shard], cleared(out, room.layout))
      var first = 0
      while first < part.count, let weights = part.answers.weights, weights[first] == 0 { first += 1 }
      if first == part.count { return }
      setReference(part.data, first, numbers)
      numbers[2 * dimension] = 1
    }
    for column in 0..<dimension { reference[column] = room.doubles[column] / room.doubles[2 * dimension] }
    try peers.pointee.sum(in: room) { shard, out in
      let (part, numbers) = (shards[shard], cleared(out, room.layout))
      if part.count > 0 { add(part.data, part.answers.weights, into: numbers) }
    }
    copy(room.doubles, to: sums, count: 2 * dimension)
  }

  /// Writes the features of a sample; of sparse rows zeros, from which those that are not stored are at no distance.
  private func setReference(_ data: Dataset, _ sample: Int, _ out: UnsafeMutablePointer<Double>) {
    if data.sparse != nil { return }
    for column in 0..<data.dimension { out[column] = data.value(sample, column) }
  }

  func read(
    _ centers: UnsafeMutablePointer<Double>, _ factors: UnsafeMutablePointer<Double>,
    _ peers: UnsafeMutablePointer<Peers>? = nil
  ) throws(Failure) {
    let dimension = data.dimension
    for column in 0..<dimension {
      let mean = sums[column] / totalWeight
      let variance = sums[dimension + column] / totalWeight - mean * mean
      guard (reference[column] + mean).isFinite && variance.isFinite else {
        peers?.pointee.begin()
        try data.checkFeatures(.all(data))
        _ = try peers?.pointee.confirm()
        throw Failure(.notFinite, "data: features: column \(column) is too large to be standardized")
      }
      // Sparse rows stay sparse.
      centers[column] = data.sparse == nil ? reference[column] + mean : 0
      // What rounding leaves of a constant feature is no scale.
      let isConstant = !(variance > 0x1p-50 * mean * mean)
      factors[column] = isConstant ? 1 : 1 / variance.squareRoot()
      if !factors[column].isFinite { factors[column] = 1 }
    }
  }

  private func addSparse(
    _ data: Dataset, _ weights: UnsafePointer<Double>?, into sums: UnsafeMutablePointer<Double>
  ) {
    let squares = sums + data.dimension
    for sample in 0..<data.samples {
      let weight = weights.map { $0[sample] } ?? 1
      // A sample that does not count may be anything.
      if weight == 0 { continue }
      data.forEachStored(sample) { column, value in
        sums[column] += weight * value
        squares[column] += weight * value * value
      }
    }
  }

  /// Blocks of a fixed size, added up in their order.
  private func add(
    _ data: Dataset, _ weights: UnsafePointer<Double>?, into sums: UnsafeMutablePointer<Double>
  ) {
    if data.sparse != nil { return addSparse(data, weights, into: sums) }
    let width = 2 * data.dimension
    let blocks = (data.samples - 1) / Self.rowsPerBlock + 1
    var first = 0
    while first < blocks {
      let count = min(Self.mostSlots, blocks - first)
      for index in 0..<count * width { slots[index] = 0 }
      var job = MomentsJob(
        data: data, weights: weights, reference: reference, slots: slots, first: first, rows: Self.rowsPerBlock)
      run(
        &job, pieces: count, inParallel: boundedProduct(count * Self.rowsPerBlock, data.dimension) >= leastParallelCount
      )
      for slot in 0..<count {
        for index in 0..<width { sums[index] += slots[slot * width + index] }
      }
      first += count
    }
  }
}

/// A shard's numbers, all of them 0.
private func cleared(_ out: UnsafeMutableRawPointer, _ layout: SumLayout) -> UnsafeMutablePointer<Double> {
  out.initializeMemory(as: UInt8.self, repeating: 0, count: layout.bytes)
  return out.assumingMemoryBound(to: Double.self)
}

private struct MomentsJob: Job {
  let data: Dataset
  let weights: UnsafePointer<Double>?
  let reference: UnsafeMutablePointer<Double>
  let slots: UnsafeMutablePointer<Double>
  let first: Int
  let rows: Int

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: MomentsJob.self).pointee
      let (data, sample) = (job.data, (job.first + index) * job.rows)
      let sums = job.slots + 2 * index * data.dimension
      var moments = kernel_moments(
        features: data.row(sample), dtype: data.type.rawValue, rows: min(job.rows, data.samples - sample),
        dimension: data.dimension, scale: data.scale, offset: data.offset, reference: job.reference,
        weights: job.weights.map { $0 + sample }, sums: sums, squares: sums + data.dimension)
      kernels.pointee.add_moments(&moments)
    }
  }
}
