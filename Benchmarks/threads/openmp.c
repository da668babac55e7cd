/* OpenMP, as gcc has it. */
#include "pool.h"

#include <omp.h>

void pool_run(pool_body body, void *context) {
#pragma omp parallel for num_threads(2) schedule(static, 1)
    for (size_t item = 0; item < 2; item++) body(context, item);
}

void pool_stop(void) { omp_pause_resource_all(omp_pause_hard); }
