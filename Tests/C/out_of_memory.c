/*
 * Without memory: whichever allocation of a call fails, the call says so, changes nothing and loses no block, and the same
 * call then gives the same bits as if nothing had been. Calls that are said to allocate nothing do so.
 */
#define _POSIX_C_SOURCE 200809L

#include "counted_memory.h"
#include "linear_calls.h"

static float   features[SAMPLES * DIMENSION];
static uint8_t bytes[SAMPLES * DIMENSION];
static int32_t labels[SAMPLES];
static double  weights[SAMPLES], targets[SAMPLES * OUTPUTS];

static double parabola(size_t n, const double *x, double *gradient, void *context) {
    double sum = 0;
    (void)context;
    out.evaluations++;
    for (size_t i = 0; i < n; i++) {
        sum += (x[i] - 1) * (x[i] - 1);
        if (gradient != NULL) gradient[i] = 2 * (x[i] - 1);
    }
    return sum;
}

/* ---- Calls on optimizers ---- */

static descent_status create(void) { return descent_optimizer_create(algorithm, &new_optimizer); }
static descent_status step(void) { return descent_optimizer_step(optimizer, tensors, TENSORS); }
static descent_status use_average(void) { return descent_optimizer_use_average(optimizer, tensors, TENSORS, true); }
static descent_status set(void) { return descent_optimizer_set(optimizer, DESCENT_LEARNING_RATE, 0.5); }
static descent_status set_group(void) { return descent_optimizer_set_group(optimizer, 1, DESCENT_LEARNING_RATE, 0.5); }
static descent_status get(void) { return descent_optimizer_get(optimizer, DESCENT_CLIP_NORM, &out.value); }
static descent_status get_group(void) { return descent_optimizer_get_group(optimizer, 0, DESCENT_CLIP_NORM, &out.value); }
static descent_status learning_rate(void) { return descent_optimizer_learning_rate(optimizer, &out.value); }
static descent_status report_loss(void) { return descent_optimizer_report_loss(optimizer, 1); }
static descent_status reset(void) { return descent_optimizer_reset(optimizer); }

/* The first ones of the tensors, one of which is passed by if that is wanted. */
static descent_status call_with_parameters(bool steps, size_t count, bool skips) {
    descent_parameter parameters[TENSORS];
    memset(parameters, 0, sizeof parameters);
    for (size_t i = 0; i < count; i++) {
        const descent_tensor tensor = tensors[i];
        parameters[i].struct_size = sizeof parameters[i];
        parameters[i].values = tensor.values;
        parameters[i].gradient = skips && i == 1 ? NULL : tensor.gradient;
        parameters[i].rows = tensor.rows;
        parameters[i].columns = tensor.columns;
        parameters[i].dtype = parameters[i].gradient_dtype = tensor.dtype;
    }
    return steps ? descent_optimizer_step_parameters(optimizer, parameters, count)
                 : descent_optimizer_prepare(optimizer, parameters, count);
}
static descent_status step_parameters_of(size_t count, bool skips) {
    return call_with_parameters(true, count, skips);
}
static descent_status prepare_state(void) { return call_with_parameters(false, TENSORS, false); }
static void prepare_before(void) { CHECK_OK(prepare_state()); }
static descent_status set_step_count(void) {
    return descent_optimizer_set_tensor_number(optimizer, 0, 0, "step_count", 3);
}
static descent_status step_parameters(void) { return step_parameters_of(TENSORS, false); }
static descent_status skip_parameter(void) { return step_parameters_of(TENSORS, true); }
static void step_fewer(void) { CHECK_OK(step_parameters_of(TENSORS - 1, false)); }
static void skip_before(void) { CHECK_OK(skip_parameter()); }

