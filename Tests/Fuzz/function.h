/*
 * Functions to be minimized and differentiated, of all manners: smooth, with kinks, noisy, not finite from some call on,
 * with a gradient that is wrong or missing.
 */
#ifndef FUNCTION_H
#define FUNCTION_H

#include "choices.h"

typedef struct function {
    unsigned kind;
    uint64_t calls, spoiled_from; /* from this call on the value is `spoiled_value`; 0: never */
    double   spoiled_value, factor;
    bool     spoils_gradient; /* and not the value */
} function;

static inline function take_function(input *in) {
    function made = {0};
    made.kind = take_byte(in) % 8;
    made.factor = take_chance(in, 4) ? take_double(in) : 1;
    if (take_chance(in, 3)) {
        made.spoiled_from = 1 + take_byte(in) % 32;
        made.spoiled_value = take_double(in);
        made.spoils_gradient = take_chance(in, 2);
    }
    return made;
}

/* One term of the sum and its derivative. */
static inline double term(const function *function, double x, size_t i, double *slope) {
    const double center = (double)(i % 5) - 2, distance = x - center;
    switch (function->kind) {
    case 0: return *slope = 2 * distance, distance * distance;
    case 1: return *slope = distance < 0 ? -1 : 1, fabs(distance);
    case 2: return *slope = 4 * distance * distance * distance, distance * distance * distance * distance;
    case 3: return *slope = 0, 1;
    case 4: return *slope = 1, x; /* no minimum */
    case 5: return *slope = 3, distance * distance; /* a wrong gradient */
    case 6: return *slope = -2 * distance, -distance * distance; /* a maximum */
    default: return *slope = 2 * distance, distance * distance + 1e-9 * (double)((function->calls * 7919) % 13);
    }
}

static inline double evaluate(size_t n, const double *x, double *gradient, void *context) {
    function *function = context;
    double    sum = 0;
    function->calls++;
    for (size_t i = 0; i < n; i++) {
        double slope;
        sum += function->factor * term(function, x[i], i, &slope);
        /* One that forgets an element leaves what the library put there. */
        if (gradient != NULL && !(function->kind == 5 && i == 2)) gradient[i] = function->factor * slope;
    }
    if (function->spoiled_from == 0 || function->calls < function->spoiled_from) return sum;
    if (!function->spoils_gradient) return function->spoiled_value;
    if (gradient != NULL) gradient[n - 1] = function->spoiled_value;
    return sum;
}

#endif
