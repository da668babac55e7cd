import COpenBLAS

/// `out = left · right`, added to what `out` holds if `accumulate`: row-major `rows × inner` times `inner × columns`. The
/// bits may differ from one CPU to another: OpenBLAS picks its own kernel.
func multiply(
  _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>,
  rows: Int, columns: Int, inner: Int, transposeLeft: Bool = false, accumulate: Bool
) {
  cblas_sgemm(
    CblasRowMajor, transposeLeft ? CblasTrans : CblasNoTrans, CblasNoTrans,
    blasint(rows), blasint(columns), blasint(inner),
    1, left, blasint(transposeLeft ? rows : inner), right, blasint(columns),
    accumulate ? 1 : 0, out, blasint(columns))
}
