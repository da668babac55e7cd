/*
 * A program of the first users: it is compiled against the first header, calls every function in it, hands in the
 * structs as large as they were then, and checks what comes out. It is not changed any more, except for mistakes.
 */
#include "check.h"

#include <math.h>
#include <string.h>

static bool is_near(double number, double expected) {
    return fabs(number - expected) <= 1e-6 * fmax(1, fabs(expected));
}

static void use_version_and_errors(void) {
    CHECK(descent_version() >= DESCENT_VERSION, "%u", (unsigned)descent_version());
    CHECK(strchr(descent_version_string(), '.') != NULL, "%s", descent_version_string());
    CHECK(strcmp(descent_status_name(DESCENT_ERROR_CANCELLED), "DESCENT_ERROR_CANCELLED") == 0, "its name");
    CHECK(strlen(descent_active_isa()) > 0, "no instruction set");
    descent_optimizer *none = NULL;
    CHECK(descent_optimizer_create((descent_algorithm)99, &none) == DESCENT_ERROR_INVALID_ARGUMENT, "an algorithm 99");
    CHECK(none == NULL && strlen(descent_last_error()) > 0, "\"%s\"", descent_last_error());
}

static void use_lists(void) {
    descent_algorithm algorithm = 0;
    descent_option    option = 0;
    descent_loss      loss = 0;
    double            minimum, maximum, usual;
    CHECK(descent_algorithm_count() >= 6 && descent_algorithm_at(5) == DESCENT_ADAM, "algorithms");
    CHECK_OK(descent_algorithm_from_name(descent_algorithm_name(DESCENT_RMSPROP), &algorithm));
    CHECK(algorithm == DESCENT_RMSPROP, "%d", (int)algorithm);
    CHECK(strcmp(descent_algorithm_title(DESCENT_RMSPROP), "RMSProp") == 0, "its title");
    CHECK(strlen(descent_algorithm_formula(DESCENT_SGD)) > 0, "no formula");
    CHECK(strcmp(descent_algorithm_state_name(DESCENT_ADAM, 0), "m") == 0, "Adam's first state");

    CHECK(descent_option_count() >= 30 && descent_option_at(0) == DESCENT_LEARNING_RATE, "options");
    CHECK_OK(descent_option_from_name(descent_option_name(DESCENT_CYCLE_RISE), &option));
    CHECK(option == DESCENT_CYCLE_RISE, "%d", (int)option);
    CHECK(descent_option_is_switch(DESCENT_AMSGRAD) && !descent_option_is_switch(DESCENT_RHO), "switches");
    CHECK_OK(descent_option_range(DESCENT_MOMENTUM, DESCENT_MOMENTUM_DECAY, &minimum, &maximum, &usual));
    CHECK(minimum == 0 && maximum < 1 && usual == 0.9, "[%g, %g], %g", minimum, maximum, usual);

    CHECK(descent_loss_count() >= 7 && descent_loss_at(0) == DESCENT_SOFTMAX_CROSS_ENTROPY, "losses");
    CHECK_OK(descent_loss_from_name(descent_loss_name(DESCENT_HUBER), &loss));
    CHECK(loss == DESCENT_HUBER, "%d", (int)loss);
    CHECK(descent_loss_takes_labels(DESCENT_SQUARED_HINGE) && !descent_loss_takes_labels(DESCENT_LOGISTIC), "labels");
}

