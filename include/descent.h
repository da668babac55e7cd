/*
 * libdescent: first-order optimization behind a C interface.
 *
 * You have parameters and their gradient; libdescent changes the parameters so that the loss becomes small. It holds
 * the state that Momentum, Adam and the others need, computes losses and their gradients, and trains a linear
 * classifier. One shared library, this header, no runtime:
 *
 *     cc program.c -ldescent
 *
 * A first program, with its error handling (bindings/c/minimal.c is one to compile):
 *
 *     float weights[2] = {4, -3}, gradient[2];
 *     descent_tensor tensor = {weights, gradient, 1, 2, DESCENT_FLOAT32, 0};
 *     descent_optimizer *optimizer;
 *     if (descent_optimizer_create(DESCENT_ADAM, &optimizer) != DESCENT_OK) { puts(descent_last_error()); return 1; }
 *     for (int i = 0; i < 1000; i++) {
 *         ... write the gradient of your loss at `weights` into `gradient` ...
 *         if (descent_optimizer_step(optimizer, &tensor, 1) != DESCENT_OK) { puts(descent_last_error()); return 1; }
 *     }
 *     descent_optimizer_free(optimizer);
 *
 * Contents: 1 conventions, 2 version and errors, 3 optimizers, 4 losses, 5 linear models, 6 functions of your
 * own (minimizing, numeric gradients, gradient checks, random search), 7 samplers, 8 initialization, 9 saving and
 * restoring.
 *
 *
 * 1  CONVENTIONS, which hold for every function
 *
 * Language.   C99, usable from C++. Every symbol starts with descent_, every constant with DESCENT_. The values of the
 *             enums are fixed for ever; an enum is 4 bytes.
 * Errors.     A function that can fail returns a descent_status and hands out its results through pointers. On failure
 *             it changes nothing that the caller can see: no parameter, no state, no result half written. Then
 *             descent_last_error() returns one sentence that names the argument, what was wrong and what is allowed.
 *             No argument, however wrong, makes the library abort, print or exit; of pointers it can notice only NULL.
 *             DESCENT_ERROR_NULL_POINTER is returned for every NULL pointer that is not said to be optional.
 * Handles.    descent_optimizer, descent_classifier and descent_sampler are opaque. Each _create writes the handle on
 *             success only; the caller owns it and gives it back with _free, which does nothing for NULL.
 * Threads.    One handle is used by one thread at a time. Different handles are independent, and functions without a
 *             handle may be called from any thread at any time. The number of threads, and a parallel_for of the host's,
 *             are the only global state that a caller can change.
 * Matrices.   Row-major and dense, without gaps between the rows. Elements need no particular alignment.
 * Structs.    One that may grow starts with `struct_size`, which the caller sets to its own sizeof; initialize the rest
 *             with 0: descent_health health = {sizeof health}. A program that was compiled with an earlier header
 *             hands in a smaller struct: the members that it lacks have their defaults, or are not written. One that was
 *             compiled with a later header hands in a larger one, in which all that this library does not know must be 0.
 *             Any other size is DESCENT_ERROR_INVALID_ARGUMENT. Bytes named `reserved` must be 0.
 * Numbers.    Element-wise updates use only +, -, *, / and square root in a fixed order: the same input gives the same
 *             bits with every instruction set, number of threads, array length and position, for numbers that are not
 *             NaN. Sums have a fixed order and the same property: losses, norms, and the linear classifier of up to 16
 *             classes, or 50 if W has at most 131,072 numbers. For wider ones, and in muon, shampoo and soap, OpenBLAS computes the
 *             products, if it is installed: their last bits may differ from one kind of CPU, and one number of threads, to
 *             another.
 * NaN.        NaN and infinity in parameters, gradients, scores and features are not errors: they propagate as IEEE 754
 *             says, unless an optimizer's not_finite_policy says otherwise. In options and other scalar arguments they are
 *             errors.
 * Randomness. Whatever is random takes a seed and gives the same draws everywhere (Philox4x32-10: Salmon, Moraes, Dror
 *             and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11).
 * Environment. DESCENT_ISA=baseline, avx2 or avx512 picks the instruction set, DESCENT_NUM_THREADS=n the number of threads;
 *             they are read once, at first use. A set that this CPU lacks, or another word, gives the best that it has.
 * OpenBLAS.   Is loaded when it is first needed, by a classifier too wide for the library's own kernel. If it was not in
 *             the process before, it gets as many threads as descent_thread_count(); else its settings stay as they are.
 */
#ifndef DESCENT_H
#define DESCENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ============================================================================================================
 * 2  VERSION AND ERRORS
 * ============================================================================================================ */

/* The version of this header. descent_version() is the version of the library that was loaded. */
#define DESCENT_VERSION_MAJOR 0
#define DESCENT_VERSION_MINOR 2
#define DESCENT_VERSION_PATCH 0
#define DESCENT_VERSION (10000 * DESCENT_VERSION_MAJOR + 100 * DESCENT_VERSION_MINOR + DESCENT_VERSION_PATCH)

typedef enum descent_status {
    DESCENT_OK = 0,
    DESCENT_ERROR_NULL_POINTER = 1,
    DESCENT_ERROR_INVALID_ARGUMENT = 2, /* a value outside its range, an unknown enum value, a size that overflows */
    DESCENT_ERROR_UNKNOWN_NAME = 3,     /* no algorithm, option, loss or state buffer has this name */
    DESCENT_ERROR_SHAPE_MISMATCH = 4,   /* not the tensors that this handle was first stepped with; another dimension */
    DESCENT_ERROR_NOT_FINITE = 5,       /* a NaN or infinity where a policy or a function forbids it */
    DESCENT_ERROR_OUT_OF_MEMORY = 6,
    DESCENT_ERROR_CORRUPT_STATE = 7,    /* saved bytes that are truncated, altered, of something else or of a later version */
    DESCENT_ERROR_UNSUPPORTED = 8,      /* the algorithm has no such option; more than this library can do */
    DESCENT_ERROR_CANCELLED = 9,        /* a callback asked to stop */
    DESCENT_ERROR_COMMUNICATION = 10    /* since 0.2: an exchange with another process failed */
} descent_status;

/* 10000 * major + 100 * minor + patch of the loaded library; "0.2.0". The text is static. */
uint32_t    descent_version(void);
const char *descent_version_string(void);

/* The status's own name, "DESCENT_ERROR_NULL_POINTER"; "DESCENT_ERROR_UNKNOWN" for any other value. Static, never NULL. */
const char *descent_status_name(descent_status status);

/* One sentence about the last call that failed on this thread, e.g. "tensor 3: gradient is NULL" or
 * "learning_rate: -1 is outside [0, inf)"; "" if none has failed. Never NULL. A call that succeeds leaves it as it is.
 * The text belongs to the library and is valid until the next failure on this thread, or the thread's end. */
const char *descent_last_error(void);

/* The instruction set that the kernels use: "baseline", "avx2" or "avx512". Static. */
const char *descent_active_isa(void);

/* How many threads a call may use, the calling one included: 1 to 256; 0 is as many as the processors that this process may
 * use, and what it starts with unless the environment says otherwise. Steps of 32,768 elements and more, losses, and passes
 * of the classifier over more than a few samples use them; their results are the same, to the bit, for any number. Threads
 * start when they are first needed, look out for more work for some 30 microseconds, and sleep then; with more threads than
 * processors they sleep at once. They end with the process, when the library is unloaded, and before a fork(), which waits
 * for work that is being done; both processes start new ones when they need them. DESCENT_ERROR_INVALID_ARGUMENT for a
 * number out of range. Thread-safe; waits for the work that is being done by several threads. Not to be called from a
 * descent_parallel_for. */
descent_status descent_set_thread_count(int32_t threads);
int32_t        descent_thread_count(void);

/* A host with threads of its own can let the library use those. The library calls `parallel_for`, which calls
 * share(index, work) once for each 0 <= index < count, on any threads, at the same time or one after the other, and
 * returns when all of these calls have returned, but not before. It may be called from several threads at the same time.
 * count is at most descent_thread_count(); each share takes pieces of the work until there are none, so that it does not
 * matter which of them run first. `context` is the pointer given here. NULL: the library's own threads again, as at first.
 * Thread-safe; work that has begun goes on as it began. */
typedef void (*descent_share)(size_t index, void *work);
typedef void (*descent_parallel_for)(size_t count, descent_share share, void *work, void *context);
descent_status descent_set_parallel_for(descent_parallel_for parallel_for, void *context);

