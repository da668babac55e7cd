/*
 * Work that several threads share, with results to compare, and what can be seen of threads from outside. _GNU_SOURCE is
 * defined before this is included.
 */
#ifndef THREAD_WORK_H
#define THREAD_WORK_H

#include "check.h"
#include "threads_alive.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Steps ---- */

enum { ELEMENTS = 120001, FEW_ELEMENTS = 32767, PIECES = ELEMENTS / 16384 + 1 };

/* What some steps on a tensor in two parts make of it. */
struct steps {
    float values[ELEMENTS], gradient[ELEMENTS];
};

/* The last of 1, 2, ... `count` parts is what remains. */
static inline void step(struct steps *steps, size_t elements, int count) {
    descent_optimizer *optimizer = NULL;
    const size_t       first = elements / 3;
    const descent_tensor tensors[2] = {
        {steps->values, steps->gradient, 1, first, DESCENT_FLOAT32, 0},
        {steps->values + first, steps->gradient + first, 1, elements - first, DESCENT_FLOAT32, 0},
    };
    for (size_t i = 0; i < elements; i++) {
        steps->values[i] = (float)(i % 1013) / 7 - 50;
        steps->gradient[i] = (float)(i % 97) / 13 - 3;
    }
    CHECK_OK(descent_optimizer_create(DESCENT_ADAM, &optimizer));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_CLIP_NORM, 0.5));
    for (int i = 0; i < count; i++) CHECK_OK(descent_optimizer_step(optimizer, tensors, 2));
    descent_optimizer_free(optimizer);
}

/* Whether some steps give the same as one thread; to be called by one thread first. */
static inline bool steps_are_right(int count) {
    enum { MOST = 8 };
    static struct steps *expected[MOST];
    if (expected[count] == NULL) {
        const int32_t threads = descent_thread_count();
        expected[count] = malloc(sizeof **expected);
        CHECK_OK(descent_set_thread_count(1));
        step(expected[count], ELEMENTS, count);
        CHECK_OK(descent_set_thread_count(threads));
    }
    struct steps *found = malloc(sizeof *found);
    step(found, ELEMENTS, count);
    const bool is_same = memcmp(found->values, expected[count]->values, sizeof found->values) == 0;
    free(found);
    return is_same;
}

/* ---- Classifiers ---- */

/* So many classes that matrix products do the work, if OpenBLAS is there. */
enum { SAMPLES = 2000, DIMENSION = 40, FUSED_CLASSES = 5, WIDE_CLASSES = 60 };

static inline void fit(int32_t classes, uint32_t epochs) {
    static float         features[SAMPLES * DIMENSION];
    static int32_t       labels[SAMPLES];
    descent_classifier  *classifier = NULL;
    descent_optimizer   *optimizer = NULL;
    descent_fit_options  options;
    const descent_dataset data = {.struct_size = sizeof data, .dtype = DESCENT_FLOAT32, .features = features,
                                  .labels = labels, .samples = SAMPLES, .dimension = DIMENSION, .scale = 1};
    descent_fit_options_init(&options);
    options.epochs = epochs;
    options.batch_size = 0;
    CHECK_OK(descent_classifier_create(DIMENSION, (size_t)classes, DESCENT_SOFTMAX_CROSS_ENTROPY, &classifier));
    CHECK_OK(descent_optimizer_create(DESCENT_SGD, &optimizer));
    CHECK_OK(descent_classifier_fit(classifier, optimizer, &data, &options, NULL, NULL));
    descent_optimizer_free(optimizer);
    descent_classifier_free(classifier);
}

/* ---- What there is ---- */

/* Whether this process has loaded a file whose name has `part` in it. */
static inline bool has_loaded(const char *part) {
    char  line[4096];
    bool  found = false;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) found |= strstr(line, part) != NULL;
    if (maps != NULL) fclose(maps);
    return found;
}

/* ---- Children ---- */

/* A forked process that does `work` and ends well if nothing failed in it; one that hangs is ended by a signal. */
static inline pid_t start_child(void (*work)(void)) {
    fflush(NULL);
    const pid_t child = fork();
    if (child != 0) return child;
    alarm(60);
    check_failures = 0;
    work();
    exit(check_failures == 0 ? 0 : 1);
}

static inline void await_child(pid_t child, const char *what) {
    int status = -1;
    const bool has_ended = child > 0 && waitpid(child, &status, 0) == child;
    CHECK(has_ended && status == 0, "%s: the child's status is %d", what, status);
}

static inline void do_in_child(void (*work)(void), const char *what) { await_child(start_child(work), what); }

#endif
