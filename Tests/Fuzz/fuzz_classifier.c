/*
 * Calls on classifiers, in any order and with any arguments but invalid pointers.
 */
#include "choices.h"
#include "saved.h"

enum { MOST_CALLS = 30, MOST_DIMENSION = 24, MOST_CLASSES = 20, WIDE = 60, MOST_SAMPLES = 90 };

static struct {
    descent_classifier *classifier;
    descent_optimizer  *optimizer;
    size_t              dimension, classes, outputs; /* outputs: the columns of W */
    descent_dataset     data;
    bool                has_bits; /* the same everywhere: not OpenBLAS's */
} made;

static void add_loss(double value) {
    if (made.has_bits) add_double(value);
}

static void add_floats(const void *numbers, size_t count) {
    if (made.has_bits) add_array(numbers, DESCENT_FLOAT32, count);
}

static void add_parameters(void) {
    float *weights, *bias;
    if (descent_classifier_parameters(made.classifier, &weights, &bias) != DESCENT_OK) return;
    add_floats(weights, made.dimension * made.outputs);
    add_floats(bias, made.outputs);
}

/* A copy of W and b. */
static void *parameters(void) {
    float *weights, *bias;
    if (descent_classifier_parameters(made.classifier, &weights, &bias) != DESCENT_OK) return NULL;
    const size_t of_weights = made.dimension * made.outputs * sizeof *weights;
    char *copy = memory(of_weights + made.outputs * sizeof *bias, 0);
    memcpy(copy, weights, of_weights);
    memcpy(copy + of_weights, bias, made.outputs * sizeof *bias);
    return copy;
}

static void check_unchanged(const void *before) {
    if (before == NULL) return;
    EXPECT(memcmp(before, parameters(), (made.dimension + 1) * made.outputs * sizeof(float)) == 0, "W or b has changed");
}

/* ---- Making things ---- */

static void create_classifier(input *in) {
    descent_classifier *classifier = NULL;
    size_t dimension = 1 + take_up_to(in, MOST_DIMENSION - 1), classes = 1 + take_up_to(in, MOST_CLASSES - 1);
    if (take_chance(in, 64)) classes = WIDE;
    if (take_chance(in, 64)) dimension = take_chance(in, 2) ? 0 : take_huge(in);
    if (take_chance(in, 64)) classes = take_chance(in, 2) ? 0 : take_huge(in);
    const descent_loss loss = (descent_loss)(take_chance(in, 32) ? take_32(in) : 1 + take_up_to(in, 2));
    const bool has_out = !take_chance(in, 64);
    const bool is_binary = take_chance(in, 4);
    descent_classifier **out = has_out ? &classifier : NULL;
    const descent_status status = noted(is_binary ? descent_classifier_create_binary(dimension, loss, out)
                                                  : descent_classifier_create(dimension, classes, loss, out));
    EXPECT((status == DESCENT_OK) == (classifier != NULL), "status %d", (int)status);
    if (status != DESCENT_OK) return;
    descent_classifier_free(made.classifier);
    made.classifier = classifier;
    made.dimension = dimension;
    made.classes = is_binary ? 2 : classes;
    made.outputs = is_binary ? 1 : classes;
    made.has_bits = made.outputs < WIDE;
}

static void create_optimizer(input *in) {
    descent_optimizer_free(made.optimizer);
    made.optimizer = NULL;
    noted(descent_optimizer_create(take_algorithm(in), &made.optimizer));
    set_options(in, made.optimizer);
}

/* How much the samples count, some of them 0; now and then one that is wrong. */
static const double *take_weights(input *in, size_t samples) {
    double *weights = memory(samples * sizeof *weights, 0);
    for (size_t i = 0; i < samples; i++) weights[i] = (double)(i * 2654435761u >> 20 & 3) / 2;
    weights[0] = 1;
    if (take_chance(in, 16)) weights[take_byte(in) % samples] = take_double(in);
    return weights;
}

