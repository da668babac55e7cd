/*
 * What a program that was compiled against any version of descent.h relies on: the value of every constant, the layout
 * of every struct, the signature of every function. A line here may be added, never changed.
 */
#ifndef HEADER_PINS_H
#define HEADER_PINS_H

#define PIN(name, condition) typedef char pin_##name[(condition) ? 1 : -1]
#define PIN_VALUE(constant, value) PIN(constant, (constant) == (value) && sizeof(constant) == 4)
#define PIN_MEMBER(type, member, offset) PIN(type##_##member, offsetof(type, member) == (offset))

PIN_VALUE(DESCENT_OK, 0);
PIN_VALUE(DESCENT_ERROR_NULL_POINTER, 1);
PIN_VALUE(DESCENT_ERROR_INVALID_ARGUMENT, 2);
PIN_VALUE(DESCENT_ERROR_UNKNOWN_NAME, 3);
PIN_VALUE(DESCENT_ERROR_SHAPE_MISMATCH, 4);
PIN_VALUE(DESCENT_ERROR_NOT_FINITE, 5);
PIN_VALUE(DESCENT_ERROR_OUT_OF_MEMORY, 6);
PIN_VALUE(DESCENT_ERROR_CORRUPT_STATE, 7);
PIN_VALUE(DESCENT_ERROR_UNSUPPORTED, 8);
PIN_VALUE(DESCENT_ERROR_CANCELLED, 9);

PIN_VALUE(DESCENT_SGD, 1);
PIN_VALUE(DESCENT_MOMENTUM, 2);
PIN_VALUE(DESCENT_NESTEROV, 3);
PIN_VALUE(DESCENT_ADAGRAD, 4);
PIN_VALUE(DESCENT_RMSPROP, 5);
PIN_VALUE(DESCENT_ADAM, 6);

PIN_VALUE(DESCENT_LEARNING_RATE, 1);
PIN_VALUE(DESCENT_MOMENTUM_DECAY, 2);
PIN_VALUE(DESCENT_BETA1, 3);
PIN_VALUE(DESCENT_BETA2, 4);
PIN_VALUE(DESCENT_EPSILON, 5);
PIN_VALUE(DESCENT_RHO, 6);
PIN_VALUE(DESCENT_WEIGHT_DECAY, 7);
PIN_VALUE(DESCENT_BIAS_CORRECTION, 8);
PIN_VALUE(DESCENT_CLIP_VALUE, 20);
PIN_VALUE(DESCENT_CLIP_NORM, 21);
PIN_VALUE(DESCENT_MAXIMIZE, 22);
PIN_VALUE(DESCENT_DECOUPLED_WEIGHT_DECAY, 23);
PIN_VALUE(DESCENT_NOT_FINITE_POLICY, 24);
PIN_VALUE(DESCENT_TRACK_HEALTH, 25);
PIN_VALUE(DESCENT_SCHEDULE, 30);
PIN_VALUE(DESCENT_WARMUP_STEPS, 31);
PIN_VALUE(DESCENT_SCHEDULE_STEPS, 32);
PIN_VALUE(DESCENT_SCHEDULE_FACTOR, 33);
PIN_VALUE(DESCENT_SCHEDULE_POWER, 34);
PIN_VALUE(DESCENT_SCHEDULE_FLOOR, 35);
PIN_VALUE(DESCENT_CYCLE_FACTOR, 36);
PIN_VALUE(DESCENT_CYCLE_RISE, 37);
PIN_VALUE(DESCENT_CYCLE_START, 38);
PIN_VALUE(DESCENT_PATIENCE, 39);
PIN_VALUE(DESCENT_DIALECT, 40);
PIN_VALUE(DESCENT_DAMPENING, 41);
PIN_VALUE(DESCENT_CENTERED, 42);
PIN_VALUE(DESCENT_AMSGRAD, 43);
PIN_VALUE(DESCENT_LEARNING_RATE_DECAY, 44);
PIN_VALUE(DESCENT_INITIAL_ACCUMULATOR, 45);

PIN_VALUE(DESCENT_PROPAGATE, 0);
PIN_VALUE(DESCENT_REFUSE, 1);
PIN_VALUE(DESCENT_SKIP, 2);

