import CDescentKernels
import CPlatform

/// The sum of squares over all elements of a step's gradients, in double. Number `i` of all of them goes to lane `i % 8`, and
/// the lanes are added up after every 4,096 numbers, so that the sum depends neither on how the numbers are split into
/// tensors nor on the threads.
struct SquareSum {
  private static var blockSize: Int { 4096 }

  /// Adds the elements of `count` blocks up, block `first` and those after it; each block gets a sum of its own.
  private struct SquareJob: Job {
    let sum: SquareSum
    let first: Int
    let sums: UnsafeMutablePointer<Double>

    static var piece: platform_piece {
      { job, index in
        let job = job.assumingMemoryBound(to: SquareJob.self).pointee
        job.sums[index] = job.sum.block(job.first + index)
      }
    }
  }

  let tensors: TensorList
  let state: UnsafePointer<OptimizerState>
  /// Where a gradient is first limited if its group's options say so; nil if none is.
  let groups: UnsafePointer<OptionGroups>?
  /// What the gradients come multiplied by.
  let lossScale: Double

  /// The sum over all tensors.
  var total: Double {
    let elements = state.pointee.elements
    let blocks = (elements - 1) / Self.blockSize + 1
    // Not a temporary allocation, which may be one on the heap, and fail.
    var room = InlineArray<64, Double>(repeating: 0)
    return withUnsafeMutableBytes(of: &room) { room in
      let sums = room.baseAddress!.assumingMemoryBound(to: Double.self)
      var total = 0.0
      var first = 0
      while first < blocks {
        let count = min(blocks - first, 64)
        var job = SquareJob(sum: self, first: first, sums: sums)
        run(&job, pieces: count, inParallel: elements >= leastParallelCount)
        for index in 0..<count { total += sums[index] }
        first += count
      }
      return total
    }
  }

  private func block(_ number: Int) -> Double {
    let first = number * Self.blockSize
    let last = min(first + Self.blockSize, state.pointee.elements)
    var lanes = InlineArray<8, Double>(repeating: 0)
    var index = state.pointee.tensor(withElement: first)
    while index < state.pointee.count && state.pointee[index].elementsBefore < last {
      let record = state.pointee[index]
      defer { index += 1 }
      guard let gradient = tensors.gradient(index) else { continue }
      let begin = max(first, record.elementsBefore)
      let end = min(last, record.elementsBefore + tensors.gradientCount(index))
      if end <= begin { continue }
      let clip = groups?.pointee.clipValue(tensors.group(index), lossScale: lossScale) ?? .infinity
      let values = gradient + (begin - record.elementsBefore) * tensors.gradientType(index).size
      withUnsafeMutableBytes(of: &lanes) {
        let lanes = $0.baseAddress!.assumingMemoryBound(to: Double.self)
        kernel_add_squares(
          kernels, lanes, values, tensors.gradientType(index).rawValue, end - begin, begin - first, clip)
      }
    }
    return withUnsafeBytes(of: lanes) { sum(lanes: $0.baseAddress!.assumingMemoryBound(to: Double.self)) }
  }
}
