/*
 * Fits by several processes of processes.h: what is to be done, and what came of it in each process.
 */
#ifndef SHARED_FITS_H
#define SHARED_FITS_H

#include "check.h"
#include "processes.h"

#include <stdlib.h>

enum { DIMENSION = 13, CLASSES = 3, MOST_ROWS = 300, VALIDATION_ROWS = 37, MOST_BYTES = 1 << 16 };

/* What all processes do. */
struct plan {
    const char       *name;
    descent_loss      loss;
    descent_algorithm algorithm;
    size_t            rows;
    uint32_t          shards, batch_size, epochs;
    int32_t           sampling;
    bool              standardizes, validates, is_weighted, averages, chooses, is_binary;
    uint32_t          patience;
    double            l1;
    size_t            dimension;     /* of 0: DIMENSION */
};

/* What a process does besides, and what came of it. */
struct outcome {
    const struct plan *plan;
    int                size;         /* 0: without a communicator */
    uint32_t           stops_at;     /* its callback asks to stop after this step; 0: never */
    const struct outcome *resumed;   /* goes on with what was saved there */
    void             (*spoil)(struct outcome *outcome, descent_dataset *data, descent_fit_options *options);
    bool               has_callback;

    descent_status     status, evaluation;
    char               error[256];
    double             loss, score, gradient_loss, best_loss;
    size_t             model_bytes, optimizer_bytes;
    uint64_t           steps;
    double             losses[64];   /* of the epochs */
    float              weight_gradient[64 * CLASSES], bias_gradient[CLASSES];
    char               model[MOST_BYTES], optimizer[MOST_BYTES];
};

static float   features[(MOST_ROWS + VALIDATION_ROWS) * 64];
static int32_t labels[MOST_ROWS + VALIDATION_ROWS], binary_labels[MOST_ROWS + VALIDATION_ROWS];
static float   targets[(MOST_ROWS + VALIDATION_ROWS) * CLASSES];
static double  weights[MOST_ROWS + VALIDATION_ROWS];

static void make_samples(void) {
    uint32_t state = 12345;
    for (size_t row = 0; row < MOST_ROWS + VALIDATION_ROWS; row++) {
        for (size_t column = 0; column < 64; column++) {
            state = state * 1664525u + 1013904223u;
            features[row * 64 + column] = (float)(state >> 8) / (float)(1 << 23) - 1;
        }
        labels[row] = (int32_t)(state >> 16) % CLASSES;
        if (features[row * 64] > 0.3f) labels[row] = 0;
        binary_labels[row] = labels[row] > 0;
        for (size_t output = 0; output < CLASSES; output++)
            targets[row * CLASSES + output] = features[row * 64 + output] * 2 + features[row * 64 + 5] + (float)output;
        weights[row] = row % 7 == 3 ? 0 : 0.5 + (double)(row % 5);
    }
}

static bool is_regressor(const struct plan *plan) { return plan->loss >= DESCENT_SQUARED_ERROR; }
static size_t dimension(const struct plan *plan) { return plan->dimension == 0 ? DIMENSION : plan->dimension; }

/* Rows floor(shard n / S) of the shards of a process. */
static size_t first_row(size_t rows, uint32_t shards, int rank, int size) {
    return rows * (size_t)rank * (shards / (uint32_t)size) / shards;
}

/* The rows of a process, packed anew: those from `first` on. */
static descent_dataset own_rows(const struct plan *plan, size_t offset, size_t rows, int rank, int size, float **packed) {
    const size_t begin = first_row(rows, plan->shards, rank, size), end = first_row(rows, plan->shards, rank + 1, size);
    const size_t first = offset + begin, count = end - begin, columns = dimension(plan);
    *packed = malloc((count * columns + 1) * sizeof(float));
    for (size_t row = 0; row < count; row++)
        memcpy(*packed + row * columns, features + (first + row) * 64, columns * sizeof(float));
    descent_dataset data = {.struct_size = sizeof data, .dtype = DESCENT_FLOAT32, .features = *packed, .samples = count,
                            .dimension = columns, .scale = 1};
    if (is_regressor(plan)) data.targets = targets + first * CLASSES;
    else data.labels = (plan->is_binary ? binary_labels : labels) + first;
    if (plan->is_weighted) data.weights = weights + first;
    return data;
}

static int32_t watch(const descent_progress_report *report, void *context) {
    struct outcome *outcome = context;
    outcome->steps = report->step;
    if (report->epoch_end && report->epoch <= 64) outcome->losses[report->epoch - 1] = report->loss;
    return outcome->stops_at > 0 && report->step >= outcome->stops_at;
}

static void keep_error(struct outcome *outcome, descent_status status) {
    outcome->status = status;
    if (status != DESCENT_OK) snprintf(outcome->error, sizeof outcome->error, "%s", descent_last_error());
}