static void step_before(void) { CHECK_OK(step()); }
/* All that can be added to a step and needs memory. */
static void add_to_steps(void) {
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_AVERAGE, DESCENT_AVERAGE_EMA));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_LOOKAHEAD_STEPS, 1));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_ACCUMULATE_STEPS, 2));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_ADAPTIVE_CLIP, 0.1));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_CAUTIOUS, 1));
}
static void track_health(void) { CHECK_OK(descent_optimizer_set(optimizer, DESCENT_TRACK_HEALTH, 1)); }
static void step_and_add(void) {
    CHECK_OK(step());
    add_to_steps();
}
static void step_and_track_health(void) {
    step_before();
    track_health();
}
/* Then the list of groups is full, unless it has grown before. */
static void fill_groups(void) {
    for (uint32_t group = 2; group < 6; group++)
        CHECK_OK(descent_optimizer_set_group(optimizer, group, DESCENT_LEARNING_RATE, group));
}

/* ---- Calls with functions ---- */

static descent_stop stop = {.struct_size = sizeof stop, .max_steps = STEPS, .best_x = out.best_x};

static descent_status minimize(void) {
    return descent_minimize(optimizer, N, out.x, parabola, NULL, &stop, count_report, NULL, &out.result);
}
static descent_status minimize_numerically(void) {
    return descent_minimize_numerically(optimizer, N, out.x, parabola, NULL, DESCENT_CENTRAL, 0, &stop, count_report, NULL,
                                        &out.result);
}
static const double lower[N] = {0}, upper[N] = {1.5, 1};
static descent_status minimize_bounded(void) {
    return descent_minimize_bounded(optimizer, N, out.x, lower, NULL, parabola, NULL, &stop, count_report, NULL, &out.result);
}
static descent_status minimize_bounded_numerically(void) {
    return descent_minimize_bounded_numerically(optimizer, N, out.x, NULL, upper, parabola, NULL, DESCENT_CENTRAL, 0, &stop,
                                                count_report, NULL, &out.result);
}
static descent_status learning_rate_range(void) {
    return descent_learning_rate_range(optimizer, N, out.x, parabola, NULL, &range_options, out.rates, out.losses, &out.count,
                                       &out.proposal);
}
static descent_status numeric_gradient(void) {
    return descent_numeric_gradient(N, out.x, parabola, NULL, DESCENT_FORWARD, 0, out.gradient);
}
static descent_status gradient_check(void) { return descent_gradient_check(N, out.x, parabola, NULL, 0, &out.report); }
static descent_status gradient_check_subset(void) {
    return descent_gradient_check_subset(N, out.x, parabola, NULL, 0, 2, 1, &out.report);
}
static descent_status random_search(void) {
    return descent_random_search(N, out.x, parabola, NULL, &search_options, count_report, NULL, &out.result);
}

/* ---- Samplers, losses, initialization ---- */

static int32_t sampling;

static descent_status sampler_create(void) {
    if (sampling == DESCENT_SAMPLE_WEIGHTED) return descent_sampler_create_weighted(SAMPLES, BATCH, weights, 1, &new_sampler);
    return descent_sampler_create(SAMPLES, BATCH, sampling, labels, 1, &new_sampler);
}
static descent_status sampler_next(void) { return descent_sampler_next(sampler, out.indices, &out.count); }
static descent_status sampler_seek(void) { return descent_sampler_seek(sampler, 5, 2); }
static descent_status sampler_set_drop_last(void) { return descent_sampler_set_drop_last(sampler, 1); }
static descent_status loss_classify(void) {
    return descent_loss_classify(DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_FLOAT32, SAMPLES, 3, out.scores, labels, out.scores,
                                 &out.value);
}
static descent_status loss_regress(void) {
    return descent_loss_regress(DESCENT_HUBER, DESCENT_FLOAT32, SAMPLES, 3, out.scores, features, out.scores, &out.value);
}
static descent_status loss_regress_with(void) {
    return descent_loss_regress_with(DESCENT_QUANTILE, 0.9, DESCENT_FLOAT32, SAMPLES, 3, out.scores, features, out.scores,
                                     &out.value);
}
static descent_status initialize(void) {
    return descent_initialize(DESCENT_INITIALIZE_HE_NORMAL, DESCENT_FLOAT32, SAMPLES, 3, 1, 1, out.scores);
}

/* ---- Saving ---- */