PIN_VALUE(DESCENT_SCHEDULE_CONSTANT, 0);
PIN_VALUE(DESCENT_SCHEDULE_STEP, 1);
PIN_VALUE(DESCENT_SCHEDULE_EXPONENTIAL, 2);
PIN_VALUE(DESCENT_SCHEDULE_INVERSE_TIME, 3);
PIN_VALUE(DESCENT_SCHEDULE_POLYNOMIAL, 4);
PIN_VALUE(DESCENT_SCHEDULE_COSINE, 5);
PIN_VALUE(DESCENT_SCHEDULE_COSINE_RESTARTS, 6);
PIN_VALUE(DESCENT_SCHEDULE_ONE_CYCLE, 7);
PIN_VALUE(DESCENT_SCHEDULE_PLATEAU, 8);

PIN_VALUE(DESCENT_TEXTBOOK, 0);
PIN_VALUE(DESCENT_PYTORCH, 1);
PIN_VALUE(DESCENT_KERAS, 2);
PIN_VALUE(DESCENT_OPTAX, 3);

PIN_VALUE(DESCENT_FLOAT32, 1);
PIN_VALUE(DESCENT_FLOAT64, 2);
PIN_VALUE(DESCENT_UINT8, 3);

PIN_VALUE(DESCENT_SOFTMAX_CROSS_ENTROPY, 1);
PIN_VALUE(DESCENT_MULTICLASS_HINGE, 2);
PIN_VALUE(DESCENT_SQUARED_HINGE, 3);
PIN_VALUE(DESCENT_SQUARED_ERROR, 20);
PIN_VALUE(DESCENT_ABSOLUTE_ERROR, 21);
PIN_VALUE(DESCENT_HUBER, 22);
PIN_VALUE(DESCENT_LOGISTIC, 23);

PIN_VALUE(DESCENT_SAMPLE_SHUFFLE, 1);
PIN_VALUE(DESCENT_SAMPLE_REPLACEMENT, 2);
PIN_VALUE(DESCENT_SAMPLE_STRATIFIED, 3);
PIN_VALUE(DESCENT_SAMPLE_WEIGHTED, 4);

PIN_VALUE(DESCENT_REACHED_STEPS, 1);
PIN_VALUE(DESCENT_REACHED_GRADIENT, 2);
PIN_VALUE(DESCENT_REACHED_VALUE_TOLERANCE, 3);
PIN_VALUE(DESCENT_REACHED_TARGET, 4);
PIN_VALUE(DESCENT_REACHED_TIME, 5);
PIN_VALUE(DESCENT_STOPPED_BY_CALLBACK, 6);
PIN_VALUE(DESCENT_DIVERGED, 7);

PIN_VALUE(DESCENT_FORWARD, 1);
PIN_VALUE(DESCENT_CENTRAL, 2);
PIN_VALUE(DESCENT_RICHARDSON, 3);

PIN_VALUE(DESCENT_SEARCH_GLOBAL, 1);
PIN_VALUE(DESCENT_SEARCH_LOCAL, 2);

PIN_VALUE(DESCENT_INITIALIZE_ZEROS, 1);
PIN_VALUE(DESCENT_INITIALIZE_NORMAL, 2);
PIN_VALUE(DESCENT_INITIALIZE_UNIFORM, 3);
PIN_VALUE(DESCENT_INITIALIZE_XAVIER_NORMAL, 4);
PIN_VALUE(DESCENT_INITIALIZE_XAVIER_UNIFORM, 5);
PIN_VALUE(DESCENT_INITIALIZE_HE_NORMAL, 6);
PIN_VALUE(DESCENT_INITIALIZE_HE_UNIFORM, 7);