/* ============================================================================================================
 * 3  OPTIMIZERS
 *
 * In the formulas g is the gradient, w a parameter; all state starts at zero, t counts the steps from 1. Scalars are
 * computed in double once a step, then rounded to the tensor's type. These are the textbook's forms and defaults;
 * DESCENT_DIALECT has those of other frameworks.
 *
 * Before the formula, in this order, come: limiting g to [-clip_value, clip_value]; scaling all gradients of the step
 * so that their common Euclidean norm is at most clip_norm; changing the sign of g to maximize; coupled decay,
 * g += weight_decay * w (the gradient of an L2 penalty of weight_decay / 2 * w^2); decoupled decay,
 * w *= 1 - learning_rate * decoupled_weight_decay (Loshchilov and Hutter 2019), and w *= 1 - rate_free_weight_decay. Each is
 * off at first.
 *
 *   name      update                                                    state            options: default
 *   sgd       w -= learning_rate * g                                                     learning_rate .01
 *   momentum  v = momentum_decay * v - learning_rate * g; w += v        velocity         learning_rate .01,
 *             (Polyak 1964)                                                              momentum_decay .9
 *   nesterov  v' = momentum_decay * v - learning_rate * g               velocity         learning_rate .01,
 *             w += -momentum_decay * v + (1 + momentum_decay) * v'; v = v'               momentum_decay .9
 *             (Nesterov 1983, in the form of Sutskever et al. 2013 and of the course CS231n)
 *   adagrad   h += g^2; w -= learning_rate * g / (sqrt(h) + epsilon)    sum_of_squares   learning_rate .01,
 *             (Duchi, Hazan and Singer 2011)                                             epsilon 1e-7
 *   rmsprop   h = rho * h + (1 - rho) * g^2                             mean_square      learning_rate .01,
 *             w -= learning_rate * g / (sqrt(h) + epsilon)                               rho .99, epsilon 1e-7
 *             (Tieleman and Hinton 2012)
 *             centered: h - a^2 instead of h, with the mean      mean_gradient    centered 0,
 *             gradient a = rho * a + (1 - rho) * g; with         (centered),      momentum_decay 0
 *             momentum: v = momentum_decay * v +                 velocity
 *             learning_rate * g / ...; w -= v                    (with momentum)
 *   adam      m = beta1 * m + (1 - beta1) * g                           m, v             learning_rate .001,
 *             v = beta2 * v + (1 - beta2) * g^2                                          beta1 .9, beta2 .999,
 *             w -= learning_rate * (m / c1) / (sqrt(v / c2) + epsilon)                   epsilon 1e-8,
 *             c1 = 1 - beta1^t, c2 = 1 - beta2^t; both 1 without                         bias_correction 1
 *             bias_correction (Kingma and Ba 2015, algorithm 1)
 *             amsgrad: the greatest v so far instead of v         v_max (amsgrad)  amsgrad 0
 *             (Reddi, Kale and Kumar 2018); epsilon_root is                        epsilon_root 0
 *             added to what is under the root, as in Optax
 *
 * The others, each as the first named of its references in Tests/Golden/METHODS.md has it. What a formula does before its
 * decoupled decay is written here where the decay has another default, or a place of its own in the formula.
 *
 *   adamw (Loshchilov and Hutter 2019)
 *       w *= 1 - learning_rate * decoupled_weight_decay; m = beta1 * m + (1 - beta1) * g
 *       v = beta2 * v + (1 - beta2) * g^2
 *       w -= learning_rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t) + epsilon_root) + epsilon)
 *       state: m, v, v_max; options: learning_rate .001, beta1 .9, beta2 .999, epsilon 1e-8, bias_correction 1,
 *         decoupled_weight_decay .01, amsgrad 0, epsilon_root 0
 *   adamax (Kingma and Ba 2015)
 *       m = beta1 * m + (1 - beta1) * g; u = max(beta2 * u, |g| + epsilon)
 *       w -= learning_rate / (1 - beta1^t) * m / u
 *       state: m, u; options: learning_rate .002, beta1 .9, beta2 .999, epsilon 1e-8
 *   nadam (Dozat 2016)
 *       mu(t) = beta1 * (1 - 0.96^(t * momentum_decay) / 2); P(t) = mu(1) ... mu(t); m and v as in adam
 *       w -= learning_rate * ((1 - mu(t)) * g / (1 - P(t)) + mu(t + 1) * m / (1 - P(t + 1))) / (sqrt(v / (1
 *         - beta2^t) + epsilon_root) + epsilon)
 *       state: m, v; options: learning_rate .002, momentum_decay .004, beta1 .9, beta2 .999, epsilon 1e-8,
 *         epsilon_root 0
 *   radam (Liu et al. 2020)
 *       m and v as in adam; n = 2 / (1 - beta2) - 1; p = n - 2 * t * beta2^t / (1 - beta2^t)
 *       p > 5: r = sqrt((p - 4) * (p - 2) * n / ((n - 4) * (n - 2) * p)) and w -= learning_rate * r * (m /
 *         (1 - beta1^t)) * sqrt(1 - beta2^t) / (sqrt(v) + epsilon)
 *       else w -= learning_rate * m / (1 - beta1^t)
 *       state: m, v; options: learning_rate .001, beta1 .9, beta2 .999, epsilon 1e-8, epsilon_root 0,
 *         nesterov_momentum 0
 *   adadelta (Zeiler 2012)
 *       s = rho * s + (1 - rho) * g^2; d = sqrt(u + epsilon) / sqrt(s + epsilon) * g
 *       u = rho * u + (1 - rho) * d^2; w -= learning_rate * d
 *       state: mean_square, mean_square_update; options: learning_rate 1, epsilon 1e-6, rho .9
 *   rprop (Riedmiller and Braun 1993)
 *       a *= eta_plus where g * p > 0, eta_minus where g * p < 0
 *       a in [minimum_step, maximum_step], a = learning_rate at first; g = 0 where g * p < 0
 *       w -= sign(g) * a; p = g
 *       state: previous_gradient, step_size; options: learning_rate .01, eta_minus .5, eta_plus 1.2,
 *         minimum_step 1e-6, maximum_step 50
 *   asgd (Polyak and Juditsky 1992)
 *       w = w * (1 - lambd * e) - e * g; average += (w - average) / max(1, t - 1 - t0)
 *       e = learning_rate / (1 + lambd * learning_rate * t)^alpha for the next step
 *       state: average; options: learning_rate .01, alpha .75, lambd .0001, t0 1e6
 *   lion (Chen et al. 2023)
 *       w *= 1 - learning_rate * decoupled_weight_decay
 *       w -= learning_rate * sign(beta1 * m + (1 - beta1) * g); m = beta2 * m + (1 - beta2) * g
 *       state: m; options: learning_rate .0001, beta1 .9, beta2 .99, decoupled_weight_decay .001
 *   signum (Bernstein et al. 2018)
 *       m = momentum_decay * m + (1 - momentum_decay) * g; w -= learning_rate * sign(m)
 *       state: m; options: learning_rate .001, momentum_decay .9
 *   adan (Xie et al. 2022)
 *       d = g - previous_gradient; m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * d
 *       n = beta3 * n + (1 - beta3) * (g + (1 - beta2) * d)^2
 *       w -= learning_rate * (m / (1 - beta1^t) + (1 - beta2) * v / (1 - beta2^t)) / (sqrt(n / (1 - beta3^t)
 *         + epsilon_root) + epsilon)
 *       state: m, v, n, previous_gradient; options: learning_rate .001, beta1 .98, beta2 .92, epsilon 1e-8,
 *         beta3 .99, epsilon_root 1e-8, proximal_weight_decay 0
 *   ademamix (Pagliardini et al. 2024)
 *       m = beta1 * m + (1 - beta1) * g; slow_m = beta3 * slow_m + (1 - beta3) * g
 *       v = beta2 * v + (1 - beta2) * g^2
 *       w -= learning_rate * (m / (1 - beta1^t) + alpha * slow_m) / (sqrt(v / (1 - beta2^t) + epsilon_root)
 *         + epsilon)
 *       state: m, slow_m, v; options: learning_rate .001, beta1 .9, beta2 .999, epsilon 1e-8, beta3 .9999,
 *         epsilon_root 0, alpha 5, slow_warmup_steps 0
 *   adabelief (Zhuang et al. 2020)
 *       m = beta1 * m + (1 - beta1) * g; s = beta2 * s + (1 - beta2) * (g - m)^2 + epsilon_root
 *       w -= learning_rate * (m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + epsilon)
 *       state: m, s; options: learning_rate .001, beta1 .9, beta2 .999, epsilon 1e-16, epsilon_root 1e-16,
 *         nesterov_momentum 0
 *   yogi (Zaheer et al. 2018)
 *       m = beta1 * m + (1 - beta1) * g; v -= (1 - beta2) * sign(v - g^2) * g^2
 *       w -= learning_rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 *       state: m, v; options: learning_rate .01, beta1 .9, beta2 .999, epsilon .001, initial_accumulator 1e-6
 *   adopt (Taniguchi et al. 2024)
 *       t = 1: v = g^2; t > 1: n = g / max(sqrt(v), epsilon), within -t^(1/4) and t^(1/4)
 *       m = beta1 * m + (1 - beta1) * n; w -= learning_rate * m; v = beta2 * v + (1 - beta2) * g^2
 *       state: m, v; options: learning_rate .001, beta1 .9, beta2 .9999, epsilon 1e-6, nesterov_momentum 0,
 *         clip_update 1
 *   ftrl (McMahan et al. 2013, algorithm 1)
 *       z += g - (sqrt(n + g^2) - sqrt(n)) / learning_rate * w; n += g^2
 *       w = 0 if |z| <= l1, else (sign(z) * l1 - z) / ((beta + sqrt(n)) / learning_rate + l2)
 *       state: z, n; options: learning_rate .1, beta 1, l1 0, l2 0
 *   schedule_free_sgd (Defazio et al. 2024)
 *       c = weight(t) / (weight(1) + ... + weight(t))
 *       y += c * (z - y) + learning_rate * (momentum_decay * (1 - c) - 1) * g; z -= learning_rate * g
 *       the average is x = (y - (1 - momentum_decay) * z) / momentum_decay
 *       state: z; options: learning_rate 1, momentum_decay .9, rate_power 2, average_power 0
 *   schedule_free_adamw (Defazio et al. 2024)
 *       v = beta2 * v + (1 - beta2) * g^2
 *       d = g / (sqrt(v / (1 - beta2^t)) + epsilon) + decoupled_weight_decay * y
 *       c = weight(t) / (weight(1) + ... + weight(t))
 *       y += c * (z - y) + learning_rate * (beta1 * (1 - c) - 1) * d; z -= learning_rate * d
 *       the average is x = (y - (1 - beta1) * z) / beta1
 *       state: z, v; options: learning_rate .0025, beta1 .9, beta2 .999, epsilon 1e-8, rate_power 2,
 *         average_power 0
 *   mars (Yuan et al. 2024)
 *       c = g + gamma * beta1 / (1 - beta1) * (g - previous_gradient)
 *       c /= max(1, |c|), the norm of the tensor; m = beta1 * m + (1 - beta1) * c
 *       v = beta2 * v + (1 - beta2) * c^2; w *= 1 - learning_rate * decoupled_weight_decay
 *       w -= learning_rate * (m / (1 - beta1^t)) * sqrt(1 - beta2^t) / (sqrt(v + 1e-15) + epsilon)
 *       state: m, v, previous_gradient, v_max; options: learning_rate .003, beta1 .95, beta2 .99, epsilon 1e-8,
 *         amsgrad 0, gamma .025, vectors_too 0, vector_learning_rate .003, vector_beta1 .9, vector_beta2 .95,
 *         vector_weight_decay .1
 *   lars (You, Gitman and Ginsburg 2017)
 *       u = g + weight_decay * w
 *       r = trust_coefficient * |w| / (|u| + epsilon), norms of the tensor, or 1 if one is 0
 *       velocity = momentum_decay * velocity - learning_rate * r * u; w += velocity
 *       state: velocity; options: learning_rate .1, momentum_decay .9, epsilon 0, nesterov_momentum 0,
 *         trust_coefficient .001
 *   lamb (You et al. 2020)
 *       m and v as in adam
 *       u = (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t) + epsilon_root) + epsilon) +
 *         decoupled_weight_decay * w
 *       w -= learning_rate * |w| / |u| * u, norms of the tensor; the quotient is 1 if one is 0
 *       state: m, v; options: learning_rate .001, beta1 .9, beta2 .999, epsilon 1e-6, epsilon_root 0
 *   novograd (Ginsburg et al. 2019)
 *       n = beta2 * n + (1 - beta2) * |g|^2, |g|^2 in the first step, of the tensor
 *       m = beta1 * m + g / (sqrt(n + epsilon_root) + epsilon) + decoupled_weight_decay * w
 *       w -= learning_rate * m
 *       state: m, n; options: learning_rate .001, beta1 .9, beta2 .25, epsilon 1e-6, epsilon_root 0
 *   prodigy (Mishchenko and Defazio 2023)
 *       e = d * learning_rate; N = beta3 * N + sum(d / initial_distance * e * g * (w0 - w))
 *       s = beta3 * s + d / initial_distance * e * g; m = beta1 * m + d * (1 - beta1) * g
 *       v = beta2 * v + d^2 * (1 - beta2) * g^2
 *       d = max(d, distance_coefficient * N / sum(|s|)), sums over all tensors
 *       w -= e * (m / (sqrt(v) + d * epsilon) + decoupled_weight_decay * w)
 *       state: m, v, s, initial_values; options: learning_rate 1, beta1 .9, beta2 .999, epsilon 1e-8,
 *         bias_correction 0, beta3 0, initial_distance 1e-6, distance_coefficient 1, growth_rate 0,
 *         safeguard_warmup 0
 *
 * Of matrices: a tensor of 1 * n elements is a vector to them.
 *
 *   adafactor (Shazeer and Stern 2018)
 *       q = t^-decay_power; row_mean += q * (mean of g^2 over each row - row_mean), column_mean alike
 *       u = g / sqrt(row_mean * column_mean / mean(row_mean)), no more than g / epsilon
 *       w -= min(learning_rate, 1 / sqrt(t)) * max(scale_floor, rms(w)) * u / max(1, rms(u) / clip_threshold)
 *       vectors, and matrices with a side below minimum_side: v += q * (g^2 - v), u = g / sqrt(v)
 *       with momentum_decay: m = momentum_decay * m + (1 - momentum_decay) * what is subtracted, and m in its place
 *       state: row_mean, column_mean, v, m; options: learning_rate .01, momentum_decay 0, epsilon 0 (the machine epsilon
 *         of the type), decay_power .8, scale_floor .001, clip_threshold 1, minimum_side 0, scale_by_weights 1
 *   muon (Jordan et al. 2024)
 *       m += (1 - momentum_decay) * (g - m); u = g + momentum_decay * (m - g); X = u / (|u| + epsilon)
 *       orthogonalization_steps times: A = X X^T, X = 3.4445 * X + (2.0315 * A - 4.775 * I) * A X
 *       w *= 1 - learning_rate * decoupled_weight_decay; w -= learning_rate * sqrt(max(1, rows / columns)) * X
 *       vectors: as adamw, with vector_learning_rate, vector_beta1, ...
 *       state: m, v; options: learning_rate .02, momentum_decay .95, epsilon 1e-7, nesterov_momentum 1,
 *         decoupled_weight_decay 0, orthogonalization_steps 5, consistent_rms 0, adaptive_scale 0, bfloat16_products 0,
 *         vector_learning_rate .001, vector_beta1 .9, vector_beta2 .999, vector_epsilon 1e-8, vector_weight_decay 0
 *   shampoo (Gupta, Koren and Singer 2018)
 *       G = (1 - momentum_decay) * g + momentum_decay * previous_step; row_statistics += G G^T, column_statistics += G^T G,
 *       both epsilon * I at first, and no eigenvalue counts as less;
 *       every precondition_frequency steps row_root = row_statistics^(-1/4), column_root alike
 *       w -= learning_rate * row_root G column_root; the roots are 0, and so nothing moves, before they are first computed;
 *       previous_step is the gradient in the first step
 *       vectors, and matrices with one side above maximum_side: one of the two, to the power -1/2; with both sides above:
 *         w -= learning_rate * G / sqrt(sum_of_squares + epsilon)
 *       state: previous_step, sum_of_squares, row_statistics, column_statistics, row_root, column_root; options:
 *         learning_rate .001, momentum_decay 0, epsilon 1e-6, precondition_frequency 1, maximum_side 1024
 *   soap (Vyas et al. 2024)
 *       row_statistics = beta3 * row_statistics + (1 - beta3) * g g^T, column_statistics alike; row_basis Q and column_basis P
 *       are their eigenvectors, brought up to date every precondition_frequency steps
 *       m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * (Q^T g P)^2
 *       w -= learning_rate * sqrt(1 - beta2^t) / (1 - beta1^t) * Q ((Q^T m P) / (sqrt(v) + epsilon)) P^T
 *       w *= 1 - learning_rate * decoupled_weight_decay; the first call moves nothing, and t counts from the second
 *       sides above maximum_side, and vectors unless precondition_vectors: without a basis
 *       state: m, v, row_statistics, column_statistics, row_basis, column_basis; options: learning_rate .003, beta1 .95,
 *         beta2 .95, beta3 0 (as beta2), epsilon 1e-8, bias_correction 1, decoupled_weight_decay .01, precondition_frequency
 *         10, maximum_side 10000, precondition_vectors 0, normalize_gradient 0
 *
 * The last four are batch methods: they decide themselves where to evaluate the function, most of them by a line search, and so
 * have no learning rate, no schedule and none of the options that all others have. descent_classifier_fit() with batch_size 0 runs
 * them, and descent_minimize() and its relatives the first two; descent_optimizer_step() is DESCENT_ERROR_UNSUPPORTED.
 *
 *   lbfgs (Nocedal 1980; Liu and Nocedal 1989; line search: More and Thuente 1994)
 *       w -= a * H * g, with H from the last changes of w and g, as many as history says, and a by a line search that
 *         meets the strong Wolfe conditions
 *       with bounds L-BFGS-B (Byrd, Lu, Nocedal and Zhu 1995; Morales and Nocedal 2011), with l1 OWL-QN (Andrew and Gao
 *         2007): l1 * sum(|w|) is added to the function, and many w become exactly 0
 *       in fits of 32,768 samples and more that are not sparse, without l1, from the eleventh iteration on: part_iterations
 *         iterations on a sixteenth of the samples, tilted so that its gradient is that of all where they begin (Shamir,
 *         Srebro and Zhang 2014), come before each one on all of them, and give it its direction
 *       options: l1 0, history 10, line_search_steps 20, wolfe_decrease .0001, wolfe_curvature .9, part_iterations 10
 *   conjugate_gradient (Hager and Zhang 2005)
 *       w += a * d, with a by the same line search; y = g - g_before, b = (y - 2 * d * |y|^2 / (d y)) g / (d y)
 *       d = b * d - g, b no less than -1 / (|d| * min(.01, |g_before|))
 *       options: line_search_steps 20, wolfe_decrease .0001, wolfe_curvature .1
 *   sdca (Hsieh, Chang, Lin, Keerthi and Sundararajan 2008; Shalev-Shwartz and Zhang 2013)
 *       for each sample x, in random order, and each of its scores s: a' = the a for which a = -loss'(s + (a - a_before) * |x|^2
 *         / (2 * l2 * n)); W += (a' - a_before) * x / (2 * l2 * n)
 *       for linear models only; no options
 *   coordinate_descent (Friedman, Hastie and Tibshirani 2010; Yuan, Ho and Lin 2012)
 *       for each column of W, with the weights that are not 0 and those with |g| > l1: d, weight after weight, near the minimum of
 *         g * d + d * H * d / 2 + l1 * sum(|w + d|), with H the second derivatives; w += a * d, with a by a line search; and again
 *       for linear models only; no options: l1 is that of the fit
 *
 * rprop is for full batches; its learning rate is the first step size. asgd's average and the averages of schedule_free_sgd and
 * schedule_free_adamw are what is to be evaluated; the tensors hold the points where gradients are taken. adan: each beta is
 * the share that is kept; the dialect pytorch multiplies differences by beta2, as the paper does, instead of 1 - beta2. mars
 * treats tensors of one row as adamw does, with the vector options, unless vectors_too is set. prodigy's sums run over all
 * tensors of a step; its beta3 of 0 stands for sqrt(beta2), its growth_rate of 0 for no limit. lars, lamb, novograd,
 * mars, prodigy and adafactor sum up in double and in a fixed order, so that their bits depend neither on threads nor on the
 * instruction set. muon, shampoo and soap multiply matrices with OpenBLAS, and decompose them with its LAPACK: their bits may
 * differ from one processor or number of threads to another; without OpenBLAS plain loops do it, slowly. muon's dialect pytorch
 * divides by max(|u|, epsilon), and has bfloat16_products, with which the library multiplies by itself where the processor has
 * AVX512_BF16 and both sides are 16 or longer, with the same bits for any number of threads; optax has a bias correction and
 * columns / rows under the root. Both the roots and the bases are found in double.
 * ============================================================================================================ */

typedef enum descent_algorithm {
    DESCENT_SGD = 1,
    DESCENT_MOMENTUM = 2,
    DESCENT_NESTEROV = 3,
    DESCENT_ADAGRAD = 4,
    DESCENT_RMSPROP = 5,
    DESCENT_ADAM = 6,

    DESCENT_ADAMW = 10,
    DESCENT_ADAMAX = 11,
    DESCENT_NADAM = 12,
    DESCENT_RADAM = 13,
    DESCENT_ADADELTA = 14,
    DESCENT_RPROP = 15,
    DESCENT_ASGD = 16,
    DESCENT_LION = 17,
    DESCENT_SIGNUM = 18,
    DESCENT_ADAN = 19,
    DESCENT_ADEMAMIX = 20,
    DESCENT_ADABELIEF = 21,
    DESCENT_YOGI = 22,
    DESCENT_ADOPT = 23,
    DESCENT_FTRL = 24,
    DESCENT_SCHEDULE_FREE_SGD = 25,
    DESCENT_SCHEDULE_FREE_ADAMW = 26,
    DESCENT_MARS = 27,

    /* With sums over whole tensors: */
    DESCENT_LARS = 40,
    DESCENT_LAMB = 41,
    DESCENT_ADAFACTOR = 42,
    DESCENT_NOVOGRAD = 43,
    DESCENT_PRODIGY = 44,

    /* Of matrices, as adafactor: */
    DESCENT_MUON = 60,
    DESCENT_SHAMPOO = 61,
    DESCENT_SOAP = 62,

    /* Batch methods, for descent_minimize() and fits with batch_size 0: */
    DESCENT_LBFGS = 80,
    DESCENT_CONJUGATE_GRADIENT = 81,
    /* For fits of linear models only: */
    DESCENT_SDCA = 82,
    DESCENT_COORDINATE_DESCENT = 83
} descent_algorithm;

/* The first group and the last belong to the algorithms; the table above says which has what. The others every algorithm
 * has but for the batch methods. (g) marks those that a group of tensors can have for itself; batch methods have no groups. */
