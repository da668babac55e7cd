/*
 * Iterations of L-BFGS on Rosenbrock's function of n variables, two by two, from C. The times are those of the methods
 * themselves: what the function takes is subtracted. liblbfgs is opened when it is there.
 */
#include "clock.h"

#include <descent.h>
#include <dlfcn.h>
#include <stdlib.h>
#if __has_include(<lbfgs.h>)
#include <lbfgs.h>
#define HAS_LBFGS 1
#else
#define HAS_LBFGS 0
#endif

static double in_function;
static size_t calls;

/* Its seconds and calls are counted. */
double peer_valley(size_t n, const double *x, double *gradient, void *context) {
    (void)context;
    const double begin = clock_seconds();
    double       sum = 0;
    for (size_t i = 0; i + 1 < n; i += 2) {
        const double near = 1 - x[i], far = x[i + 1] - x[i] * x[i];
        gradient[i] = -400 * x[i] * far - 2 * near;
        gradient[i + 1] = 200 * far;
        sum += near * near + 100 * far * far;
    }
    calls++;
    in_function += clock_seconds() - begin;
    return sum;
}

double peer_valley_seconds(void) { return in_function; }
size_t peer_valley_calls(void) { return calls; }

static void start(size_t n, double *x) {
    for (size_t i = 0; i < n; i++) x[i] = i % 2 ? 1 : -1.2 - (double)(i % 7) / 10;
}

typedef descent_status (*minimize_function)(descent_optimizer *, size_t, double *, descent_objective, void *,
                                            const descent_stop *, descent_progress, void *, descent_result *);
typedef descent_status (*reset_function)(descent_optimizer *);

/* Returns the seconds of `repeats` runs but for the function's, and leaves the last point in x; -1 if one failed. */
double drive_minimize(minimize_function minimize, reset_function reset, descent_optimizer *optimizer, size_t n, double *x,
                      size_t iterations, size_t repeats) {
    const descent_stop stop = {.struct_size = sizeof stop, .max_steps = iterations};
    descent_result     result = {.struct_size = sizeof result};
    double             seconds = 0;
    for (size_t i = 0; i < repeats; i++) {
        start(n, x);
        in_function = 0;
        const double begin = clock_seconds();
        if (reset(optimizer) || minimize(optimizer, n, x, peer_valley, NULL, &stop, NULL, NULL, &result)) return -1;
        seconds += clock_seconds() - begin - in_function;
    }
    return seconds;
}

#if HAS_LBFGS
static lbfgsfloatval_t evaluate(void *context, const lbfgsfloatval_t *x, lbfgsfloatval_t *gradient, const int n,
                                const lbfgsfloatval_t step) {
    (void)step;
    return peer_valley((size_t)n, x, gradient, context);
}
#endif

/* The same with liblbfgs; -1 if it is not there. x comes from its own allocator in every run, as it asks. */
double peer_liblbfgs(size_t n, double *x, size_t iterations, size_t repeats) {
#if HAS_LBFGS
    static void *library;
    if (library == NULL) library = dlopen("liblbfgs.so.0", RTLD_NOW);
    if (library == NULL) return -1;
    int (*const run)(int, lbfgsfloatval_t *, lbfgsfloatval_t *, lbfgs_evaluate_t, lbfgs_progress_t, void *,
                     lbfgs_parameter_t *) = (__typeof__(run))dlsym(library, "lbfgs");
    void (*const defaults)(lbfgs_parameter_t *) = (__typeof__(defaults))dlsym(library, "lbfgs_parameter_init");
    if (run == NULL || defaults == NULL) return -1;
    lbfgs_parameter_t parameters;
    defaults(&parameters);
    parameters.m = 10;
    parameters.max_iterations = (int)iterations;
    parameters.epsilon = 1e-300;
    double *own = aligned_alloc(64, (n * sizeof *own + 63) / 64 * 64), seconds = 0, value;
    for (size_t i = 0; i < repeats; i++) {
        start(n, own);
        in_function = 0;
        const double begin = clock_seconds();
        run((int)n, own, &value, evaluate, NULL, NULL, &parameters);
        seconds += clock_seconds() - begin - in_function;
    }
    for (size_t i = 0; i < n; i++) x[i] = own[i];
    free(own);
    return seconds;
#else
    (void)n, (void)x, (void)iterations, (void)repeats;
    return -1;
#endif
}
