/*
 * The number of threads: what decides it, when threads start and end, that they are idle when there is nothing to do, and
 * that it can be changed at any time. Each test is a process of its own, as the environment is read once.
 */
#define _GNU_SOURCE
#include "thread_work.h"

#include <pthread.h>
#include <sched.h>

/* ---- Settings ---- */

static const char *environment; /* DESCENT_NUM_THREADS in the child; NULL: not set */
static int32_t     expected;

static int32_t processors(void) {
    cpu_set_t allowed;
    return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
}

static void check_environment(void) {
    if (environment != NULL) setenv("DESCENT_NUM_THREADS", environment, 1);
    else unsetenv("DESCENT_NUM_THREADS");
    CHECK(descent_thread_count() == expected, "\"%s\" gives %d threads, not %d",
          environment == NULL ? "(none)" : environment, (int)descent_thread_count(), (int)expected);
    setenv("DESCENT_NUM_THREADS", "7", 1);
    CHECK(descent_thread_count() == expected, "the environment is read twice");
}

static void check_environments(void) {
    const int32_t all = processors();
    const struct {
        const char *text;
        int32_t     threads;
    } table[] = {{NULL, all},  {"", all},    {"3", 3},      {"1", 1},         {"256", 256},
                 {"0", all},   {"-2", all},  {"3x", all},   {"nonsense", all}, {"2.5", all},
                 {"257", 256}, {"100000", 256}, {"99999999999999999999999", 256}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        environment = table[i].text;
        expected = table[i].threads;
        do_in_child(check_environment, "the environment");
    }
}

/* Of the processors those count that the process may use. */
static void check_one_processor(void) {
    cpu_set_t one;
    unsetenv("DESCENT_NUM_THREADS");
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) return;
    CHECK(descent_thread_count() == 1, "%d threads on one processor", (int)descent_thread_count());
    CHECK(steps_are_right(2), "steps of one thread");
    CHECK(has_threads(1), "%d threads for one", threads_alive());
    CHECK_OK(descent_set_thread_count(3));
    CHECK(steps_are_right(2), "steps of three threads on one processor");
}

static void check_setting(void) {
    const int32_t wrong[] = {-1, 257, INT32_MIN, INT32_MAX};
    setenv("DESCENT_NUM_THREADS", "5", 1);
    for (int32_t count = 1; count <= 256; count++) {
        CHECK_OK(descent_set_thread_count(count));
        CHECK(descent_thread_count() == count, "%d, not %d", (int)descent_thread_count(), (int)count);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(descent_set_thread_count(wrong[i]) == DESCENT_ERROR_INVALID_ARGUMENT, "%d threads", (int)wrong[i]);
        CHECK(strstr(descent_last_error(), "is outside [0, 256]") != NULL, "%s", descent_last_error());
        CHECK(descent_thread_count() == 256, "a number that was refused counts");
    }
    CHECK_OK(descent_set_thread_count(0));
    CHECK(descent_thread_count() == processors(), "%d for 0", (int)descent_thread_count());
}

/* ---- When they start and end ---- */

static void check_small_work(void) {
    struct steps *steps = malloc(sizeof *steps);
    double        loss;
    int32_t       labels[1000] = {0};
    CHECK_OK(descent_set_thread_count(4));
    step(steps, FEW_ELEMENTS, 3);
    CHECK_OK(descent_loss_classify(DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_FLOAT32, 1000, 32, steps->values, labels, NULL,
                                   &loss));
    CHECK(has_threads(1), "%d threads after a small step", threads_alive());
    step(steps, FEW_ELEMENTS + 1, 1);
    CHECK(has_threads(4), "%d threads of four", threads_alive());
    fit(FUSED_CLASSES, 1);
    CHECK(has_threads(4), "%d threads of four after a fit", threads_alive());
    CHECK_OK(descent_set_thread_count(6));
    CHECK(has_threads(4), "%d threads before they are needed", threads_alive());
    step(steps, ELEMENTS, 1);
    CHECK(has_threads(6), "%d threads of six", threads_alive());
    CHECK_OK(descent_set_thread_count(2));
    step(steps, ELEMENTS, 1);
    CHECK(has_threads(2), "%d threads of two", threads_alive());
    CHECK_OK(descent_set_thread_count(1));
    step(steps, ELEMENTS, 1);
    CHECK(has_threads(1), "%d threads of one", threads_alive());
    free(steps);
}

static double processor_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void check_idleness(void) {
    const int32_t counts[] = {2, 5};
    for (int i = 0; i < 2; i++) {
        CHECK_OK(descent_set_thread_count(counts[i]));
        CHECK(steps_are_right(3), "%d threads", (int)counts[i]);
        const double before = processor_seconds();
        sleep_for(200);
        const double used = processor_seconds() - before;
        CHECK(used < 0.01, "%d idle threads have used %.4f of 0.2 s", (int)counts[i], used);
    }
}

/* ---- Changes at work ---- */

static volatile bool is_over;
static volatile long steps_made;

static void *step_rightly(void *problem) {
    while (!is_over) {
        if (!steps_are_right(1)) *(bool *)problem = true;
        steps_made++;
    }
    return NULL;
}

/* One step after the other, with nothing between them. */
static void *step_without_pause(void *problem) {
    static float       values[ELEMENTS], gradient[ELEMENTS];
    descent_optimizer *optimizer = NULL;
    const descent_tensor tensor = {values, gradient, 1, ELEMENTS, DESCENT_FLOAT32, 0};
    *(bool *)problem = descent_optimizer_create(DESCENT_SGD, &optimizer) != DESCENT_OK;
    for (; !is_over && !*(bool *)problem; steps_made++)
        *(bool *)problem = descent_optimizer_step(optimizer, &tensor, 1) != DESCENT_OK;
    descent_optimizer_free(optimizer);
    return NULL;
}

static void change_beside(void *(*work)(void *)) {
    pthread_t worker;
    bool      is_wrong = false;
    CHECK_OK(descent_set_thread_count(2));
    CHECK(steps_are_right(1), "before the changes");
    is_over = false;
    steps_made = 0;
    CHECK(pthread_create(&worker, NULL, work, &is_wrong) == 0, "no thread");
    while (steps_made == 0) sleep_for(1);
    for (int32_t i = 0; i < 100; i++) {
        CHECK_OK(descent_set_thread_count(1 + i % 6));
        if (i % 10 == 0) sleep_for(5);
    }
    is_over = true;
    pthread_join(worker, NULL);
    CHECK(!is_wrong, "a step has gone wrong");
}

static void check_changes(void) { change_beside(step_rightly); }
static void check_changes_without_pause(void) { change_beside(step_without_pause); }

int main(void) {
    check_environments();
    do_in_child(check_one_processor, "one processor");
    do_in_child(check_setting, "settings");
    do_in_child(check_small_work, "small work");
    do_in_child(check_idleness, "idleness");
    do_in_child(check_changes, "changes at work");
    do_in_child(check_changes_without_pause, "changes at work without a pause");
    return check_result("thread_count");
}
