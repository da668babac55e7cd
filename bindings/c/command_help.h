/*
 * The command line as a whole: what goes together, what is free, and the help.
 */
#ifndef COMMAND_HELP_H
#define COMMAND_HELP_H

#include "command_line.h"
#include "sample_files.h"

/* ---- what goes together ---- */

static inline bool check_set_files(const struct set_files *files, const char *name) {
    char labels[64];
    snprintf(labels, sizeof labels, "%s-labels", name);
    if (files->labels.count > 0 && (files->labels.count > 1 || files->images.count != 1))
        return usage_error(labels, "it needs one file, and one file of samples");
    if (files->images.count == 0) return true;
    enum sample_format format = format_of(files->images.texts[0]);
    if (files->images.count > 1 && format != IMAGES) return usage_error(name, "one file is enough, but for CIFAR-10");
    if (files->labels.count > 0 && (format == CSV || format == SVMLIGHT))
        return usage_error(labels, "the labels are in %s itself", files->images.texts[0]);
    return true;
}

static inline bool check_data_files(const struct command_line *line) {
    bool has_train = line->train.images.count > 0, has_validation = line->validation.images.count > 0;
    bool has_test = line->test.images.count > 0, predicts = line->predict.images.count > 0;
    if (line->load != NULL && (has_train || line->data != NULL || has_validation || line->save != NULL))
        return usage_error("load", "either this or --train, --validation and --save: what is loaded is not trained");
    if (line->load != NULL && !has_test && !predicts) return usage_error("load", "--test or --predict is missing");
    if (line->load == NULL && !has_train && (has_test || has_validation || line->train.labels.count > 0))
        return usage_error("train", "it is missing, and the other files belong to it");
    if (has_train && line->data != NULL) return usage_error("data", "either this or --train");
    if (has_validation && line->validation_fraction > 0)
        return usage_error("validation", "either this or --validation-fraction");
    if (predicts != (line->out != NULL)) return usage_error("predict", "it and --out go together");
    return check_set_files(&line->train, "train") && check_set_files(&line->test, "test") &&
           check_set_files(&line->validation, "validation") && check_set_files(&line->predict, "predict");
}

/* The library says which values it takes. */
static inline bool try_loss_parameter(descent_loss loss, double parameter) {
    static const char prefix[] = "parameter: ";
    descent_regressor *trial = NULL;
    descent_status status = descent_regressor_create(1, 1, loss, &trial);
    if (status == DESCENT_OK) status = descent_regressor_set_loss_parameter(trial, parameter);
    descent_regressor_free(trial);
    if (status == DESCENT_OK) return true;
    const char *text = descent_last_error();
    return usage_error("loss-parameter", "%s", strncmp(text, prefix, strlen(prefix)) == 0 ? text + strlen(prefix) : text);
}

/* The task is that of the loss, and the loss that of the task. */
static inline bool choose_loss(struct command_line *line) {
    bool has_labels = line->loss != 0 && descent_loss_takes_labels(line->loss);
    if (line->loss == 0) line->loss = line->task == REGRESS ? DESCENT_SQUARED_ERROR : DESCENT_SOFTMAX_CROSS_ENTROPY;
    else if (line->task == TASK_OF_LOSS) line->task = has_labels ? CLASSIFY : REGRESS;
    else if (has_labels != (line->task == CLASSIFY))
        return usage_error("loss", "%s takes %s, which --task %s does not have", descent_loss_name(line->loss),
                           has_labels ? "labels" : "real targets", task_names[line->task]);
    if (line->task == TASK_OF_LOSS) line->task = CLASSIFY;
    if (isnan(line->loss_parameter)) return true;
    if (descent_loss_parameter_name(line->loss) == NULL)
        return usage_error("loss-parameter", "%s has none", descent_loss_name(line->loss));
    return try_loss_parameter(line->loss, line->loss_parameter);
}

/* An optimizer that is named has the library's usual settings where none are given. */
static inline bool choose_settings(struct command_line *line) {
    descent_fit_options usual;
    descent_fit_options_init(&usual);
    if (line->algorithm == 0 && line->optimizer_option_count > 0)
        return usage_error(descent_option_name(line->optimizer_options[0].option), "it needs --optimizer");
    if (line->algorithm == 0) return true;
    if (line->fit.epochs == NOT_GIVEN) line->fit.epochs = usual.epochs;
    if (line->fit.batch_size == NOT_GIVEN)
        line->fit.batch_size = descent_algorithm_is_batch(line->algorithm) ? 0 : usual.batch_size;
    if (line->fit.patience == NOT_GIVEN) line->fit.patience = usual.patience;
    if (isnan(line->fit.tolerance)) line->fit.tolerance = usual.tolerance;
    return true;
}

static inline struct command_line default_command_line(void) {
    struct command_line line = {.loss_parameter = NAN};
    descent_fit_options_init(&line.fit);
    line.fit.epochs = line.fit.batch_size = line.fit.patience = NOT_GIVEN;
    line.fit.tolerance = NAN;
    line.fit.check_features = 1;
    return line;
}

