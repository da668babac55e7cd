/*
 * A pool of threads that share the pieces of one job at a time.
 *
 * Measured against the alternatives (Benchmarks/threads): waking a sleeping thread takes 25 us here whoever does it, and
 * costs the waking thread 8 us, so a worker looks out for the next job for some 30 us before it sleeps. The caller takes
 * pieces like the others and never waits for a thread that has not begun. libdispatch has the same latencies without the
 * looking out, would double the size of the library, and fails in a forked child; OpenMP keeps processors busy for
 * milliseconds after each call and hangs in a forked child.
 */
#if !defined(__wasm__)
#if defined(__linux__)
#define _GNU_SOURCE
#include <sched.h>
#endif
#include "threads.h"

#include "platform.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* A thread begins with a range of its own, which is the same in the next job of as many pieces: what it has in its cache is
 * of use again. Then it helps with the others. */
enum { MOST_RANGES = 32, CACHE_LINE = 64 };

typedef struct range {
    _Alignas(CACHE_LINE) atomic_size_t next; /* the first piece that nobody has taken */
    size_t end;
} range;

typedef struct job {
    platform_piece piece;
    void          *context;
    size_t         range_count;
    range          ranges[MOST_RANGES];
} job;

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static void take_pieces(job *job, size_t thread) {
    for (size_t i = 0; i < job->range_count; i++) {
        range *range = &job->ranges[(thread + i) % job->range_count];
        size_t index;
        /* Reading does not take the number away from the others. */
        if (atomic_load_explicit(&range->next, memory_order_relaxed) >= range->end) continue;
        while ((index = atomic_fetch_add_explicit(&range->next, 1, memory_order_relaxed)) < range->end)
            job->piece(job->context, index);
    }
}

static void prepare(job *job, size_t pieces, size_t threads) {
    size_t first = 0;
    job->range_count = least(threads, MOST_RANGES);
    for (size_t i = 0; i < job->range_count; i++) {
        const size_t end = first + (pieces - first) / (job->range_count - i);
        atomic_init(&job->ranges[i].next, first);
        job->ranges[i].end = first = end;
    }
}

/* ---- The gate: one number that says which job there is, how many workers it still takes, and how many are inside. ---- */

enum { INSIDE_BITS = 16, PLACES_BITS = 16 };
static const uint64_t ONE_INSIDE = 1, ONE_PLACE = UINT64_C(1) << INSIDE_BITS,
                      ONE_JOB = UINT64_C(1) << (INSIDE_BITS + PLACES_BITS);

static uint64_t inside(uint64_t gate) { return gate % ONE_PLACE; }
static uint64_t places(uint64_t gate) { return gate % ONE_JOB / ONE_PLACE; }

static struct {
    pthread_mutex_t  owner;    /* held by the thread whose job it is */
    pthread_mutex_t  mutex;    /* for the two conditions */
    pthread_cond_t   work, end;
    pthread_t        workers[PLATFORM_MOST_THREADS];
    size_t           worker_count;
    _Atomic uint64_t gate;
    atomic_size_t    sleepers; /* workers that must be woken */
    atomic_bool      caller_sleeps, stops;
    atomic_size_t    changes;  /* threads that wait for `owner` to change the workers */
    job             *job;
} pool = {.owner = PTHREAD_MUTEX_INITIALIZER,
          .mutex = PTHREAD_MUTEX_INITIALIZER,
          .work = PTHREAD_COND_INITIALIZER,
          .end = PTHREAD_COND_INITIALIZER};

/* Looking out costs a processor; with more threads than those it would keep others from working. */
static atomic_bool may_look_out;

static void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Whether the condition became true within some 30 us. */
#define LOOK_OUT(condition)                                                                       \
    __extension__({                                                                               \
        int rounds = atomic_load_explicit(&may_look_out, memory_order_relaxed) ? 1000 : 0;        \
        while (!(condition) && rounds-- > 0) relax();                                             \
        (condition);                                                                              \
    })

static bool has_news(void) { return atomic_load(&pool.stops) || places(atomic_load(&pool.gate)) > 0; }

