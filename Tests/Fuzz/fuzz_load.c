/*
 * Loading any bytes. The first one says what they are loaded as, and whether header (of version 1 or 2 of the format) and
 * checksum are put right before, so that the content is reached. What loads works, is saved as bytes that load and are saved the same again, and goes on as
 * its copy does.
 */
#include "saved.h"

enum { HEADER = 24, FRAME = HEADER + 8, MOST_BYTES = 1 << 16 };
enum { MOST_TENSORS = 8, MOST_ELEMENTS = 4096, MOST_ROOM = 4096, MOST_SAMPLES = 64, MOST_STEPS = 20, STEPS = 2 };

static uint64_t number_in(const uint8_t *bytes, size_t size, size_t offset) {
    uint64_t number = 0;
    if (offset <= size && size - offset >= sizeof number) memcpy(&number, bytes + offset, sizeof number);
    return number;
}

static void put_right(uint8_t *bytes, size_t size, uint64_t version, uint64_t kind) {
    const uint64_t header[3] = {UINT64_C(0x544e454353454493), version | kind << 32, size};
    if (size < FRAME) return;
    memcpy(bytes, header, sizeof header);
    memcpy(bytes, "\x93" "DESCENT", 8);
    const uint64_t checksum = descent_checksum(bytes, size - 8);
    memcpy(bytes + size - 8, &checksum, sizeof checksum);
}

/* ---- Optimizers ---- */

/* The entry of this name that was saved of an object; NULL if there is none. */
static const descent_saved_entry *saved_entry(const void *bytes, size_t size, const char *name) {
    size_t count = 0;
    EXPECT(descent_saved_entries(bytes, size, NULL, 0, &count) == DESCENT_OK, "%s", descent_last_error());
    descent_saved_entry *entries = memory((count + 1) * sizeof *entries, 0);
    entries[0].struct_size = sizeof *entries;
    EXPECT(descent_saved_entries(bytes, size, entries, count, &count) == DESCENT_OK, "%s", descent_last_error());
    for (size_t i = 0; i < count; i++)
        if (strcmp(entries[i].name, name) == 0) return &entries[i];
    return NULL;
}

static uint64_t saved_number(const void *bytes, size_t size, const char *name) {
    const descent_saved_entry *entry = saved_entry(bytes, size, name);
    uint64_t                   number = 0;
    if (entry != NULL) memcpy(&number, entry->data, entry->dtype == DESCENT_INT32 ? 4 : 8);
    return number;
}

/* The shape of W, which may be saved without its zeros. */
static size_t dimension_of(const void *bytes, size_t size) {
    const descent_saved_entry *weights = saved_entry(bytes, size, "weights");
    return weights != NULL ? weights->rows : (size_t)saved_number(bytes, size, "weights.rows");
}

static size_t outputs_of(const void *bytes, size_t size) { return saved_entry(bytes, size, "bias")->columns; }

/* The tensors that an optimizer was stepped with; 0 if there are none or too large ones. */
static size_t read_tensors(const descent_optimizer *optimizer, descent_tensor *tensors) {
    const size_t count = descent_optimizer_tensor_count(optimizer);
    if (count > MOST_TENSORS) return 0;
    for (size_t i = 0; i < count; i++) {
        tensors[i] = (descent_tensor){.rows = 0};
        noted(descent_optimizer_tensor(optimizer, i, &tensors[i].rows, &tensors[i].columns, &tensors[i].dtype));
        if (tensors[i].rows > MOST_ELEMENTS || tensors[i].rows * tensors[i].columns > MOST_ELEMENTS) return 0;
    }
    return count;
}

/* Options that the tensors' type cannot hold are in range when they are loaded, and refused by a step; so are steps while
 * averaged parameters are in place. */
static bool may_be_refused(descent_status status) {
    return status == DESCENT_ERROR_NOT_FINITE || status == DESCENT_ERROR_OUT_OF_MEMORY
           || (status == DESCENT_ERROR_INVALID_ARGUMENT
               && (strstr(descent_last_error(), "in its type") != NULL || strstr(descent_last_error(), "averaged") != NULL));
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
        EXPECT(status == DESCENT_OK || may_be_refused(status), "status %d: %s", (int)status, descent_last_error());
    }
    for (size_t i = 0; i < count; i++) add_array(tensors[i].values, tensors[i].dtype, tensors[i].rows * tensors[i].columns);
}

