/*
 * The pool of threads by itself, as it is and under ThreadSanitizer, loaded and unloaded as the library is. `pool <file>`
 * loads Sources/CPlatform, made into a shared object.
 */
#define _GNU_SOURCE
#include "threads.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static atomic_int failures;

#define CHECK(condition, ...)                                                                    \
    ((condition) ? (void)0                                                                       \
                 : (void)(atomic_fetch_add(&failures, 1), fprintf(stderr, "%d: %s: ", __LINE__, #condition), \
                          fprintf(stderr, __VA_ARGS__), fputc('\n', stderr)))

/* ---- The functions under test ---- */

static struct {
    void (*parallel)(size_t count, platform_piece piece, void *job);
    size_t (*thread_count)(void);
    void (*set_thread_count)(size_t threads);
    void (*set_parallel_for)(platform_parallel_for parallel_for, void *context);
} pool;

static void *load(const char *file) {
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    const char *const names[] = {"platform_parallel", "platform_thread_count", "platform_set_thread_count",
                                 "platform_set_parallel_for"};
    void *functions[4];
    for (int i = 0; i < 4; i++) functions[i] = dlsym(library, names[i]);
    memcpy(&pool, functions, sizeof pool);
    return library;
}

/* ---- Jobs whose result shows whether each piece was done once ---- */

enum { MOST_PIECES = 2000 };

struct sums {
    long input[MOST_PIECES], output[MOST_PIECES];
};

/* Not atomic: the sanitizer reports it if two threads have the same piece, or if the caller looks too early. */
static void add_squares(void *job, size_t index) {
    struct sums *sums = job;
    sums->output[index] += sums->input[index] * sums->input[index];
}

static bool run_job(struct sums *sums, size_t count, long seed) {
    for (size_t i = 0; i < count; i++) sums->input[i] = seed + (long)i, sums->output[i] = -seed;
    pool.parallel(count, add_squares, sums);
    for (size_t i = 0; i < count; i++)
        if (sums->output[i] != (seed + (long)i) * (seed + (long)i) - seed) return false;
    return true;
}

static void sleep_for(long microseconds) {
    nanosleep(&(struct timespec){microseconds / 1000000, microseconds % 1000000 * 1000}, NULL);
}

/* Of all sizes; now and then after a pause in which the workers fall asleep. */
static void run_jobs(int count, unsigned seed) {
    struct sums *sums = malloc(sizeof *sums);
    for (int i = 0; i < count; i++) {
        const size_t pieces = i % 7 == 0 ? (size_t)rand_r(&seed) % MOST_PIECES : (size_t)rand_r(&seed) % 12;
        CHECK(run_job(sums, pieces, i + 1), "job %d of %zu pieces", i, pieces);
        if (i % 40 == 0) sleep_for(rand_r(&seed) % 300);
    }
    free(sums);
}

static void check_counts(void) {
    const size_t counts[] = {1, 2, 3, 5, 8, 2, 16, 1, 4};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        pool.set_thread_count(counts[i]);
        CHECK(pool.thread_count() == counts[i], "%zu", pool.thread_count());
        run_jobs(1000, (unsigned)i);
    }
    pool.set_thread_count(100000);
    CHECK(pool.thread_count() == PLATFORM_MOST_THREADS, "%zu", pool.thread_count());
    pool.set_thread_count(0);
    CHECK(pool.thread_count() >= 1, "%zu", pool.thread_count());
}

/* ---- Hosts ---- */

struct share {
    platform_share function;
    void          *work;
    size_t         index;
};

static void *take_share(void *argument) {
    struct share *share = argument;
    share->function(share->index, share->work);
    return NULL;
}

/* Each share on a thread of its own. `context` counts the calls. */
static void host_parallel_for(size_t count, platform_share share, void *work, void *context) {
    enum { MOST = 8 };
    pthread_t    threads[MOST];
    struct share shares[MOST];
    atomic_fetch_add((atomic_int *)context, 1);
    if (count > MOST) count = MOST; /* the others are not called */
    for (size_t i = 0; i < count; i++) {
        shares[i] = (struct share){share, work, i};
        pthread_create(&threads[i], NULL, take_share, &shares[i]);
    }
    for (size_t i = 0; i < count; i++) pthread_join(threads[i], NULL);
}

static void check_host(void) {
    atomic_int calls = 0;
    pool.set_thread_count(4);
    pool.set_parallel_for(host_parallel_for, &calls);
    run_jobs(100, 1);
    CHECK(atomic_load(&calls) > 0, "the host was not asked");
    pool.set_parallel_for(NULL, NULL);
    const int before = atomic_load(&calls);
    run_jobs(100, 2);
    CHECK(atomic_load(&calls) == before, "the host was asked after it had left");
}

/* ---- Jobs that take a while, so that other threads come to help ---- */

struct slow {
    pthread_t   caller;
    atomic_bool has_help;
};

static void work_slowly(void *job, size_t index) {
    struct slow *slow = job;
    (void)index;
    if (!pthread_equal(slow->caller, pthread_self())) atomic_store(&slow->has_help, true);
    sleep_for(500);
}

