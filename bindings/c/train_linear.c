/*
 * Trains a linear classifier or regressor on CSV, svmlight, Vowpal Wabbit's or .npy files, or on images in the formats
 * of MNIST and CIFAR-10, and predicts:
 *
 *     cc train_linear.c -ldescent -lm -o train_linear
 *     ./train_linear --train houses.csv --task regress --target price --save houses.model
 *     ./train_linear --load houses.model --predict new.csv --out prices.csv
 *
 * --help lists the options. Exit status: 0, 1 for a failure, 2 for a command line that is wrong.
 */
#define _POSIX_C_SOURCE 200809L

#include "chunked_fit.h"
#include "command_help.h"
#include "linear_model.h"
#include "npy_file.h"
#include "sample_split.h"

#include <descent.h>
#include <math.h>

enum { EXIT_GOOD = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* All that a run has. */
struct run {
    struct command_line line;
    struct schema       schema;
    struct sample_set   train, validation, test, predicted;
    struct chunked_file chunked; /* instead of train, with --chunk */
    struct linear_model model;
    descent_optimizer  *optimizer;
    double              scale; /* what every feature is multiplied by */
};

static descent_dataset as_dataset(const struct sample_set *set, double scale) {
    return (descent_dataset){.struct_size = sizeof(descent_dataset), .dtype = set->dtype, .features = set->features,
                             .labels = set->labels, .samples = set->count, .dimension = set->dimension,
                             .scale = (float)scale, .offset = 0, .targets = set->targets,
                             .target_dtype = DESCENT_FLOAT64, .weights = set->weights,
                             .row_starts = set->row_starts, .column_indices = set->columns,
                             .stored_count = set->entry_count};
}

/* ---- the data ---- */

static bool read_weights(struct run *run) {
    if (run->line.weights == NULL || run->schema.weights_name != NULL) return true;
    return read_weights_file(run->line.weights, &run->train);
}

static bool read_training_data(struct run *run) {
    struct command_line *line = &run->line;
    const char *directory = line->data != NULL ? line->data : DEFAULT_DATA;
    bool named = line->train.images.count > 0;
    run->scale = 1 / (line->feature_maximum > 0 ? line->feature_maximum : 1);
    if (line->chunk > 0) {
        run->chunked = (struct chunked_file){.path = line->train.images.texts[0], .chunk = line->chunk};
        return survey_chunks(&run->chunked, &run->schema);
    }
    bool good = (named || find_data_set(directory, &line->train, &line->test)) &&
                read_sample_set(&line->train, &run->train, &run->schema);
    if (!good && !named)
        fputs(line->data != NULL
                  ? "--data names a directory, --train a file\n"
                  : "--train names a file, --data another directory; the package dataset-fashion-mnist has the default one\n",
              stderr);
    if (!good || !read_weights(run)) return false;
    double maximum = line->feature_maximum > 0 ? line->feature_maximum : run->train.dtype == DESCENT_UINT8 ? 255 : 1;
    run->scale = 1 / maximum;
    if (line->validation_fraction > 0)
        return split_samples(&run->train, &run->schema, line->validation_fraction, line->fit.seed, &run->validation);
    return line->validation.images.count == 0 || read_sample_set(&line->validation, &run->validation, &run->schema);
}

static bool read_other_data(struct run *run) {
    run->predicted.is_unlabelled = true;
    return (run->line.test.images.count == 0 || read_sample_set(&run->line.test, &run->test, &run->schema)) &&
           (run->line.predict.images.count == 0 || read_sample_set(&run->line.predict, &run->predicted, &run->schema));
}

/* ---- the training ---- */

static bool make_model(struct run *run) {
    const struct command_line *line = &run->line;
    descent_status status = create_model(&run->schema, line->loss, &run->model);
    if (status == DESCENT_OK && !isnan(line->loss_parameter))
        status = descent_regressor_set_loss_parameter(run->model.regressor, line->loss_parameter);
    if (status == DESCENT_OK) status = MODEL_CALL(&run->model, set_l2, line->l2);
    if (status == DESCENT_OK) status = MODEL_CALL(&run->model, initialize, line->standard_deviation, line->fit.seed);
    return status == DESCENT_OK || library_failed("make the model");
}

/* FTRL-Proximal has an l1 of its own, which is that of the fit. */
static bool give_own_l1(struct run *run) {
    double minimum, maximum, usual, *l1 = &run->line.fit.l1;
    const descent_algorithm algorithm = run->line.algorithm;
    if (*l1 == 0 || descent_algorithm_is_batch(algorithm) ||
        descent_option_range(algorithm, DESCENT_L1, &minimum, &maximum, &usual) != DESCENT_OK)
        return true;
    if (descent_optimizer_set(run->optimizer, DESCENT_L1, *l1) != DESCENT_OK)
        return fprintf(stderr, "%s\n", descent_last_error()), false;
    *l1 = 0;
    return true;
}

/* The optimizer that is named, before the data are read: its options may be wrong. */
static bool make_optimizer(struct run *run) {
    const struct command_line *line = &run->line;
    if (line->algorithm == 0) return true;
    if (descent_optimizer_create(line->algorithm, &run->optimizer) != DESCENT_OK)
        return library_failed("make the optimizer");
    for (size_t i = 0; i < line->optimizer_option_count; i++) {
        const struct optimizer_option *option = &line->optimizer_options[i];
        if (descent_optimizer_set(run->optimizer, option->option, option->value) == DESCENT_OK) continue;
        fprintf(stderr, "%s (--help lists all options)\n", descent_last_error());
        return false;
    }
    return give_own_l1(run);
}

/* Settings of the user's stay as they are. */
static bool choose_optimizer(struct run *run, const descent_dataset *data, descent_fit_options *fit) {
    const uint32_t patience = fit->patience;
    const double   tolerance = fit->tolerance;
    if (run->optimizer != NULL) return true;
    if (fit->epochs == NOT_GIVEN) fit->epochs = 0;
    if (fit->batch_size == NOT_GIVEN) fit->batch_size = 0;
    fit->patience = 0;
    fit->tolerance = 0;
    if (MODEL_CALL(&run->model, choose_optimizer, data, fit, &run->optimizer) != DESCENT_OK)
        return library_failed("choose an optimizer");
    if (data->row_starts != NULL) fit->standardize = run->line.standardize; /* rare features would become large */
    if (patience != NOT_GIVEN) fit->patience = patience;
    if (!isnan(tolerance)) fit->tolerance = tolerance;
    return true;
}

static void print_setting(const struct run *run, const descent_fit_options *fit) {
    descent_algorithm algorithm = descent_optimizer_algorithm(run->optimizer);
    const size_t count = run->train.count + run->chunked.count;
    printf("%zu training and %zu test samples, %zu features", count, run->test.count, run->schema.dimension);
    if (!run->schema.regresses) printf(", %zu classes", run->schema.class_count);
    printf("\n%s, ", descent_loss_name(run->line.loss));
    if (fit->l1 > 0) printf("l1 %g, ", fit->l1);
    printf("l2 %g; %s, batches of %zu%s", run->line.l2, descent_algorithm_name(algorithm),
           fit->batch_size == 0 ? count : fit->batch_size, fit->standardize ? ", standardized" : "");
    for (size_t i = 0; i < descent_option_count(); i++) {
        descent_option option = descent_option_at(i);
        double minimum, maximum, usual, value;
        if (descent_optimizer_get(run->optimizer, option, &value) != DESCENT_OK ||
            descent_option_range(algorithm, option, &minimum, &maximum, &usual) != DESCENT_OK)
            continue;
        if (value != usual || !is_common(option)) printf(", %s %g", descent_option_name(option), value);
    }
    putchar('\n');
}

static bool fit_in_chunks(struct run *run, const descent_dataset *test) {
    struct observer observer = {.model = &run->model, .test = run->test.count > 0 ? test : NULL};
    struct chunk_training training = {.model = &run->model, .optimizer = run->optimizer, .options = run->line.fit,
                                      .scale = run->scale, .described = as_dataset};
    print_setting(run, &run->line.fit);
    print_heading(&run->model);
    return fit_chunks(&run->chunked, &run->schema, &training, run->line.fit.epochs, &observer) &&
           (run->line.fit.l1 == 0 || print_zeros(&run->model, &run->schema));
}

static bool fit(struct run *run) {
    descent_dataset train = as_dataset(&run->train, run->scale), test = as_dataset(&run->test, run->scale);
    descent_dataset validation = as_dataset(&run->validation, run->scale);
    descent_fit_options options = run->line.fit;
    struct observer observer = {.model = &run->model, .train = &train, .test = run->test.count > 0 ? &test : NULL,
                                .draws_bar = isatty(STDERR_FILENO) == 1};
    if (run->line.chunk > 0) return fit_in_chunks(run, &test);
    if (run->validation.count > 0) options.validation = &validation;
    if (!choose_optimizer(run, &train, &options)) return false;
    print_setting(run, &options);
    print_heading(&run->model);
    double start = now();
    if (MODEL_CALL(&run->model, fit, run->optimizer, &train, &options, after_step, &observer) != DESCENT_OK)
        return !observer.failed && library_failed("train");
    return print_row(&observer, "end", NAN, now() - start) &&
           print_result(&run->model, &run->schema, options.validation != NULL) &&
           (options.l1 == 0 || print_zeros(&run->model, &run->schema));
}

static bool save_weights(const char *path, const struct run *run) {
    float *weights, *bias;
    if (MODEL_CALL(&run->model, parameters, &weights, &bias) != DESCENT_OK) return library_failed("read the weights");
    return save_npy(path, weights, bias, run->schema.dimension + 1, count_outputs(&run->schema));
}

static bool save(const char *path, const struct run *run) {
    if (path == NULL) return true;
    return format_of(path) == NPY ? save_weights(path, run) : save_model(path, &run->model, &run->schema, run->scale);
}

/* ---- predictions ---- */

/* A field of a CSV file, quoted if it must be. */
static void print_field(FILE *stream, const char *text) {
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, stream);
        return;
    }
    putc('"', stream);
    for (; *text != '\0'; text++) fputs(*text == '"' ? "\"\"" : (char[]){*text, '\0'}, stream);
    putc('"', stream);
}

