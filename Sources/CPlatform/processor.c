#include "platform.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

static bool has_bits(unsigned value, unsigned wanted) { return (value & wanted) == wanted; }

/* Which of its registers the operating system saves when it switches threads: XCR0. */
static unsigned saved_registers(void) {
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

bool platform_supports(const char *instruction_set) {
    if (strcmp(instruction_set, "baseline") == 0) return true;

    unsigned a, b, c, d, features, extended, ignored;
    if (!__get_cpuid(1, &a, &b, &features, &d)) return false;
    const unsigned v3 = bit_FMA | bit_MOVBE | bit_OSXSAVE | bit_AVX | bit_F16C | bit_SSE4_2 | bit_POPCNT;
    if (!has_bits(features, v3)) return false;
    if (!__get_cpuid(0x80000001u, &a, &b, &extended, &d) || !has_bits(extended, bit_LZCNT)) return false;
    if (!__get_cpuid_count(7, 0, &ignored, &b, &c, &d)) return false;
    const bool avx2 = has_bits(b, bit_BMI | bit_AVX2 | bit_BMI2) && has_bits(saved_registers(), 0x06);
    if (strcmp(instruction_set, "avx2") == 0) return avx2;
    const unsigned v4 = bit_AVX512F | bit_AVX512DQ | bit_AVX512CD | bit_AVX512BW | bit_AVX512VL;
    const bool avx512 = avx2 && has_bits(b, v4) && has_bits(saved_registers(), 0xe6);
    if (strcmp(instruction_set, "avx512") == 0) return avx512;
    if (strcmp(instruction_set, "avx512_bf16") != 0 || !__get_cpuid_count(7, 1, &a, &b, &c, &d)) return false;
    return avx512 && has_bits(a, bit_AVX512BF16);
}

#else

bool platform_supports(const char *instruction_set) { return strcmp(instruction_set, "baseline") == 0; }

#endif
