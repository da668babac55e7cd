/*
 * Products of matrices of bfloat16, for processors with AVX512_BF16: sums in float32, in an order that depends on neither tiles
 * nor threads, rounded once.
 *
 * A matrix is kept as its products read it: 32 columns after the other, two rows at a time, so that a word has an element in its
 * lower half and the one below it in its upper half. What is missing in the last row and the last columns is 0.
 */
#ifndef PRODUCTS_H
#define PRODUCTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

enum { KERNEL_PANEL = 32 };

/* How many words a matrix takes. */
static inline int64_t kernel_halves_words(int64_t rows, int64_t columns) {
    return (rows + 1) / 2 * ((columns + KERNEL_PANEL - 1) / KERNEL_PANEL * KERNEL_PANEL);
}

/* out = scale * leftT right + keep * former, of rows x columns, with `left` of inner x rows and `right` of inner x columns.
 * All matrices are aligned to 64 bytes. What is written must not be read. */
typedef struct kernel_product {
    const uint32_t *left, *right;
    const uint32_t *_Nullable former; /* or keep counts as 0 */
    uint32_t *out, *transposed;       /* the result and its transpose, which of a symmetric one are the same */
    size_t    rows, columns, inner;
    float     scale, keep;
    bool      is_symmetric; /* `left` is `right`: half of it is computed */
} kernel_product;

/* values / divisor, and its transpose, from row-major floats. */
typedef struct kernel_packing {
    const float *values;
    float        divisor;
    uint32_t    *out, *transposed;
    size_t       rows, columns;
} kernel_packing;

/* Back to row-major floats. */
typedef struct kernel_unpacking {
    const uint32_t *matrix;
    float          *out;
    size_t          rows, columns;
} kernel_unpacking;

/* Their pieces, of which each is done once, and how many there are. */
size_t kernel_product_pieces(const kernel_product *product);
size_t kernel_packing_pieces(size_t rows);
void   kernel_multiply_piece(void *product, size_t piece);
void   kernel_pack_piece(void *packing, size_t piece);
void   kernel_unpack_piece(void *unpacking, size_t piece);

#pragma clang assume_nonnull end

#endif
