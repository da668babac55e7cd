/*
 * What promise.c runs: inputs that are the same everywhere, digests, and the program's view of the library's failures.
 */
#ifndef JOBS_H
#define JOBS_H

#include <descent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 50 };

static void check(descent_status status, const char *job) {
    if (status == DESCENT_OK) return;
    fprintf(stderr, "%s: %s: %s\n", job, descent_status_name(status), descent_last_error());
    exit(1);
}

/* FNV-1a of all bytes that a job gave. */
typedef struct digest { uint64_t value; } digest;

static void begin_digest(digest *digest) { digest->value = UINT64_C(0xcbf29ce484222325); }

static void add(digest *digest, const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) digest->value = (digest->value ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
}

static void add_double(digest *digest, double value) { add(digest, &value, sizeof value); }

static void print(const char *group, const char *name, const char *type, digest digest) {
    printf("%s\t%s%s%s\t%016" PRIx64 "\n", group, name, *type == '\0' ? "" : " ", type, digest.value);
}

/* Numbers between -1 and 1 by integers and one division, of the type. */
static void fill(void *numbers, descent_dtype dtype, size_t count, uint32_t seed) {
    uint32_t state = seed * 2654435761u + 1;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        const double value = (double)(int32_t)state / 2147483648.0;
        if (dtype == DESCENT_FLOAT32) ((float *)numbers)[i] = (float)value;
        else ((double *)numbers)[i] = value;
    }
}

static size_t size_of(descent_dtype dtype) { return dtype == DESCENT_FLOAT32 ? sizeof(float) : sizeof(double); }

/* Two tensors and their gradients: a vector whose end is no whole SIMD vector, and a matrix. */
enum { VECTOR = 67, ROWS = 12, COLUMNS = 7, ELEMENTS = VECTOR + ROWS * COLUMNS };

typedef struct problem {
    double         values[ELEMENTS], gradient[ELEMENTS]; /* room for either type */
    descent_tensor tensors[2];
    descent_dtype  dtype;
} problem;

static void begin_problem(problem *problem, descent_dtype dtype) {
    problem->dtype = dtype;
    fill(problem->values, dtype, ELEMENTS, 1);
    const size_t matrix = VECTOR * size_of(dtype);
    problem->tensors[0] = (descent_tensor){problem->values, problem->gradient, 1, VECTOR, dtype, 0};
    problem->tensors[1] = (descent_tensor){(char *)problem->values + matrix, (char *)problem->gradient + matrix, ROWS, COLUMNS,
                                           dtype, 0};
}

/* Step number `step` of an optimizer; the gradient is what it is everywhere, and hardly depends on the values. */
static void step_problem(problem *problem, descent_optimizer *optimizer, uint32_t step, const char *job) {
    fill(problem->gradient, problem->dtype, ELEMENTS, 100 + step);
    check(descent_optimizer_step(optimizer, problem->tensors, 2), job);
}

/* A function for minimizers: a bent valley in each pair of coordinates. Only exact operations. */
static double valley(size_t n, const double *x, double *gradient, void *context) {
    (void)context;
    double value = 0;
    for (size_t i = 0; i + 1 < n; i += 2) {
        const double bend = x[i + 1] - x[i] * x[i], rest = 1 - x[i];
        value += 10 * (bend * bend) + rest * rest;
        if (gradient == NULL) continue;
        gradient[i] = -40 * (bend * x[i]) - 2 * rest;
        gradient[i + 1] = 20 * bend;
    }
    return value;
}

/* Samples for the classifier: each label's features lie around a corner of their own. */
enum { SAMPLES = 300, DIMENSION = 37, CLASSES = 5 };

typedef struct samples {
    float           features[SAMPLES * DIMENSION];
    int32_t         labels[SAMPLES];
    descent_dataset data;
} samples;

static void begin_samples(samples *samples) {
    fill(samples->features, DESCENT_FLOAT32, SAMPLES * DIMENSION, 7);
    for (int i = 0; i < SAMPLES; i++) {
        samples->labels[i] = i * 7 % CLASSES;
        for (int j = samples->labels[i]; j < DIMENSION; j += CLASSES) samples->features[i * DIMENSION + j] += 0.5f;
    }
    memset(&samples->data, 0, sizeof samples->data);
    samples->data.struct_size = sizeof samples->data;
    samples->data.dtype = DESCENT_FLOAT32;
    samples->data.features = samples->features;
    samples->data.labels = samples->labels;
    samples->data.samples = SAMPLES;
    samples->data.dimension = DIMENSION;
    samples->data.scale = 1;
}

#endif
