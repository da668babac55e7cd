/*
 * Samplers of the shipped library: the batches are those that the seed gives in every release (the numbers come from an
 * implementation in Python), and a sampler that is sought to a place goes on as the one that was drawn from.
 */
#include "check.h"

enum { SAMPLES = 10, BATCH_SIZE = 4, BATCHES = 3, EPOCHS = 3 };

static const int32_t labels[SAMPLES] = {3, 0, 3, 3, 0, 2147483647, 3, 3, 0, 3};
static const double  weights[SAMPLES] = {1, 0, 3, 2.5, 0.5, 0, 0, 1e-300, 0, 12};

static descent_sampler *make(int32_t sampling) {
    descent_sampler *sampler = NULL;
    if (sampling == DESCENT_SAMPLE_WEIGHTED)
        CHECK_OK(descent_sampler_create_weighted(SAMPLES, BATCH_SIZE, weights, 7, &sampler));
    else CHECK_OK(descent_sampler_create(SAMPLES, BATCH_SIZE, sampling, labels, 7, &sampler));
    return sampler;
}

/* Draws the next batch and compares it with `expected`, `expected_count` numbers. */
static void check_next(descent_sampler *sampler, const size_t *expected, size_t expected_count, int32_t sampling) {
    size_t indices[BATCH_SIZE], count = 0;
    CHECK_OK(descent_sampler_next(sampler, indices, &count));
    CHECK(count == expected_count, "sampling %d: %zu samples instead of %zu", (int)sampling, count, expected_count);
    for (size_t i = 0; i < count; i++)
        CHECK(indices[i] == expected[i], "sampling %d: sample %zu is %zu instead of %zu", (int)sampling, i, indices[i],
              expected[i]);
}

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* The first epoch of each way of sampling. */
static void check_pinned(int32_t sampling) {
    static const size_t expected[][SAMPLES] = {
        {4, 0, 3, 7, 5, 6, 1, 9, 2, 8}, /* shuffled */
        {7, 4, 6, 5, 2, 2, 1, 3, 2, 8}, /* with replacement */
        {4, 7, 3, 6, 1, 0, 9, 5, 8, 2}, /* stratified */
        {9, 4, 9, 9, 3, 3, 2, 9, 3, 9}, /* weighted */
    };
    descent_sampler *sampler = make(sampling);
    for (size_t first = 0; first < SAMPLES; first += BATCH_SIZE)
        check_next(sampler, expected[sampling - 1] + first, smaller(BATCH_SIZE, SAMPLES - first), sampling);
    descent_sampler_free(sampler);
}

static void check_seek(int32_t sampling) {
    descent_sampler *drawing = make(sampling);
    for (uint64_t epoch = 0; epoch < EPOCHS; epoch++) {
        for (size_t batch = 0; batch < BATCHES; batch++) {
            size_t indices[BATCH_SIZE], count, at_batch;
            uint64_t at_epoch;
            descent_sampler *sought = make(sampling);
            CHECK_OK(descent_sampler_position(drawing, &at_epoch, &at_batch));
            CHECK(at_epoch == epoch && at_batch == batch, "sampling %d: a wrong position", (int)sampling);
            CHECK_OK(descent_sampler_seek(sought, at_epoch, at_batch));
            CHECK_OK(descent_sampler_next(drawing, indices, &count));
            check_next(sought, indices, count, sampling);
            descent_sampler_free(sought);
        }
    }
    descent_sampler_free(drawing);
}

int main(void) {
    for (int32_t sampling = DESCENT_SAMPLE_SHUFFLE; sampling <= DESCENT_SAMPLE_WEIGHTED; sampling++) {
        check_pinned(sampling);
        check_seek(sampling);
    }
    return check_result("samplers");
}
