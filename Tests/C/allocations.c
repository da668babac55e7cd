/*
 * What the library allocates, with several threads at work: state in the first step, of the promised size; nothing in later
 * steps; no copy of the features; every block given back; and a status, not a crash, when a block cannot be had.
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "counted_memory.h"

#include <dlfcn.h>
#include <string.h>

/* ---- optimizers ---- */

enum { TENSORS = 4, LATER_STEPS = 99, ELEMENTS = 1 + 37 * 11 + 1000 + 300 * 257, MOST_OVERHEAD = 65536 };

/* All zero, which is a number of either type; what the steps compute is not looked at. */
static double values[ELEMENTS], gradients[ELEMENTS], other_values[ELEMENTS];

static void lay_out(descent_tensor tensors[TENSORS], void *memory, descent_dtype dtype) {
    static const size_t shapes[TENSORS][2] = {{1, 1}, {37, 11}, {1, 1000}, {300, 257}};
    size_t size = dtype == DESCENT_FLOAT32 ? sizeof(float) : sizeof(double), at = 0;
    for (int i = 0; i < TENSORS; i++) {
        tensors[i] = (descent_tensor){(char *)memory + at * size, (const char *)gradients + at * size, shapes[i][0],
                                      shapes[i][1], dtype, 0};
        at += shapes[i][0] * shapes[i][1];
    }
}

/* Of the buffers that the options call for, after the first step. */
static long state_bytes(descent_optimizer *optimizer, descent_dtype dtype) {
    descent_algorithm algorithm = descent_optimizer_algorithm(optimizer);
    const char *name;
    long buffers = 0;
    for (size_t i = 0; (name = descent_algorithm_state_name(algorithm, i)) != NULL; i++) {
        void  *data;
        size_t count;
        descent_status status = descent_optimizer_state(optimizer, 0, name, &data, &count);
        CHECK(status == DESCENT_OK || status == DESCENT_ERROR_UNKNOWN_NAME, "%s: %s", descent_algorithm_name(algorithm),
              descent_last_error());
        size_t rows, columns;
        CHECK_OK(descent_algorithm_state_shape(algorithm, i, 2, 2, &rows, &columns));
        buffers += status == DESCENT_OK && rows * columns == 4;
    }
    return buffers * ELEMENTS * (dtype == DESCENT_FLOAT32 ? 4 : 8);
}

static void check_first_step(descent_optimizer *optimizer, const descent_tensor *tensors, long bytes_before,
                             const char *name) {
    long allocations_before = allocations;
    CHECK_OK(descent_optimizer_step(optimizer, tensors, TENSORS));
    long grown = live_bytes - bytes_before, made = allocations - allocations_before;
    long expected = state_bytes(optimizer, tensors[0].dtype);
    CHECK(expected == 0 || made > 0, "%s: no allocation was seen", name);
    CHECK(grown >= expected && grown <= expected + MOST_OVERHEAD, "%s: %ld bytes for a state of %ld", name, grown,
          expected);
}

static void check_later_steps(descent_optimizer *optimizer, descent_tensor *tensors, const char *name) {
    long before = allocations;
    for (int step = 0; step < LATER_STEPS; step++) {
        if (step == LATER_STEPS / 3) CHECK_OK(descent_optimizer_set(optimizer, DESCENT_LEARNING_RATE, 0.002));
        if (step == LATER_STEPS / 2) CHECK_OK(descent_optimizer_set(optimizer, DESCENT_WEIGHT_DECAY, 0.01));
        if (step == LATER_STEPS * 2 / 3) lay_out(tensors, other_values, tensors[0].dtype);
        CHECK_OK(descent_optimizer_step(optimizer, tensors, TENSORS));
    }
    CHECK(allocations == before, "%s: %ld allocations in %d later steps", name,
          allocations - before, LATER_STEPS);
}