typedef enum descent_option {
    DESCENT_LEARNING_RATE = 1,   /* (g) [0, inf) */
    DESCENT_MOMENTUM_DECAY = 2,  /* (g) [0, 1): the share of the velocity that is kept */
    DESCENT_BETA1 = 3,           /* (g) [0, 1): decay of the mean of the gradients */
    DESCENT_BETA2 = 4,           /* (g) [0, 1): decay of the mean of the squared gradients */
    DESCENT_EPSILON = 5,         /* (g) [0, inf): added to the root; 0 makes 0/0 possible where all gradients were 0, and
                                  * where SOAP has rotated them to 0 */
    DESCENT_RHO = 6,             /* (g) [0, 1): decay of the mean of the squared gradients */
    DESCENT_WEIGHT_DECAY = 7,    /* (g) [0, inf), default 0: gradient += weight_decay * weight */
    DESCENT_BIAS_CORRECTION = 8, /* (g) 0 or 1 */

    DESCENT_CLIP_VALUE = 20,             /* (g) [0, inf), default 0: not */
    DESCENT_CLIP_NORM = 21,              /* [0, inf), default 0: not. The norm over all tensors and groups, in double; it
                                          * does not depend on how the numbers are split into tensors. One whose square
                                          * overflows (above 1e154) scales all gradients to 0. PyTorch divides by the
                                          * norm + 1e-6, this library by the norm */
    DESCENT_MAXIMIZE = 22,               /* 0 or 1, default 0 */
    DESCENT_DECOUPLED_WEIGHT_DECAY = 23, /* (g) [0, inf), default 0 */
    DESCENT_NOT_FINITE_POLICY = 24,      /* a descent_not_finite_policy, default DESCENT_PROPAGATE */
    DESCENT_TRACK_HEALTH = 25,           /* 0 or 1, default 0: whether steps are recorded for descent_optimizer_health();
                                          * costs two copies of the parameters, and two more passes over them */

    DESCENT_SCHEDULE = 30,        /* a descent_schedule, default DESCENT_SCHEDULE_CONSTANT */
    DESCENT_WARMUP_STEPS = 31,    /* whole, [0, 2^53], default 0: W steps before the schedule, in which the rate is t / W
                                   * of the one that the schedule begins with */
    DESCENT_SCHEDULE_STEPS = 32,  /* whole, [1, 2^53], default 1000: N in the table of schedules */
    DESCENT_SCHEDULE_FACTOR = 33, /* [0, inf), default .1: f there */
    DESCENT_SCHEDULE_POWER = 34,  /* [0, inf), default 1: p there */
    DESCENT_SCHEDULE_FLOOR = 35,  /* [0, 1], default 0: m there */
    DESCENT_CYCLE_FACTOR = 36,    /* [1, inf), default 1: by how much each cycle is longer than the one before */
    DESCENT_CYCLE_RISE = 37,      /* [0, 1], default .3: the share of a one-cycle schedule in which the rate rises */
    DESCENT_CYCLE_START = 38,     /* [0, 1], default .04: where a one-cycle schedule begins */
    DESCENT_PATIENCE = 39,        /* whole, [0, 2^53], default 10: reports without progress before the rate is lowered */

    DESCENT_DIALECT = 40,             /* a descent_dialect, default DESCENT_TEXTBOOK; before the first step only. Options
                                       * that were not set take the dialect's defaults */
    DESCENT_DAMPENING = 41,           /* (g) [0, 1], default 0: momentum's gradient counts 1 - dampening */
    DESCENT_CENTERED = 42,            /* 0 or 1 */
    DESCENT_AMSGRAD = 43,             /* 0 or 1 */
    DESCENT_LEARNING_RATE_DECAY = 44, /* (g) [0, inf), default 0: AdaGrad's rate is divided by 1 + (t - 1) * this */
    DESCENT_INITIAL_ACCUMULATOR = 45, /* [0, inf): AdaGrad's sum of squares before the first step, when it can be set; the first
                                       * value of Yogi's m and v */
    DESCENT_BETA3 = 46,               /* (g) [0, 1): decay of a third mean: of Adan's squares, of AdEMAMix's slow
                                       * mean, of Prodigy's estimates and SOAP's statistics (0: from beta2) */
    DESCENT_EPSILON_ROOT = 47,        /* (g) [0, inf): added under the root */
    DESCENT_NESTEROV_MOMENTUM = 48,   /* (g) 0 or 1, default 0, 1 of Muon: Nesterov's look ahead */
    DESCENT_ALPHA = 49,               /* (g) [0, inf): AdEMAMix: what the slow mean counts; ASGD: the power of its
                                       * falling rate */
    DESCENT_ETA_MINUS = 50,           /* (g) [0, 1]: Rprop: by what a step size shrinks */
    DESCENT_ETA_PLUS = 51,            /* (g) [1, inf): Rprop: by what it grows */
    DESCENT_MINIMUM_STEP = 52,        /* (g) [0, inf): Rprop: the least step size */
    DESCENT_MAXIMUM_STEP = 53,        /* (g) [0, inf): Rprop: the greatest */
    DESCENT_LAMBD = 54,               /* (g) [0, inf): ASGD's decay, of weights and rate */
    DESCENT_T0 = 55,                  /* (g) [0, inf): ASGD: the step from which on weights are averaged */
    DESCENT_BETA = 56,                /* (g) [0, inf): FTRL: added to the root of the sum of squares */
    DESCENT_L1 = 57,                  /* (g) [0, inf): FTRL, L-BFGS: l1 * sum(|w|) in the objective */
    DESCENT_L2 = 58,                  /* (g) [0, inf): FTRL: l2 / 2 * sum(w * w) in the objective */
    DESCENT_RATE_POWER = 59,          /* (g) [0, inf): Schedule-Free: a step's weight has the greatest rate so far to
                                       * this power */
    DESCENT_AVERAGE_POWER = 60,       /* (g) [0, inf): Schedule-Free: and the step's number to this one */
    DESCENT_SLOW_WARMUP_STEPS = 61,   /* (g) whole, [0, 2^53], default 0: AdEMAMix: steps in which alpha and beta3
                                       * rise */
    DESCENT_CLIP_UPDATE = 62,         /* (g) 0 or 1, default 1: ADOPT: whether the normalized gradient is limited */
    DESCENT_PROXIMAL_WEIGHT_DECAY = 63, /* (g) [0, inf), default 0: Adan: the paper's decay, w /= 1 + learning_rate *
                                       * this after the step */
    DESCENT_TRUST_COEFFICIENT = 64,   /* (g) [0, inf), default .001: LARS: what the quotient of the norms counts */
    DESCENT_GAMMA = 65,               /* (g) [0, inf), default .025: MARS: what the gradient's difference counts */
    DESCENT_VECTORS_TOO = 66,         /* (g) 0 or 1, default 0: MARS: whether tensors of one row are treated as the
                                       * others */
    DESCENT_VECTOR_LEARNING_RATE = 67,/* (g) [0, inf): the rate of tensors of one row, where they take AdamW; the
                                       * schedule holds for it too */
    DESCENT_VECTOR_BETA1 = 68,        /* (g) [0, 1): the same for beta1, */
    DESCENT_VECTOR_BETA2 = 69,        /* (g) [0, 1): beta2, */
    DESCENT_VECTOR_WEIGHT_DECAY = 70, /* (g) [0, inf): and the decoupled weight decay */
    DESCENT_INITIAL_DISTANCE = 71,    /* (g) [1e-300, inf), default 1e-6: Prodigy's first estimate d0 */
    DESCENT_DISTANCE_COEFFICIENT = 72,/* (g) [0, inf), default 1: what each further estimate is multiplied with */
    DESCENT_GROWTH_RATE = 73,         /* (g) [0, inf), default 0: by how much the estimate may grow in a step; 0: by
                                       * any amount */
    DESCENT_SAFEGUARD_WARMUP = 74,    /* (g) 0 or 1, default 0: whether a warm-up leaves the estimate's denominator
                                       * alone */
    DESCENT_RATE_FREE_WEIGHT_DECAY = 75, /* (g) [0, 1], default 0: w *= 1 - this in each step, whatever the learning
                                       * rate is */
    DESCENT_PLATEAU_RISES = 76,         /* 0 or 1, default 0: whether the plateau schedule is told of what is better
                                       * the higher it is, an accuracy */
    DESCENT_PLATEAU_THRESHOLD = 77,     /* [0, inf), default 1e-4: what is better by less than this share of the best
                                       * is no progress */
    DESCENT_COOLDOWN = 78,              /* whole, [0, 2^53], default 0: so many reports after the rate was lowered do
                                       * not count */
    DESCENT_CYCLE_DECAY = 79,           /* [0, 1], default 1: by how much lower each cosine restart begins than the
                                       * one before */

    /* What can be added to every algorithm; the table behind this list has the formulas. */
    DESCENT_AVERAGE = 80,          /* a descent_average, default DESCENT_AVERAGE_NONE */
    DESCENT_AVERAGE_DECAY = 81,    /* [0, 1], default .999: the share of the average that a step keeps */
    DESCENT_AVERAGE_START = 82,    /* whole, [0, 2^53], default 0: the step after which the average begins */
    DESCENT_LOOKAHEAD_STEPS = 83,  /* whole, [0, 2^53], default 0: Lookahead after so many steps; 0: not */
    DESCENT_LOOKAHEAD_RATE = 84,   /* [0, 1], default .5: how far the slow parameters go then */
    DESCENT_ACCUMULATE_STEPS = 85, /* whole, [1, 2^53], default 1: so many calls make one step */
    DESCENT_CENTRALIZE = 86,       /* (g) 0 or 1, default 0: whether each column of a gradient has its mean taken away */
    DESCENT_ADAPTIVE_CLIP = 87,    /* (g) [0, inf), default 0: not; else the greatest quotient of the norms of a unit's
                                    * gradient and its weights */
    DESCENT_CAUTIOUS = 88,         /* (g) 0 or 1, default 0: whether parameters only move against their gradient */

    DESCENT_ORTHOGONALIZATION_STEPS = 89, /* (g) whole, [0, 100], default 5: Muon: how often the iteration is done */
    DESCENT_CONSISTENT_RMS = 90,          /* (g) [0, inf), default 0: Muon: not 0: the step is multiplied with this times
                                           * sqrt(max(rows, columns)) instead of the sides' quotient. .2 makes its
                                           * elements as large as AdamW's */
    DESCENT_ADAPTIVE_SCALE = 91,          /* (g) 0 or 1, default 0: Muon: whether the step is multiplied with sum(u * X) */
    DESCENT_VECTOR_EPSILON = 92,          /* (g) [0, inf), default 1e-8: Muon: epsilon of vectors */
    DESCENT_PRECONDITION_FREQUENCY = 93,  /* whole, [1, 2^53]: Shampoo, SOAP: how many steps their roots or bases stay */
    DESCENT_MAXIMUM_SIDE = 94,            /* whole, [0, 2^53]: Shampoo, SOAP: a longer side has no matrix, nor its eigenvectors;
                                           * before the first step only */
    DESCENT_NORMALIZE_GRADIENT = 95,      /* 0 or 1, default 0: SOAP: whether the step is divided by its rms; before the
                                           * first step only */
    DESCENT_DECAY_POWER = 96,             /* (g) [0, inf), default .8: Adafactor: how fast its means slow down */
    DESCENT_SCALE_FLOOR = 97,             /* (g) [0, inf), default .001: what rms(w) counts at the least */
    DESCENT_CLIP_THRESHOLD = 98,          /* (g) [1e-300, inf), default 1: the greatest rms of u */

    DESCENT_HISTORY = 100,            /* whole, [1, 1000]: L-BFGS: how many changes of point and gradient are kept, each in 16
                                       * bytes a variable; before the first step only */
    DESCENT_LINE_SEARCH_STEPS = 101,  /* whole, [1, 1000]: how often a line search evaluates the function at most; until it
                                       * has found a lower value, 20 times. Where the function falls on and on it takes some
                                       * strides more, to see whether that ends */
    DESCENT_WOLFE_DECREASE = 102,     /* [1e-16, .5]: a step must lower the function by this share of what its slope at the
                                       * beginning promises */
    DESCENT_WOLFE_CURVATURE = 103,    /* [1e-16, 1): and the slope must flatten to this share */
    /* whole, [0, 1000], default 10: L-BFGS in fits: how many iterations on a part of the samples come before each one on all of
     * them, at most: half as many after a direction that led too far, then one more each time, and none any more where
     * rounding hides most of what they gain. 0: none. The parts are drawn by the fit's seed and sampling. With 10 an
     * iteration takes less than twice the time, and far fewer of them do where many are needed */
    DESCENT_PART_ITERATIONS = 107,

    DESCENT_SCALE_BY_WEIGHTS = 104,   /* (g) 0 or 1, default 1: Adafactor: whether the step is multiplied with rms(w) */
    DESCENT_PRECONDITION_VECTORS = 105, /* 0 or 1, default 0: SOAP: whether vectors have a basis; before the first step
                                         * only */
    DESCENT_MINIMUM_SIDE = 106,       /* whole, [0, 2^53], default 0: Adafactor: matrices with a shorter side have v; before
                                       * the first step only */
    DESCENT_BFLOAT16_PRODUCTS = 108,  /* (g) 0 or 1, default 0, 1 in the dialect pytorch: Muon: whether u / |u|, X, A and its
                                       * polynomial are rounded to bfloat16, as PyTorch does. Products have sums in float32
                                       * and are faster; steps change by some 2% of their norm. float64 tensors are always
                                       * multiplied in float64 */

    DESCENT_STATE_DTYPE = 110,        /* a descent_state_dtype, default DESCENT_STATE_SAME; before the first step only */
    /* (g) 0 or 1, default 0: new values of float16 and bfloat16 are rounded up or down with probabilities that make the mean
     * right, so that changes below half a unit are not lost. The draws depend on rounding_seed, the step, and the tensor's and
     * the element's number only, and any two of them are independent of each other; probabilities are multiples of 2^-16.
     * Beyond the greatest finite number it is the nearest, or in bfloat16 that number. */
    DESCENT_STOCHASTIC_ROUNDING = 111,
    DESCENT_ROUNDING_SEED = 112,      /* whole, [0, 2^53], default 0 */
    /* [1e-300, inf), default 1: what the loss, and so the gradients, came multiplied with, to keep small ones from becoming 0 in
     * float16. They are divided by it on their way into the step, before all else: the other options, and
     * descent_health's gradient_norm, mean the gradients without it. An infinity, which tells that it is too large, follows
     * not_finite_policy; skipped_steps of descent_health counts the steps that were skipped. */
    DESCENT_GRADIENT_SCALE = 113
} descent_option;

/* The additions, in the order in which a step does them (g: gradient, w: parameters, t: the number of the step):
 *
 *   accumulate_steps N  each call takes its gradient into a mean, `gradient_mean`, and only the Nth makes a step, with the mean of
 *                       the N. Calls in between change no parameter and do not count as steps
 *   centralize          tensors with more than one row: g -= mean of g over the rows, for each column [Yong et al. 2020]
 *   adaptive_clip c     for each unit, a column of such a tensor or a tensor with one row: g *= min(1, c * max(|w|, .001) / |g|),
 *                       norms of the unit [Brock et al. 2021]
 *   (clipping, decay, the algorithm's update)
 *   cautious            of the update u, without decoupled decay, an element stays if u * g > 0 (u is subtracted), times
 *                       n / (those that stay + 1), n elements in the tensor; the others become 0 [Liang et al. 2024]
 *   lookahead_steps k   if t is a multiple of k: slow_values += lookahead_rate * (w - slow_values); w = slow_values, which
 *                       begin as w before the first step with the option, also when it is turned on again [Zhang et al. 2019]
 *   average             t >= average_start: average_values as descent_average says, w at first
 *
 * gradient_mean, slow_values and average_values are state as the algorithm's: descent_optimizer_state() has them, and they are
 * saved. Each takes as much memory as the parameters; so do the gradients that accumulate_steps, centralize or adaptive_clip
 * prepare, and the copy that cautious compares with. All of them are made in the first step that needs them. The sums are
 * taken in double, row after row. */

/* How parameters are averaged beside the training; descent_optimizer_use_average() puts the average in their place. */
typedef enum descent_average {
    DESCENT_AVERAGE_NONE = 0,
    DESCENT_AVERAGE_EMA = 1,    /* after each step a += (1 - average_decay) * (w - a) */
    DESCENT_AVERAGE_UNIFORM = 2 /* a += (w - a) / (steps in the average): the mean of w after each step */
} descent_average;

/* How the state is stored: that of an element in 2 bytes or in 1 1/64, and not in 4. It is rounded stochastically, by draws of
 * rounding_seed, the step, the tensor's and the element's number: means that change little in each step would otherwise not
 * change at all. Whatever is computed is computed in float32, block by block in the same pass: there is never a buffer of full
 * size. States that must be precise stay as they are: ftrl's z, asgd's average, rprop's, and copies of parameters (z of the
 * Schedule-Free methods, prodigy's initial_values); so does the state of DESCENT_FLOAT64 tensors. adafactor, muon, shampoo and
 * soap have none of this: DESCENT_ERROR_UNSUPPORTED.
 *
 * Quantized: blocks of 256 numbers have a scale each. A code is 8 bits of a small floating-point number, the lowest three its
 * mantissa f, those above them its exponent e: four of them beside a sign, where b = 15, five without one, where b = 31. It
 * stands for ((1 + f / 8) * 2^(e - b) - 2^-b) scales; a scale is the least power of 2, from 2^-90 on, whose greatest code is not
 * below the greatest magnitude of the block. So codes are evenly spaced near 0 and relatively further up, and a number is off
 * by at most 1/8 of the sum of its magnitude and 2^-b scales. Second moments have no sign; what of them is not 0 is not rounded
 * to 0. A block with a NaN, an infinity, or a number above 1.875 * 2^127 becomes NaN. Tensors of fewer than 4,096 elements keep
 * float32. In memory: the codes, a byte each, filled up to a multiple of 64; then the scales, a float for each block.
 * bindings/LOW_PRECISION.md compares the code with others, and trainings with those in float32. */
typedef enum descent_state_dtype {
    DESCENT_STATE_SAME = 0,      /* float64 for float64, else float32: as the arithmetic */
    DESCENT_STATE_BFLOAT16 = 1,
    DESCENT_STATE_QUANTIZED8 = 2
} descent_state_dtype;

/* What becomes of a step whose gradients hold a NaN or an infinity, or that would write one to a parameter or to the state: a
 * finite float32 gradient of 1e25 makes Adam's v infinite, and its weight never moves again. */
typedef enum descent_not_finite_policy {
    DESCENT_PROPAGATE = 0, /* it is made as IEEE 754 says */
    DESCENT_REFUSE = 1,    /* it fails with DESCENT_ERROR_NOT_FINITE, which names tensor and index; nothing has changed. This
                            * and the next try each step on copies first, which makes it take up to four times as long */
    DESCENT_SKIP = 2       /* it succeeds without changing any tensor, state or step count; descent_health counts it */
} descent_not_finite_policy;

/* What the learning rate is multiplied with. k = t - 1 - warmup_steps counts the steps after the warm-up from 0. The rate
 * is finite whatever the options are: one that would be larger is the greatest double. */
typedef enum descent_schedule {
    DESCENT_SCHEDULE_CONSTANT = 0,
    DESCENT_SCHEDULE_STEP = 1,            /* f^floor(k / N) */
    DESCENT_SCHEDULE_EXPONENTIAL = 2,     /* f^(k / N) */
    DESCENT_SCHEDULE_INVERSE_TIME = 3,    /* 1 / (1 + f * k / N) */
    DESCENT_SCHEDULE_POLYNOMIAL = 4,      /* m + (1 - m) * (1 - min(k / N, 1))^p */
    DESCENT_SCHEDULE_COSINE = 5,          /* m + (1 - m) * (1 + cos(pi * min(k / N, 1))) / 2 */
    DESCENT_SCHEDULE_COSINE_RESTARTS = 6, /* the same over and over, with cycles of N, N * c, N * c^2, ... steps
                                           * (Loshchilov and Hutter 2017); cycle n, from 0, times cycle_decay^n */
    DESCENT_SCHEDULE_ONE_CYCLE = 7,       /* along a cosine from cycle_start at k = 0 up to 1 at k = cycle_rise * N - 1, then
                                           * down to m at k = N - 1: counted from 1 these are the first step, step
                                           * cycle_rise * N and step N (Smith and Topin 2017, as PyTorch's OneCycleLR) */
    DESCENT_SCHEDULE_PLATEAU = 8          /* multiplied by f, to no less than m, when descent_optimizer_report_loss() has
                                           * brought no progress more than `patience` times: a loss lower than the best by
                                           * more than plateau_threshold of it, or higher with plateau_rises (as PyTorch's
                                           * ReduceLROnPlateau, with its cooldown) */
} descent_schedule;

