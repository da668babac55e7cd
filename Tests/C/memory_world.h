/*
 * Everything that a call may change, made anew for each call and compared as a whole: an optimizer with its tensors, a
 * classifier with its data, a sampler, a point, and arrays for results.
 */
#ifndef MEMORY_WORLD_H
#define MEMORY_WORLD_H

#include "check.h"

#include <string.h>

enum { TENSORS = 3, ELEMENTS = 7 * 5 + 40 + 1, N = 5, SAMPLES = 70, DIMENSION = 6, MOST_CLASSES = 60, OUTPUTS = 2 };
enum { STEPS = 6, BATCH = 8, MOST_SAVED = 1 << 16 };

/* What the next worlds are made of. */
static descent_algorithm algorithm = DESCENT_ADAM;
static descent_dtype     dtype = DESCENT_FLOAT32;
static bool              has_everything; /* all options that call for state or work on the gradients */
static size_t            classes = 3;
static descent_dataset   data = {.struct_size = sizeof data, .dtype = DESCENT_FLOAT32,
                                 .samples = SAMPLES, .dimension = DIMENSION, .scale = 1};

static descent_optimizer  *optimizer;
static descent_classifier *classifier;
static descent_regressor  *regressor;
static descent_sampler    *sampler;
/* Made by the call. */
static descent_optimizer  *new_optimizer;
static descent_classifier *new_classifier;
static descent_regressor  *new_regressor;
static descent_sampler    *new_sampler;

/* What a call may write to. */
static struct {
    double   values[ELEMENTS], gradients[ELEMENTS]; /* of the tensors, in either type */
    double   x[N], best_x[N], gradient[N], rates[STEPS], losses[STEPS], proposal, value, accuracy;
    size_t   count, indices[BATCH], written;
    uint8_t  saved[MOST_SAVED];
    uint64_t evaluations, reports;
    float    scores[SAMPLES * MOST_CLASSES], weight_gradient[DIMENSION * MOST_CLASSES], bias_gradient[MOST_CLASSES];
    double   exact_weights[DIMENSION * MOST_CLASSES], exact_bias[MOST_CLASSES];
    int32_t  predictions[SAMPLES];
    descent_result          result;
    descent_gradient_report report;
} out;

static descent_tensor tensors[TENSORS];

static void lay_out_tensors(void) {
    static const size_t shapes[TENSORS][2] = {{7, 5}, {1, 40}, {1, 1}};
    const size_t size = dtype == DESCENT_FLOAT32 ? sizeof(float) : sizeof(double);
    size_t at = 0;
    for (int i = 0; i < TENSORS; i++) {
        tensors[i] = (descent_tensor){(char *)out.values + at, (const char *)out.gradients + at, shapes[i][0], shapes[i][1],
                                      dtype, 0};
        at += shapes[i][0] * shapes[i][1] * size;
    }
    for (int i = 0; i < ELEMENTS; i++) {
        const double value = i % 9 - 4.25, gradient = i % 7 - 2.5;
        if (dtype == DESCENT_FLOAT64) out.values[i] = value, out.gradients[i] = gradient;
        else ((float *)out.values)[i] = (float)value, ((float *)out.gradients)[i] = (float)gradient;
    }
}

static void demand_everything(void) {
    static const descent_option switches[] = {DESCENT_CENTERED, DESCENT_AMSGRAD, DESCENT_TRACK_HEALTH};
    double value;
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
        if (descent_optimizer_get(optimizer, switches[i], &value) == DESCENT_OK)
            CHECK_OK(descent_optimizer_set(optimizer, switches[i], 1));
    if (descent_optimizer_get(optimizer, DESCENT_MOMENTUM_DECAY, &value) == DESCENT_OK)
        CHECK_OK(descent_optimizer_set(optimizer, DESCENT_MOMENTUM_DECAY, 0.5));
    CHECK_OK(descent_optimizer_set_group(optimizer, 7, DESCENT_LEARNING_RATE, 0.25));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_CLIP_NORM, 1));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_NOT_FINITE_POLICY, DESCENT_SKIP));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_SCHEDULE, DESCENT_SCHEDULE_COSINE_RESTARTS));
}

static void make_world(void) {
    memset(&out, 0, sizeof out);
    for (int i = 0; i < N; i++) out.x[i] = i + 2;
    out.result.struct_size = sizeof out.result;
    out.report.struct_size = sizeof out.report;
    lay_out_tensors();
    CHECK_OK(descent_optimizer_create(algorithm, &optimizer));
    if (has_everything) demand_everything();
    CHECK_OK(descent_classifier_create(DIMENSION, classes, DESCENT_MULTICLASS_HINGE, &classifier));
    CHECK_OK(descent_classifier_initialize(classifier, 0.5, 1));
    CHECK_OK(descent_regressor_create(DIMENSION, OUTPUTS, DESCENT_HUBER, &regressor));
    CHECK_OK(descent_regressor_initialize(regressor, 0.5, 1));
    CHECK_OK(descent_sampler_create(SAMPLES, BATCH, DESCENT_SAMPLE_STRATIFIED, data.labels, 3, &sampler));
}