static void use_optimizer(void) {
    float             values[2] = {4, -3}, gradient[2] = {8, -6};
    descent_tensor    tensor = {values, gradient, 1, 2, DESCENT_FLOAT32, 1};
    descent_optimizer *momentum = NULL;
    descent_health    health = {sizeof health, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    double            number = 0;
    void             *velocity = NULL;
    size_t            count = 0;
    CHECK_OK(descent_optimizer_create(DESCENT_MOMENTUM, &momentum));
    CHECK(descent_optimizer_algorithm(momentum) == DESCENT_MOMENTUM, "another algorithm");
    CHECK_OK(descent_optimizer_set(momentum, DESCENT_LEARNING_RATE, 0.25));
    CHECK_OK(descent_optimizer_get(momentum, DESCENT_LEARNING_RATE, &number));
    CHECK(number == 0.25, "%g", number);
    CHECK_OK(descent_optimizer_set_group(momentum, 1, DESCENT_LEARNING_RATE, 0.5));
    CHECK_OK(descent_optimizer_get_group(momentum, 1, DESCENT_LEARNING_RATE, &number));
    CHECK(number == 0.5, "%g", number);
    CHECK_OK(descent_optimizer_set(momentum, DESCENT_TRACK_HEALTH, 1));
    CHECK_OK(descent_optimizer_step(momentum, &tensor, 1));
    CHECK(values[0] == 0 && values[1] == 0, "%g, %g", values[0], values[1]);
    CHECK(descent_optimizer_step_count(momentum) == 1, "steps");
    CHECK_OK(descent_optimizer_state(momentum, 0, "velocity", &velocity, &count));
    CHECK(count == 2 && ((float *)velocity)[0] == -4, "%zu numbers", count);
    CHECK_OK(descent_optimizer_health(momentum, &health));
    CHECK(health.step == 1 && is_near(health.gradient_norm, 10) && is_near(health.update_ratio, 1), "its health");
    CHECK_OK(descent_optimizer_set(momentum, DESCENT_SCHEDULE, DESCENT_SCHEDULE_PLATEAU));
    CHECK_OK(descent_optimizer_report_loss(momentum, 1));
    CHECK_OK(descent_optimizer_learning_rate(momentum, &number));
    CHECK(number == 0.25, "%g", number);
    CHECK_OK(descent_optimizer_reset(momentum));
    CHECK(descent_optimizer_step_count(momentum) == 0, "steps after a reset");
    descent_optimizer_free(momentum);
}

static void use_losses(void) {
    const double  scores[4] = {3, 1, 2, 2}, predictions[2] = {1, 2}, targets[2] = {0, 4};
    const int32_t labels[2] = {0, 1};
    double        gradient[4], value = 0;
    CHECK_OK(descent_loss_classify(DESCENT_MULTICLASS_HINGE, DESCENT_FLOAT64, 2, 2, scores, labels, gradient, &value));
    CHECK(value == 0.5 && gradient[2] == 0.5, "%g", value);
    CHECK_OK(
        descent_loss_regress(DESCENT_SQUARED_ERROR, DESCENT_FLOAT64, 2, 1, predictions, targets, gradient, &value));
    CHECK(value == 2.5 && gradient[1] == -2, "%g", value);
}

enum { SAMPLES = 6, DIMENSION = 2, CLASSES = 2 };

static int32_t count_steps(const descent_progress_report *report, void *context) {
    CHECK(report->struct_size >= sizeof *report, "a report of %u bytes", (unsigned)report->struct_size);
    CHECK(report->epoch >= 1 && report->step <= report->step_total && report->noise_scale >= 0, "a report");
    *(int *)context += 1;
    return 0;
}

static void use_classifier(void) {
    const uint8_t         features[SAMPLES * DIMENSION] = {0, 10, 1, 11, 2, 12, 10, 0, 11, 1, 12, 2};
    const int32_t         labels[SAMPLES] = {0, 0, 0, 1, 1, 1};
    const descent_dataset data = {sizeof data, DESCENT_UINT8, features, labels, SAMPLES, DIMENSION, 0.1f, 0};
    descent_classifier   *classifier = NULL;
    descent_optimizer    *sgd = NULL;
    descent_fit_options   options;
    int                   steps = 0;
    double                loss = 1, accuracy = 0;
    float                 scores[SAMPLES * CLASSES], slopes[DIMENSION * CLASSES], bias_slopes[CLASSES], *weights, *bias;
    int32_t               predicted[SAMPLES];
    CHECK_OK(descent_classifier_create(DIMENSION, CLASSES, DESCENT_SOFTMAX_CROSS_ENTROPY, &classifier));
    CHECK_OK(descent_optimizer_create(DESCENT_SGD, &sgd));
    CHECK_OK(descent_optimizer_set(sgd, DESCENT_LEARNING_RATE, 1));
    CHECK_OK(descent_classifier_set_l2(classifier, 1e-6));
    CHECK_OK(descent_classifier_initialize(classifier, 0.01, 7));
    descent_fit_options_init(&options);
    CHECK(options.struct_size == sizeof options && options.epochs == 10, "the default options");
    options.batch_size = 3;
    options.sampling = DESCENT_SAMPLE_STRATIFIED;
    CHECK_OK(descent_classifier_fit(classifier, sgd, &data, &options, count_steps, &steps));
    CHECK(steps == 20, "%d", steps);
    CHECK_OK(descent_classifier_evaluate(classifier, &data, &loss, &accuracy));
    CHECK(loss < 0.1 && accuracy == 1, "%g, %g", loss, accuracy);
    CHECK_OK(descent_classifier_loss_gradient(classifier, &data, &loss, slopes, bias_slopes));
    CHECK(is_near(bias_slopes[0], -bias_slopes[1]), "%g, %g", bias_slopes[0], bias_slopes[1]);
    CHECK_OK(descent_classifier_scores(classifier, &data, scores));
    CHECK_OK(descent_classifier_predict(classifier, &data, predicted));
    CHECK(memcmp(predicted, labels, sizeof labels) == 0 && scores[0] > scores[1], "the predictions");
    CHECK_OK(descent_classifier_parameters(classifier, &weights, &bias));
    CHECK(is_near(scores[1], 0.1f * 10 * weights[3] + bias[1]), "%g", scores[1]);

    descent_gradient_report report = {sizeof report, 0, 1, 0, 0, 0, 0, 0};
    CHECK_OK(descent_classifier_gradient_check(classifier, &data, 0, 0, 1, &report));
    CHECK(report.checked == 6 && report.max_relative_error < 1e-4, "%g", report.max_relative_error);

    descent_range_options range;
    double                rates[200], losses[200], proposal = 0;
    size_t                count = 0;
    descent_range_options_init(&range);
    CHECK(range.struct_size == sizeof range && range.steps == 200, "the default range");
    CHECK_OK(descent_classifier_learning_rate_range(classifier, sgd, &data, &options, &range, rates, losses, &count,
                                                    &proposal));
    CHECK(count > 1 && rates[0] == range.minimum, "%zu steps", count);

    const descent_search_options search = {sizeof search, DESCENT_SEARCH_LOCAL, 10, 3, 0.1};
    descent_result               result = {sizeof result, 0, 0, 0, 0, 0, 0};
    CHECK_OK(descent_classifier_random_search(classifier, &data, &search, NULL, NULL, &result));
    CHECK(result.reason == DESCENT_REACHED_STEPS && result.value <= loss, "%g", result.value);
    descent_optimizer_free(sgd);
    descent_classifier_free(classifier);
}

/* (x - 1)^2 + (y + 2)^2. */
static double bowl(size_t n, const double *x, double *gradient, void *context) {
    (void)context;
    const double centre[2] = {1, -2};
    double       sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (x[i] - centre[i]) * (x[i] - centre[i]);
        if (gradient != NULL) gradient[i] = 2 * (x[i] - centre[i]);
    }
    return sum;
}

