/*
 * float16 and bfloat16, and the floats that are computed with. A processor that converts float16 itself gives the same bits.
 */
#ifndef HALVES_H
#define HALVES_H

#include "draws.h"

/* The nearest multiple of 2^shift; of two that are equally near the even one. */
KERNEL_INLINE kernel_words kernel_round(kernel_words bits, uint32_t shift) {
    return (bits + ((1u << (shift - 1)) - 1) + ((bits >> shift) & 1)) >> shift;
}

/* The nearest bfloat16, in the upper halves. A NaN stays one, with its sign and the upper bits of its payload, and is a quiet
 * one. */
KERNEL_INLINE kernel_words kernel_upper_bfloat16_of(kernel_words bits) {
    const kernel_words is_nan = kernel_above(bits & 0x7fffffff, kernel_same(0x7f800000));
    return kernel_select(is_nan, bits | 0x00400000, bits + 0x7fff + (bits >> 16 & 1));
}
KERNEL_INLINE kernel_words kernel_bfloat16_of(kernel_words bits, kernel_words unused) {
    (void)unused;
    return kernel_upper_bfloat16_of(bits) >> 16;
}

/* Stochastic rounding: `draw` is one of 2^16 numbers, and as many of them round up as the distance from the number below has
 * parts of 2^16. What is beyond the greatest finite number becomes that; so nothing is added to an infinity or a NaN either, which
 * stays one: it comes from arithmetic, and is a quiet one. */
KERNEL_INLINE kernel_words kernel_upper_bfloat16_drawn(kernel_words bits, kernel_words draw) {
    const kernel_words is_small = kernel_above(kernel_same(0x7f7f0000), bits & 0x7fffffff);
    return bits + (draw & is_small);
}
KERNEL_INLINE kernel_words kernel_bfloat16_drawn(kernel_words bits, kernel_words draw) {
    return kernel_upper_bfloat16_drawn(bits, draw) >> 16;
}

KERNEL_INLINE kernel_words kernel_of_bfloat16(kernel_words half) { return half << 16; }