/* Switches on all that calls for a state buffer, and what works on the gradients. */
static void demand_everything(descent_optimizer *optimizer) {
    static const descent_option switches[] = {DESCENT_CENTERED, DESCENT_AMSGRAD, DESCENT_MAXIMIZE};
    double value;
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
        if (descent_optimizer_get(optimizer, switches[i], &value) == DESCENT_OK)
            CHECK_OK(descent_optimizer_set(optimizer, switches[i], 1));
    if (descent_optimizer_get(optimizer, DESCENT_MOMENTUM_DECAY, &value) == DESCENT_OK)
        CHECK_OK(descent_optimizer_set_group(optimizer, 7, DESCENT_MOMENTUM_DECAY, 0.5));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_CLIP_NORM, 1));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_NOT_FINITE_POLICY, DESCENT_SKIP));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_SCHEDULE, DESCENT_SCHEDULE_COSINE_RESTARTS));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_DECOUPLED_WEIGHT_DECAY, 0.01));
}

static void check_optimizer(descent_algorithm algorithm, descent_dtype dtype, bool everything) {
    descent_tensor tensors[TENSORS];
    descent_optimizer *optimizer = NULL;
    const char *name = descent_algorithm_name(algorithm);
    long blocks = live_blocks, bytes = live_bytes;

    /* An algorithm that climbs without end must not leave infinities to the next one. */
    memset(values, 0, sizeof values);
    memset(other_values, 0, sizeof other_values);
    lay_out(tensors, values, dtype);
    CHECK_OK(descent_optimizer_create(algorithm, &optimizer));
    if (everything) demand_everything(optimizer);
    check_first_step(optimizer, tensors, bytes, name);
    for (size_t i = 0; everything && descent_algorithm_state_name(algorithm, i) != NULL; i++) {
        void  *data;
        size_t count;
        CHECK_OK(descent_optimizer_state(optimizer, 0, descent_algorithm_state_name(algorithm, i), &data, &count));
    }
    check_later_steps(optimizer, tensors, name);

    CHECK_OK(descent_optimizer_reset(optimizer));
    long kept = live_bytes - bytes;
    CHECK(kept <= MOST_OVERHEAD, "%s: %ld bytes after a reset", name, kept);
    memset(other_values, 0, sizeof other_values);
    check_first_step(optimizer, tensors, bytes, name);
    descent_optimizer_free(optimizer);
    CHECK(live_blocks == blocks, "%s: %ld blocks remain", name, live_blocks - blocks);
    CHECK(live_bytes == bytes, "%s: %ld bytes remain", name, live_bytes - bytes);
}

/* What is added to steps takes copies of the parameters, once: average, slow values, the mean of gradients, and prepared
 * gradients. Without memory for them nothing has changed. */
static void check_additions(descent_dtype dtype) {
    long blocks = live_blocks, expected = 4L * ELEMENTS * (dtype == DESCENT_FLOAT32 ? 4 : 8);
    descent_optimizer *optimizer = NULL;
    descent_tensor tensors[TENSORS];
    lay_out(tensors, values, dtype);
    CHECK_OK(descent_optimizer_create(DESCENT_MOMENTUM, &optimizer));
    CHECK_OK(descent_optimizer_step(optimizer, tensors, TENSORS));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_AVERAGE, DESCENT_AVERAGE_UNIFORM));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_LOOKAHEAD_STEPS, 2));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_ACCUMULATE_STEPS, 3));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_CENTRALIZE, 1));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_CAUTIOUS, 1));
    largest_block = MOST_OVERHEAD;
    descent_status status = descent_optimizer_step(optimizer, tensors, TENSORS);
    largest_block = SIZE_MAX;
    CHECK(status == DESCENT_ERROR_OUT_OF_MEMORY, "%s", descent_status_name(status));
    CHECK(descent_optimizer_step_count(optimizer) == 1, "the step that failed was counted");
    long before = live_bytes;
    CHECK_OK(descent_optimizer_step(optimizer, tensors, TENSORS));
    long grown = live_bytes - before;
    CHECK(grown >= expected && grown <= expected + 5L * MOST_OVERHEAD, "%ld bytes for additions of %ld", grown, expected);
    check_later_steps(optimizer, tensors, "momentum with additions");
    descent_optimizer_free(optimizer);
    CHECK(live_blocks == blocks, "%ld blocks remain", live_blocks - blocks);
}

