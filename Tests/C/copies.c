/*
 * Copies of optimizers, samplers and classifiers: they go on with the bits of the original and share nothing with it. And
 * what an optimizer tells of its tensors and groups.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 6, COLUMNS = 4, COUNT = ROWS * COLUMNS, SAMPLES = 40, BATCH = 7, CLASSES = 3, MOST = 1 << 16 };

struct parameters {
    float  one[COUNT];
    double two[COUNT];
};

static void step(descent_optimizer *optimizer, struct parameters *w, int number) {
    struct parameters g;
    for (int i = 0; i < COUNT; i++) {
        g.one[i] = w->one[i] - 0.1f * (float)((i * 7 + number * 3) % 11);
        g.two[i] = w->two[i] + 0.3 * ((i + number) % 5);
    }
    const descent_tensor tensors[] = {{w->one, g.one, ROWS, COLUMNS, DESCENT_FLOAT32, 4},
                                      {w->two, g.two, 1, COUNT, DESCENT_FLOAT64, 0}};
    CHECK_OK(descent_optimizer_step(optimizer, tensors, 2));
}

static size_t saved(const descent_optimizer *optimizer, unsigned char *bytes) {
    size_t size = 0;
    CHECK_OK(descent_optimizer_save(optimizer, bytes, MOST, &size));
    return size;
}

static descent_optimizer *make(descent_algorithm algorithm, bool has_additions) {
    descent_optimizer *optimizer = NULL;
    CHECK_OK(descent_optimizer_create(algorithm, &optimizer));
    CHECK_OK(descent_optimizer_set_group(optimizer, 9, DESCENT_WEIGHT_DECAY, 0.125));
    CHECK_OK(descent_optimizer_set_group(optimizer, 4, DESCENT_LEARNING_RATE, 0.0625));
    if (!has_additions) return optimizer;
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_TRACK_HEALTH, 1));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_AVERAGE, DESCENT_AVERAGE_UNIFORM));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_LOOKAHEAD_STEPS, 2));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_ACCUMULATE_STEPS, 2));
    return optimizer;
}

static void check_optimizer(descent_algorithm algorithm, bool has_additions) {
    static unsigned char bytes[MOST], other_bytes[MOST];
    const char        *name = descent_algorithm_name(algorithm);
    descent_optimizer *optimizer = make(algorithm, has_additions), *copy = NULL;
    struct parameters  w = {{0}, {0}}, twin;
    for (int number = 0; number < 5; number++) {
        CHECK_OK(descent_optimizer_copy(optimizer, &copy));
        twin = w;
        const size_t size = saved(optimizer, bytes);
        CHECK(saved(copy, other_bytes) == size && memcmp(bytes, other_bytes, size) == 0, "%s: a copy is not the same", name);
        step(optimizer, &w, number);
        /* What the original does is nothing to the copy. */
        CHECK(saved(copy, other_bytes) == size && memcmp(bytes, other_bytes, size) == 0, "%s: a copy has changed", name);
        step(copy, &twin, number);
        CHECK(memcmp(&w, &twin, sizeof w) == 0, "%s: a copy goes another way in step %d", name, number);
        descent_optimizer_free(number % 2 ? optimizer : copy);
        optimizer = number % 2 ? copy : optimizer;
    }
    descent_optimizer_free(optimizer);
}

static void check_layout(void) {
    descent_optimizer *optimizer = make(DESCENT_ADAFACTOR, false);
    size_t             rows = 1, columns = 1;
    descent_dtype      dtype = DESCENT_UINT8;
    CHECK(descent_optimizer_tensor_count(NULL) == 0 && descent_optimizer_group_count(NULL) == 0, "of NULL");
    CHECK(descent_optimizer_tensor_count(optimizer) == 0, "tensors before the first step");
    CHECK(descent_optimizer_tensor(optimizer, 0, &rows, &columns, &dtype) == DESCENT_ERROR_INVALID_ARGUMENT, "a tensor");
    struct parameters w = {{0}, {0}};
    step(optimizer, &w, 0);
    CHECK(descent_optimizer_tensor_count(optimizer) == 2, "%zu tensors", descent_optimizer_tensor_count(optimizer));
    CHECK_OK(descent_optimizer_tensor(optimizer, 0, &rows, &columns, &dtype));
    CHECK(rows == ROWS && columns == COLUMNS && dtype == DESCENT_FLOAT32, "%zu x %zu of %d", rows, columns, dtype);
    CHECK_OK(descent_optimizer_tensor(optimizer, 1, &rows, &columns, &dtype));
    CHECK(rows == 1 && columns == COUNT && dtype == DESCENT_FLOAT64, "%zu x %zu of %d", rows, columns, dtype);
    CHECK_OK(descent_optimizer_state_shape(optimizer, 0, descent_algorithm_state_name(DESCENT_ADAFACTOR, 0), &rows, &columns));
    size_t expected_rows, expected_columns;
    CHECK_OK(descent_algorithm_state_shape(DESCENT_ADAFACTOR, 0, ROWS, COLUMNS, &expected_rows, &expected_columns));
    CHECK(rows == expected_rows && columns == expected_columns, "state of %zu x %zu", rows, columns);
    CHECK(descent_optimizer_group_count(optimizer) == 2, "%zu groups", descent_optimizer_group_count(optimizer));
    const uint32_t first = descent_optimizer_group_at(optimizer, 0), second = descent_optimizer_group_at(optimizer, 1);
    CHECK(first + second == 13 && (first == 4 || first == 9), "groups %u and %u", first, second);
    CHECK(descent_optimizer_group_at(optimizer, 2) == 0 && descent_optimizer_group_at(optimizer, SIZE_MAX) == 0, "no group");
    CHECK(descent_optimizer_is_set(optimizer, 4, DESCENT_LEARNING_RATE), "what was set");
    CHECK(!descent_optimizer_is_set(optimizer, 9, DESCENT_LEARNING_RATE), "what another group has");
    CHECK(!descent_optimizer_is_set(optimizer, 5, DESCENT_LEARNING_RATE), "a group that was not made");
    CHECK(!descent_optimizer_is_set(optimizer, 0, DESCENT_LEARNING_RATE), "a default");
    CHECK(!descent_optimizer_is_set(optimizer, 4, (descent_option)9999), "no option");
    CHECK(!descent_optimizer_is_set(NULL, 4, DESCENT_LEARNING_RATE), "of NULL");
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_LEARNING_RATE, 0.5));
    CHECK(descent_optimizer_is_set(optimizer, 0, DESCENT_LEARNING_RATE), "the optimizer's own");
    descent_optimizer_free(optimizer);
}

