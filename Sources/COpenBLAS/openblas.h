/* Types only: the library is loaded when it is first needed, and its header is not needed at all, so that the package can be
 * built for targets which have no OpenBLAS. The numbers are those of every CBLAS. */
#include <stddef.h>
#include <stdint.h>

typedef int32_t blasint;
typedef enum CBLAS_ORDER { CblasRowMajor = 101 } CBLAS_ORDER;
typedef enum CBLAS_TRANSPOSE { CblasNoTrans = 111, CblasTrans = 112 } CBLAS_TRANSPOSE;
typedef enum CBLAS_UPLO { CblasLower = 122 } CBLAS_UPLO;

/* out = scale * left * right + keep * out */
typedef void (*openblas_sgemm)(CBLAS_ORDER order, CBLAS_TRANSPOSE left_form, CBLAS_TRANSPOSE right_form, blasint rows,
                               blasint columns, blasint inner, float scale, const float *left, blasint left_stride,
                               const float *right, blasint right_stride, float keep, float *out, blasint out_stride);
typedef void (*openblas_dgemm)(CBLAS_ORDER order, CBLAS_TRANSPOSE left_form, CBLAS_TRANSPOSE right_form, blasint rows,
                               blasint columns, blasint inner, double scale, const double *left, blasint left_stride,
                               const double *right, blasint right_stride, double keep, double *out, blasint out_stride);
/* A triangle of out = scale * matrix * transposed matrix + keep * out */
typedef void (*openblas_ssyrk)(CBLAS_ORDER order, CBLAS_UPLO triangle, CBLAS_TRANSPOSE form, blasint side, blasint inner,
                               float scale, const float *matrix, blasint stride, float keep, float *out, blasint out_stride);
typedef void (*openblas_dsyrk)(CBLAS_ORDER order, CBLAS_UPLO triangle, CBLAS_TRANSPOSE form, blasint side, blasint inner,
                               double scale, const double *matrix, blasint stride, double keep, double *out,
                               blasint out_stride);
typedef void (*openblas_set_threads)(int threads);

/* LAPACK, which is part of it: eigenvalues and eigenvectors of a symmetric matrix, and a QR decomposition. */
typedef void (*openblas_dsyevd)(const char *jobz, const char *uplo, const blasint *n, double *a, const blasint *lda, double *w,
                                double *work, const blasint *lwork, blasint *iwork, const blasint *liwork, blasint *info,
                                size_t, size_t);
typedef void (*openblas_dgeqrf)(const blasint *m, const blasint *n, double *a, const blasint *lda, double *tau, double *work,
                                const blasint *lwork, blasint *info);
typedef void (*openblas_dorgqr)(const blasint *m, const blasint *n, const blasint *k, double *a, const blasint *lda,
                                const double *tau, double *work, const blasint *lwork, blasint *info);
