/* What every thread pool of the comparison offers; each is built as a shared object of its own. */
#ifndef POOL_H
#define POOL_H

#include <stddef.h>

typedef void (*pool_body)(void *context, size_t item);

/* Calls body(context, item) for item = 0 and 1 on two threads, the caller's being one, and returns when both are done.
 * The first call starts what has to be started. */
void pool_run(pool_body body, void *context);

/* Ends the threads, where that can be done; a later pool_run() starts them again. */
void pool_stop(void);

#endif
