#if defined(__x86_64__)
#include "products.h"

#include <immintrin.h>

/* A tile of TILE x TILE blocks is summed up over DEPTH pairs of rows after the other: what is read again for each of its blocks
 * stays in the second cache. ROWS x PANEL of the sums are in registers. */
enum { PANEL = KERNEL_PANEL, LANES = 16, ROWS = 8, TILE = 2, DEPTH = 512 };

#define BFLOAT16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))

typedef struct block {
    _Alignas(64) float numbers[PANEL][PANEL];
} block;

static size_t least(size_t a, size_t b) { return a < b ? a : b; }
static size_t over(size_t a, size_t b) { return (a + b - 1) / b; }

/* Where the words of a panel begin, and those of a row in it. */
static size_t place(size_t rows, size_t panel, size_t row) { return (panel * over(rows, 2) + row / 2) * PANEL; }

/* Adds the products of some pairs of rows. */
BFLOAT16 static void add_products(float (*sums)[PANEL], const uint32_t *left, const uint32_t *right, size_t pairs) {
    __m512 first[ROWS], second[ROWS];
#pragma clang loop unroll(full)
    for (int row = 0; row < ROWS; row++) {
        first[row] = _mm512_load_ps(sums[row]);
        second[row] = _mm512_load_ps(sums[row] + LANES);
    }
    for (; pairs > 0; pairs--, left += PANEL, right += PANEL) {
        const __m512bh here = (__m512bh)_mm512_load_si512(right), there = (__m512bh)_mm512_load_si512(right + LANES);
#pragma clang loop unroll(full)
        for (int row = 0; row < ROWS; row++) {
            const __m512bh factor = (__m512bh)_mm512_set1_epi32((int)left[row]);
            first[row] = _mm512_dpbf16_ps(first[row], factor, here);
            second[row] = _mm512_dpbf16_ps(second[row], factor, there);
        }
    }
#pragma clang loop unroll(full)
    for (int row = 0; row < ROWS; row++) {
        _mm512_store_ps(sums[row], first[row]);
        _mm512_store_ps(sums[row] + LANES, second[row]);
    }
}

/* Column k of 16 rows of 16 words becomes row k. */
BFLOAT16 static inline void transpose(__m512i rows[LANES]) {
    const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#pragma clang loop unroll(full)
    for (int step = 1; step < LANES; step *= 2) {
        const __m512i distance = _mm512_set1_epi32(step), even = _mm512_andnot_si512(distance, lanes);
        const __mmask16 odd = _mm512_test_epi32_mask(lanes, distance);
        const __m512i low = _mm512_mask_add_epi32(even, odd, even, _mm512_set1_epi32(LANES));
        const __m512i high = _mm512_add_epi32(low, distance);
#pragma clang loop unroll(full)
        for (int row = 0; row < LANES; row++) {
            if (row & step) continue;
            const __m512i upper = rows[row], lower = rows[row + step];
            rows[row] = _mm512_permutex2var_epi32(upper, low, lower);
            rows[row + step] = _mm512_permutex2var_epi32(upper, high, lower);
        }
    }
}

/* The halves of words as floats. */
BFLOAT16 static inline __m512 upper_row(__m512i words) { return (__m512)_mm512_slli_epi32(words, 16); }
BFLOAT16 static inline __m512 lower_row(__m512i words) { return (__m512)_mm512_and_si512(words, _mm512_set1_epi32(-0x10000)); }

BFLOAT16 static inline __m512i rounded(__m512 numbers) {
    return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(numbers));
}

/* numbers = scale * numbers + addend */
BFLOAT16 static inline void add_scaled(float *numbers, __m512 scale, __m512 addend) {
    _mm512_store_ps(numbers, _mm512_add_ps(addend, _mm512_mul_ps(scale, _mm512_load_ps(numbers))));
}

/* Scales a block and adds the former one. */
BFLOAT16 static void add_former(block *block, const kernel_product *product, size_t row_panel, size_t panel) {
    const __m512 scale = _mm512_set1_ps(product->scale), keep = _mm512_set1_ps(product->keep);
    for (size_t row = 0; row < least(product->rows - row_panel * PANEL, PANEL); row += 2) {
        const uint32_t *const former = product->former + place(product->rows, panel, row_panel * PANEL + row);
#pragma clang loop unroll(full)
        for (int lane = 0; lane < PANEL; lane += LANES) {
            const __m512i words = _mm512_load_si512(former + lane);
            float *const  upper = block->numbers[row] + lane, *const lower = upper + PANEL;
            add_scaled(upper, scale, _mm512_mul_ps(keep, upper_row(words)));
            add_scaled(lower, scale, _mm512_mul_ps(keep, lower_row(words)));
        }
    }
}