static descent_status optimizer_save_size(void) { return descent_optimizer_save_size(optimizer, &out.written); }
static descent_status optimizer_save(void) { return descent_optimizer_save(optimizer, out.saved, MOST_SAVED, &out.written); }
static descent_status optimizer_load(void) { return descent_optimizer_load(out.saved, out.written, &new_optimizer); }
static descent_status sampler_save_size(void) { return descent_sampler_save_size(sampler, &out.written); }
static descent_status sampler_save(void) { return descent_sampler_save(sampler, out.saved, MOST_SAVED, &out.written); }
static descent_status sampler_load(void) { return descent_sampler_load(out.saved, out.written, &new_sampler); }
static descent_status optimizer_copy(void) { return descent_optimizer_copy(optimizer, &new_optimizer); }
static descent_status sampler_copy(void) { return descent_sampler_copy(sampler, &new_sampler); }

static descent_status saved_entries(void) {
    size_t count;
    return descent_saved_entries(out.saved, out.written, NULL, 0, &count);
}
static descent_status saved_build(void) {
    static const double value = 1;
    static unsigned char bytes[256];
    const descent_saved_entry entry = {.struct_size = sizeof entry, .dtype = DESCENT_FLOAT64, .name = "value",
                                       .data = &value, .rows = 1, .columns = 1};
    size_t written;
    return descent_saved_build(64, &entry, 1, bytes, sizeof bytes, &written);
}

static void save_optimizer(void) {
    fill_groups();
    step_before();
    CHECK_OK(optimizer_save());
}
static void minimize_before(void) { CHECK_OK(minimize()); }
static void save_minimizer(void) {
    minimize_before();
    CHECK_OK(optimizer_save());
}
static void load_minimizer(void) {
    save_minimizer();
    descent_optimizer_free(optimizer);
    CHECK_OK(descent_optimizer_load(out.saved, out.written, &optimizer));
}
static void save_new_sampler(void) {
    CHECK_OK(sampler_create());
    CHECK_OK(descent_sampler_save(new_sampler, out.saved, MOST_SAVED, &out.written));
    descent_sampler_free(new_sampler);
    new_sampler = NULL;
}

/* ---- Checking a call ---- */

static record before, after, expected;

/* Lets allocations from number `first` to number `last` fail. */
static descent_status call_without_memory(descent_status (*call)(void), long first, long last) {
    allocations = 0;
    fail_from = first;
    fail_before = last + 1;
    const descent_status status = call();
    fail_from = -1;
    return status;
}

static void check_failure(const char *name, void (*prepare)(void), descent_status (*call)(void), long first, long last) {
    make_world();
    if (prepare != NULL) prepare();
    keep_world(&before);
    const long blocks = live_blocks;
    const descent_status status = call_without_memory(call, first, last);
    CHECK(status == DESCENT_ERROR_OUT_OF_MEMORY, "%s: block %ld: %s", name, first, descent_status_name(status));
    CHECK(strstr(descent_last_error(), "memory") != NULL, "%s: \"%s\"", name, descent_last_error());
    CHECK(live_blocks == blocks, "%s: block %ld: %ld blocks remain", name, first, live_blocks - blocks);
    keep_world(&after);
    CHECK(is_same(&before, &after), "%s: block %ld: something has changed", name, first);
    CHECK_OK(call());
    keep_world(&after);
    CHECK(is_same(&expected, &after), "%s: block %ld: not the same afterwards", name, first);
    free_world();
}

enum { NOTHING = 0, SOMETHING = 1 };

static void check(const char *name, int allocates, void (*prepare)(void), descent_status (*call)(void)) {
    const long blocks = live_blocks;
    make_world();
    if (prepare != NULL) prepare();
    allocations = 0;
    CHECK_OK(call());
    const long needed = allocations;
    CHECK((needed > 0) == (allocates == SOMETHING), "%s: %ld allocations", name, needed);
    keep_world(&expected);
    free_world();
    for (long number = 0; number < needed; number++) {
        check_failure(name, prepare, call, number, number);
        check_failure(name, prepare, call, number, INT32_MAX - 1);
    }
    CHECK(live_blocks == blocks, "%s: %ld blocks remain", name, live_blocks - blocks);
}