/* The health record takes two copies of the parameters, once. Without memory for them nothing has changed. */
static void check_health(descent_dtype dtype) {
    long blocks = live_blocks, expected = 2L * ELEMENTS * (dtype == DESCENT_FLOAT32 ? 4 : 8);
    descent_optimizer *optimizer = NULL;
    descent_tensor tensors[TENSORS];
    lay_out(tensors, values, dtype);
    CHECK_OK(descent_optimizer_create(DESCENT_MOMENTUM, &optimizer));
    CHECK_OK(descent_optimizer_step(optimizer, tensors, TENSORS));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_TRACK_HEALTH, 1));
    largest_block = MOST_OVERHEAD;
    descent_status status = descent_optimizer_step(optimizer, tensors, TENSORS);
    largest_block = SIZE_MAX;
    CHECK(status == DESCENT_ERROR_OUT_OF_MEMORY, "%s", descent_status_name(status));
    CHECK(descent_optimizer_step_count(optimizer) == 1, "the step that failed was counted");
    long before = live_bytes;
    CHECK_OK(descent_optimizer_step(optimizer, tensors, TENSORS));
    long grown = live_bytes - before;
    CHECK(grown >= expected && grown <= expected + MOST_OVERHEAD, "%ld bytes for a record of %ld", grown, expected);
    check_later_steps(optimizer, tensors, "momentum with health");
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_TRACK_HEALTH, 0));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_TRACK_HEALTH, 1));
    check_later_steps(optimizer, tensors, "momentum with health again");
    descent_optimizer_free(optimizer);
    CHECK(live_blocks == blocks, "%ld blocks remain", live_blocks - blocks);
}

/* Room between the buffers of many large tensors, also those of the health record, stays within what is promised. */
static void check_many_large_tensors(void) {
    enum { SIDE = 128, LARGE = SIDE * SIDE, COUNT = 60 };
    static float parameters[COUNT * LARGE];
    descent_tensor tensors[COUNT];
    descent_optimizer *optimizer = NULL;
    const long bytes = live_bytes, expected = 5L * COUNT * LARGE * (long)sizeof *parameters;
    for (size_t i = 0; i < COUNT; i++)
        tensors[i] = (descent_tensor){parameters + i * LARGE, gradients, SIDE, SIDE, DESCENT_FLOAT32, 0};
    CHECK_OK(descent_optimizer_create(DESCENT_ADAM, &optimizer));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_AMSGRAD, 1));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_TRACK_HEALTH, 1));
    CHECK_OK(descent_optimizer_step(optimizer, tensors, COUNT));
    CHECK(live_bytes - bytes >= expected && live_bytes - bytes <= expected + MOST_OVERHEAD, "%ld bytes for a state of %ld",
          live_bytes - bytes, expected);
    descent_optimizer_free(optimizer);
    CHECK(live_bytes == bytes, "%ld bytes remain", live_bytes - bytes);
}