static void make_data(input *in) {
    descent_dataset *data = &made.data;
    data->struct_size = sizeof *data;
    data->dtype = take_chance(in, 3) ? DESCENT_UINT8 : take_chance(in, 3) ? DESCENT_FLOAT64 : DESCENT_FLOAT32;
    data->samples = 1 + take_up_to(in, MOST_SAMPLES - 1);
    data->dimension = made.dimension;
    data->scale = take_chance(in, 3) ? (float)take_double(in) : 1;
    data->offset = take_chance(in, 4) ? (float)take_double(in) : 0;
    const size_t count = data->samples * data->dimension, size = size_of(data->dtype);
    char *features = memory(count * size, take_up_to(in, 3));
    for (size_t i = 0; i < count; i++) {
        if (size == 1) features[i] = (char)(i * 2654435761u >> 20);
        else set_number(features, data->dtype, i, (double)(i * 2654435761u >> 20 & 255) / 128 - 1);
    }
    if (size > 1 && take_chance(in, 4)) set_number(features, data->dtype, take_byte(in) % count, take_double(in));
    int32_t *labels = memory(data->samples * sizeof *labels, 0);
    for (size_t i = 0; i < data->samples; i++) labels[i] = (int32_t)(i * 5 / 3 % (made.classes == 0 ? 1 : made.classes));
    if (take_chance(in, 16)) labels[take_byte(in) % data->samples] = (int32_t)take_32(in);
    data->features = features;
    data->labels = labels;
    data->weights = take_chance(in, 3) ? take_weights(in, data->samples) : NULL;
}

/* The data, or now and then data with something wrong. */
static const descent_dataset *take_data(input *in) {
    if (!take_chance(in, 8)) return &made.data;
    descent_dataset *data = copy_of(&made.data, sizeof made.data);
    switch (take_up_to(in, 8)) {
    case 0: data->struct_size = take_wrong_size(in); break;
    case 1: data->dtype = (descent_dtype)take_number(in, 4); break;
    case 2: data->features = NULL; break;
    case 3: data->labels = NULL; break;
    case 4: data->samples = take_chance(in, 2) ? 0 : take_huge(in); break;
    case 5: data->dimension = take_chance(in, 2) ? 0 : take_huge(in); break;
    case 6: data->scale = (float)take_double(in); break;
    case 7: data->offset = (float)take_double(in); break;
    default: return NULL;
    }
    /* What is not refused must be true. */
    if (size_of(data->dtype) > size_of(made.data.dtype)) data->features = NULL;
    return data;
}

static descent_fit_options *take_fit_options(input *in) {
    descent_fit_options *options = memory(sizeof *options, 0);
    descent_fit_options_init(options);
    options->epochs = 1 + (uint32_t)take_up_to(in, 2);
    options->batch_size = (uint32_t)take_up_to(in, 40);
    options->seed = take_byte(in);
    options->sampling = (int32_t)take_number(in, 4);
    if (options->sampling == 0) options->sampling = DESCENT_SAMPLE_SHUFFLE;
    options->standardize = take_chance(in, 3);
    options->check_features = take_chance(in, 4);
    options->average = take_chance(in, 8);
    options->patience = (uint32_t)take_up_to(in, 2);
    if (take_chance(in, 4)) options->validation = take_data(in);
    if (take_chance(in, 8)) options->tolerance = take_double(in);
    if (!take_chance(in, 16)) return options;
    switch (take_up_to(in, 3)) {
    case 0: options->struct_size = take_wrong_size(in); break;
    case 1: options->epochs = 0; break;
    case 2: options->reserved = take_32(in); break;
    default: options->batch_size = take_32(in);
    }
    return options;
}

/* ---- Calls ---- */

/* In a callback the classifier may be used. */
typedef struct fit_watcher {
    watcher watcher;
    bool    uses;
} fit_watcher;

static void use(const descent_dataset *data) {
    double   loss = 0, accuracy = 0;
    float   *scores = memory(data->samples * made.outputs * sizeof *scores, 1);
    int32_t *labels = memory(data->samples * sizeof *labels, 0);
    if (noted(descent_classifier_evaluate(made.classifier, data, &loss, &accuracy)) == DESCENT_OK)
        EXPECT(accuracy >= 0 && accuracy <= 1, "%g", accuracy);
    noted(descent_classifier_scores(made.classifier, data, scores));
    noted(descent_classifier_predict(made.classifier, data, labels));
    for (size_t i = 0; i < data->samples; i++)
        EXPECT(labels[i] >= 0 && (size_t)labels[i] < made.classes, "class %d", (int)labels[i]);
    add_loss(loss);
    add_loss(accuracy);
    add_floats(scores, data->samples * made.outputs);
    if (made.has_bits) add_bytes(labels, data->samples * sizeof *labels);
}

static int32_t watch_search(const descent_progress_report *report, void *context) {
    const uint64_t kept = digest;
    const int32_t  answer = watch(report, context);
    if (!made.has_bits) digest = kept;
    return answer;
}

