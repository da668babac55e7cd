/*
 * Sizes that nothing can have: every function that takes a size refuses those whose bytes cannot be counted, before it looks
 * at the memory, and says that there is none where they can be counted and not be had.
 */
#include "check.h"

#include <stdint.h>
#include <string.h>

static const size_t TOP = SIZE_MAX / 2 + 1; /* 2^63, or 2^31 where addresses have 32 bits */

enum { BITS = 8 * sizeof(size_t) };
#define POWER(exponent) ((size_t)1 << (exponent))

static double   numbers[64], more[64], value = -7;
static int32_t  labels[64];
static float    floats[64];
static uint32_t tried;

static double one(size_t n, const double *x, double *gradient, void *context) {
    (void)x, (void)context;
    CHECK(false, "the function was called for %zu numbers", n);
    if (gradient != NULL) gradient[0] = 0;
    return 1;
}

/* The call must fail so, with a text that has `words` in it. */
#define REFUSES(call, expected, words)                                                                             \
    do {                                                                                                           \
        const descent_status status_ = (call);                                                                     \
        tried++;                                                                                                   \
        CHECK(status_ == (expected), "%s", descent_status_name(status_));                                          \
        CHECK(strstr(descent_last_error(), words) != NULL, "\"%s\" does not say \"%s\"", descent_last_error(), words); \
        CHECK(value == -7, "a result was written");                                                                \
    } while (0)
#define OVERFLOWS(call, words) REFUSES(call, DESCENT_ERROR_INVALID_ARGUMENT, words)

/* Pairs of sizes whose product is 2^62 numbers of 4 bytes or more. */
static const size_t pairs[][2] = {{SIZE_MAX, 1},           {1, SIZE_MAX},           {SIZE_MAX, SIZE_MAX},
                                  {SIZE_MAX / 2, 1},       {SIZE_MAX / 2 + 1, 1},   {POWER(BITS / 2), POWER(BITS / 2)},
                                  {POWER(BITS / 2 - 1), POWER(BITS / 2 - 1)}, {POWER(BITS - 3), 2}, {3, SIZE_MAX / 3},
                                  {POWER(BITS - 2), 4},    {5, SIZE_MAX / 4}};
enum { PAIRS = sizeof pairs / sizeof *pairs };

static void check_step(descent_optimizer *optimizer) {
    descent_tensor tensors[5];
    for (int i = 0; i < 5; i++) tensors[i] = (descent_tensor){numbers, more, 1, 1, DESCENT_FLOAT32, 0};
    static const size_t counts[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX / 40, SIZE_MAX / 80 + 2};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        OVERFLOWS(descent_optimizer_step(optimizer, tensors, counts[i]), "count");
    for (int i = 0; i < PAIRS; i++)
        for (descent_dtype dtype = DESCENT_FLOAT32; dtype <= DESCENT_FLOAT64; dtype++) {
            tensors[2] = (descent_tensor){numbers, more, pairs[i][0], pairs[i][1], dtype, 0};
            OVERFLOWS(descent_optimizer_step(optimizer, tensors, 3), "tensor 2: ");
        }
    /* Each of these could be, all of them together not. */
    for (int i = 0; i < 5; i++) {
        tensors[i] = (descent_tensor){numbers, more, TOP / 4 - 16, 1, DESCENT_FLOAT32, 0};
        tensors[i].gradient = (const void *)((uintptr_t)numbers - TOP); /* far from the values */
    }
    /* Shampoo keeps a matrix for the short side only. */
    const descent_algorithm algorithm = descent_optimizer_algorithm(optimizer);
    const bool has_state = descent_algorithm_state_name(algorithm, 0) != NULL && algorithm != DESCENT_SHAMPOO;
    REFUSES(descent_optimizer_step(optimizer, tensors, 5),
            has_state ? DESCENT_ERROR_OUT_OF_MEMORY : DESCENT_ERROR_INVALID_ARGUMENT, "overflow");
    CHECK(descent_optimizer_step_count(optimizer) == 0, "a step was made");
}

static void check_optimizers(void) {
    for (size_t i = 0; i < descent_algorithm_count(); i++) {
        if (descent_algorithm_is_batch(descent_algorithm_at(i))) continue;
        descent_optimizer *optimizer = NULL;
        CHECK_OK(descent_optimizer_create(descent_algorithm_at(i), &optimizer));
        check_step(optimizer);
        void  *data = NULL;
        size_t count = 0;
        const char *name = descent_algorithm_state_name(descent_algorithm_at(i), 0);
        descent_tensor tensor = {numbers, more, 1, 4, DESCENT_FLOAT64, 0};
        CHECK_OK(descent_optimizer_step(optimizer, &tensor, 1));
        if (name != NULL) {
            OVERFLOWS(descent_optimizer_state(optimizer, SIZE_MAX, name, &data, &count), "tensor");
            OVERFLOWS(descent_optimizer_state(optimizer, TOP, name, &data, &count), "tensor");
            CHECK(data == NULL && count == 0, "a view of nothing");
        }
        descent_optimizer_free(optimizer);
    }
    CHECK(descent_algorithm_at(SIZE_MAX) == 0 && descent_algorithm_at(TOP) == 0, "an algorithm");
    CHECK(descent_option_at(SIZE_MAX) == 0 && descent_option_at(TOP) == 0, "an option");
    CHECK(descent_loss_at(SIZE_MAX) == 0 && descent_loss_at(TOP) == 0, "a loss");
    CHECK(descent_algorithm_state_name(DESCENT_ADAM, SIZE_MAX) == NULL, "a name");
    CHECK(descent_algorithm_state_name(DESCENT_ADAM, TOP) == NULL, "a name");
}