/* Whose arithmetic: the same names stand for different formulas and defaults.
 *              PyTorch                       Keras                         Optax
 *   momentum,  v = momentum_decay * v +      as the textbook               as PyTorch, without
 *   nesterov   (1 - dampening) * g; v = g in                               dampening
 *              the first step and where
 *              momentum_decay is 0. w -=
 *              learning_rate * v, or * (g +
 *              momentum_decay * v);
 *              learning_rate .001 (sgd too)
 *   adagrad    epsilon 1e-10                 sqrt(h + epsilon),            sqrt(h + epsilon),
 *                                            initial_accumulator .1,       initial_accumulator .1
 *                                            learning_rate .001
 *   rmsprop    epsilon 1e-8; with momentum   sqrt(h + epsilon), rho .9,    sqrt(h + epsilon), rho .9,
 *              learning_rate outside of v    learning_rate .001            epsilon 1e-8
 *   adam       sqrt(v) / sqrt(c2) + epsilon  learning_rate * sqrt(c2) /    as the textbook
 *                                            c1 * m / (sqrt(v) + epsilon), amsgrad: greatest
 *                                            epsilon 1e-7                  v / c2 so far
 */
typedef enum descent_dialect {
    DESCENT_TEXTBOOK = 0,
    DESCENT_PYTORCH = 1,
    DESCENT_KERAS = 2,
    DESCENT_OPTAX = 3
} descent_dialect;

typedef enum descent_dtype {
    DESCENT_FLOAT32 = 1,
    DESCENT_FLOAT64 = 2,
    DESCENT_UINT8 = 3,   /* features of a data set, and saved entries */
    DESCENT_FLOAT16 = 4, /* this one and the next: tensors, and saved entries. IEEE 754's half precision */
    DESCENT_BFLOAT16 = 5, /* the upper half of a float32 */
    DESCENT_QUANTIZED8 = 6,          /* this one and the next: of state, descent_optimizer_state_dtype() */
    DESCENT_QUANTIZED8_UNSIGNED = 7, /* numbers that are not negative */
    DESCENT_INT32 = 16,  /* this one and the next: saved entries only, section 9 */
    DESCENT_INT64 = 17,
    DESCENT_UINT32 = 18,
    DESCENT_UINT64 = 19
} descent_dtype;

/* Low precision. Tensors of float16 and bfloat16 are computed with in float32, and so is a low-precision gradient of float32
 * values: each new value is the float32 one, rounded once to the nearest, of two that are equally near to the even one; a NaN
 * stays a NaN. (adafactor, muon, shampoo and soap round once more where cautious or lookahead_steps follow their step.) The
 * state is float32, as DeepSpeed and others keep it, where PyTorch's has the type of the values: small changes would be lost
 * in it. So are averages, slow values and collected gradients. Bits are the same with every instruction set, also where the
 * processor does not convert such numbers itself. */

/* Parameters and their gradient: two row-major matrices of rows * columns elements of the same type; a vector has
 * rows = 1. 40 bytes. Borrowed: the library reads the struct and the gradient, and changes the values, during the call
 * only. Neither may be empty, and no two memory ranges of a step (values or gradients, of one tensor or two) may
 * overlap; of these the library checks each tensor's values against its own gradient. */
typedef struct descent_tensor {
    void         *values;   /* updated in place */
    const void   *gradient; /* only read */
    size_t        rows;
    size_t        columns;
    descent_dtype dtype;    /* DESCENT_FLOAT32, DESCENT_FLOAT64, DESCENT_FLOAT16 or DESCENT_BFLOAT16 */
    uint32_t      group;    /* which option group; 0 = the optimizer's own options */
} descent_tensor;

/* The same with more to say, for descent_optimizer_step_parameters(). Set all of it to 0, then struct_size, then what is
 * wanted. rows or columns may be 0; values may then be NULL. Values, gradients and copies of a step must not overlap here
 * either; those of one parameter the library checks. */
typedef struct descent_parameter {
    uint32_t       struct_size;    /* sizeof(descent_parameter) */
    uint32_t       group;
    void          *values;         /* updated in place */
    const void    *gradient;       /* only read; NULL: the step passes this tensor by */
    size_t         rows;
    size_t         columns;
    descent_dtype  dtype;          /* of the values, as in descent_tensor */
    descent_dtype  gradient_dtype; /* DESCENT_FLOAT64 where the values are; else any of the other three, whatever they are */
    void          *copy;           /* receives rows * columns new values in copy_dtype, in the same pass; or NULL */
    descent_dtype  copy_dtype;     /* DESCENT_FLOAT16 or DESCENT_BFLOAT16; the values must not be DESCENT_FLOAT64 */
    uint32_t       reserved;       /* must be 0 */
    const int64_t *row_indices;    /* the gradient has these rows only, row_count of them, each once, in rising order; or NULL */
    size_t         row_count;
} descent_parameter;

/* An algorithm, its options, and the state of the tensors that it updates. */
typedef struct descent_optimizer descent_optimizer;

/* Makes an optimizer with the algorithm's default options and no state. Free it with descent_optimizer_free().
 * DESCENT_ERROR_INVALID_ARGUMENT for an unknown algorithm; DESCENT_ERROR_OUT_OF_MEMORY. */
descent_status descent_optimizer_create(descent_algorithm algorithm, descent_optimizer **out);
void           descent_optimizer_free(descent_optimizer *optimizer);

/* The algorithm that it was created with; 0, which is no algorithm, for NULL. */
descent_algorithm descent_optimizer_algorithm(const descent_optimizer *optimizer);

/* Sets or reads one option; may be called between any two steps, and holds from the next step on.
 * DESCENT_ERROR_INVALID_ARGUMENT for an unknown option, and for a value that is NaN, infinite or out of range;
 * DESCENT_ERROR_UNSUPPORTED if the algorithm has no such option: none is ever silently ignored. */
descent_status descent_optimizer_set(descent_optimizer *optimizer, descent_option option, double value);
descent_status descent_optimizer_get(const descent_optimizer *optimizer, descent_option option, double *value);

/* The same for the tensors of one group, any number; group 0 is the optimizer itself. Setting an option makes the group;
 * the options that it has none of its own for it shares with the optimizer, also when those change later. Marked
 * (g) above are the options that groups can have; others are DESCENT_ERROR_INVALID_ARGUMENT, and so is reading from a
 * group that was not made. DESCENT_ERROR_OUT_OF_MEMORY. */
descent_status descent_optimizer_set_group(descent_optimizer *optimizer, uint32_t group, descent_option option,
                                           double value);
descent_status descent_optimizer_get_group(const descent_optimizer *optimizer, uint32_t group, descent_option option,
                                           double *value);

/* The groups that have been made, group 0 not being one of them: how many, and their numbers, in no particular order,
 * 0 <= index < count. 0, which is none of them, for another index, and for NULL. */
size_t   descent_optimizer_group_count(const descent_optimizer *optimizer);
uint32_t descent_optimizer_group_at(const descent_optimizer *optimizer, size_t index);

/* Whether an option was set for this very group. One that was not set has in group 0 the default of the dialect, and in
 * another group what the optimizer has. false for NULL, an unknown option, and a group that was not made. */
bool descent_optimizer_is_set(const descent_optimizer *optimizer, uint32_t group, descent_option option);

/* The learning rate of the next step: the option's value as the schedule changes it. DESCENT_ERROR_UNSUPPORTED for a batch
 * method. */
descent_status descent_optimizer_learning_rate(const descent_optimizer *optimizer, double *learning_rate);

/* Tells the plateau schedule how the training goes, usually once an epoch: a loss, or with plateau_rises an accuracy. Not NaN.
 * DESCENT_ERROR_UNSUPPORTED for a batch method, which has no schedule. */
descent_status descent_optimizer_report_loss(descent_optimizer *optimizer, double loss);

/* One update of `count` tensors (at least 1), all in the same step of the algorithm. The first call fixes their number,
 * shapes and types and makes the state, all zero: per element as many numbers of the tensor's type (float32 for low
 * precision) as the algorithm has state buffers. A later call may pass other addresses but not other shapes, and allocates nothing.
 * DESCENT_ERROR_NULL_POINTER; DESCENT_ERROR_INVALID_ARGUMENT for an empty tensor, an unknown dtype, a group that was not
 * made, a size that overflows, values that overlap their gradient, or an option whose value (or what the step makes of it) is
 * infinite in the tensor's type, or 0 where it must not be: an epsilon of 1e-60 in float32; DESCENT_ERROR_SHAPE_MISMATCH;
 * DESCENT_ERROR_NOT_FINITE if the policy says so; DESCENT_ERROR_OUT_OF_MEMORY in the first call, and in the first one that
 * tracks the health or has one of the additions above; DESCENT_ERROR_UNSUPPORTED for a batch method. */
descent_status descent_optimizer_step(descent_optimizer *optimizer, const descent_tensor *tensors, size_t count);

/* The same for parameters: of tensors for which both can be said, descent_optimizer_step() makes the same step, to the bit. The
 * array's stride is parameters[0].struct_size, which all of them have.
 *
 * A tensor whose gradient is NULL is passed by: its values and state stay as they are, and its own count of steps, which is what
 * corrections for bias and the like go by, stands still. Schedules, averages and Lookahead go by the optimizer's count, and so
 * does prodigy, whose distance is one number for all tensors. Gradients must be there while accumulate_steps collects them:
 * DESCENT_ERROR_UNSUPPORTED.
 *
 * A later step may bring more tensors behind those of the steps before: they begin with fresh state and a count of 0. Fewer, or
 * other shapes, are DESCENT_ERROR_SHAPE_MISMATCH. Such a step allocates memory, as the first one does, and so does the first
 * one that passes a tensor by. Other errors are those of descent_optimizer_step(); DESCENT_ERROR_INVALID_ARGUMENT for a
 * struct_size that differs from the first one's or is unknown.
 *
 * Rows only. With row_indices the gradient is a matrix of row_count * columns, as embeddings have it: row i of it belongs to row
 * row_indices[i] of the values. These rows make a step, and a copy receives these; the others stay as they are, and the step's
 * time does not depend on them. For sgd, adagrad and ftrl without weight decay that is what a gradient with rows of 0 does. For
 * momentum, nesterov, rmsprop, adadelta, adam, adamw, adamax, nadam, radam, adabelief, yogi, adopt, lion, signum, adan,
 * ademamix, rprop and with decay it is the usual lazy form, that of PyTorch's SparseAdam: means, momentum and decay of a row
 * stand still while it has no gradient, and the tensor's count of steps goes on. row_count 0 passes the tensor by. Gradients
 * without row_indices may come in between. DESCENT_ERROR_UNSUPPORTED for methods that need all rows (those with sums over whole
 * tensors, of matrices, and with averages), with average, lookahead_steps, accumulate_steps, centralize, adaptive_clip,
 * cautious or track_health, and where rows share blocks of quantized state: columns are not a multiple of 256. */
descent_status descent_optimizer_step_parameters(descent_optimizer *optimizer, const descent_parameter *parameters,
                                                 size_t count);

/* Puts averaged parameters into the tensors, to be evaluated, or the training ones back, with the bits that they had: these
 * are kept meanwhile, in as much memory as the tensors have, and saved with the optimizer. The averages are those of
 * DESCENT_AVERAGE, or, where that is DESCENT_AVERAGE_NONE, those that schedule_free_sgd, schedule_free_adamw and asgd have
 * themselves. The tensors are those of the steps; their gradients do not matter and may be NULL. While averaged parameters are
 * in place a step is DESCENT_ERROR_INVALID_ARGUMENT, as is asking for what is there already, or before the first step or
 * average_start. DESCENT_ERROR_UNSUPPORTED where there are no averages, or the option that they follow from (momentum_decay,
 * beta1) is 0; DESCENT_ERROR_NULL_POINTER; DESCENT_ERROR_SHAPE_MISMATCH; DESCENT_ERROR_OUT_OF_MEMORY. */
descent_status descent_optimizer_use_average(descent_optimizer *optimizer, const descent_tensor *tensors, size_t count,
                                             bool use);

/* How many steps have been made since creation or reset; 0 for NULL. */
uint64_t descent_optimizer_step_count(const descent_optimizer *optimizer);

/* Forgets state, step count and shapes and frees their memory; keeps the options. DESCENT_ERROR_INVALID_ARGUMENT while averaged
 * parameters are in the tensors: the training ones would be lost. */
descent_status descent_optimizer_reset(descent_optimizer *optimizer);

/* What the steps did. The norms are Euclidean, over all tensors. */
typedef struct descent_health {
    uint32_t struct_size;     /* sizeof(descent_health), set by the caller */
    uint32_t reserved;
    uint64_t step;            /* the last step that was tracked, which the next six describe; 0 if none was */
    double   gradient_norm;   /* of the gradients as they were given */
    double   update_norm;     /* of the change of the parameters */
    double   parameter_norm;  /* of the parameters before the step */
    double   update_ratio;    /* update_norm / parameter_norm; 0 where that is 0. About 1e-3 is usual */
    double   update_cosine;   /* between this update and the one before: near -1 the steps overshoot; 0 at first */
    double   zero_fraction;   /* the share of gradient elements that are 0 */
    uint64_t clipped_steps;   /* how many steps clip_norm has scaled, since creation or reset */
    uint64_t skipped_steps;   /* how many were skipped for a NaN or infinity */
    uint64_t not_finite;      /* how many gradient elements of the tracked steps were NaN or infinite */
    /* Since 0.2: */
    uint64_t state_not_finite; /* how many numbers of the state were NaN or infinite after the last tracked step: what they
                                * belong to may never move again */
} descent_health;

/* Reads them. Steps are tracked while the option DESCENT_TRACK_HEALTH is 1; clipped_steps and
 * skipped_steps are counted in any case. */
descent_status descent_optimizer_health(const descent_optimizer *optimizer, descent_health *health);

/* A view of one state buffer of one tensor: *data points to *count numbers of the tensor's type (float32 for low
 * precision), laid out like its values. Borrowed: valid until the next call on this handle; it may be written to. The names are
 * in the table above and in descent_algorithm_state_name(). DESCENT_ERROR_UNKNOWN_NAME if the algorithm has no such buffer, or
 * not with the options of the first step; NULL and 0 numbers where this tensor has none, as Muon has a v for vectors only.
 * DESCENT_ERROR_INVALID_ARGUMENT before the first step and for a tensor index that does not exist. */
descent_status descent_optimizer_state(descent_optimizer *optimizer, size_t tensor, const char *name,
                                       void **data, size_t *count);

/* How that state buffer is stored: DESCENT_FLOAT32 or DESCENT_FLOAT64, or as state_dtype says. The same errors. */
descent_status descent_optimizer_state_dtype(descent_optimizer *optimizer, size_t tensor, const char *name,
                                             descent_dtype *dtype);

/* Writes the `count` numbers of that state buffer, all that it has, as doubles, however it is stored. The same errors, and
 * DESCENT_ERROR_INVALID_ARGUMENT for another count. */
descent_status descent_optimizer_widen_state(descent_optimizer *optimizer, size_t tensor, const char *name, double *out,
                                             size_t count);
/* The reverse: gives that state buffer these `count` numbers, all that it has, each rounded to the nearest that can be stored.
 * For state that comes from elsewhere and is to be stored in fewer bits. The same errors. */
descent_status descent_optimizer_narrow_state(descent_optimizer *optimizer, size_t tensor, const char *name,
                                              const double *numbers, size_t count);
/* The shape of the same buffer: mostly the tensor's own, 1 x 1 for one number of each tensor, 0 x 0 where this tensor has none.
 * descent_algorithm_state_shape() tells it before there is an optimizer. Errors as above. */
descent_status descent_optimizer_state_shape(const descent_optimizer *optimizer, size_t tensor, const char *name,
                                             size_t *rows, size_t *columns);

/* Reads or sets a number that belongs to a tensor's state beside its buffers: "step_count", the steps that it has made (the
 * optimizer's own count, if it is lower, is raised to it); one that the rule keeps from one step to the next, by its
 * descent_algorithm_kept_name(), as nadam's "momentum_product"; and, the same for all tensors, "averaged_steps" and
 * "collected_gradients", how many steps are in the averages and how many gradients in the mean. `group` is the one that the
 * tensor is in: what the rule keeps is the group's as long as the tensor has made all steps, and so, where there are groups, is
 * to be set for all tensors. prodigy has one step count, and one of each number, for all tensors. DESCENT_ERROR_UNKNOWN_NAME;
 * DESCENT_ERROR_NULL_POINTER; DESCENT_ERROR_INVALID_ARGUMENT where there is no state yet, for a tensor that does not exist, a
 * group that was not made, a value that is not finite, and a count that is not whole, outside [0, 2^53], or of averages or
 * gradients that are not kept; DESCENT_ERROR_OUT_OF_MEMORY. */
descent_status descent_optimizer_tensor_number(const descent_optimizer *optimizer, size_t tensor, uint32_t group,
                                               const char *name, double *value);
descent_status descent_optimizer_set_tensor_number(descent_optimizer *optimizer, size_t tensor, uint32_t group,
                                                   const char *name, double value);

/* Makes the state of these tensors as a step would, and makes no step: to restore state that comes from elsewhere, a file of
 * PyTorch's say. It begins as that of a first step; the buffers that descent_optimizer_state() hands out,
 * descent_optimizer_narrow_state() and descent_optimizer_set_tensor_number() give it what it had. Gradients do not matter and
 * may be NULL. Errors are those of descent_optimizer_step_parameters(). */
descent_status descent_optimizer_prepare(descent_optimizer *optimizer, const descent_parameter *parameters, size_t count);

