/*
 * What a fuzzer's bytes become: numbers, sizes and memory. When they run out, all that follows is 0, which everywhere
 * means the ordinary case.
 */
#ifndef INPUT_H
#define INPUT_H

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct input {
    const uint8_t *bytes;
    size_t         size;
} input;

static inline bool is_empty(const input *in) { return in->size == 0; }

static inline uint64_t take_bytes(input *in, size_t count) {
    uint64_t number = 0;
    for (size_t i = 0; i < count && in->size > 0; i++, in->size--) number |= (uint64_t)*in->bytes++ << 8 * i;
    return number;
}

static inline uint8_t  take_byte(input *in) { return (uint8_t)take_bytes(in, 1); }
static inline uint32_t take_32(input *in) { return (uint32_t)take_bytes(in, 4); }
static inline uint64_t take_64(input *in) { return take_bytes(in, 8); }

/* From 0 to `last`, which is below 256. */
static inline size_t take_up_to(input *in, size_t last) { return take_byte(in) % (last + 1); }

/* True for one byte in `one_in`, and not for 0. */
static inline bool take_chance(input *in, unsigned one_in) { return take_byte(in) % one_in == one_in - 1; }

/* One of `usual` small numbers from 0 on; now and then any number. */
static inline uint32_t take_number(input *in, size_t usual) {
    return take_chance(in, 16) ? take_32(in) : (uint32_t)take_up_to(in, usual);
}

/* Whether the input has sizes that depend on how long addresses are, or leads to a text about one: then so does the digest. */
static bool depends_on_addresses;

/* A size that nothing can have: near the largest one or near one of the greatest three powers of two. */
static inline size_t take_huge(input *in) {
    depends_on_addresses = true;
    const unsigned kind = take_byte(in), distance = take_byte(in) % 8;
    return kind % 2 == 0 ? SIZE_MAX - distance : ((size_t)1 << (8 * sizeof(size_t) - 3 + kind / 2 % 3)) + distance;
}

/* A struct_size that no struct has, and none that promises more bytes. */
static inline uint32_t take_wrong_size(input *in) {
    depends_on_addresses = true;
    return take_32(in) | 1;
}

static inline double take_double(input *in) {
    static const double usual[] = {0,    0.5,  1,    0.1,     0.9,     1e-3,    1e-8, 2,       10,      0.999,
                                   3,    100,  1e6,  0.25,    0.3,     1000,    -1,   -0.0,    NAN,     INFINITY,
                                   -INFINITY, 5e-324, DBL_MAX, -DBL_MAX, DBL_MIN, 1e300, 1e-300, 9007199254740992.0};
    const uint8_t kind = take_byte(in);
    if (kind < 192) return usual[kind % (sizeof usual / sizeof *usual)];
    if (kind < 224) return ((int8_t)take_byte(in)) / 16.0;
    uint64_t bits = take_64(in);
    double   number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

/* ---- Memory of an input's own, given back at its end. ---- */

enum { MOST_BLOCKS = 4096 };
static void  *memory_blocks[MOST_BLOCKS];
static size_t memory_count;

/* Exactly so many bytes, all 0, up to the block's end: a sanitizer notices the first one beyond. They begin `shift` bytes
 * behind an aligned address. */
static inline void *memory(size_t bytes, size_t shift) {
    if (memory_count == MOST_BLOCKS) abort();
    char *block = calloc(1, bytes + shift + (bytes + shift == 0));
    if (block == NULL) abort();
    memory_blocks[memory_count++] = block;
    return block + shift;
}

static inline void free_memory(void) {
    while (memory_count > 0) free(memory_blocks[--memory_count]);
}

static inline void *copy_of(const void *bytes, size_t count) {
    void *copy = memory(count, 0);
    if (count > 0) memcpy(copy, bytes, count);
    return copy;
}

/* A zero-terminated text of at most `most` bytes. */
static inline char *take_text(input *in, size_t most) {
    const size_t length = take_up_to(in, most);
    char *text = memory(length + 1, 0);
    for (size_t i = 0; i < length; i++) text[i] = (char)take_byte(in);
    return text;
}

#endif
