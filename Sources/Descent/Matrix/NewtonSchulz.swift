import CDescentKernels
import CPlatform

/// The iteration that makes Muon's steps nearly orthogonal: often `A = X Xᵀ; X = a X + (b A + c A²) X`. The singular vectors
/// hardly change, and the singular values become about 1. `X` of a tall matrix is its transpose, so that A is that of the
/// shorter side.
enum NewtonSchulz {
  private static var a: Double { 3.4445 }
  private static var b: Double { -4.775 }
  private static var c: Double { 2.0315 }

  /// In a processor's products of bfloat16 shorter sides are mostly filled up with zeros.
  private static var leastSide: Int { 16 }

  /// How many doubles of working memory there must be: for X twice, A and a polynomial of it, in one form or the other.
  static func room(_ shape: Shape) -> Int64 {
    let (count, size) = (Int64(shape.count), Int64(shape.type.size))
    let (side, length) = (Int64(min(shape.rows, shape.columns)), Int64(max(shape.rows, shape.columns)))
    let own = 2 * lines(count * size) + 2 * lines(side * side * size)
    if shape.type.isDouble || side < leastSide { return own }
    let halves =
      2 * kernel_halves_words(side, length) + kernel_halves_words(length, side) + 2 * kernel_halves_words(side, side)
    return max(own, lines(count * size) + lines(4 * halves))
  }

  /// So many bytes in doubles, in whole cache lines.
  private static func lines(_ bytes: Int64) -> Int64 { wholeLines((bytes + 7) / 8) }

  /// What the iteration makes of `matrix / divisor`, in working memory. `rounds`: of floats, with all that is stored on the way
  /// rounded to bfloat16, as `matrix` is already; sums are float32.
  static func orthogonalize<Element: MatrixElement>(
    _ tensor: MatrixTensor<Element>, _ matrix: UnsafePointer<Element>, divisor: Double, rounds: Bool
  ) -> UnsafeMutablePointer<Element> {
    func round(_ numbers: UnsafeMutablePointer<Element>, _ count: Int) {
      if rounds { roundToBFloat16(numbers, count: count) }
    }
    // 0 / 0 of a gradient of zeros would be NaN, and its step is 0.
    var divisor = divisor == 0 ? .infinity : divisor
    if rounds {
      var rounded = Float(divisor)
      roundToBFloat16(&rounded, count: 1)
      divisor = Double(rounded)
    }
    let steps = Int(tensor.options[KERNEL_ORTHOGONALIZATION_STEPS])
    #if arch(x86_64)
      if rounds && kernels.pointee.multiplies_halves && min(tensor.rows, tensor.columns) >= leastSide {
        multiplyHalves(
          tensor.rows, tensor.columns, UnsafeRawPointer(matrix).assumingMemoryBound(to: Float.self),
          divisor: Float(divisor), steps: steps, room: tensor.room)
        return tensor.room(0)
      }
    #endif
    let (rows, columns, count) = (tensor.rows, tensor.columns, tensor.count)
    let side = min(rows, columns)
    let isTall = rows > columns
    var x = tensor.room(0)
    var next = x + wholeLines(count)
    let squares = next + wholeLines(count)
    let polynomial = squares + wholeLines(side * side)
    combine(into: x, 1 / divisor, matrix, 0, matrix, count: count)
    round(x, count)
    let products = Products()
    for _ in 0..<steps {
      products.square(x, into: squares, side: side, inner: max(rows, columns), ofColumns: isTall)
      round(squares, side * side)
      // b A + c A²; A is symmetric.
      copy(UnsafePointer(squares), to: polynomial, count: side * side)
      products.square(
        squares, into: polynomial, side: side, inner: side, ofColumns: false, scale: Element(c), keep: Element(b))
      round(polynomial, side * side)
      copy(UnsafePointer(x), to: next, count: count)
      let (left, right) = isTall ? (x, polynomial) : (polynomial, x)
      products.multiply(left, right, into: next, rows: rows, columns: columns, inner: side, keep: Element(a))
      round(next, count)
      (x, next) = (next, x)
    }
    return x
  }

