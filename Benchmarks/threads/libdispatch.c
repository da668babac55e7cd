/* dispatch_apply_f() of the libdispatch that the Swift toolchain has as a static library. It has no call that ends the
 * threads. */
#include "pool.h"

#include <dispatch/dispatch.h>

void pool_run(pool_body body, void *context) {
    dispatch_apply_f(2, dispatch_get_global_queue(DISPATCH_QUEUE_PRIORITY_DEFAULT, 0), context, body);
}

void pool_stop(void) {}
