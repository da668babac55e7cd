/*
 * Everything that depends on the operating system, the C library or the processor. Internal.
 */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/* Whether this CPU and operating system can run code for "baseline", "avx2" (x86-64-v3), "avx512" (x86-64-v4) or "avx512_bf16",
 * that with products of bfloat16. */
bool platform_supports(const char *instruction_set);

/* The value of an environment variable; NULL if it is not set. */
const char *_Nullable platform_environment(const char *name);

/* Calls `initialize` in the first call of the process only; a call on another thread meanwhile waits for it. */
void platform_once(void (*initialize)(void));

/* OpenBLAS's function of that name; NULL if it has none, or cannot be found. It is loaded at the first call: that takes
 * longer than all else that this library does, starts threads, and most programs do not need it. */
void *_Nullable platform_openblas(const char *function);

/* Whether the process had OpenBLAS before, whose settings are then somebody else's. */
bool platform_shares_openblas(void);

/* Around each use of OpenBLAS. At the end of the process, when other threads may still be at work, those that are in one are
 * waited for, and none begins. */
void platform_begin_product(void);
void platform_end_product(void);

/* Zeroed memory, aligned to 64 bytes; NULL if there is none. Give it back with platform_free, which ignores NULL. */
void *_Nullable platform_allocate(size_t bytes);
void platform_free(void *_Nullable memory);

/* Memory of this thread, zero at first and aligned to 16 bytes, for the sentence about its last failure. */
enum { PLATFORM_FAILURE_BYTES = 272 };
void *platform_failure(void);

/* Seconds of a clock that never goes back. */
double platform_seconds(void);

/* Writes a short decimal text that reads back as `value`, with a point in every locale; returns its length. */
size_t platform_format(double value, char *text, size_t capacity);

#pragma clang assume_nonnull end

#endif