/* Groups grow with their number, and go with the optimizer. */
static void check_groups(void) {
    long blocks = live_blocks, before;
    descent_optimizer *optimizer = NULL;
    CHECK_OK(descent_optimizer_create(DESCENT_SGD, &optimizer));
    for (uint32_t group = 1; group <= 100; group++)
        CHECK_OK(descent_optimizer_set_group(optimizer, group, DESCENT_LEARNING_RATE, 1));
    before = allocations;
    for (uint32_t group = 1; group <= 100; group++)
        CHECK_OK(descent_optimizer_set_group(optimizer, group, DESCENT_LEARNING_RATE, 0.5));
    CHECK(allocations == before, "%ld allocations for options of groups that there are", allocations - before);
    largest_block = 0;
    descent_status status = DESCENT_OK;
    uint32_t       group = 101;
    while (status == DESCENT_OK && group < 10000)
        status = descent_optimizer_set_group(optimizer, group++, DESCENT_LEARNING_RATE, 1);
    largest_block = SIZE_MAX;
    CHECK(status == DESCENT_ERROR_OUT_OF_MEMORY, "%s", descent_status_name(status));
    double rate = 0;
    CHECK(descent_optimizer_get_group(optimizer, group - 1, DESCENT_LEARNING_RATE, &rate)
              == DESCENT_ERROR_INVALID_ARGUMENT, "a group without memory was made");
    CHECK(descent_optimizer_get_group(optimizer, 100, DESCENT_LEARNING_RATE, &rate) == DESCENT_OK && rate == 0.5,
          "%g", rate);
    CHECK_OK(descent_optimizer_set_group(optimizer, group - 1, DESCENT_LEARNING_RATE, 1));
    descent_optimizer_free(optimizer);
    CHECK(live_blocks == blocks, "%ld blocks remain", live_blocks - blocks);
}

static void check_failing_calls(void) {
    descent_optimizer *optimizer = NULL;
    descent_tensor tensors[TENSORS];
    long blocks = live_blocks;
    lay_out(tensors, values, DESCENT_FLOAT32);
    CHECK_OK(descent_optimizer_create(DESCENT_ADAM, &optimizer));
    CHECK_OK(descent_optimizer_step(optimizer, tensors, 1));
    for (int i = 0; i < 1000; i++) {
        descent_optimizer *never = NULL;
        CHECK(descent_optimizer_step(optimizer, tensors, 2) == DESCENT_ERROR_SHAPE_MISMATCH, "%d", i);
        CHECK(descent_optimizer_set(optimizer, DESCENT_RHO, 0.5) == DESCENT_ERROR_UNSUPPORTED, "%d", i);
        CHECK(descent_optimizer_create((descent_algorithm)99, &never) == DESCENT_ERROR_INVALID_ARGUMENT, "%d", i);
    }
    descent_optimizer_free(optimizer);
    CHECK(live_blocks == blocks, "%ld blocks remain", live_blocks - blocks);
}

static void check_without_memory(void) {
    descent_optimizer *optimizer = NULL;
    descent_tensor tensors[TENSORS];
    void  *state;
    size_t count;
    long   blocks = live_blocks;
    lay_out(tensors, values, DESCENT_FLOAT32);
    CHECK_OK(descent_optimizer_create(DESCENT_ADAM, &optimizer));
    largest_block = MOST_OVERHEAD;
    descent_status status = descent_optimizer_step(optimizer, tensors, TENSORS);
    largest_block = SIZE_MAX;
    CHECK(status == DESCENT_ERROR_OUT_OF_MEMORY, "%s", descent_status_name(status));
    CHECK(descent_optimizer_step_count(optimizer) == 0, "the step that failed was counted");
    status = descent_optimizer_state(optimizer, 0, "m", &state, &count);
    CHECK(status == DESCENT_ERROR_INVALID_ARGUMENT, "%s, as if there were a state", descent_status_name(status));
    CHECK_OK(descent_optimizer_step(optimizer, tensors, TENSORS));
    descent_optimizer_free(optimizer);
    CHECK(live_blocks == blocks, "%ld blocks remain", live_blocks - blocks);
}

/* ---- the classifier ---- */

/* 50 classes are the most that the kernel does, of so few features. */
enum { SAMPLES = 20000, DIMENSION = 300, CLASSES = 10, MOST_FUSED_CLASSES = 50, WIDE_CLASSES = 51 };

static unsigned char features[SAMPLES * DIMENSION];
static int32_t       labels[SAMPLES];