static void check_losses_and_initialization(void) {
    for (int i = 0; i < PAIRS; i++)
        for (descent_dtype dtype = DESCENT_FLOAT32; dtype <= DESCENT_FLOAT64; dtype++) {
            const size_t rows = pairs[i][0], columns = pairs[i][1];
            OVERFLOWS(descent_loss_classify(DESCENT_MULTICLASS_HINGE, dtype, rows, columns, numbers, labels, NULL, &value), "");
            OVERFLOWS(descent_loss_regress(DESCENT_HUBER, dtype, rows, columns, numbers, more, NULL, &value), "");
            OVERFLOWS(descent_initialize(DESCENT_INITIALIZE_ZEROS, dtype, rows, columns, 1, 1, numbers), "");
        }
}

static const size_t counts[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX / 8, SIZE_MAX / 8 + 1, SIZE_MAX / 16 + 1};
enum { COUNTS = sizeof counts / sizeof *counts };

static void check_functions(void) {
    const descent_stop           stop = {.struct_size = sizeof stop, .max_steps = 1};
    const descent_search_options search = {sizeof search, DESCENT_SEARCH_LOCAL, 1, 1, 1};
    descent_range_options   range;
    descent_result          result = {.struct_size = sizeof result};
    descent_gradient_report report = {.struct_size = sizeof report};
    descent_optimizer      *optimizer = NULL;
    size_t                  count;
    descent_range_options_init(&range);
    CHECK_OK(descent_optimizer_create(DESCENT_MOMENTUM, &optimizer));
    for (int i = 0; i < COUNTS; i++) {
        const size_t n = counts[i];
        OVERFLOWS(descent_minimize(optimizer, n, numbers, one, NULL, &stop, NULL, NULL, &result), "n: ");
        OVERFLOWS(descent_minimize_numerically(optimizer, n, numbers, one, NULL, DESCENT_CENTRAL, 0, &stop, NULL, NULL,
                                               &result), "n: ");
        OVERFLOWS(descent_learning_rate_range(optimizer, n, numbers, one, NULL, &range, numbers, more, &count, &value), "n: ");
        OVERFLOWS(descent_numeric_gradient(n, numbers, one, NULL, DESCENT_FORWARD, 0, more), "n: ");
        OVERFLOWS(descent_gradient_check(n, numbers, one, NULL, 0, &report), "n: ");
        OVERFLOWS(descent_gradient_check_subset(n, numbers, one, NULL, 0, 1, 1, &report), "n: ");
        OVERFLOWS(descent_gradient_check_subset(4, numbers, one, NULL, 0, n, 1, &report), "count: ");
        OVERFLOWS(descent_random_search(n, numbers, one, NULL, &search, NULL, NULL, &result), "n: ");
    }
    descent_optimizer_free(optimizer);
}

static void check_data(descent_classifier *classifier, const descent_dataset *data) {
    descent_optimizer      *optimizer = NULL;
    descent_fit_options     fit;
    descent_range_options   range;
    descent_result          result = {.struct_size = sizeof result};
    descent_gradient_report report = {.struct_size = sizeof report};
    const descent_search_options search = {sizeof search, DESCENT_SEARCH_LOCAL, 1, 1, 1};
    size_t count;
    descent_fit_options_init(&fit);
    descent_range_options_init(&range);
    CHECK_OK(descent_optimizer_create(DESCENT_ADAM, &optimizer));
    OVERFLOWS(descent_classifier_fit(classifier, optimizer, data, &fit, NULL, NULL), "data: ");
    OVERFLOWS(descent_classifier_learning_rate_range(classifier, optimizer, data, &fit, &range, numbers, more, &count, &value),
              "data: ");
    OVERFLOWS(descent_classifier_evaluate(classifier, data, &value, NULL), "data: ");
    OVERFLOWS(descent_classifier_loss_gradient(classifier, data, &value, floats, floats + 32), "data: ");
    OVERFLOWS(descent_classifier_scores(classifier, data, floats), "data: ");
    OVERFLOWS(descent_classifier_predict(classifier, data, labels), "data: ");
    OVERFLOWS(descent_classifier_gradient_check(classifier, data, 0, 0, 1, &report), "data: ");
    OVERFLOWS(descent_classifier_random_search(classifier, data, &search, NULL, NULL, &result), "data: ");
    descent_optimizer_free(optimizer);
}

