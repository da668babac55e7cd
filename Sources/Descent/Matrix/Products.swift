import COpenBLAS
import CPlatform

/// Which of two factors is transposed.
enum Transposed {
  case none
  case left
  case right
}

/// An element type with matrix products.
protocol MatrixElement: BinaryFloatingPoint, BitwiseCopyable {
  static var type: ElementType { get }
  /// `out = scale · left · right + keep · out`, row-major, `out` of `rows × columns`.
  static func multiply(
    _ blas: OpenBLAS, _ left: UnsafePointer<Self>, _ right: UnsafePointer<Self>, into out: UnsafeMutablePointer<Self>,
    rows: Int, columns: Int, inner: Int, _ transposed: Transposed, scale: Self, keep: Self)
  /// The lower triangle of `out = scale · A Aᵀ + keep · out`, with `A` of `side × inner`; of `Aᵀ A` with `A` of `inner × side`.
  static func square(
    _ blas: OpenBLAS, _ matrix: UnsafePointer<Self>, into out: UnsafeMutablePointer<Self>, side: Int, inner: Int,
    ofColumns: Bool, scale: Self, keep: Self)
}

/// OpenBLAS's functions, loaded when they are first needed.
struct OpenBLAS {
  let sgemm: openblas_sgemm
  let dgemm: openblas_dgemm
  let ssyrk: openblas_ssyrk
  let dsyrk: openblas_dsyrk

  /// nil if it is not installed.
  init?() {
    guard let sgemm = platform_openblas("cblas_sgemm"), let dgemm = platform_openblas("cblas_dgemm"),
      let ssyrk = platform_openblas("cblas_ssyrk"), let dsyrk = platform_openblas("cblas_dsyrk")
    else { return nil }
    self.sgemm = unsafeBitCast(sgemm, to: openblas_sgemm.self)
    self.dgemm = unsafeBitCast(dgemm, to: openblas_dgemm.self)
    self.ssyrk = unsafeBitCast(ssyrk, to: openblas_ssyrk.self)
    self.dsyrk = unsafeBitCast(dsyrk, to: openblas_dsyrk.self)
  }
}

/// Products of matrices: OpenBLAS's, or a plain loop where it is missing.
struct Products {
  private let blas: OpenBLAS?

  init() {
    self.init(blas: OpenBLAS())
    if blas != nil { MatrixProduct()?.adoptThreadCount() }
  }

  init(blas: OpenBLAS?) { self.blas = blas }

  /// `out = scale · left · right + keep · out`, row-major, `out` of `rows × columns`.
  @inline(never)
  func multiply<Element: MatrixElement>(
    _ left: UnsafePointer<Element>, _ right: UnsafePointer<Element>, into out: UnsafeMutablePointer<Element>,
    rows: Int, columns: Int, inner: Int, _ transposed: Transposed = .none, scale: Element = 1, keep: Element = 0
  ) {
    if let blas, max(rows, max(columns, inner)) <= Int32.max {
      platform_begin_product()
      Element.multiply(
        blas, left, right, into: out, rows: rows, columns: columns, inner: inner, transposed, scale: scale, keep: keep)
      platform_end_product()
      return
    }
    for row in 0..<rows {
      let target = out + row * columns
      for column in 0..<columns { target[column] = keep == 0 ? 0 : keep * target[column] }
      if transposed == .right {
        for column in 0..<columns {
          var sum: Element = 0
          for index in 0..<inner { sum += left[row * inner + index] * right[column * inner + index] }
          target[column] += scale * sum
        }
        continue
      }
      for index in 0..<inner {
        let factor = scale * (transposed == .left ? left[index * rows + row] : left[row * inner + index])
        let source = right + index * columns
        for column in 0..<columns { target[column] += factor * source[column] }
      }
    }
  }

  /// `out = scale · A Aᵀ + keep · out`, with `A` of `side × inner`; or of `Aᵀ A`, with `A` of `inner × side`. `out` is
  /// symmetric.
  func square<Element: MatrixElement>(
    _ matrix: UnsafePointer<Element>, into out: UnsafeMutablePointer<Element>, side: Int, inner: Int,
    ofColumns: Bool, scale: Element = 1, keep: Element = 0
  ) {
    guard let blas, max(side, inner) <= Int32.max else {
      return multiply(
        matrix, matrix, into: out, rows: side, columns: side, inner: inner, ofColumns ? .left : .right, scale: scale,
        keep: keep)
    }
    platform_begin_product()
    Element.square(
      blas, matrix, into: out, side: side, inner: inner, ofColumns: ofColumns, scale: scale, keep: keep)
    platform_end_product()
    // In blocks, so that both triangles stay in the cache.
    for first in stride(from: 0, to: side, by: 32) {
      for row in first..<side {
        for column in first..<min(first + 32, row) { out[column * side + row] = out[row * side + column] }
      }
    }
  }
}

extension Float: MatrixElement {
  static var type: ElementType { .float32 }

  static func multiply(
    _ blas: OpenBLAS, _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>,
    rows: Int, columns: Int, inner: Int, _ transposed: Transposed, scale: Float, keep: Float
  ) {
    blas.sgemm(
      CblasRowMajor, transposed == .left ? CblasTrans : CblasNoTrans, transposed == .right ? CblasTrans : CblasNoTrans,
      blasint(rows), blasint(columns), blasint(inner), scale, left, blasint(transposed == .left ? rows : inner), right,
      blasint(transposed == .right ? inner : columns), keep, out, blasint(columns))
  }

  static func square(
    _ blas: OpenBLAS, _ matrix: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>, side: Int, inner: Int,
    ofColumns: Bool, scale: Float, keep: Float
  ) {
    blas.ssyrk(
      CblasRowMajor, CblasLower, ofColumns ? CblasTrans : CblasNoTrans, blasint(side), blasint(inner), scale, matrix,
      blasint(ofColumns ? side : inner), keep, out, blasint(side))
  }
}

extension Double: MatrixElement {
  static var type: ElementType { .float64 }

  static func multiply(
    _ blas: OpenBLAS, _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>,
    into out: UnsafeMutablePointer<Double>, rows: Int, columns: Int, inner: Int, _ transposed: Transposed,
    scale: Double,
    keep: Double
  ) {
    blas.dgemm(
      CblasRowMajor, transposed == .left ? CblasTrans : CblasNoTrans, transposed == .right ? CblasTrans : CblasNoTrans,
      blasint(rows), blasint(columns), blasint(inner), scale, left, blasint(transposed == .left ? rows : inner), right,
      blasint(transposed == .right ? inner : columns), keep, out, blasint(columns))
  }

  static func square(
    _ blas: OpenBLAS, _ matrix: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>, side: Int, inner: Int,
    ofColumns: Bool, scale: Double, keep: Double
  ) {
    blas.dsyrk(
      CblasRowMajor, CblasLower, ofColumns ? CblasTrans : CblasNoTrans, blasint(side), blasint(inner), scale, matrix,
      blasint(ofColumns ? side : inner), keep, out, blasint(side))
  }
}
