/*
 * Trains a linear classifier on MNIST, Fashion-MNIST, CIFAR-10 or any images in their formats:
 *
 *     cc train_classifier.c -ldescent -o train_classifier
 *     ./train_classifier --optimizer adam --learning-rate 0.001 --epochs 5 --save weights.npy
 *
 * --help lists the options. Exit status: 0, 1 for a failure, 2 for a command line that is wrong.
 */
#define _POSIX_C_SOURCE 200809L

#include "command_line.h"
#include "dataset_files.h"
#include "npy_file.h"

#include <descent.h>
#include <math.h>
#include <time.h>

enum { EXIT_GOOD = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* ---- what is printed during the fit ---- */

struct observer {
    descent_classifier    *classifier;
    const descent_dataset *train, *test; /* test is NULL if there is none */
    bool                   draws_bar, failed;
    double                 last_drawn, evaluation_seconds;
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void draw_bar(struct observer *observer, const descent_progress_report *report) {
    static const char marks[] = "########################################";
    const int width = (int)sizeof marks - 1;
    if (!observer->draws_bar || report->seconds - observer->last_drawn < 0.05) return;
    observer->last_drawn = report->seconds;
    double done = (double)report->step / (double)report->step_total;
    fprintf(stderr, "\r[%-*.*s] %3.0f%%  epoch %" PRIu32 "  loss %.4f ", width, (int)(done * width), marks, 100 * done,
            report->epoch, report->loss);
}

static bool evaluate(struct observer *observer, const descent_dataset *data, char text[64]) {
    double loss, accuracy;
    snprintf(text, 64, "%12s %9s", "-", "-");
    if (data == NULL) return true;
    if (descent_classifier_evaluate(observer->classifier, data, &loss, &accuracy) != DESCENT_OK) {
        fprintf(stderr, "cannot evaluate: %s\n", descent_last_error());
        return false;
    }
    snprintf(text, 64, loss < 1e6 ? "%12.4f %8.2f%%" : "%12.4e %8.2f%%", loss, 100 * accuracy);
    return true;
}

static void print_heading(void) {
    printf("\n%5s %12s %9s %12s %9s %9s\n", "epoch", "train loss", "accuracy", "test loss", "accuracy", "seconds");
    fflush(stdout);
}

static bool print_epoch(struct observer *observer, const descent_progress_report *report) {
    char   train[64], test[64];
    double start = now();
    bool evaluated = evaluate(observer, observer->train, train) && evaluate(observer, observer->test, test);
    if (observer->draws_bar) fputs("\r\033[K", stderr);
    if (!evaluated) return false;

    printf("%5" PRIu32 " %s %s %9.2f\n", report->epoch, train, test, report->seconds - observer->evaluation_seconds);
    fflush(stdout); /* a row must be seen when its epoch ends, in a pipe too */
    observer->evaluation_seconds += now() - start;
    if (!isfinite(report->loss)) fputs("the loss is no longer finite: try a smaller --learning-rate\n", stderr);
    return isfinite(report->loss);
}

static int32_t after_step(const descent_progress_report *report, void *context) {
    struct observer *observer = context;
    if (report->epoch_end)
        observer->failed = !print_epoch(observer, report);
    else
        draw_bar(observer, report);
    return observer->failed;
}

/* ---- the training ---- */

static bool library_failed(const char *what) {
    fprintf(stderr, "cannot %s: %s\n", what, descent_last_error());
    return false;
}

static bool make_classifier(const struct command_line *line, size_t dimension, size_t classes,
                            descent_classifier **classifier) {
    return (descent_classifier_create(dimension, classes, line->loss, classifier) == DESCENT_OK &&
            descent_classifier_set_l2(*classifier, line->l2) == DESCENT_OK &&
            descent_classifier_initialize(*classifier, line->standard_deviation, line->fit.seed) == DESCENT_OK) ||
           library_failed("make the classifier");
}

static bool make_optimizer(const struct command_line *line, descent_optimizer **optimizer) {
    if (descent_optimizer_create(line->algorithm, optimizer) != DESCENT_OK) return library_failed("make the optimizer");
    for (size_t i = 0; i < line->optimizer_option_count; i++) {
        const struct optimizer_option *option = &line->optimizer_options[i];
        if (descent_optimizer_set(*optimizer, option->option, option->value) == DESCENT_OK) continue;
        fprintf(stderr, "%s (--help lists all options)\n", descent_last_error());
        return false;
    }
    return true;
}

static bool save(const char *path, descent_classifier *classifier, size_t dimension, size_t classes) {
    float *weights, *bias;
    if (path == NULL) return true;
    if (descent_classifier_parameters(classifier, &weights, &bias) != DESCENT_OK)
        return library_failed("read the weights");
    return save_npy(path, weights, bias, dimension + 1, classes);
}

static bool fit(const struct command_line *line, descent_optimizer *optimizer, struct observer *observer) {
    print_heading();
    if (descent_classifier_fit(observer->classifier, optimizer, observer->train, &line->fit, after_step, observer) !=
        DESCENT_OK)
        return !observer->failed && library_failed("train");
    return true;
}

static bool train(const struct command_line *line, descent_optimizer *optimizer, const descent_dataset *train_set,
                  const descent_dataset *test_set, size_t classes) {
    struct observer observer = {.train = train_set, .test = test_set, .draws_bar = isatty(STDERR_FILENO) == 1};
    bool good = make_classifier(line, train_set->dimension, classes, &observer.classifier) &&
                fit(line, optimizer, &observer) &&
                save(line->save, observer.classifier, train_set->dimension, classes);
    descent_classifier_free(observer.classifier);
    return good;
}

/* ---- the data ---- */

static descent_dataset as_dataset(const struct sample_set *set, uint32_t feature_maximum) {
    return (descent_dataset){.struct_size = sizeof(descent_dataset), .dtype = DESCENT_UINT8, .features = set->features,
                             .labels = set->labels, .samples = set->count, .dimension = set->dimension,
                             .scale = 1.0f / (float)feature_maximum, .offset = 0};
}

static size_t count_classes(const struct sample_set *set, size_t least) {
    for (size_t i = 0; i < set->count; i++)
        if ((size_t)set->labels[i] >= least) least = (size_t)set->labels[i] + 1;
    return least;
}

static void print_setting(const struct command_line *line, const struct sample_set *train_set,
                          const struct sample_set *test_set, size_t classes, const descent_optimizer *optimizer) {
    printf("%zu training and %zu test samples, %zu features, %zu classes\n", train_set->count, test_set->count,
           train_set->dimension, classes);
    printf("%s, l2 %g; %s", descent_loss_name(line->loss), line->l2, descent_algorithm_name(line->algorithm));
    for (size_t i = 0; i < descent_option_count(); i++) {
        descent_option option = descent_option_at(i);
        double minimum, maximum, usual, value;
        if (descent_optimizer_get(optimizer, option, &value) != DESCENT_OK ||
            descent_option_range(line->algorithm, option, &minimum, &maximum, &usual) != DESCENT_OK)
            continue;
        if (value != usual || !is_common(option)) printf(", %s %g", descent_option_name(option), value);
    }
    putchar('\n');
}

static bool read_data_and_train(struct command_line *line, descent_optimizer *optimizer) {
    struct sample_set train_set = {NULL, NULL, 0, 0}, test_set = train_set;
    const char *directory = line->data != NULL ? line->data : DEFAULT_DATA;
    bool named = line->train.images.count > 0;
    bool good = (named || find_data_set(directory, &line->train, &line->test)) &&
                read_sample_set(&line->train, &train_set) && read_sample_set(&line->test, &test_set);
    if (!good && !named && line->data == NULL)
        fputs("--data names another directory; the package dataset-fashion-mnist has the default one\n", stderr);
    if (good && test_set.count > 0 && test_set.dimension != train_set.dimension)
        good = file_error(line->test.images.paths[0], "%zu features in a sample, but %zu in the training set",
                          test_set.dimension, train_set.dimension);
    if (good) {
        descent_dataset train_data = as_dataset(&train_set, line->feature_maximum);
        descent_dataset test_data = as_dataset(&test_set, line->feature_maximum);
        size_t classes = count_classes(&test_set, count_classes(&train_set, 2));
        print_setting(line, &train_set, &test_set, classes, optimizer);
        good = train(line, optimizer, &train_data, test_set.count > 0 ? &test_data : NULL, classes);
    }
    free_sample_set(&train_set);
    free_sample_set(&test_set);
    return good;
}

static int run(struct command_line *line) {
    descent_optimizer *optimizer = NULL;
    int status = EXIT_GOOD;
    if (!make_optimizer(line, &optimizer))
        status = EXIT_USAGE;
    else if ((line->save != NULL && !check_that_npy_can_be_saved(line->save)) || !read_data_and_train(line, optimizer))
        status = EXIT_FAILED;
    descent_optimizer_free(optimizer);
    return status;
}

int main(int argument_count, char **arguments) {
    struct command_line line;
    int status = EXIT_GOOD;
    if (!read_command_line(&line, argument_count, arguments))
        status = EXIT_USAGE;
    else if (line.help)
        print_help();
    else if (line.version)
        printf("libdescent %s (%s)\n", descent_version_string(), descent_active_isa());
    else
        status = run(&line);
    free_command_line(&line);

    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("standard output");
        status = EXIT_FAILED;
    }
    return status;
}
