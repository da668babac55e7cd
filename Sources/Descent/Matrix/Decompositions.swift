import CDescentKernels
import COpenBLAS
import CPlatform

/// Eigenvectors and orthogonal factors of square matrices, row-major, in double: LAPACK's, which is part of OpenBLAS, or
/// textbook methods of our own where it is missing. A matrix with numbers that are not finite gives NaN.
struct Decompositions {
  private let eigen: openblas_dsyevd?
  private let factor: openblas_dgeqrf?
  private let multiplyOut: openblas_dorgqr?

  init(usesLAPACK: Bool = true) {
    func load(_ name: StaticString) -> UnsafeMutableRawPointer? { usesLAPACK ? platform_openblas(cString(name)) : nil }
    eigen = load("dsyevd_").map { unsafeBitCast($0, to: openblas_dsyevd.self) }
    factor = load("dgeqrf_").map { unsafeBitCast($0, to: openblas_dgeqrf.self) }
    multiplyOut = load("dorgqr_").map { unsafeBitCast($0, to: openblas_dorgqr.self) }
  }

  /// How many doubles of working memory they need for matrices with this side.
  static func room(_ side: Int64) -> Int64 {
    max(1 + 6 * side + 2 * side * side + (3 + 5 * side), 65 * side) + side * side
  }

