/*
 * The command line of train_linear. The options of the optimizers and their defaults are the library's: each has
 * here the name that it has there, with - for _.
 */
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include "image_files.h"

#include <descent.h>
#include <float.h>
#include <inttypes.h>

#define DEFAULT_DATA "/usr/share/datasets/fashion-mnist"

struct command_line {
    const char         *data, *target, *weights, *save, *load, *out; /* NULL if not given */
    struct set_files    train, test, validation, predict;
    double              feature_maximum; /* 0: 255 for bytes, else 1 */
    double              validation_fraction;
    int32_t             task;
    descent_loss        loss;      /* 0: the task's usual one */
    double              loss_parameter, l2, standard_deviation; /* NAN: the loss's default */
    descent_algorithm   algorithm; /* 0: the library chooses */
    struct optimizer_option {
        descent_option option;
        double         value;
    }                  *optimizer_options;
    size_t              optimizer_option_count;
    descent_fit_options fit; /* epochs, batch_size and patience NOT_GIVEN, and tolerance NAN, are free */
    bool                standardize, help, version;
};

/* What is free. */
static const uint32_t NOT_GIVEN = UINT32_MAX;

enum task { TASK_OF_LOSS, CLASSIFY, REGRESS };

enum value_kind { FLAG, TEXT, FILE_NAME, WHOLE_32, POSITIVE_32, WHOLE_64, NUMBER, FRACTION, LOSS, ALGORITHM, SAMPLING, TASK };

static const struct own_option {
    const char     *heading; /* of the group that starts here, in the help */
    const char     *name, *argument, *meaning;
    enum value_kind kind;
    size_t          offset; /* where in a command_line its value goes */
} own_options[] = {
#define AT(member) offsetof(struct command_line, member)
    {"Data, plain or compressed with gzip: .csv with a header, .svm or .svmlight or .libsvm, .npy, else images", "train",
     "FILE", "the training set", FILE_NAME, AT(train.images)},
    {NULL, "train-labels", "FILE", "its labels or targets, for .npy (else a column) and idx images", FILE_NAME,
     AT(train.labels)},
    {NULL, "test", "FILE", "samples that are only evaluated", FILE_NAME, AT(test.images)},
    {NULL, "test-labels", "FILE", "the labels of these", FILE_NAME, AT(test.labels)},
    {NULL, "validation", "FILE", "samples that tell which weights are best, and when to stop", FILE_NAME,
     AT(validation.images)},
    {NULL, "validation-labels", "FILE", "the labels of these", FILE_NAME, AT(validation.labels)},
    {NULL, "validation-fraction", "NUMBER", "instead of a file: the share of the training set, [0, 1)", FRACTION,
     AT(validation_fraction)},
    {NULL, "target", "COLUMN", "of labels or targets, by name or number from 1; the last one unless given", TEXT,
     AT(target)},
    {NULL, "weights", "COLUMN|FILE", "how much each training sample counts; a column of a CSV file, or a file of numbers",
     TEXT, AT(weights)},
    {NULL, "feature-maximum", "NUMBER", "every feature is divided by it; 255 for bytes and 1 for others unless given", NUMBER,
     AT(feature_maximum)},
    {NULL, "data", "DIRECTORY", "instead of files: a copy of MNIST, Fashion-MNIST or CIFAR-10 (binary)", TEXT, AT(data)},
    {NULL, "train-images", "FILE", "as --train, and once for each batch of CIFAR-10", FILE_NAME, AT(train.images)},
    {NULL, "test-images", "FILE", "as --test", FILE_NAME, AT(test.images)},
    {"Model", "task", "NAME", "classify or regress; that of the loss unless given, else classify", TASK, AT(task)},
    {NULL, "loss", "NAME", "one of the losses below", LOSS, AT(loss)},
    {NULL, "loss-parameter", "NUMBER", "of a loss that has one; see below", NUMBER, AT(loss_parameter)},
    {NULL, "l2", "NUMBER", "strength of the regularization, l2 * sum of the squared weights", NUMBER, AT(l2)},
    {NULL, "standardize", NULL, "features are centred and scaled (a chosen optimizer does so anyway)", FLAG,
     AT(standardize)},
    {NULL, "initialize", "NUMBER", "standard deviation of the first weights", NUMBER, AT(standard_deviation)},
    {"Training", "optimizer", "NAME", "one of the optimizers below; unless given, one that suits the data is chosen",
     ALGORITHM, AT(algorithm)},
    {NULL, "epochs", "N", "how often the training set is gone through; 10, or chosen, unless given", POSITIVE_32,
     AT(fit.epochs)},
    {NULL, "batch-size", "N", "samples in a minibatch; 0: all of them; 128, or chosen, unless given", WHOLE_32,
     AT(fit.batch_size)},
    {NULL, "patience", "N", "stop after so many epochs without progress; 0: never; chosen with the optimizer", WHOLE_32,
     AT(fit.patience)},
    {NULL, "tolerance", "NUMBER", "the share by which a loss must fall to be progress, [0, 1)", FRACTION, AT(fit.tolerance)},
    {NULL, "sampling", "NAME", "shuffle, replacement, stratified or weighted", SAMPLING, AT(fit.sampling)},
    {NULL, "seed", "N", "of the sampling and the first weights", WHOLE_64, AT(fit.seed)},
    {"Result", "save", "FILE", "the model, for --load; or, if it ends with .npy, its weights, with the bias as last row", TEXT,
     AT(save)},
    {NULL, "load", "FILE", "a model of --save, instead of training one", TEXT, AT(load)},
    {NULL, "predict", "FILE", "samples to predict; answers that are there are not looked at", FILE_NAME, AT(predict.images)},
    {NULL, "out", "FILE", "takes the predictions, a line for each", TEXT, AT(out)},
    {"About", "help", NULL, "print this", FLAG, AT(help)},
    {NULL, "version", NULL, "print the version of the library", FLAG, AT(version)},
#undef AT
};
enum { OWN_OPTION_COUNT = sizeof own_options / sizeof *own_options };