PIN(descent_status, sizeof(descent_status) == 4);
PIN(descent_algorithm, sizeof(descent_algorithm) == 4);
PIN(descent_option, sizeof(descent_option) == 4);
PIN(descent_not_finite_policy, sizeof(descent_not_finite_policy) == 4);
PIN(descent_schedule, sizeof(descent_schedule) == 4);
PIN(descent_dialect, sizeof(descent_dialect) == 4);
PIN(descent_dtype, sizeof(descent_dtype) == 4);
PIN(descent_loss, sizeof(descent_loss) == 4);
PIN(descent_sampling, sizeof(descent_sampling) == 4);
PIN(descent_reason, sizeof(descent_reason) == 4);
PIN(descent_difference, sizeof(descent_difference) == 4);
PIN(descent_search_mode, sizeof(descent_search_mode) == 4);
PIN(descent_initializer, sizeof(descent_initializer) == 4);

/* Offsets where pointers and size_t have 8 bytes. */
#if UINTPTR_MAX == UINT64_MAX
PIN(descent_tensor, sizeof(descent_tensor) == 40);
PIN_MEMBER(descent_tensor, values, 0);
PIN_MEMBER(descent_tensor, gradient, 8);
PIN_MEMBER(descent_tensor, rows, 16);
PIN_MEMBER(descent_tensor, columns, 24);
PIN_MEMBER(descent_tensor, dtype, 32);
PIN_MEMBER(descent_tensor, group, 36);

PIN(descent_health, sizeof(descent_health) == 88);
PIN_MEMBER(descent_health, struct_size, 0);
PIN_MEMBER(descent_health, reserved, 4);
PIN_MEMBER(descent_health, step, 8);
PIN_MEMBER(descent_health, gradient_norm, 16);
PIN_MEMBER(descent_health, update_norm, 24);
PIN_MEMBER(descent_health, parameter_norm, 32);
PIN_MEMBER(descent_health, update_ratio, 40);
PIN_MEMBER(descent_health, update_cosine, 48);
PIN_MEMBER(descent_health, zero_fraction, 56);
PIN_MEMBER(descent_health, clipped_steps, 64);
PIN_MEMBER(descent_health, skipped_steps, 72);
PIN_MEMBER(descent_health, not_finite, 80);

PIN(descent_dataset, sizeof(descent_dataset) == 48);
PIN_MEMBER(descent_dataset, struct_size, 0);
PIN_MEMBER(descent_dataset, dtype, 4);
PIN_MEMBER(descent_dataset, features, 8);
PIN_MEMBER(descent_dataset, labels, 16);
PIN_MEMBER(descent_dataset, samples, 24);
PIN_MEMBER(descent_dataset, dimension, 32);
PIN_MEMBER(descent_dataset, scale, 40);
PIN_MEMBER(descent_dataset, offset, 44);

PIN(descent_progress_report, sizeof(descent_progress_report) == 96);
PIN_MEMBER(descent_progress_report, struct_size, 0);
PIN_MEMBER(descent_progress_report, epoch, 4);
PIN_MEMBER(descent_progress_report, step, 8);
PIN_MEMBER(descent_progress_report, step_total, 16);
PIN_MEMBER(descent_progress_report, loss, 24);
PIN_MEMBER(descent_progress_report, learning_rate, 32);
PIN_MEMBER(descent_progress_report, gradient_norm, 40);
PIN_MEMBER(descent_progress_report, update_ratio, 48);
PIN_MEMBER(descent_progress_report, seconds, 56);
PIN_MEMBER(descent_progress_report, epoch_end, 64);
PIN_MEMBER(descent_progress_report, plateau, 65);
PIN_MEMBER(descent_progress_report, update_cosine, 72);
PIN_MEMBER(descent_progress_report, zero_fraction, 80);
PIN_MEMBER(descent_progress_report, noise_scale, 88);

PIN(descent_fit_options, sizeof(descent_fit_options) == 32);
PIN_MEMBER(descent_fit_options, struct_size, 0);
PIN_MEMBER(descent_fit_options, epochs, 4);
PIN_MEMBER(descent_fit_options, batch_size, 8);
PIN_MEMBER(descent_fit_options, seed, 16);
PIN_MEMBER(descent_fit_options, sampling, 24);
PIN_MEMBER(descent_fit_options, reserved, 28);

