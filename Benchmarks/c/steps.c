/*
 * What a C programmer would write instead of libdescent, as the practical limit, and a loop that only moves the same
 * memory, as the physical one. With more than one thread OpenMP splits the elements.
 */
#include "clock.h"

#include <math.h>
#include <stddef.h>

/* One tensor and its Adam state. */
struct adam_tensor {
    float       *w;
    const float *g;
    float       *m, *v;
    size_t       count;
};

static const float beta1 = 0.9f, beta2 = 0.999f, learning_rate = 1e-3f, epsilon = 1e-8f;

static void adam_range(float *restrict w, const float *restrict g, float *restrict m, float *restrict v, size_t begin,
                       size_t end, float step_size, float root_scale) {
    for (size_t i = begin; i < end; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
        w[i] -= step_size * m[i] / (sqrtf(v[i]) * root_scale + epsilon);
    }
}

static void move_range(float *restrict w, const float *restrict g, float *restrict m, float *restrict v, size_t begin,
                       size_t end) {
    for (size_t i = begin; i < end; i++) {
        w[i] += g[i];
        m[i] += g[i];
        v[i] += g[i];
    }
}

/* The range of one of `threads` threads, in whole cache lines. */
static size_t boundary(size_t count, int thread, int threads) {
    return thread == threads ? count : count / (size_t)threads * (size_t)thread / 16 * 16;
}

static void adam_step(const struct adam_tensor *tensors, size_t count, long step, int threads) {
    float step_size = learning_rate / (float)(1 - pow(beta1, (double)step));
    float root_scale = (float)(1 / sqrt(1 - pow(beta2, (double)step)));
    for (size_t i = 0; i < count; i++) {
        struct adam_tensor t = tensors[i];
        if (threads == 1) {
            adam_range(t.w, t.g, t.m, t.v, 0, t.count, step_size, root_scale);
            continue;
        }
#pragma omp parallel for num_threads(threads) schedule(static, 1)
        for (int thread = 0; thread < threads; thread++)
            adam_range(t.w, t.g, t.m, t.v, boundary(t.count, thread, threads), boundary(t.count, thread + 1, threads),
                       step_size, root_scale);
    }
}

/* Makes the steps first, first + 1, ..., first + repeats - 1 (counted from 1) and returns how many seconds they took. */
double peer_adam(const struct adam_tensor *tensors, size_t count, long first, size_t repeats, int threads) {
    double begin = clock_seconds();
    for (size_t i = 0; i < repeats; i++) adam_step(tensors, count, first + (long)i, threads);
    return clock_seconds() - begin;
}

/* Reads w, g, m, v and writes w, m, v `repeats` times, and returns how many seconds that took. */
double peer_move(const struct adam_tensor *tensors, size_t count, size_t repeats, int threads) {
    double begin = clock_seconds();
    for (size_t i = 0; i < repeats; i++) {
        for (size_t j = 0; j < count; j++) {
            struct adam_tensor t = tensors[j];
            if (threads == 1) {
                move_range(t.w, t.g, t.m, t.v, 0, t.count);
                continue;
            }
#pragma omp parallel for num_threads(threads) schedule(static, 1)
            for (int thread = 0; thread < threads; thread++)
                move_range(t.w, t.g, t.m, t.v, boundary(t.count, thread, threads),
                           boundary(t.count, thread + 1, threads));
        }
    }
    return clock_seconds() - begin;
}

static void move_states(float *restrict w, const float *restrict g, float *const *states, size_t count, size_t begin, size_t end) {
    float *restrict a = states[0], *restrict b = states[1], *restrict c = states[2], *restrict d = states[3];
    switch (count) {
    case 0:
        for (size_t i = begin; i < end; i++) w[i] += g[i];
        break;
    case 1:
        for (size_t i = begin; i < end; i++) w[i] += g[i], a[i] += g[i];
        break;
    case 2:
        for (size_t i = begin; i < end; i++) w[i] += g[i], a[i] += g[i], b[i] += g[i];
        break;
    case 3:
        for (size_t i = begin; i < end; i++) w[i] += g[i], a[i] += g[i], b[i] += g[i], c[i] += g[i];
        break;
    default:
        for (size_t i = begin; i < end; i++) w[i] += g[i], a[i] += g[i], b[i] += g[i], c[i] += g[i], d[i] += g[i];
    }
}

/* Reads and writes what a rule with so many state buffers does, of one tensor, and returns how many seconds that took. */
double peer_move_states(float *w, const float *g, float *const *states, size_t state_count, size_t count, size_t repeats,
                        int threads) {
    double begin = clock_seconds();
    for (size_t i = 0; i < repeats; i++) {
#pragma omp parallel for num_threads(threads) schedule(static, 1)
        for (int thread = 0; thread < threads; thread++)
            move_states(w, g, states, state_count, boundary(count, thread, threads), boundary(count, thread + 1, threads));
    }
    return clock_seconds() - begin;
}