/* Rounds a block of a matrix, and puts it into the matrix and its transpose. */
BFLOAT16 static void put_rounded(const block *block, uint32_t *out, uint32_t *transposed, size_t row_panel, size_t panel,
                                 size_t rows, size_t columns) {
    for (size_t row = 0; row < least(rows - row_panel * PANEL, PANEL); row += 2) {
        uint32_t *const words = out + place(rows, panel, row_panel * PANEL + row);
#pragma clang loop unroll(full)
        for (int lane = 0; lane < PANEL; lane += LANES) {
            const float *const upper = block->numbers[row] + lane, *const lower = upper + PANEL;
            _mm512_store_si512(words + lane, _mm512_or_si512(rounded(_mm512_load_ps(upper)),
                                                             _mm512_slli_epi32(rounded(_mm512_load_ps(lower)), 16)));
        }
    }
    const size_t pairs = over(least(columns - panel * PANEL, PANEL), 2);
    for (int lane = 0; lane < PANEL; lane += LANES) {
        __m512i words[LANES];
#pragma clang loop unroll(full)
        for (int row = 0; row < LANES; row++) {
            const float *const numbers = block->numbers[lane + row];
            words[row] = (__m512i)_mm512_cvtne2ps_pbh(_mm512_load_ps(numbers + LANES), _mm512_load_ps(numbers));
        }
        transpose(words);
        uint32_t *const target = transposed + place(columns, row_panel, panel * PANEL) + lane;
#pragma clang loop unroll(full)
        for (size_t pair = 0; pair < LANES; pair++) {
            if (pair < pairs) _mm512_store_si512(target + pair * PANEL, words[pair]);
        }
    }
}

size_t kernel_product_pieces(const kernel_product *product) {
    const size_t rows = over(product->rows, TILE * PANEL), columns = over(product->columns, TILE * PANEL);
    return product->is_symmetric ? rows * (rows + 1) / 2 : rows * columns;
}

BFLOAT16 void kernel_multiply_piece(void *context, size_t piece) {
    const kernel_product *const product = context;
    const size_t                height = over(product->rows, TILE * PANEL), pairs = over(product->inner, 2);
    size_t                      tile_row = piece % height, tile_column = piece / height;
    if (product->is_symmetric) {
        for (tile_row = 0, tile_column = piece; tile_column > tile_row;) tile_column -= ++tile_row;
    }
    block        blocks[TILE][TILE] = {{{{{0}}}}};
    const size_t top = tile_row * TILE, left = tile_column * TILE;
    const size_t bottom = least(top + TILE, over(product->rows, PANEL));
    const size_t right = least(left + TILE, over(product->columns, PANEL));
    for (size_t pair = 0; pair < pairs; pair += DEPTH) {
        for (size_t row_panel = top; row_panel < bottom; row_panel++) {
            for (size_t panel = left; panel < right && !(product->is_symmetric && panel > row_panel); panel++) {
                const uint32_t *const factors = product->left + place(product->inner, row_panel, 2 * pair);
                for (size_t row = 0; row < least(product->rows - row_panel * PANEL, PANEL); row += ROWS) {
                    add_products(blocks[row_panel - top][panel - left].numbers + row, factors + row,
                                 product->right + place(product->inner, panel, 2 * pair), least(pairs - pair, DEPTH));
                }
            }
        }
    }
    for (size_t row_panel = top; row_panel < bottom; row_panel++) {
        for (size_t panel = left; panel < right && !(product->is_symmetric && panel > row_panel); panel++) {
            block *const sums = &blocks[row_panel - top][panel - left];
            if (product->former) add_former(sums, product, row_panel, panel);
            put_rounded(sums, product->out, product->transposed, row_panel, panel, product->rows, product->columns);
        }
    }
}

size_t kernel_packing_pieces(size_t rows) { return over(rows, PANEL); }

/* Which of 16 lanes from one on there are. */
static __mmask16 lanes_from(size_t lane, size_t count) {
    return lane < count ? (__mmask16)(0xffffu >> (LANES - least(count - lane, LANES))) : 0;
}

BFLOAT16 void kernel_pack_piece(void *context, size_t piece) {
    const kernel_packing *const packing = context;
    const __m512                divisor = _mm512_set1_ps(packing->divisor);
    for (size_t panel = 0; panel < over(packing->columns, PANEL); panel++) {
        block block = {{{0}}};
        for (size_t row = 0; row < least(packing->rows - piece * PANEL, PANEL); row++) {
            const float *const values = packing->values + (piece * PANEL + row) * packing->columns;
            for (size_t lane = 0; lane < PANEL; lane += LANES) {
                const size_t column = panel * PANEL + lane;
                const __m512 numbers = _mm512_maskz_loadu_ps(lanes_from(column, packing->columns), values + column);
                _mm512_store_ps(block.numbers[row] + lane, _mm512_div_ps(numbers, divisor));
            }
        }
        put_rounded(&block, packing->out, packing->transposed, piece, panel, packing->rows, packing->columns);
    }
}

BFLOAT16 void kernel_unpack_piece(void *context, size_t piece) {
    const kernel_unpacking *const unpacking = context;
    const size_t                  end = least((piece + 1) * PANEL, unpacking->rows);
    for (size_t row = piece * PANEL; row < end; row += 2) {
        float *const out = unpacking->out + row * unpacking->columns;
        for (size_t column = 0; column < unpacking->columns; column += LANES) {
            const size_t    at = place(unpacking->rows, column / PANEL, row) + column % PANEL;
            const __m512i   words = _mm512_load_si512(unpacking->matrix + at);
            const __mmask16 lanes = lanes_from(column, unpacking->columns);
            _mm512_mask_storeu_ps(out + column, lanes, upper_row(words));
            if (row + 1 < end) _mm512_mask_storeu_ps(out + unpacking->columns + column, lanes, lower_row(words));
        }
    }
}

#endif
