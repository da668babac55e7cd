/*
 * Writes the seeds of fuzz_load.c, made of objects that were saved. Usage: make_seeds FOLDER
 */
#include <descent.h>

#include <stdio.h>
#include <stdlib.h>

static const char *folder;

/* The first byte says what it is loaded as; from 128 on fuzz_load.c puts header and checksum right,
 * from 192 on those of version 2 of the format. */
static void write_seed(const char *name, int number, uint8_t first, const void *bytes, size_t size) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s-version-2-%d", folder, name, number);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fputc(first, file) == EOF || fwrite(bytes, 1, size, file) != size) exit(1);
    fclose(file);
}

#define WRITE(kind, object, number, first)                                          \
    do {                                                                            \
        size_t size = 0;                                                            \
        descent_##kind##_save_size(object, &size);                                  \
        void *bytes = malloc(size);                                                 \
        if (bytes == NULL || descent_##kind##_save(object, bytes, size, &size)) exit(1); \
        write_seed(#kind, number, first, bytes, size);                              \
        free(bytes);                                                                \
    } while (0)

static void optimizers(void) {
    float  values[6] = {0}, gradient[6] = {1, -2, 3, 0, 0.5f, 1};
    double wide[4] = {0}, slopes[4] = {1, 2, -3, 4};
    const descent_tensor tensors[2] = {
        {.values = values, .gradient = gradient, .rows = 2, .columns = 3, .dtype = DESCENT_FLOAT32},
        {.values = wide, .gradient = slopes, .rows = 4, .columns = 1, .dtype = DESCENT_FLOAT64, .group = 2}};
    for (size_t i = 0; i < descent_algorithm_count(); i++) {
        if (descent_algorithm_is_batch(descent_algorithm_at(i))) continue;
        descent_optimizer *optimizer;
        if (descent_optimizer_create(descent_algorithm_at(i), &optimizer)) exit(1);
        descent_optimizer_set(optimizer, DESCENT_TRACK_HEALTH, i % 2 == 0 ? 1 : 0);
        descent_optimizer_set_group(optimizer, 2, DESCENT_LEARNING_RATE, 0.5);
        for (size_t steps = 0; steps < i % 4; steps++) descent_optimizer_step(optimizer, tensors, 2);
        WRITE(optimizer, optimizer, (int)i, 192);
        descent_optimizer_free(optimizer);
    }
}

static void samplers(void) {
    const int32_t labels[7] = {0, 1, 2, 0, 1, 2, 1};
    const double  weights[7] = {1, 2, 0, 4, 0.5, 6, 7};
    for (int sampling = DESCENT_SAMPLE_SHUFFLE; sampling <= DESCENT_SAMPLE_WEIGHTED; sampling++) {
        descent_sampler *sampler;
        size_t indices[3], count;
        if (sampling == DESCENT_SAMPLE_WEIGHTED ? descent_sampler_create_weighted(7, 3, weights, 5, &sampler)
                                                : descent_sampler_create(7, 3, sampling, labels, 5, &sampler)) exit(1);
        descent_sampler_next(sampler, indices, &count);
        WRITE(sampler, sampler, sampling, 193);
        descent_sampler_free(sampler);
    }
}

static int32_t watch(const descent_progress_report *report, void *context) {
    WRITE(classifier, (descent_classifier *)context, (int)report->step, 194);
    return report->step == 2;
}

static void classifiers(void) {
    const float   features[8] = {1, 2, 3, 4, -1, -2, -3, 0};
    const int32_t labels[4] = {0, 1, 2, 0};
    const descent_dataset data = {.struct_size = sizeof data, .dtype = DESCENT_FLOAT32, .features = features,
                                  .labels = labels, .samples = 4, .dimension = 2, .scale = 1};
    descent_classifier *classifier;
    descent_optimizer  *optimizer;
    descent_fit_options options;
    if (descent_classifier_create(2, 3, DESCENT_SOFTMAX_CROSS_ENTROPY, &classifier)) exit(1);
    if (descent_optimizer_create(DESCENT_SGD, &optimizer)) exit(1);
    WRITE(classifier, classifier, 0, 194);
    descent_fit_options_init(&options);
    options.batch_size = 2;
    descent_classifier_fit(classifier, optimizer, &data, &options, watch, classifier);
    descent_optimizer_free(optimizer);
    descent_classifier_free(classifier);
}

static int32_t watch_regressor(const descent_progress_report *report, void *context) {
    WRITE(regressor, (descent_regressor *)context, (int)report->step, 194);
    return report->step == 3;
}

/* What has figures of its features, and weights that were the best. */
static void standardized(void) {
    const double  features[8] = {1, 200, 3, 400, -1, -200, -3, 0}, targets[4] = {0, 1, 1, 0};
    const int32_t labels[4] = {0, 1, 1, 0};
    const descent_dataset data = {.struct_size = sizeof data, .dtype = DESCENT_FLOAT64, .features = features,
                                  .labels = labels, .samples = 4, .dimension = 2, .scale = 1, .targets = targets,
                                  .target_dtype = DESCENT_FLOAT64};
    descent_classifier *classifier;
    descent_regressor  *regressor;
    descent_optimizer  *optimizer;
    descent_fit_options options;
    if (descent_classifier_create_binary(2, DESCENT_SQUARED_HINGE, &classifier)) exit(1);
    if (descent_regressor_create(2, 1, DESCENT_HUBER, &regressor)) exit(1);
    if (descent_optimizer_create(DESCENT_SGD, &optimizer)) exit(1);
    descent_fit_options_init(&options);
    options.batch_size = 2;
    options.epochs = 3;
    options.standardize = 1;
    options.validation = &data;
    descent_classifier_fit(classifier, optimizer, &data, &options, NULL, NULL);
    WRITE(classifier, classifier, 9, 194);
    descent_optimizer_reset(optimizer);
    descent_regressor_fit(regressor, optimizer, &data, &options, watch_regressor, regressor);
    descent_optimizer_free(optimizer);
    descent_classifier_free(classifier);
    descent_regressor_free(regressor);
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    folder = arguments[1];
    optimizers();
    samplers();
    classifiers();
    standardized();
    return 0;
}