/* Indexed by descent_sampling. */
static const char *const sampling_names[] = {NULL, "shuffle", "replacement", "stratified", "weighted"};
enum { SAMPLING_END = sizeof sampling_names / sizeof *sampling_names };

static bool usage_error(const char *option, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "--%s: ", option);
    vfprintf(stderr, format, arguments);
    fputs(" (--help lists all options)\n", stderr);
    va_end(arguments);
    return false;
}

/* ---- values ---- */

static bool read_number(const char *option, const char *text, double *number) {
    char *end;
    errno = 0;
    *number = strtod(text, &end);
    if (end == text || *end != '\0') return usage_error(option, "\"%s\" is not a number", text);
    if (errno == ERANGE && (*number > 1 || *number < -1)) return usage_error(option, "%s is too large", text);
    return true;
}

static bool read_not_negative(const char *option, const char *text, double *number) {
    if (!read_number(option, text, number)) return false;
    if (!(*number >= 0 && *number <= DBL_MAX)) return usage_error(option, "%s is outside [0, inf)", text);
    return true;
}

static bool read_whole(const char *option, const char *text, uintmax_t minimum, uintmax_t maximum, uintmax_t *number) {
    char *end;
    errno = 0;
    *number = strtoumax(text, &end, 10);
    /* strtoumax() alone would read "-1" as a very large number. */
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || *number < minimum || *number > maximum)
        return usage_error(option, "\"%s\" is not a whole number from %ju to %ju", text, minimum, maximum);
    return true;
}

static const char *const task_names[] = {NULL, "classify", "regress"};

/* One of the names behind the first, which is none; its index is the value. */
static bool read_name(const char *option, const char *text, const char *const *names, size_t end, int32_t *value) {
    for (size_t i = 1; i < end; i++)
        if (strcmp(text, names[i]) == 0) {
            *value = (int32_t)i;
            return true;
        }
    fprintf(stderr, "--%s: \"%s\" is not one of", option, text);
    for (size_t i = 1; i < end; i++) fprintf(stderr, " %s", names[i]);
    fputs(" (--help lists all options)\n", stderr);
    return false;
}