/* The tensors that the first step has fixed: how many, 0 before it and for NULL; and shape and type of each,
 * 0 <= tensor < count. Which group a tensor is in, each step says anew. DESCENT_ERROR_NULL_POINTER;
 * DESCENT_ERROR_INVALID_ARGUMENT for a tensor that does not exist. */
size_t         descent_optimizer_tensor_count(const descent_optimizer *optimizer);
descent_status descent_optimizer_tensor(const descent_optimizer *optimizer, size_t tensor, size_t *rows, size_t *columns,
                                        descent_dtype *dtype);

/* Names, for configuration files and bindings: "sgd", "adam", ...; "learning_rate", "beta1", ... Each round-trips.
 * _name returns a static text, NULL for an unknown value. _from_name: DESCENT_ERROR_UNKNOWN_NAME. */
const char    *descent_algorithm_name(descent_algorithm algorithm);
descent_status descent_algorithm_from_name(const char *name, descent_algorithm *out);
const char    *descent_option_name(descent_option option);
descent_status descent_option_from_name(const char *name, descent_option *out);

/* The list of all algorithms and of all options, in the order of their values: 0 <= index < count. 0, which is no
 * algorithm and no option, for another index. */
size_t            descent_algorithm_count(void);
descent_algorithm descent_algorithm_at(size_t index);
size_t            descent_option_count(void);
descent_option    descent_option_at(size_t index);

/* Range and default of an option for an algorithm. A value is accepted if it is finite and
 * minimum <= value <= maximum: for a range written [0, 1), maximum is the largest double below 1, and for [0, inf) it is
 * infinity. A switch (descent_option_is_switch()) takes 0 and 1 only, and options described as whole take whole numbers.
 * The default is that of the textbook's dialect. DESCENT_ERROR_UNSUPPORTED if the algorithm has no such option (and then
 * descent_optimizer_set() refuses it too); DESCENT_ERROR_INVALID_ARGUMENT for an unknown algorithm or option. */
descent_status descent_option_range(descent_algorithm algorithm, descent_option option,
                                    double *minimum, double *maximum, double *default_value);

/* Whether the option is on or off: 1 or 0, and nothing between. false for an unknown option. */
bool descent_option_is_switch(descent_option option);

/* For documentation and bindings: how the algorithm is written ("AdaGrad", "RMSProp"), its update in one line, and the
 * names of its state buffers, 0 <= index. Static; NULL for an unknown algorithm, and past the last buffer. */
const char *descent_algorithm_title(descent_algorithm algorithm);
const char *descent_algorithm_formula(descent_algorithm algorithm);
const char *descent_algorithm_state_name(descent_algorithm algorithm, size_t index);

/* The names of the numbers that the rule keeps from one step to the next for a group of tensors, or for a tensor that has not
 * made all steps; 0 <= index. Static; NULL for an unknown algorithm, and past the last one. */
const char *descent_algorithm_kept_name(descent_algorithm algorithm, size_t index);

/* Whether it is a batch method, which decides itself where to evaluate and cannot be stepped. false for an unknown one. */
bool descent_algorithm_is_batch(descent_algorithm algorithm);

/* Whether it is such a one that fits linear models only: descent_minimize() refuses it. false for an unknown one. */
bool descent_algorithm_is_for_models(descent_algorithm algorithm);

/* The shape of a state buffer of a tensor of rows * columns elements: mostly the tensor's own; 1 * 1 where it is one number of
 * the tensor, as NovoGrad's n; what the methods of matrices have for rows, columns and sides; 0 * 0 where such a tensor has
 * none. Where maximum_side, minimum_side or precondition_vectors matter, it is the shape if they let the tensor have the buffer.
 * DESCENT_ERROR_NULL_POINTER; DESCENT_ERROR_INVALID_ARGUMENT for an unknown algorithm, an index past the last buffer, and a
 * tensor without elements. */
descent_status descent_algorithm_state_shape(descent_algorithm algorithm, size_t index, size_t rows, size_t columns,
                                             size_t *state_rows, size_t *state_columns);

/* ============================================================================================================
 * 4  LOSSES
 *
 * All are sums over a row and the mean over the batch; s are the scores of a row, y its label, p predictions, t targets.
 *
 *   softmax_cross_entropy  log(sum_j exp(s_j)) - s_y
 *   multiclass_hinge       sum over j != y of max(0, s_j - s_y + 1)    (Weston and Watkins 1999; the SVM loss of CS231n)
 *   squared_hinge          the same with each term squared
 *   one_vs_rest_hinge      sum over j of max(0, 1 - y_j * s_j), y_j = 1 for j = y and -1 for the others: each class by itself
 *                          against the rest, as LIBLINEAR has it (Fan et al. 2008)
 *   one_vs_rest_squared_hinge  the same with each term squared
 *   one_vs_rest_logistic   sum over j of log(1 + exp(-y_j * s_j))
 *   squared_error          sum (p - t)^2
 *   absolute_error         sum |p - t|
 *   huber                  sum of (p - t)^2 / 2 where |p - t| <= delta, delta * (|p - t| - delta / 2) elsewhere (Huber 1964)
 *   logistic               sum of log(1 + exp(p)) - t * p for targets in [0, 1]: cross-entropy of a sigmoid
 *   quantile               sum of q * max(t - p, 0) + (1 - q) * max(p - t, 0), least at the targets' quantile q: the pinball
 *                          loss (Koenker and Bassett 1978). With q = 1/2 it is half the absolute error
 *   epsilon_insensitive    sum of max(0, |p - t| - epsilon)            (Vapnik 1995; support vector regression)
 *   squared_epsilon_insensitive  the same with each term squared
 *   poisson                sum of exp(p) - t * p for finite targets >= 0: the negative log-likelihood of a Poisson
 *                          distribution with the mean exp(p), but for log(t!). Half of its deviance, which scikit-learn's
 *                          PoissonRegressor minimizes, is larger by t * log(t) - t, which p does not change: the gradient
 *                          is the same. It can be negative
 *
 * Four of them have a parameter, which descent_loss_regress_with() takes; descent_loss_regress() takes its default:
 *
 *   huber                                              delta     (0, inf)   1
 *   quantile                                           quantile  (0, 1)     0.5
 *   epsilon_insensitive, squared_epsilon_insensitive   epsilon   [0, inf)   0.1
 *
 * At a kink (a hinge term, |p - t| or |p - t| - epsilon exactly 0) the gradient is 0. The arithmetic is in double for every
 * dtype; only the results are rounded. A value or gradient that a double can hold is right even where a difference of two
 * scores, a sum or a square on the way to it overflows; one above the greatest double is infinite, and so is poisson's where
 * exp(p) is, from p = 709.8 on. The value of softmax_cross_entropy is then the greatest double: it is finite for any finite
 * scores.
 * ============================================================================================================ */

typedef enum descent_loss {
    DESCENT_SOFTMAX_CROSS_ENTROPY = 1, /* the first six take integer labels: descent_loss_classify() */
    DESCENT_MULTICLASS_HINGE = 2,
    DESCENT_SQUARED_HINGE = 3,
    DESCENT_ONE_VS_REST_HINGE = 4,
    DESCENT_ONE_VS_REST_SQUARED_HINGE = 5,
    DESCENT_ONE_VS_REST_LOGISTIC = 6,
    DESCENT_SQUARED_ERROR = 20,        /* the others take real targets: descent_loss_regress() */
    DESCENT_ABSOLUTE_ERROR = 21,
    DESCENT_HUBER = 22,
    DESCENT_LOGISTIC = 23,
    DESCENT_QUANTILE = 24,
    DESCENT_EPSILON_INSENSITIVE = 25,
    DESCENT_SQUARED_EPSILON_INSENSITIVE = 26,
    DESCENT_POISSON = 27
} descent_loss;

/* A loss of scores against labels.
 *   scores    batch * classes numbers of the dtype (DESCENT_FLOAT32 or DESCENT_FLOAT64)
 *   labels    batch numbers, 0 <= label < classes
 *   gradient  optional: receives d value / d scores, of the scores' shape and dtype; it may be `scores` itself, but must
 *             not overlap it otherwise
 *   value     receives the mean over the batch
 * DESCENT_ERROR_NULL_POINTER; DESCENT_ERROR_INVALID_ARGUMENT for a loss with real targets, an unknown loss or dtype,
 * batch or classes of 0, a size that overflows, or a label out of range. Thread-safe. */
descent_status descent_loss_classify(descent_loss loss, descent_dtype dtype, size_t batch, size_t classes,
                                     const void *scores, const int32_t *labels, void *gradient, double *value);

/* A loss of predictions against targets, both batch * outputs numbers of the dtype; gradient and value as above. Errors too,
 * and DESCENT_ERROR_INVALID_ARGUMENT for a loss with labels, and for a target that the loss does not take: outside [0, 1] for
 * logistic, negative, infinite or NaN for poisson. Thread-safe. */
descent_status descent_loss_regress(descent_loss loss, descent_dtype dtype, size_t batch, size_t outputs,
                                    const void *predictions, const void *targets, void *gradient, double *value);

/* The same with the loss's parameter: huber's delta, ... DESCENT_ERROR_UNSUPPORTED for a loss without one,
 * DESCENT_ERROR_INVALID_ARGUMENT for one that is NaN, infinite or out of range. Thread-safe. */
descent_status descent_loss_regress_with(descent_loss loss, double parameter, descent_dtype dtype, size_t batch,
                                         size_t outputs, const void *predictions, const void *targets, void *gradient,
                                         double *value);

/* The parameter of a loss: its name ("delta"), NULL for a loss without one and an unknown loss; and its range and default, in
 * the manner of descent_option_range(): a value is accepted if it is finite and minimum <= value <= maximum, so that (0, 1) has
 * the least double above 0 and the greatest below 1, and (0, inf) infinity as maximum. DESCENT_ERROR_NULL_POINTER;
 * DESCENT_ERROR_UNSUPPORTED for a loss without a parameter; DESCENT_ERROR_INVALID_ARGUMENT for an unknown loss. */
const char    *descent_loss_parameter_name(descent_loss loss);
descent_status descent_loss_parameter_range(descent_loss loss, double *minimum, double *maximum, double *default_value);

/* Whether the loss takes integer labels (descent_loss_classify() and the classifier) or real targets; false for an
 * unknown loss too. */
bool descent_loss_takes_labels(descent_loss loss);

/* Names and list of the losses, by the same rules as those of the algorithms. */
const char    *descent_loss_name(descent_loss loss);
descent_status descent_loss_from_name(const char *name, descent_loss *out);
size_t         descent_loss_count(void);
descent_loss   descent_loss_at(size_t index);

/* ============================================================================================================
 * 5  LINEAR MODELS
 *
 * scores = features * W + b in float32, with W of dimension * outputs (row-major) and b of `outputs` numbers, both zero
 * at first. A classifier has an output for each class, or a single one if it is binary; a regressor has one for each number
 * that it predicts. Each minimizes a loss of section 4 plus l2 * sum(W * W); the bias is not regularized. Every loss that these
 * functions report or differentiate includes that term, but for that of validation data.
 *
 * Standardizing. A fit may centre and scale each feature by its mean and standard deviation, taken from its data in one pass
 * in double (weighted, if the samples are): then l1 and l2 act on the weights of features so scaled, and features around 1e6
 * or of different sizes are learned as well as others. W and b, as descent_classifier_parameters() shows them, are in the
 * data's own units nonetheless. Means and deviations stay with the model, and are saved with it, until its weights are drawn
 * anew; scores are computed with them, so that they are exact even where b, in float32, cannot be. Sparse data are scaled by
 * their deviations and not centred, so that zeros stay zeros. A regressor's targets are centred by their means where its loss is
 * one of their distance from the prediction alone (all but logistic and poisson), so that targets around 1e6 are learned as
 * well; b begins as their mean then, if it is 0 before.
 *
 * Sparse data. With row_starts a data set has CSR rows: of each sample the columns and values that are stored, and 0 in all
 * other columns. Every function takes them, and does with them what it does with the same rows stored in full, up to rounding:
 * sums are made in another order. `scale` multiplies the stored values; `offset` must be 0. Starts and columns are checked once
 * in a call: DESCENT_ERROR_INVALID_ARGUMENT names the row, and the column, that is out of order or range.
 *
 * A step on a minibatch of sparse rows updates only the rows of W whose features occur in it, and takes time for these only. For
 * sgd, adagrad and ftrl the result is that of the full step, up to rounding: the decay of sgd, by l2 and the optimizer's own, and
 * the shrinking by l1 that a row of W has missed are made up for, in closed form, when its feature occurs again, and for all rows at
 * the end of each epoch. Other methods take the lazy form of descent_optimizer_step_parameters(): means, momentum, decay and
 * shrinking of a row stand still while its feature does not occur. Full steps, as dense_steps = 1 asks for, are made by methods
 * that need all rows, with the options average, lookahead_steps, accumulate_steps, centralize, adaptive_clip, cautious,
 * track_health, maximize and quantized state, with clip_value or clip_norm together with a decay, with adagrad and ftrl
 * together with a decay (ftrl's own option l2 needs none), with minibatches of all samples, and in models that full rows have centred.
 * In progress reports of steps on rows `loss` is without the terms of l2 and l1, but for that at the end of an epoch, which has
 * them as they are then; gradient_norm and zero_fraction are those of the updated rows; update_ratio, update_cosine and, at the
 * end of an epoch, noise_scale are NaN. Such a fit takes the memory of W and of the optimizer's state, another one of W where decay
 * or l1 are made up for and a callback looks at the model within an epoch, 4 to 12 bytes for each feature, and some for each value
 * stored in a minibatch, times the number of outputs where it is the gradient's. A callback that reads W within an epoch calls
 * descent_classifier_parameters() first, which brings all rows up to date, as do the other functions that it may call.
 *
 * L1. A fit with l1 makes exact zeros. With minibatches each step is followed by a proximal step in the metric of the method:
 * each weight w becomes sign(w) * max(|w| - l1 * r, 0), where r is the factor by which the method has multiplied its gradient:
 * the learning rate for sgd, momentum and nesterov, divided by the root that they divide by for adagrad, rmsprop, adam and adamw
 * (Duchi, Hazan and Singer 2011). b is never shrunk. lbfgs does OWL-QN (Andrew and Gao 2007), as with its option l1, to which this
 * is added. coordinate_descent finds the minimum with l1 soonest. Other methods are DESCENT_ERROR_UNSUPPORTED: ftrl has its own
 * option l1. Losses in reports include the term, those of validation data and of descent_classifier_evaluate() do not.
 * ============================================================================================================ */

/* Several processes, or threads, that compute together: one of them, and its way to reach the others. Every engine has what
 * `exchange` needs: MPI_Sendrecv, send and recv of torch.distributed, a socket (bindings/c/mpi has the one of MPI).
 *
 * Each process holds some rows of one data set, and calls the same function with the same arguments but for its rank and its
 * rows: the rows of rank 0, then those of rank 1, and so on, are the n rows of the data set. It is divided into S shards, a
 * power of two; shard s is rows floor(s * n / S) to floor((s + 1) * n / S), not included, and rank r of P holds shards
 * r * S / P to (r + 1) * S / P, not included, whole. A shard, and so a process, may have no rows. P must divide S.
 * An error says how many rows a process has to hold, and whatever else is not the same everywhere (dimension, options,
 * weights, the optimizer's state, the library's version, ...) is named before anything begins: `rank 3 has 785 features,
 * rank 0 784`.
 *
 * Sums over all samples are those of a binary tree over the shards, which does not depend on the number of processes: P
 * processes give the bits of one that holds all rows and has as many shards, without a communicator. Weights and optimizers are
 * the same everywhere at all times. A minibatch has batch_size / S samples of each shard (as long as it has any), which is
 * shuffled by the seed and its number, so batch_size must be a multiple of S, or 0; one shard is a data set that is not
 * divided. Draws with replacement, and strata, are those of each shard. So are DESCENT_SAMPLE_WEIGHTED's: what a shard's
 * draws add to the mean counts by its share of all weights, so that the expected gradient is that of all samples together.
 *
 * Failures. If a process fails before or during a call (a bad label, no memory, a feature that is not finite), all of them
 * fail with its status, and the text names its rank and says what it says. If `exchange` returns anything but 0,
 * the process that called it fails with DESCENT_ERROR_COMMUNICATION, its model and optimizer being as after the last complete
 * step, and exchanges nothing more; whether the others hear of it is up to the engine, in which they wait for an
 * answer: let it fail there too. If a progress callback, of any rank, asks to stop, all processes stop behind the same step,
 * with DESCENT_ERROR_CANCELLED. Other callbacks may be NULL. */
typedef struct descent_communicator {
    uint32_t struct_size; /* sizeof(descent_communicator) */
    int32_t  rank, size;  /* 0 <= rank < size, and `size` processes */
    /* Sends `bytes` bytes to the partner, another rank, and receives as many from it, both at once: neither may wait until
     * the other has been received. At most 2^30 bytes at a time. 0: done; anything else: failed. It runs on the thread that
     * called the library. */
    int32_t (*exchange)(int32_t partner, const void *send, void *receive, size_t bytes, void *context);
    void    *context;     /* handed to it */
} descent_communicator;

/* For a training loop of your own: adds up an array of `count` numbers (DESCENT_FLOAT32 or DESCENT_FLOAT64) over all processes, in
 * place. Every process calls it with as many numbers; afterwards all have the same sums, to the bit: those of the binary tree
 * over the ranks, ((0 + 1) + (2 + 3)) + ((4 + 5) + ...), so that 8 processes with one part each give what 4 do that have
 * added up two neighbouring parts. The number of processes is a power of two. Nothing is compared before, and what fails in one
 * process, but for an exchange, the others do not hear of. DESCENT_ERROR_COMMUNICATION: then the numbers are anything.
 * DESCENT_ERROR_NULL_POINTER, _INVALID_ARGUMENT, _OUT_OF_MEMORY: before the first exchange. Thread-safe. */