static void check_optimizers(void) {
    check("create", SOMETHING, NULL, create);
    check("first step", SOMETHING, NULL, step);
    check("first step with health", SOMETHING, track_health, step);
    check("second step", NOTHING, step_before, step);
    if (algorithm == DESCENT_ASGD || algorithm == DESCENT_SCHEDULE_FREE_SGD || algorithm == DESCENT_SCHEDULE_FREE_ADAMW) {
        check("use_average", SOMETHING, step_before, use_average);
    }
    check("second step, first with health", has_everything ? NOTHING : SOMETHING, step_and_track_health, step);
    check("first step with additions", SOMETHING, add_to_steps, step);
    check("second step, first with additions", SOMETHING, step_and_add, step);
    check("first step of parameters", SOMETHING, NULL, step_parameters);
    check("first step that skips one", SOMETHING, NULL, skip_parameter);
    check("second step, first that skips one", algorithm == DESCENT_PRODIGY ? NOTHING : SOMETHING, step_before, skip_parameter);
    check("second step that skips one", NOTHING, skip_before, skip_parameter);
    check("step with one tensor more", SOMETHING, step_fewer, step_parameters);
    check("prepare", SOMETHING, NULL, prepare_state);
    check("set_tensor_number", algorithm == DESCENT_PRODIGY ? NOTHING : SOMETHING, prepare_before, set_step_count);
    check("set", NOTHING, step_before, set);
    check("set_group", has_everything ? NOTHING : SOMETHING, NULL, set_group);
    check("set_group after others", has_everything ? NOTHING : SOMETHING, fill_groups, set_group);
    check("get", NOTHING, NULL, get);
    check("get_group", NOTHING, NULL, get_group);
    check("learning_rate", NOTHING, step_before, learning_rate);
    check("report_loss", NOTHING, step_before, report_loss);
    check("reset", NOTHING, step_before, reset);
    check("optimizer_save_size", NOTHING, step_before, optimizer_save_size);
    check("optimizer_save", NOTHING, step_before, optimizer_save);
    check("optimizer_load", SOMETHING, save_optimizer, optimizer_load);
    check("optimizer_copy", SOMETHING, step_before, optimizer_copy);
    check("saved_entries", NOTHING, save_optimizer, saved_entries);
    check("saved_build", NOTHING, step_before, saved_build);
}

static void check_functions_but_ranges(void) {
    check("minimize", SOMETHING, NULL, minimize);
    check("minimize_numerically", SOMETHING, NULL, minimize_numerically);
    check("minimize_bounded", SOMETHING, NULL, minimize_bounded);
    check("minimize_bounded_numerically", SOMETHING, NULL, minimize_bounded_numerically);
}

static void check_functions(void) {
    check_functions_but_ranges();
    check("learning_rate_range", SOMETHING, NULL, learning_rate_range);
    check("numeric_gradient", SOMETHING, NULL, numeric_gradient);
    check("gradient_check", SOMETHING, NULL, gradient_check);
    check("gradient_check_subset", SOMETHING, NULL, gradient_check_subset);
    check("random_search", SOMETHING, NULL, random_search);
}

