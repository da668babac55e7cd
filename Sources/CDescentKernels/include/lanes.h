/*
 * Vectors of 32-bit lanes, as many as the instruction set has, for numbers that are stored in fewer bits. Integer arithmetic,
 * and floating-point operations that IEEE 754 fixes to the bit: the same on every instruction set.
 */
#ifndef LANES_H
#define LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__F16C__)
#include <immintrin.h>
#endif

/* The numbers of descent_dtype. */
typedef enum kernel_storage {
    KERNEL_FLOAT32 = 1,
    KERNEL_FLOAT64 = 2,
    KERNEL_FLOAT16 = 4,
    KERNEL_BFLOAT16 = 5,
    KERNEL_QUANTIZED8 = 6,
    KERNEL_QUANTIZED8_UNSIGNED = 7
} kernel_storage;

#if defined(__AVX512F__)
enum { KERNEL_LANES = 16 };
#elif defined(__AVX2__)
enum { KERNEL_LANES = 8 };
#else
enum { KERNEL_LANES = 4 };
#endif
enum { KERNEL_MOST_LANES = 16 };
typedef uint32_t kernel_words __attribute__((ext_vector_type(KERNEL_LANES)));
typedef float    kernel_floats __attribute__((ext_vector_type(KERNEL_LANES)));
typedef uint8_t  kernel_bytes __attribute__((ext_vector_type(KERNEL_LANES)));
typedef int8_t   kernel_signed_bytes __attribute__((ext_vector_type(KERNEL_LANES)));
typedef uint16_t kernel_halves __attribute__((ext_vector_type(KERNEL_LANES)));
typedef int32_t  kernel_ints __attribute__((ext_vector_type(KERNEL_LANES)));
typedef uint64_t kernel_longs __attribute__((ext_vector_type(KERNEL_LANES)));

#define KERNEL_INLINE static inline __attribute__((always_inline))

/* `mask` is all ones or 0 in each lane, as comparisons are. */
KERNEL_INLINE kernel_words kernel_select(kernel_words mask, kernel_words chosen, kernel_words other) {
    return (mask & chosen) | (~mask & other);
}
/* Of numbers below 2^31. */
KERNEL_INLINE kernel_words kernel_above(kernel_words a, kernel_words b) {
    return (kernel_words)((kernel_ints)a > (kernel_ints)b);
}
KERNEL_INLINE kernel_words kernel_greater(kernel_words a, kernel_words b) {
    return (kernel_words)__builtin_elementwise_max((kernel_ints)a, (kernel_ints)b);
}

KERNEL_INLINE kernel_words  kernel_same(uint32_t word) { return (kernel_words)word; }
KERNEL_INLINE kernel_words  kernel_bits(kernel_floats x) { return (kernel_words)x; }
KERNEL_INLINE kernel_floats kernel_number(kernel_words bits) { return (kernel_floats)bits; }

KERNEL_INLINE kernel_words kernel_load_words(const void *address) {
    kernel_words words;
    memcpy(&words, address, sizeof words);
    return words;
}
KERNEL_INLINE void kernel_store_words(kernel_words words, void *address) { memcpy(address, &words, sizeof words); }

#endif
