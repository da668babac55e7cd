/*
 * A host that gives its own threads: descent_set_parallel_for() with hosts of every kind, also with those that do less than
 * they should. The results are those of the library's own threads.
 */
#define _GNU_SOURCE
#include "thread_work.h"

#include <pthread.h>

enum { MOST_SHARES = 256, CALLERS = 4 };

/* What hosts are asked for, and how often. */
static long   calls, shares_asked;
static size_t most_shares;

static void note(size_t count) {
    __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&shares_asked, (long)count, __ATOMIC_SEQ_CST);
    size_t most = __atomic_load_n(&most_shares, __ATOMIC_SEQ_CST);
    while (count > most &&
           !__atomic_compare_exchange_n(&most_shares, &most, count, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {}
}

/* ---- Hosts ---- */

static void serial(size_t count, descent_share share, void *work, void *context) {
    note(count);
    CHECK(context == &calls, "the context is another pointer");
    for (size_t i = 0; i < count; i++) share(i, work);
}

static void backwards(size_t count, descent_share share, void *work, void *context) {
    (void)context, note(count);
    while (count-- > 0) share(count, work);
}

struct portion {
    pthread_t     thread;
    descent_share share;
    void         *work;
    size_t        index;
};

static void *take(void *argument) {
    const struct portion *portion = argument;
    portion->share(portion->index, portion->work);
    return NULL;
}

/* A thread for each share. */
static void threaded(size_t count, descent_share share, void *work, void *context) {
    struct portion portions[MOST_SHARES];
    (void)context, note(count);
    for (size_t i = 0; i < count; i++) {
        portions[i] = (struct portion){.share = share, .work = work, .index = i};
        CHECK(pthread_create(&portions[i].thread, NULL, take, &portions[i]) == 0, "no thread");
    }
    for (size_t i = 0; i < count; i++) pthread_join(portions[i].thread, NULL);
}

/* These do not do as they are told. */
static void first_only(size_t count, descent_share share, void *work, void *context) {
    (void)context, note(count);
    share(0, work);
}

static void last_only(size_t count, descent_share share, void *work, void *context) {
    (void)context, note(count);
    share(count - 1, work);
}

static void none(size_t count, descent_share share, void *work, void *context) {
    (void)share, (void)work, (void)context, note(count);
}

static void twice(size_t count, descent_share share, void *work, void *context) {
    (void)context, note(count);
    for (size_t i = 0; i < 2 * count; i++) share(i / 2, work);
}

/* Uses the library for itself meanwhile. */
static void nested(size_t count, descent_share share, void *work, void *context) {
    static __thread bool is_inside;
    (void)context, note(count);
    if (!is_inside) {
        is_inside = true;
        CHECK(steps_are_right(1), "steps inside a host");
        is_inside = false;
    }
    for (size_t i = 0; i < count; i++) share(i, work);
}

static const struct {
    const char          *name;
    descent_parallel_for function;
} hosts[] = {{"serial", serial}, {"backwards", backwards}, {"threaded", threaded}, {"first only", first_only},
             {"last only", last_only}, {"none", none}, {"twice", twice}, {"nested", nested}};
enum { HOSTS = sizeof hosts / sizeof *hosts };

/* ---- All that uses threads ---- */

struct outcome {
    float  weights[DIMENSION * FUSED_CLASSES], bias[FUSED_CLASSES], gradient[SAMPLES * DIMENSION];
    double loss, mean, accuracy;
};

static void classify(struct outcome *outcome) {
    static float   features[SAMPLES * DIMENSION];
    static int32_t labels[SAMPLES];
    const descent_dataset data = {.struct_size = sizeof data, .dtype = DESCENT_FLOAT32, .features = features,
                                  .labels = labels, .samples = SAMPLES, .dimension = DIMENSION, .scale = 1};
    descent_classifier *classifier = NULL;
    for (int i = 0; i < SAMPLES * DIMENSION; i++) features[i] = (float)(i % 211) / 97 - 1;
    for (int32_t i = 0; i < SAMPLES; i++) labels[i] = i * 7 % FUSED_CLASSES;
    CHECK_OK(descent_classifier_create(DIMENSION, FUSED_CLASSES, DESCENT_MULTICLASS_HINGE, &classifier));
    CHECK_OK(descent_classifier_initialize(classifier, 0.1, 4));
    CHECK_OK(descent_classifier_loss_gradient(classifier, &data, &outcome->loss, outcome->weights, outcome->bias));
    CHECK_OK(descent_classifier_evaluate(classifier, &data, &outcome->loss, &outcome->accuracy));
    CHECK_OK(descent_loss_regress(DESCENT_HUBER, DESCENT_FLOAT32, SAMPLES - 1, DIMENSION, features, features + DIMENSION,
                                  outcome->gradient, &outcome->mean));
    descent_classifier_free(classifier);
}

static void check_host(const char *name, descent_parallel_for function, int32_t threads) {
    static struct outcome expected, found;
    CHECK_OK(descent_set_thread_count(1));
    classify(&expected);
    CHECK_OK(descent_set_thread_count(threads));
    CHECK(steps_are_right(2), "%s: before", name);
    CHECK_OK(descent_set_parallel_for(function, &calls));
    const int before = threads_alive();
    calls = 0, most_shares = 0;
    CHECK(steps_are_right(2), "%s, %d threads: steps", name, (int)threads);
    classify(&found);
    CHECK(memcmp(&found, &expected, sizeof found) == 0, "%s, %d threads: a classifier", name, (int)threads);
    CHECK((calls > 0) == (threads > 1), "%s, %d threads: called %ld times", name, (int)threads, calls);
    CHECK(most_shares <= (size_t)threads, "%s: %zu shares for %d threads", name, most_shares, (int)threads);
    CHECK(has_threads(before), "%s: the library has started threads", name);
    CHECK_OK(descent_set_parallel_for(NULL, NULL));
    const long after = calls;
    CHECK(steps_are_right(2), "%s: after", name);
    CHECK(calls == after, "%s: is called after it was taken away", name);
}

/* ---- Several callers, and hosts that change ---- */

static bool is_over;

static void *step_on(void *problem) {
    for (int i = 0; i < 40; i++)
        if (!steps_are_right(1)) *(bool *)problem = true;
    return NULL;
}

static void *change_hosts(void *unused) {
    for (int i = 0; !__atomic_load_n(&is_over, __ATOMIC_SEQ_CST); i++) {
        /* serial() looks at its context: it must be the one that came with it. */
        descent_set_parallel_for(i % 3 == 0 ? serial : i % 3 == 1 ? threaded : NULL, i % 3 == 0 ? &calls : NULL);
        descent_set_thread_count(2 + i % 4);
    }
    return unused;
}

static void check_callers(void) {
    pthread_t callers[CALLERS], changer;
    bool      problems[CALLERS] = {false};
    CHECK_OK(descent_set_thread_count(3));
    CHECK(steps_are_right(1), "before");
    CHECK(pthread_create(&changer, NULL, change_hosts, NULL) == 0, "no thread");
    for (int i = 0; i < CALLERS; i++) pthread_create(&callers[i], NULL, step_on, &problems[i]);
    for (int i = 0; i < CALLERS; i++) pthread_join(callers[i], NULL);
    __atomic_store_n(&is_over, true, __ATOMIC_SEQ_CST);
    pthread_join(changer, NULL);
    for (int i = 0; i < CALLERS; i++) CHECK(!problems[i], "caller %d", i);
    CHECK_OK(descent_set_parallel_for(NULL, NULL));
}

/* The child has the host's function too. */
static void step_with_host(void) {
    calls = 0;
    CHECK(steps_are_right(2), "in the child");
    CHECK(calls > 0, "the child has no host");
    CHECK(has_threads(1), "%d threads in the child", threads_alive());
}

int main(void) {
    const int32_t threads[] = {1, 2, 5, 256};
    /* The first of them sets the number of threads, which a host must not do while it is asked. */
    CHECK(steps_are_right(1), "without a host");
    for (int i = 0; i < HOSTS; i++)
        for (int j = 0; j < 4; j++) check_host(hosts[i].name, hosts[i].function, threads[j]);
    CHECK_OK(descent_set_thread_count(3));
    CHECK_OK(descent_set_parallel_for(serial, &calls));
    do_in_child(step_with_host, "a child with a host");
    CHECK_OK(descent_set_parallel_for(NULL, NULL));
    check_callers();
    return check_result("host_threads");
}
