/*
 * A program that was compiled with the first header, whose structs are shorter, and one that was compiled with a header to
 * come, whose structs are longer, both work with this library.
 */
#include "check.h"

#include <stdint.h>
#include <string.h>

enum { GUARD = 0xaa, ROOM = 512, N = 2, SAMPLES = 4 };

/* A struct in the caller's memory, of which the library may touch `size` bytes. */
typedef union caller_struct {
    unsigned char bytes[ROOM];
    double        aligned;
} caller_struct;

static caller_struct of_size(const void *known, size_t known_size, uint32_t size, int tail) {
    caller_struct made;
    memset(made.bytes, GUARD, ROOM);
    memcpy(made.bytes, known, size < known_size ? size : known_size);
    if (size > known_size) memset(made.bytes + known_size, tail, size - known_size);
    memcpy(made.bytes, &size, sizeof size);
    return made;
}

static void check_guard(const caller_struct *made, uint32_t size, const char *name) {
    for (size_t i = size; i < ROOM; i++) CHECK(made->bytes[i] == GUARD, "%s of %u bytes: byte %zu was written", name, size, i);
}

static double bowl(size_t n, const double *x, double *gradient, void *context) {
    (void)context;
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] * x[i];
    if (gradient != NULL) for (size_t i = 0; i < n; i++) gradient[i] = 2 * x[i];
    return sum;
}

static descent_optimizer  *sgd;
static descent_classifier *classifier;
static const float         features[SAMPLES * N] = {0, 1, 1, 0, 2, 3, 3, 2};
static const int32_t       labels[SAMPLES] = {0, 1, 0, 1};

static const descent_dataset        data = {.struct_size = sizeof data, .dtype = DESCENT_FLOAT32, .features = features,
                                            .labels = labels, .samples = SAMPLES, .dimension = N, .scale = 1};
static const descent_stop           stop = {.struct_size = sizeof stop, .max_steps = 3};
static const descent_search_options search = {.struct_size = sizeof search, .mode = DESCENT_SEARCH_LOCAL, .trials = 3, .scale = 1};
static descent_fit_options          fit;
static descent_range_options        range;
static const descent_result          no_result;
static const descent_gradient_report no_report;
static const descent_health          no_health;

static descent_status use_data(void *made) {
    double loss;
    return descent_classifier_evaluate(classifier, made, &loss, NULL);
}

static descent_status use_fit_options(void *made) { return descent_classifier_fit(classifier, sgd, &data, made, NULL, NULL); }

static descent_status use_range_options(void *made) {
    double x[N] = {1, 2}, rates[256], losses[256], proposal;
    size_t count;
    return descent_learning_rate_range(sgd, N, x, bowl, NULL, made, rates, losses, &count, &proposal);
}

static descent_status minimize(const void *criteria, void *result) {
    double             x[N] = {1, 2};
    descent_optimizer *optimizer = NULL;
    CHECK_OK(descent_optimizer_create(DESCENT_SGD, &optimizer));
    const descent_status status = descent_minimize(optimizer, N, x, bowl, NULL, criteria, NULL, NULL, result);
    descent_optimizer_free(optimizer);
    return status;
}

static descent_status use_stop(void *made) {
    descent_result result = {.struct_size = sizeof result};
    return minimize(made, &result);
}

static descent_status use_result(void *made) {
    const descent_status status = minimize(&stop, made);
    descent_result       result;
    memcpy(&result, made, offsetof(descent_result, seconds));
    if (status == DESCENT_OK) CHECK(result.steps == 3 && result.value < 5, "%g", result.value);
    return status;
}

static descent_status use_search_options(void *made) {
    double         x[N] = {1, 2};
    descent_result result = {.struct_size = sizeof result};
    return descent_random_search(N, x, bowl, NULL, made, NULL, NULL, &result);
}

static descent_status use_report(void *made) {
    const double         x[N] = {1, 2};
    const descent_status status = descent_gradient_check(N, x, bowl, NULL, 0, made);
    descent_gradient_report report;
    memcpy(&report, made, offsetof(descent_gradient_report, suspected_kinks));
    if (status == DESCENT_OK) CHECK(report.checked == N && report.max_relative_error < 1e-6, "%zu", report.checked);
    return status;
}

static descent_status use_health(void *made) { return descent_optimizer_health(sgd, made); }

static const struct {
    const char *name;
    const void *known;
    size_t      size, first_size; /* today, and in the first header */
    descent_status (*use)(void *made);
} structs[] = {
    {"descent_dataset", &data, sizeof data, 48, use_data},
    {"descent_fit_options", &fit, sizeof fit, 32, use_fit_options},
    {"descent_range_options", &range, sizeof range, 24, use_range_options},
    {"descent_stop", &stop, sizeof stop, 48, use_stop},
    {"descent_search_options", &search, sizeof search, 32, use_search_options},
    {"descent_result", &no_result, sizeof no_result, 48, use_result},
    {"descent_gradient_report", &no_report, sizeof no_report, 56, use_report},
    {"descent_health", &no_health, sizeof no_health, 88, use_health},
};

static void check_struct(size_t index) {
    const char  *name = structs[index].name;
    const size_t size = structs[index].size;
    const struct { uint32_t size; int tail; bool works; } callers[] = {
        {(uint32_t)structs[index].first_size, 0, true}, {(uint32_t)size, 0, true},
        {(uint32_t)size + 8, 0, true},  {(uint32_t)size + 64, 0, true},  {(uint32_t)size + 64, 1, false},
        {(uint32_t)size + 8, 1, false}, {(uint32_t)size + 4, 0, false},  {(uint32_t)structs[index].first_size - 8, 0, false},
    };
    for (size_t i = 0; i < sizeof callers / sizeof *callers; i++) {
        caller_struct        made = of_size(structs[index].known, size, callers[i].size, callers[i].tail);
        const caller_struct  before = made;
        const descent_status status = structs[index].use(made.bytes);
        CHECK(status == (callers[i].works ? DESCENT_OK : DESCENT_ERROR_INVALID_ARGUMENT), "%s of %u bytes: %s, %s", name,
              callers[i].size, descent_status_name(status), descent_last_error());
        check_guard(&made, callers[i].size, name);
        if (!callers[i].works) {
            CHECK(strstr(descent_last_error(), "struct_size") != NULL, "\"%s\"", descent_last_error());
            CHECK(memcmp(&made, &before, sizeof made) == 0, "%s: a result was written", name);
        }
    }
}

int main(void) {
    descent_fit_options_init(&fit);
    descent_range_options_init(&range);
    CHECK_OK(descent_optimizer_create(DESCENT_SGD, &sgd));
    CHECK_OK(descent_classifier_create(N, 2, DESCENT_SOFTMAX_CROSS_ENTROPY, &classifier));
    for (size_t i = 0; i < sizeof structs / sizeof *structs; i++) check_struct(i);
    descent_classifier_free(classifier);
    descent_optimizer_free(sgd);
    return check_result("struct_sizes");
}
