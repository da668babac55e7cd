/*
 * Calls on the linear models of memory_world.h: the same list for classifiers and for regressors.
 */
#ifndef LINEAR_CALLS_H
#define LINEAR_CALLS_H

#include "memory_world.h"

static const descent_range_options range_options = {sizeof range_options, STEPS, 1e-3, 1};
static descent_search_options      search_options = {sizeof search_options, DESCENT_SEARCH_LOCAL, 4, 1, 0.5};
static descent_fit_options         fit_options;
static descent_progress            progress;

struct model {
    const char *name;
    descent_status (*create)(void), (*set_l2)(void), (*initialize)(void), (*fit)(void), (*resume)(void),
        (*fit_result)(void), (*choose_optimizer)(void), (*learning_rate_range)(void), (*evaluate)(void),
        (*loss_gradient)(void), (*scores)(void), (*predict)(void), (*exact_parameters)(void), (*gradient_check)(void),
        (*random_search)(void), (*save_size)(void), (*save)(void), (*load)(void), (*copy)(void);
    void (*save_interrupted)(void);
};

static int32_t stop_at_second(const descent_progress_report *report, void *context) {
    (void)context;
    return report->step == 2;
}
static int32_t count_report(const descent_progress_report *report, void *context) {
    (void)context;
    out.reports += report->step > 0;
    return 0;
}

/* Makes a fit that can be resumed. */
static void (*is_interrupted_by)(void);
static void keep_averages(void) { CHECK_OK(descent_optimizer_set(optimizer, DESCENT_AVERAGE, DESCENT_AVERAGE_EMA)); }

/* The functions of a kind of model, and its list of them. */
#define DEFINE_MODEL(kind, predictions_)                                                                               \
    static descent_status kind##_set_l2(void) { return descent_##kind##_set_l2(kind, 0.5); }                           \
    static descent_status kind##_initialize(void) { return descent_##kind##_initialize(kind, 2, 1); }                  \
    static descent_status kind##_fit(void) {                                                                           \
        return descent_##kind##_fit(kind, optimizer, &data, &fit_options, progress, NULL);                             \
    }                                                                                                                  \
    static descent_status kind##_resume(void) {                                                                        \
        return descent_##kind##_resume(kind, optimizer, &data, &fit_options, progress, NULL);                          \
    }                                                                                                                  \
    static descent_status kind##_fit_result(void) {                                                                    \
        descent_fit_result result = {.struct_size = sizeof result};                                                    \
        return descent_##kind##_fit_result(kind, &result);                                                             \
    }                                                                                                                  \
    static descent_status kind##_choose_optimizer(void) {                                                              \
        descent_fit_options chosen = fit_options;                                                                      \
        return descent_##kind##_choose_optimizer(kind, &data, &chosen, &new_optimizer);                                \
    }                                                                                                                  \
    static descent_status kind##_learning_rate_range(void) {                                                           \
        return descent_##kind##_learning_rate_range(kind, optimizer, &data, &fit_options, &range_options, out.rates,   \
                                                    out.losses, &out.count, &out.proposal);                            \
    }                                                                                                                  \
    static descent_status kind##_evaluate(void) {                                                                      \
        return descent_##kind##_evaluate(kind, &data, &out.value, &out.accuracy);                                      \
    }                                                                                                                  \
    static descent_status kind##_loss_gradient(void) {                                                                 \
        return descent_##kind##_loss_gradient(kind, &data, &out.value, out.weight_gradient, out.bias_gradient);        \
    }                                                                                                                  \
    static descent_status kind##_scores(void) { return descent_##kind##_scores(kind, &data, out.scores); }             \
    static descent_status kind##_predict(void) { return descent_##kind##_predict(kind, &data, predictions_); }         \
    static descent_status kind##_exact_parameters(void) {                                                              \
        return descent_##kind##_exact_parameters(kind, out.exact_weights, out.exact_bias);                             \
    }                                                                                                                  \
    static descent_status kind##_gradient_check(void) {                                                                \
        return descent_##kind##_gradient_check(kind, &data, 0, 0, 1, &out.report);                                     \
    }                                                                                                                  \
    static descent_status kind##_random_search(void) {                                                                 \
        return descent_##kind##_random_search(kind, &data, &search_options, count_report, NULL, &out.result);          \
    }                                                                                                                  \
    static descent_status kind##_save_size(void) { return descent_##kind##_save_size(kind, &out.written); }            \
    static descent_status kind##_save(void) {                                                                          \
        return descent_##kind##_save(kind, out.saved, MOST_SAVED, &out.written);                                       \
    }                                                                                                                  \
    static descent_status kind##_load(void) { return descent_##kind##_load(out.saved, out.written, &new_##kind); }     \
    static descent_status kind##_copy(void) { return descent_##kind##_copy(kind, &new_##kind); }                       \
    static void interrupt_##kind(void) {                                                                               \
        CHECK(descent_##kind##_fit(kind, optimizer, &data, &fit_options, stop_at_second, NULL) ==                      \
                  DESCENT_ERROR_CANCELLED, "%s", descent_last_error());                                                \
    }                                                                                                                  \
    static void interrupt_##kind##_with_averages(void) {                                                               \
        keep_averages();                                                                                               \
        interrupt_##kind();                                                                                            \
    }                                                                                                                  \
    static void save_interrupted_##kind(void) {                                                                        \
        is_interrupted_by();                                                                                           \
        CHECK_OK(kind##_save());                                                                                       \
    }                                                                                                                  \
    static const struct model kind##s = {                                                                              \
        #kind, kind##_create, kind##_set_l2, kind##_initialize, kind##_fit, kind##_resume, kind##_fit_result,          \
        kind##_choose_optimizer, kind##_learning_rate_range, kind##_evaluate, kind##_loss_gradient, kind##_scores,     \
        kind##_predict, kind##_exact_parameters, kind##_gradient_check, kind##_random_search, kind##_save_size,        \
        kind##_save, kind##_load, kind##_copy, save_interrupted_##kind}

static descent_status classifier_create(void) {
    return descent_classifier_create(DIMENSION, classes, DESCENT_SQUARED_HINGE, &new_classifier);
}
static descent_status regressor_create(void) {
    return descent_regressor_create(DIMENSION, OUTPUTS, DESCENT_QUANTILE, &new_regressor);
}
DEFINE_MODEL(classifier, out.predictions);
DEFINE_MODEL(regressor, out.scores);

static descent_status dataset_check(void) { return descent_dataset_check(&data, OUTPUTS); }

#endif
