/* The physical limit of steps on arrays of any element size: a loop that reads and writes what such a step does. */
#include "clock.h"

#include <stddef.h>
#include <stdint.h>

enum { BLOCK = 1024 }; /* elements */

typedef enum moving { READ = 0, UPDATE = 1, WRITE = 2 } moving;

/* An array of `count` elements of so many bytes: 1, 2 or 4. */
struct moved_array {
    uint8_t *bytes;
    size_t   element_bytes;
    int32_t  moving;
};

static uint64_t sink;

static uint64_t move_block(const struct moved_array *array, size_t first, size_t last) {
    uint64_t *const words = (uint64_t *)(void *)(array->bytes + first * array->element_bytes);
    const size_t    count = (last - first) * array->element_bytes / sizeof *words;
    uint64_t        sum = 0;
    switch (array->moving) {
    case READ:
        for (size_t i = 0; i < count; i++) sum += words[i];
        return sum;
    case UPDATE:
        for (size_t i = 0; i < count; i++) words[i]++;
        return 0;
    default:
        for (size_t i = 0; i < count; i++) words[i] = first;
        return 0;
    }
}

/* Moves all arrays `repeats` times, in whole blocks, and returns how many seconds that took. */
double peer_move_arrays(const struct moved_array *arrays, size_t array_count, size_t count, size_t repeats, int threads) {
    const size_t blocks = count / BLOCK;
    double       begin = clock_seconds();
    for (size_t i = 0; i < repeats; i++) {
#pragma omp parallel for num_threads(threads) schedule(static, 1)
        for (int thread = 0; thread < threads; thread++) {
            uint64_t     sum = 0;
            const size_t end = blocks * (size_t)(thread + 1) / (size_t)threads;
            for (size_t block = blocks * (size_t)thread / (size_t)threads; block < end; block++) {
                for (size_t j = 0; j < array_count; j++) {
                    sum += move_block(&arrays[j], block * BLOCK, (block + 1) * BLOCK);
                }
            }
#pragma omp atomic
            sink += sum;
        }
    }
    return clock_seconds() - begin;
}