PIN(descent_range_options, sizeof(descent_range_options) == 24);
PIN_MEMBER(descent_range_options, struct_size, 0);
PIN_MEMBER(descent_range_options, steps, 4);
PIN_MEMBER(descent_range_options, minimum, 8);
PIN_MEMBER(descent_range_options, maximum, 16);

PIN(descent_stop, sizeof(descent_stop) == 48);
PIN_MEMBER(descent_stop, struct_size, 0);
PIN_MEMBER(descent_stop, reserved, 4);
PIN_MEMBER(descent_stop, max_steps, 8);
PIN_MEMBER(descent_stop, gradient_tolerance, 16);
PIN_MEMBER(descent_stop, value_tolerance, 24);
PIN_MEMBER(descent_stop, target_value, 32);
PIN_MEMBER(descent_stop, max_seconds, 40);

PIN(descent_result, sizeof(descent_result) == 48);
PIN_MEMBER(descent_result, struct_size, 0);
PIN_MEMBER(descent_result, reason, 4);
PIN_MEMBER(descent_result, steps, 8);
PIN_MEMBER(descent_result, evaluations, 16);
PIN_MEMBER(descent_result, value, 24);
PIN_MEMBER(descent_result, gradient_norm, 32);
PIN_MEMBER(descent_result, seconds, 40);

PIN(descent_gradient_report, sizeof(descent_gradient_report) == 56);
PIN_MEMBER(descent_gradient_report, struct_size, 0);
PIN_MEMBER(descent_gradient_report, reserved, 4);
PIN_MEMBER(descent_gradient_report, max_relative_error, 8);
PIN_MEMBER(descent_gradient_report, worst_index, 16);
PIN_MEMBER(descent_gradient_report, analytic, 24);
PIN_MEMBER(descent_gradient_report, numeric, 32);
PIN_MEMBER(descent_gradient_report, checked, 40);
PIN_MEMBER(descent_gradient_report, suspected_kinks, 48);

PIN(descent_search_options, sizeof(descent_search_options) == 32);
PIN_MEMBER(descent_search_options, struct_size, 0);
PIN_MEMBER(descent_search_options, mode, 4);
PIN_MEMBER(descent_search_options, trials, 8);
PIN_MEMBER(descent_search_options, seed, 16);
PIN_MEMBER(descent_search_options, scale, 24);
#endif

