/*
 * The linear softmax classifier as a C program with a BLAS: gather a minibatch, multiply for the scores, softmax, multiply
 * for the gradient, step. Also its loss and gradient over the whole data set.
 */
#include <cblas.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct samples {
    const float   *features; /* count * dimension, row-major */
    const int32_t *labels;
    size_t         count, dimension, classes;
};

/* Turns scores + bias into the gradient of the mean loss by them, and returns the sum of the losses. */
static double softmax(float *scores, const int32_t *labels, const float *bias, size_t rows, size_t classes) {
    double loss = 0;
    for (size_t row = 0; row < rows; row++) {
        float *s = scores + row * classes, greatest = -INFINITY, sum = 0;
        for (size_t j = 0; j < classes; j++) {
            s[j] += bias[j];
            greatest = s[j] > greatest ? s[j] : greatest;
        }
        float right = s[labels[row]] - greatest;
        for (size_t j = 0; j < classes; j++) sum += s[j] = expf(s[j] - greatest);
        for (size_t j = 0; j < classes; j++) s[j] /= sum * (float)rows;
        s[labels[row]] -= 1 / (float)rows;
        loss += logf(sum) - right;
    }
    return loss;
}

/* The gradient of the mean loss of some rows, and the sum of the losses. `scores` has room for rows * classes. */
static double gradient(const float *features, const int32_t *labels, size_t rows, size_t dimension, size_t classes,
                       const float *weights, const float *bias, float *scores, float *by_weights, float *by_bias) {
    int n = (int)rows, d = (int)dimension, k = (int)classes;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, k, d, 1, features, d, weights, k, 0, scores, k);
    double loss = softmax(scores, labels, bias, rows, classes);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, d, k, n, 1, features, d, scores, k, 0, by_weights, k);
    memset(by_bias, 0, classes * sizeof *by_bias);
    for (size_t row = 0; row < rows; row++)
        for (size_t j = 0; j < classes; j++) by_bias[j] += scores[row * classes + j];
    return loss;
}

void peer_set_blas_threads(int threads) { openblas_set_num_threads(threads); }

/* One epoch of SGD over the samples in the given order; weights and bias change. Returns the mean of the losses, each
 * with the weights of its own step; NaN without memory. */
double peer_softmax_epoch(struct samples all, const int64_t *order, size_t batch, float learning_rate, float *weights,
                          float *bias) {
    size_t   parameters = all.dimension * all.classes;
    float   *rows = malloc(batch * all.dimension * sizeof *rows), *scores = malloc(batch * all.classes * sizeof *scores);
    float   *by_weights = malloc(parameters * sizeof *by_weights), *by_bias = malloc(all.classes * sizeof *by_bias);
    int32_t *labels = malloc(batch * sizeof *labels);
    double   loss = NAN;
    if (rows && scores && by_weights && by_bias && labels) {
        loss = 0;
        for (size_t first = 0; first < all.count; first += batch) {
            size_t count = all.count - first < batch ? all.count - first : batch;
            for (size_t i = 0; i < count; i++) {
                size_t sample = (size_t)order[first + i];
                memcpy(rows + i * all.dimension, all.features + sample * all.dimension, all.dimension * sizeof *rows);
                labels[i] = all.labels[sample];
            }
            loss += gradient(rows, labels, count, all.dimension, all.classes, weights, bias, scores, by_weights, by_bias);
            for (size_t i = 0; i < parameters; i++) weights[i] -= learning_rate * by_weights[i];
            for (size_t j = 0; j < all.classes; j++) bias[j] -= learning_rate * by_bias[j];
        }
        loss /= (double)all.count;
    }
    free(rows), free(scores), free(by_weights), free(by_bias), free(labels);
    return loss;
}

/* A random order: Fisher and Yates's shuffle with xorshift64*. */
void peer_shuffle(int64_t *order, size_t count, uint64_t seed) {
    uint64_t state = seed * 2 + 1;
    for (size_t i = 0; i < count; i++) order[i] = (int64_t)i;
    for (size_t i = count; i > 1; i--) {
        state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
        size_t  other = (size_t)(((state * 0x2545F4914F6CDD1DULL >> 32) * i) >> 32);
        int64_t kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
}

/* Mean loss over all samples, and its gradient. `scores` has room for count * classes. */
double peer_loss_gradient(struct samples all, const float *weights, const float *bias, float *scores, float *by_weights,
                          float *by_bias) {
    return gradient(all.features, all.labels, all.count, all.dimension, all.classes, weights, bias, scores, by_weights,
                    by_bias) / (double)all.count;
}
