/*
 * What goes wrong between processes: an exchange that fails, the first one, the second one, and so on to the last; and
 * processes that do not agree, in each way. Nobody waits for ever, everybody has the right status and text, and models are
 * usable afterwards.
 */
#define _POSIX_C_SOURCE 200809L

#include "shared_fits.h"

#include <math.h>
#include <unistd.h>

static struct outcome each[MOST_PROCESSES];

/* Each exchange of each rank fails once. A model that a fit was cut off from is that of a step. */
static void check_failing_exchanges(const struct plan *plan, int size) {
    for (int failing = 0; failing < size; failing += size - 1) {
        long count = 0;
        for (long fails_at = 0; fails_at <= count; fails_at++) {
            for (int rank = 0; rank < size; rank++)
                each[rank] = (struct outcome){.plan = plan, .size = size, .has_callback = rank == 0};
            const long calls = processes_run(size, fit_rows, each, sizeof each[0], failing, fails_at, NULL);
            if (fails_at == 0) count = calls;
            const struct outcome *own = &each[failing];
            const descent_status status = own->status != DESCENT_OK ? own->status : own->evaluation;
            CHECK(status == (fails_at == 0 ? DESCENT_OK : DESCENT_ERROR_COMMUNICATION), "%s, exchange %ld: status %d: %s",
                  plan->name, fails_at, (int)status, own->error);
            if (own->status != DESCENT_OK)
                CHECK(strstr(own->error, "failed: the callback returned 77") != NULL, "%s", own->error);
            for (int rank = 0; rank < size; rank++)
                CHECK(each[rank].status == DESCENT_OK || each[rank].status == DESCENT_ERROR_COMMUNICATION,
                      "%s, exchange %ld: rank %d has status %d: %s", plan->name, fails_at, rank, (int)each[rank].status,
                      each[rank].error);
            for (int rank = 0; rank < size; rank++) CHECK(each[rank].model_bytes > 0, "rank %d: no model", rank);
        }
        CHECK(count > 20, "%s: only %ld exchanges", plan->name, count);
    }
}

/* What makes one process unlike the others, and what is said of it. */
struct dispute {
    const char    *name;
    void         (*spoil)(struct outcome *outcome, descent_dataset *data, descent_fit_options *options);
    descent_status status;
    const char    *text;         /* in all processes */
    const char    *others_text;  /* in those that are not spoiled, if it is another one */
};

static float more_features[MOST_ROWS * 64];
static descent_communicator another;

static void change_batch(struct outcome *o, descent_dataset *d, descent_fit_options *f) { (void)o, (void)d, f->batch_size = 64; }
static void change_epochs(struct outcome *o, descent_dataset *d, descent_fit_options *f) { (void)o, (void)d, f->epochs = 5; }
static void change_seed(struct outcome *o, descent_dataset *d, descent_fit_options *f) { (void)o, (void)d, f->seed = 6; }
static void change_tolerance(struct outcome *o, descent_dataset *d, descent_fit_options *f) {
    (void)o, (void)d, f->tolerance = 0.25;
}
static void change_shards(struct outcome *o, descent_dataset *d, descent_fit_options *f) {
    (void)o, d->shards = f->shards = 16;
}
static void change_sampling(struct outcome *o, descent_dataset *d, descent_fit_options *f) {
    (void)o, (void)d, f->sampling = DESCENT_SAMPLE_REPLACEMENT;
}
static void check_ranks(struct outcome *o, descent_dataset *d, descent_fit_options *f) { (void)o, (void)d, f->check_ranks = 1; }
static void lose_row(struct outcome *o, descent_dataset *d, descent_fit_options *f) { (void)o, (void)f, d->samples -= 5; }
static void lose_labels(struct outcome *o, descent_dataset *d, descent_fit_options *f) { (void)o, (void)f, d->labels = NULL; }
static void weigh(struct outcome *o, descent_dataset *d, descent_fit_options *f) { (void)o, (void)f, d->weights = weights; }
static void spoil_feature(struct outcome *o, descent_dataset *d, descent_fit_options *f) {
    (void)o, (void)f;
    ((float *)(uintptr_t)d->features)[3 * d->dimension + 2] = INFINITY;
}
static void spoil_label(struct outcome *o, descent_dataset *d, descent_fit_options *f) {
    static int32_t wrong[MOST_ROWS];
    (void)o, (void)f;
    memcpy(wrong, d->labels, d->samples * sizeof *wrong);
    wrong[4] = 7;
    d->labels = wrong;
}
static void spoil_options(struct outcome *o, descent_dataset *d, descent_fit_options *f) { (void)o, (void)d, f->epochs = 0; }
static void widen(struct outcome *o, descent_dataset *d, descent_fit_options *f) {
    static struct plan wide;
    (void)f;
    wide = *o->plan;
    wide.dimension = 14;
    o->plan = &wide;
    d->features = more_features, d->dimension = 14;
}
static void take_adam(struct outcome *o, descent_dataset *d, descent_fit_options *f) {
    static struct plan other;
    (void)d, (void)f;
    other = *o->plan;
    other.algorithm = DESCENT_ADAM;
    o->plan = &other;
}
static void take_hinge(struct outcome *o, descent_dataset *d, descent_fit_options *f) {
    static struct plan other;
    (void)d, (void)f;
    other = *o->plan;
    other.loss = DESCENT_MULTICLASS_HINGE;
    o->plan = &other;
}
static void average(struct outcome *o, descent_dataset *d, descent_fit_options *f) {
    static struct plan other;
    (void)d, (void)f;
    other = *o->plan;
    other.averages = true;
    o->plan = &other;
}
static void claim_rank(struct outcome *o, descent_dataset *d, descent_fit_options *f) {
    (void)o;
    another = *d->communicator;
    another.rank = another.size;
    f->communicator = d->communicator = &another;
}

