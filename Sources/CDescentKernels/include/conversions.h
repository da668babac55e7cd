/*
 * Numbers as they are stored in fewer bits, and the floats that are computed with. Integer arithmetic in vectors, the same on
 * every instruction set; a processor that converts float16 itself gives the same bits.
 */
#ifndef CONVERSIONS_H
#define CONVERSIONS_H

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
typedef uint32_t kernel_words __attribute__((ext_vector_type(KERNEL_LANES)));
typedef float    kernel_floats __attribute__((ext_vector_type(KERNEL_LANES)));
typedef uint16_t kernel_halves __attribute__((ext_vector_type(KERNEL_LANES)));
typedef int32_t  kernel_ints __attribute__((ext_vector_type(KERNEL_LANES)));
typedef uint64_t kernel_longs __attribute__((ext_vector_type(KERNEL_LANES)));

#define KERNEL_INLINE static inline __attribute__((always_inline))

/* `mask` is all ones or 0 in each lane, as comparisons are. */
KERNEL_INLINE kernel_words kernel_select(kernel_words mask, kernel_words chosen, kernel_words other) {
    return (mask & chosen) | (~mask & other);
}
KERNEL_INLINE kernel_words  kernel_above(kernel_words a, uint32_t b) { return (kernel_words)(a > b); }
KERNEL_INLINE kernel_words  kernel_bits(kernel_floats x) { return (kernel_words)x; }
KERNEL_INLINE kernel_floats kernel_number(kernel_words bits) { return (kernel_floats)bits; }

/* The nearest multiple of 2^shift; of two that are equally near the even one. */
KERNEL_INLINE kernel_words kernel_round(kernel_words bits, uint32_t shift) {
    return (bits + ((1u << (shift - 1)) - 1) + ((bits >> shift) & 1)) >> shift;
}

/* A NaN stays one, with its sign and the upper bits of its payload, and is a quiet one. */
KERNEL_INLINE kernel_words kernel_bfloat16_of(kernel_words bits) {
    const kernel_words is_nan = kernel_above(bits & 0x7fffffff, 0x7f800000);
    return kernel_select(is_nan, bits >> 16 | 0x40, kernel_round(bits, 16));
}

KERNEL_INLINE kernel_words kernel_of_float16(kernel_words half) {
    const kernel_words magnitude = (half & 0x7fff) << 13, exponent = magnitude & 0x0f800000;
    const kernel_words normal = magnitude + (112u << 23);
    /* Below the normal numbers, 2^-14 is added and taken away again. */
    const kernel_words small = kernel_bits(kernel_number(magnitude + (113u << 23)) - 0x1p-14f);
    const kernel_words is_nan = kernel_above(magnitude, 0x0f800000);
    const kernel_words large = magnitude + (224u << 23) + (is_nan & (0x00400000 & ~magnitude));
    const kernel_words finite = kernel_select((kernel_words)(exponent == 0), small, normal);
    return (half & 0x8000) << 16 | kernel_select((kernel_words)(exponent == 0x0f800000), large, finite);
}

KERNEL_INLINE kernel_words kernel_float16_of(kernel_words bits) {
    const kernel_words sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    const kernel_words normal = kernel_round(magnitude - (112u << 23), 13);
    /* The sum's last bit is worth 2^-24, the least float16. */
    const kernel_words small = kernel_bits(kernel_number(magnitude) + 0.5f) - (126u << 23);
    const kernel_words is_nan = kernel_above(magnitude, 0x7f800000);
    const kernel_words nan = 0x7e00 | (magnitude >> 13 & 0x3ff);
    const kernel_words large = kernel_select(is_nan, nan, (kernel_words)(0x7c00 + 0 * magnitude));
    /* From 65520 on it is infinity; the rounding of normal numbers arrives there by itself below 2^16. */
    const kernel_words finite = kernel_select(kernel_above(magnitude, (113u << 23) - 1), normal, small);
    return sign | kernel_select(kernel_above(magnitude, (143u << 23) - 1), large, finite);
}

/* Stochastic rounding: `draw` is one of 2^16 numbers, and as many of them round up as the distance from the number below has
 * parts of 2^16. Beyond the greatest finite number, nearest. */
KERNEL_INLINE kernel_words kernel_bfloat16_drawn(kernel_words bits, kernel_words draw) {
    const kernel_words is_large = kernel_above(bits & 0x7fffffff, 0x7f7f0000);
    return kernel_select(is_large, kernel_bfloat16_of(bits), (bits + draw) >> 16);
}

