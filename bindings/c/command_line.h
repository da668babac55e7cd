/*
 * The command line of train_classifier. The options of the optimizers and their defaults are the library's: each has
 * here the name that it has there, with - for _.
 */
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include "dataset_files.h"

#include <descent.h>
#include <float.h>
#include <inttypes.h>

#define DEFAULT_DATA "/usr/share/datasets/fashion-mnist"

struct command_line {
    const char         *data, *save; /* NULL if not given */
    struct set_files    train, test;
    uint32_t            feature_maximum;
    descent_loss        loss;
    double              l2, standard_deviation;
    descent_algorithm   algorithm;
    struct optimizer_option {
        descent_option option;
        double         value;
    }                  *optimizer_options;
    size_t              optimizer_option_count;
    descent_fit_options fit;
    bool                help, version;
};

enum value_kind { FLAG, TEXT, FILE_NAME, WHOLE_32, POSITIVE_32, WHOLE_64, NUMBER, LOSS, ALGORITHM, SAMPLING };

static const struct own_option {
    const char     *heading; /* of the group that starts here, in the help */
    const char     *name, *argument, *meaning;
    enum value_kind kind;
    size_t          offset; /* where in a command_line its value goes */
} own_options[] = {
#define AT(member) offsetof(struct command_line, member)
    {"Data, plain or compressed with gzip", "data", "DIRECTORY",
     "files of MNIST, Fashion-MNIST or CIFAR-10 (binary)", TEXT, AT(data)},
    {NULL, "train-images", "FILE", "instead of --data: idx images, or a CIFAR-10 batch (once for each)", FILE_NAME,
     AT(train.images)},
    {NULL, "train-labels", "FILE", "the labels of idx images", FILE_NAME, AT(train.labels)},
    {NULL, "test-images", "FILE", "the same for the test set, which may be left out", FILE_NAME, AT(test.images)},
    {NULL, "test-labels", "FILE", "the labels of these", FILE_NAME, AT(test.labels)},
    {NULL, "feature-maximum", "N", "every feature is divided by it", POSITIVE_32, AT(feature_maximum)},
    {"Loss", "loss", "NAME", "one of the losses below", LOSS, AT(loss)},
    {NULL, "l2", "NUMBER", "strength of the regularization, l2 * sum of the squared weights", NUMBER, AT(l2)},
    {"Training", "optimizer", "NAME", "one of the optimizers below", ALGORITHM, AT(algorithm)},
    {NULL, "epochs", "N", "how often the training set is gone through", POSITIVE_32, AT(fit.epochs)},
    {NULL, "batch-size", "N", "samples in a minibatch; 0: all of them", WHOLE_32, AT(fit.batch_size)},
    {NULL, "sampling", "NAME", "shuffle, replacement or stratified", SAMPLING, AT(fit.sampling)},
    {NULL, "seed", "N", "of the sampling and the first weights", WHOLE_64, AT(fit.seed)},
    {NULL, "initialize", "NUMBER", "standard deviation of the first weights", NUMBER, AT(standard_deviation)},
    {"Result", "save", "FILE", "takes the weights as a NumPy array, whose last row is the bias", TEXT, AT(save)},
    {"About", "help", NULL, "print this", FLAG, AT(help)},
    {NULL, "version", NULL, "print the version of the library", FLAG, AT(version)},
#undef AT
};
enum { OWN_OPTION_COUNT = sizeof own_options / sizeof *own_options };

/* Indexed by descent_sampling. */
static const char *const sampling_names[] = {NULL, "shuffle", "replacement", "stratified"};
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

static bool read_sampling(const char *option, const char *text, int32_t *sampling) {
    for (int32_t i = 1; i < SAMPLING_END; i++)
        if (strcmp(text, sampling_names[i]) == 0) {
            *sampling = i;
            return true;
        }
    return usage_error(option, "\"%s\" is not shuffle, replacement or stratified", text);
}