/* All that a model can do, with whatever the fit options say. */
static void check_model(const struct model *model, void (*interrupt)(void), void (*prepare)(void)) {
    check(model->name, SOMETHING, NULL, model->create);
    check("set_l2", NOTHING, NULL, model->set_l2);
    check("initialize", NOTHING, NULL, model->initialize);
    const int32_t most = model == &classifiers ? DESCENT_SAMPLE_STRATIFIED : DESCENT_SAMPLE_REPLACEMENT;
    for (int32_t kind = DESCENT_SAMPLE_SHUFFLE; kind <= most; kind++) {
        fit_options.sampling = kind;
        progress = kind == DESCENT_SAMPLE_REPLACEMENT ? NULL : count_report;
        check("fit", SOMETHING, prepare, model->fit);
        check("resume", SOMETHING, interrupt, model->resume);
        check("learning_rate_range", SOMETHING, prepare, model->learning_rate_range);
    }
    check("choose_optimizer", SOMETHING, interrupt, model->choose_optimizer);
    check("evaluate", SOMETHING, interrupt, model->evaluate);
    check("loss_gradient", SOMETHING, interrupt, model->loss_gradient);
    check("scores", SOMETHING, interrupt, model->scores);
    check("predict", SOMETHING, interrupt, model->predict);
    check("exact_parameters", NOTHING, interrupt, model->exact_parameters);
    check("fit_result", NOTHING, interrupt, model->fit_result);
    check("gradient_check", SOMETHING, NULL, model->gradient_check);
    check("random_search", SOMETHING, interrupt, model->random_search);
    check("save_size", NOTHING, interrupt, model->save_size);
    check("save", NOTHING, interrupt, model->save);
    is_interrupted_by = interrupt;
    check("load", SOMETHING, model->save_interrupted, model->load);
    check("copy", SOMETHING, interrupt, model->copy);
}

static void check_classifiers(void) { check_model(&classifiers, interrupt_classifier, NULL); }

/* Standardizing, averages, validation data, patience and weights. */
static void check_all_of_a_fit(void) {
    const descent_dataset former = data;
    const descent_dataset other = data;
    fit_options.standardize = fit_options.check_features = fit_options.average = 1;
    fit_options.validation = &other;
    fit_options.patience = 3;
    data.weights = weights;
    check_model(&classifiers, interrupt_classifier_with_averages, keep_averages);
    check_model(&regressors, interrupt_regressor_with_averages, keep_averages);
    fit_options.sampling = DESCENT_SAMPLE_WEIGHTED;
    check("fit of draws by weight", SOMETHING, keep_averages, regressors.fit);
    check("choose_optimizer for draws", SOMETHING, NULL, regressors.choose_optimizer);
    check("choose_optimizer for draws", SOMETHING, NULL, classifiers.choose_optimizer);
    check("dataset_check", NOTHING, NULL, dataset_check);
    check("set_loss_parameter", NOTHING, NULL, regressor_set_loss_parameter);
    const size_t former_classes = classes;
    classes = 1; /* so many columns */
    check("create_binary", SOMETHING, NULL, classifier_create_binary);
    classes = former_classes;
    data = former;
    descent_fit_options_init(&fit_options);
    fit_options.epochs = 2;
    fit_options.batch_size = 16;
}

/* What goes over shards. A process among several makes the same allocations; in failing_processes.c others wait for it. */
static descent_status sum_over_processes(void) {
    const descent_communicator communicator = {.struct_size = sizeof communicator, .size = 1};
    return descent_communicator_sum(&communicator, DESCENT_FLOAT64, &out.value, 1);
}

static void check_shared_calls(const struct model *model, void (*interrupt)(void), void (*prepare)(void)) {
    check("fit over shards", SOMETHING, prepare, model->fit);
    check("resume over shards", SOMETHING, interrupt, model->resume);
    check("learning_rate_range over shards", SOMETHING, prepare, model->learning_rate_range);
    check("choose_optimizer over shards", SOMETHING, interrupt, model->choose_optimizer);
    check("evaluate over shards", SOMETHING, interrupt, model->evaluate);
    check("loss_gradient over shards", SOMETHING, interrupt, model->loss_gradient);
}

static void check_shards(void) {
    const descent_dataset former = data, other = data;
    fit_options.shards = data.shards = 8;
    fit_options.sampling = DESCENT_SAMPLE_SHUFFLE;
    progress = count_report;
    check_shared_calls(&classifiers, interrupt_classifier, NULL);
    check_shared_calls(&regressors, interrupt_regressor, NULL);
    fit_options.standardize = fit_options.check_features = fit_options.average = 1;
    fit_options.validation = &other;
    data.weights = weights;
    check_shared_calls(&classifiers, interrupt_classifier_with_averages, keep_averages);
    check_shared_calls(&regressors, interrupt_regressor_with_averages, keep_averages);
    check("communicator_sum", SOMETHING, NULL, sum_over_processes);
    data = former;
    descent_fit_options_init(&fit_options);
    fit_options.epochs = 2;
    fit_options.batch_size = 16;
}

