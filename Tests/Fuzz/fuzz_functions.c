/*
 * Minimizing, differentiating, checking and searching functions of all manners. A call that fails leaves x and its results
 * as they were.
 */
#include "function.h"

enum { MOST_CALLS = 20, MOST_STEPS = 40 };

static struct {
    descent_optimizer *optimizer;
    size_t  n;
    double *x;
} made;

/* What a call hands in for n: what x has room for, or nothing that can be. */
static size_t take_n(input *in) {
    if (!take_chance(in, 32)) return made.n;
    return take_chance(in, 2) ? 0 : take_huge(in);
}

static double *or_null(input *in, double *pointer) { return take_chance(in, 64) ? NULL : pointer; }
static descent_objective take_objective(input *in) { return take_chance(in, 64) ? NULL : evaluate; }

static void start(input *in) {
    made.n = 1 + take_up_to(in, 11);
    made.x = memory(made.n * sizeof *made.x, 0);
    for (size_t i = 0; i < made.n; i++) made.x[i] = take_double(in);
}

static void create(input *in) {
    descent_optimizer_free(made.optimizer);
    made.optimizer = NULL;
    noted(descent_optimizer_create(take_algorithm(in), &made.optimizer));
    set_options(in, made.optimizer);
}

/* ---- Results ---- */

static void check_unchanged(descent_status status, const double *x_before) {
    if (status != DESCENT_OK) EXPECT(memcmp(made.x, x_before, made.n * sizeof *x_before) == 0, "x has changed");
    add_array(made.x, DESCENT_FLOAT64, made.n);
}

static descent_result take_result(input *in) {
    return (descent_result){.struct_size = take_chance(in, 32) ? take_wrong_size(in) : sizeof(descent_result)};
}

static void add_result(descent_status status, const descent_result *result) {
    if (status != DESCENT_OK) {
        EXPECT(result->reason == 0 && result->evaluations == 0, "a result of a call that failed");
        return;
    }
    EXPECT(result->reason >= DESCENT_REACHED_STEPS && result->reason <= DESCENT_REASON_WRONG_GRADIENT, "%d", (int)result->reason);
    EXPECT(result->seconds >= 0, "%g", result->seconds);
    add_number(result->reason);
    add_number(result->steps);
    add_number(result->evaluations);
    add_double(result->value);
    add_double(result->gradient_norm);
    if (result->struct_size < sizeof *result) return;
    EXPECT(!(result->best_value > result->value), "%g, but %g was the best", result->value, result->best_value);
    add_double(result->best_value);
}

