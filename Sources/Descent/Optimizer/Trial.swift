import CDescentKernels
import CPlatform

/// The first number that a step would write and that is NaN or infinite.
struct NotFinite {
  let tensor: Int
  /// The number of the state buffer; nil for the values.
  let buffer: Int?
  let index: Int
  let value: Double
}

/// A step that is tried on copies, some elements at a time, to see what it would write. The kernels are those of the step
/// itself: what they write is what it would.
struct Trial {
  fileprivate let optimizer: UnsafePointer<Optimizer>
  fileprivate let tensors: TensorList
  private let elements: Int

  init(optimizer: UnsafePointer<Optimizer>, tensors: TensorList, elements: Int) {
    self.optimizer = optimizer
    self.tensors = tensors
    self.elements = elements
  }

  /// A fixed number of pieces, each with a place for what it finds.
  fileprivate static var mostPieces: Int { 64 }

  var firstNotFinite: NotFinite? {
    let size = max((elements - 1) / Self.mostPieces + 1, 4096)
    let pieces = (elements - 1) / size + 1
    // The number of the element that each piece has found among all of them; past the last one if there is none.
    var found = InlineArray<64, Int>(repeating: .max)
    let first = withUnsafeMutableBytes(of: &found) { found -> Int in
      let found = found.baseAddress!.assumingMemoryBound(to: Int.self)
      var job = TrialJob(trial: self, elements: elements, elementsPerPiece: size, found: found)
      run(&job, pieces: pieces, inParallel: elements >= leastParallelCount)
      var first = Int.max
      for index in 0..<pieces { first = min(first, found[index]) }
      return first
    }
    if first == .max { return nil }
    // It is looked at again for what is wrong with it, in whole blocks.
    let state = optimizer
    return finding(from: state.pointee.state.aligned(first), to: state.pointee.state.aligned(first + 1024))
  }

  /// The first finding among these elements.
  fileprivate func finding(from begin: Int, to end: Int) -> NotFinite? {
    var first = begin
    while first < end {
      var stretch = optimizer.pointee.stretch(tensors, from: first, to: end)
      first += stretch.update.count
      if optimizer.pointee.isMatrix(stretch.tensor) || !tensors.takesPart(stretch.tensor)
        || tensors.someRows(stretch.tensor) != nil
      {
        continue
      }
      var found = kernel_finding()
      if kernel_try(kernels, optimizer.pointee.algorithm.rule, &stretch.update, stretch.type.isDouble, &found) {
        return NotFinite(
          tensor: stretch.tensor, buffer: found.state < 0 ? nil : Int(found.state), index: stretch.begin + found.index,
          value: found.number)
      }
    }
    return nil
  }
}

private struct TrialJob: Job {
  let trial: Trial
  let elements: Int
  let elementsPerPiece: Int
  let found: UnsafeMutablePointer<Int>

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: TrialJob.self).pointee
      let first = index * job.elementsPerPiece
      let last = min(first + job.elementsPerPiece, job.elements)
      let state = job.trial.optimizer
      let (begin, end) = (state.pointee.state.aligned(first), state.pointee.state.aligned(last))
      guard let finding = job.trial.finding(from: begin, to: end) else { return }
      job.found[index] = job.trial.number(of: finding)
    }
  }
}

extension Trial {
  /// The element's number among all tensors'.
  fileprivate func number(of finding: NotFinite) -> Int {
    optimizer.pointee.state[finding.tensor].elementsBefore + finding.index
  }
}

extension Optimizer {
  /// Whether the policy lets a step write what it would: false if the step is to be skipped. Where it forbids a NaN or an
  /// infinity, the step is tried on copies first.
  mutating func canWrite(_ tensors: TensorList, step: UInt64, rateFactor: Double) throws(Failure) -> Bool {
    let policy = groups[KERNEL_NOT_FINITE_POLICY]
    if policy == 0 { return true }
    guard
      let finding = firstNotFinite(tensors) ?? firstNumberNotFinite(tensors)
        ?? tryMatrices(tensors, step: step, rateFactor: rateFactor)
    else { return true }
    if policy == 2 { return false }
    let name: Message = finding.buffer.map { "\(algorithm.stateName($0)!)" } ?? "values"
    throw Failure(
      .notFinite,
      "tensor \(finding.tensor): \(name)[\(finding.index)] would be \(finding.value), which not_finite_policy refuses")
  }

  private mutating func firstNotFinite(_ tensors: TensorList) -> NotFinite? {
    let elements = state.elements
    return withUnsafePointer(to: &self) { optimizer in
      Trial(optimizer: optimizer, tensors: tensors, elements: elements).firstNotFinite
        ?? optimizer.pointee.firstNotFiniteOfRows(tensors)
    }
  }

  /// The part of the elements with these numbers among all tensors' that lies in one tensor: the update, the tensor and the
  /// first of its elements.
  fileprivate func stretch(
    _ tensors: TensorList, from first: Int, to last: Int
  ) -> (update: kernel_update, tensor: Int, begin: Int, type: ElementType) {
    let index = state.tensor(withElement: first)
    let record = state[index]
    let begin = first - record.elementsBefore
    var update = groups.commonUpdate(of: tensors.group(index))
    locate(
      &update, in: tensors, index, from: begin, to: min(last - record.elementsBefore, record.elements))
    setConstants(&update, tensor: index)
    return (update, index, begin, record.shape.type)
  }
}
