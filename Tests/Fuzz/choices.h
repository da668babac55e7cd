/*
 * Arguments that several harnesses draw: mostly ones that are accepted, now and then any other.
 */
#ifndef CHOICES_H
#define CHOICES_H

#include "outcome.h"

/* Of the methods of matrices only the one whose bits do not come from OpenBLAS: the digests must be the same on every processor,
 * and under valgrind. */
static inline descent_algorithm take_algorithm(input *in) {
    if (take_chance(in, 32)) return (descent_algorithm)take_32(in);
    const descent_algorithm algorithm = descent_algorithm_at(take_up_to(in, descent_algorithm_count() - 1));
    const bool multiplies = algorithm == DESCENT_MUON || algorithm == DESCENT_SHAMPOO || algorithm == DESCENT_SOAP;
    return multiplies ? DESCENT_ADAFACTOR : algorithm;
}

static inline descent_option take_option(input *in) {
    if (take_chance(in, 32)) return (descent_option)take_32(in);
    return descent_option_at(take_up_to(in, descent_option_count() - 1));
}

/* A value for an option: within its range, or any. */
static inline double take_option_value(input *in, descent_algorithm algorithm, descent_option option) {
    double minimum, maximum, usual;
    const uint8_t kind = take_byte(in);
    if (kind >= 128) return take_double(in);
    if (kind < 16 && descent_option_range(algorithm, option, &minimum, &maximum, &usual) == DESCENT_OK)
        return kind % 3 == 0 ? minimum : kind % 3 == 1 ? maximum : usual;
    return kind % 2 == 0 ? kind / 2 % 10 : take_byte(in) / 256.0;
}

static inline uint32_t take_group(input *in) { return take_chance(in, 32) ? take_32(in) : (uint32_t)take_up_to(in, 6); }

/* Sets some options of an optimizer, which may refuse any of them; returns how many it did not. */
static inline size_t set_options(input *in, descent_optimizer *optimizer) {
    const descent_algorithm algorithm = descent_optimizer_algorithm(optimizer);
    size_t taken = 0;
    for (size_t left = take_up_to(in, 7); left > 0; left--) {
        const descent_option option = take_option(in);
        double         value = take_option_value(in, algorithm, option);
        /* Eigenvectors of a side of thousands work, but take their time. */
        if (option == DESCENT_MAXIMUM_SIDE && value > 64) value = 64;
        const bool     is_for_group = take_chance(in, 4);
        const uint32_t group = is_for_group ? take_group(in) : 0;
        taken += noted(is_for_group ? descent_optimizer_set_group(optimizer, group, option, value)
                                    : descent_optimizer_set(optimizer, option, value)) == DESCENT_OK;
    }
    return taken;
}

/* All of it but the time. */
static inline void add_report(const descent_progress_report *report) {
    add_number(report->epoch);
    add_number(report->step);
    add_number(report->step_total);
    add_double(report->loss);
    add_double(report->learning_rate);
    add_double(report->gradient_norm);
    add_double(report->update_ratio);
    add_double(report->update_cosine);
    add_double(report->zero_fraction);
    add_double(report->noise_scale);
    add_number(report->epoch_end);
    add_number(report->plateau);
}

/* What a fit or a search tells its callback; `stop_after` calls later it asks to stop. */
typedef struct watcher {
    uint32_t stop_after;
    uint64_t last_step;
    bool     goes_on; /* in the middle: the first step is not number 1 */
} watcher;

static inline int32_t watch(const descent_progress_report *report, void *context) {
    watcher *watching = context;
    EXPECT(report->struct_size == sizeof *report, "%u bytes", report->struct_size);
    if (watching->goes_on && watching->last_step == 0) watching->last_step = report->step - 1;
    EXPECT(report->step == watching->last_step + 1, "step %llu", (unsigned long long)report->step);
    EXPECT(report->step <= report->step_total || report->step_total == 0, "of %llu",
           (unsigned long long)report->step_total);
    EXPECT(report->seconds >= 0, "%g seconds", report->seconds);
    watching->last_step = report->step;
    add_report(report);
    if (watching->stop_after == 0) return 0;
    return --watching->stop_after == 0 ? 1 : 0;
}

#endif
