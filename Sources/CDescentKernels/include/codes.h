/*
 * Numbers of 8 bits, 256 of them in units of a scale of their own, a power of 2.
 *
 * A code is what a float's exponent and the upper bits of its mantissa become when a small number, the foot, is added: near 0
 * steps are even, and above the foot they grow with the number. Code 0 is 0. So both ways are a few operations on a float's
 * bits, and with a scale that is a power of 2 it is a part of the foot. `make low-precision` compares it with other codes.
 */
#ifndef CODES_H
#define CODES_H

#include "draws.h"

enum { KERNEL_QUANTIZED_BLOCK = 256, KERNEL_CODE_SHIFT = 20 };

/* The lowest three bits of a code are the mantissa's; above them the exponent has four beside a sign, else five. So the greatest
 * code stands for 1.875 scales, less the foot. Means and roots of second moments have the same range: else what is rounded up
 * from a small mean would be divided by a root that is far smaller. */
KERNEL_INLINE uint32_t kernel_foot(float scale, bool is_unsigned) {
    const float foot = scale * (is_unsigned ? 0x1p-31f : 0x1p-15f);
    uint32_t    bits;
    memcpy(&bits, &foot, sizeof bits);
    return bits;
}

/* The least scale whose codes reach up to the greatest number of a block; NaN if that is none, with any sign, or infinite, or next
 * to it. Down to 2^-90, so that feet are normal numbers. */
KERNEL_INLINE float kernel_scale(float greatest, bool is_unsigned) {
    const uint32_t mantissa = is_unsigned ? 0x700000 : 0x6fff00, least = 37u << 23, infinite = 255u << 23;
    uint32_t       bits;
    memcpy(&bits, &greatest, sizeof bits);
    bits = (bits + (0x7fffff - mantissa)) & ~0x7fffffu;
    if (bits >= infinite) return __builtin_nanf("");
    if (bits < least) bits = least;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return scale;
}

KERNEL_INLINE kernel_floats kernel_of_code(const uint8_t *codes, uint32_t foot, bool is_unsigned) {
    if (is_unsigned) {
        kernel_bytes bytes;
        memcpy(&bytes, codes, sizeof bytes);
        const kernel_words bits = __builtin_convertvector(bytes, kernel_words) << KERNEL_CODE_SHIFT;
        return kernel_number(bits + foot) - kernel_number(kernel_same(foot));
    }
    kernel_signed_bytes bytes;
    memcpy(&bytes, codes, sizeof bytes);
    const kernel_words wide = (kernel_words)__builtin_convertvector(bytes, kernel_ints);
    const kernel_words bits = wide << KERNEL_CODE_SHIFT & 0x87f00000;
    return kernel_number(bits + foot) - kernel_number((bits & 0x80000000) | foot);
}

/* What is added to a draw: the foot's bits are multiples of 2^23, and draws are below 2^20. */
KERNEL_INLINE kernel_drawing kernel_above_foot(kernel_drawing drawing, uint32_t foot) {
    drawing.word |= 0u - foot;
    return drawing;
}

/* Rounded stochastically, by a draw above the foot. Without a sign, what is not 0 does not become 0 either: something is divided
 * by its root. */
KERNEL_INLINE void kernel_to_code(uint8_t *codes, kernel_floats numbers, uint32_t foot, kernel_words draw, bool is_unsigned) {
    const kernel_words  bits = kernel_bits(numbers), magnitude = is_unsigned ? bits : bits & 0x7fffffff;
    const kernel_floats size = kernel_number(magnitude) + kernel_number(kernel_same(foot));
    kernel_words        found = (kernel_bits(size) + draw) >> KERNEL_CODE_SHIFT;
    if (is_unsigned) {
        found = kernel_select((kernel_words)(bits != 0), kernel_greater(found, kernel_same(1)), found);
    } else {
        found |= bits >> 24 & 0x80;
    }
    const kernel_bytes bytes = __builtin_convertvector(found, kernel_bytes);
    memcpy(codes, &bytes, sizeof bytes);
}

KERNEL_INLINE kernel_words kernel_greater_magnitude(kernel_words greatest, kernel_floats numbers) {
    return kernel_greater(greatest, kernel_bits(numbers) & 0x7fffffff);
}

