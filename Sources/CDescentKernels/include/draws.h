/*
 * Draws for stochastic rounding: for each element of a tensor one of 2^16 numbers, times 16. Philox4x32-10, as Random/Philox.swift
 * has it, by the step's key.
 *
 * There are two lists of 256 words each, the same for all tensors and purposes, and a word for each block of 256 elements, tensor
 * and purpose. A draw is the exclusive or of that word and of one of each list, bits 4 to 19 of it: those at the element's place
 * in the block, counted on, around the lists, by 16 times other bits of the block's word. So each draw is uniform, any two are
 * independent of each other, and nearly all of it is done once for all blocks.
 */
#ifndef DRAWS_H
#define DRAWS_H

#include "lanes.h"

enum {
    KERNEL_DRAWN_BLOCK = 256,
    KERNEL_COUNTERS = KERNEL_DRAWN_BLOCK / 4, /* each of which gives four words */
    KERNEL_PHILOX_ROUNDS = 10,
    KERNEL_PURPOSES = 8,                      /* 0 is that of values, 1 + i that of state i */
    KERNEL_DRAW_BITS = 0xffff0
};

/* The lists, those bits of them: word i + 64 * w is word w of the counter (i, 0, 0, 2^32 - 1 - list). They follow once more, so
 * that they can be read on from any place. */
typedef struct kernel_draws {
    uint32_t lists[2][2 * KERNEL_DRAWN_BLOCK + KERNEL_MOST_LANES];
} kernel_draws;

/* The words of the counters in each lane. */
KERNEL_INLINE void kernel_philox(kernel_words words[4], const uint32_t *key) {
    kernel_words a = words[0], b = words[1], c = words[2], d = words[3];
    uint32_t     key0 = key[0], key1 = key[1];
#pragma clang loop unroll(disable)
    for (int round = 0; round < KERNEL_PHILOX_ROUNDS; round++) {
        const kernel_longs of_a = __builtin_convertvector(a, kernel_longs) * 0xd2511f53u;
        const kernel_longs of_c = __builtin_convertvector(c, kernel_longs) * 0xcd9e8d57u;
        a = __builtin_convertvector(of_c >> 32, kernel_words) ^ b ^ key0;
        c = __builtin_convertvector(of_a >> 32, kernel_words) ^ d ^ key1;
        b = __builtin_convertvector(of_c, kernel_words);
        d = __builtin_convertvector(of_a, kernel_words);
        key0 += 0x9e3779b9u;
        key1 += 0xbb67ae85u;
    }
    words[0] = a;
    words[1] = b;
    words[2] = c;
    words[3] = d;
}

KERNEL_INLINE void kernel_fill_list(uint32_t *list, const uint32_t *key, uint32_t last_word) {
    for (uint32_t first = 0; first < KERNEL_COUNTERS; first += KERNEL_LANES) {
        kernel_words words[4] = {0, 0, 0, kernel_same(last_word)};
        for (uint32_t lane = 0; lane < KERNEL_LANES; lane++) words[0][lane] = first + lane;
        kernel_philox(words, key);
        for (size_t word = 0; word < 4; word++) {
            kernel_store_words(words[word] & KERNEL_DRAW_BITS, list + first + word * KERNEL_COUNTERS);
        }
    }
    memcpy(list + KERNEL_DRAWN_BLOCK, list, KERNEL_DRAWN_BLOCK * sizeof *list);
    memcpy(list + 2 * KERNEL_DRAWN_BLOCK, list, KERNEL_MOST_LANES * sizeof *list);
}

KERNEL_INLINE void kernel_fill_draws(kernel_draws *draws, const uint32_t *key) {
#pragma clang loop unroll(disable)
    for (uint32_t list = 0; list < 2; list++) kernel_fill_list(draws->lists[list], key, UINT32_MAX - list);
}

/* The words of a tensor's block for purposes 4 * set to 4 * set + 3: the counter is (block, tensor, set). */
static inline void kernel_draw_block(uint32_t words[4], const uint32_t *key, uint64_t block, uint32_t tensor, uint32_t set) {
    uint32_t a = (uint32_t)block, b = (uint32_t)(block >> 32), c = tensor, d = set, key0 = key[0], key1 = key[1];
    for (int round = 0; round < KERNEL_PHILOX_ROUNDS; round++) {
        const uint64_t of_a = (uint64_t)a * 0xd2511f53u, of_c = (uint64_t)c * 0xcd9e8d57u;
        a = (uint32_t)(of_c >> 32) ^ b ^ key0;
        c = (uint32_t)(of_a >> 32) ^ d ^ key1;
        b = (uint32_t)of_c;
        d = (uint32_t)of_a;
        key0 += 0x9e3779b9u;
        key1 += 0xbb67ae85u;
    }
    words[0] = a;
    words[1] = b;
    words[2] = c;
    words[3] = d;
}

/* The same of the block and those behind it, as many as there are lanes, for purposes 0 to 3: word p of block + i goes to
 * words[p * KERNEL_MOST_LANES + i]. */
KERNEL_INLINE void kernel_draw_blocks(uint32_t *words, const uint32_t *key, uint64_t block, uint32_t tensor) {
    kernel_words found[4] = {0, 0, kernel_same(tensor), 0};
    for (uint32_t lane = 0; lane < KERNEL_LANES; lane++) {
        found[0][lane] = (uint32_t)(block + lane);
        found[1][lane] = (uint32_t)((block + lane) >> 32);
    }
    kernel_philox(found, key);
    for (size_t word = 0; word < 4; word++) kernel_store_words(found[word], words + word * KERNEL_MOST_LANES);
}

/* Where the draws of some elements of a block come from, in whole vectors. */
typedef struct kernel_drawing {
    const uint32_t *first, *second;
    uint32_t        word;
} kernel_drawing;

/* That of the elements from a place in a block on, by the block's word. */
static inline kernel_drawing kernel_drawing_at(const kernel_draws *draws, size_t place, uint32_t word) {
    return (kernel_drawing){draws->lists[0] + place + 16 * (word & 15), draws->lists[1] + place + 16 * (word >> 20 & 15),
                            word & KERNEL_DRAW_BITS};
}

KERNEL_INLINE kernel_words kernel_draw(kernel_drawing drawing, size_t i) {
    return kernel_load_words(drawing.first + i) ^ kernel_load_words(drawing.second + i) ^ drawing.word;
}

#endif