  #if arch(x86_64)
    /// The same by the processor's products of bfloat16. The result goes to the beginning of `room`.
    private static func multiplyHalves(
      _ rows: Int, _ columns: Int, _ matrix: UnsafePointer<Float>, divisor: Float, steps: Int,
      room: UnsafeMutablePointer<Double>
    ) {
      let (side, length) = (min(rows, columns), max(rows, columns))
      let isParallel = rows * columns >= leastParallelCount
      let out = UnsafeMutableRawPointer(room).assumingMemoryBound(to: Float.self)
      let end = UnsafeMutableRawPointer(room + Int(lines(4 * Int64(rows * columns))))
      var place = end.assumingMemoryBound(to: UInt32.self)
      func take(_ rows: Int, _ columns: Int) -> UnsafeMutablePointer<UInt32> {
        defer { place += Int(kernel_halves_words(Int64(rows), Int64(columns))) }
        return place
      }
      var (x, next) = (take(side, length), take(side, length))
      let transposed = take(length, side)
      let (squares, polynomial) = (take(side, side), take(side, side))

      let isTall = rows > columns
      var packing = kernel_packing(
        values: matrix, divisor: divisor, out: isTall ? transposed : x, transposed: isTall ? x : transposed, rows: rows,
        columns: columns)
      run(&packing, pieces: kernel_packing_pieces(rows), inParallel: isParallel)
      func multiply(_ product: kernel_product) {
        var product = product
        run(&product, pieces: kernel_product_pieces(&product), inParallel: isParallel)
      }
      for _ in 0..<steps {
        multiply(
          kernel_product(
            left: transposed, right: transposed, former: nil, out: squares, transposed: squares, rows: side,
            columns: side, inner: length, scale: 1, keep: 0, is_symmetric: true))
        multiply(
          kernel_product(
            left: squares, right: squares, former: squares, out: polynomial, transposed: polynomial, rows: side,
            columns: side, inner: side, scale: Float(c), keep: Float(b), is_symmetric: true))
        multiply(
          kernel_product(
            left: polynomial, right: x, former: x, out: next, transposed: transposed, rows: side, columns: length,
            inner: side, scale: 1, keep: Float(a), is_symmetric: false))
        (x, next) = (next, x)
      }
      var unpacking = kernel_unpacking(matrix: isTall ? transposed : x, out: out, rows: rows, columns: columns)
      run(&unpacking, pieces: kernel_packing_pieces(rows), inParallel: isParallel)
    }
  #endif
}

/// Makes each of some floats the nearest bfloat16.
func roundToBFloat16(_ numbers: UnsafeMutableRawPointer, count: Int) {
  var job = RoundingJob(numbers: numbers.assumingMemoryBound(to: Float.self), pieces: Pieces(of: count))
  run(&job, pieces: job.pieces.count, inParallel: job.pieces.count > 1)
}

private struct RoundingJob: Job {
  let numbers: UnsafeMutablePointer<Float>
  let pieces: Pieces

  static var piece: platform_piece {
    { job, index in
      let job = job.assumingMemoryBound(to: RoundingJob.self).pointee
      let begin = job.pieces.begin(index)
      let end = begin + job.pieces.length(of: index)
      var room = InlineArray<512, UInt16>(repeating: 0)
      withUnsafeMutableBytes(of: &room) {
        for first in stride(from: begin, to: end, by: 512) {
          let (halves, count) = ($0.baseAddress!, min(512, end - first))
          kernels.pointee.narrow(halves, job.numbers + first, KERNEL_BFLOAT16.rawValue, count, nil)
          kernels.pointee.widen(job.numbers + first, halves, KERNEL_BFLOAT16.rawValue, count)
        }
      }
    }
  }
}
