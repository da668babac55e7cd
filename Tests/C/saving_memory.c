/*
 * What saving and loading allocate: saving nothing; loading what the object needs, and nothing that wrong bytes promise.
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "counted_memory.h"

#include <string.h>

enum { ELEMENTS = 3000, SAMPLES = 500, DIMENSION = 30, CLASSES = 4, CAPACITY = 1 << 17, KINDS = 6 };

static unsigned char saved[KINDS][CAPACITY];
static size_t        sizes[KINDS];

/* 0 and 1 are optimizers, 2 to 4 samplers, 5 is a classifier. */
static descent_status load(int kind, const void *bytes, size_t size) {
    descent_optimizer  *optimizer = NULL;
    descent_sampler    *sampler = NULL;
    descent_classifier *classifier = NULL;
    descent_status status = kind < 2   ? descent_optimizer_load(bytes, size, &optimizer)
                            : kind < 5 ? descent_sampler_load(bytes, size, &sampler)
                                       : descent_classifier_load(bytes, size, &classifier);
    CHECK(status == DESCENT_OK || (optimizer == NULL && sampler == NULL && classifier == NULL), "a handle was written");
    descent_optimizer_free(optimizer);
    descent_sampler_free(sampler);
    descent_classifier_free(classifier);
    return status;
}

static void save_optimizer(int kind, bool with_health) {
    static double values[ELEMENTS], gradient[ELEMENTS];
    static float  values2[ELEMENTS], gradient2[ELEMENTS];
    const descent_tensor tensors[] = {{values, gradient, 30, ELEMENTS / 30, DESCENT_FLOAT64, 0},
                                      {values2, gradient2, 1, ELEMENTS, DESCENT_FLOAT32, 9}};
    descent_optimizer *optimizer = NULL;
    CHECK_OK(descent_optimizer_create(DESCENT_RMSPROP, &optimizer));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_TRACK_HEALTH, with_health));
    for (uint32_t group = 40; group > 0; group--)
        CHECK_OK(descent_optimizer_set_group(optimizer, group, DESCENT_LEARNING_RATE, 0.1));
    CHECK_OK(descent_optimizer_step(optimizer, tensors, 2));
    allocations = 0;
    size_t size = 0;
    CHECK_OK(descent_optimizer_save_size(optimizer, &size));
    CHECK_OK(descent_optimizer_save(optimizer, saved[kind], CAPACITY, &sizes[kind]));
    CHECK(descent_optimizer_save(optimizer, saved[kind], size - 1, &size) == DESCENT_ERROR_INVALID_ARGUMENT, "%zu", size);
    CHECK(allocations == 0, "saving allocates %ld blocks", allocations);
    descent_optimizer_free(optimizer);
}

static void save_sampler(int kind, int32_t sampling) {
    static int32_t labels[SAMPLES];
    static double  weights[SAMPLES];
    descent_sampler *sampler = NULL;
    size_t indices[50], count;
    for (int i = 0; i < SAMPLES; i++) labels[i] = i % 7, weights[i] = i % 5;
    if (sampling == DESCENT_SAMPLE_WEIGHTED)
        CHECK_OK(descent_sampler_create_weighted(SAMPLES, 50, weights, 1, &sampler));
    else CHECK_OK(descent_sampler_create(SAMPLES, 50, sampling, labels, 1, &sampler));
    CHECK_OK(descent_sampler_next(sampler, indices, &count));
    allocations = 0;
    CHECK_OK(descent_sampler_save_size(sampler, &count));
    CHECK_OK(descent_sampler_save(sampler, saved[kind], CAPACITY, &sizes[kind]));
    CHECK(allocations == 0, "saving allocates %ld blocks", allocations);
    descent_sampler_free(sampler);
}

static descent_classifier *classifier;

static int32_t save_in_callback(const descent_progress_report *report, void *context) {
    (void)context;
    if (report->step != 3) return 0;
    allocations = 0;
    CHECK_OK(descent_classifier_save_size(classifier, &sizes[5]));
    CHECK_OK(descent_classifier_save(classifier, saved[5], CAPACITY, &sizes[5]));
    CHECK(allocations == 0, "saving allocates %ld blocks", allocations);
    return 1;
}