static bool is_helped(void) {
    struct slow slow = {.caller = pthread_self()};
    for (int i = 0; i < 100 && !atomic_load(&slow.has_help); i++) pool.parallel(4, work_slowly, &slow);
    return atomic_load(&slow.has_help);
}

/* ---- Several threads at once ---- */

static atomic_bool is_over;

static void *run_jobs_in_thread(void *seed) {
    run_jobs(1500, *(unsigned *)seed);
    return NULL;
}

static void *change_settings(void *calls) {
    for (unsigned i = 0; !atomic_load(&is_over); i++) {
        pool.set_thread_count(1 + i % 6);
        if (i % 5 == 0) pool.set_parallel_for(host_parallel_for, calls);
        if (i % 5 == 2) pool.set_parallel_for(NULL, NULL);
        if (i % 16 == 0) sleep_for(1000);
    }
    pool.set_parallel_for(NULL, NULL);
    return NULL;
}

static void *work_without_pause(void *jobs) {
    struct slow slow = {.caller = pthread_self()};
    while (!atomic_load(&is_over)) {
        pool.parallel(4, work_slowly, &slow);
        atomic_fetch_add((atomic_int *)jobs, 1);
    }
    return NULL;
}

/* A thread with one job after the other does not keep others from changing their number. */
static void check_changes(void) {
    enum { CHANGES = 50 };
    pthread_t  worker;
    atomic_int jobs = 0;
    pool.set_thread_count(3);
    atomic_store(&is_over, false);
    pthread_create(&worker, NULL, work_without_pause, &jobs);
    while (atomic_load(&jobs) == 0) sleep_for(100);
    for (size_t i = 0; i < CHANGES; i++) pool.set_thread_count(2 + i % 3);
    const int most = atomic_load(&jobs);
    atomic_store(&is_over, true);
    pthread_join(worker, NULL);
    CHECK(most < 100 * CHANGES, "%d jobs went before %d changes", most, CHANGES);
}

static void check_many_callers(bool settings_change) {
    enum { CALLERS = 4 };
    pthread_t  callers[CALLERS], changer;
    unsigned   seeds[CALLERS];
    atomic_int calls = 0;
    pool.set_thread_count(4);
    atomic_store(&is_over, false);
    if (settings_change) pthread_create(&changer, NULL, change_settings, &calls);
    for (unsigned i = 0; i < CALLERS; i++) {
        seeds[i] = i;
        pthread_create(&callers[i], NULL, run_jobs_in_thread, &seeds[i]);
    }
    for (unsigned i = 0; i < CALLERS; i++) pthread_join(callers[i], NULL);
    atomic_store(&is_over, true);
    if (settings_change) pthread_join(changer, NULL);
}

/* ---- Children ---- */

/* A fork of a process with several threads leaves the sanitizer unable to start any in the child. */
#if __has_feature(thread_sanitizer)
enum { CHILD_STARTS_THREADS = false };
#else
enum { CHILD_STARTS_THREADS = true };
#endif

static void work_in_child(void) {
    alarm(60);
    atomic_store(&failures, 0);
    pool.set_parallel_for(NULL, NULL);
    if (!CHILD_STARTS_THREADS) pool.set_thread_count(1);
    run_jobs(20, 3);
    CHECK(pool.thread_count() == 1 || is_helped(), "the child works alone");
    if (CHILD_STARTS_THREADS) {
        pool.set_thread_count(2);
        run_jobs(20, 4);
        CHECK(is_helped(), "the child works alone with two threads");
    }
    _exit(atomic_load(&failures) == 0 ? 0 : 1);
}

static void check_child(void) {
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) work_in_child();
    int status = 0;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0, "the child's status is %d", status);
}

static void check_forks(void) {
    pthread_t  callers[2], changer;
    unsigned   seeds[2] = {7, 8};
    atomic_int calls = 0;
    pool.set_thread_count(4);
    run_jobs(10, 0);
    check_child();
    run_jobs(10, 0);
    atomic_store(&is_over, false);
    pthread_create(&changer, NULL, change_settings, &calls);
    for (int i = 0; i < 2; i++) pthread_create(&callers[i], NULL, run_jobs_in_thread, &seeds[i]);
    for (int i = 0; i < 25; i++) {
        check_child();
        run_jobs(3, (unsigned)i);
    }
    for (int i = 0; i < 2; i++) pthread_join(callers[i], NULL);
    atomic_store(&is_over, true);
    pthread_join(changer, NULL);
}

int main(int argument_count, char **arguments) {
    if (argument_count != 2) return 2;
    alarm(120); /* a deadlock ends the test */
    void *library = load(arguments[1]);
    check_counts();
    check_host();
    CHECK(is_helped(), "%zu threads work as one", pool.thread_count());
    check_changes();
    check_many_callers(false);
    check_many_callers(true);
    check_forks();
    dlclose(library);
    for (int i = 0; i < 50; i++) {
        library = load(arguments[1]);
        pool.set_thread_count(2 + (size_t)i % 4);
        run_jobs(4, (unsigned)i);
        if (i % 3 == 0) sleep_for(300);
        dlclose(library);
    }
    if (atomic_load(&failures) != 0) return 1;
    puts("pool: passed");
    return 0;
}