static void fit_and_evaluate(size_t classes, uint32_t epochs, int32_t sampling) {
    const descent_dataset data = {.struct_size = sizeof data, .dtype = DESCENT_UINT8, .features = features,
                                  .labels = labels, .samples = SAMPLES, .dimension = DIMENSION, .scale = 1.0f / 255};
    descent_classifier *classifier = NULL;
    descent_optimizer  *optimizer = NULL;
    descent_fit_options options;
    double loss, accuracy;
    descent_fit_options_init(&options);
    options.epochs = epochs;
    options.sampling = sampling;
    CHECK_OK(descent_classifier_create(DIMENSION, classes, DESCENT_SOFTMAX_CROSS_ENTROPY, &classifier));
    CHECK_OK(descent_optimizer_create(DESCENT_ADAM, &optimizer));
    CHECK_OK(descent_classifier_fit(classifier, optimizer, &data, &options, NULL, NULL));
    CHECK_OK(descent_classifier_evaluate(classifier, &data, &loss, &accuracy));
    descent_optimizer_free(optimizer);
    descent_classifier_free(classifier);
}

/* How many allocations a fit of so many epochs makes. */
static long check_fit(uint32_t epochs, int32_t sampling) {
    long blocks = live_blocks, bytes = live_bytes, before = allocations;
    peak_bytes = bytes;
    fit_and_evaluate(CLASSES, epochs, sampling);
    long remain = live_blocks - blocks, peak = peak_bytes - bytes;
    CHECK(remain == 0, "sampling %d: %ld blocks remain", (int)sampling, remain);
    CHECK(peak < (long)sizeof features / 2, "sampling %d: %ld bytes beside %zu of features", (int)sampling, peak,
          sizeof features);
    return allocations - before;
}

static void check_classifier(void) {
    for (size_t i = 0; i < sizeof features; i++) features[i] = (unsigned char)(i * 2654435761u >> 13);
    for (int32_t i = 0; i < SAMPLES; i++) labels[i] = i % CLASSES;
    for (int32_t sampling = DESCENT_SAMPLE_SHUFFLE; sampling <= DESCENT_SAMPLE_STRATIFIED; sampling++) {
        long one_epoch = check_fit(1, sampling), four_epochs = check_fit(4, sampling);
        CHECK(one_epoch == four_epochs, "sampling %d: %ld allocations in 1 epoch, %ld in 4", (int)sampling, one_epoch,
              four_epochs);
    }
}

/* They start when they are first needed, and keep what that takes. All that follows is done by several of them. */
static void start_threads(int32_t threads) {
    descent_optimizer *optimizer = NULL;
    descent_tensor     tensors[TENSORS];
    CHECK_OK(descent_set_thread_count(threads));
    lay_out(tensors, values, DESCENT_FLOAT32);
    CHECK_OK(descent_optimizer_create(DESCENT_SGD, &optimizer));
    CHECK_OK(descent_optimizer_step(optimizer, tensors, TENSORS));
    descent_optimizer_free(optimizer);
}

/* Whether this process has loaded OpenBLAS. */
static bool has_openblas(void) {
    static char line[4096];
    bool        found = false;
    FILE       *maps = fopen("/proc/self/maps", "r");
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) found |= strstr(line, "libopenblas") != NULL;
    if (maps != NULL) fclose(maps);
    return found;
}

/* It takes longer to load than all else, and starts threads: only a wide classifier is reason enough. */
static void check_openblas(void) {
    CHECK(!has_openblas(), "OpenBLAS was loaded for nothing");
    fit_and_evaluate(MOST_FUSED_CLASSES, 1, DESCENT_SAMPLE_SHUFFLE);
    CHECK(!has_openblas(), "OpenBLAS was loaded for %d classes", MOST_FUSED_CLASSES);
    fit_and_evaluate(WIDE_CLASSES, 1, DESCENT_SAMPLE_SHUFFLE);
    const bool is_loaded = has_openblas(), can_be = dlopen("libopenblas.so.0", RTLD_NOW) != NULL;
    CHECK(is_loaded == can_be, "OpenBLAS %s loaded for %d classes", is_loaded ? "is" : "is not", WIDE_CLASSES);
}