descent_status descent_communicator_sum(const descent_communicator *communicator, descent_dtype dtype, void *values,
                                        size_t count);

/* Samples, all borrowed: read during the call only, never copied as a whole. Before anything else clear it
 * (`descent_dataset data = {0};`) and set struct_size, so that what is not set is 0. */
typedef struct descent_dataset {
    uint32_t       struct_size; /* sizeof(descent_dataset) */
    descent_dtype  dtype;       /* of the features: DESCENT_FLOAT32, DESCENT_FLOAT64, DESCENT_UINT8, DESCENT_FLOAT16 or
                                 * DESCENT_BFLOAT16 */
    const void    *features;    /* row-major, samples * dimension; with row_starts the stored values, or NULL if all of them
                                 * are 1 */
    const int32_t *labels;      /* `samples` numbers, 0 <= label < classes; NULL where only scores are asked for, and for a
                                 * regressor */
    size_t         samples;     /* at least 1 */
    size_t         dimension;   /* that of the model */
    float          scale;       /* every feature is multiplied by it: 1.0f, or 1.0f/255 for bytes. Finite. */
    float          offset;      /* then this is added. Finite. feature * scale + offset is computed in double and rounded to
                                 * float32 once; in a standardized model after it has been centred and scaled */
    /* Since 0.2; the struct of 0.1, without what follows, is still accepted. */
    const void    *targets;      /* of a regressor: row-major, samples * outputs, finite in float32; else NULL */
    descent_dtype  target_dtype; /* DESCENT_FLOAT32 or DESCENT_FLOAT64; 0 stands for DESCENT_FLOAT32 */
    uint32_t       reserved;     /* 0 */
    const double  *weights;      /* optional: how much each sample counts, [0, inf), not all 0. Losses, accuracies and R2 are
                                  * means weighted by them: weight 2 is a sample twice, weight 0 one that is not there. In a fit
                                  * with minibatches the mean weight of all samples is made 1. NULL: each counts 1 */
    const int64_t *row_starts;     /* of sparse data, see above: samples + 1 places in column_indices and features, none below
                                    * the one before. Row i is stored from row_starts[i] to row_starts[i + 1] - 1. NULL: all
                                    * features are stored */
    const int32_t *column_indices; /* the column of each stored value, [0, dimension), rising within each row; not NULL with
                                    * row_starts, unless nothing is stored */
    size_t         stored_count;   /* how many values and columns there are, for a check that no row ends behind them; 0: as
                                    * many as row_starts says */
    const descent_communicator *communicator; /* optional: these are the rows of one process among several, for
                                  * descent_classifier_evaluate() and _loss_gradient(), and those of regressors, whose results are
                                  * then those of all rows. A fit has its own. Scores and predictions are those of these rows in
                                  * any case; a gradient check and a random search with it are DESCENT_ERROR_UNSUPPORTED */
    uint32_t       shards;       /* into how many shards the rows of all processes are divided: a power of two up to 65,536; 0: 8
                                  * with a communicator, else 1. Results of one number of shards are the same in any number of
                                  * processes; those of another differ in their last bits */
    uint32_t       reserved_2;   /* 0 */
} descent_dataset;

/* Looks at all features, and at targets and weights where there are some. DESCENT_ERROR_NOT_FINITE names the row and column of
 * the first feature, or target, that is NaN or infinite; other errors as in a fit. */
descent_status descent_dataset_check(const descent_dataset *data, size_t outputs);

/* What a fit tells its callback, after every step. Borrowed: valid during the callback only. */
typedef struct descent_progress_report {
    uint32_t struct_size;   /* how much of this the library has filled in */
    uint32_t epoch;         /* from 1 */
    uint64_t step;          /* from 1, in this fit; one that is resumed counts on */
    uint64_t step_total;    /* steps of the whole fit */
    double   loss;          /* of the last minibatch; at the end of an epoch the mean over all of its samples, each
                             * measured with the weights of its own step */
    double   learning_rate;
    double   gradient_norm; /* Euclidean, over W and b, of the last minibatch */
    double   update_ratio;  /* |change of W| / |W before|; 0 where W was 0. About 1e-3 is usual */
    double   seconds;       /* since the call began */
    bool     epoch_end;     /* true in the last step of each epoch */
    bool     plateau;       /* true at the end of an epoch whose loss is less than a thousandth below the best before */
    double   update_cosine; /* between this change of W and the one before: near -1 the steps overshoot; 0 at first, NaN
                             * if the one before is not known, because that step was made without a callback */
    double   zero_fraction; /* the share of zeros in the gradient of W */
    double   noise_scale;   /* at the end of an epoch the gradient noise scale, tr(covariance) / |mean|^2 of the gradient of
                             * one sample, estimated from its minibatches: the batch size beyond which larger ones help
                             * little (McCandlish et al. 2018); infinity if noise is all there was; NaN if some of its
                             * steps were made without a callback; else 0 */
    double   validation_loss; /* since 0.2: at the end of an epoch that of the validation data; NaN elsewhere */
} descent_progress_report;

/* Return 0 to go on, anything else to stop the fit. `context` is the pointer that was given to the fit. The callback may
 * read the classifier's parameters, call descent_classifier_evaluate(), _scores() and _predict() on it, and on both
 * classifier and optimizer all functions that take them as const, descent_classifier_save() and descent_optimizer_save()
 * above all: what is saved then goes on behind this step. It must not change either. It runs on the thread that called
 * the fit. */
typedef int32_t (*descent_progress)(const descent_progress_report *report, void *context);

/* How a minibatch is chosen. An epoch has ceil(samples / batch_size) steps, the last one with what is left over. */
typedef enum descent_sampling {
    DESCENT_SAMPLE_SHUFFLE = 1,     /* each sample once an epoch, in a new random order each epoch */
    DESCENT_SAMPLE_REPLACEMENT = 2, /* each draw independent and uniform over all samples */
    DESCENT_SAMPLE_STRATIFIED = 3,  /* each sample once an epoch; each batch has of every class its share of the data
                                     * set, rounded up or down */
    DESCENT_SAMPLE_WEIGHTED = 4     /* each draw independent, by weights; in a fit those of the data set, which then do not
                                     * multiply the loss of the minibatches any more */
} descent_sampling;

typedef struct descent_fit_options {
    uint32_t struct_size; /* sizeof(descent_fit_options) */
    uint32_t epochs;      /* at least 1; default 10 */
    uint32_t batch_size;  /* default 128; 0, or more than there are samples: as many as there are, batch gradient descent
                           * (with DESCENT_SAMPLE_REPLACEMENT still draws) */
    uint64_t seed;        /* of the sampling; default 0. The same seed gives the same minibatches */
    int32_t  sampling;    /* a descent_sampling; default DESCENT_SAMPLE_SHUFFLE */
    uint32_t reserved;    /* 0 */
    /* Since 0.2; the struct of 0.1, without what follows, is still accepted, and all of it is off by default. */
    int32_t  standardize;    /* 1: features are centred and scaled, see above. A model that is standardized already keeps its
                              * means and deviations; one that is not takes those of the data. 0: they are taken as they are */
    int32_t  check_features; /* 1: a feature that is NaN or infinite, in float32 too, ends the fit with DESCENT_ERROR_NOT_FINITE,
                              * which names row and column, before the step that would have used it; one of the validation data before the
                              * first step. It costs next to nothing */
    const descent_dataset *validation; /* optional: other samples, borrowed during the fit. After each epoch their mean loss,
                                        * without regularization, is computed, and in the end W and b are those of the epoch
                                        * with the lowest one */
    uint32_t patience;    /* the fit ends after so many epochs without progress of the validation loss, or of the epoch's loss
                           * where there are no validation data; 0: never */
    int32_t  average;     /* 1: in the end W and b are the optimizer's averages (its option average, or the method's own), and
                           * validation looks at these */
    double   tolerance;   /* [0, 1): a loss makes progress where it is below the last one that did by more than this share of
                           * it */
    double   l1;          /* [0, inf): l1 * sum(|W|) is added to what the fit minimizes, and many weights become exactly 0; see
                           * above */
    int32_t  dense_steps; /* of sparse data in minibatches. 0: a step updates the rows of W whose features occur in the
                           * minibatch; 1: all of W, as with dense data. See above */
    uint32_t reserved2;   /* 0 */
    const descent_communicator *communicator; /* optional: the samples, and the validation data, are those of one process among
                           * several, which call the same function; NULL: that of the data set, if it has one. Borrowed. Results
                           * do not depend on the number of processes: a fit that was saved in four goes on in two */
    uint32_t shards;      /* as in descent_dataset; without a communicator, too, the fit is that of so many shards. 0: those of
                           * the data set, if they are set there */
    int32_t  check_ranks; /* 1: after each step weights and optimizers of all processes are compared, for debugging: if a process
                           * has others the fit ends with DESCENT_ERROR_INVALID_ARGUMENT, which names it. Needs memory for
                           * a copy of the optimizer's state in each step, and ends the fit behind it where there is none */
} descent_fit_options;

/* Fills in struct_size and the defaults. Does nothing for NULL. */
void descent_fit_options_init(descent_fit_options *options);

/* How a learning-rate range test goes: the rate rises geometrically from minimum to maximum in `steps` steps. */
typedef struct descent_range_options {
    uint32_t struct_size; /* sizeof(descent_range_options) */
    uint32_t steps;       /* at least 2; default 200 */
    double   minimum;     /* (0, maximum); default 1e-6 */
    double   maximum;     /* finite; default 10 */
} descent_range_options;

/* Fills in struct_size and the defaults. Does nothing for NULL. */
void descent_range_options_init(descent_range_options *options);

typedef struct descent_classifier descent_classifier;

/* Makes a classifier with W and b zero and l2 = 0. The loss is one of those with integer labels.
 * DESCENT_ERROR_INVALID_ARGUMENT for a dimension or a number of classes of 0, sizes that overflow, or another loss;
 * DESCENT_ERROR_OUT_OF_MEMORY. */
descent_status descent_classifier_create(size_t dimension, size_t classes, descent_loss loss, descent_classifier **out);
/* The same for two classes with one output: W is dimension * 1 and b one number. The score is that of class 1 against class 0,
 * and class 1 is predicted where it is above 0: half the work. softmax_cross_entropy becomes log(1 + exp(s)) - y * s for a label y
 * of 0 or 1, multiclass_hinge max(0, 1 - (2y - 1) * s), squared_hinge its square; one_vs_rest_logistic, one_vs_rest_hinge and
 * one_vs_rest_squared_hinge are the same three. */
descent_status descent_classifier_create_binary(size_t dimension, descent_loss loss, descent_classifier **out);
void           descent_classifier_free(descent_classifier *classifier);

/* The strength of the regularization, [0, inf). */
descent_status descent_classifier_set_l2(descent_classifier *classifier, double l2);

/* Fills W with independent draws from a normal distribution of mean 0, and b with zeros. standard_deviation: [0, inf).
 * A fit from before cannot be resumed any more. */
descent_status descent_classifier_initialize(descent_classifier *classifier, double standard_deviation, uint64_t seed);

/* Trains with minibatches, from the present W and b. The optimizer steps two tensors, W (dimension x outputs) and b
 * (1 x outputs), and keeps its state: a second fit goes on where the first one stopped, with other data too, so that a stream is
 * learned by one fit of one epoch for each chunk. progress may be NULL; the norms
 * in its report are computed only if it is not.
 * DESCENT_ERROR_CANCELLED when the callback asked to stop: then W and b are those after the last step, and usable.
 * DESCENT_ERROR_NOT_FINITE, with W and b in the same condition, if the optimizer's not_finite_policy is to refuse, or
 * check_features has found something; DESCENT_ERROR_COMMUNICATION, if an exchange with another process has failed.
 * A batch method takes batch_size 0 and no replacement, else it is DESCENT_ERROR_UNSUPPORTED. An epoch is one iteration of it,
 * in which the data are gone through once or several times (L-BFGS goes through parts of them before: part_iterations); `loss`
 * in its report is that at the beginning of the iteration, learning_rate the length of the step, and L-BFGS's l1 holds for W
 * and not for b. Of a loss with kinks it minimizes one with parabolas in their places, which become narrower until they are as
 * wide as a thousandth of the loss: the loss in its reports is that, an eighth of a thousandth above the other at the most in
 * the end. Where the loss cannot be lowered any more
 * in float32 the fit ends before its last epoch; where it is NaN or infinite at the beginning, as with such features, it is
 * DESCENT_ERROR_NOT_FINITE.
 * sdca is for an l2 above 0 and losses whose scores are judged one by one (the three with one_vs_rest, every loss of a binary
 * classifier, and of a regressor but poisson), without l1, shards and a communicator; else it is DESCENT_ERROR_UNSUPPORTED. It
 * minimizes what all others do, with b as free as there. To the memory of W it adds a number for each score of each sample, the dual
 * variables, 8 bytes for each sample, and with more than 33 outputs another W, the one that is trained: a callback that reads W
 * calls descent_classifier_parameters() first. The optimizer keeps and saves the variables. A fit makes W of those that it has, if
 * they are those of as many samples and outputs, and else begins with W and b 0, whatever these are. Where no score moves any more
 * the fit ends; where numbers leave float32's range it is DESCENT_ERROR_NOT_FINITE, with W and b 0 and no variables. `loss` in
 * its report is that of each sample's scores on its turn; learning_rate is 0, and figures of gradient and update are NaN.
 * Several threads share the outputs, 32 and more each.
 * coordinate_descent is for losses whose scores are judged one by one and have a second derivative: one_vs_rest_logistic and
 * one_vs_rest_squared_hinge, softmax_cross_entropy and squared_hinge of a binary classifier, logistic, squared_error, huber,
 * squared_epsilon_insensitive and poisson; without shards and a communicator, else it is DESCENT_ERROR_UNSUPPORTED. An epoch is one
 * gradient over all samples, and then up to ten of Newton's approximations for each output in the features in use. To the memory
 * of W it adds 8 bytes for each entry of these features, 16 for each feature, and 48 for each sample and 48 for each feature times
 * the threads, which share the outputs. It keeps nothing from one epoch to the next but W and b. `loss` in its report is that at the
 * beginning of the epoch; learning_rate is 0. Where an epoch would lower no output's objective by 2^-42 of it the fit ends.
 * All other failures come before the first step: DESCENT_ERROR_NULL_POINTER (data->labels too),
 * DESCENT_ERROR_INVALID_ARGUMENT (data, options, a label out of range, 0 samples or a dimension of 0; average with an
 * optimizer that keeps none), DESCENT_ERROR_NOT_FINITE (a feature that is to be standardized, a target),
 * DESCENT_ERROR_SHAPE_MISMATCH (data->dimension is not the classifier's, or the optimizer was stepped with other tensors),
 * DESCENT_ERROR_OUT_OF_MEMORY. */
descent_status descent_classifier_fit(descent_classifier *classifier, descent_optimizer *optimizer,
                                      const descent_dataset *data, const descent_fit_options *options,
                                      descent_progress progress, void *context);

/* Goes on with the last fit behind the last step that it made: one that the callback stopped, or whose classifier and
 * optimizer were saved in the callback and loaded again. The steps are the ones that it would have made, with the same
 * bits, and the callback hears what it would have heard, but for `seconds`; a fit that patience has ended makes none. The
 * arguments are those of the fit, with the same data; epochs may be others, so that a fit that was complete goes on too; with
 * the same ones it makes no step. l2 and the optimizer's options may have changed. If some steps were made without a callback,
 * later reports are the same but for figures that cannot be known without it, which are NaN: noise_scale at the end of such an
 * epoch, and update_cosine right after such a step.
 * Data are the same if their features, scaled and shifted, and their labels are; dtype, scale and offset by themselves do
 * not matter. They are compared by a number of 64 bits, which is saved with the classifier. It stands for all features
 * and all labels if these are at most 4,096 numbers, else for 4,096 of each, spread over all of them: other data are
 * noticed, but not every change of a few numbers.
 * Errors as in a fit; DESCENT_ERROR_INVALID_ARGUMENT, too, if there was no fit (or the weights were drawn anew since),
 * batch_size, sampling or seed are not that fit's, more epochs have been begun than there are to be, or the optimizer has
 * not made as many steps as when the fit made its last one: then it belongs to another moment. So are data that are not
 * those of the fit: the text says whether the features or the labels differ.
 * DESCENT_ERROR_SHAPE_MISMATCH for another number of samples. */
descent_status descent_classifier_resume(descent_classifier *classifier, descent_optimizer *optimizer,
                                         const descent_dataset *data, const descent_fit_options *options,
                                         descent_progress progress, void *context);

/* How the last fit ended. */
typedef struct descent_fit_result {
    uint32_t struct_size;  /* sizeof(descent_fit_result), set by the caller */
    int32_t  reason;       /* a descent_fit_reason */
    uint32_t epochs;       /* the last epoch in which it made a step, from 1 */
    uint32_t best_epoch;   /* that of best_loss; 0 if no loss was watched */
    uint64_t steps;        /* made by this call */
    double   first_loss;   /* of its first minibatch; NaN if it made no step */
    double   loss;         /* of its last epoch, as a progress report has it; NaN if it completed none */
    double   best_loss;    /* the lowest loss of the validation data, or, where there are none, of an epoch, if patience was set;
                            * else NaN */
    int32_t  is_amiss;     /* 1 if the loss is NaN or infinite in the end, or clearly above the one it began with, or if a
                            * gradient that is not finite has ended it */
    uint32_t reserved;
    size_t   largest_feature;   /* then the column with the largest magnitude among the features (of this process), from 0, */
    double   largest_magnitude; /* and that magnitude; else both are 0 */
} descent_fit_result;