static bool write_predictions(const char *path, const struct schema *schema, const void *predictions, size_t count) {
    struct new_file file;
    if (!open_new_file(path, &file)) return false;
    print_field(file.stream, schema->target_name != NULL ? schema->target_name : "prediction");
    putc('\n', file.stream);
    for (size_t i = 0; i < count; i++) {
        if (schema->regresses) fprintf(file.stream, "%.9g", (double)((const float *)predictions)[i]);
        else print_field(file.stream, schema->classes[((const int32_t *)predictions)[i]].name);
        putc('\n', file.stream);
    }
    if (ferror(file.stream)) return new_file_error(&file, "write");
    return finish_new_file(&file);
}

static bool predict(const struct run *run) {
    if (run->line.out == NULL) return true;
    descent_dataset data = as_dataset(&run->predicted, run->scale);
    if (descent_dataset_check(&data, 1) != DESCENT_OK) return library_failed("predict");
    void *predictions = malloc(data.samples * sizeof(int32_t)); /* or float, of the same size */
    bool  good = predictions != NULL || file_error(run->line.out, "out of memory for the predictions");
    if (good && predict_samples(&run->model, &data, predictions) != DESCENT_OK) good = library_failed("predict");
    good = good && write_predictions(run->line.out, &run->schema, predictions, data.samples);
    free(predictions);
    return good;
}

