/*
 * Minimizing, checking and searching without memory: whichever allocation fails, the call says so, changes nothing and
 * loses no block; with memory, more steps allocate no more. This program's malloc() and its relatives take the place of
 * glibc's, count, and fail on demand.
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void  __libc_free(void *block);

static long allocations, live_blocks, fail_at = -1; /* the allocation with this number fails */

static bool fails(void) {
    bool now = allocations++ == fail_at;
    if (now) errno = ENOMEM;
    return now;
}

static void *count_block(void *block) {
    if (block != NULL) live_blocks++;
    return block;
}

void *malloc(size_t size) { return fails() ? NULL : count_block(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { return fails() ? NULL : count_block(__libc_calloc(count, size)); }
void *aligned_alloc(size_t alignment, size_t size) {
    return fails() ? NULL : count_block(__libc_memalign(alignment, size));
}
int posix_memalign(void **block, size_t alignment, size_t size) {
    void *made = aligned_alloc(alignment, size);
    if (made != NULL) *block = made;
    return made == NULL ? ENOMEM : 0;
}
void free(void *block) {
    if (block != NULL) live_blocks--;
    __libc_free(block);
}

enum { N = 5, SAMPLES = 40, DIMENSION = 6, CLASSES = 3 };

static double parabola(size_t n, const double *x, double *gradient, void *context) {
    double sum = 0;
    (void)context;
    for (size_t i = 0; i < n; i++) {
        sum += (x[i] - 1) * (x[i] - 1);
        if (gradient != NULL) gradient[i] = 2 * (x[i] - 1);
    }
    return sum;
}

static int32_t go_on(const descent_progress_report *report, void *context) {
    (void)report, (void)context;
    return 0;
}

/* Everything that the calls below may change. */
static struct {
    double                  x[N], gradient[N];
    descent_result          result;
    descent_gradient_report report;
    float                   weights[DIMENSION * CLASSES], bias[CLASSES];
} state;

static descent_optimizer      *optimizer;
static descent_classifier     *classifier;
static descent_dataset         data = {sizeof data, DESCENT_FLOAT32, NULL, NULL, SAMPLES, DIMENSION, 1, 0};
static descent_stop            stop = {sizeof stop, 0, 3, 0, 0, 0, 0};
static descent_search_options  options = {sizeof options, DESCENT_SEARCH_LOCAL, 4, 1, 0.5};

static descent_status minimize(void) {
    return descent_minimize(optimizer, N, state.x, parabola, NULL, &stop, go_on, NULL, &state.result);
}
static descent_status minimize_numerically(void) {
    return descent_minimize_numerically(optimizer, N, state.x, parabola, NULL, DESCENT_CENTRAL, 0, &stop, go_on, NULL,
                                        &state.result);
}
static descent_status differentiate(void) {
    return descent_numeric_gradient(N, state.x, parabola, NULL, DESCENT_FORWARD, 0, state.gradient);
}
static descent_status check_gradient(void) {
    return descent_gradient_check(N, state.x, parabola, NULL, 0, &state.report);
}
static descent_status check_classifier(void) {
    return descent_classifier_gradient_check(classifier, &data, 0, 0, 1, &state.report);
}
static descent_status search(void) {
    return descent_random_search(N, state.x, parabola, NULL, &options, NULL, NULL, &state.result);
}
static descent_status search_classifier(void) {
    return descent_classifier_random_search(classifier, &data, &options, NULL, NULL, &state.result);
}

static void prepare(void) {
    float *weights, *bias;
    memset(&state, 0, sizeof state);
    for (int i = 0; i < N; i++) state.x[i] = i + 2;
    state.result.struct_size = sizeof state.result;
    state.report.struct_size = sizeof state.report;
    CHECK_OK(descent_classifier_initialize(classifier, 0.5, 1));
    CHECK_OK(descent_classifier_parameters(classifier, &weights, &bias));
    memcpy(state.weights, weights, sizeof state.weights);
    memcpy(state.bias, bias, sizeof state.bias);
    CHECK_OK(descent_optimizer_reset(optimizer));
}

static bool parameters_are_the_same(void) {
    float *weights, *bias;
    CHECK_OK(descent_classifier_parameters(classifier, &weights, &bias));
    return memcmp(weights, state.weights, sizeof state.weights) == 0 &&
           memcmp(bias, state.bias, sizeof state.bias) == 0;
}

/* Lets each allocation of a call fail in turn, until it needs no more. */
static void check(const char *name, descent_status (*call)(void)) {
    prepare();
    CHECK_OK(call()); /* OpenBLAS makes its buffers when it is first used, and keeps them */
    for (long number = 0;; number++) {
        prepare();
        char before[sizeof state];
        memcpy(before, &state, sizeof state);
        long blocks = live_blocks;
        allocations = 0;
        fail_at = number;
        descent_status status = call();
        fail_at = -1;
        if (status == DESCENT_OK) {
            CHECK(number > 0, "%s: allocates nothing", name);
            CHECK(number == allocations, "%s: goes on without block %ld", name, number);
            return;
        }
        CHECK(status == DESCENT_ERROR_OUT_OF_MEMORY, "%s: %s", name, descent_status_name(status));
        CHECK(memcmp(before, &state, sizeof state) == 0 && parameters_are_the_same(), "%s: block %ld", name, number);
        CHECK(live_blocks == blocks, "%s: %ld blocks remain", name, live_blocks - blocks);
        /* The optimizer has not taken up the shape of a call that failed. */
        double         value = 1, gradient = 1;
        descent_tensor other = {&value, &gradient, 1, 1, DESCENT_FLOAT64, 0};
        CHECK_OK(descent_optimizer_step(optimizer, &other, 1));
        CHECK(descent_optimizer_step_count(optimizer) == 1, "%s: block %ld", name, number);
    }
}

static long allocations_of(descent_status (*call)(void)) {
    prepare();
    allocations = 0;
    CHECK_OK(call());
    return allocations;
}

/* OpenBLAS with several threads allocates in each product. With one it does not, and every block is the library's. */
static void restart_with_one_thread(char **arguments) {
    const char *threads = getenv("OPENBLAS_NUM_THREADS");
    if (threads != NULL && strcmp(threads, "1") == 0) return;
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    execv("/proc/self/exe", arguments);
    CHECK(false, "the program cannot be restarted");
}

int main(int argument_count, char **arguments) {
    static float   features[SAMPLES * DIMENSION];
    static int32_t labels[SAMPLES];
    (void)argument_count;
    restart_with_one_thread(arguments);
    puts("failing allocations"); /* makes the buffer of stdout before the counting starts */
    for (int i = 0; i < SAMPLES * DIMENSION; i++) features[i] = (float)(i * 37 % 11) / 11;
    for (int i = 0; i < SAMPLES; i++) labels[i] = i % CLASSES;
    data.features = features;
    data.labels = labels;
    CHECK_OK(descent_optimizer_create(DESCENT_ADAM, &optimizer));
    CHECK_OK(descent_classifier_create(DIMENSION, CLASSES, DESCENT_MULTICLASS_HINGE, &classifier));

    check("minimize", minimize);
    check("minimize_numerically", minimize_numerically);
    check("numeric_gradient", differentiate);
    check("gradient_check", check_gradient);
    check("classifier_gradient_check", check_classifier);
    check("random_search", search);
    check("classifier_random_search", search_classifier);

    descent_status (*calls[])(void) = {minimize, minimize_numerically, search, search_classifier};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        stop.max_steps = options.trials = 3;
        long few = allocations_of(calls[i]);
        stop.max_steps = options.trials = 300;
        long many = allocations_of(calls[i]);
        CHECK(few == many, "call %zu: %ld allocations in 3 steps, %ld in 300", i, few, many);
    }
    descent_optimizer_free(optimizer);
    descent_classifier_free(classifier);
    CHECK(descent_minimize(NULL, N, state.x, parabola, NULL, &stop, NULL, NULL, &state.result) ==
              DESCENT_ERROR_NULL_POINTER,
          "%s", descent_last_error());
    return check_result("searching without memory");
}
