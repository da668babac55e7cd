/*
 * Loading any bytes. The first one says what they are loaded as, and whether header and checksum are put right before, so
 * that the content is reached. What loads works, is saved as bytes that load and are saved the same again, and goes on as
 * its copy does.
 */
#include "saved.h"

enum { HEADER = 24, FRAME = HEADER + 8, MOST_BYTES = 1 << 16 };
enum { MOST_TENSORS = 8, MOST_ELEMENTS = 4096, MOST_ROOM = 4096, STEPS = 2 };

static uint64_t number_in(const uint8_t *bytes, size_t size, size_t offset) {
    uint64_t number = 0;
    if (offset <= size && size - offset >= sizeof number) memcpy(&number, bytes + offset, sizeof number);
    return number;
}

static void put_right(uint8_t *bytes, size_t size, uint64_t kind) {
    const uint64_t header[3] = {UINT64_C(0x544e454353454493), 1 | kind << 32, size};
    if (size < FRAME) return;
    memcpy(bytes, header, sizeof header);
    memcpy(bytes, "\x93" "DESCENT", 8);
    const uint64_t checksum = descent_checksum(bytes, size - 8);
    memcpy(bytes + size - 8, &checksum, sizeof checksum);
}

/* ---- Optimizers ---- */

/* The tensors that were saved; 0 if they are none or too large. */
static size_t read_tensors(const uint8_t *bytes, size_t size, descent_tensor *tensors) {
    size_t offset = HEADER + (2 + 3 + 10 + 2) * 8;
    offset += 8 + 16 * number_in(bytes, size, offset);
    uint64_t groups = number_in(bytes, size, offset);
    for (offset += 8; groups > 0; groups--) offset += 16 + 16 * number_in(bytes, size, offset + 8);
    const uint64_t count = number_in(bytes, size, offset);
    if (count > MOST_TENSORS) return 0;
    offset += 16;
    for (size_t i = 0; i < count; i++, offset += 24) {
        tensors[i] = (descent_tensor){.rows = number_in(bytes, size, offset), .columns = number_in(bytes, size, offset + 8),
                                      .dtype = (descent_dtype)number_in(bytes, size, offset + 16)};
        if (tensors[i].rows > MOST_ELEMENTS || tensors[i].rows * tensors[i].columns > MOST_ELEMENTS) return 0;
    }
    return count;
}

static void step(descent_optimizer *optimizer, descent_tensor *tensors, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const size_t elements = tensors[i].rows * tensors[i].columns;
        tensors[i].values = memory(elements * size_of(tensors[i].dtype), 0);
        void *gradient = memory(elements * size_of(tensors[i].dtype), 0);
        for (size_t j = 0; j < elements; j++) set_number(gradient, tensors[i].dtype, j, (double)(j % 5) - 1.5);
        tensors[i].gradient = gradient;
    }
    for (int steps = 0; steps < STEPS; steps++) {
        const descent_status status = noted(descent_optimizer_step(optimizer, tensors, count));
        EXPECT(status == DESCENT_OK || status == DESCENT_ERROR_NOT_FINITE || status == DESCENT_ERROR_OUT_OF_MEMORY,
               "status %d: %s", (int)status, descent_last_error());
    }
    for (size_t i = 0; i < count; i++) add_array(tensors[i].values, tensors[i].dtype, tensors[i].rows * tensors[i].columns);
}

static void run_optimizer(const uint8_t *bytes, size_t size) {
    descent_optimizer *optimizer = load_optimizer(bytes, size);
    if (optimizer == NULL) return;
    descent_optimizer *copy = copy_optimizer(optimizer);
    descent_tensor tensors[MOST_TENSORS], other[MOST_TENSORS];
    size_t count = read_tensors(bytes, size, tensors);
    if (count == 0) tensors[count++] = (descent_tensor){.rows = 2, .columns = 3, .dtype = DESCENT_FLOAT32};
    const bool has_tensors = descent_optimizer_step_count(optimizer) == 0 || read_tensors(bytes, size, tensors) > 0;
    memcpy(other, tensors, count * sizeof *tensors);
    double rate;
    descent_health health = {.struct_size = sizeof health};
    noted(descent_optimizer_learning_rate(optimizer, &rate));
    noted(descent_optimizer_health(optimizer, &health));
    noted(descent_optimizer_report_loss(optimizer, 1));
    noted(descent_optimizer_report_loss(copy, 1));
    if (has_tensors) {
        step(optimizer, tensors, count);
        step(copy, other, count);
    }
    compare_optimizer(optimizer, copy);
    noted(descent_optimizer_reset(copy));
    descent_optimizer_free(copy);
    copy = copy_optimizer(optimizer);
    descent_optimizer_free(copy);
    descent_optimizer_free(optimizer);
}

