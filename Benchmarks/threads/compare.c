/*
 * What a thread pool costs:  compare <pool.so> ...
 *
 * Of each pool the median time of a parallel loop over two items that do nothing, called again at once and after 1 ms in
 * which the caller computes or sleeps; the same for two items that wait for each other, which is the time until a second
 * thread really runs; what two threads gain for 2 x 100 us of work after that millisecond; whether a child can use
 * the pool after fork(); how many threads are left after dlclose(). Each answer comes from a process of its own.
 */
#define _GNU_SOURCE
#include "pool.h"

#include <dirent.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct pool {
    void *handle;
    void (*run)(pool_body body, void *context);
    void (*stop)(void);
};

static struct pool open_pool(const char *path) {
    struct pool pool = {dlopen(path, RTLD_NOW), NULL, NULL};
    if (pool.handle == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    *(void **)&pool.run = dlsym(pool.handle, "pool_run");
    *(void **)&pool.stop = dlsym(pool.handle, "pool_stop");
    return pool;
}

/* --- Time ------------------------------------------------------------------------------------------------------- */

static double now(void) { /* in microseconds */
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e6 + time.tv_nsec * 1e-3;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void compute_for(double microseconds) {
    for (double end = now() + microseconds; now() < end;) {}
}

enum pause { NONE, COMPUTING, SLEEPING };

static void pause_before_call(enum pause pause) {
    if (pause == COMPUTING) compute_for(1000);
    if (pause == SLEEPING) nanosleep(&(struct timespec){0, 1000000}, NULL);
}

/* --- Loop bodies ------------------------------------------------------------------------------------------------ */

static void do_nothing(void *context, size_t item) { (void)context, (void)item; }

/* Two items that end only when both have begun. */
static void meet(void *context, size_t item) {
    atomic_int *here = context;
    (void)item;
    atomic_fetch_add(here, 1);
    while (atomic_load(here) < 2) {}
}

/* About 100 us that no memory traffic can slow down. */
static void work(void *context, size_t item) {
    double *results = context, x = 1 + (double)item;
    for (int i = 0; i < 20000; i++) x = x * 0.999 + 0.5 / (1 + x);
    results[item * 16] = x;
}

static void run_serially(pool_body body, void *context) {
    body(context, 0);
    body(context, 1);
}

/* --- Questions: each writes its answer to a double ------------------------------------------------------------- */

static double median_time(void (*run)(pool_body, void *), pool_body body, enum pause pause) {
    enum { CALLS = 300, CALLS_AT_ONCE = 5000 };
    static double times[CALLS_AT_ONCE];
    int           calls = pause == NONE ? CALLS_AT_ONCE : CALLS;
    double        context[32] = {0};
    for (int call = 0; call < calls; call++) {
        atomic_int here = 0;
        pause_before_call(pause);
        double begin = now();
        run(body, body == meet ? (void *)&here : context);
        times[call] = now() - begin;
    }
    qsort(times, calls, sizeof *times, ascending);
    return times[calls / 2];
}

static double empty_at_once(const char *path) { return median_time(open_pool(path).run, do_nothing, NONE); }
static double empty_computing(const char *path) { return median_time(open_pool(path).run, do_nothing, COMPUTING); }
static double empty_sleeping(const char *path) { return median_time(open_pool(path).run, do_nothing, SLEEPING); }
static double meet_at_once(const char *path) { return median_time(open_pool(path).run, meet, NONE); }
static double meet_computing(const char *path) { return median_time(open_pool(path).run, meet, COMPUTING); }
static double meet_sleeping(const char *path) { return median_time(open_pool(path).run, meet, SLEEPING); }

static double gain_at_once(const char *path) {
    double one = median_time(run_serially, work, COMPUTING);
    struct pool pool = open_pool(path);
    return one / median_time(pool.run, work, NONE);
}

static double gain_computing(const char *path) {
    double one = median_time(run_serially, work, COMPUTING);
    struct pool pool = open_pool(path);
    return one / median_time(pool.run, work, COMPUTING);
}

/* 2: a child after fork() computes on two threads; 1: on one; 0: it hangs or dies. */
static double threads_in_child(const char *path) {
    struct pool pool = open_pool(path);
    pool.run(do_nothing, NULL);
    int status;
    for (int threads = 2; threads >= 1; threads--) {
        pid_t child = fork();
        if (child == 0) {
            alarm(2);
            atomic_int here = 0;
            pool.run(threads == 2 ? meet : do_nothing, &here);
            _exit(0);
        }
        waitpid(child, &status, 0);
        if (status == 0) return threads;
    }
    return 0;
}

static double threads_of_process(void) {
    double count = 0;
    DIR   *directory = opendir("/proc/self/task");
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static double threads_after_unloading(const char *path) {
    struct pool pool = open_pool(path);
    atomic_int  here = 0;
    pool.run(meet, &here);
    pool.stop();
    dlclose(pool.handle);
    return threads_of_process() - 1;
}

/* CPU time that the process uses in 100 ms of sleep after a call, in milliseconds. */
static double idle_cost(const char *path) {
    struct pool pool = open_pool(path);
    pool.run(do_nothing, NULL);
    struct timespec before, after;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    nanosleep(&(struct timespec){0, 100000000}, NULL);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    return (after.tv_sec - before.tv_sec) * 1e3 + (after.tv_nsec - before.tv_nsec) * 1e-6;
}

static const struct question {
    const char *heading;
    double (*answer)(const char *path);
} questions[] = {
    {"empty", empty_at_once},        {"empty+1ms", empty_computing},  {"empty+sleep", empty_sleeping},
    {"meet", meet_at_once},          {"meet+1ms", meet_computing},    {"meet+sleep", meet_sleeping},
    {"gain", gain_at_once},          {"gain+1ms", gain_computing},    {"idle ms", idle_cost},
    {"in child", threads_in_child},  {"left over", threads_after_unloading},
};
enum { QUESTIONS = sizeof questions / sizeof *questions };

/* --- Each question in a process of its own ---------------------------------------------------------------------- */

static int ask(const struct question *question, const char *path, double *answer) {
    int ends[2];
    if (pipe(ends) != 0) return 0;
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        double value = question->answer(path);
        _exit(write(ends[1], &value, sizeof value) == sizeof value ? 0 : 1);
    }
    close(ends[1]);
    int answered = read(ends[0], answer, sizeof *answer) == sizeof *answer;
    close(ends[0]);
    waitpid(child, NULL, 0);
    return answered;
}

int main(int count, char **paths) {
    printf("%-28s", "median us");
    for (int i = 0; i < QUESTIONS; i++) printf("%12s", questions[i].heading);
    printf("\n");
    for (int pool = 1; pool < count; pool++) {
        const char *name = paths[pool];
        for (const char *c = name; *c != 0; c++) if (*c == '/') name = c + 1;
        printf("%-28s", name);
        fflush(stdout);
        for (int i = 0; i < QUESTIONS; i++) {
            double answer;
            if (ask(&questions[i], paths[pool], &answer)) printf("%12.2f", answer);
            else printf("%12s", "failed");
            fflush(stdout);
        }
        printf("\n");
    }
    return 0;
}