static void check_others(void) {
    for (sampling = DESCENT_SAMPLE_SHUFFLE; sampling <= DESCENT_SAMPLE_WEIGHTED; sampling++) {
        check("sampler_create", SOMETHING, NULL, sampler_create);
        check("sampler_load", SOMETHING, save_new_sampler, sampler_load);
    }
    check("sampler_save_size", NOTHING, NULL, sampler_save_size);
    check("sampler_save", NOTHING, NULL, sampler_save);
    check("sampler_copy", SOMETHING, NULL, sampler_copy);
    check("sampler_next", NOTHING, NULL, sampler_next);
    check("sampler_seek", NOTHING, NULL, sampler_seek);
    check("sampler_set_drop_last", NOTHING, NULL, sampler_set_drop_last);
    check("loss_classify", NOTHING, NULL, loss_classify);
    check("loss_regress", NOTHING, NULL, loss_regress);
    check("loss_regress_with", NOTHING, NULL, loss_regress_with);
    check("initialize", NOTHING, NULL, initialize);
}

static long allocations_of(descent_status (*call)(void)) {
    make_world();
    allocations = 0;
    CHECK_OK(call());
    const long made = allocations;
    free_world();
    return made;
}

/* More steps take no more memory. */
static void check_growth(void) {
    fit_options.sampling = DESCENT_SAMPLE_SHUFFLE;
    descent_status (*const calls[])(void) = {minimize, minimize_numerically, random_search, classifier_random_search,
                                             classifier_fit, regressor_fit};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        stop.max_steps = search_options.trials = fit_options.epochs = 2;
        const long few = allocations_of(calls[i]);
        stop.max_steps = search_options.trials = fit_options.epochs = 200;
        const long many = allocations_of(calls[i]);
        CHECK(few == many, "call %zu: %ld allocations in 2 steps, %ld in 200", i, few, many);
    }
}

/* Rows of which every second feature is stored: steps that update some rows of W and make up for the others, and full ones. */
static void check_sparse_rows(void) {
    static int64_t starts[SAMPLES + 1];
    static int32_t columns[SAMPLES * DIMENSION];
    const descent_dataset   former = data;
    const descent_algorithm former_algorithm = algorithm;
    for (int i = 0, count = 0; i < SAMPLES; i++) {
        for (int j = i % 2; j < DIMENSION; j += 2) columns[count++] = j;
        starts[i + 1] = count;
    }
    data.row_starts = starts;
    data.column_indices = columns;
    fit_options.l1 = 0.01;
    static const descent_algorithm algorithms[] = {DESCENT_SGD, DESCENT_ADAGRAD, DESCENT_ADAM};
    for (int i = 0; i < 3; i++) {
        algorithm = algorithms[i];
        fit_options.dense_steps = i == 2;
        check_model(&classifiers, interrupt_classifier, NULL);
        check_model(&regressors, interrupt_regressor, NULL);
        check_growth();
    }
    fit_options.standardize = 1;
    check_classifiers();
    check("dataset_check", NOTHING, NULL, dataset_check);
    fit_options.dense_steps = fit_options.standardize = 0;
    fit_options.l1 = 0;
    algorithm = former_algorithm;
    data = former;
}

static void check_all_algorithms(void (*check_group)(void)) {
    for (size_t i = 0; i < 2 * descent_algorithm_count(); i++) {
        if (descent_algorithm_is_batch(descent_algorithm_at(i / 2))) continue;
        algorithm = descent_algorithm_at(i / 2);
        has_everything = i % 2 == 1;
        check_group();
    }
}

static void regularize(void) { CHECK_OK(descent_regressor_set_l2(regressor, 0.1)); }

static void interrupt_regularized(void) {
    regularize();
    interrupt_regressor();
}