/* Whether the calling worker got one of the places. */
static bool enter(void) {
    uint64_t gate = atomic_load(&pool.gate);
    while (places(gate) > 0)
        if (atomic_compare_exchange_weak(&pool.gate, &gate, gate - ONE_PLACE + ONE_INSIDE)) return true;
    return false;
}

static void leave(void) {
    if (inside(atomic_fetch_sub(&pool.gate, ONE_INSIDE)) > 1 || !atomic_load(&pool.caller_sleeps)) return;
    pthread_mutex_lock(&pool.mutex);
    pthread_cond_signal(&pool.end);
    pthread_mutex_unlock(&pool.mutex);
}

static void *work(void *number) {
    while (!atomic_load(&pool.stops)) {
        if (LOOK_OUT(has_news())) {
            if (enter()) {
                take_pieces(pool.job, (size_t)(uintptr_t)number);
                leave();
            }
            continue;
        }
        pthread_mutex_lock(&pool.mutex);
        atomic_fetch_add(&pool.sleepers, 1);
        while (!has_news()) pthread_cond_wait(&pool.work, &pool.mutex);
        atomic_fetch_sub(&pool.sleepers, 1);
        pthread_mutex_unlock(&pool.mutex);
    }
    return NULL;
}

static void wake(size_t workers) {
    if (atomic_load(&pool.sleepers) == 0) return;
    pthread_mutex_lock(&pool.mutex);
    while (workers-- > 0) pthread_cond_signal(&pool.work);
    pthread_mutex_unlock(&pool.mutex);
}

/* Runs a job with up to `workers` others. The caller holds `owner`. */
static void run(job *job, size_t workers) {
    pool.job = job;
    atomic_fetch_add(&pool.gate, ONE_JOB + workers * ONE_PLACE);
    wake(workers);
    take_pieces(job, 0);
    /* Nobody else may enter now; those who are inside finish their piece. */
    uint64_t gate = atomic_load(&pool.gate);
    while (!atomic_compare_exchange_weak(&pool.gate, &gate, gate - places(gate) * ONE_PLACE)) {}
    if (LOOK_OUT(inside(atomic_load(&pool.gate)) == 0)) return;
    pthread_mutex_lock(&pool.mutex);
    atomic_store(&pool.caller_sleeps, true);
    while (inside(atomic_load(&pool.gate)) != 0) pthread_cond_wait(&pool.end, &pool.mutex);
    atomic_store(&pool.caller_sleeps, false);
    pthread_mutex_unlock(&pool.mutex);
}

/* ---- The threads themselves ---- */

/* A pool of the host's. */
static struct {
    pthread_mutex_t mutex;
    platform_parallel_for _Nullable function;
    void *context;
} host = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void stop_workers(void) {
    if (pool.worker_count == 0) return;
    pthread_mutex_lock(&pool.mutex);
    atomic_store(&pool.stops, true);
    pthread_cond_broadcast(&pool.work);
    pthread_mutex_unlock(&pool.mutex);
    for (size_t i = 0; i < pool.worker_count; i++) pthread_join(pool.workers[i], NULL);
    pool.worker_count = 0;
    atomic_store(&pool.stops, false);
}

/* Waits for the end of the job at work, and lets no other begin: else a thread with one job after the other would get the
 * pool again and again before this one has woken up. */
static void acquire_pool_for_change(void) {
    atomic_fetch_add(&pool.changes, 1);
    pthread_mutex_lock(&pool.owner);
    atomic_fetch_sub(&pool.changes, 1);
}

/* A fork would leave the workers behind, and whatever they held. So they end before it, when there is no job at work, and
 * both processes start new ones when they need them. */
static void before_fork(void) {
    acquire_pool_for_change();
    pthread_mutex_lock(&host.mutex);
    stop_workers();
}

static void after_fork(void) {
    pthread_mutex_unlock(&host.mutex);
    pthread_mutex_unlock(&pool.owner);
}