static void use_objective(void) {
    double                       x[2] = {5, 5}, gradient[2], rates[200], losses[200], proposal = 0;
    const descent_stop           stop = {sizeof stop, 0, 1000, 1e-6, 0, 0, 0};
    const descent_search_options search = {sizeof search, DESCENT_SEARCH_GLOBAL, 100, 3, 1};
    descent_result               result = {sizeof result, 0, 0, 0, 0, 0, 0};
    descent_gradient_report      report = {sizeof report, 0, 1, 0, 0, 0, 0, 0};
    descent_range_options        range;
    descent_optimizer           *sgd = NULL;
    size_t                       count = 0;
    descent_range_options_init(&range);
    CHECK_OK(descent_optimizer_create(DESCENT_SGD, &sgd));
    CHECK_OK(descent_learning_rate_range(sgd, 2, x, bowl, NULL, &range, rates, losses, &count, &proposal));
    CHECK(count > 1 && proposal > 0, "%zu steps, %g", count, proposal);
    CHECK_OK(descent_optimizer_set(sgd, DESCENT_LEARNING_RATE, 0.25));
    CHECK_OK(descent_minimize(sgd, 2, x, bowl, NULL, &stop, NULL, NULL, &result));
    CHECK(result.reason == DESCENT_REACHED_GRADIENT && is_near(x[0], 1) && is_near(x[1], -2), "(%g, %g)", x[0], x[1]);
    x[0] = 5;
    CHECK_OK(descent_minimize_numerically(sgd, 2, x, bowl, NULL, DESCENT_CENTRAL, 0, &stop, NULL, NULL, &result));
    CHECK(is_near(x[0], 1) && result.evaluations > result.steps, "%g", x[0]);
    x[0] = 3;
    CHECK_OK(descent_numeric_gradient(2, x, bowl, NULL, DESCENT_RICHARDSON, 0, gradient));
    CHECK(is_near(gradient[0], 4), "%g", gradient[0]);
    CHECK_OK(descent_gradient_check(2, x, bowl, NULL, 0, &report));
    CHECK(report.checked == 2 && report.max_relative_error < 1e-6, "%g", report.max_relative_error);
    CHECK_OK(descent_gradient_check_subset(2, x, bowl, NULL, 0, 1, 5, &report));
    CHECK(report.checked == 1, "%zu", report.checked);
    CHECK_OK(descent_random_search(2, x, bowl, NULL, &search, NULL, NULL, &result));
    CHECK(result.steps == 100 && result.value < 5, "%g", result.value);
    descent_optimizer_free(sgd);
}

