/*
 * malloc() and its relatives, in place of glibc's: they count blocks, and fail on demand. Included by the one file of a
 * program.
 */
#ifndef COUNTED_MEMORY_H
#define COUNTED_MEMORY_H

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void  __libc_free(void *block);

static long   allocations, live_blocks, live_bytes, peak_bytes;
static size_t largest_block = SIZE_MAX;               /* a larger one cannot be had */
static size_t largest_asked;                          /* the largest that was asked for, had or not */
static long   fail_from = -1, fail_before = INT32_MAX; /* nor can allocations with these numbers; -1: all can */

/* Threads may allocate at the same time. */
static long add(long *counter, long amount) { return __atomic_add_fetch(counter, amount, __ATOMIC_SEQ_CST); }

static void *count_block(void *block) {
    if (block == NULL) return NULL;
    add(&live_blocks, 1);
    const long bytes = add(&live_bytes, (long)malloc_usable_size(block));
    if (bytes > peak_bytes) peak_bytes = bytes;
    return block;
}

static void discount_block(long bytes) {
    add(&live_blocks, -1);
    add(&live_bytes, -bytes);
}

static bool can_be_had(size_t size) {
    const long number = add(&allocations, 1) - 1;
    if (size > largest_asked) largest_asked = size;
    const bool fails = size > largest_block || (fail_from >= 0 && number >= fail_from && number < fail_before);
    if (fails) errno = ENOMEM;
    return !fails;
}

void *malloc(size_t size) { return can_be_had(size) ? count_block(__libc_malloc(size)) : NULL; }
void *calloc(size_t count, size_t size) {
    return can_be_had(count * size) ? count_block(__libc_calloc(count, size)) : NULL;
}
void *aligned_alloc(size_t alignment, size_t size) {
    return can_be_had(size) ? count_block(__libc_memalign(alignment, size)) : NULL;
}
void *memalign(size_t alignment, size_t size) { return aligned_alloc(alignment, size); }

int posix_memalign(void **block, size_t alignment, size_t size) {
    void *made = aligned_alloc(alignment, size);
    if (made == NULL) return ENOMEM;
    *block = made;
    return 0;
}

void *realloc(void *block, size_t size) {
    if (!can_be_had(size)) return NULL;
    const long bytes = block == NULL ? 0 : (long)malloc_usable_size(block);
    void      *moved = __libc_realloc(block, size);
    if (block != NULL && (moved != NULL || size == 0)) discount_block(bytes);
    return count_block(moved);
}

void free(void *block) {
    if (block != NULL) discount_block((long)malloc_usable_size(block));
    __libc_free(block);
}

#endif