static void check_batch_methods(void) {
    const descent_algorithm former = algorithm;
    has_everything = false;
    fit_options.batch_size = 0;
    fit_options.sampling = DESCENT_SAMPLE_SHUFFLE;
    progress = count_report;
    for (size_t i = 0; i < descent_algorithm_count(); i++) {
        if (!descent_algorithm_is_batch(descent_algorithm_at(i))) continue;
        algorithm = descent_algorithm_at(i);
        if (descent_algorithm_is_for_models(algorithm)) {
            check("regressor_fit", SOMETHING, regularize, regressor_fit);
            check("regressor_resume", SOMETHING, interrupt_regularized, regressor_resume);
            continue;
        }
        check_functions_but_ranges();
        check("a second minimize", SOMETHING, minimize_before, minimize);
        check("optimizer_save", NOTHING, minimize_before, optimizer_save);
        check("optimizer_load", SOMETHING, save_minimizer, optimizer_load);
        check("optimizer_copy", SOMETHING, minimize_before, optimizer_copy);
        check("a minimize after loading", SOMETHING, load_minimizer, minimize);
        check("classifier_fit", SOMETHING, NULL, classifier_fit);
        check("classifier_resume", SOMETHING, interrupt_classifier, classifier_resume);
        check("regressor_fit", SOMETHING, NULL, regressor_fit);
        check_growth();
    }
    algorithm = former;
    fit_options.batch_size = 16;
}

static void make_data(void) {
    for (int i = 0; i < SAMPLES * DIMENSION; i++) {
        bytes[i] = (uint8_t)(i * 37 % 251);
        features[i] = (float)bytes[i] / 64;
    }
    for (int i = 0; i < SAMPLES; i++) {
        labels[i] = i % 3;
        weights[i] = i % 4;
    }
    data.features = features;
    data.labels = labels;
    for (int i = 0; i < SAMPLES * OUTPUTS; i++) targets[i] = i % 5;
    data.targets = targets;
    data.target_dtype = DESCENT_FLOAT64;
    descent_fit_options_init(&fit_options);
    fit_options.epochs = 2;
    fit_options.batch_size = 16;
}

/* OpenBLAS, which methods of matrices load, allocates in its first products and decompositions, and cannot fail. Its kernels
 * for small matrices on processors with AVX-512 do so in every product: let it take others. */
static void load_openblas(void) {
#ifdef __x86_64__
    setenv("OPENBLAS_CORETYPE", "Prescott", 1);
#endif
    for (size_t i = 0; i < descent_algorithm_count(); i++) {
        if (descent_algorithm_is_batch(descent_algorithm_at(i))) continue;
        algorithm = descent_algorithm_at(i);
        for (dtype = DESCENT_FLOAT32; dtype <= DESCENT_FLOAT64; dtype++) {
            lay_out_tensors();
            CHECK_OK(descent_optimizer_create(algorithm, &optimizer));
            for (int steps = 0; steps < 12; steps++) CHECK_OK(step());
            descent_optimizer_free(optimizer);
        }
    }
    optimizer = NULL;
    dtype = DESCENT_FLOAT32;
}

int main(void) {
    puts("without memory"); /* makes the buffer of stdout before the counting starts */
    make_data();
    CHECK_OK(descent_set_thread_count(1)); /* starting another thread allocates, and may fail: few_threads.c */
    load_openblas();
    check_all_algorithms(check_optimizers);
    dtype = DESCENT_FLOAT64;
    check_all_algorithms(check_optimizers);
    check_all_algorithms(check_functions);
    dtype = DESCENT_FLOAT32;
    check_others();
    check_classifiers();
    check_model(&regressors, interrupt_regressor, NULL);
    check_all_of_a_fit();
    check_sparse_rows();
    check_shards();
    check_batch_methods();
    data.dtype = DESCENT_UINT8;
    data.features = bytes;
    data.offset = -1;
    check_classifiers();
    /* OpenBLAS makes its buffers when it is first used, and keeps them. */
    classes = MOST_CLASSES;
    make_world();
    CHECK_OK(classifier_loss_gradient());
    free_world();
    check_classifiers();
    check_growth();
    return check_result("without memory");
}