/* Whether the loss takes labels, which the library tells by accepting it or not. */
static bool set_own_option(struct command_line *line, const struct own_option *option, const char *text) {
    void     *place = (char *)line + option->offset;
    uintmax_t whole = 0;
    bool      good = true;
    switch (option->kind) {
    case FLAG: *(bool *)place = true; break;
    case TEXT: *(const char **)place = text; break;
    case FILE_NAME: return add_path(place, strdup(text));
    case NUMBER: return read_not_negative(option->name, text, place);
    case SAMPLING: return read_sampling(option->name, text, place);
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
        if (good && !descent_loss_takes_labels(line->loss))
            return usage_error(option->name, "%s takes real targets, not labels", text);
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

static bool check_data_files(struct command_line *line) {
    bool has_test = line->test.images.count > 0 || line->test.labels.count > 0;
    if (line->train.images.count == 0 && (has_test || line->train.labels.count > 0))
        return usage_error("train-images", "it is missing, and the other files belong to it");
    if (line->train.images.count > 0 && line->data != NULL)
        return usage_error("data", "either this or --train-images");
    for (int i = 0; i < 2; i++) {
        const struct set_files *files = i == 0 ? &line->train : &line->test;
        if (files->labels.count > 0 && (files->labels.count > 1 || files->images.count != 1))
            return usage_error(i == 0 ? "train-labels" : "test-labels", "it needs one file, and one file of images");
    }
    return true;
}

static struct command_line default_command_line(void) {
    struct command_line line = {
        .feature_maximum = 255, .loss = DESCENT_SOFTMAX_CROSS_ENTROPY, .algorithm = DESCENT_ADAM};
    descent_fit_options_init(&line.fit);
    return line;
}

static bool read_command_line(struct command_line *line, int count, char **arguments) {
    *line = default_command_line();
    line->optimizer_options = calloc((size_t)count + 1, sizeof *line->optimizer_options);
    if (line->optimizer_options == NULL) fputs("out of memory for the command line\n", stderr);
    return line->optimizer_options != NULL && read_arguments(line, count, arguments) && check_data_files(line);
}

static void free_command_line(struct command_line *line) {
    free(line->optimizer_options);
    struct file_list *lists[] = {&line->train.images, &line->train.labels, &line->test.images, &line->test.labels};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) free_file_list(lists[i]);
}

/* ---- help ---- */

static void print_default(const struct command_line *line, const struct own_option *option) {
    const void *place = (const char *)line + option->offset;
    switch (option->kind) {
    case FLAG:
    case FILE_NAME: break;
    case TEXT: if (option->offset == offsetof(struct command_line, data)) printf(" [%s]", DEFAULT_DATA); break;
    case WHOLE_32:
    case POSITIVE_32: printf(" [%" PRIu32 "]", *(const uint32_t *)place); break;
    case WHOLE_64: printf(" [%" PRIu64 "]", *(const uint64_t *)place); break;
    case NUMBER: printf(" [%g]", *(const double *)place); break;
    case LOSS: printf(" [%s]", descent_loss_name(*(const descent_loss *)place)); break;
    case ALGORITHM: printf(" [%s]", descent_algorithm_name(*(const descent_algorithm *)place)); break;
    case SAMPLING: printf(" [%s]", sampling_names[*(const int32_t *)place]); break;
    }
}

static void print_own_options(const struct command_line *defaults) {
    for (size_t i = 0; i < OWN_OPTION_COUNT; i++) {
        const struct own_option *option = &own_options[i];
        char written[32];
        snprintf(written, sizeof written, "%s %s", option->name, option->argument != NULL ? option->argument : "");
        if (option->heading != NULL) printf("\n%s\n", option->heading);
        printf("  --%-20s %s", written, option->meaning);
        print_default(defaults, option);
        putchar('\n');
    }
}

/* Whether every optimizer has the option with the same default. */
static bool is_common(descent_option option) {
    double minimum, maximum, value, first = 0;
    for (size_t i = 0; i < descent_algorithm_count(); i++) {
        if (descent_option_range(descent_algorithm_at(i), option, &minimum, &maximum, &value) != DESCENT_OK)
            return false;
        if (i > 0 && value != first) return false;
        first = value;
    }
    return true;
}

static void print_options(descent_algorithm algorithm, bool common) {
    int column = 12;
    for (size_t i = 0; i < descent_option_count(); i++) {
        double minimum, maximum, default_value;
        char   written[64], text[128];
        descent_option option = descent_option_at(i);
        if (is_common(option) != common) continue;
        if (descent_option_range(algorithm, option, &minimum, &maximum, &default_value) != DESCENT_OK) continue;
        write_option(written, option);
        int length = snprintf(text, sizeof text, " --%s %g", written, default_value);
        if (column + length > 100) column = printf("\n%12s", "") - 1;
        column += printf("%s", text);
    }
    putchar('\n');
}

static void print_optimizers(void) {
    puts("\nOptimizers and their options, with defaults (descent.h explains them)");
    for (size_t i = 0; i < descent_algorithm_count(); i++) {
        printf("  %-10s", descent_algorithm_name(descent_algorithm_at(i)));
        print_options(descent_algorithm_at(i), false);
    }
    printf("  %-10s", "all");
    print_options(descent_algorithm_at(0), true);
}

static void print_help(void) {
    const struct command_line defaults = default_command_line();
    puts("usage: train_classifier [--option value | --option=value] ...\n\n"
         "Trains a linear classifier of images and prints its loss and accuracy after each epoch.\n"
         "The value in brackets holds unless you give another one.");
    print_own_options(&defaults);
    print_optimizers();
    puts("\nLosses");
    for (size_t i = 0; i < descent_loss_count(); i++)
        if (descent_loss_takes_labels(descent_loss_at(i))) printf("  %s\n", descent_loss_name(descent_loss_at(i)));
}

#endif
