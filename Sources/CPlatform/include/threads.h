/*
 * Threads that share the work of a call. Internal.
 */
#ifndef THREADS_H
#define THREADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

enum { PLATFORM_MOST_THREADS = 256 };

/* Piece number `index` of a job. */
typedef void (*platform_piece)(void *job, size_t index);

/* Calls `piece` once for each index below `count`, on this thread and on others, in any order, and returns when all are
 * done. Parallelism is not guaranteed: if another thread's job is at work, this one does all of it. */
void platform_parallel(size_t count, platform_piece piece, void *job);

/* How many threads a job may use, the calling one included; at first DESCENT_NUM_THREADS, or as many as the processors
 * that this process may use. 0 sets the latter; a number above PLATFORM_MOST_THREADS counts as that. */
size_t platform_thread_count(void);
void   platform_set_thread_count(size_t threads);

/* A pool of the host's, in place of our own: `parallel_for` calls share(index, work) once for each index below `count`, and
 * returns when all have returned. NULL: our own again. */
typedef void (*platform_share)(size_t index, void *_Nullable work);
typedef void (*platform_parallel_for)(size_t count, platform_share _Nullable share, void *_Nullable work,
                                      void *_Nullable context);
void platform_set_parallel_for(platform_parallel_for _Nullable parallel_for, void *_Nullable context);

#pragma clang assume_nonnull end

#endif
