/* Types only: the library is loaded when it is first needed. */
#include <cblas.h>

typedef __typeof__(cblas_sgemm) *openblas_sgemm;
typedef __typeof__(openblas_set_num_threads) *openblas_set_threads;