static void save_classifier(void) {
    static float   features[SAMPLES * DIMENSION];
    static int32_t labels[SAMPLES];
    const descent_dataset data = {.struct_size = sizeof data, .dtype = DESCENT_FLOAT32, .features = features,
                                  .labels = labels, .samples = SAMPLES, .dimension = DIMENSION, .scale = 1};
    descent_optimizer  *optimizer = NULL;
    descent_fit_options options;
    descent_fit_options_init(&options);
    CHECK_OK(descent_optimizer_create(DESCENT_SGD, &optimizer));
    CHECK_OK(descent_classifier_create(DIMENSION, CLASSES, DESCENT_MULTICLASS_HINGE, &classifier));
    CHECK(descent_classifier_fit(classifier, optimizer, &data, &options, save_in_callback, NULL) ==
              DESCENT_ERROR_CANCELLED, "%s", descent_last_error());
    descent_classifier_free(classifier);
    descent_optimizer_free(optimizer);
}

static void put(unsigned char *place, uint64_t number) {
    for (int i = 0; i < 8; i++) place[i] = (unsigned char)(number >> 8 * i);
}

/* Each number of the content in turn becomes a huge one, under a right checksum: no block is much larger than the bytes. */
static void check_huge_numbers(int kind) {
    static const uint64_t huge[] = {1 << 20, (uint64_t)1 << 32, (uint64_t)1 << 60, (uint64_t)1 << 63, UINT64_MAX};
    static unsigned char  bytes[CAPACITY];
    size_t size = sizes[kind], end = size < 1000 ? size : 1000;
    for (size_t at = 16; at + 16 <= end; at += 8)
        for (size_t i = 0; i < sizeof huge / sizeof *huge; i++) {
            memcpy(bytes, saved[kind], size);
            put(bytes + at, huge[i]);
            put(bytes + size - 8, descent_checksum(bytes, size - 8));
            long blocks = live_blocks;
            largest_asked = 0;
            descent_status status = load(kind, bytes, size);
            CHECK(live_blocks == blocks, "kind %d: %ld blocks remain", kind, live_blocks - blocks);
            /* A sampler that shuffles has no bytes for its samples. */
            if (kind == 2) continue;
            CHECK(largest_asked <= 20 * size + 4096, "kind %d: %zu bytes are asked for, number %zu", kind, largest_asked, at);
            CHECK(status == DESCENT_OK || status == DESCENT_ERROR_CORRUPT_STATE, "kind %d: %s", kind,
                  descent_last_error());
        }
}

/* A header that promises 2^60 bytes. */
static void check_promise(int kind) {
    static unsigned char bytes[CAPACITY];
    memcpy(bytes, saved[kind], sizes[kind]);
    put(bytes + 16, (uint64_t)1 << 60);
    put(bytes + sizes[kind] - 8, descent_checksum(bytes, sizes[kind] - 8));
    allocations = 0;
    CHECK(load(kind, bytes, sizes[kind]) == DESCENT_ERROR_CORRUPT_STATE, "kind %d", kind);
    CHECK(load(kind, saved[kind], sizes[kind] - 1) == DESCENT_ERROR_CORRUPT_STATE, "kind %d", kind);
    CHECK(allocations == 0, "kind %d: %ld allocations for a promise", kind, allocations);
}

int main(void) {
    puts("counting allocations"); /* makes the buffer of stdout before the counting starts */
    save_optimizer(0, false);
    save_optimizer(1, true);
    save_sampler(2, DESCENT_SAMPLE_SHUFFLE);
    save_sampler(3, DESCENT_SAMPLE_STRATIFIED);
    save_sampler(4, DESCENT_SAMPLE_WEIGHTED);
    save_classifier();
    for (int kind = 0; kind < KINDS; kind++) {
        check_promise(kind);
        check_huge_numbers(kind);
    }
    return check_result("memory of saving");
}
