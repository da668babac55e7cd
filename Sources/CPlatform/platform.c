#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE
#include "platform.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

/* Where memory is read at random places, it takes longer to find the small pages than to read them. */
static void prefer_huge_pages(char *memory, size_t bytes) {
#if defined(MADV_HUGEPAGE)
    const size_t page = 4096, huge = 512 * page;
    if (bytes < 2 * huge) return;
    const size_t before = page - (uintptr_t)memory % page;
    madvise(memory + before, bytes - before, MADV_HUGEPAGE);
#else
    (void)memory;
    (void)bytes;
#endif
}

/* calloc leaves large blocks to the system's zero pages, so that state is not written before it is used. Its own
 * address is kept in front of the aligned block. */
void *platform_allocate(size_t bytes) {
    const size_t alignment = 64;
    if (bytes > PTRDIFF_MAX - 2 * alignment) return NULL;
    char *block = calloc(1, bytes + alignment + sizeof(void *));
    if (block == NULL) return NULL;
    uintptr_t first = (uintptr_t)(block + sizeof(void *));
    char *aligned = block + sizeof(void *) + (alignment - first % alignment) % alignment;
    memcpy(aligned - sizeof(void *), &block, sizeof(void *));
    prefer_huge_pages(aligned, bytes);
    return aligned;
}

void platform_free(void *memory) {
    if (memory == NULL) return;
    void *block;
    memcpy(&block, (char *)memory - sizeof(void *), sizeof(void *));
    free(block);
}

void *platform_failure(void) {
    static _Thread_local _Alignas(16) char bytes[PLATFORM_FAILURE_BYTES];
    return bytes;
}

double platform_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

size_t platform_format(double value, char *text, size_t capacity) {
    int length = 0;
    if (value != value) value = NAN; /* the C library would print a NaN's sign */
    for (int digits = 15; digits <= 17; digits++) {
        length = snprintf(text, capacity, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    if (length < 0) length = 0;
    size_t end = (size_t)length < capacity ? (size_t)length : capacity - 1;
    for (size_t i = 0; i < end; i++)
        if (text[i] == ',') text[i] = '.';
    return end;
}