/* EACH(result, name, arguments) for every function. */
#define FUNCTIONS(EACH)                                                                                                \
    EACH(uint32_t, descent_version, (void))                                                                            \
    EACH(const char *, descent_version_string, (void))                                                                 \
    EACH(const char *, descent_status_name, (descent_status))                                                          \
    EACH(const char *, descent_last_error, (void))                                                                     \
    EACH(const char *, descent_active_isa, (void))                                                                     \
    EACH(descent_status, descent_optimizer_create, (descent_algorithm, descent_optimizer **))                          \
    EACH(void, descent_optimizer_free, (descent_optimizer *))                                                          \
    EACH(descent_algorithm, descent_optimizer_algorithm, (const descent_optimizer *))                                  \
    EACH(descent_status, descent_optimizer_set, (descent_optimizer *, descent_option, double))                         \
    EACH(descent_status, descent_optimizer_get, (const descent_optimizer *, descent_option, double *))                 \
    EACH(descent_status, descent_optimizer_set_group, (descent_optimizer *, uint32_t, descent_option, double))         \
    EACH(descent_status, descent_optimizer_get_group,                                                                  \
         (const descent_optimizer *, uint32_t, descent_option, double *))                                              \
    EACH(descent_status, descent_optimizer_learning_rate, (const descent_optimizer *, double *))                       \
    EACH(descent_status, descent_optimizer_report_loss, (descent_optimizer *, double))                                 \
    EACH(descent_status, descent_optimizer_health, (const descent_optimizer *, descent_health *))                      \
    EACH(descent_status, descent_optimizer_step, (descent_optimizer *, const descent_tensor *, size_t))                \
    EACH(uint64_t, descent_optimizer_step_count, (const descent_optimizer *))                                          \
    EACH(descent_status, descent_optimizer_reset, (descent_optimizer *))                                               \
    EACH(descent_status, descent_optimizer_state, (descent_optimizer *, size_t, const char *, void **, size_t *))      \
    EACH(const char *, descent_algorithm_name, (descent_algorithm))                                                    \
    EACH(descent_status, descent_algorithm_from_name, (const char *, descent_algorithm *))                             \
    EACH(const char *, descent_option_name, (descent_option))                                                          \
    EACH(descent_status, descent_option_from_name, (const char *, descent_option *))                                   \
    EACH(size_t, descent_algorithm_count, (void))                                                                      \
    EACH(descent_algorithm, descent_algorithm_at, (size_t))                                                            \
    EACH(size_t, descent_option_count, (void))                                                                         \
    EACH(descent_option, descent_option_at, (size_t))                                                                  \
    EACH(descent_status, descent_option_range,                                                                         \
         (descent_algorithm, descent_option, double *, double *, double *))                                            \
    EACH(const char *, descent_algorithm_title, (descent_algorithm))                                                   \
    EACH(const char *, descent_algorithm_formula, (descent_algorithm))                                                 \
    EACH(const char *, descent_algorithm_state_name, (descent_algorithm, size_t))                                      \
    EACH(descent_status, descent_loss_classify,                                                                        \
         (descent_loss, descent_dtype, size_t, size_t, const void *, const int32_t *, void *, double *))               \
    EACH(descent_status, descent_loss_regress,                                                                         \
         (descent_loss, descent_dtype, size_t, size_t, const void *, const void *, void *, double *))                  \
    EACH(const char *, descent_loss_name, (descent_loss))                                                              \
    EACH(bool, descent_loss_takes_labels, (descent_loss))                                                              \
    EACH(bool, descent_option_is_switch, (descent_option))                                                             \
    EACH(descent_status, descent_loss_from_name, (const char *, descent_loss *))                                       \
    EACH(size_t, descent_loss_count, (void))                                                                           \
    EACH(descent_loss, descent_loss_at, (size_t))                                                                      \
    EACH(void, descent_fit_options_init, (descent_fit_options *))                                                      \
    EACH(descent_status, descent_classifier_create, (size_t, size_t, descent_loss, descent_classifier **))             \
    EACH(void, descent_classifier_free, (descent_classifier *))                                                        \
    EACH(descent_status, descent_classifier_set_l2, (descent_classifier *, double))                                    \
    EACH(descent_status, descent_classifier_initialize, (descent_classifier *, double, uint64_t))                      \
    EACH(descent_status, descent_classifier_fit,                                                                       \
         (descent_classifier *, descent_optimizer *, const descent_dataset *, const descent_fit_options *,             \
          descent_progress, void *))                                                                                   \
    EACH(descent_status, descent_classifier_resume,                                                                    \
         (descent_classifier *, descent_optimizer *, const descent_dataset *, const descent_fit_options *,             \
          descent_progress, void *))                                                                                   \
    EACH(void, descent_range_options_init, (descent_range_options *))                                                  \
    EACH(descent_status, descent_classifier_learning_rate_range,                                                       \
         (descent_classifier *, const descent_optimizer *, const descent_dataset *, const descent_fit_options *,       \
          const descent_range_options *, double *, double *, size_t *, double *))                                      \
    EACH(descent_status, descent_learning_rate_range,                                                                  \
         (const descent_optimizer *, size_t, const double *, descent_objective, void *,                                \
          const descent_range_options *, double *, double *, size_t *, double *))                                      \
    EACH(descent_status, descent_classifier_evaluate,                                                                  \
         (descent_classifier *, const descent_dataset *, double *, double *))                                          \
    EACH(descent_status, descent_classifier_loss_gradient,                                                             \
         (descent_classifier *, const descent_dataset *, double *, float *, float *))                                  \
    EACH(descent_status, descent_classifier_scores, (descent_classifier *, const descent_dataset *, float *))          \
    EACH(descent_status, descent_classifier_predict, (descent_classifier *, const descent_dataset *, int32_t *))       \
    EACH(descent_status, descent_classifier_parameters, (descent_classifier *, float **, float **))                    \
    EACH(descent_status, descent_sampler_create,                                                                       \
         (size_t, size_t, int32_t, const int32_t *, uint64_t, descent_sampler **))                                     \
    EACH(descent_status, descent_sampler_create_weighted,                                                              \
         (size_t, size_t, const double *, uint64_t, descent_sampler **))                                               \
    EACH(void, descent_sampler_free, (descent_sampler *))                                                              \
    EACH(descent_status, descent_sampler_set_drop_last, (descent_sampler *, int32_t))                                  \
    EACH(descent_status, descent_sampler_next, (descent_sampler *, size_t *, size_t *))                                \
    EACH(size_t, descent_sampler_batches, (const descent_sampler *))                                                   \
    EACH(descent_status, descent_sampler_position, (const descent_sampler *, uint64_t *, size_t *))                    \
    EACH(descent_status, descent_sampler_seek, (descent_sampler *, uint64_t, size_t))     \
    EACH(descent_status, descent_minimize,                                                                             \
         (descent_optimizer *, size_t, double *, descent_objective, void *, const descent_stop *, descent_progress,    \
          void *, descent_result *))                                                                                   \
    EACH(descent_status, descent_minimize_numerically,                                                                 \
         (descent_optimizer *, size_t, double *, descent_objective, void *, descent_difference, double,                \
          const descent_stop *, descent_progress, void *, descent_result *))                                           \
    EACH(descent_status, descent_numeric_gradient,                                                                     \
         (size_t, const double *, descent_objective, void *, descent_difference, double, double *))                    \
    EACH(descent_status, descent_gradient_check,                                                                       \
         (size_t, const double *, descent_objective, void *, double, descent_gradient_report *))                       \
    EACH(descent_status, descent_gradient_check_subset,                                                                \
         (size_t, const double *, descent_objective, void *, double, size_t, uint64_t, descent_gradient_report *))     \
    EACH(descent_status, descent_classifier_gradient_check,                                                            \
         (descent_classifier *, const descent_dataset *, double, size_t, uint64_t, descent_gradient_report *))         \
    EACH(descent_status, descent_random_search,                                                                        \
         (size_t, double *, descent_objective, void *, const descent_search_options *, descent_progress, void *,       \
          descent_result *))                                                                                           \
    EACH(descent_status, descent_classifier_random_search,                                                             \
         (descent_classifier *, const descent_dataset *, const descent_search_options *, descent_progress, void *,     \
          descent_result *))                                                                                           \
    EACH(descent_status, descent_optimizer_save_size, (const descent_optimizer *, size_t *))                           \
    EACH(descent_status, descent_optimizer_save, (const descent_optimizer *, void *, size_t, size_t *))                \
    EACH(descent_status, descent_optimizer_load, (const void *, size_t, descent_optimizer **))                         \
    EACH(descent_status, descent_sampler_save_size, (const descent_sampler *, size_t *))                               \
    EACH(descent_status, descent_sampler_save, (const descent_sampler *, void *, size_t, size_t *))                    \
    EACH(descent_status, descent_sampler_load, (const void *, size_t, descent_sampler **))                             \
    EACH(descent_status, descent_classifier_save_size, (const descent_classifier *, size_t *))                         \
    EACH(descent_status, descent_classifier_save, (const descent_classifier *, void *, size_t, size_t *))              \
    EACH(descent_status, descent_classifier_load, (const void *, size_t, descent_classifier **))                       \
    EACH(uint64_t, descent_checksum, (const void *, size_t))                                                           \
    EACH(descent_status, descent_initialize,                                                                           \
         (descent_initializer, descent_dtype, size_t, size_t, double, uint64_t, void *))

/* A second declaration that differs from the header's is an error in C, and in C++ between functions of C. */
#define DECLARE(result, name, arguments) result name arguments;
#ifdef __cplusplus
extern "C" {
#endif
FUNCTIONS(DECLARE)
#ifdef __cplusplus
}
#endif

/* Each function's address, so that a program with this table links only if the library has them all. */
struct pinned_function {
    const char *name;
    void (*address)(void);
};
#define LIST(result, name, arguments) {#name, (void (*)(void))name},
static const struct pinned_function pinned_functions[] = {FUNCTIONS(LIST)};

#endif
