import CDescentKernels
import CPlatform

/// Numbers in double, one for each variable of a function.
typealias Vector = UnsafeMutablePointer<Double>

/// How long vectors are cut into pieces that several threads work on: at most 64, which their length alone decides, so that
/// sums do not depend on the threads.
struct Pieces {
  let count: Int
  let length: Int
  let elements: Int

  static var most: Int { 64 }

  init(of elements: Int) {
    self.elements = elements
    if elements < leastParallelCount {
      (length, count) = (elements, 1)
    } else {
      length = max(16384, (elements / Pieces.most | 1023) + 1)
      count = (elements - 1) / length + 1
    }
  }

  func begin(_ piece: Int) -> Int { piece * length }
  func length(of piece: Int) -> Int { min(length, elements - piece * length) }
}

/// `out = a x + b y` of floats or doubles, in double, added to what is there if `adds`; `out` may be one of the others.
@inline(never)
func combine<Element>(
  into out: UnsafeMutablePointer<Element>, _ a: Double, _ x: UnsafePointer<Element>, _ b: Double,
  _ y: UnsafePointer<Element>, count: Int, adds: Bool = false
) {
  let size = MemoryLayout<Element>.stride
  var job = CombinationJob(out: out, a: a, x: x, b: b, y: y, size: size, adds: adds, pieces: Pieces(of: count))
  run(&job, pieces: job.pieces.count)
}

private struct CombinationJob: Job {
  let out: UnsafeMutableRawPointer
  let a: Double
  let x: UnsafeRawPointer
  let b: Double
  let y: UnsafeRawPointer
  let size: Int
  let adds: Bool
  let pieces: Pieces

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: CombinationJob.self).pointee
      let begin = job.pieces.begin(index) * job.size
      kernels.pointee.combine_vectors(
        job.out + begin, job.a, job.x + begin, job.b, job.y + begin, job.size == 8, job.pieces.length(of: index),
        job.adds)
    }
  }
}

/// `Σ x y`.
@inline(never)
func dot(_ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, count: Int) -> Double {
  let pieces = Pieces(of: count)
  if pieces.count == 1 { return sumOfProducts(x, y, isDouble: true, count: count) }
  var sums = InlineArray<64, Double>(repeating: 0)
  return withUnsafeMutableBytes(of: &sums) { sums in
    let sums = sums.baseAddress!.assumingMemoryBound(to: Double.self)
    var job = DotJob(x: x, y: y, sums: sums, pieces: pieces)
    run(&job, pieces: pieces.count)
    var total = 0.0
    for index in 0..<pieces.count { total += sums[index] }
    return total
  }
}

private struct DotJob: Job {
  let x: UnsafePointer<Double>
  let y: UnsafePointer<Double>
  let sums: Vector
  let pieces: Pieces

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: DotJob.self).pointee
      let begin = job.pieces.begin(index)
      job.sums[index] = sumOfProducts(
        job.x + begin, job.y + begin, isDouble: true, count: job.pieces.length(of: index))
    }
  }
}

/// `√Σ x²`, where the sum neither overflows nor vanishes; else as `norm`.
@inline(never)
func length(_ x: UnsafePointer<Double>, count: Int) -> Double {
  let sum = dot(x, x, count: count)
  return sum > 1e-280 && sum < 1e300 ? sum.squareRoot() : norm(x, count: count)
}
