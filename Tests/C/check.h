/* CHECK(condition, format, ...) prints condition and text if the condition does not hold; main() ends with
 * return check_result(name). */
#ifndef CHECK_H
#define CHECK_H

#include <descent.h>
#include <stdarg.h>
#include <stdio.h>

static int check_failures;

#define CHECK(condition, ...) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition, __VA_ARGS__))
#define CHECK_OK(call)        CHECK((call) == DESCENT_OK, "%s", descent_last_error())

static inline void check_failed(const char *file, int line, const char *condition, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%d: %s does not hold: ", file, line, condition);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    check_failures++;
}

static inline int check_result(const char *name) {
    if (check_failures == 0) printf("%s: passed\n", name);
    else fprintf(stderr, "%s: %d checks failed\n", name, check_failures);
    return check_failures == 0 ? 0 : 1;
}

#endif
