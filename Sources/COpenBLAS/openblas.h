/* Types only: the library is loaded when it is first needed. */
#include <cblas.h>

typedef __typeof__(cblas_sgemm) *openblas_sgemm;
typedef __typeof__(cblas_dgemm) *openblas_dgemm;
typedef __typeof__(cblas_ssyrk) *openblas_ssyrk;
typedef __typeof__(cblas_dsyrk) *openblas_dsyrk;
typedef __typeof__(openblas_set_num_threads) *openblas_set_threads;

/* LAPACK, which is part of it: eigenvalues and eigenvectors of a symmetric matrix, and a QR decomposition. */
typedef void (*openblas_dsyevd)(const char *jobz, const char *uplo, const blasint *n, double *a, const blasint *lda, double *w,
                                double *work, const blasint *lwork, blasint *iwork, const blasint *liwork, blasint *info,
                                size_t, size_t);
typedef void (*openblas_dgeqrf)(const blasint *m, const blasint *n, double *a, const blasint *lda, double *tau, double *work,
                                const blasint *lwork, blasint *info);
typedef void (*openblas_dorgqr)(const blasint *m, const blasint *n, const blasint *k, double *a, const blasint *lda,
                                const double *tau, double *work, const blasint *lwork, blasint *info);
