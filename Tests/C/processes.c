/*
 * A fit by 1, 2, 4 or 8 processes (threads here) has the bits of one process with as many shards: weights, optimizer,
 * losses, evaluation and gradient, over losses, methods, samplings, uneven and empty shards, and when a fit that was saved
 * by some processes is resumed by others.
 */
#define _POSIX_C_SOURCE 200809L

#include "shared_fits.h"

static const struct plan plans[] = {
    {"softmax, SGD", DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_SGD, 300, 8, 32, 3, DESCENT_SAMPLE_SHUFFLE, .l1 = 0},
    {"hinge, Adam, rows that 8 does not divide", DESCENT_MULTICLASS_HINGE, DESCENT_ADAM, 299, 8, 16, 3,
     DESCENT_SAMPLE_SHUFFLE, .l1 = 0},
    {"squared hinge, Momentum, strata", DESCENT_SQUARED_HINGE, DESCENT_MOMENTUM, 290, 8, 40, 3, DESCENT_SAMPLE_STRATIFIED,
     .l1 = 0},
    {"binary, RMSProp, replacement", DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_RMSPROP, 257, 8, 8, 2,
     DESCENT_SAMPLE_REPLACEMENT, .is_binary = true},
    {"squared error, AdamW, weights, standardized", DESCENT_SQUARED_ERROR, DESCENT_ADAMW, 281, 8, 24, 3,
     DESCENT_SAMPLE_SHUFFLE, .standardizes = true, .is_weighted = true},
    {"Huber, Adam, validation, patience, averages", DESCENT_HUBER, DESCENT_ADAM, 300, 8, 64, 6, DESCENT_SAMPLE_SHUFFLE,
     .validates = true, .patience = 2, .averages = true},
    {"softmax, validation, weights, standardized", DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_ADAM, 203, 8, 8, 4,
     DESCENT_SAMPLE_SHUFFLE, .validates = true, .is_weighted = true, .standardizes = true},
    {"softmax, L-BFGS in double", DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_LBFGS, 300, 8, 0, 8, DESCENT_SAMPLE_SHUFFLE,
     .standardizes = true},
    {"squared error, conjugate gradients, weights", DESCENT_SQUARED_ERROR, DESCENT_CONJUGATE_GRADIENT, 277, 8, 0, 5,
     DESCENT_SAMPLE_SHUFFLE, .is_weighted = true},
    {"softmax, OWL-QN", DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_LBFGS, 300, 8, 0, 6, DESCENT_SAMPLE_SHUFFLE, .l1 = 1e-3},
    {"all samples in each step", DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_NESTEROV, 123, 8, 0, 5, DESCENT_SAMPLE_SHUFFLE,
     .l1 = 0},
    {"fewer rows than shards", DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_SGD, 5, 8, 8, 3, DESCENT_SAMPLE_SHUFFLE, .l1 = 0},
    {"fewer rows than shards, weights, standardized", DESCENT_SQUARED_ERROR, DESCENT_ADAM, 6, 8, 0, 3,
     DESCENT_SAMPLE_SHUFFLE, .is_weighted = true, .standardizes = true},
    {"softmax, Adam, draws by weights", DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_ADAM, 299, 8, 32, 3, DESCENT_SAMPLE_WEIGHTED,
     .is_weighted = true},
    {"fewer rows than shards, draws by weights", DESCENT_SQUARED_ERROR, DESCENT_SGD, 6, 8, 0, 3, DESCENT_SAMPLE_WEIGHTED,
     .is_weighted = true},
    {"64 shards", DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_ADAM, 300, 64, 128, 3, DESCENT_SAMPLE_SHUFFLE, .l1 = 0},
    {"a chosen optimizer", DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_SGD, 300, 8, 0, 0, DESCENT_SAMPLE_SHUFFLE,
     .chooses = true},
    {"a chosen optimizer for minibatches", DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_SGD, 300, 8, 64, 2,
     DESCENT_SAMPLE_SHUFFLE, .chooses = true},
};
enum { PLANS = sizeof plans / sizeof plans[0] };