/* The threads that waited for a change are not in the child. */
static void after_fork_in_child(void) {
    atomic_store(&pool.changes, 0);
    after_fork();
}

/* Makes workers until there are so many, or no more can be had. The host's signals are none of their business. */
static void start_workers(size_t wanted) {
    if (pool.worker_count >= wanted) return;
    pthread_attr_t attributes;
    sigset_t all, former;
    if (pthread_attr_init(&attributes) != 0) return;
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    while (pool.worker_count < wanted
           && pthread_create(&pool.workers[pool.worker_count], &attributes, work,
                             (void *)(uintptr_t)(pool.worker_count + 1)) == 0)
        pool.worker_count++;
    pthread_sigmask(SIG_SETMASK, &former, NULL);
    pthread_attr_destroy(&attributes);
}

/* When the library is unloaded, or the process ends: then another thread may still be in the middle of a job. */
__attribute__((destructor)) static void end_pool(void) {
    if (pthread_mutex_trylock(&pool.owner) != 0) return;
    stop_workers();
    pthread_mutex_unlock(&pool.owner);
}

/* ---- Settings ---- */

const char *platform_environment(const char *name) { return getenv(name); }

void platform_once(void (*initialize)(void)) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, initialize);
}

static size_t processor_count(void) {
#if defined(__linux__)
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return (size_t)CPU_COUNT(&allowed);
#endif
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (size_t)online : 1;
}

static atomic_size_t thread_count;

static void store_thread_count(size_t threads) {
    const size_t processors = processor_count();
    if (threads == 0) threads = processors;
    if (threads > PLATFORM_MOST_THREADS) threads = PLATFORM_MOST_THREADS;
    atomic_store(&may_look_out, threads <= processors);
    atomic_store(&thread_count, threads);
}

/* Once, and before anything is locked. */
static void begin(void) {
    pthread_atfork(before_fork, after_fork, after_fork_in_child);
    const char *text = platform_environment("DESCENT_NUM_THREADS");
    char *end = NULL;
    const long wanted = text == NULL ? 0 : strtol(text, &end, 10);
    store_thread_count(end != NULL && *end == '\0' && wanted > 0 ? (size_t)wanted : 0);
}

static void begin_once(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, begin);
}

size_t platform_thread_count(void) {
    const size_t threads = atomic_load_explicit(&thread_count, memory_order_relaxed);
    if (threads != 0) return threads;
    begin_once();
    return atomic_load(&thread_count);
}

void platform_set_thread_count(size_t threads) {
    begin_once();
    acquire_pool_for_change();
    store_thread_count(threads);
    if (pool.worker_count >= atomic_load(&thread_count)) stop_workers();
    pthread_mutex_unlock(&pool.owner);
}

void platform_set_parallel_for(platform_parallel_for parallel_for, void *context) {
    begin_once();
    pthread_mutex_lock(&host.mutex);
    host.function = parallel_for;
    host.context = context;
    pthread_mutex_unlock(&host.mutex);
}

/* ---- Running a job ---- */

static void take_share(size_t index, void *work) { take_pieces(work, index); }

void platform_parallel(size_t count, platform_piece piece, void *context) {
    const size_t threads = least(platform_thread_count(), count);
    job job;
    job.piece = piece;
    job.context = context;
    prepare(&job, count, threads);
    if (threads > 1) {
        pthread_mutex_lock(&host.mutex);
        const platform_parallel_for parallel_for = host.function;
        void *const host_context = host.context;
        pthread_mutex_unlock(&host.mutex);
        if (parallel_for != NULL) {
            parallel_for(threads, take_share, &job, host_context);
        } else if (atomic_load(&pool.changes) == 0 && pthread_mutex_trylock(&pool.owner) == 0) {
            /* The number may have changed meanwhile; there is at least one thread. */
            const size_t workers = least(threads, platform_thread_count()) - 1;
            start_workers(workers);
            run(&job, least(workers, pool.worker_count));
            pthread_mutex_unlock(&pool.owner);
        }
    }
    /* All of it, or what a host has left undone. */
    take_pieces(&job, 0);
}

#endif