static void run_optimizer(const uint8_t *bytes, size_t size) {
    descent_optimizer *optimizer = load_optimizer(bytes, size);
    if (optimizer == NULL) return;
    descent_optimizer *copy = copy_optimizer(optimizer);
    descent_tensor tensors[MOST_TENSORS], other[MOST_TENSORS];
    size_t count = read_tensors(optimizer, tensors);
    const bool has_tensors = descent_optimizer_step_count(optimizer) == 0 || count > 0;
    if (count == 0) tensors[count++] = (descent_tensor){.rows = 2, .columns = 3, .dtype = DESCENT_FLOAT32};
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

/* Whether there are so many samples, in either format, that their memory can be had, and takes long to fill. */
static bool promises_too_many(const uint8_t *bytes, size_t size) {
    for (size_t offset = HEADER; offset + 16 <= size; offset += 8) {
        const bool     is_named = memcmp(bytes + offset, "samples", 8) == 0;
        const uint64_t samples = number_in(bytes, size, is_named ? offset + 8 : offset);
        if ((is_named || (offset == HEADER && bytes[8] == 1)) && samples > 1 << 16 && samples < (uint64_t)1 << 45) return true;
    }
    return false;
}

static void run_sampler(const uint8_t *bytes, size_t size) {
    if (promises_too_many(bytes, size)) return;
    descent_sampler *sampler = load_sampler(bytes, size);
    if (sampler == NULL) return;
    descent_sampler *copy = copy_sampler(sampler);
    size_t saved_size;
    const void *saved = saved_sampler(sampler, &saved_size);
    const uint64_t samples = saved_number(saved, saved_size, "samples");
    const uint64_t batch_size = saved_number(saved, saved_size, "batch_size");
    const uint64_t room = samples < batch_size ? samples : batch_size;
    for (int steps = 0; steps < STEPS && room <= MOST_ROOM; steps++) {
        size_t *indices = memory(room * sizeof *indices, 0), *other = memory(room * sizeof *other, 0), count = 0;
        noted(descent_sampler_next(sampler, indices, &count));
        EXPECT(count <= room, "%zu samples", count);
        for (size_t i = 0; i < count; i++) EXPECT(indices[i] < samples, "sample %zu", indices[i]);
        for (size_t i = 0; i < count; i++) add_number(indices[i]);
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

static descent_fit_options take_options(uint64_t batch_size, uint64_t sampling, uint64_t seed, uint64_t epochs) {
    descent_fit_options options;
    descent_fit_options_init(&options);
    options.batch_size = (uint32_t)batch_size;
    options.sampling = (int32_t)sampling;
    options.seed = seed;
    options.epochs = (uint32_t)epochs;
    return options;
}

static descent_optimizer *new_optimizer(void) {
    descent_optimizer *optimizer = NULL;
    EXPECT(descent_optimizer_create(DESCENT_SGD, &optimizer) == DESCENT_OK, "%s", descent_last_error());
    return optimizer;
}

/* One that has made so many steps with another classifier. */
static descent_optimizer *stepped_optimizer(uint64_t steps, const descent_dataset *data, size_t classes) {
    descent_optimizer *optimizer = new_optimizer();
    if (steps == 0 || steps > MOST_STEPS) return optimizer;
    descent_classifier *other = NULL;
    const descent_fit_options options = take_options(0, DESCENT_SAMPLE_SHUFFLE, 0, steps);
    noted(descent_classifier_create(data->dimension, classes, DESCENT_MULTICLASS_HINGE, &other));
    noted(descent_classifier_fit(other, optimizer, data, &options, NULL, NULL));
    EXPECT(descent_optimizer_step_count(optimizer) == steps, "%llu steps of %llu",
           (unsigned long long)descent_optimizer_step_count(optimizer), (unsigned long long)steps);
    descent_classifier_free(other);
    return optimizer;
}

static descent_dataset new_data(size_t samples, size_t dimension, size_t classes) {
    int32_t *labels = memory(samples * sizeof *labels, 0);
    float   *features = memory(samples * dimension * sizeof *features, 0);
    for (size_t i = 0; i < samples; i++) labels[i] = (int32_t)(i % classes);
    for (size_t i = 0; i < samples * dimension; i++) features[i] = (float)(i % 7) - 3;
    return (descent_dataset){.struct_size = sizeof(descent_dataset), .dtype = DESCENT_FLOAT32, .features = features,
                             .labels = labels, .samples = samples, .dimension = dimension, .scale = 1};
}

/* Goes on where the bytes say that the fit stands: behind the weights. */
static void resume(descent_classifier *classifier, size_t classes, const uint64_t place[6], bool is_standardized,
                   const descent_dataset *data) {
    int steps = 0;
    descent_optimizer *optimizer = stepped_optimizer(place[5], data, classes);
    descent_fit_options options = take_options(place[1], place[2], place[3], UINT32_MAX);
    options.standardize = is_standardized;
    noted(descent_classifier_resume(classifier, optimizer, data, &options, stop_soon, &steps));
    descent_optimizer_free(optimizer);
}

static void fit(descent_classifier *classifier, const descent_dataset *data) {
    int    steps = 0;
    double loss, accuracy;
    descent_optimizer *optimizer = new_optimizer();
    const descent_fit_options options = take_options(2, DESCENT_SAMPLE_STRATIFIED, 1, 1);
    noted(descent_classifier_evaluate(classifier, data, &loss, &accuracy));
    noted(descent_classifier_fit(classifier, optimizer, data, &options, stop_soon, &steps));
    descent_optimizer_free(optimizer);
}

static void run_classifier(const uint8_t *bytes, size_t size) {
    descent_classifier *classifier = load_classifier(bytes, size);
    if (classifier == NULL) return;
    descent_classifier *copy = copy_classifier(classifier);
    size_t         saved_size;
    const void    *saved = saved_classifier(classifier, &saved_size);
    const size_t dimension = dimension_of(saved, saved_size), classes = outputs_of(saved, saved_size);
    static const char *const names[6] = {"training.samples", "training.batch_size", "training.sampling",
                                         "training.seed", "training.step", "training.optimizer_steps"};
    uint64_t place[6];
    for (size_t i = 0; i < 6; i++) place[i] = saved_number(saved, saved_size, names[i]);
    if (place[0] > 0 && place[0] <= MOST_SAMPLES) {
        const descent_dataset data = new_data(place[0], dimension, classes);
        const bool is_standardized = saved_entry(saved, saved_size, "scaling.centers") != NULL;
        resume(classifier, classes, place, is_standardized, &data);
        resume(copy, classes, place, is_standardized, &data);
        compare_classifier(classifier, copy);
    }
    const descent_dataset data = new_data(5, dimension, classes);
    fit(classifier, &data);
    descent_classifier_free(copy);
    copy = copy_classifier(classifier);
    descent_classifier_free(copy);
    descent_classifier_free(classifier);
}

static void run_regressor(const uint8_t *bytes, size_t size) {
    descent_regressor *regressor = load_regressor(bytes, size);
    if (regressor == NULL) return;
    descent_regressor *copy = copy_regressor(regressor);
    size_t         saved_size;
    const void    *saved = saved_regressor(regressor, &saved_size);
    const size_t dimension = dimension_of(saved, saved_size), outputs = outputs_of(saved, saved_size);
    const uint64_t samples = saved_number(saved, saved_size, "training.samples");
    descent_dataset data = new_data(samples > 0 && samples <= MOST_SAMPLES ? samples : 5, dimension, 1);
    double *targets = memory(data.samples * outputs * sizeof *targets, 0), loss = 0, r2 = 0;
    for (size_t i = 0; i < data.samples * outputs; i++) targets[i] = (double)(i % 2);
    data.targets = targets;
    data.target_dtype = DESCENT_FLOAT64;
    descent_fit_options options =
        take_options(saved_number(saved, saved_size, "training.batch_size"),
                     saved_number(saved, saved_size, "training.sampling"),
                     saved_number(saved, saved_size, "training.seed"), UINT32_MAX);
    options.standardize = saved_entry(saved, saved_size, "scaling.centers") != NULL;
    descent_regressor *const both[2] = {regressor, copy};
    for (int i = 0; i < 2; i++) {
        int steps = 0;
        descent_optimizer *optimizer = new_optimizer();
        noted(descent_regressor_resume(both[i], optimizer, &data, &options, stop_soon, &steps));
        options.sampling = DESCENT_SAMPLE_SHUFFLE;
        noted(descent_regressor_fit(both[i], optimizer, &data, &options, stop_soon, &steps));
        noted(descent_regressor_evaluate(both[i], &data, &loss, &r2));
        descent_optimizer_free(optimizer);
    }
    descent_regressor_free(copy);
    copy = copy_regressor(regressor);
    descent_regressor_free(copy);
    descent_regressor_free(regressor);
}

static void run_input(input *in) {
    const uint8_t first = take_byte(in);
    if (in->size > MOST_BYTES) return;
    uint8_t *bytes = copy_of(in->bytes, in->size);
    if (first >= 128) put_right(bytes, in->size, first < 192 ? 1 : 2, 1 + first % 3);
    switch (first % 3) {
    case 0: run_optimizer(bytes, in->size); break;
    case 1: run_sampler(bytes, in->size); break;
    default:
        run_classifier(bytes, in->size);
        run_regressor(bytes, in->size);
    }
}

static void end_input(void) {}
