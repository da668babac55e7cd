/*
 * The command line of train_linear. The options of the optimizers and their defaults are the library's: each has here
 * the name that it has there, with - for _.
 */
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include "command_options.h"

#include <float.h>
#include <inttypes.h>

#define DEFAULT_DATA "/usr/share/datasets/fashion-mnist"

static inline bool usage_error(const char *option, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("--", stderr);
    for (; *option != '\0'; option++) fputc(*option == '_' ? '-' : *option, stderr); /* as it is typed */
    fputs(": ", stderr);
    vfprintf(stderr, format, arguments);
    fputs(" (--help lists all options)\n", stderr);
    va_end(arguments);
    return false;
}

/* ---- values ---- */

static inline bool read_number(const char *option, const char *text, double *number) {
    char *end;
    errno = 0;
    *number = strtod(text, &end);
    if (end == text || *end != '\0') return usage_error(option, "\"%s\" is not a number", text);
    if (errno == ERANGE && (*number > 1 || *number < -1)) return usage_error(option, "%s is too large", text);
    return true;
}

static inline bool read_not_negative(const char *option, const char *text, double *number) {
    if (!read_number(option, text, number)) return false;
    if (!(*number >= 0 && *number <= DBL_MAX)) return usage_error(option, "%s is outside [0, inf)", text);
    return true;
}

static inline bool read_whole(const char *option, const char *text, uintmax_t minimum, uintmax_t maximum,
                              uintmax_t *number) {
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
static inline bool read_name(const char *option, const char *text, const char *const *names, size_t end,
                             int32_t *value) {
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

static inline bool read_fraction(const char *option, const char *text, double *number) {
    if (!read_number(option, text, number)) return false;
    return (*number >= 0 && *number < 1) || usage_error(option, "%s is outside [0, 1)", text);
}

static inline bool set_own_option(struct command_line *line, const struct own_option *option, const char *text) {
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

static inline const struct own_option *find_own_option(const char *name) {
    for (size_t i = 0; i < OWN_OPTION_COUNT; i++)
        if (strcmp(own_options[i].name, name) == 0) return &own_options[i];
    return NULL;
}

/* The name of one of the library's options as it is written here, with optimizer- in front if it is one of ours too. */
static inline void write_option(char written[64], descent_option option) {
    static const char prefix[] = "optimizer-";
    const size_t length = sizeof prefix - 1;
    snprintf(written, 64, "%s%s", prefix, descent_option_name(option));
    for (char *at = written; *at != '\0'; at++)
        if (*at == '_') *at = '-';
    if (find_own_option(written + length) == NULL) memmove(written, written + length, strlen(written + length) + 1);
}

static inline descent_option find_optimizer_option(const char *name) {
    char written[64];
    for (size_t i = 0; i < descent_option_count(); i++) {
        write_option(written, descent_option_at(i));
        if (strcmp(written, name) == 0) return descent_option_at(i);
    }
    return (descent_option)0;
}

/* An optimizer's option waits in the list, because --optimizer may come after it. */
static inline bool add_optimizer_option(struct command_line *line, descent_option option, const char *name,
                                        const char *text) {
    struct optimizer_option *next = &line->optimizer_options[line->optimizer_option_count++];
    next->option = option;
    return read_number(name, text, &next->value);
}

/* Reads --name value, --name=value and, for a flag, --name. */
static inline bool read_arguments(struct command_line *line, int count, char **arguments) {
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