static struct outcome alone, each[MOST_PROCESSES], saved;

/* The same by one process without a communicator. */
static void fit_alone(struct outcome *outcome, const struct plan *plan) {
    *outcome = (struct outcome){.plan = plan, .has_callback = true};
    fit_rows(NULL, outcome);
}

static void compare(const char *name, int size, const struct outcome *found, const struct outcome *wanted) {
    CHECK(found->status == DESCENT_OK, "%s, %d processes: %s", name, size, found->error);
    CHECK(found->evaluation == DESCENT_OK, "%s, %d processes: evaluation: %d", name, size, (int)found->evaluation);
    CHECK(found->model_bytes == wanted->model_bytes && memcmp(found->model, wanted->model, wanted->model_bytes) == 0,
          "%s, %d processes: another model", name, size);
    CHECK(found->optimizer_bytes == wanted->optimizer_bytes &&
              memcmp(found->optimizer, wanted->optimizer, wanted->optimizer_bytes) == 0,
          "%s, %d processes: another optimizer", name, size);
    CHECK(memcmp(&found->loss, &wanted->loss, sizeof(double)) == 0 &&
              memcmp(&found->score, &wanted->score, sizeof(double)) == 0,
          "%s, %d processes: loss %.17g, score %.17g, not %.17g, %.17g", name, size, found->loss, found->score, wanted->loss,
          wanted->score);
    CHECK(memcmp(found->weight_gradient, wanted->weight_gradient, sizeof found->weight_gradient) == 0 &&
              memcmp(found->bias_gradient, wanted->bias_gradient, sizeof found->bias_gradient) == 0 &&
              found->gradient_loss == wanted->gradient_loss,
          "%s, %d processes: another gradient", name, size);
    CHECK(memcmp(found->losses, wanted->losses, sizeof found->losses) == 0, "%s, %d processes: other reports", name, size);
    CHECK(memcmp(&found->best_loss, &wanted->best_loss, sizeof(double)) == 0, "%s, %d processes: another best loss", name,
          size);
}

/* Runs a plan in `size` processes, all of which stop after a step if `stops_at` says so. */
static void run(const struct plan *plan, int size, uint32_t stops_at, const struct outcome *resumed) {
    for (int rank = 0; rank < size; rank++) {
        each[rank] = (struct outcome){.plan = plan, .size = size, .has_callback = true, .resumed = resumed};
        if (rank == 0) each[rank].stops_at = stops_at;
    }
    bool is_uneven;
    processes_run(size, fit_rows, each, sizeof each[0], 0, 0, &is_uneven);
    CHECK(!is_uneven, "%s, %d processes: partners exchanged different numbers of bytes", plan->name, size);
}

static void check_equal_bits(const struct plan *plan) {
    fit_alone(&alone, plan);
    CHECK(alone.status == DESCENT_OK, "%s: %s", plan->name, alone.error);
    CHECK(alone.loss > 0 && alone.loss < 100, "%s: the loss is %g", plan->name, alone.loss);
    for (int size = 1; size <= MOST_PROCESSES; size *= 2) {
        run(plan, size, 0, NULL);
        for (int rank = 0; rank < size; rank++) compare(plan->name, size, &each[rank], &alone);
    }
}

/* Rank 0's callback stops all processes after a step; others go on from what was saved. */
static void check_resuming(const struct plan *plan, int size, int other) {
    fit_alone(&alone, plan);
    const uint32_t stop = plan->batch_size == 0 ? 3 : 7;
    run(plan, size, stop, NULL);
    for (int rank = 0; rank < size; rank++) {
        CHECK(each[rank].status == DESCENT_ERROR_CANCELLED, "%s: rank %d: %s", plan->name, rank, each[rank].error);
        CHECK(each[rank].steps == stop, "%s: rank %d stopped after step %d", plan->name, rank, (int)each[rank].steps);
        CHECK(each[rank].model_bytes == each[0].model_bytes &&
                  memcmp(each[rank].model, each[0].model, each[0].model_bytes) == 0,
              "%s: rank %d has stopped with other bytes", plan->name, rank);
    }
    saved = each[size - 1];
    run(plan, other, 0, &saved);
    /* The callback of the second fit does not hear of the epochs before it. */
    for (int rank = 0; rank < other; rank++) {
        for (int epoch = 0; epoch < 64; epoch++)
            if (each[rank].losses[epoch] == 0) each[rank].losses[epoch] = alone.losses[epoch];
        compare(plan->name, other, &each[rank], &alone);
    }
}