/* ---- Samplers ---- */

static void run_sampler(const uint8_t *bytes, size_t size) {
    const uint64_t samples = number_in(bytes, size, HEADER), batch_size = number_in(bytes, size, HEADER + 8);
    /* That much memory may be had, and takes long to fill. */
    if (samples > 1 << 16 && samples < (uint64_t)1 << 45) return;
    descent_sampler *sampler = load_sampler(bytes, size);
    if (sampler == NULL) return;
    descent_sampler *copy = copy_sampler(sampler);
    const uint64_t room = samples < batch_size ? samples : batch_size;
    for (int steps = 0; steps < STEPS && room <= MOST_ROOM; steps++) {
        size_t *indices = memory(room * sizeof *indices, 0), *other = memory(room * sizeof *other, 0), count = 0;
        noted(descent_sampler_next(sampler, indices, &count));
        EXPECT(count <= room, "%zu samples", count);
        for (size_t i = 0; i < count; i++) EXPECT(indices[i] < samples, "sample %zu", indices[i]);
        add_bytes(indices, count * sizeof *indices);
        noted(descent_sampler_next(copy, other, &count));
        EXPECT(memcmp(indices, other, room * sizeof *other) == 0, "other samples");
    }
    compare_sampler(sampler, copy);
    descent_sampler_free(copy);
    descent_sampler_free(sampler);
}

/* ---- Classifiers ---- */

static int32_t stop_soon(const descent_progress_report *report, void *context) {
    add_double(report->loss);
    return ++*(int *)context == STEPS;
}

static void train(descent_classifier *classifier, size_t dimension, size_t classes, size_t samples, bool resumes) {
    int32_t *labels = memory(samples * sizeof *labels, 0);
    for (size_t i = 0; i < samples; i++) labels[i] = (int32_t)(i % classes);
    float *features = memory(samples * dimension * sizeof *features, 0);
    for (size_t i = 0; i < samples * dimension; i++) features[i] = (float)(i % 7) - 3;
    const descent_dataset data = {.struct_size = sizeof data, .dtype = DESCENT_FLOAT32, .features = features, .labels = labels,
                                  .samples = samples, .dimension = dimension, .scale = 1};
    double loss, accuracy;
    noted(descent_classifier_evaluate(classifier, &data, &loss, &accuracy));
    descent_optimizer *optimizer = NULL;
    EXPECT(descent_optimizer_create(DESCENT_SGD, &optimizer) == DESCENT_OK, "%s", descent_last_error());
    descent_fit_options options;
    descent_fit_options_init(&options);
    options.epochs = resumes ? UINT32_MAX : 1;
    int steps = 0;
    if (resumes) noted(descent_classifier_resume(classifier, optimizer, &data, &options, stop_soon, &steps));
    else noted(descent_classifier_fit(classifier, optimizer, &data, &options, stop_soon, &steps));
    descent_optimizer_free(optimizer);
}

static void run_classifier(const uint8_t *bytes, size_t size) {
    descent_classifier *classifier = load_classifier(bytes, size);
    if (classifier == NULL) return;
    descent_classifier *copy = copy_classifier(classifier);
    const size_t dimension = number_in(bytes, size, HEADER), classes = number_in(bytes, size, HEADER + 8);
    const uint64_t samples = number_in(bytes, size, HEADER + 40 + 4 * (dimension + 1) * classes);
    if (samples > 0 && samples <= 64) {
        train(classifier, dimension, classes, samples, true);
        train(copy, dimension, classes, samples, true);
        compare_classifier(classifier, copy);
    }
    train(classifier, dimension, classes, 5, false);
    descent_classifier_free(copy);
    copy = copy_classifier(classifier);
    descent_classifier_free(copy);
    descent_classifier_free(classifier);
}

static void run_input(input *in) {
    const uint8_t first = take_byte(in);
    if (in->size > MOST_BYTES) return;
    uint8_t *bytes = copy_of(in->bytes, in->size);
    if (first >= 128) put_right(bytes, in->size, 1 + first % 3);
    switch (first % 3) {
    case 0: run_optimizer(bytes, in->size); break;
    case 1: run_sampler(bytes, in->size); break;
    default: run_classifier(bytes, in->size);
    }
}

static void end_input(void) {}