typedef enum descent_fit_reason {
    DESCENT_FIT_NONE = 0,      /* there was no fit, or one of another process that has been loaded */
    DESCENT_FIT_EPOCHS = 1,    /* all epochs are done */
    DESCENT_FIT_PATIENCE = 2,  /* no progress for `patience` epochs */
    DESCENT_FIT_MINIMUM = 3,   /* a batch method could not lower the loss any more in float32 */
    DESCENT_FIT_CANCELLED = 4, /* the callback asked to stop */
    DESCENT_FIT_NOT_FINITE = 5,    /* it failed with DESCENT_ERROR_NOT_FINITE */
    DESCENT_FIT_COMMUNICATION = 6  /* an exchange with another process failed, or that process did */
} descent_fit_reason;

/* DESCENT_ERROR_NULL_POINTER, DESCENT_ERROR_INVALID_ARGUMENT for an unknown struct_size. */
descent_status descent_classifier_fit_result(const descent_classifier *classifier, descent_fit_result *result);

/* Which optimizer? Makes one that suits the model and the data, to be freed with descent_optimizer_free(), and sets in the
 * options what goes with it: epochs and batch_size, if they are 0, standardize, patience and tolerance; the rest of them is
 * looked at. If batch_size is 0 and each sample comes once it is L-BFGS, to convergence, where samples * dimension * outputs
 * is at most 1e7, or at most 1e9 in regressors, and in classifiers with ten times as many samples as weights; of larger data
 * among these, and of sparse data, coordinate descent with an l1, if it goes with the loss. Else it is a method with
 * minibatches: Adam, and for sparse data SGD, or AdaGrad without l2, with a rate from a range test on a part of the data or
 * from the features' sizes, in the unit of a regressor's targets, falling along a cosine, until the loss does not fall any
 * more. Neither model nor data are changed. Errors as in a fit, but that epochs may be 0. */
descent_status descent_classifier_choose_optimizer(descent_classifier *classifier, const descent_dataset *data,
                                                   descent_fit_options *options, descent_optimizer **out);

/* Which learning rate suits? Trains a copy of the classifier, from its present W and b, with a fresh optimizer of the same
 * algorithm and options, and lets the rate rise (Smith 2017). Neither classifier nor optimizer is changed. Of the fit
 * options batch_size, sampling, seed and standardize are used. rates and losses have room for `steps` numbers and receive
 * one for each step that was made, the loss being that before the step, and count how many. The test ends early, without a
 * step, when the loss is no longer finite, or has risen by more than three times its first value without its sign, or the
 * rate has become too large for the type of the numbers: that loss is not among the entries. proposal receives the rate at
 * which the smoothed loss fell fastest; 0 if it never fell. A call that fails writes none of them. */
descent_status descent_classifier_learning_rate_range(descent_classifier *classifier, const descent_optimizer *optimizer,
                                                      const descent_dataset *data, const descent_fit_options *fit,
                                                      const descent_range_options *options, double *rates,
                                                      double *losses, size_t *count, double *proposal);

/* Mean loss on the data, regularization included, and the share of samples whose highest score is that of their label, both
 * weighted where the samples are.
 * Either pointer may be NULL. Errors here and below as in a fit, but for the optimizer and the options. */
descent_status descent_classifier_evaluate(descent_classifier *classifier, const descent_dataset *data,
                                           double *loss, double *accuracy);

/* The same loss, and its gradient for W (dimension * outputs numbers) and b (`outputs`). */
descent_status descent_classifier_loss_gradient(descent_classifier *classifier, const descent_dataset *data,
                                                double *loss, float *weight_gradient, float *bias_gradient);

/* Scores: samples * outputs numbers. data->labels is not looked at. */
descent_status descent_classifier_scores(descent_classifier *classifier, const descent_dataset *data, float *scores);

/* The class with the highest score, the first of equals, for each sample. data->labels is not looked at.
 * DESCENT_ERROR_NOT_FINITE if a score is NaN, which is neither above nor below others: the text names the first such row, and
 * `labels` is written all the same. */
descent_status descent_classifier_predict(descent_classifier *classifier, const descent_dataset *data, int32_t *labels);

/* The classifier's own W and b, to read and to write. Borrowed: valid until descent_classifier_free(). */
descent_status descent_classifier_parameters(descent_classifier *classifier, float **weights, float **bias);

/* The same in double, as exact as the model knows them, to read: dimension * outputs numbers and `outputs`. They differ from those
 * above in a standardized model only, whose bias is more exact so. */
descent_status descent_classifier_exact_parameters(const descent_classifier *classifier, double *weights, double *bias);

/* A regressor: all of its functions are those of the classifier, but for targets in the place of labels. The loss is one of those
 * with real targets; its parameter (delta, quantile, epsilon) is the default until it is set. Only evaluate and predict give
 * something else: r2 is the mean over the outputs of the coefficient of determination of the predictions (as scikit-learn's
 * r2_score has it); predictions, samples * outputs numbers, are the scores, for the logistic loss 1 / (1 + exp(-score)) and for
 * the poisson loss exp(score). Stratified sampling is DESCENT_ERROR_INVALID_ARGUMENT. */
typedef struct descent_regressor descent_regressor;

descent_status descent_regressor_create(size_t dimension, size_t outputs, descent_loss loss, descent_regressor **out);
descent_status descent_regressor_set_loss_parameter(descent_regressor *regressor, double parameter);
void           descent_regressor_free(descent_regressor *regressor);
descent_status descent_regressor_set_l2(descent_regressor *regressor, double l2);
descent_status descent_regressor_initialize(descent_regressor *regressor, double standard_deviation, uint64_t seed);
descent_status descent_regressor_fit(descent_regressor *regressor, descent_optimizer *optimizer, const descent_dataset *data,
                                     const descent_fit_options *options, descent_progress progress, void *context);
descent_status descent_regressor_resume(descent_regressor *regressor, descent_optimizer *optimizer,
                                        const descent_dataset *data, const descent_fit_options *options,
                                        descent_progress progress, void *context);
descent_status descent_regressor_fit_result(const descent_regressor *regressor, descent_fit_result *result);
descent_status descent_regressor_choose_optimizer(descent_regressor *regressor, const descent_dataset *data,
                                                  descent_fit_options *options, descent_optimizer **out);
descent_status descent_regressor_learning_rate_range(descent_regressor *regressor, const descent_optimizer *optimizer,
                                                     const descent_dataset *data, const descent_fit_options *fit,
                                                     const descent_range_options *options, double *rates, double *losses,
                                                     size_t *count, double *proposal);
descent_status descent_regressor_evaluate(descent_regressor *regressor, const descent_dataset *data, double *loss, double *r2);
descent_status descent_regressor_loss_gradient(descent_regressor *regressor, const descent_dataset *data, double *loss,
                                               float *weight_gradient, float *bias_gradient);
descent_status descent_regressor_scores(descent_regressor *regressor, const descent_dataset *data, float *scores);
descent_status descent_regressor_predict(descent_regressor *regressor, const descent_dataset *data, float *predictions);
descent_status descent_regressor_parameters(descent_regressor *regressor, float **weights, float **bias);
descent_status descent_regressor_exact_parameters(const descent_regressor *regressor, double *weights, double *bias);

/* ============================================================================================================
 * 6  FUNCTIONS OF YOUR OWN
 * ============================================================================================================ */

/* Returns f(x) for n numbers; fills gradient (n numbers, each of them) unless it is NULL. It must not keep the pointers.
 * Returning NaN or infinity ends a minimization and a check, so it can also be the way out of an error of its own; the line
 * search of a batch method shortens its step first, as often as its options allow. A random search goes on, and is stopped
 * by its progress callback. */
typedef double (*descent_objective)(size_t n, const double *x, double *gradient, void *context);

/* When to stop: as soon as one of these holds, after none or more steps. 0 means that the criterion is not used; at least
 * one must be. If several hold, the reason is the gradient, then the target, the value, the steps, the time. */
typedef struct descent_stop {
    uint32_t struct_size;        /* sizeof(descent_stop) */
    uint32_t reserved;           /* 0 */
    uint64_t max_steps;
    double   gradient_tolerance; /* Euclidean norm of the gradient <= this; [0, inf). With bounds: of the projected gradient,
                                  * x - P(x - g), where P goes to the nearest point within them; with L-BFGS's l1: of the
                                  * derivatives of the whole that are nearest to 0 */
    double   value_tolerance;    /* |f - f one step before| <= this * max(1, |f|); [0, inf) */
    double   target_value;       /* f <= this; finite. A target of exactly 0 cannot be said: take a small one */
    double   max_seconds;        /* [0, inf) */
    /* Since 0.2, no criteria, but what is handed out at the end: */
    double  *best_x;      /* NULL, or n numbers that receive the point with the best value, if the call succeeds. They may
                           * not overlap with x */
    uint32_t return_best; /* 1: x, value and gradient_norm are those of the best value too. 0: of the last */
    uint32_t reserved_2;  /* 0 */
} descent_stop;

typedef enum descent_reason {
    DESCENT_REACHED_STEPS = 1,
    DESCENT_REACHED_GRADIENT = 2,
    DESCENT_REACHED_VALUE_TOLERANCE = 3,
    DESCENT_REACHED_TARGET = 4,
    DESCENT_REACHED_TIME = 5,
    DESCENT_STOPPED_BY_CALLBACK = 6,
    DESCENT_DIVERGED = 7,         /* the value or the gradient was NaN or infinite; for a batch method at the first point, or
                                   * wherever a line search looked, or the function falls along a line without end, until
                                   * it or x leaves the range of a double: x is then the best point before that search */
    /* Of batch methods, whose line search finds no lower value, also not along the gradient: */
    DESCENT_REASON_ROUNDING = 8,      /* the function changes there by no more than rounding, or its noise */
    DESCENT_REASON_WRONG_GRADIENT = 9 /* differences of the function along the line disagree with its gradient by more than a
                                       * tenth: the gradient is wrong, or the function has a kink there */
} descent_reason;

/* How it ended. The caller sets struct_size; the rest is written on success only. "Best" is the smallest value of those
 * where value and gradient were finite, the first of equals. */
typedef struct descent_result {
    uint32_t       struct_size; /* sizeof(descent_result) */
    descent_reason reason;
    uint64_t       steps;         /* steps made, or trials */
    uint64_t       evaluations;   /* calls of the objective, those for numeric gradients included */
    double         value;         /* f at the x that is returned */
    double         gradient_norm; /* its Euclidean norm there; 0 for a random search */
    double         seconds;
    double         best_value;    /* since 0.2: the best value that was seen, the first one included; `value` if there
                                   * was none */
} descent_result;

typedef enum descent_difference {
    DESCENT_FORWARD = 1,   /* (f(x + h) - f(x)) / h: error of order h, n + 1 evaluations */
    DESCENT_CENTRAL = 2,   /* (f(x + h) - f(x - h)) / 2h: order h^2, 2n evaluations */
    DESCENT_RICHARDSON = 3 /* (4 D(h/2) - D(h)) / 3 from central differences D: order h^4, 4n evaluations */
} descent_difference;

/* Minimizes f from x, with any optimizer, in double precision. The optimizer steps one tensor (1 x n, float64) and keeps
 * its state: a second call goes on, with the same points as if it were one. A step of a batch method is one iteration, of one
 * or several evaluations, and one evaluation comes before the first; learning_rate in its report is the length of the step, as
 * a multiple of the direction. Where its gradient is 0 there is no step, and the reason is DESCENT_REACHED_GRADIENT. x holds
 * the present point at any time, so that the progress callback can read it. At the end it is the last point, which need not be
 * the best: with a learning rate that is too large it may be far worse than the first (`best_value`, best_x and return_best
 * tell and return the best). If the function diverged it is the best one, and if there was none, x is left as it was, and value
 * and gradient_norm are what was found there. The optimizer keeps the state of the last step whichever point is returned.
 * There is one evaluation more than there are steps, but for batch methods. Ending for any of the reasons is DESCENT_OK, also
 * when the callback stopped it. progress may be NULL; it is called after each step, the last one included. In its report `loss`
 * is f, step_total is max_steps, update_ratio is |change of x| / |x before|, and epoch is 0. Neither callback may change x or
 * use the optimizer.
 * It has diverged, too, where the optimizer cannot make a step: not_finite_policy refuses or skips what it would write, or
 * a schedule has driven its rate out of range.
 * DESCENT_ERROR_NULL_POINTER; DESCENT_ERROR_INVALID_ARGUMENT for n = 0 or one that overflows, for tolerances out of
 * range, for a `stop` with no criterion, for a return_best other than 0 and 1, and for an option that double cannot hold as
 * descent_optimizer_step() says; DESCENT_ERROR_SHAPE_MISMATCH for an optimizer that was stepped with other tensors;
 * DESCENT_ERROR_OUT_OF_MEMORY. All of them come before the first step. */
descent_status descent_minimize(descent_optimizer *optimizer, size_t n, double *x, descent_objective objective, void *context,
                                const descent_stop *stop, descent_progress progress, void *progress_context,
                                descent_result *result);

/* The same for an objective that cannot give its gradient (it is always called with gradient NULL): it is approximated
 * by differences, with method and step as in descent_numeric_gradient(). A difference that is not finite is divergence. */
descent_status descent_minimize_numerically(descent_optimizer *optimizer, size_t n, double *x, descent_objective objective,
                                            void *context, descent_difference method, double step,
                                            const descent_stop *stop, descent_progress progress, void *progress_context,
                                            descent_result *result);

/* descent_minimize() with lower[i] <= x[i] <= upper[i]. Either pointer may be NULL, a bound may be infinite. An x outside of
 * them is moved to the nearest point within first. The objective is never asked for a point outside. L-BFGS does L-BFGS-B,
 * conjugate_gradient bends its line at the bounds, and of every other method each step is followed by a move to the nearest
 * point. gradient_norm, here and in the criteria, is that of the projected gradient: see descent_stop. Errors besides:
 * DESCENT_ERROR_INVALID_ARGUMENT, with the index, for a bound that is NaN, a lower one above its upper one, a lower one of
 * infinity and an upper one of -infinity; DESCENT_ERROR_UNSUPPORTED for bounds together with L-BFGS's l1. */
descent_status descent_minimize_bounded(descent_optimizer *optimizer, size_t n, double *x, const double *lower,
                                        const double *upper, descent_objective objective, void *context,
                                        const descent_stop *stop, descent_progress progress, void *progress_context,
                                        descent_result *result);

/* The same for an objective that cannot give its gradient. Where a difference would need a point beyond a bound, points on
 * the other side take its place. */
descent_status descent_minimize_bounded_numerically(descent_optimizer *optimizer, size_t n, double *x, const double *lower,
                                                    const double *upper, descent_objective objective, void *context,
                                                    descent_difference method, double step, const descent_stop *stop,
                                                    descent_progress progress, void *progress_context,
                                                    descent_result *result);

/* A learning-rate range test, as descent_classifier_learning_rate_range(), on a function of your own, from x. Neither x nor
 * the optimizer is changed. DESCENT_ERROR_UNSUPPORTED for a batch method. */
descent_status descent_learning_rate_range(const descent_optimizer *optimizer, size_t n, const double *x,
                                           descent_objective objective, void *context,
                                           const descent_range_options *options, double *rates, double *losses,
                                           size_t *count, double *proposal);

/* Approximates the gradient of f at x by differences; the objective is called with gradient NULL. gradient receives n
 * numbers, and may be x itself.
 *   step  h, the same for every coordinate, (0, inf); or 0: chosen for each coordinate x_i as c * |x_i| (c where x_i is 0)
 *         with c = e^(1/2), e^(1/3), e^(1/5) for the three methods and e = 2^-52. A coordinate may be near 0 by
 *         accident: where rounding then makes the difference a thousand times worse than c allows, steps that are 100
 *         times larger are tried, up to c * 1, and the one with the smallest error estimate is taken. That takes more
 *         evaluations; the numbers above hold for the others. Functions that change on a scale far below |x_i| need a
 *         step of their own.
 * DESCENT_ERROR_NULL_POINTER; DESCENT_ERROR_INVALID_ARGUMENT for n = 0 or one that overflows, an unknown method, a step
 * out of range or too small to change an x_i; DESCENT_ERROR_OUT_OF_MEMORY; DESCENT_ERROR_NOT_FINITE if a value of f is
 * NaN or infinite: the text names the coordinate. */
descent_status descent_numeric_gradient(size_t n, const double *x, descent_objective objective, void *context,
                                        descent_difference method, double step /* 0 = chosen per coordinate */,
                                        double *gradient);

typedef struct descent_gradient_report {
    uint32_t struct_size;        /* sizeof(descent_gradient_report), set by the caller */
    uint32_t reserved;
    double   max_relative_error; /* of |a - n| / max(|a|, |n|); 0 where both are so small that the noise of f explains
                                  * more than 1e-6 of them, and all of |a - n|, or a shift of x by h / 10,000 does */
    size_t   worst_index;        /* where that is, the first of equals; */
    double   analytic, numeric;  /* and the two derivatives there */
    size_t   checked;            /* coordinates compared, those with kinks included */
    size_t   suspected_kinks;    /* coordinates where the two one-sided derivatives differ however small the step, with
                                  * the analytic one between them, as at the corner of a hinge. They are no errors */
    /* Since 0.2: */
    size_t   undetermined;       /* coordinates where the noise of f, or its roughness, hides whether the derivative is
                                  * right to 1e-3, or to 1e-4 of the slopes nearby. They do not count in
                                  * max_relative_error */
    size_t   undetermined_index; /* the first of them; 0 if there is none */
    double   value, noise;       /* f(x), and the noise that was measured: the standard deviation of one value */
} descent_gradient_report;

