/*
 * Training on a file of sparse rows that is larger than the memory: chunk by chunk, and from the beginning in each
 * epoch. The optimizer's state and schedule go on, as in stream.c.
 */
#ifndef CHUNKED_FIT_H
#define CHUNKED_FIT_H

#include "fit_report.h"
#include "sample_files.h"

struct chunked_file {
    const char       *path;
    size_t            chunk;   /* samples in memory at a time */
    size_t            count;   /* of all samples, after survey_chunks() */
    struct sample_set samples; /* the present chunk */
};

/* Called for each chunk of a file with the samples; false ends it. */
typedef bool (*use_of_chunk)(struct chunked_file *file, void *context);

static inline bool go_through_chunks(struct chunked_file *file, struct schema *schema, use_of_chunk use,
                                     void *context) {
    struct input_file    input;
    struct sparse_reader reader;
    struct sample_set   *samples = &file->samples;
    int found = 1;
    if (!open_input(file->path, &input)) return false;
    forget_samples(samples);
    bool good = begin_sparse(&input, format_of(file->path) == VW, samples, schema, &reader);
    while (good && found == 1) {
        found = read_sparse_sample(&reader, samples, schema);
        good = found >= 0;
        if (!good || samples->count == 0 || (found == 1 && samples->count < file->chunk)) continue;
        good = use(file, context);
        if (found == 1) forget_samples(samples);
    }
    free_sparse_reader(&reader);
    return close_input(&input, good);
}

static inline bool count_chunk(struct chunked_file *file, void *context) {
    (void)context;
    file->count += file->samples.count;
    return true;
}

/* Goes through the file once, so that classes and features are known. */
static inline bool survey_chunks(struct chunked_file *file, struct schema *schema) {
    if (!go_through_chunks(file, schema, count_chunk, NULL)) return false;
    if (file->count > 0 && file->samples.count == 0) file->samples.count = 1; /* its end was that of a chunk */
    if (file->count > 0 && file->samples.dimension == 0)
        return file_error(file->path, "features were expected, but no sample has any");
    return finish_samples(file->path, &file->samples, schema);
}

struct chunk_training {
    const struct linear_model *model;
    descent_optimizer         *optimizer;
    descent_fit_options        options; /* of one epoch */
    double                     scale, loss_sum;
    descent_dataset (*described)(const struct sample_set *set, double scale);
};

static inline bool train_chunk(struct chunked_file *file, void *context) {
    struct chunk_training *training = context;
    descent_fit_result     result = {.struct_size = sizeof result};
    descent_dataset        data = training->described(&file->samples, training->scale);
    if (MODEL_CALL(training->model, fit, training->optimizer, &data, &training->options, NULL, NULL) != DESCENT_OK ||
        MODEL_CALL(training->model, fit_result, &result) != DESCENT_OK)
        return library_failed("train");
    training->options.seed++;
    training->loss_sum += result.loss * (double)file->samples.count;
    return true;
}

/* Epochs with a row for each. The loss of the training set in it is that of the chunks while they were learned. */
static inline bool fit_chunks(struct chunked_file *file, struct schema *schema, struct chunk_training *training,
                              uint32_t epochs, struct observer *observer) {
    const double start = now();
    training->options.epochs = 1;
    for (uint32_t epoch = 1; epoch <= epochs; epoch++) {
        char text[16];
        training->loss_sum = 0;
        if (!go_through_chunks(file, schema, train_chunk, training)) return false;
        observer->training_loss = training->loss_sum / (double)file->count;
        snprintf(text, sizeof text, "%" PRIu32, epoch);
        if ((has_row(epoch) || epoch == epochs) && !print_row(observer, text, NAN, now() - start)) return false;
        if (!isfinite(observer->training_loss))
            return fputs("the loss is no longer finite: try a smaller --learning-rate\n", stderr), false;
    }
    return true;
}

#endif