/* ---- all of it ---- */

static bool load_and_evaluate(struct run *run) {
    char text[64];
    if (!load_model(run->line.load, &run->model, &run->schema, &run->scale) || !read_other_data(run)) return false;
    if (run->test.count == 0) return true;
    descent_dataset test = as_dataset(&run->test, run->scale);
    if (!evaluate(&run->model, &test, text)) return false;
    printf("%zu test samples: loss and %s %s\n", run->test.count, run->schema.regresses ? "R2" : "accuracy", text);
    return true;
}

static bool work(struct run *run) {
    const char *results[] = {run->line.save, run->line.out};
    for (size_t i = 0; i < 2; i++)
        if (results[i] != NULL && !check_that_file_can_be_made(results[i])) return false;
    if (run->line.load != NULL) return load_and_evaluate(run) && predict(run);
    run->schema.regresses = run->line.task == REGRESS;
    run->schema.target = run->line.target;
    run->schema.weights = run->line.weights;
    run->schema.text_bits = run->line.hash_bits > 0 ? run->line.hash_bits : DEFAULT_HASH_BITS;
    run->schema.normalizes = run->line.normalize;
    return read_training_data(run) && read_other_data(run) && make_model(run) && fit(run) &&
           save(run->line.save, run) && predict(run);
}

static void free_run(struct run *run) {
    struct sample_set *sets[] = {&run->train, &run->validation, &run->test, &run->predicted, &run->chunked.samples};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) free_sample_set(sets[i]);
    free_model(&run->model);
    free_schema(&run->schema);
    descent_optimizer_free(run->optimizer);
    free_command_line(&run->line);
}

int main(int argument_count, char **arguments) {
    struct run run = {.scale = 1};
    int status = EXIT_GOOD;
    if (!read_command_line(&run.line, argument_count, arguments) || !make_optimizer(&run))
        status = EXIT_USAGE;
    else if (run.line.help)
        print_help();
    else if (run.line.version)
        printf("libdescent %s (%s)\n", descent_version_string(), descent_active_isa());
    else if (!work(&run))
        status = EXIT_FAILED;
    free_run(&run);

    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("standard output");
        status = EXIT_FAILED;
    }
    return status;
}