static const struct dispute disputes[] = {
    {"another batch size", change_batch, DESCENT_ERROR_INVALID_ARGUMENT, "rank 3 has batch_size 64, rank 0 32", NULL},
    {"other epochs", change_epochs, DESCENT_ERROR_INVALID_ARGUMENT, "rank 3 has epochs 5, rank 0 3", NULL},
    {"another seed", change_seed, DESCENT_ERROR_INVALID_ARGUMENT, "rank 3 has seed 6, rank 0 5", NULL},
    {"another tolerance", change_tolerance, DESCENT_ERROR_INVALID_ARGUMENT, "rank 3 has tolerance 0.25, rank 0 0", NULL},
    {"other shards", change_shards, DESCENT_ERROR_INVALID_ARGUMENT, "rank 3 has 16 shards, rank 0 8", NULL},
    {"another sampling", change_sampling, DESCENT_ERROR_INVALID_ARGUMENT, "rank 3 has sampling 2, rank 0 1", NULL},
    {"comparisons", check_ranks, DESCENT_ERROR_INVALID_ARGUMENT, "rank 3 has check_ranks 1, rank 0 0", NULL},
    {"features", widen, DESCENT_ERROR_INVALID_ARGUMENT, "rank 3 has 14 features, rank 0 13", NULL},
    {"another loss", take_hinge, DESCENT_ERROR_INVALID_ARGUMENT, "rank 3 has loss 2, rank 0 1", NULL},
    {"another algorithm", take_adam, DESCENT_ERROR_INVALID_ARGUMENT, "rank 3 has algorithm 6, rank 0 1", NULL},
    {"another option of the optimizer", average, DESCENT_ERROR_INVALID_ARGUMENT,
     "rank 3 has other options or state of the optimizer than rank 0", NULL},
    {"weights of samples", weigh, DESCENT_ERROR_INVALID_ARGUMENT, "rank 3 has 1 arrays of sample weights, rank 0 0", NULL},
    {"fewer rows", lose_row, DESCENT_ERROR_INVALID_ARGUMENT,
     "but of 295 rows in 8 shards rank ", NULL},
    {"no labels", lose_labels, DESCENT_ERROR_NULL_POINTER, "data: labels is NULL", "rank 3: data: labels is NULL"},
    {"a wrong label", spoil_label, DESCENT_ERROR_INVALID_ARGUMENT, "labels[4]: 7 is outside [0, 3)",
     "rank 3: labels[4]: 7 is outside [0, 3)"},
    {"wrong options", spoil_options, DESCENT_ERROR_INVALID_ARGUMENT, "options: epochs: 0 is outside",
     "rank 3: options: epochs: 0 is outside"},
};
enum { DISPUTES = sizeof disputes / sizeof disputes[0] };