static bool read_fraction(const char *option, const char *text, double *number) {
    if (!read_number(option, text, number)) return false;
    return (*number >= 0 && *number < 1) || usage_error(option, "%s is outside [0, 1)", text);
}

static bool set_own_option(struct command_line *line, const struct own_option *option, const char *text) {
    void     *place = (char *)line + option->offset;
    uintmax_t whole = 0;
    bool      good = true;
    switch (option->kind) {
    case FLAG: *(bool *)place = true; break;
    case TEXT: *(const char **)place = text; break;
    case FILE_NAME: return add_text(place, strdup(text));
    case NUMBER: return read_not_negative(option->name, text, place);
    case FRACTION: return read_fraction(option->name, text, place);
    case SAMPLING: return read_name(option->name, text, sampling_names, SAMPLING_END, place);
    case TASK: return read_name(option->name, text, task_names, REGRESS + 1, place);
    case WHOLE_32:
    case POSITIVE_32:
        good = read_whole(option->name, text, option->kind == POSITIVE_32, UINT32_MAX, &whole);
        if (good) *(uint32_t *)place = (uint32_t)whole;
        break;
    case WHOLE_64:
        good = read_whole(option->name, text, 0, UINT64_MAX, &whole);
        if (good) *(uint64_t *)place = whole;
        break;
    case LOSS:
        good = descent_loss_from_name(text, place) == DESCENT_OK;
        break;
    case ALGORITHM:
        good = descent_algorithm_from_name(text, place) == DESCENT_OK;
        break;
    }
    if (!good && (option->kind == LOSS || option->kind == ALGORITHM))
        usage_error(option->name, "%s", descent_last_error());
    return good;
}

/* ---- arguments ---- */

/* The name of one of the library's options as it is written here. */
static void write_option(char written[64], descent_option option) {
    snprintf(written, 64, "%s", descent_option_name(option));
    for (char *at = written; *at != '\0'; at++)
        if (*at == '_') *at = '-';
}

static descent_option find_optimizer_option(const char *name) {
    char written[64];
    for (size_t i = 0; i < descent_option_count(); i++) {
        write_option(written, descent_option_at(i));
        if (strcmp(written, name) == 0) return descent_option_at(i);
    }
    return (descent_option)0;
}

static const struct own_option *find_own_option(const char *name) {
    for (size_t i = 0; i < OWN_OPTION_COUNT; i++)
        if (strcmp(own_options[i].name, name) == 0) return &own_options[i];
    return NULL;
}

/* An optimizer's option waits in the list, because --optimizer may come after it. */
static bool add_optimizer_option(struct command_line *line, descent_option option, const char *name, const char *text) {
    struct optimizer_option *next = &line->optimizer_options[line->optimizer_option_count++];
    next->option = option;
    return read_number(name, text, &next->value);
}

/* Reads --name value, --name=value and, for a flag, --name. */
static bool read_arguments(struct command_line *line, int count, char **arguments) {
    for (int i = 1; i < count; i++) {
        if (strncmp(arguments[i], "--", 2) != 0) {
            fprintf(stderr, "%s: not an option (--help lists all options)\n", arguments[i]);
            return false;
        }
        char *name = arguments[i] + 2, *text = strchr(name, '=');
        if (text != NULL) *text++ = '\0';

        const struct own_option *own = find_own_option(name);
        descent_option option = find_optimizer_option(name);
        bool takes_value = own == NULL || own->kind != FLAG;
        if (own == NULL && option == 0) return usage_error(name, "there is no such option");
        if (!takes_value && text != NULL) return usage_error(name, "it takes no value");
        if (takes_value && text == NULL && ++i == count) return usage_error(name, "its value is missing");
        if (takes_value && text == NULL) text = arguments[i];
        if (takes_value && *text == '\0') return usage_error(name, "its value is empty");
        bool good = own != NULL ? set_own_option(line, own, text) : add_optimizer_option(line, option, name, text);
        if (!good) return false;
    }
    return true;
}

#endif
