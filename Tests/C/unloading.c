/*
 * The library loaded with dlopen(), used by several threads, and unloaded, over and over: no thread, no memory and no file
 * remains, with and without OpenBLAS. This program is not linked with the library; LIBRARY is its path.
 */
#define _GNU_SOURCE
#include "check.h"
#include "threads_alive.h"

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ELEMENTS = 100000, SAMPLES = 300, DIMENSION = 30, WIDE_CLASSES = 60, ROUNDS = 60 };

/* ---- The functions that are used, found by name ---- */

static struct {
    descent_status (*set_thread_count)(int32_t);
    descent_status (*optimizer_create)(descent_algorithm, descent_optimizer **);
    void (*optimizer_free)(descent_optimizer *);
    descent_status (*optimizer_step)(descent_optimizer *, const descent_tensor *, size_t);
    descent_status (*classifier_create)(size_t, size_t, descent_loss, descent_classifier **);
    void (*classifier_free)(descent_classifier *);
    descent_status (*classifier_evaluate)(descent_classifier *, const descent_dataset *, double *, double *);
} library;

static void *load(void) {
    static const char *const names[] = {"descent_set_thread_count",  "descent_optimizer_create",
                                        "descent_optimizer_free",    "descent_optimizer_step",
                                        "descent_classifier_create", "descent_classifier_free",
                                        "descent_classifier_evaluate"};
    enum { FUNCTIONS = sizeof names / sizeof *names };
    void *functions[FUNCTIONS];
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    for (int i = 0; i < FUNCTIONS; i++) functions[i] = dlsym(handle, names[i]);
    memcpy(&library, functions, sizeof library);
    return handle;
}

static void step(int32_t threads) {
    static float       values[ELEMENTS], gradient[ELEMENTS];
    descent_optimizer *optimizer = NULL;
    const descent_tensor tensor = {values, gradient, 1, ELEMENTS, DESCENT_FLOAT32, 0};
    CHECK(library.set_thread_count(threads) == DESCENT_OK, "%d threads", (int)threads);
    CHECK(library.optimizer_create(DESCENT_ADAM, &optimizer) == DESCENT_OK, "no optimizer");
    for (int i = 0; i < 3; i++) CHECK(library.optimizer_step(optimizer, &tensor, 1) == DESCENT_OK, "no step");
    library.optimizer_free(optimizer);
}

/* Of more than 50 classes: by OpenBLAS, if it is there. */
static void classify(void) {
    static float   features[SAMPLES * DIMENSION];
    static int32_t labels[SAMPLES];
    const descent_dataset data = {.struct_size = sizeof data, .dtype = DESCENT_FLOAT32, .features = features,
                                  .labels = labels, .samples = SAMPLES, .dimension = DIMENSION, .scale = 1};
    descent_classifier *classifier = NULL;
    double loss, accuracy;
    CHECK(library.classifier_create(DIMENSION, WIDE_CLASSES, DESCENT_SOFTMAX_CROSS_ENTROPY, &classifier) == DESCENT_OK,
          "no classifier");
    CHECK(library.classifier_evaluate(classifier, &data, &loss, &accuracy) == DESCENT_OK, "no evaluation");
    library.classifier_free(classifier);
}

/* ---- What remains ---- */

/* How much of this process's memory there is, in lines of its map, and whether a file of that name is there. */
static int count_mappings(const char *part, bool *is_there) {
    char  line[4096];
    int   count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    *is_there = false;
    for (; maps != NULL && fgets(line, sizeof line, maps) != NULL; count++) *is_there |= strstr(line, part) != NULL;
    if (maps != NULL) fclose(maps);
    return count;
}

/* Bytes that malloc() has given out. */
static size_t bytes_in_use(void) { return mallinfo2().uordblks + mallinfo2().hblkhd; }

/* What the library has registered to be called at a fork is gone with it. */
static void check_fork(void) {
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) _exit(0);
    int status = -1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0, "the child's status is %d", status);
}

/* Returns whether there is more memory in use at the end than halfway. */
static bool memory_grows(const char *name, bool is_wide) {
    bool   grows = false;
    size_t bytes = 0;
    int    mappings = 0;
    bool   is_there;
    for (int round = 0; round < ROUNDS; round++) {
        void *handle = load();
        CHECK(has_threads(1), "%s: %d threads since loading", name, threads_alive());
        step(1 + round % 5);
        if (is_wide) classify();
        if (is_wide && round == 0) {
            count_mappings("openblas", &is_there);
            if (!is_there) puts("unloading: OpenBLAS is not installed");
        }
        CHECK(dlclose(handle) == 0, "%s", dlerror());
        CHECK(has_threads(1), "%s: %d threads remain", name, threads_alive());
        count_mappings("libopenblas", &is_there);
        CHECK(!is_there, "%s: OpenBLAS remains", name);
        const int now = count_mappings("libdescent", &is_there);
        CHECK(!is_there, "%s: the library remains", name);
        if (round % 8 == 0) check_fork();
        if (round == ROUNDS / 2) bytes = bytes_in_use(), mappings = now;
        if (round < ROUNDS - 1) continue;
        grows = bytes_in_use() > bytes || now > mappings;
    }
    return grows;
}

/* A leak grows each time. Once it may be the C library, which takes memory of a thread that ends back a little later. */
static void check_rounds(const char *name, bool is_wide) {
    int attempts = 1;
    while (memory_grows(name, is_wide) && attempts < 6) attempts++;
    CHECK(attempts < 6, "%s: memory grows in each of %d times %d rounds", name, attempts, ROUNDS);
}

/* Loaded and unloaded by a thread that was not the first, which then ends. */
static void *use_in_thread(void *unused) {
    void *handle = load();
    step(3);
    CHECK(dlclose(handle) == 0, "%s", dlerror());
    return unused;
}

static void check_threads(void) {
    pthread_t thread;
    for (int i = 0; i < ROUNDS; i++) {
        CHECK(pthread_create(&thread, NULL, use_in_thread, NULL) == 0, "no thread");
        pthread_join(thread, NULL);
    }
    CHECK(has_threads(1), "%d threads remain", threads_alive());
}

int main(void) {
    check_rounds("steps", false);
    check_threads();
    check_rounds("a wide classifier", true);
    return check_result("unloading");
}