static void free_world(void) {
    descent_optimizer_free(optimizer);
    descent_classifier_free(classifier);
    descent_regressor_free(regressor);
    descent_sampler_free(sampler);
    descent_optimizer_free(new_optimizer);
    descent_classifier_free(new_classifier);
    descent_regressor_free(new_regressor);
    descent_sampler_free(new_sampler);
    new_optimizer = NULL;
    new_classifier = NULL;
    new_regressor = NULL;
    new_sampler = NULL;
}

/* ---- Comparing ---- */

typedef struct record {
    size_t        size;
    unsigned char bytes[1 << 19];
} record;

static void keep(record *record, const void *bytes, size_t size) {
    CHECK(record->size + size <= sizeof record->bytes, "%zu bytes", record->size);
    if (record->size + size > sizeof record->bytes) return;
    memcpy(record->bytes + record->size, bytes, size);
    record->size += size;
}

static void keep_state(record *record, descent_optimizer *optimizer) {
    const char *name;
    for (size_t i = 0; (name = descent_algorithm_state_name(descent_optimizer_algorithm(optimizer), i)) != NULL; i++)
        for (size_t tensor = 0; tensor < TENSORS; tensor++) {
            void  *numbers;
            size_t count = 0;
            const descent_status status = descent_optimizer_state(optimizer, tensor, name, &numbers, &count);
            keep(record, &status, sizeof status);
            keep(record, &count, sizeof count);
            if (status == DESCENT_OK) keep(record, numbers, count * (dtype == DESCENT_FLOAT32 ? 4 : 8));
        }
}

/* The bytes of whatever a _save function saves. */
#define KEEP_SAVED(record, save, object)                                             \
    do {                                                                             \
        static uint8_t saved_[MOST_SAVED];                                           \
        size_t         size_ = 0;                                                    \
        CHECK_OK(save(object, saved_, sizeof saved_, &size_));                       \
        keep(record, saved_, size_);                                                 \
    } while (0)

static void keep_optimizer(record *record, descent_optimizer *optimizer) {
    static const uint32_t groups[] = {0, 1, 7};
    for (size_t group = 0; group < sizeof groups / sizeof *groups; group++)
        for (size_t i = 0; i < descent_option_count(); i++) {
            double value = 0;
            const descent_status status = descent_optimizer_get_group(optimizer, groups[group], descent_option_at(i), &value);
            keep(record, &status, sizeof status);
            keep(record, &value, sizeof value);
        }
    descent_health health = {.struct_size = sizeof health};
    CHECK_OK(descent_optimizer_health(optimizer, &health));
    keep(record, &health, sizeof health);
    const uint64_t steps = descent_optimizer_step_count(optimizer);
    keep(record, &steps, sizeof steps);
    keep_state(record, optimizer);
    KEEP_SAVED(record, descent_optimizer_save, optimizer);
}

static void keep_classifier(record *record, descent_classifier *classifier) {
    float *weights, *bias;
    CHECK_OK(descent_classifier_parameters(classifier, &weights, &bias));
    keep(record, weights, DIMENSION * classes * sizeof *weights);
    keep(record, bias, classes * sizeof *bias);
    KEEP_SAVED(record, descent_classifier_save, classifier);
}

static void keep_regressor(record *record, descent_regressor *regressor) {
    float *weights, *bias;
    CHECK_OK(descent_regressor_parameters(regressor, &weights, &bias));
    keep(record, weights, DIMENSION * OUTPUTS * sizeof *weights);
    keep(record, bias, OUTPUTS * sizeof *bias);
    KEEP_SAVED(record, descent_regressor_save, regressor);
}

/* Its place and its next batch, after which it is where it was. */
static void keep_sampler(record *record, descent_sampler *sampler) {
    uint64_t epoch;
    size_t   place, indices[SAMPLES], count;
    CHECK_OK(descent_sampler_position(sampler, &epoch, &place));
    keep(record, &epoch, sizeof epoch);
    keep(record, &place, sizeof place);
    CHECK_OK(descent_sampler_next(sampler, indices, &count));
    keep(record, indices, count * sizeof *indices);
    CHECK_OK(descent_sampler_seek(sampler, epoch, place));
}

static void keep_world(record *record) {
    record->size = 0;
    out.result.seconds = 0; /* never twice the same */
    keep(record, &out, sizeof out);
    keep_optimizer(record, optimizer);
    keep_classifier(record, classifier);
    keep_regressor(record, regressor);
    keep_sampler(record, sampler);
    if (new_optimizer != NULL) keep_optimizer(record, new_optimizer);
    if (new_classifier != NULL) keep_classifier(record, new_classifier);
    if (new_regressor != NULL) keep_regressor(record, new_regressor);
    if (new_sampler != NULL) keep_sampler(record, new_sampler);
}

static bool is_same(const record *a, const record *b) { return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0; }

#endif
