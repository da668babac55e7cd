/*
 * The same epoch as softmax_blas.c for ten classes, written by hand with gcc's vectors: no copy of the rows, no BLAS. Four
 * rows at a time are scored and, while they are in the cache, their contributions are added to the gradient. The practical
 * limit of the job. The dimension is a multiple of 16.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 10, HALF = 5, ROWS = 4, LANES = 16 };
typedef float vector __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

static float sum(vector v) {
    float lanes[LANES];
    memcpy(lanes, &v, sizeof lanes);
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int lane = 0; lane < width; lane++) lanes[lane] += lanes[lane + width];
    return lanes[0];
}

/* Scores of ROWS rows for HALF classes; weights are classes * dimension here. The rows that come next lie anywhere in the
 * memory, so half of them are fetched meanwhile: it saves a seventh of the time. */
static inline void score(const float *const rows[ROWS], const float *const next[ROWS], const float *weights,
                         size_t dimension, float scores[ROWS][CLASSES], int first) {
    vector sums[ROWS][HALF] = {{{0}}};
    for (size_t i = 0; i < dimension; i += LANES) {
        for (int r = 0; r < ROWS / 2; r++) __builtin_prefetch(next[r + (first > 0) * ROWS / 2] + i);
        for (int k = 0; k < HALF; k++) {
            vector w = *(const vector *)(weights + (size_t)(first + k) * dimension + i);
            for (int r = 0; r < ROWS; r++) sums[r][k] += w * *(const vector *)(rows[r] + i);
        }
    }
    for (int r = 0; r < ROWS; r++)
        for (int k = 0; k < HALF; k++) scores[r][first + k] = sum(sums[r][k]);
}

/* The scores become the gradient of the sum of the losses by them. */
static void softmax(float scores[CLASSES], int32_t label) {
    float greatest = scores[0], total = 0;
    for (int k = 1; k < CLASSES; k++) greatest = scores[k] > greatest ? scores[k] : greatest;
    for (int k = 0; k < CLASSES; k++) total += scores[k] = expf(scores[k] - greatest);
    for (int k = 0; k < CLASSES; k++) scores[k] /= total;
    scores[label] -= 1;
}

/* Adds the rows' contributions to the gradient of HALF classes. */
static inline void add(const float *const rows[ROWS], float factors[ROWS][CLASSES], size_t dimension, float *gradient,
                       int first) {
    vector f[ROWS][HALF];
    for (int r = 0; r < ROWS; r++)
        for (int k = 0; k < HALF; k++) f[r][k] = factors[r][first + k] - (vector){0};
    for (size_t i = 0; i < dimension; i += LANES)
        for (int k = 0; k < HALF; k++) {
            vector *g = (vector *)(gradient + (size_t)(first + k) * dimension + i), total = *g;
            for (int r = 0; r < ROWS; r++) total += f[r][k] * *(const vector *)(rows[r] + i);
            *g = total;
        }
}

/* One epoch of SGD over the samples in the given order; weights (classes * dimension) and bias change. 0, or -1 without
 * memory. */
int peer_one_pass_epoch(const float *features, const int32_t *labels, size_t count, size_t dimension,
                        const int64_t *order, size_t batch, float learning_rate, float *weights, float *bias) {
    float *gradient = aligned_alloc(64, CLASSES * dimension * sizeof *gradient);
    if (gradient == NULL) return -1;
    for (size_t first = 0; first < count; first += batch) {
        size_t size = count - first < batch ? count - first : batch;
        float  by_bias[CLASSES] = {0};
        memset(gradient, 0, CLASSES * dimension * sizeof *gradient);
        for (size_t i = 0; i < size; i += ROWS) {
            const float *rows[ROWS], *next[ROWS];
            float        scores[ROWS][CLASSES];
            for (size_t r = 0; r < ROWS; r++) /* past the end the last row again, which then counts nothing */
                rows[r] = features + (size_t)order[first + (i + r < size ? i + r : size - 1)] * dimension;
            for (size_t r = 0; r < ROWS; r++) {
                size_t sample = first + i + ROWS + r;
                next[r] = features + (size_t)order[sample < count ? sample : count - 1] * dimension;
            }
            score(rows, next, weights, dimension, scores, 0);
            score(rows, next, weights, dimension, scores, HALF);
            for (size_t r = 0; r < ROWS; r++) {
                if (i + r >= size) {
                    memset(scores[r], 0, sizeof scores[r]);
                    continue;
                }
                for (int k = 0; k < CLASSES; k++) scores[r][k] += bias[k];
                softmax(scores[r], labels[order[first + i + r]]);
                for (int k = 0; k < CLASSES; k++) by_bias[k] += scores[r][k];
            }
            add(rows, scores, dimension, gradient, 0);
            add(rows, scores, dimension, gradient, HALF);
        }
        float rate = learning_rate / (float)size;
        for (size_t i = 0; i < CLASSES * dimension; i++) weights[i] -= rate * gradient[i];
        for (int k = 0; k < CLASSES; k++) bias[k] -= rate * by_bias[k];
    }
    free(gradient);
    return 0;
}