#if defined(__AVX512F__)
KERNEL_INLINE kernel_words kernel_of_float16(kernel_words half) {
    return (kernel_words)_mm512_cvtph_ps((__m256i)__builtin_convertvector(half, kernel_halves));
}
KERNEL_INLINE kernel_words kernel_float16_of(kernel_words bits, kernel_words unused) {
    (void)unused;
    const __m256i halves = _mm512_cvtps_ph((__m512)bits, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    return __builtin_convertvector((kernel_halves)halves, kernel_words);
}
#elif defined(__F16C__)
KERNEL_INLINE kernel_words kernel_of_float16(kernel_words half) {
    return (kernel_words)_mm256_cvtph_ps((__m128i)__builtin_convertvector(half, kernel_halves));
}
KERNEL_INLINE kernel_words kernel_float16_of(kernel_words bits, kernel_words unused) {
    (void)unused;
    const __m128i halves = _mm256_cvtps_ph((__m256)bits, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    return __builtin_convertvector((kernel_halves)halves, kernel_words);
}
#else
KERNEL_INLINE kernel_words kernel_of_float16(kernel_words half) {
    const kernel_words magnitude = (half & 0x7fff) << 13, exponent = magnitude & 0x0f800000;
    const kernel_words normal = magnitude + (112u << 23);
    /* Below the normal numbers, 2^-14 is added and taken away again. */
    const kernel_words small = kernel_bits(kernel_number(magnitude + (113u << 23)) - 0x1p-14f);
    const kernel_words is_nan = kernel_above(magnitude, kernel_same(0x0f800000));
    const kernel_words large = magnitude + (224u << 23) + (is_nan & (0x00400000 & ~magnitude));
    const kernel_words finite = kernel_select((kernel_words)(exponent == 0), small, normal);
    return (half & 0x8000) << 16 | kernel_select((kernel_words)(exponent == 0x0f800000), large, finite);
}

KERNEL_INLINE kernel_words kernel_float16_of(kernel_words bits, kernel_words unused) {
    (void)unused;
    const kernel_words sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    const kernel_words normal = kernel_round(magnitude - (112u << 23), 13);
    /* The sum's last bit is worth 2^-24, the least float16. */
    const kernel_words small = kernel_bits(kernel_number(magnitude) + 0.5f) - (126u << 23);
    const kernel_words is_nan = kernel_above(magnitude, kernel_same(0x7f800000));
    const kernel_words nan = 0x7e00 | (magnitude >> 13 & 0x3ff);
    const kernel_words large = kernel_select(is_nan, nan, kernel_same(0x7c00));
    /* From 65520 on it is infinity; the rounding of normal numbers arrives there by itself below 2^16. */
    const kernel_words finite = kernel_select(kernel_above(magnitude, kernel_same((113u << 23) - 1)), normal, small);
    return sign | kernel_select(kernel_above(magnitude, kernel_same((143u << 23) - 1)), large, finite);
}
#endif

KERNEL_INLINE kernel_words kernel_float16_drawn(kernel_words bits, kernel_words draw) {
    const kernel_words sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    const kernel_words normal = (magnitude - (112u << 23) + (draw >> 3)) >> 13;
    /* In units of 2^-24; large numbers, for which it is not meant, are made small. */
    const kernel_words is_normal = kernel_above(magnitude, kernel_same((113u << 23) - 1));
    const kernel_floats units = kernel_number(magnitude & ~is_normal) * 0x1p24f;
    const kernel_ints   whole = __builtin_convertvector(units, kernel_ints);
    const kernel_floats rest = (units - __builtin_convertvector(whole, kernel_floats)) * 0x1p16f;
    const kernel_words  up = (kernel_words)(rest > __builtin_convertvector((kernel_ints)draw, kernel_floats) + 0.5f);
    const kernel_words  finite = kernel_select(is_normal, normal, (kernel_words)whole - up);
    return kernel_select(kernel_above(magnitude, kernel_same(0x477fe000)), kernel_float16_of(bits, draw), sign | finite);
}

KERNEL_INLINE kernel_words kernel_load_halves(const void *address) {
    kernel_halves halves;
    memcpy(&halves, address, sizeof halves);
    return __builtin_convertvector(halves, kernel_words);
}

KERNEL_INLINE void kernel_store_halves(kernel_words bits, void *address) {
    const kernel_halves halves = __builtin_convertvector(bits, kernel_halves);
    memcpy(address, &halves, sizeof halves);
}

KERNEL_INLINE void kernel_store_upper_halves(kernel_words bits, void *address) {
#if defined(__AVX512BW__)
    const __m512i upper = _mm512_set_epi16(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* these are not stored */
                                           31, 29, 27, 25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);
    _mm256_storeu_si256(address, _mm512_castsi512_si256(_mm512_permutexvar_epi16(upper, (__m512i)bits)));
#else
    kernel_store_halves(bits >> 16, address);
#endif
}

/* A whole vector of bfloat16; rounded by a draw of a list. */
KERNEL_INLINE kernel_floats kernel_load_bfloat16(const void *address) {
    return kernel_number(kernel_of_bfloat16(kernel_load_halves(address)));
}
KERNEL_INLINE void kernel_store_bfloat16(kernel_floats numbers, void *address) {
    kernel_store_upper_halves(kernel_upper_bfloat16_of(kernel_bits(numbers)), address);
}
KERNEL_INLINE void kernel_store_bfloat16_drawn(kernel_floats numbers, void *address, kernel_drawing drawing, size_t i) {
    kernel_store_upper_halves(kernel_upper_bfloat16_drawn(kernel_bits(numbers), kernel_draw(drawing, i) >> 4), address);
}

/* The numbers behind the last whole vector go the same way, through memory that fills one. */
KERNEL_INLINE void kernel_widen_halves(float *out, const uint16_t *numbers, size_t count,
                                       kernel_words (*convert)(kernel_words half)) {
    uint16_t part[KERNEL_LANES] = {0};
    float    wide[KERNEL_LANES];
#pragma clang loop unroll(disable)
    for (size_t i = 0; i < count; i += KERNEL_LANES) {
        const size_t rest = count - i;
        if (rest < KERNEL_LANES) memcpy(part, numbers + i, rest * sizeof *part);
        kernel_store_words(convert(kernel_load_halves(rest < KERNEL_LANES ? part : numbers + i)),
                           rest < KERNEL_LANES ? wide : out + i);
        if (rest < KERNEL_LANES) memcpy(out + i, wide, rest * sizeof *wide);
    }
}

/* Without a drawing the conversion does not look at the draws. */
KERNEL_INLINE void kernel_narrow_halves(uint16_t *out, const float *numbers, size_t count, const kernel_drawing *drawing,
                                        kernel_words (*convert)(kernel_words bits, kernel_words draw)) {
    float    wide[KERNEL_LANES] = {0};
    uint16_t part[KERNEL_LANES];
#pragma clang loop unroll(disable)
    for (size_t i = 0; i < count; i += KERNEL_LANES) {
        const size_t rest = count - i;
        if (rest < KERNEL_LANES) memcpy(wide, numbers + i, rest * sizeof *wide);
        const kernel_words bits = kernel_load_words(rest < KERNEL_LANES ? wide : numbers + i);
        const kernel_words draw = drawing ? kernel_draw(*drawing, i) >> 4 : kernel_same(0);
        kernel_store_halves(convert(bits, draw), rest < KERNEL_LANES ? part : out + i);
        if (rest < KERNEL_LANES) memcpy(out + i, part, rest * sizeof *part);
    }
}

/* Between floats and how they are stored: as float32, float16 or bfloat16. */
KERNEL_INLINE void kernel_widen(float *out, const void *numbers, uint32_t storage, size_t count) {
    switch (storage) {
    case KERNEL_BFLOAT16: kernel_widen_halves(out, numbers, count, kernel_of_bfloat16); break;
    case KERNEL_FLOAT16: kernel_widen_halves(out, numbers, count, kernel_of_float16); break;
    default: memcpy(out, numbers, count * sizeof *out);
    }
}

/* Rounded stochastically, or to the nearest without a drawing. */
KERNEL_INLINE void kernel_narrow(void *out, const float *numbers, uint32_t storage, size_t count,
                                 const kernel_drawing *drawing) {
    switch (storage) {
    case KERNEL_BFLOAT16:
        if (drawing) kernel_narrow_halves(out, numbers, count, drawing, kernel_bfloat16_drawn);
        else kernel_narrow_halves(out, numbers, count, NULL, kernel_bfloat16_of);
        break;
    case KERNEL_FLOAT16:
        if (drawing) kernel_narrow_halves(out, numbers, count, drawing, kernel_float16_drawn);
        else kernel_narrow_halves(out, numbers, count, NULL, kernel_float16_of);
        break;
    default: memcpy(out, numbers, count * sizeof *numbers);
    }
}

#endif
