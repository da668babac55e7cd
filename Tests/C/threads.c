/*
 * Threads with handles of their own do not disturb each other: they get the same bits as when they run one after the
 * other, and each reads its own last error.
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS = 8, PARAMETERS = 1003, STEPS = 2000, SAMPLES = 500, DIMENSION = 33, CLASSES = 3 };

struct worker {
    int         number;
    float       values[PARAMETERS];
    float       weights[DIMENSION * CLASSES], bias[CLASSES];
    char        error[200]; /* of its last failing call */
    const char *problem;    /* the first thing that went wrong in it; NULL if nothing */
};

static float         features[SAMPLES * DIMENSION];
static int32_t       labels[SAMPLES];
static struct worker alone[WORKERS], together[WORKERS];

/* The gradient of sum of (w_i - target)^2, with a target of its own for each worker and parameter. */
static void write_gradient(const struct worker *worker, float gradient[PARAMETERS]) {
    for (int i = 0; i < PARAMETERS; i++) gradient[i] = 2 * (worker->values[i] - (float)(worker->number * 7 + i % 13));
}

/* A learning rate that only this worker and this step try, which the error text must name. */
static bool fail_and_read_error(struct worker *worker, descent_optimizer *optimizer, int step) {
    char wrong[32];
    snprintf(wrong, sizeof wrong, "-%d", 10000 * (worker->number + 1) + step);
    descent_status status = descent_optimizer_set(optimizer, DESCENT_LEARNING_RATE, strtod(wrong, NULL));
    if (status != DESCENT_ERROR_INVALID_ARGUMENT) return false;
    sched_yield(); /* a chance for another thread to interfere */
    snprintf(worker->error, sizeof worker->error, "%s", descent_last_error());
    return strstr(worker->error, wrong) != NULL;
}

static void optimize(struct worker *worker, descent_optimizer *optimizer) {
    float gradient[PARAMETERS];
    const descent_tensor tensor = {worker->values, gradient, 1, PARAMETERS, DESCENT_FLOAT32, 0};
    for (int step = 0; step < STEPS && worker->problem == NULL; step++) {
        write_gradient(worker, gradient);
        if (descent_optimizer_step(optimizer, &tensor, 1) != DESCENT_OK) worker->problem = "a step failed";
        if (step % 10 == 0 && !fail_and_read_error(worker, optimizer, step))
            worker->problem = "the last error is not that of this thread";
    }
}

static void classify(struct worker *worker, descent_optimizer *optimizer) {
    const descent_dataset data = {.struct_size = sizeof data, .dtype = DESCENT_FLOAT32, .features = features,
                                  .labels = labels, .samples = SAMPLES, .dimension = DIMENSION, .scale = 1};
    descent_classifier *classifier = NULL;
    descent_fit_options options;
    float *weights, *bias;
    descent_fit_options_init(&options);
    options.batch_size = 32;
    options.seed = (uint64_t)worker->number;
    if (descent_classifier_create(DIMENSION, CLASSES, DESCENT_SOFTMAX_CROSS_ENTROPY, &classifier) != DESCENT_OK ||
        descent_classifier_fit(classifier, optimizer, &data, &options, NULL, NULL) != DESCENT_OK ||
        descent_classifier_parameters(classifier, &weights, &bias) != DESCENT_OK) {
        worker->problem = "the classifier failed";
    } else {
        memcpy(worker->weights, weights, sizeof worker->weights);
        memcpy(worker->bias, bias, sizeof worker->bias);
    }
    descent_classifier_free(classifier);
}

static void *work(void *argument) {
    struct worker *worker = argument;
    descent_optimizer *optimizer = NULL;
    descent_algorithm algorithm = descent_algorithm_at((size_t)worker->number % descent_algorithm_count());
    if (descent_algorithm_is_batch(algorithm)) algorithm = DESCENT_ADAM;
    if (descent_optimizer_create(algorithm, &optimizer) != DESCENT_OK) {
        worker->problem = "no optimizer was made";
        return NULL;
    }
    optimize(worker, optimizer);
    if (descent_optimizer_reset(optimizer) != DESCENT_OK) worker->problem = "the reset failed";
    classify(worker, optimizer);
    descent_optimizer_free(optimizer);
    return NULL;
}

/* A new thread has not failed yet, whatever the others did. */
static void *work_in_new_thread(void *argument) {
    struct worker *worker = argument;
    if (descent_last_error()[0] != '\0') worker->problem = "the last error of a new thread is not empty";
    return work(argument);
}

static void make_data(void) {
    for (int i = 0; i < SAMPLES; i++) {
        labels[i] = i % CLASSES;
        for (int j = 0; j < DIMENSION; j++)
            features[i * DIMENSION + j] = (float)((i * 31 + j * 17) % 101) / 101 + (float)(j % CLASSES == labels[i]);
    }
}

static void run_all(void) {
    pthread_t threads[WORKERS];
    bool started[WORKERS];
    for (int i = 0; i < WORKERS; i++) alone[i].number = together[i].number = i;
    for (int i = 0; i < WORKERS; i++) work(&alone[i]);
    for (int i = 0; i < WORKERS; i++)
        started[i] = pthread_create(&threads[i], NULL, work_in_new_thread, &together[i]) == 0;
    for (int i = 0; i < WORKERS; i++) {
        CHECK(started[i], "thread %d", i);
        if (started[i]) pthread_join(threads[i], NULL);
    }
}

int main(void) {
    make_data();
    run_all();
    for (int i = 0; i < WORKERS; i++) {
        const struct worker *expected = &alone[i], *worker = &together[i];
        CHECK(expected->problem == NULL, "worker %d alone: %s", i, expected->problem);
        CHECK(worker->problem == NULL, "worker %d: %s: \"%s\"", i, worker->problem, worker->error);
        CHECK(strcmp(expected->error, worker->error) == 0, "worker %d: \"%s\", but alone \"%s\"", i, worker->error,
              expected->error);
        CHECK(memcmp(expected->values, worker->values, sizeof worker->values) == 0, "worker %d: parameters differ", i);
        CHECK(memcmp(expected->weights, worker->weights, sizeof worker->weights) == 0, "worker %d: weights differ", i);
        CHECK(memcmp(expected->bias, worker->bias, sizeof worker->bias) == 0, "worker %d: bias differs", i);
    }
    return check_result("threads");
}
