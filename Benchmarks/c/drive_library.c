/*
 * libdescent as a C program calls it: the loop, the call and the clock are compiled code. The functions come as pointers,
 * so that this is the same loaded library as that of the Python contestants.
 */
#include "clock.h"

#include <descent.h>

clockid_t chosen_clock = CLOCK_MONOTONIC;

/* What the times of all functions here are from now on: time that passes, or processor time of the calling thread. */
void peer_choose_clock(int processor_time) {
    chosen_clock = processor_time ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
}

typedef descent_status (*step_function)(descent_optimizer *, const descent_tensor *, size_t);

/* Makes `repeats` steps and returns how many seconds they took; -1 if one failed. */
double drive_steps(step_function step, descent_optimizer *optimizer, const descent_tensor *tensors, size_t count,
                   size_t repeats) {
    descent_status status = DESCENT_OK;
    double         begin = clock_seconds();
    for (size_t i = 0; i < repeats; i++) status |= step(optimizer, tensors, count);
    double seconds = clock_seconds() - begin;
    return status == DESCENT_OK ? seconds : -1;
}

/* A callback that has nothing to say to a fit. */
int32_t go_on(const descent_progress_report *report, void *context) {
    (void)report;
    (void)context;
    return 0;
}