KERNEL_INLINE kernel_words kernel_float16_drawn(kernel_words bits, kernel_words draw) {
    const kernel_words sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    const kernel_words normal = (magnitude - (112u << 23) + (draw >> 3)) >> 13;
    /* In units of 2^-24; large numbers, for which it is not meant, are made small. */
    const kernel_words is_normal = kernel_above(magnitude, (113u << 23) - 1);
    const kernel_floats units = kernel_number(magnitude & ~is_normal) * 0x1p24f;
    const kernel_ints   whole = __builtin_convertvector(units, kernel_ints);
    const kernel_floats rest = (units - __builtin_convertvector(whole, kernel_floats)) * 0x1p16f;
    const kernel_words  up = (kernel_words)(rest > __builtin_convertvector((kernel_ints)draw, kernel_floats) + 0.5f);
    const kernel_words  finite = kernel_select(is_normal, normal, (kernel_words)whole - up);
    return kernel_select(kernel_above(magnitude, 0x477fe000), kernel_float16_of(bits), sign | finite);
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

/* One vector of numbers, from how they are stored to floats and back. */
static inline void kernel_widen_bfloat16(float *out, const void *numbers) {
    const kernel_words bits = kernel_load_halves(numbers) << 16;
    memcpy(out, &bits, sizeof bits);
}

static inline void kernel_narrow_bfloat16(void *out, const float *numbers) {
    kernel_words bits;
    memcpy(&bits, numbers, sizeof bits);
    kernel_store_halves(kernel_bfloat16_of(bits), out);
}

#if defined(__AVX512F__)
static inline void kernel_widen_float16(float *out, const void *numbers) {
    _mm512_storeu_ps(out, _mm512_cvtph_ps(_mm256_loadu_si256(numbers)));
}
static inline void kernel_narrow_float16(void *out, const float *numbers) {
    _mm256_storeu_si256(out, _mm512_cvtps_ph(_mm512_loadu_ps(numbers), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
#elif defined(__F16C__)
static inline void kernel_widen_float16(float *out, const void *numbers) {
    _mm256_storeu_ps(out, _mm256_cvtph_ps(_mm_loadu_si128(numbers)));
}
static inline void kernel_narrow_float16(void *out, const float *numbers) {
    _mm_storeu_si128(out, _mm256_cvtps_ph(_mm256_loadu_ps(numbers), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
#else
static inline void kernel_widen_float16(float *out, const void *numbers) {
    const kernel_words bits = kernel_of_float16(kernel_load_halves(numbers));
    memcpy(out, &bits, sizeof bits);
}
static inline void kernel_narrow_float16(void *out, const float *numbers) {
    kernel_words bits;
    memcpy(&bits, numbers, sizeof bits);
    kernel_store_halves(kernel_float16_of(bits), out);
}
#endif

static inline void kernel_draw_bfloat16(void *out, const float *numbers, const uint16_t *draws) {
    kernel_words bits;
    memcpy(&bits, numbers, sizeof bits);
    kernel_store_halves(kernel_bfloat16_drawn(bits, kernel_load_halves(draws)), out);
}

static inline void kernel_draw_float16(void *out, const float *numbers, const uint16_t *draws) {
    kernel_words bits;
    memcpy(&bits, numbers, sizeof bits);
    kernel_store_halves(kernel_float16_drawn(bits, kernel_load_halves(draws)), out);
}

/* Draws of 16 bits for KERNEL_DRAWS elements of a tensor, with numbers from a multiple of that on. Philox4x32-10, as
 * Random/Philox.swift has it: counter i of the 64 is (group * 64 + i, tensor, purpose), and its four words are the draws of
 * elements i, i + 64, ..., i + 448, lower halves first. Here those of as many counters as a vector has lanes, from `first` on. */
enum { KERNEL_DRAWS = 512, KERNEL_COUNTERS = 64, KERNEL_ROUNDS = 10 };

/* `counters` has room for four vectors. */
static inline void kernel_first_counters(uint32_t *counters, uint64_t group, uint32_t first, uint32_t tensor,
                                         uint32_t purpose) {
    kernel_words words[4] = {0, (kernel_words)(uint32_t)(group >> 26), (kernel_words)tensor, (kernel_words)purpose};
    for (uint32_t lane = 0; lane < KERNEL_LANES; lane++) words[0][lane] = (uint32_t)(group << 6) + first + lane;
    memcpy(counters, words, sizeof words);
}

/* One round with the key of that round. */
static inline void kernel_draw_round(uint32_t *counters, uint32_t key0, uint32_t key1) {
    kernel_words words[4];
    memcpy(words, counters, sizeof words);
    const kernel_longs of_a = __builtin_convertvector(words[0], kernel_longs) * 0xd2511f53u;
    const kernel_longs of_c = __builtin_convertvector(words[2], kernel_longs) * 0xcd9e8d57u;
    words[0] = __builtin_convertvector(of_c >> 32, kernel_words) ^ words[1] ^ key0;
    words[2] = __builtin_convertvector(of_a >> 32, kernel_words) ^ words[3] ^ key1;
    words[1] = __builtin_convertvector(of_c, kernel_words);
    words[3] = __builtin_convertvector(of_a, kernel_words);
    memcpy(counters, words, sizeof words);
}

/* Word number `word` of each of these counters. */
static inline void kernel_store_draws(uint16_t *out, const uint32_t *counters, int word) {
    kernel_words words;
    memcpy(&words, counters + word * KERNEL_LANES, sizeof words);
    kernel_store_halves(words & 0xffff, out + 2 * KERNEL_COUNTERS * word);
    kernel_store_halves(words >> 16, out + 2 * KERNEL_COUNTERS * word + KERNEL_COUNTERS);
}

/* Numbers of 8 bits, 256 of them in units of a scale of their own, which makes the greatest of them 1.875. A code's lower bits
 * are the upper ones of a float: three of its mantissa, and four of its exponent beside a sign, or five without one. Code 0 is
 * 0. So the steps between codes are 6 to 12 %, down to 2^-15 or 2^-31. */
enum { KERNEL_QUANTIZED_BLOCK = 256, KERNEL_CODE_SHIFT = 20 };
typedef uint8_t kernel_bytes __attribute__((ext_vector_type(KERNEL_LANES)));

KERNEL_INLINE uint32_t kernel_code_base(bool is_unsigned) { return (is_unsigned ? 127u - 31 : 127u - 15) << 23; }

static inline void kernel_widen_codes(float *out, const uint8_t *codes, float scale, bool is_unsigned) {
    kernel_bytes bytes;
    memcpy(&bytes, codes, sizeof bytes);
    const kernel_words  code = __builtin_convertvector(bytes, kernel_words);
    const kernel_words  magnitude = is_unsigned ? code : code & 0x7f;
    const kernel_words  sign = is_unsigned ? code & 0 : (code & 0x80) << 24;
    const kernel_floats number = kernel_number((magnitude << KERNEL_CODE_SHIFT) + kernel_code_base(is_unsigned)) * scale;
    const kernel_words  bits = (kernel_bits(number) & (kernel_words)(magnitude != 0)) | sign;
    memcpy(out, &bits, sizeof bits);
}

/* Rounded stochastically. Without a sign, what is not 0 does not become 0 either: something is divided by its root. */
static inline void kernel_narrow_codes(uint8_t *codes, const float *numbers, float inverse, const uint16_t *draws,
                                       bool is_unsigned) {
    kernel_floats number;
    memcpy(&number, numbers, sizeof number);
    const kernel_words  draw = kernel_load_halves(draws), sign = kernel_bits(number) >> 24 & 0x80;
    const kernel_floats size = kernel_number(kernel_bits(number) & 0x7fffffff) * inverse;
    const uint32_t      base = kernel_code_base(is_unsigned), least = base + (1u << KERNEL_CODE_SHIFT);
    const kernel_words  code = (kernel_bits(size) - base + (draw << (KERNEL_CODE_SHIFT - 16))) >> KERNEL_CODE_SHIFT;
    float               unit;
    memcpy(&unit, &least, sizeof unit);
    const kernel_floats parts = size * (0x1p16f / unit);
    const kernel_floats bound = __builtin_convertvector((kernel_ints)draw, kernel_floats) + 0.5f;
    const kernel_words  up = is_unsigned ? (kernel_words)(size > 0) : (kernel_words)(parts > bound);
    const kernel_words  most = (kernel_words)(is_unsigned ? 255u : 127u);
    const kernel_words  found = kernel_select(kernel_above(kernel_bits(size), least - 1), code, up & 1);
    const kernel_words  all = kernel_select((kernel_words)(found > most), most, found) | (is_unsigned ? sign & 0 : sign);
    const kernel_bytes  bytes = __builtin_convertvector(all, kernel_bytes);
    memcpy(codes, &bytes, sizeof bytes);
}

/* The greatest magnitude's bits in each lane: those of a NaN are the greatest. */
static inline void kernel_greater_magnitude(uint32_t *greatest, const float *numbers) {
    kernel_words a, b;
    memcpy(&a, greatest, sizeof a);
    memcpy(&b, numbers, sizeof b);
    b &= 0x7fffffff;
    a = kernel_select((kernel_words)(a > b), a, b);
    memcpy(greatest, &a, sizeof a);
}

#endif
