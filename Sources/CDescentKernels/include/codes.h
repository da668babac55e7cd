/*
 * Numbers of 8 bits, 256 of them in units of a scale of their own.
 *
 * A code is what a float's exponent and the upper bits of its mantissa become when a small number, the foot, is added: near 0
 * steps are even, and above the foot they grow with the number. Code 0 is 0. So both ways are a few operations on a float's
 * bits. `make low-precision` compares it with other codes.
 */
#ifndef CODES_H
#define CODES_H

#include "draws.h"

enum { KERNEL_QUANTIZED_BLOCK = 256, KERNEL_CODE_SHIFT = 20 };

/* The lowest three bits of a code are the mantissa's; above them the exponent has four beside a sign, else five. So the greatest
 * code stands for 1.875 scales, less the foot. Means and roots of second moments have the same range: else what is rounded up
 * from a small mean would be divided by a root that is far smaller. */
typedef struct kernel_code {
    uint32_t base; /* the foot's bits */
    float    foot, share; /* the share of the greatest number that is the scale */
} kernel_code;

KERNEL_INLINE kernel_code kernel_code_of(bool is_unsigned) {
    return is_unsigned ? (kernel_code){(127 - 31) << 23, 0x1p-31f, 1 / (1.875f - 0x1p-31f)}
                       : (kernel_code){(127 - 15) << 23, 0x1p-15f, 1 / (1.875f - 0x1p-15f)};
}

KERNEL_INLINE kernel_floats kernel_of_code(const uint8_t *codes, float scale, bool is_unsigned) {
    const kernel_code code = kernel_code_of(is_unsigned);
    if (is_unsigned) {
        kernel_bytes bytes;
        memcpy(&bytes, codes, sizeof bytes);
        const kernel_words bits = __builtin_convertvector(bytes, kernel_words) << KERNEL_CODE_SHIFT;
        return (kernel_number(bits + code.base) - code.foot) * scale;
    }
    kernel_signed_bytes bytes;
    memcpy(&bytes, codes, sizeof bytes);
    const kernel_words wide = (kernel_words)__builtin_convertvector(bytes, kernel_ints);
    const kernel_words bits = wide << KERNEL_CODE_SHIFT & 0x87f00000, foot = (bits & 0x80000000) | code.base;
    return (kernel_number(bits + code.base) - kernel_number(foot)) * scale;
}

/* Rounded stochastically. Without a sign, what is not 0 does not become 0 either: something is divided by its root. */
KERNEL_INLINE void kernel_to_code(uint8_t *codes, const float *numbers, float inverse, kernel_words draw, bool is_unsigned) {
    const kernel_code   code = kernel_code_of(is_unsigned);
    const kernel_words  bits = kernel_load_words(numbers), magnitude = bits & 0x7fffffff;
    const kernel_floats size = kernel_number(magnitude) * inverse + code.foot;
    /* Above the lowest 7, or 8, bits is what comes of the base, and is not looked at. */
    kernel_words found = (kernel_bits(size) + draw) >> KERNEL_CODE_SHIFT;
    if (is_unsigned) {
        const kernel_words least = kernel_same((code.base >> KERNEL_CODE_SHIFT) + 1);
        found = kernel_select((kernel_words)(magnitude != 0), kernel_greater(found, least), found);
    } else {
        found = (found & 0x7f) | (bits >> 24 & ~0x7fu);
    }
    const kernel_bytes bytes = __builtin_convertvector(found, kernel_bytes);
    memcpy(codes, &bytes, sizeof bytes);
}

/* The greatest magnitude, in whole vectors; a NaN if there is one, whose bits are the greatest. */
KERNEL_INLINE float kernel_greatest_magnitude(const float *numbers, size_t count) {
    kernel_words greatest = kernel_same(0);
#pragma clang loop unroll(disable)
    for (size_t i = 0; i < count; i += KERNEL_LANES) {
        greatest = kernel_greater(greatest, kernel_load_words(numbers + i) & 0x7fffffff);
    }
    uint32_t bits[KERNEL_LANES];
    kernel_store_words(greatest, bits);
    for (size_t i = 1; i < KERNEL_LANES; i++) bits[0] = bits[i] > bits[0] ? bits[i] : bits[0];
    float magnitude;
    memcpy(&magnitude, bits, sizeof magnitude);
    return magnitude;
}

KERNEL_INLINE void kernel_widen_some(float *out, const uint8_t *codes, const float *scales, size_t count, bool is_unsigned) {
#pragma clang loop unroll(disable)
    for (size_t i = 0; i < count; i += KERNEL_LANES) {
        const kernel_floats numbers = kernel_of_code(codes + i, scales[i / KERNEL_QUANTIZED_BLOCK], is_unsigned);
        memcpy(out + i, &numbers, sizeof numbers);
    }
}

KERNEL_INLINE void kernel_narrow_some(uint8_t *codes, float inverse, const float *numbers, size_t count,
                                      const kernel_drawing *drawing, bool is_unsigned) {
#pragma clang loop unroll(disable)
    for (size_t i = 0; i < count; i += KERNEL_LANES) {
        kernel_to_code(codes + i, numbers + i, inverse, kernel_draw(drawing, i), is_unsigned);
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
    const float unit = greatest * kernel_code_of(is_unsigned).share;
    if (!(unit <= 0x1.fffffep127f)) {
        *scale = __builtin_nanf("");
        memset(codes, 1, count);
        return;
    }
    /* Below the normal numbers there is nothing. */
    *scale = unit < 0x1p-126f ? 0 : unit;
    const float inverse = *scale == 0 ? 0 : 1 / unit;
    if (is_unsigned) {
        kernel_narrow_some(codes, inverse, numbers, count, drawing, true);
    } else {
        kernel_narrow_some(codes, inverse, numbers, count, drawing, false);
    }
}

#endif