/* Compares the gradient that the objective gives at x with central differences. There are three answers. If
 * max_relative_error is above 1e-3 the gradient is wrong. If not, but `undetermined` is above 0, the noise hides
 * whether it is. Else it is right, to 1e-6 or to max_relative_error, whichever is more. What helps where it is undetermined: to
 * compute f in double precision, to leave out a large constant that is added to it, to give a larger step, or to scale x.
 * step as in descent_numeric_gradient(). The noise of f is measured at some sixty points next to x (Moré and Wild,
 * "Estimating computational noise", 2011). Each coordinate takes two evaluations, and up to sixty where these do not
 * settle it: smaller steps until the function looks smooth, then larger ones, up to a quarter of x_i or of the root mean
 * square of x, until its changes stand clear of the noise. So neither a kink near x nor a noisy function looks like an
 * error, and a function that oscillates within h does not look smooth.
 * DESCENT_ERROR_NULL_POINTER; DESCENT_ERROR_INVALID_ARGUMENT for n, step and report as above;
 * DESCENT_ERROR_OUT_OF_MEMORY; DESCENT_ERROR_NOT_FINITE if a value of f or of its gradient is NaN or infinite, or the
 * gradient was not written. */
descent_status descent_gradient_check(size_t n, const double *x, descent_objective objective, void *context,
                                      double step, descent_gradient_report *report);

/* The same for `count` coordinates (1 <= count <= n), drawn without repetition by the seed: for a large n. */
descent_status descent_gradient_check_subset(size_t n, const double *x, descent_objective objective, void *context,
                                             double step, size_t count, uint64_t seed, descent_gradient_report *report);

/* Checks the classifier's own gradient on the data, at its present W and b: `count` of its (dimension + 1) * classes
 * parameters, W before b, drawn by the seed; 0 for all of them. The loss is evaluated in double, the gradient in float32
 * as in a fit: below 1e-4 it is right. In components that are so small that its rounding explains more than that, what it
 * explains is no error: (32 + 8 * largest score) * 2^-23 times the root mean squares of the feature and of
 * d loss / d score, about 1e-5 of the largest components. step is that of the parameter; 0: one that
 * changes the scores by about 1e-4. Each parameter takes a few passes over samples * classes scores, which are kept, in 8
 * bytes each. Errors as for a classifier's loss; DESCENT_ERROR_INVALID_ARGUMENT for step and count;
 * DESCENT_ERROR_NOT_FINITE if the loss or its gradient is NaN or infinite. */
descent_status descent_classifier_gradient_check(descent_classifier *classifier, const descent_dataset *data,
                                                 double step, size_t count, uint64_t seed,
                                                 descent_gradient_report *report);
descent_status descent_regressor_gradient_check(descent_regressor *regressor, const descent_dataset *data, double step,
                                                size_t count, uint64_t seed, descent_gradient_report *report);

typedef enum descent_search_mode {
    DESCENT_SEARCH_GLOBAL = 1, /* x = scale * N(0, 1), each trial anew; the x that is handed in does not count */
    DESCENT_SEARCH_LOCAL = 2   /* x + scale * N(0, 1), kept if it is better */
} descent_search_mode;

typedef struct descent_search_options {
    uint32_t struct_size; /* sizeof(descent_search_options) */
    int32_t  mode;        /* a descent_search_mode */
    uint64_t trials;      /* at least 1 */
    uint64_t seed;
    double   scale;       /* [0, inf) */
} descent_search_options;

/* Looks for a small f(x) by chance: the course's bad idea, to compare with. The objective is called with gradient NULL.
 * x holds the best point so far at any time; a point whose value is NaN or infinite never is. A local search evaluates x
 * first. If no trial has a finite value the reason is DESCENT_DIVERGED, and x is left as it was. In the progress report,
 * which comes after every trial, step is the trial, step_total is `trials`, and `loss` the best value so far, infinity
 * if there is none. A callback that stops is DESCENT_OK. Number i of trial t (from 0) is draw t * n + i of the seed.
 * DESCENT_ERROR_NULL_POINTER; DESCENT_ERROR_INVALID_ARGUMENT for n and the options; DESCENT_ERROR_OUT_OF_MEMORY. */
descent_status descent_random_search(size_t n, double *x, descent_objective objective, void *context,
                                     const descent_search_options *options, descent_progress progress,
                                     void *progress_context, descent_result *result);

/* The same for the classifier's W by its loss on the data; b becomes 0 in a global search, and stays in a local one. The
 * progress callback finds the best parameters so far in the classifier, and may use it as in a fit, which cannot be
 * resumed after this. */
descent_status descent_classifier_random_search(descent_classifier *classifier, const descent_dataset *data,
                                                const descent_search_options *options, descent_progress progress,
                                                void *progress_context, descent_result *result);
descent_status descent_regressor_random_search(descent_regressor *regressor, const descent_dataset *data,
                                               const descent_search_options *options, descent_progress progress,
                                               void *progress_context, descent_result *result);

/* ============================================================================================================
 * 7  SAMPLERS: the minibatches of a training loop of your own
 * ============================================================================================================ */

/* Draws minibatches, epoch after epoch; an epoch has as many draws as there are samples. Batch k of epoch e is a function
 * of the seed, e and k alone, and the same as in a fit with the same sampling, batch size and seed. */
typedef struct descent_sampler descent_sampler;

/* samples and batch_size are at least 1; a batch_size above samples gives batches of all of them. labels (`samples`
 * numbers, 0 or more; it only matters which are equal and which greater) are needed for DESCENT_SAMPLE_STRATIFIED, and
 * not kept; else they may be NULL and are not looked at. For DESCENT_SAMPLE_WEIGHTED use the function below.
 * DESCENT_ERROR_NULL_POINTER; DESCENT_ERROR_INVALID_ARGUMENT (a size, the sampling, a label);
 * DESCENT_ERROR_UNSUPPORTED for stratified sampling of more than 2^31 - 1 samples; DESCENT_ERROR_OUT_OF_MEMORY: a shuffle
 * takes 8 bytes a sample, stratified sampling 12 and about 100 a class, replacement none. */
descent_status descent_sampler_create(size_t samples, size_t batch_size, int32_t sampling, const int32_t *labels,
                                      uint64_t seed, descent_sampler **out);

/* Draws each sample independently with a probability proportional to its weight: [0, inf), not all 0. The weights are not
 * kept; their sum may be more than a double can hold. Each draw takes constant time and one number of 64 bits, draw i of
 * an epoch the epoch's number i (an alias table: Walker 1977). A sample of weight 0 is never drawn, and no probability is
 * off by more than 2^-50. Errors as above, the limit of 2^31 - 1 samples too; 16 bytes a sample. */
descent_status descent_sampler_create_weighted(size_t samples, size_t batch_size, const double *weights, uint64_t seed,
                                               descent_sampler **out);
void           descent_sampler_free(descent_sampler *sampler);

/* Whether an epoch's last batch is left out if it is shorter than batch_size: 0 (keep it, the default) or 1. Takes
 * effect at once: if that batch would have been next, the next epoch's first one is. The other batches are the same either
 * way. DESCENT_ERROR_INVALID_ARGUMENT for another number, and if no batch would be left (batch_size above samples). */
descent_status descent_sampler_set_drop_last(descent_sampler *sampler, int32_t drop);

/* Writes the sample numbers of the next batch to indices, which has room for batch_size (or for `samples` numbers, if
 * these are fewer), and how many they are to count. After an epoch's last batch comes the next epoch's first, and after
 * epoch 2^64 - 1 epoch 0. Fails for a NULL pointer only. */
descent_status descent_sampler_next(descent_sampler *sampler, size_t *indices, size_t *count);

/* How many batches an epoch has; 0 for NULL. */
size_t descent_sampler_batches(const descent_sampler *sampler);

/* Where it is: the epoch and the batch (both from 0) that descent_sampler_next() will give; and going there, to any epoch.
 * A sampler made in the same way and sought to the same place gives the same batches. The first stratified batch after a
 * jump takes time for each class and each batch before it in its epoch.
 * DESCENT_ERROR_INVALID_ARGUMENT for a batch that is not below descent_sampler_batches(). */
descent_status descent_sampler_position(const descent_sampler *sampler, uint64_t *epoch, size_t *batch);
descent_status descent_sampler_seek(descent_sampler *sampler, uint64_t epoch, size_t batch);

/* ============================================================================================================
 * 8  INITIALIZATION
 * ============================================================================================================ */

typedef enum descent_initializer {
    DESCENT_INITIALIZE_ZEROS = 1,
    DESCENT_INITIALIZE_NORMAL = 2,         /* scale * N(0, 1) */
    DESCENT_INITIALIZE_UNIFORM = 3,        /* uniform between -scale and scale */
    DESCENT_INITIALIZE_XAVIER_NORMAL = 4,  /* standard deviation scale * sqrt(2 / (rows + columns)) (Glorot, Bengio 2010) */
    DESCENT_INITIALIZE_XAVIER_UNIFORM = 5, /* uniform, the same variance: bound scale * sqrt(6 / (rows + columns)) */
    DESCENT_INITIALIZE_HE_NORMAL = 6,      /* standard deviation scale * sqrt(2 / rows) (He et al. 2015) */
    DESCENT_INITIALIZE_HE_UNIFORM = 7      /* uniform, the same variance: bound scale * sqrt(6 / rows) */
} descent_initializer;

/* Fills rows * columns numbers of the dtype (float32 or float64). rows is the number of inputs (fan-in), columns of
 * outputs (fan-out), as in W of the linear classifier. scale: [0, inf), usually 1. Number i depends on the seed and i only,
 * and is the same everywhere; DESCENT_INITIALIZE_NORMAL gives the W of descent_classifier_initialize().
 * DESCENT_ERROR_NULL_POINTER; DESCENT_ERROR_INVALID_ARGUMENT for an unknown initializer or dtype, an empty matrix, a size
 * that overflows, and a scale out of range. Thread-safe. */
descent_status descent_initialize(descent_initializer initializer, descent_dtype dtype, size_t rows, size_t columns,
                                  double scale, uint64_t seed, void *values);

/* ============================================================================================================
 * 9  SAVING AND RESTORING
 *
 * Optimizers, samplers and classifiers become bytes, which are yours to keep in a file, and bytes become a new one that
 * goes on exactly where the saved one was: in another process, on another machine, with another instruction set.
 *
 *     size_t bytes;
 *     descent_optimizer_save_size(optimizer, &bytes);
 *     void *buffer = malloc(bytes);
 *     if (descent_optimizer_save(optimizer, buffer, bytes, &bytes) == DESCENT_OK) ... write `bytes` bytes to a file ...
 *     if (descent_optimizer_load(buffer, bytes, &another) != DESCENT_OK) puts(descent_last_error());
 *
 * What is saved: of an optimizer the algorithm, the options of all groups and which of them were set, schedule and plateau,
 * the step count, the shapes of the tensors, every state buffer and the health record; of a sampler all of it, and where it
 * stands; of a classifier dimension, classes, loss, l2, W, b and where its last fit stands, so that
 * descent_classifier_resume() can go on. The parameters that an optimizer steps belong to the caller, and are not saved.
 *
 * The bytes are little-endian. They begin with \x93DESCENT, the version of the format (4 bytes, 2), what was saved (4 bytes:
 * a descent_saved_kind) and how many bytes there are (8 bytes); the last 8 bytes are descent_checksum() of all before them.
 * Between them lie named numbers and arrays, which descent_saved_entries() lists; bindings/SAVED_STATE.md describes them.
 * What has not changed is saved as the same bytes. What libdescent 0.1 saved, in version 1, is loaded too.
 * ============================================================================================================ */

/* How many bytes descent_optimizer_save() writes now. */
descent_status descent_optimizer_save_size(const descent_optimizer *optimizer, size_t *bytes);

/* Writes them to `buffer`, which has room for `capacity` bytes, and how many there are to *written. Allocates nothing.
 * DESCENT_ERROR_INVALID_ARGUMENT if the capacity is too small: the text names the size. */
descent_status descent_optimizer_save(const descent_optimizer *optimizer, void *buffer, size_t capacity, size_t *written);

/* Makes a new optimizer from exactly the bytes that were saved. Free it with descent_optimizer_free().
 * DESCENT_ERROR_CORRUPT_STATE for any others, with what is wrong with them: they are too few or too many, a bit was changed
 * (a single one is always noticed), something else was saved, a later version of the library wrote them, or a value is out
 * of range. Bytes from strangers may be loaded: the checksum proves nothing about who made them, and every value is
 * checked. No more is allocated than what was saved needs, and that is a few times its bytes at most, but for a sampler
 * that shuffles or draws uniformly: up to 8 bytes a sample. DESCENT_ERROR_OUT_OF_MEMORY. */
descent_status descent_optimizer_load(const void *buffer, size_t size, descent_optimizer **out);

/* The same for a sampler, */
descent_status descent_sampler_save_size(const descent_sampler *sampler, size_t *bytes);
descent_status descent_sampler_save(const descent_sampler *sampler, void *buffer, size_t capacity, size_t *written);
descent_status descent_sampler_load(const void *buffer, size_t size, descent_sampler **out);

/* and for a classifier. To checkpoint a fit, save classifier and optimizer in its callback. */
descent_status descent_classifier_save_size(const descent_classifier *classifier, size_t *bytes);
descent_status descent_classifier_save(const descent_classifier *classifier, void *buffer, size_t capacity,
                                       size_t *written);
descent_status descent_classifier_load(const void *buffer, size_t size, descent_classifier **out);

/* and for a regressor. The bytes of either are no object of the other: DESCENT_ERROR_CORRUPT_STATE. */
descent_status descent_regressor_save_size(const descent_regressor *regressor, size_t *bytes);
descent_status descent_regressor_save(const descent_regressor *regressor, void *buffer, size_t capacity, size_t *written);
descent_status descent_regressor_load(const void *buffer, size_t size, descent_regressor **out);

/* Makes another one that goes on with the bits with which the given one would, as saving and loading do, in one call: it has
 * everything that is saved, and shares nothing with the original. Free it as that. In a progress callback, what is copied goes
 * on behind this step. While it copies, the memory of what is saved is taken once more. DESCENT_ERROR_NULL_POINTER;
 * DESCENT_ERROR_OUT_OF_MEMORY, and then *out is as it was. */
descent_status descent_optimizer_copy(const descent_optimizer *optimizer, descent_optimizer **out);
descent_status descent_sampler_copy(const descent_sampler *sampler, descent_sampler **out);
descent_status descent_classifier_copy(const descent_classifier *classifier, descent_classifier **out);
descent_status descent_regressor_copy(const descent_regressor *regressor, descent_regressor **out);

/* What saved bytes are of. Bindings may use 64 and up for notes of their own. */
typedef enum descent_saved_kind {
    DESCENT_SAVED_OPTIMIZER = 1,
    DESCENT_SAVED_SAMPLER = 2,
    DESCENT_SAVED_CLASSIFIER = 3 /* a linear model: a regressor too, which its entry "task" tells */
} descent_saved_kind;

/* A named number or array among saved bytes: "step_count", "options.learning_rate", "tensor.0.m". */
typedef struct descent_saved_entry {
    uint32_t      struct_size; /* sizeof(descent_saved_entry); in an array the first one's, which all of them have */
    descent_dtype dtype;
    const char   *name;        /* 1 to 200 bytes and a zero */
    const void   *data;        /* rows * columns numbers, row by row; among saved bytes little-endian, and aligned to 8 bytes
                                * from their beginning */
    size_t        rows;        /* 1 unless it is a matrix */
    size_t        columns;     /* 1 for a number */
    uint32_t      rank;        /* 0: a number; 1: an array; 2: a matrix */
    uint32_t      reserved;    /* 0 */
} descent_saved_entry;

/* Lists what saved bytes hold, in the order in which it was saved. entries receives that, and has room for `capacity` of
 * them, the first one's struct_size being set; names and data are borrowed from the buffer. If it is NULL only the number
 * of entries is told, in *count. No object is made, and values are not judged: bytes of any kind are listed.
 * DESCENT_ERROR_CORRUPT_STATE for bytes that were altered, and for those of version 1: load these, and save them anew;
 * DESCENT_ERROR_INVALID_ARGUMENT if the capacity is too small. Thread-safe. */
descent_status descent_saved_entries(const void *buffer, size_t size, descent_saved_entry *entries, size_t capacity,
                                     size_t *count);

/* Makes saved bytes of `count` entries, in any order, of a descent_saved_kind or a binding's own kind: what was listed, with
 * other values perhaps, for a load function to judge. buffer receives them; if it is NULL only their number is told, in
 * *written. DESCENT_ERROR_INVALID_ARGUMENT for an unknown dtype, a shape that cannot be, a name of another length, and a
 * capacity that is too small. Thread-safe. */
descent_status descent_saved_build(int32_t kind, const descent_saved_entry *entries, size_t count, void *buffer,
                                   size_t capacity, size_t *written);

/* The checksum at the end of saved bytes, for programs that write or change them themselves: CRC-64/XZ. 0 for NULL and for
 * no bytes. */
uint64_t descent_checksum(const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif

#endif