static void check_sampler(descent_sampler *sampler) {
    descent_sampler *copy = NULL;
    size_t           indices[BATCH], other_indices[BATCH], count, other_count;
    for (int batch = 0; batch < 3; batch++) CHECK_OK(descent_sampler_next(sampler, indices, &count));
    CHECK_OK(descent_sampler_copy(sampler, &copy));
    for (int batch = 0; batch < 20; batch++) {
        CHECK_OK(descent_sampler_next(sampler, indices, &count));
        CHECK_OK(descent_sampler_next(copy, other_indices, &other_count));
        CHECK(count == other_count && memcmp(indices, other_indices, count * sizeof *indices) == 0, "batch %d", batch);
    }
    descent_sampler_free(sampler);
    CHECK_OK(descent_sampler_next(copy, indices, &count));
    descent_sampler_free(copy);
}

static int32_t stop_at_eleven(const descent_progress_report *report, void *context) {
    (void)context;
    return report->step == 11;
}

static void check_classifier(const int32_t *labels) {
    static float features[SAMPLES * COLUMNS];
    for (int i = 0; i < SAMPLES * COLUMNS; i++) features[i] = (float)(i * 7 % 23) / 8;
    const descent_dataset data = {.struct_size = sizeof data, .dtype = DESCENT_FLOAT32, .features = features, .labels = labels,
                                  .samples = SAMPLES, .dimension = COLUMNS, .scale = 1};
    descent_fit_options   options;
    descent_fit_options_init(&options);
    options.batch_size = BATCH;
    descent_classifier *classifier = NULL, *copy = NULL;
    descent_optimizer  *optimizer = NULL, *other = NULL;
    CHECK_OK(descent_classifier_create(COLUMNS, CLASSES, DESCENT_SOFTMAX_CROSS_ENTROPY, &classifier));
    CHECK_OK(descent_classifier_set_l2(classifier, 0.01));
    CHECK_OK(descent_optimizer_create(DESCENT_ADAM, &optimizer));
    CHECK(descent_classifier_fit(classifier, optimizer, &data, &options, stop_at_eleven, NULL) == DESCENT_ERROR_CANCELLED,
          "a fit that is stopped");
    CHECK_OK(descent_classifier_copy(classifier, &copy));
    CHECK_OK(descent_optimizer_copy(optimizer, &other));
    CHECK_OK(descent_classifier_resume(classifier, optimizer, &data, &options, NULL, NULL));
    CHECK_OK(descent_classifier_resume(copy, other, &data, &options, NULL, NULL));
    float *weights, *bias, *other_weights, *other_bias;
    CHECK_OK(descent_classifier_parameters(classifier, &weights, &bias));
    CHECK_OK(descent_classifier_parameters(copy, &other_weights, &other_bias));
    CHECK(weights != other_weights && memcmp(weights, other_weights, COLUMNS * CLASSES * sizeof *weights) == 0, "weights");
    CHECK(memcmp(bias, other_bias, CLASSES * sizeof *bias) == 0, "bias");
    descent_classifier_free(classifier);
    descent_classifier_free(copy);
    descent_optimizer_free(optimizer);
    descent_optimizer_free(other);
}

int main(void) {
    int32_t labels[SAMPLES];
    double  weights[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) labels[i] = i % CLASSES, weights[i] = i % 5;
    for (size_t i = 0; i < descent_algorithm_count(); i++) {
        if (descent_algorithm_is_batch(descent_algorithm_at(i))) continue;
        for (int has_additions = 0; has_additions < 2; has_additions++)
            check_optimizer(descent_algorithm_at(i), has_additions);
    }
    check_layout();
    for (int32_t kind = DESCENT_SAMPLE_SHUFFLE; kind <= DESCENT_SAMPLE_STRATIFIED; kind++) {
        descent_sampler *sampler = NULL;
        CHECK_OK(descent_sampler_create(SAMPLES, BATCH, kind, labels, 3, &sampler));
        check_sampler(sampler);
    }
    descent_sampler *sampler = NULL;
    CHECK_OK(descent_sampler_create_weighted(SAMPLES, BATCH, weights, 3, &sampler));
    check_sampler(sampler);
    check_classifier(labels);
    return check_result("copies");
}