/* The functions of classifiers and of regressors. */
#define DEFINE_SHARED(kind, create)                                                                                    \
    static void run_##kind(struct outcome *outcome, const descent_dataset *data, descent_fit_options *options) {       \
        const struct plan *plan = outcome->plan;                                                                       \
        descent_##kind *model = NULL;                                                                                  \
        descent_optimizer *optimizer = NULL;                                                                           \
        descent_status status;                                                                                         \
        if (outcome->resumed != NULL) {                                                                                \
            status = descent_##kind##_load(outcome->resumed->model, outcome->resumed->model_bytes, &model);            \
            if (status == DESCENT_OK)                                                                                  \
                status = descent_optimizer_load(outcome->resumed->optimizer, outcome->resumed->optimizer_bytes,        \
                                                &optimizer);                                                           \
        } else {                                                                                                       \
            status = create;                                                                                           \
            if (status == DESCENT_OK) status = descent_##kind##_initialize(model, 0.1, 3);                             \
            if (status == DESCENT_OK) status = descent_##kind##_set_l2(model, 1e-3);                                   \
            if (status == DESCENT_OK && !plan->chooses) status = descent_optimizer_create(plan->algorithm, &optimizer); \
            if (status == DESCENT_OK && plan->l1 > 0) status = descent_optimizer_set(optimizer, DESCENT_L1, plan->l1); \
            if (status == DESCENT_OK && plan->averages)                                                                \
                status = descent_optimizer_set(optimizer, DESCENT_AVERAGE, DESCENT_AVERAGE_EMA);                       \
            if (status == DESCENT_OK && plan->chooses)                                                                 \
                status = descent_##kind##_choose_optimizer(model, data, options, &optimizer);                          \
        }                                                                                                              \
        if (status == DESCENT_OK)                                                                                      \
            status = (outcome->resumed != NULL ? descent_##kind##_resume : descent_##kind##_fit)(                      \
                model, optimizer, data, options, outcome->has_callback ? watch : NULL, outcome);                       \
        keep_error(outcome, status);                                                                                   \
        descent_fit_result result = {.struct_size = sizeof result};                                                    \
        if (model != NULL && descent_##kind##_fit_result(model, &result) == DESCENT_OK)                                \
            outcome->best_loss = result.best_loss;                                                                     \
        if (model != NULL)                                                                                             \
            CHECK_OK(descent_##kind##_save(model, outcome->model, MOST_BYTES, &outcome->model_bytes));                 \
        if (optimizer != NULL)                                                                                         \
            CHECK_OK(descent_optimizer_save(optimizer, outcome->optimizer, MOST_BYTES, &outcome->optimizer_bytes));    \
        if (status == DESCENT_OK || status == DESCENT_ERROR_CANCELLED) {                                               \
            outcome->evaluation = descent_##kind##_evaluate(model, data, &outcome->loss, &outcome->score);             \
            if (outcome->evaluation == DESCENT_OK)                                                                     \
                outcome->evaluation = descent_##kind##_loss_gradient(model, data, &outcome->gradient_loss,             \
                                                                     outcome->weight_gradient, outcome->bias_gradient); \
        }                                                                                                              \
        descent_##kind##_free(model);                                                                                  \
        descent_optimizer_free(optimizer);                                                                             \
    }

DEFINE_SHARED(classifier, plan->is_binary ? descent_classifier_create_binary(dimension(plan), plan->loss, &model)
                                          : descent_classifier_create(dimension(plan), CLASSES, plan->loss, &model))
DEFINE_SHARED(regressor, descent_regressor_create(dimension(plan), CLASSES, plan->loss, &model))

/* A process: fits its rows, evaluates, saves. */
static void fit_rows(struct process *process, void *argument) {
    struct outcome *outcome = argument;
    const struct plan *plan = outcome->plan;
    const bool is_shared = outcome->size > 0;
    const int rank = is_shared ? process->rank : 0, size = is_shared ? outcome->size : 1;
    float *own, *others;
    descent_dataset data = own_rows(plan, 0, plan->rows, rank, size, &own);
    descent_dataset validation = own_rows(plan, MOST_ROWS, VALIDATION_ROWS, rank, size, &others);
    descent_fit_options options;
    descent_fit_options_init(&options);
    options.epochs = plan->epochs;
    options.batch_size = plan->batch_size;
    options.sampling = plan->sampling;
    options.seed = 5;
    options.standardize = plan->standardizes;
    options.average = plan->averages;
    options.patience = plan->patience;
    if (plan->validates) options.validation = &validation;
    data.communicator = is_shared ? &process->communicator : NULL;
    data.shards = plan->shards;
    options.communicator = data.communicator;
    options.shards = plan->shards;
    if (outcome->spoil != NULL) outcome->spoil(outcome, &data, &options);
    if (is_regressor(plan)) run_regressor(outcome, &data, &options);
    else run_classifier(outcome, &data, &options);
    free(own);
    free(others);
}

#endif