static descent_gradient_report take_report(input *in) {
    return (descent_gradient_report){take_chance(in, 32) ? take_32(in) : sizeof(descent_gradient_report),
                                     take_chance(in, 32), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
}

static void add_gradient_report(descent_status status, const descent_gradient_report *report) {
    if (status != DESCENT_OK) {
        EXPECT(report->worst_index == 2 && report->checked == 5, "a report of a call that failed");
        return;
    }
    EXPECT(report->worst_index < made.n && report->checked <= made.n, "%zu", report->worst_index);
    EXPECT(report->suspected_kinks <= report->checked, "%zu", report->suspected_kinks);
    add_double(report->max_relative_error);
    add_number(report->worst_index);
    add_double(report->analytic);
    add_double(report->numeric);
    add_number(report->checked);
    add_number(report->suspected_kinks);
    if (report->struct_size < sizeof *report) return;
    EXPECT(report->undetermined <= report->checked, "%zu", report->undetermined);
    EXPECT(report->undetermined_index < made.n && report->noise >= 0, "%zu, %g", report->undetermined_index, report->noise);
    add_number(report->undetermined);
    add_number(report->undetermined_index);
    add_double(report->noise);
}

/* ---- Calls ---- */

static double take_tolerance(input *in) { return take_chance(in, 4) ? take_double(in) : 0; }

/* It ends soon; of the clock nothing depends but whether it has run out. */
static descent_stop take_stop(input *in) {
    descent_stop stop = {take_chance(in, 64) ? take_32(in) : sizeof stop, take_chance(in, 64), 1 + take_byte(in) % MOST_STEPS,
                         take_tolerance(in), take_tolerance(in), take_tolerance(in), 0, NULL, 0, 0};
    if (take_chance(in, 32)) stop.max_steps = 0;
    if (take_chance(in, 32)) stop.max_seconds = take_chance(in, 2) ? -1 : 1e9;
    if (take_chance(in, 4)) stop.return_best = take_chance(in, 16) ? 2 : 1;
    return stop;
}

static descent_difference take_method(input *in) {
    return (descent_difference)(take_chance(in, 32) ? take_32(in) : 1 + take_up_to(in, 2));
}
static double take_step(input *in) { return take_chance(in, 3) ? take_double(in) : 0; }

/* Bounds on one side: mostly some that leave room, now and then any numbers; or none. */
static const double *take_bounds(input *in, double sign) {
    if (take_chance(in, 8)) return NULL;
    double *bounds = memory(made.n * sizeof *bounds, 0);
    for (size_t i = 0; i < made.n; i++)
        bounds[i] = take_chance(in, 64) ? take_double(in) : take_chance(in, 4) ? sign * INFINITY : sign * take_byte(in) / 64;
    return bounds;
}

static void minimize(input *in) {
    function       function = take_function(in);
    descent_stop   stop = take_stop(in);
    descent_result result = take_result(in);
    watcher        watcher = {take_byte(in) % 8, 0, false};
    descent_progress progress = take_chance(in, 2) || stop.max_steps == 0 ? watch : NULL;
    /* Without a number of steps the callback stops it, whatever the tolerances are. */
    if (stop.max_steps == 0 && watcher.stop_after == 0) watcher.stop_after = 1;
    double      *x_before = copy_of(made.x, made.n * sizeof *x_before), *x = or_null(in, made.x);
    double      *best = take_chance(in, 4) ? memory(made.n * sizeof *best, 0) : NULL;
    double      *best_before = best == NULL ? NULL : copy_of(best, made.n * sizeof *best);
    stop.best_x = best;
    const size_t n = take_n(in);
    const bool   is_numeric = take_chance(in, 2);
    descent_optimizer *optimizer = take_chance(in, 64) ? NULL : made.optimizer;
    descent_objective  objective = take_objective(in);
    const descent_difference method = is_numeric ? take_method(in) : DESCENT_FORWARD;
    const double             step = is_numeric ? take_step(in) : 0;
    const double *lower = NULL, *upper = NULL;
    const bool    is_bounded = take_chance(in, 2);
    if (is_bounded) {
        lower = take_bounds(in, -1);
        upper = take_bounds(in, 1);
    }
    descent_status status;
    if (is_bounded) {
        status = is_numeric ? descent_minimize_bounded_numerically(optimizer, n, x, lower, upper, objective, &function, method,
                                                                   step, &stop, progress, &watcher, &result)
                            : descent_minimize_bounded(optimizer, n, x, lower, upper, objective, &function, &stop, progress,
                                                       &watcher, &result);
    } else {
        status = is_numeric ? descent_minimize_numerically(optimizer, n, x, objective, &function, method, step, &stop,
                                                           progress, &watcher, &result)
                            : descent_minimize(optimizer, n, x, objective, &function, &stop, progress, &watcher, &result);
    }
    for (size_t i = 0; status == DESCENT_OK && i < made.n; i++) {
        EXPECT(lower == NULL || !(made.x[i] < lower[i]), "%g is below %g", made.x[i], lower[i]);
        EXPECT(upper == NULL || !(made.x[i] > upper[i]), "%g is above %g", made.x[i], upper[i]);
    }
    if (status == DESCENT_OK) EXPECT(result.evaluations == function.calls, "%llu", (unsigned long long)function.calls);
    /* The optimizer's policy may refuse a gradient in the middle. */
    if (noted(status) != DESCENT_ERROR_NOT_FINITE) check_unchanged(status, x_before);
    add_result(status, &result);
    if (best == NULL) return;
    if (status != DESCENT_OK) EXPECT(memcmp(best, best_before, made.n * sizeof *best) == 0, "the best point of a call that failed");
    else if (stop.return_best && stop.struct_size >= sizeof stop)
        EXPECT(memcmp(best, made.x, made.n * sizeof *best) == 0, "not the best point");
}

static void differentiate(input *in) {
    function function = take_function(in);
    double  *gradient = memory(made.n * sizeof *gradient, 0), *x = or_null(in, made.x);
    double  *x_before = copy_of(made.x, made.n * sizeof *x_before);
    if (take_chance(in, 16)) x = gradient; /* in place */
    const descent_status status =
        noted(descent_numeric_gradient(take_n(in), x, take_objective(in), &function, take_method(in), take_step(in), gradient));
    if (status != DESCENT_OK)
        for (size_t i = 0; i < made.n; i++) EXPECT(gradient[i] == 0, "a gradient of a call that failed");
    add_array(gradient, DESCENT_FLOAT64, made.n);
    EXPECT(memcmp(made.x, x_before, made.n * sizeof *x_before) == 0, "x has changed");
}

static void check_gradient(input *in) {
    function function = take_function(in);
    descent_gradient_report report = take_report(in);
    descent_status status;
    if (take_chance(in, 2)) {
        const size_t count = take_chance(in, 16) ? take_huge(in) : take_up_to(in, made.n);
        status = descent_gradient_check_subset(take_n(in), or_null(in, made.x), take_objective(in), &function, take_step(in),
                                               count, take_byte(in), &report);
        if (status == DESCENT_OK) EXPECT(report.checked == count, "%zu of %zu", report.checked, count);
    } else {
        status = descent_gradient_check(take_n(in), or_null(in, made.x), take_objective(in), &function, take_step(in), &report);
        if (status == DESCENT_OK) EXPECT(report.checked == made.n, "%zu", report.checked);
    }
    noted(status);
    add_gradient_report(status, &report);
}

static void search(input *in) {
    function       function = take_function(in);
    descent_result result = take_result(in);
    watcher        watcher = {take_byte(in) % 8, 0, false};
    double        *x_before = copy_of(made.x, made.n * sizeof *x_before);
    descent_search_options options = {take_chance(in, 64) ? take_32(in) : sizeof options, (int32_t)take_number(in, 2),
                                      take_up_to(in, MOST_STEPS), take_byte(in), take_double(in)};
    const descent_status status =
        noted(descent_random_search(take_n(in), or_null(in, made.x), take_objective(in), &function, &options,
                                    take_chance(in, 2) ? watch : NULL, &watcher, &result));
    if (status == DESCENT_OK) EXPECT(result.evaluations == function.calls, "%llu", (unsigned long long)function.calls);
    check_unchanged(status, x_before);
    add_result(status, &result);
}

static void range(input *in) {
    function function = take_function(in);
    descent_range_options options;
    descent_range_options_init(&options);
    options.steps = (uint32_t)take_up_to(in, MOST_STEPS);
    if (take_chance(in, 4)) options.minimum = take_double(in);
    if (take_chance(in, 4)) options.maximum = take_double(in);
    if (take_chance(in, 64)) options.struct_size = take_wrong_size(in);
    double *rates = memory(options.steps * sizeof *rates, 0), *losses = memory(options.steps * sizeof *losses, 0);
    double *x_before = copy_of(made.x, made.n * sizeof *x_before), proposal = -1;
    size_t  count = 77;
    const descent_status status =
        noted(descent_learning_rate_range(made.optimizer, take_n(in), or_null(in, made.x), take_objective(in), &function,
                                          &options, or_null(in, rates), losses, &count, or_null(in, &proposal)));
    EXPECT(memcmp(made.x, x_before, made.n * sizeof *x_before) == 0, "x has changed");
    if (status != DESCENT_OK) {
        EXPECT(count == 77 && proposal == -1, "%zu", count);
        for (size_t i = 0; i < options.steps; i++) EXPECT(rates[i] == 0 && losses[i] == 0, "a record of a call that failed");
        return;
    }
    EXPECT(count <= options.steps, "%zu", count);
    add_array(rates, DESCENT_FLOAT64, count);
    add_array(losses, DESCENT_FLOAT64, count);
    add_double(proposal);
}

static void run_input(input *in) {
    start(in);
    create(in);
    for (int calls = 0; calls < MOST_CALLS && !is_empty(in); calls++) {
        switch (take_up_to(in, 9)) {
        case 0: start(in); break;
        case 1: create(in); break;
        case 2: set_options(in, made.optimizer); break;
        case 3: case 4: minimize(in); break;
        case 5: differentiate(in); break;
        case 6: check_gradient(in); break;
        case 7: search(in); break;
        case 8: range(in); break;
        default: noted(descent_optimizer_reset(made.optimizer));
        }
    }
}

static void end_input(void) {
    descent_optimizer_free(made.optimizer);
    memset(&made, 0, sizeof made);
}
