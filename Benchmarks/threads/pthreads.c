/*
 * One worker thread on pthreads. It waits for work by looking at a counter SPINS times and then sleeping on a condition
 * variable; SPINS = 0 always sleeps. Item 0 is the caller's, and so is item 1 if the worker has not begun it when the
 * caller is through (TAKE_BACK = 1): then a call never waits for a thread to wake up.
 */
#define _GNU_SOURCE
#include "pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#ifndef SPINS
#define SPINS 0
#endif
#ifndef TAKE_BACK
#define TAKE_BACK 0
#endif

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t  work = PTHREAD_COND_INITIALIZER, done = PTHREAD_COND_INITIALIZER;
static pthread_t       worker;
static bool            running, handlers_set;
static bool            worker_sleeps, caller_sleeps; /* under the mutex */
static pool_body       posted_body;
static void           *posted_context;
static atomic_uint     posted;   /* jobs handed out; the worker's call to look */
static atomic_uint     taken;    /* equal to posted when somebody has begun item 1 */
static atomic_uint     finished; /* equal to posted when item 1 is done */
static atomic_bool     stopping;

static void pause_a_little(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static bool take(unsigned job) {
    unsigned before = job - 1;
    return atomic_compare_exchange_strong(&taken, &before, job);
}

static bool has_news(unsigned seen) { return atomic_load(&posted) != seen || atomic_load(&stopping); }

static void *work_until_stopped(void *argument) {
    unsigned seen = (unsigned)(size_t)argument;
    for (;;) {
        for (int spin = 0; spin < SPINS && !has_news(seen); spin++) pause_a_little();
        if (!has_news(seen)) {
            pthread_mutex_lock(&mutex);
            worker_sleeps = true;
            while (!has_news(seen)) pthread_cond_wait(&work, &mutex);
            worker_sleeps = false;
            pthread_mutex_unlock(&mutex);
        }
        if (atomic_load(&stopping)) return NULL;
        seen = atomic_load(&posted);
        if (!take(seen)) continue;
        posted_body(posted_context, 1);
        atomic_store(&finished, seen);
        if (SPINS > 0 && !TAKE_BACK) continue; /* the caller only spins: it is through at about the same time */
        pthread_mutex_lock(&mutex);
        if (caller_sleeps) pthread_cond_signal(&done);
        pthread_mutex_unlock(&mutex);
    }
}

/* In the child of a fork() there is no worker, and its mutex may have been held. */
static void forget_worker(void) {
    pthread_mutex_init(&mutex, NULL);
    pthread_cond_init(&work, NULL);
    pthread_cond_init(&done, NULL);
    running = worker_sleeps = caller_sleeps = false;
}

static void start(void) {
    if (!handlers_set) pthread_atfork(NULL, NULL, forget_worker);
    handlers_set = true;
    running = pthread_create(&worker, NULL, work_until_stopped, (void *)(size_t)atomic_load(&posted)) == 0;
}

static void wait_for(unsigned job) {
    for (int spin = 0; (spin < SPINS || (SPINS > 0 && !TAKE_BACK)) && atomic_load(&finished) != job; spin++)
        pause_a_little();
    if (atomic_load(&finished) == job) return;
    pthread_mutex_lock(&mutex);
    caller_sleeps = true;
    while (atomic_load(&finished) != job) pthread_cond_wait(&done, &mutex);
    caller_sleeps = false;
    pthread_mutex_unlock(&mutex);
}

void pool_run(pool_body body, void *context) {
    if (!running) start();
    posted_body = body;
    posted_context = context;
    unsigned job = atomic_fetch_add(&posted, 1) + 1;
    pthread_mutex_lock(&mutex);
    if (worker_sleeps) pthread_cond_signal(&work);
    pthread_mutex_unlock(&mutex);
    body(context, 0);
    if ((TAKE_BACK || !running) && take(job)) body(context, 1);
    else wait_for(job);
}

void pool_stop(void) {
    if (!running) return;
    atomic_store(&stopping, true);
    pthread_mutex_lock(&mutex);
    pthread_cond_signal(&work);
    pthread_mutex_unlock(&mutex);
    pthread_join(worker, NULL);
    atomic_store(&stopping, false);
    running = false;
}