/* One shard is a data set that is not divided. */
static void check_one_shard(void) {
    struct plan plan = plans[0];
    fit_alone(&alone, &plan);
    saved = alone;
    plan.shards = 1;
    fit_alone(&alone, &plan);
    const double divided = saved.loss, whole = alone.loss;
    CHECK(divided != whole && divided - whole < 0.1 && whole - divided < 0.1, "8 shards: %.17g, 1 shard: %.17g", divided,
          whole);
    saved = alone;
    plan.shards = 0;
    float *own;
    descent_dataset data = own_rows(&plans[0], 0, plan.rows, 0, 1, &own);
    descent_fit_options options;
    descent_fit_options_init(&options);
    options.epochs = plan.epochs, options.batch_size = plan.batch_size, options.seed = 5;
    alone = (struct outcome){.plan = &plan, .has_callback = true};
    run_classifier(&alone, &data, &options);
    compare("one shard", 1, &alone, &saved);
    free(own);
}

/* The gradient of shards is that of the whole, but for rounding. */
static void check_gradient(const struct plan *plan) {
    fit_alone(&alone, plan);
    float *own;
    descent_dataset data = own_rows(plan, 0, plan->rows, 0, 1, &own);
    descent_classifier *model = NULL;
    CHECK_OK(descent_classifier_load(alone.model, alone.model_bytes, &model));
    double loss = 0, accuracy = 0;
    float gradient[64 * CLASSES] = {0}, bias[CLASSES] = {0};
    CHECK_OK(descent_classifier_evaluate(model, &data, &loss, &accuracy));
    CHECK(loss - alone.loss < 1e-6 && alone.loss - loss < 1e-6 && accuracy == alone.score, "%g, not %g; %g, not %g", loss,
          alone.loss, accuracy, alone.score);
    CHECK_OK(descent_classifier_loss_gradient(model, &data, &loss, gradient, bias));
    for (size_t i = 0; i < DIMENSION * CLASSES; i++) {
        const float difference = gradient[i] - alone.weight_gradient[i];
        CHECK(difference < 1e-6f && difference > -1e-6f, "%g, not %g", gradient[i], alone.weight_gradient[i]);
    }
    descent_classifier_free(model);
    free(own);
}

/* Sums of arrays of one's own: floats and doubles, small and large, of lengths that processes do not divide. */
enum { MOST_NUMBERS = 100003 };
struct array {
    size_t         count;
    descent_dtype  dtype;
    int            size;
    descent_status status;
    float          floats[MOST_NUMBERS];
    double         doubles[MOST_NUMBERS];
};
static struct array arrays[MOST_PROCESSES];

static double number(int rank, size_t index) { return (double)((index * 7919 + (size_t)rank * 104729) % 10007) / 3; }

static void add_arrays(struct process *process, void *argument) {
    struct array *array = argument;
    for (size_t i = 0; i < array->count; i++) {
        array->doubles[i] = number(process->rank, i);
        array->floats[i] = (float)array->doubles[i];
    }
    void *numbers = array->dtype == DESCENT_FLOAT32 ? (void *)array->floats : (void *)array->doubles;
    array->status = descent_communicator_sum(&process->communicator, array->dtype, numbers, array->count);
}