static int32_t watch_fit(const descent_progress_report *report, void *context) {
    fit_watcher  *watching = context;
    const int32_t answer = watch_search(report, &watching->watcher);
    EXPECT(report->epoch >= 1, "epoch %u", report->epoch);
    if (watching->uses) use(&made.data);
    return answer;
}

static void fit(input *in) {
    fit_watcher watcher = {{take_byte(in) % 8, 0, false}, take_chance(in, 4)};
    const descent_dataset     *data = take_data(in);
    const descent_fit_options *options = take_fit_options(in);
    void *before = parameters();
    const uint64_t steps = descent_optimizer_step_count(made.optimizer);
    const descent_progress progress = take_chance(in, 2) ? watch_fit : NULL;
    if (take_chance(in, 64)) options = NULL;
    watcher.watcher.goes_on = take_chance(in, 3);
    const descent_status status =
        noted((watcher.watcher.goes_on ? descent_classifier_resume : descent_classifier_fit)(
            made.classifier, made.optimizer, data, options, progress, &watcher));
    if (status != DESCENT_OK && status != DESCENT_ERROR_CANCELLED && status != DESCENT_ERROR_NOT_FINITE) {
        check_unchanged(before);
        EXPECT(descent_optimizer_step_count(made.optimizer) == steps, "a step of a call that failed");
    }
    add_parameters();
}

static void use_wrongly(input *in) {
    const descent_dataset *data = take_data(in);
    double loss, accuracy;
    void  *before = parameters();
    noted(descent_classifier_evaluate(made.classifier, data, take_chance(in, 2) ? NULL : &loss, &accuracy));
    const size_t samples = made.data.samples;
    float   *scores = memory(samples * made.outputs * sizeof *scores, 0);
    int32_t *labels = memory(samples * sizeof *labels, 0);
    noted(descent_classifier_scores(made.classifier, data, take_chance(in, 16) ? NULL : scores));
    noted(descent_classifier_predict(made.classifier, data, take_chance(in, 16) ? NULL : labels));
    check_unchanged(before);
}

static void differentiate(input *in) {
    float *weights = memory(made.dimension * made.outputs * sizeof *weights, 0), *bias = memory(made.outputs * sizeof *bias, 0);
    double loss = -7;
    const descent_status status = noted(descent_classifier_loss_gradient(
        made.classifier, take_data(in), take_chance(in, 64) ? NULL : &loss, weights, take_chance(in, 64) ? NULL : bias));
    if (status != DESCENT_OK) EXPECT(loss == -7 && weights[0] == 0, "a call that failed wrote something");
    add_loss(loss);
    add_floats(weights, made.dimension * made.outputs);
    add_floats(bias, made.outputs);
}

static void check_gradient(input *in) {
    descent_gradient_report report = {.struct_size = sizeof report};
    const size_t count = take_chance(in, 16) ? take_huge(in) : take_up_to(in, 30);
    void *before = parameters();
    if (noted(descent_classifier_gradient_check(made.classifier, take_data(in), take_chance(in, 3) ? take_double(in) : 0, count,
                                                take_byte(in), &report)) == DESCENT_OK)
        EXPECT(report.checked == (count == 0 ? (made.dimension + 1) * made.outputs : count), "%zu", report.checked);
    check_unchanged(before);
    add_loss(report.max_relative_error);
    add_loss(report.analytic);
    add_loss(report.numeric);
}

static void search(input *in) {
    descent_result result = {.struct_size = sizeof result};
    descent_search_options options = {sizeof options, (int32_t)take_number(in, 2), take_up_to(in, 10), take_byte(in),
                                      take_double(in)};
    watcher watcher = {take_byte(in) % 8, 0, false};
    void *before = parameters();
    const descent_dataset *data = take_data(in);
    const descent_progress progress = take_chance(in, 2) ? watch_search : NULL;
    if (noted(descent_classifier_random_search(made.classifier, data, &options, progress, &watcher, &result)) != DESCENT_OK)
        check_unchanged(before);
    add_loss(result.value);
    add_parameters();
}

