/* No pool: what a shared object weighs without one. */
#include "pool.h"

void pool_run(pool_body body, void *context) {
    body(context, 0);
    body(context, 1);
}

void pool_stop(void) {}