/* The tree over the ranks. */
static float add_floats(int first, int size, size_t index) {
    return size == 1 ? (float)number(first, index)
                     : add_floats(first, size / 2, index) + add_floats(first + size / 2, size / 2, index);
}
static double add_doubles(int first, int size, size_t index) {
    return size == 1 ? number(first, index)
                     : add_doubles(first, size / 2, index) + add_doubles(first + size / 2, size / 2, index);
}

static void check_sums(void) {
    const size_t counts[] = {0, 1, 7, 1000, 16384, 16385, MOST_NUMBERS};
    for (int size = 1; size <= MOST_PROCESSES; size *= 2)
        for (size_t at = 0; at < sizeof counts / sizeof counts[0]; at++)
            for (descent_dtype dtype = DESCENT_FLOAT32; dtype <= DESCENT_FLOAT64; dtype++) {
                for (int rank = 0; rank < size; rank++) arrays[rank].count = counts[at], arrays[rank].dtype = dtype;
                processes_run(size, add_arrays, arrays, sizeof arrays[0], 0, 0, NULL);
                for (int rank = 0; rank < size; rank++) {
                    size_t wrong = 0;
                    CHECK(arrays[rank].status == DESCENT_OK, "rank %d of %d: status %d", rank, size,
                          (int)arrays[rank].status);
                    for (size_t i = 0; i < counts[at]; i++)
                        wrong += dtype == DESCENT_FLOAT32 ? arrays[rank].floats[i] != add_floats(0, size, i)
                                                          : arrays[rank].doubles[i] != add_doubles(0, size, i);
                    CHECK(wrong == 0, "rank %d of %d: %zu of %zu sums of dtype %d are wrong", rank, size, wrong, counts[at],
                          (int)dtype);
                }
            }
    arrays[0].count = arrays[1].count = MOST_NUMBERS;
    processes_run(2, add_arrays, arrays, sizeof arrays[0], 1, 2, NULL);
    CHECK(arrays[0].status == DESCENT_ERROR_COMMUNICATION && arrays[1].status == DESCENT_ERROR_COMMUNICATION,
          "statuses %d and %d", (int)arrays[0].status, (int)arrays[1].status);
    const descent_communicator three = {sizeof three, 0, 3, processes_exchange, NULL};
    CHECK(descent_communicator_sum(&three, DESCENT_FLOAT32, arrays[0].floats, 1) == DESCENT_ERROR_INVALID_ARGUMENT &&
              strstr(descent_last_error(), "communicator: size: 3 is no power of two") != NULL,
          "%s", descent_last_error());
    const descent_communicator one = {sizeof one, 0, 1, NULL, NULL};
    CHECK(descent_communicator_sum(&one, DESCENT_UINT8, arrays[0].floats, 1) == DESCENT_ERROR_INVALID_ARGUMENT, "a dtype");
    CHECK(descent_communicator_sum(&one, DESCENT_FLOAT32, NULL, 1) == DESCENT_ERROR_NULL_POINTER, "no numbers");
    CHECK(descent_communicator_sum(NULL, DESCENT_FLOAT32, arrays[0].floats, 1) == DESCENT_ERROR_NULL_POINTER, "nobody");
    CHECK(descent_communicator_sum(&one, DESCENT_FLOAT32, arrays[0].floats, SIZE_MAX) == DESCENT_ERROR_INVALID_ARGUMENT,
          "too many");
}

int main(void) {
    make_samples();
    check_sums();
    CHECK_OK(descent_set_thread_count(1));
    for (int index = 0; index < PLANS; index++) check_equal_bits(&plans[index]);
    const int resumed[] = {0, 2, 5, 6, 7, 8};
    for (size_t index = 0; index < sizeof resumed / sizeof resumed[0]; index++) {
        check_resuming(&plans[resumed[index]], 4, 2);
        check_resuming(&plans[resumed[index]], 2, 8);
        check_resuming(&plans[resumed[index]], 8, 1);
    }
    check_one_shard();
    check_gradient(&plans[0]);
    check_gradient(&plans[6]);
    return check_result("processes");
}