static const struct plan plan = {"softmax, SGD", DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_SGD, 300, 8, 32, 3,
                                 DESCENT_SAMPLE_SHUFFLE, .l1 = 0};

static void check_dispute(const struct dispute *dispute) {
    enum { SIZE = 4, SPOILED = 3 };
    for (int rank = 0; rank < SIZE; rank++) {
        each[rank] = (struct outcome){.plan = &plan, .size = SIZE};
        if (rank == SPOILED) each[rank].spoil = dispute->spoil;
    }
    processes_run(SIZE, fit_rows, each, sizeof each[0], 0, 0, NULL);
    for (int rank = 0; rank < SIZE; rank++) {
        const char *text = rank != SPOILED && dispute->others_text != NULL ? dispute->others_text : dispute->text;
        CHECK(each[rank].status == dispute->status, "%s, rank %d: status %d: %s", dispute->name, rank,
              (int)each[rank].status, each[rank].error);
        CHECK(strstr(each[rank].error, text) != NULL, "%s, rank %d: '%s', not '%s'", dispute->name, rank, each[rank].error,
              text);
    }
}

/* A feature that is not finite is found before its step, by the process that has it; all others hear of it. */
static void check_feature(struct outcome *o, descent_dataset *d, descent_fit_options *f) {
    spoil_feature(o, d, f);
    f->check_features = 1;
}
static void check_features(struct outcome *o, descent_dataset *d, descent_fit_options *f) {
    (void)o, (void)d;
    f->check_features = 1;
}
static void check_not_finite(const struct plan *plan) {
    enum { SIZE = 4, SPOILED = 2 };
    for (int rank = 0; rank < SIZE; rank++)
        each[rank] = (struct outcome){
            .plan = plan, .size = SIZE, .spoil = rank == SPOILED ? check_feature : check_features};
    processes_run(SIZE, fit_rows, each, sizeof each[0], 0, 0, NULL);
    for (int rank = 0; rank < SIZE; rank++) {
        CHECK(each[rank].status == DESCENT_ERROR_NOT_FINITE, "%s, rank %d: %d: %s", plan->name, rank,
              (int)each[rank].status, each[rank].error);
        CHECK(strstr(each[rank].error, "data: features: row 3, column 2: inf") != NULL, "%s", each[rank].error);
        CHECK((strstr(each[rank].error, "rank 2: ") == each[rank].error) == (rank != SPOILED), "%s", each[rank].error);
    }
}

/* What is wrong with a communicator, or with shards, is said before anything is exchanged. */
static void check_arguments(void) {
    const struct {
        int32_t     rank, size;
        uint32_t    shards, batch_size;
        int32_t     sampling;
        const char *text;
    } wrong[] = {
        {0, 3, 8, 32, 1, "communicator: size: 3 processes cannot share 8 shards"},
        {0, 16, 0, 32, 1, "communicator: size: 16 processes cannot share 8 shards"},
        {4, 4, 8, 32, 1, "communicator: rank: 4 is outside [0, 4)"},
        {-1, 4, 8, 32, 1, "communicator: rank: -1 is outside [0, 4)"},
        {0, 0, 8, 32, 1, "communicator: size: 0 is outside"},
        {0, 1, 6, 32, 1, "shards: 6 is no power of two"},
        {0, 1, 131072, 32, 1, "shards: 131072 is no power of two in [1, 65536]"},
        {0, 1, 8, 30, 1, "options: batch_size: 30 is no multiple of 8, the shards"},
    };
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        descent_communicator communicator = {sizeof communicator, wrong[index].rank, wrong[index].size, processes_exchange,
                                             NULL};
        descent_fit_options options;
        descent_fit_options_init(&options);
        options.communicator = &communicator;
        options.shards = wrong[index].shards;
        options.batch_size = wrong[index].batch_size;
        options.sampling = wrong[index].sampling;
        float *own;
        descent_dataset data = own_rows(&plan, 0, plan.rows, 0, 1, &own);
        data.weights = weights;
        descent_classifier *model = NULL;
        descent_optimizer *optimizer = NULL;
        CHECK_OK(descent_classifier_create(DIMENSION, CLASSES, plan.loss, &model));
        CHECK_OK(descent_optimizer_create(DESCENT_SGD, &optimizer));
        const descent_status status = descent_classifier_fit(model, optimizer, &data, &options, NULL, NULL);
        CHECK(status == (wrong[index].sampling == 4 ? DESCENT_ERROR_UNSUPPORTED : DESCENT_ERROR_INVALID_ARGUMENT),
              "status %d", (int)status);
        CHECK(strstr(descent_last_error(), wrong[index].text) != NULL, "'%s', not '%s'", descent_last_error(),
              wrong[index].text);
        communicator = (descent_communicator){sizeof communicator, 0, 2, NULL, NULL};
        options.shards = 8;
        CHECK(descent_classifier_fit(model, optimizer, &data, &options, NULL, NULL) == DESCENT_ERROR_NULL_POINTER, "no exchange");
        data.communicator = &communicator;
        descent_gradient_report report = {.struct_size = sizeof report};
        CHECK(descent_classifier_gradient_check(model, &data, 0, 0, 1, &report) != DESCENT_OK, "a gradient check");
        descent_classifier_free(model);
        descent_optimizer_free(optimizer);
        free(own);
    }
}