static void use_samplers(void) {
    const double     weights[3] = {0, 1, 0};
    descent_sampler *sampler = NULL;
    uint64_t         epoch = 9;
    size_t           indices[2] = {9, 9}, count = 0, batch = 9;
    CHECK_OK(descent_sampler_create(3, 2, DESCENT_SAMPLE_SHUFFLE, NULL, 1, &sampler));
    CHECK(descent_sampler_batches(sampler) == 2, "batches");
    CHECK_OK(descent_sampler_set_drop_last(sampler, 1));
    CHECK_OK(descent_sampler_next(sampler, indices, &count));
    CHECK(count == 2 && indices[0] < 3 && indices[1] < 3 && indices[0] != indices[1], "%zu samples", count);
    CHECK_OK(descent_sampler_position(sampler, &epoch, &batch));
    CHECK(epoch == 1 && batch == 0, "batch %zu", batch);
    CHECK_OK(descent_sampler_seek(sampler, 0, 0));
    descent_sampler_free(sampler);
    CHECK_OK(descent_sampler_create_weighted(3, 2, weights, 1, &sampler));
    CHECK_OK(descent_sampler_next(sampler, indices, &count));
    CHECK(indices[0] == 1 && indices[1] == 1, "a sample of weight 0");
    descent_sampler_free(sampler);
}

static void use_initialization(void) {
    float values[6];
    CHECK_OK(descent_initialize(DESCENT_INITIALIZE_XAVIER_UNIFORM, DESCENT_FLOAT32, 2, 3, 1, 4, values));
    CHECK(values[0] != 0 && fabsf(values[0]) <= sqrtf(6.0f / 5), "%g", values[0]);
}

int main(void) {
    use_version_and_errors();
    use_lists();
    use_optimizer();
    use_losses();
    use_classifier();
    use_objective();
    use_samplers();
    use_initialization();
    return check_result("a program of the first header");
}
