import COpenBLAS
import CPlatform

/// OpenBLAS's matrix product. The bits may differ from one CPU to another, and with the number of threads: OpenBLAS picks
/// its own kernel. Its threads and ours never run at the same time.
struct MatrixProduct {
  private let sgemm: openblas_sgemm
  private let setThreads: openblas_set_threads?

  /// nil if OpenBLAS is not installed.
  init?() {
    guard let sgemm = platform_openblas("cblas_sgemm") else { return nil }
    self.sgemm = unsafeBitCast(sgemm, to: openblas_sgemm.self)
    // If the process also uses it for something else, its settings are left alone.
    setThreads =
      platform_shares_openblas()
      ? nil : platform_openblas("openblas_set_num_threads").map { unsafeBitCast($0, to: openblas_set_threads.self) }
  }

  /// Call it before products: OpenBLAS then uses as many threads as this library.
  func adoptThreadCount() {
    guard let setThreads else { return }
    platform_begin_product()
    setThreads(Threads.count)
    platform_end_product()
  }

  /// `out = left · right`, added to what `out` holds if `accumulate`: row-major `rows × inner` times `inner × columns`.
  func multiply(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>,
    rows: Int, columns: Int, inner: Int, transposeLeft: Bool = false, accumulate: Bool
  ) {
    platform_begin_product()
    sgemm(
      CblasRowMajor, transposeLeft ? CblasTrans : CblasNoTrans, CblasNoTrans,
      blasint(rows), blasint(columns), blasint(inner),
      1, left, blasint(transposeLeft ? rows : inner), right, blasint(columns),
      accumulate ? 1 : 0, out, blasint(columns))
    platform_end_product()
  }
}
