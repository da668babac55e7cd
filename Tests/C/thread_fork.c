/*
 * Forks and ends of a process while threads are at work: child and parent both go on, with the same bits, and nothing
 * hangs.
 */
#define _GNU_SOURCE
#include "thread_work.h"

#include <pthread.h>

enum { STEPPING_THREADS = 2, CHILDREN = 30 };

static volatile bool is_over;

/* ---- Forks ---- */

static void step_in_child(void) {
    CHECK(has_threads(1), "%d threads in a new child", threads_alive());
    CHECK(steps_are_right(2), "in the child");
    CHECK(has_threads(descent_thread_count()), "%d threads of %d in the child", threads_alive(),
          (int)descent_thread_count());
    fit(FUSED_CLASSES, 1);
    CHECK_OK(descent_set_thread_count(2));
    CHECK(steps_are_right(2), "in the child with two threads");
    CHECK(has_threads(2), "%d threads of two in the child", threads_alive());
}

static void fork_again(void) {
    CHECK(steps_are_right(2), "in the child");
    do_in_child(step_in_child, "a child's child");
    CHECK(steps_are_right(2), "in the child after a fork");
}

static void check_forks(void) {
    CHECK_OK(descent_set_thread_count(4));
    do_in_child(step_in_child, "before the first thread");
    CHECK(steps_are_right(2), "before a fork");
    for (int i = 0; i < CHILDREN; i++) {
        do_in_child(step_in_child, "between steps");
        CHECK(steps_are_right(2), "after fork %d", i);
    }
    do_in_child(fork_again, "a child with a child");
}

static void *step_on(void *problem) {
    while (!is_over)
        if (!steps_are_right(2)) *(bool *)problem = true;
    return NULL;
}

static void *change_count(void *unused) {
    for (int32_t i = 0; !is_over; i++) descent_set_thread_count(2 + i % 3);
    return unused;
}

static void step_with_two(void) {
    CHECK_OK(descent_set_thread_count(2));
    CHECK(steps_are_right(2), "in the child");
    CHECK(has_threads(2), "%d threads of two", threads_alive());
}

/* The child has but the one thread that forked, whatever the others held. */
static void check_forks_at_work(bool changes) {
    pthread_t threads[STEPPING_THREADS + 1];
    pid_t     children[CHILDREN];
    bool      problems[STEPPING_THREADS] = {false};
    CHECK_OK(descent_set_thread_count(3));
    CHECK(steps_are_right(2), "before the forks");
    is_over = false;
    for (int i = 0; i < STEPPING_THREADS; i++) pthread_create(&threads[i], NULL, step_on, &problems[i]);
    if (changes) pthread_create(&threads[STEPPING_THREADS], NULL, change_count, NULL);
    for (int i = 0; i < CHILDREN; i++) {
        sleep_for(i % 5);
        children[i] = start_child(step_with_two);
        CHECK(steps_are_right(2), "after fork %d", i);
    }
    is_over = true;
    for (int i = 0; i < STEPPING_THREADS + changes; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < STEPPING_THREADS; i++) CHECK(!problems[i], "thread %d beside forks", i);
    for (int i = 0; i < CHILDREN; i++) await_child(children[i], "a fork at work");
}

/* OpenBLAS has threads of its own. */
static void fit_wide(void) { fit(WIDE_CLASSES, 1); }

static void check_wide_forks(void) {
    CHECK_OK(descent_set_thread_count(3));
    fit_wide();
    for (int i = 0; i < 5; i++) {
        do_in_child(fit_wide, "a wide classifier");
        fit_wide();
    }
}

/* ---- Ends ---- */

static void *fit_on(void *unused) {
    while (true) fit(FUSED_CLASSES, 1);
    return unused;
}

static void *fit_wide_on(void *unused) {
    while (true) fit_wide();
    return unused;
}

static void end_with(void *(*work)(void *)) {
    static bool problem;
    pthread_t   threads[2];
    CHECK_OK(descent_set_thread_count(4));
    CHECK(steps_are_right(2), "before the end");
    for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, work, &problem);
    sleep_for(getpid() % 7);
    exit(check_failures == 0 ? 0 : 1);
}

static void end_in_steps(void) { end_with(step_on); }
static void end_in_fits(void) { end_with(fit_on); }
static void end_in_wide_fits(void) { end_with(fit_wide_on); }

static void check_ends(void) {
    is_over = false;
    for (int i = 0; i < 15; i++) {
        do_in_child(end_in_steps, "exit() beside steps");
        do_in_child(end_in_fits, "exit() beside fits");
        do_in_child(end_in_wide_fits, "exit() beside OpenBLAS");
    }
}

int main(void) {
    /* The checks that a child must begin without threads come first, in processes of their own. */
    do_in_child(check_ends, "ends");
    do_in_child(check_wide_forks, "forks and OpenBLAS");
    check_forks();
    check_forks_at_work(false);
    check_forks_at_work(true);
    return check_result("thread_fork");
}