  /// Overwrites a symmetric matrix with its eigenvectors, one in each row, in the order of rising eigenvalues.
  func eigenvectors(
    _ matrix: UnsafeMutablePointer<Double>, _ values: UnsafeMutablePointer<Double>, side: Int,
    room: UnsafeMutablePointer<Double>
  ) {
    guard areFinite(matrix, side * side) else { return fill(matrix, values, side) }
    guard let eigen, 2 * side * side + 6 * side < Int32.max else { return jacobi(matrix, values, side, room) }
    var (n, info) = (blasint(side), blasint(0))
    var (workSize, integerSize) = (blasint(1 + 6 * side + 2 * side * side), blasint(3 + 5 * side))
    let integers = UnsafeMutableRawPointer(room + Int(workSize)).assumingMemoryBound(to: blasint.self)
    platform_begin_product()
    // What is a lower triangle by columns is the upper one by rows; the matrix is symmetric.
    var (job, triangle) = (CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "L")))
    var leading = n
    eigen(
      &job, &triangle, &n, matrix, &leading, values, room, &workSize, integers, &integerSize, &info, 1, 1)
    platform_end_product()
    if info != 0 { fill(matrix, values, side) }
  }

  /// Overwrites a matrix, whose columns lie in its rows, with an orthogonal one whose first k rows span what its first k rows
  /// did, for each k: the transposed Q of a QR decomposition.
  func orthogonalizeRows(_ matrix: UnsafeMutablePointer<Double>, side: Int, room: UnsafeMutablePointer<Double>) {
    guard areFinite(matrix, side * side) else { return fill(matrix, matrix, side) }
    guard let factor, let multiplyOut, 64 * side < Int32.max else { return gramSchmidt(matrix, side) }
    var (n, info, workSize) = (blasint(side), blasint(0), blasint(64 * side))
    var (rows, reflections, leading) = (n, n, n)
    let scales = room + 64 * side
    platform_begin_product()
    factor(&rows, &n, matrix, &leading, scales, room, &workSize, &info)
    if info == 0 { multiplyOut(&rows, &n, &reflections, matrix, &leading, scales, room, &workSize, &info) }
    platform_end_product()
    if info != 0 { fill(matrix, matrix, side) }
  }

  private func areFinite(_ numbers: UnsafePointer<Double>, _ count: Int) -> Bool {
    kernels.pointee.first_not_finite(numbers, true, count) == count
  }

  private func fill(_ matrix: UnsafeMutablePointer<Double>, _ values: UnsafeMutablePointer<Double>, _ side: Int) {
    for index in 0..<side * side { matrix[index] = .nan }
    for index in 0..<side { values[index] = .nan }
  }

  /// Cyclic Jacobi rotations (Golub and Van Loan, "Matrix computations", 8.5).
  private func jacobi(
    _ matrix: UnsafeMutablePointer<Double>, _ values: UnsafeMutablePointer<Double>, _ side: Int,
    _ room: UnsafeMutablePointer<Double>
  ) {
    let vectors = room
    for index in 0..<side * side { vectors[index] = index % (side + 1) == 0 ? 1 : 0 }
    for _ in 0..<60 {
      var rest = 0.0
      var whole = 0.0
      for row in 0..<side {
        for column in 0..<side {
          let square = matrix[row * side + column] * matrix[row * side + column]
          whole += square
          if row != column { rest += square }
        }
      }
      if rest <= 1e-30 * whole { break }
      for p in 0..<side {
        for q in p + 1..<max(side, p + 1) where matrix[p * side + q] != 0 {
          rotate(matrix, vectors, p, q, side)
        }
      }
    }
    // A selection sort: nothing beside the rotations.
    for index in 0..<side { values[index] = matrix[index * side + index] }
    for place in 0..<side {
      var least = place
      for index in place..<side where values[index] < values[least] { least = index }
      (values[place], values[least]) = (values[least], values[place])
      for column in 0..<side where least != place {
        let kept = vectors[place * side + column]
        vectors[place * side + column] = vectors[least * side + column]
        vectors[least * side + column] = kept
      }
    }
    copy(UnsafePointer(vectors), to: matrix, count: side * side)
  }

  private func rotate(
    _ matrix: UnsafeMutablePointer<Double>, _ vectors: UnsafeMutablePointer<Double>, _ p: Int, _ q: Int, _ side: Int
  ) {
    let middle = (matrix[q * side + q] - matrix[p * side + p]) / (2 * matrix[p * side + q])
    let tangent = (middle < 0 ? -1 : 1) / (abs(middle) + (1 + middle * middle).squareRoot())
    let cosine = 1 / (1 + tangent * tangent).squareRoot()
    let sine = tangent * cosine
    for index in 0..<side {
      let (a, b) = (matrix[index * side + p], matrix[index * side + q])
      matrix[index * side + p] = cosine * a - sine * b
      matrix[index * side + q] = sine * a + cosine * b
    }
    for index in 0..<side {
      let (a, b) = (matrix[p * side + index], matrix[q * side + index])
      matrix[p * side + index] = cosine * a - sine * b
      matrix[q * side + index] = sine * a + cosine * b
    }
    for index in 0..<side {
      let (a, b) = (vectors[p * side + index], vectors[q * side + index])
      vectors[p * side + index] = cosine * a - sine * b
      vectors[q * side + index] = sine * a + cosine * b
    }
  }

  /// Modified Gram–Schmidt, twice: the second time makes it orthogonal to rounding. A row that depends on those before it
  /// becomes the unit vector that depends on them least.
  private func gramSchmidt(_ matrix: UnsafeMutablePointer<Double>, _ side: Int) {
    func dot(_ a: Int, _ b: Int) -> Double {
      var sum = 0.0
      for index in 0..<side { sum += matrix[a * side + index] * matrix[b * side + index] }
      return sum
    }
    for row in 0..<side {
      let length = dot(row, row).squareRoot()
      var candidate = 0
      while true {
        for _ in 0..<2 {
          for before in 0..<row {
            let share = dot(before, row)
            for index in 0..<side { matrix[row * side + index] -= share * matrix[before * side + index] }
          }
        }
        let rest = dot(row, row).squareRoot()
        if rest > 1e-14 * max(length, candidate == 0 ? 0 : 1) || candidate == side {
          for index in 0..<side { matrix[row * side + index] /= rest }
          break
        }
        for index in 0..<side { matrix[row * side + index] = index == candidate ? 1 : 0 }
        candidate += 1
      }
    }
  }
}
