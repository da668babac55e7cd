/*
 * Threads that cannot be had: a call then works with fewer of them, or alone, and gives the same bits. This program's
 * pthread_create() takes the place of the C library's and fails from a chosen call on, or finds no memory.
 */
#define _GNU_SOURCE
#include "counted_memory.h"

#include "check.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

enum { ELEMENTS = 100000, SAMPLES = 3000, DIMENSION = 20, CLASSES = 5, MOST_THREADS = 6 };

static int  creations, creations_left = -1; /* -1: as many as are wanted */
static bool has_memory = true;

typedef int (*create_function)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
    static create_function create;
    if (creations_left == 0) return EAGAIN;
    if (creations_left > 0) creations_left--;
    if (create == NULL) {
        void *found = dlsym(RTLD_NEXT, "pthread_create");
        memcpy(&create, &found, sizeof found); /* C has no cast from an object's pointer to a function's */
    }
    if (!has_memory) fail_from = 0;
    const int problem = create(thread, attributes, start, argument);
    fail_from = -1;
    creations += problem == 0;
    return problem;
}

static float   gradient[ELEMENTS], features[SAMPLES * DIMENSION];
static int32_t labels[SAMPLES];

/* What calls that use several threads give. */
typedef struct outcome {
    float  values[ELEMENTS], weights[DIMENSION * CLASSES], bias[CLASSES];
    double loss, accuracy;
} outcome;

static outcome expected, found;

static void work(outcome *outcome) {
    const descent_dataset data = {.struct_size = sizeof data, .dtype = DESCENT_FLOAT32, .features = features,
                                  .labels = labels, .samples = SAMPLES, .dimension = DIMENSION, .scale = 1};
    descent_optimizer  *optimizer = NULL;
    descent_classifier *classifier = NULL;
    descent_tensor      tensor = {outcome->values, gradient, 1, ELEMENTS, DESCENT_FLOAT32, 0};
    memset(outcome, 0, sizeof *outcome);
    CHECK_OK(descent_optimizer_create(DESCENT_ADAM, &optimizer));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_CLIP_NORM, 1));
    CHECK_OK(descent_classifier_create(DIMENSION, CLASSES, DESCENT_SOFTMAX_CROSS_ENTROPY, &classifier));
    for (int step = 0; step < 3; step++) CHECK_OK(descent_optimizer_step(optimizer, &tensor, 1));
    CHECK_OK(descent_classifier_loss_gradient(classifier, &data, &outcome->loss, outcome->weights, outcome->bias));
    CHECK_OK(descent_classifier_evaluate(classifier, &data, &outcome->loss, &outcome->accuracy));
    descent_optimizer_free(optimizer);
    descent_classifier_free(classifier);
}

/* With `wanted` threads of which only so many can be had. */
static void check(int32_t wanted, int others) {
    CHECK_OK(descent_set_thread_count(1)); /* ends those that there are */
    CHECK_OK(descent_set_thread_count(wanted));
    creations = 0;
    creations_left = others;
    work(&found);
    CHECK(others < 0 || creations <= others, "%d of %d threads", creations, others);
    CHECK(memcmp(&expected, &found, sizeof found) == 0, "%d threads, %d can be had: other bits", (int)wanted, others);
    creations_left = -1;
}

int main(void) {
    for (int i = 0; i < ELEMENTS; i++) gradient[i] = (float)(i * 7919 % 1009) / 500 - 1;
    for (int i = 0; i < SAMPLES * DIMENSION; i++) features[i] = (float)(i * 7919 % 1009) / 500 - 1;
    for (int i = 0; i < SAMPLES; i++) labels[i] = i % CLASSES;
    CHECK_OK(descent_set_thread_count(1));
    work(&expected);
    CHECK(creations == 0, "%d threads for 1", creations);
    for (int32_t wanted = 2; wanted <= MOST_THREADS; wanted++) {
        has_memory = false;
        check(wanted, -1);
        has_memory = true;
        check(wanted, -1);
        CHECK(creations == wanted - 1, "%d threads beside the caller's instead of %d", creations, wanted - 1);
        for (int others = 0; others < wanted; others++) check(wanted, others);
    }
    return check_result("few threads");
}