static void range(input *in) {
    descent_range_options options;
    descent_range_options_init(&options);
    options.steps = (uint32_t)take_up_to(in, 30);
    if (take_chance(in, 4)) options.minimum = take_double(in);
    if (take_chance(in, 4)) options.maximum = take_double(in);
    double *rates = memory(options.steps * sizeof *rates, 0), *losses = memory(options.steps * sizeof *losses, 0), proposal = 0;
    size_t  count = 0;
    void   *before = parameters();
    if (noted(descent_classifier_learning_rate_range(made.classifier, made.optimizer, take_data(in), take_fit_options(in),
                                                     &options, rates, losses, &count, &proposal)) == DESCENT_OK)
        EXPECT(count <= options.steps, "%zu", count);
    check_unchanged(before);
    for (size_t i = 0; i < count; i++) add_loss(losses[i]);
    add_loss(proposal);
}

/* Takes the library's choice, and a few epochs of it. */
static void choose(input *in) {
    descent_fit_options *options = take_fit_options(in);
    descent_optimizer   *optimizer = NULL;
    const descent_dataset *data = take_data(in);
    void *before = parameters();
    const descent_status status =
        noted(descent_classifier_choose_optimizer(made.classifier, data, options, take_chance(in, 64) ? NULL : &optimizer));
    EXPECT((status == DESCENT_OK) == (optimizer != NULL), "status %d", (int)status);
    check_unchanged(before);
    if (status != DESCENT_OK) return;
    options->epochs = 2;
    noted(descent_classifier_fit(made.classifier, optimizer, data, options, NULL, NULL));
    descent_fit_result result = {.struct_size = sizeof result};
    EXPECT(descent_classifier_fit_result(made.classifier, &result) == DESCENT_OK, "%s", descent_last_error());
    add_loss(result.loss);
    add_parameters();
    descent_optimizer_free(optimizer);
}

static void look_at_exact_parameters(void) {
    double *weights = memory((made.dimension + 1) * made.outputs * sizeof *weights, 0);
    if (noted(descent_classifier_exact_parameters(made.classifier, weights, weights + made.dimension * made.outputs)) == DESCENT_OK &&
        made.has_bits) add_array(weights, DESCENT_FLOAT64, (made.dimension + 1) * made.outputs);
}

/* Others take the places of classifier and optimizer, which were saved and loaded. */
static void reload(void) {
    if (made.classifier == NULL || made.optimizer == NULL) return;
    /* OpenBLAS's bits are not the same everywhere. */
    const uint64_t      kept = digest;
    descent_classifier *classifier = copy_classifier(made.classifier);
    descent_optimizer  *optimizer = copy_optimizer(made.optimizer);
    if (!made.has_bits) digest = kept;
    descent_classifier_free(made.classifier);
    descent_optimizer_free(made.optimizer);
    made.classifier = classifier;
    made.optimizer = optimizer;
}

static void write_parameter(input *in) {
    float *weights = NULL, *bias = NULL;
    if (noted(descent_classifier_parameters(made.classifier, take_chance(in, 64) ? NULL : &weights, &bias)) != DESCENT_OK)
        return;
    weights[take_byte(in) % (made.dimension * made.outputs)] = (float)take_double(in);
    bias[take_byte(in) % made.outputs] = (float)take_double(in);
}

static void call(input *in) {
    switch (take_up_to(in, 18)) {
    case 0: create_classifier(in); make_data(in); break;
    case 1: create_optimizer(in); break;
    case 2: make_data(in); break;
    case 3: noted(descent_classifier_set_l2(made.classifier, take_double(in))); break;
    case 4: noted(descent_classifier_initialize(made.classifier, take_double(in), take_byte(in))); break;
    case 5: write_parameter(in); break;
    case 6: case 7: case 8: fit(in); break;
    case 9: if (made.data.dimension == made.dimension && made.classifier != NULL) use(&made.data); break;
    case 10: use_wrongly(in); break;
    case 11: differentiate(in); break;
    case 12: check_gradient(in); break;
    case 13: search(in); break;
    case 14: range(in); break;
    case 15: reload(); break;
    case 16: choose(in); break;
    case 17: look_at_exact_parameters(); break;
    default: noted(descent_set_thread_count((int32_t)take_number(in, 3)));
    }
}

static void run_input(input *in) {
    made.dimension = made.classes = made.outputs = 1; /* until there is a classifier */
    create_classifier(in);
    create_optimizer(in);
    make_data(in);
    for (int calls = 0; calls < MOST_CALLS && !is_empty(in); calls++) call(in);
}

static void end_input(void) {
    descent_classifier_free(made.classifier);
    descent_optimizer_free(made.optimizer);
    memset(&made, 0, sizeof made);
    descent_set_thread_count(0);
}