static void check_classifiers(void) {
    descent_classifier *classifier = NULL;
    for (int i = 0; i < PAIRS; i++)
        OVERFLOWS(descent_classifier_create(pairs[i][0], pairs[i][1], DESCENT_MULTICLASS_HINGE, &classifier), "");
    OVERFLOWS(descent_classifier_create((size_t)1 << 31, 2, DESCENT_MULTICLASS_HINGE, &classifier), "dimension");
    REFUSES(descent_classifier_create(((size_t)1 << 31) - 2, ((size_t)1 << 30) - 1, DESCENT_MULTICLASS_HINGE, &classifier),
            DESCENT_ERROR_OUT_OF_MEMORY, "memory");
    CHECK(classifier == NULL, "a classifier");
    CHECK_OK(descent_classifier_create(4, 3, DESCENT_MULTICLASS_HINGE, &classifier));
    for (int i = 0; i < PAIRS; i++) {
        const descent_dataset data = {.struct_size = sizeof data, .dtype = DESCENT_FLOAT32, .features = floats,
                                      .labels = labels, .samples = pairs[i][0], .dimension = pairs[i][1], .scale = 1};
        check_data(classifier, &data);
    }
    /* Of the features the bytes could be counted, of the labels not. */
    const descent_dataset tall = {.struct_size = sizeof tall, .dtype = DESCENT_UINT8, .features = floats,
                                  .labels = labels, .samples = TOP / 4, .dimension = 1, .scale = 1};
    check_data(classifier, &tall);
    for (int i = 0; i < 3; i++) {
        const descent_dataset data = {.struct_size = sizeof data, .dtype = DESCENT_UINT8, .features = floats,
                                      .labels = labels, .samples = counts[i], .dimension = 4, .scale = 1};
        check_data(classifier, &data);
        descent_gradient_report report = {.struct_size = sizeof report};
        const descent_dataset   small = {.struct_size = sizeof small, .dtype = DESCENT_FLOAT32, .features = floats,
                                         .labels = labels, .samples = 2, .dimension = 4, .scale = 1};
        OVERFLOWS(descent_classifier_gradient_check(classifier, &small, 0, counts[i], 1, &report), "count: ");
    }
    descent_classifier_free(classifier);
}

static void check_samplers(void) {
    descent_sampler *sampler = NULL;
    size_t indices[4], count;
    for (int32_t sampling = DESCENT_SAMPLE_SHUFFLE; sampling <= DESCENT_SAMPLE_STRATIFIED; sampling++) {
        OVERFLOWS(descent_sampler_create(SIZE_MAX, 1, sampling, labels, 1, &sampler), "samples: ");
        OVERFLOWS(descent_sampler_create(TOP, 1, sampling, labels, 1, &sampler), "samples: ");
        OVERFLOWS(descent_sampler_create(4, SIZE_MAX, sampling, labels, 1, &sampler), "batch_size: ");
        OVERFLOWS(descent_sampler_create(4, TOP, sampling, labels, 1, &sampler), "batch_size: ");
    }
    REFUSES(descent_sampler_create(TOP - 1, 1, DESCENT_SAMPLE_SHUFFLE, NULL, 1, &sampler), DESCENT_ERROR_OUT_OF_MEMORY,
            "memory");
    REFUSES(descent_sampler_create(TOP / 16, 1, DESCENT_SAMPLE_SHUFFLE, NULL, 1, &sampler), DESCENT_ERROR_OUT_OF_MEMORY,
            "memory");
    REFUSES(descent_sampler_create(TOP - 1, TOP - 1, DESCENT_SAMPLE_REPLACEMENT, NULL, 1, &sampler),
            DESCENT_ERROR_OUT_OF_MEMORY, "memory");
    REFUSES(descent_sampler_create(TOP - 1, 1, DESCENT_SAMPLE_STRATIFIED, labels, 1, &sampler), DESCENT_ERROR_UNSUPPORTED, "");
    REFUSES(descent_sampler_create_weighted(TOP - 1, 1, numbers, 1, &sampler), DESCENT_ERROR_UNSUPPORTED, "");
    CHECK(sampler == NULL, "a sampler");
    /* As many samples as can be counted are fine for draws with replacement. */
    CHECK_OK(descent_sampler_create(TOP - 1, 3, DESCENT_SAMPLE_REPLACEMENT, NULL, 1, &sampler));
    const size_t batches = descent_sampler_batches(sampler);
    CHECK(batches == (TOP - 1) / 3 + 1, "%zu", batches);
    CHECK_OK(descent_sampler_seek(sampler, UINT64_MAX, batches - 1));
    CHECK_OK(descent_sampler_next(sampler, indices, &count));
    CHECK(count == (TOP - 1) % 3 && indices[0] < TOP - 1, "%zu of %zu", indices[0], count);
    OVERFLOWS(descent_sampler_seek(sampler, 0, batches), "batch: ");
    OVERFLOWS(descent_sampler_seek(sampler, 0, SIZE_MAX), "batch: ");
    OVERFLOWS(descent_sampler_seek(sampler, 0, TOP), "batch: ");
    descent_sampler_free(sampler);
}

int main(void) {
    check_optimizers();
    check_losses_and_initialization();
    check_functions();
    check_classifiers();
    check_samplers();
    CHECK(tried > 400, "%u calls", tried);
    return check_result("sizes");
}