/* A process that says it is another rank is none that can be talked to: its own call fails at once. */
static void check_wrong_rank(void) {
    for (int rank = 0; rank < 2; rank++) each[rank] = (struct outcome){.plan = &plan, .size = 2};
    each[1].spoil = claim_rank;
    processes_run(2, fit_rows, each, sizeof each[0], 0, 0, NULL);
    CHECK(each[0].status == DESCENT_ERROR_COMMUNICATION, "rank 0: %s", each[0].error);
    CHECK(each[1].status == DESCENT_ERROR_INVALID_ARGUMENT, "rank 1: %s", each[1].error);
}

/* Comparing after each step finds a process whose weights were changed by its callback. */
static void compare_always(struct outcome *o, descent_dataset *d, descent_fit_options *f) {
    (void)o, (void)d;
    f->check_ranks = 1;
}
static void check_comparing(const struct plan *plan) {
    for (int rank = 0; rank < 4; rank++)
        each[rank] = (struct outcome){.plan = plan, .size = 4, .spoil = compare_always, .has_callback = rank == 2};
    processes_run(4, fit_rows, each, sizeof each[0], 0, 0, NULL);
    for (int rank = 0; rank < 4; rank++) CHECK(each[rank].status == DESCENT_OK, "%s", each[rank].error);
}

int main(void) {
    alarm(300); /* nothing may hang */
    make_samples();
    CHECK_OK(descent_set_thread_count(1));
    static const struct plan cut[] = {
        {"softmax, Adam", DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_ADAM, 60, 8, 16, 2, DESCENT_SAMPLE_SHUFFLE,
         .standardizes = true, .validates = true, .is_weighted = true},
        {"squared error, L-BFGS", DESCENT_SQUARED_ERROR, DESCENT_LBFGS, 60, 8, 0, 3, DESCENT_SAMPLE_SHUFFLE, .l1 = 0},
        {"a chosen optimizer", DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_SGD, 60, 8, 16, 2, DESCENT_SAMPLE_SHUFFLE,
         .chooses = true},
    };
    for (int index = 0; index < 3; index++) {
        check_failing_exchanges(&cut[index], 2);
        check_failing_exchanges(&cut[index], 4);
    }
    for (int index = 0; index < DISPUTES; index++) check_dispute(&disputes[index]);
    check_not_finite(&plan);
    check_not_finite(&(struct plan){"L-BFGS", DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_LBFGS, 300, 8, 0, 3, 1, .l1 = 0});
    check_not_finite(&(struct plan){"standardized", DESCENT_SOFTMAX_CROSS_ENTROPY, DESCENT_SGD, 300, 8, 32, 3, 1,
                                    .standardizes = true});
    check_arguments();
    check_wrong_rank();
    check_comparing(&plan);
    check_comparing(&cut[1]);
    return check_result("failing_processes");
}