static bool is_of_matrices(descent_algorithm algorithm) {
    return algorithm == DESCENT_ADAFACTOR || algorithm == DESCENT_MUON || algorithm == DESCENT_SHAMPOO || algorithm == DESCENT_SOAP;
}

/* Methods of matrices have working memory of their own, made in the first step too. The matrices are small: OpenBLAS allocates
 * some memory in its products and decompositions of larger ones. */
static void check_matrix_method(descent_algorithm algorithm, descent_dtype dtype, bool everything) {
    enum { SHAPES = 4 };
    static const size_t shapes[SHAPES][2] = {{6, 5}, {1, 7}, {3, 9}, {8, 1}};
    static double weights[SHAPES][64], gradients[SHAPES][64];
    const char *name = descent_algorithm_name(algorithm);
    descent_optimizer *optimizer = NULL;
    descent_tensor tensors[SHAPES];
    for (size_t i = 0; i < SHAPES; i++) {
        for (size_t j = 0; j < 64; j++) weights[i][j] = gradients[i][j] = 0;
        tensors[i] = (descent_tensor){weights[i], gradients[i], shapes[i][0], shapes[i][1], dtype, 0};
    }
    long blocks = live_blocks;
    CHECK_OK(descent_optimizer_create(algorithm, &optimizer));
    if (everything) {
        demand_everything(optimizer);
        CHECK_OK(descent_optimizer_set(optimizer, DESCENT_AVERAGE, DESCENT_AVERAGE_EMA));
        CHECK_OK(descent_optimizer_set(optimizer, DESCENT_LOOKAHEAD_STEPS, 3));
        CHECK_OK(descent_optimizer_set(optimizer, DESCENT_CAUTIOUS, 1));
    }
    CHECK_OK(descent_optimizer_step(optimizer, tensors, SHAPES));
    CHECK_OK(descent_optimizer_step(optimizer, tensors, SHAPES)); /* OpenBLAS's own first time */
    long before = allocations;
    for (int step = 0; step < LATER_STEPS; step++) {
        for (size_t i = 0; i < SHAPES; i++)
            for (size_t j = 0; j < shapes[i][0] * shapes[i][1]; j++) {
                const double slope = (double)((step + j * 7) % 11) - 5;
                if (dtype == DESCENT_FLOAT32) ((float *)gradients[i])[j] = (float)slope;
                else gradients[i][j] = slope;
            }
        CHECK_OK(descent_optimizer_step(optimizer, tensors, SHAPES));
    }
    CHECK(allocations == before, "%s: %ld allocations in %d later steps", name, allocations - before, LATER_STEPS);
    descent_optimizer_free(optimizer);
    CHECK(live_blocks == blocks, "%s: %ld blocks remain", name, live_blocks - blocks);
}

static void check_all(bool of_matrices) {
    for (size_t i = 0; i < descent_algorithm_count(); i++) {
        const descent_algorithm algorithm = descent_algorithm_at(i);
        if (descent_algorithm_is_batch(algorithm) || is_of_matrices(algorithm) != of_matrices) continue;
        for (descent_dtype dtype = DESCENT_FLOAT32; dtype <= DESCENT_FLOAT64; dtype++)
            for (int everything = 0; everything < 2; everything++)
                (of_matrices ? check_matrix_method : check_optimizer)(algorithm, dtype, everything);
    }
}

int main(void) {
    puts("counting allocations"); /* makes the buffer of stdout before the counting starts */
    start_threads(4);
    check_all(false);
    check_health(DESCENT_FLOAT32);
    check_additions(DESCENT_FLOAT32);
    check_health(DESCENT_FLOAT64);
    check_additions(DESCENT_FLOAT64);
    check_many_large_tensors();
    check_groups();
    check_failing_calls();
    check_without_memory();
    check_classifier();
    check_openblas();
    check_all(true);
    return check_result("allocations");
}