/* Of numbers none of which is negative, nor is -0; a NaN with a sign is the greatest too. */
KERNEL_INLINE kernel_words kernel_greater_unsigned(kernel_words greatest, kernel_floats numbers) {
    return __builtin_elementwise_max(greatest, kernel_bits(numbers));
}

/* The greatest of all lanes. */
KERNEL_INLINE float kernel_greatest_lane(kernel_words words) {
    const uint32_t greatest = __builtin_reduce_max(words);
    float          magnitude;
    memcpy(&magnitude, &greatest, sizeof magnitude);
    return magnitude;
}

/* The greatest magnitude, in whole vectors; a NaN if there is one, whose bits are the greatest. */
KERNEL_INLINE float kernel_greatest_magnitude(const float *numbers, size_t count) {
    kernel_words greatest = kernel_same(0);
#pragma clang loop unroll(disable)
    for (size_t i = 0; i < count; i += KERNEL_LANES) {
        greatest = kernel_greater_magnitude(greatest, kernel_number(kernel_load_words(numbers + i)));
    }
    return kernel_greatest_lane(greatest);
}

KERNEL_INLINE void kernel_widen_some(float *out, const uint8_t *codes, const float *scales, size_t count, bool is_unsigned) {
#pragma clang loop unroll(disable)
    for (size_t i = 0; i < count; i += KERNEL_LANES) {
        const uint32_t      foot = kernel_foot(scales[i / KERNEL_QUANTIZED_BLOCK], is_unsigned);
        const kernel_floats numbers = kernel_of_code(codes + i, foot, is_unsigned);
        memcpy(out + i, &numbers, sizeof numbers);
    }
}

KERNEL_INLINE void kernel_narrow_some(uint8_t *codes, uint32_t foot, const float *numbers, size_t count,
                                      const kernel_drawing *drawing, bool is_unsigned) {
    const kernel_drawing above = kernel_above_foot(*drawing, foot);
#pragma clang loop unroll(disable)
    for (size_t i = 0; i < count; i += KERNEL_LANES) {
        kernel_to_code(codes + i, kernel_number(kernel_load_words(numbers + i)), foot, kernel_draw(above, i), is_unsigned);
    }
}

/* Codes from the beginning of a block on, in whole vectors. */
KERNEL_INLINE void kernel_widen_codes(float *out, const uint8_t *codes, const float *scales, size_t count, bool is_unsigned) {
    if (is_unsigned) {
        kernel_widen_some(out, codes, scales, count, true);
    } else {
        kernel_widen_some(out, codes, scales, count, false);
    }
}

/* One block, or the part of it that there is, in whole vectors; `greatest` is its greatest magnitude. One that has a NaN or an
 * infinity has the scale NaN, and so is NaN, all of it. */
KERNEL_INLINE void kernel_narrow_codes(uint8_t *codes, float *scale, float greatest, const float *numbers, size_t count,
                                       const kernel_drawing *drawing, bool is_unsigned) {
    *scale = kernel_scale(greatest, is_unsigned);
    if (*scale != *scale) {
        memset(codes, 1, count);
    } else if (is_unsigned) {
        kernel_narrow_some(codes, kernel_foot(*scale, true), numbers, count, drawing, true);
    } else {
        kernel_narrow_some(codes, kernel_foot(*scale, false), numbers, count, drawing, false);
    }
}

/* What a pass over whole blocks of codes has besides: the numbers of two of them, and the words of draws. */
enum { KERNEL_CODED_STATES = 3 };
typedef struct kernel_code_room {
    float    numbers[2][KERNEL_CODED_STATES][KERNEL_QUANTIZED_BLOCK];
    uint32_t words[4 * KERNEL_MOST_LANES];
} kernel_code_room;
static inline float *kernel_room_numbers(kernel_code_room *room, size_t block) { return room->numbers[block % 2][0]; }
static inline uint32_t *kernel_room_words(kernel_code_room *room) { return room->words; }
static inline kernel_drawing kernel_room_drawing(const kernel_code_room *room, const kernel_draws *draws, size_t block,
                                                 size_t purpose) {
    return kernel_drawing_at(draws, 0, room->words[purpose * KERNEL_MOST_LANES + block % KERNEL_LANES]);
}

#endif
