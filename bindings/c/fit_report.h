/*
 * What is printed during a fit and at its end.
 */
#ifndef FIT_REPORT_H
#define FIT_REPORT_H

#include "linear_model.h"

#include <inttypes.h>
#include <math.h>
#include <time.h>

struct observer {
    const struct linear_model *model;
    const descent_dataset     *train, *test; /* test is NULL if there is none, train if it is not in memory */
    double                     training_loss; /* if train is NULL */
    bool                       draws_bar, failed;
    double                     last_drawn, evaluation_seconds;
};

static inline double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static inline void draw_bar(struct observer *observer, const descent_progress_report *report) {
    static const char marks[] = "########################################";
    const int width = (int)sizeof marks - 1;
    if (!observer->draws_bar || report->seconds - observer->last_drawn < 0.05) return;
    observer->last_drawn = report->seconds;
    double done = (double)report->step / (double)report->step_total;
    fprintf(stderr, "\r[%-*.*s] %3.0f%%  epoch %" PRIu32 "  loss %.4f ", width, (int)(done * width), marks, 100 * done,
            report->epoch, report->loss);
}

/* A loss of any size in twelve characters. */
static inline void write_loss(char text[32], double loss) {
    snprintf(text, 32, fabs(loss) < 1e6 && (fabs(loss) >= 1e-3 || loss == 0) ? "%12.4f" : "%12.4e", loss);
}

/* Loss, and accuracy or R2. */
static inline bool evaluate(const struct linear_model *model, const descent_dataset *data, char text[64]) {
    double loss, score;
    char   number[32];
    snprintf(text, 64, "%12s %9s", "-", "-");
    if (data == NULL) return true;
    if (MODEL_CALL(model, evaluate, data, &loss, &score) != DESCENT_OK) return library_failed("evaluate");
    write_loss(number, loss);
    snprintf(text, 64, model->classifier != NULL ? "%s %8.2f%%" : "%s %9.4f", number,
             model->classifier != NULL ? 100 * score : score);
    return true;
}

/* Of the training set what is known of it. */
static inline bool evaluate_training(const struct observer *observer, char text[64]) {
    char number[32];
    if (observer->train != NULL) return evaluate(observer->model, observer->train, text);
    write_loss(number, observer->training_loss);
    snprintf(text, 64, "%s %9s", number, "-");
    return true;
}

static inline void print_heading(const struct linear_model *model) {
    const char *score = model->classifier != NULL ? "accuracy" : "R2";
    printf("\n%5s %12s %9s %12s %9s %12s %9s\n", "epoch", "train loss", score, "test loss", score, "validation",
           "seconds");
    fflush(stdout);
}

/* The model as it is now, in a row of its own. */
static inline bool print_row(struct observer *observer, const char *epoch, double validation_loss, double seconds) {
    char   train[64], test[64], validation[32] = "           -";
    double start = now();
    bool evaluated = evaluate_training(observer, train) &&
                     evaluate(observer->model, observer->test, test);
    if (observer->draws_bar) fputs("\r\033[K", stderr);
    if (!evaluated) return false;
    if (!isnan(validation_loss)) write_loss(validation, validation_loss);
    printf("%5s %s %s %s %9.2f\n", epoch, train, test, validation, seconds - observer->evaluation_seconds);
    fflush(stdout); /* a row must be seen when its epoch ends, in a pipe too */
    observer->evaluation_seconds += now() - start;
    return true;
}

/* Every epoch has a row at first, later each tenth and each hundredth. */
static inline bool has_row(uint32_t epoch) {
    return epoch <= 20 || (epoch <= 200 && epoch % 10 == 0) || epoch % 100 == 0;
}

static inline int32_t after_step(const descent_progress_report *report, void *context) {
    struct observer *observer = context;
    char epoch[16];
    if (!report->epoch_end) {
        draw_bar(observer, report);
        return 0;
    }
    snprintf(epoch, sizeof epoch, "%" PRIu32, report->epoch);
    observer->failed = has_row(report->epoch) && !print_row(observer, epoch, report->validation_loss, report->seconds);
    if (!observer->failed && !isfinite(report->loss)) {
        fputs("the loss is no longer finite: try a smaller --learning-rate, or --standardize\n", stderr);
        observer->failed = true;
    }
    return observer->failed;
}

/* How the fit ended and, where it went amiss, what may be the matter. */
static inline bool print_result(const struct linear_model *model, const struct schema *schema, bool has_validation) {
    static const char *const reasons[] = {"there was no fit", "all epochs are done", "no progress any more",
                                          "the loss cannot be lowered any more", "it was stopped",
                                          "a number was not finite"};
    descent_fit_result result = {.struct_size = sizeof result};
    if (MODEL_CALL(model, fit_result, &result) != DESCENT_OK) return library_failed("tell how the fit ended");
    printf("\nended in epoch %" PRIu32 ": %s; loss %.6g, at first %.6g", result.epochs, reasons[result.reason],
           result.loss, result.first_loss);
    if (has_validation) printf("; validation loss %.6g in epoch %" PRIu32, result.best_loss, result.best_epoch);
    putchar('\n');
    fflush(stdout);
    if (!result.is_amiss) return true;
    fprintf(stderr, "warning: the fit went amiss, its loss rose or is not finite. Feature %zu",
            result.largest_feature + 1);
    if (schema->names.count > 0) {
        char buffer[48];
        fprintf(stderr, " (%s)", shown(schema->names.texts[result.largest_feature], buffer));
    }
    fprintf(stderr, " has the largest magnitude, %g: try --standardize, or a smaller --learning-rate\n",
            result.largest_magnitude);
    return true;
}

/* What l1 has brought about. */
static inline bool print_zeros(const struct linear_model *model, const struct schema *schema) {
    float *weights, *bias;
    size_t count = schema->dimension * count_outputs(schema), others = 0;
    if (MODEL_CALL(model, parameters, &weights, &bias) != DESCENT_OK) return library_failed("read the weights");
    for (size_t i = 0; i < count; i++) others += weights[i] != 0;
    printf("%zu of %zu weights are not 0\n", others, count);
    return true;
}

#endif
