/*
 * Processes that are threads: a communicator in one program, in which an exchange can be made to fail. When one of them
 * leaves with an error, the exchanges of the others fail too, as an engine's would.
 */
#ifndef PROCESSES_H
#define PROCESSES_H

#include <descent.h>
#include <pthread.h>
#include <string.h>

enum { MOST_PROCESSES = 8 };

struct processes;

/* One of them, which its communicator's context points to. */
struct process {
    struct processes    *all;
    int                  rank;
    long                 calls;   /* exchanges so far */
    long                 fails_at; /* the number of the exchange that fails, from 1; 0: none */
    const void          *sent;    /* what it offers, to whom, and how much of it; NULL if nothing */
    int                  partner;
    size_t               bytes;
    bool                 is_taken, has_left;
    descent_communicator communicator;
    void               (*body)(struct process *process, void *argument);
    void                *argument;
    pthread_t            thread;
};

struct processes {
    int             size;
    bool            is_uneven; /* two partners wanted to exchange different numbers of bytes */
    pthread_mutex_t lock;
    pthread_cond_t  changed;
    struct process  each[MOST_PROCESSES];
};

/* A process that exchanges nothing more. */
static void processes_leave(struct process *self) {
    pthread_mutex_lock(&self->all->lock);
    self->has_left = true;
    pthread_cond_broadcast(&self->all->changed);
    pthread_mutex_unlock(&self->all->lock);
}

static bool processes_meet(const struct process *self, const struct process *other) {
    return other->sent != NULL && other->partner == self->rank && !other->is_taken;
}

static int32_t processes_exchange(int32_t partner, const void *send, void *receive, size_t bytes, void *context) {
    struct process   *self = context, *other = &self->all->each[partner];
    struct processes *all = self->all;
    if (++self->calls == self->fails_at) {
        processes_leave(self);
        return 77;
    }
    pthread_mutex_lock(&all->lock);
    self->sent = send;
    self->partner = partner;
    self->bytes = bytes;
    self->is_taken = false;
    pthread_cond_broadcast(&all->changed);
    while (!other->has_left && !processes_meet(self, other)) pthread_cond_wait(&all->changed, &all->lock);
    bool failed = !processes_meet(self, other);
    if (!failed) {
        if (other->bytes == bytes) memcpy(receive, other->sent, bytes);
        else all->is_uneven = failed = true;
        other->is_taken = true;
        pthread_cond_broadcast(&all->changed);
        while (!other->has_left && !self->is_taken) pthread_cond_wait(&all->changed, &all->lock);
        failed = failed || !self->is_taken;
    }
    self->sent = NULL;
    pthread_mutex_unlock(&all->lock);
    return failed ? 78 : 0;
}

static void *processes_run_one(void *argument) {
    struct process *self = argument;
    self->body(self, self->argument);
    processes_leave(self);
    return NULL;
}

/* Runs `body` in `size` threads, each with its own process and `arguments` of this size. The exchange number `fails_at`
 * (from 1; 0: none) of rank `failing` fails. Returns how many exchanges that rank has begun. */
static long processes_run(int size, void (*body)(struct process *, void *), void *arguments, size_t argument_size,
                          int failing, long fails_at, bool *is_uneven) {
    struct processes all = {.size = size, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    for (int rank = 0; rank < size; rank++) {
        struct process *self = &all.each[rank];
        self->all = &all;
        self->rank = rank;
        self->fails_at = rank == failing ? fails_at : 0;
        self->body = body;
        self->argument = (char *)arguments + (size_t)rank * argument_size;
        self->communicator = (descent_communicator){sizeof self->communicator, rank, size, processes_exchange, self};
    }
    for (int rank = 0; rank < size; rank++) pthread_create(&all.each[rank].thread, NULL, processes_run_one, &all.each[rank]);
    for (int rank = 0; rank < size; rank++) pthread_join(all.each[rank].thread, NULL);
    if (is_uneven != NULL) *is_uneven = all.is_uneven;
    pthread_cond_destroy(&all.changed);
    pthread_mutex_destroy(&all.lock);
    return all.each[failing].calls;
}

#endif
