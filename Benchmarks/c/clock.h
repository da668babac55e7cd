/* The clock of the C contestants: seconds that only grow. */
#ifndef CLOCK_H
#define CLOCK_H

#include <time.h>

/* CLOCK_MONOTONIC, or CLOCK_THREAD_CPUTIME_ID for the processor time of one thread. Each program or library has one. */
extern clockid_t chosen_clock;

static inline double clock_seconds(void) {
    struct timespec time;
    clock_gettime(chosen_clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

#endif