static inline bool read_command_line(struct command_line *line, int count, char **arguments) {
    *line = default_command_line();
    line->optimizer_options = calloc((size_t)count + 1, sizeof *line->optimizer_options);
    if (line->optimizer_options == NULL) fputs("out of memory for the command line\n", stderr);
    if (line->optimizer_options == NULL || !read_arguments(line, count, arguments)) return false;
    line->fit.standardize = line->standardize;
    return line->help || line->version || (check_data_files(line) && choose_loss(line) && choose_settings(line));
}

static inline void free_command_line(struct command_line *line) {
    struct set_files *sets[] = {&line->train, &line->test, &line->validation, &line->predict};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        free_texts(&sets[i]->images);
        free_texts(&sets[i]->labels);
    }
    free(line->optimizer_options);
}

/* ---- help ---- */

/* What is free has no default but its explanation. */
static inline void print_default(const struct command_line *line, const struct own_option *option) {
    const void *place = (const char *)line + option->offset;
    switch (option->kind) {
    case TEXT: if (option->offset == offsetof(struct command_line, data)) printf(" [%s]", DEFAULT_DATA); break;
    case WHOLE_64: printf(" [%" PRIu64 "]", *(const uint64_t *)place); break;
    case SAMPLING: printf(" [%s]", sampling_names[*(const int32_t *)place]); break;
    case NUMBER:
        if (option->offset == offsetof(struct command_line, feature_maximum)) break; /* free where it is 0 */
        /* fall through */
    case FRACTION: if (!isnan(*(const double *)place)) printf(" [%g]", *(const double *)place); break;
    default: break;
    }
}

static inline void print_own_options(const struct command_line *defaults) {
    for (size_t i = 0; i < OWN_OPTION_COUNT; i++) {
        const struct own_option *option = &own_options[i];
        char written[48];
        snprintf(written, sizeof written, "%s %s", option->name, option->argument != NULL ? option->argument : "");
        if (option->heading != NULL) printf("\n%s\n", option->heading);
        printf("  --%-26s %s", written, option->meaning);
        print_default(defaults, option);
        putchar('\n');
    }
}

/* Whether every optimizer that is stepped has the option with the same default. */
static inline bool is_common(descent_option option) {
    double minimum, maximum, value, first = 0;
    for (size_t i = 0; i < descent_algorithm_count(); i++) {
        if (descent_algorithm_is_batch(descent_algorithm_at(i))) continue;
        if (descent_option_range(descent_algorithm_at(i), option, &minimum, &maximum, &value) != DESCENT_OK)
            return false;
        if (i > 0 && value != first) return false;
        first = value;
    }
    return true;
}

static inline void print_options(descent_algorithm algorithm, bool common) {
    int column = 12;
    for (size_t i = 0; i < descent_option_count(); i++) {
        double minimum, maximum, default_value;
        char   written[64], text[128];
        descent_option option = descent_option_at(i);
        if ((is_common(option) && !descent_algorithm_is_batch(algorithm)) != common) continue;
        if (descent_option_range(algorithm, option, &minimum, &maximum, &default_value) != DESCENT_OK) continue;
        write_option(written, option);
        int length = snprintf(text, sizeof text, " --%s %g", written, default_value);
        if (column + length > 100) column = printf("\n%12s", "") - 1;
        column += printf("%s", text);
    }
    putchar('\n');
}

static inline void print_optimizers(void) {
    puts("\nOptimizers and their options, with defaults (descent.h explains them)");
    for (size_t i = 0; i < descent_algorithm_count(); i++) {
        printf("  %-10s", descent_algorithm_name(descent_algorithm_at(i)));
        print_options(descent_algorithm_at(i), false);
    }
    puts("  all but the batch methods");
    printf("  %-10s", "");
    print_options(descent_algorithm_at(0), true);
}

static inline void print_losses(void) {
    for (int labels = 1; labels >= 0; labels--) {
        printf("\nLosses of --task %s\n", task_names[labels ? CLASSIFY : REGRESS]);
        for (size_t i = 0; i < descent_loss_count(); i++) {
            descent_loss loss = descent_loss_at(i);
            double minimum, maximum, usual;
            if (descent_loss_takes_labels(loss) != (labels == 1)) continue;
            printf("  %s", descent_loss_name(loss));
            if (descent_loss_parameter_range(loss, &minimum, &maximum, &usual) == DESCENT_OK)
                printf(" (--loss-parameter: %s [%g])", descent_loss_parameter_name(loss), usual);
            putchar('\n');
        }
    }
}

static inline void print_help(void) {
    const struct command_line defaults = default_command_line();
    puts("usage: train_linear [--option value | --option=value] ...\n\n"
         "Trains a linear classifier or regressor, prints how it fares, and predicts.\n"
         "The value in brackets holds unless you give another one.");
    print_own_options(&defaults);
    print_losses();
    print_optimizers();
    puts("\nThe status is 0, or 1 for a failure, or 2 for a wrong command line.");
}

#endif
