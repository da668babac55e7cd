/*
 * A fixed list of jobs whose results must be the same to the bit wherever the library runs: promise prints a digest of each,
 * as "group <tab> job <tab> digest". Saved states go from one processor to another: `promise save FOLDER` makes the first half
 * of some jobs and writes what it has saved, and `promise resume FOLDER` makes the second half from there.
 * promise.py runs it on all targets and compares.
 */
#include "jobs.h"

typedef void (*job_of_type)(int32_t number, descent_dtype dtype, const char *name, digest *digest);

/* ---- Optimizers ---- */

static descent_optimizer *optimizer_of(int32_t algorithm, const char *name) {
    descent_optimizer *optimizer = NULL;
    check(descent_optimizer_create((descent_algorithm)algorithm, &optimizer), name);
    return optimizer;
}

/* Saves into new memory; `save_size` and `save` are an object's functions. */
static void *saved(descent_optimizer *optimizer, size_t *size) {
    check(descent_optimizer_save_size(optimizer, size), "save");
    void *bytes = malloc(*size);
    if (bytes == NULL) exit(1);
    check(descent_optimizer_save(optimizer, bytes, *size, size), "save");
    return bytes;
}

static void add_state(digest *digest, descent_optimizer *optimizer) {
    size_t size;
    void  *bytes = saved(optimizer, &size);
    add(digest, bytes, size);
    free(bytes);
}

static void steps(int32_t algorithm, descent_dtype dtype, const char *name, digest *digest) {
    descent_optimizer *optimizer = optimizer_of(algorithm, name);
    problem problem;
    begin_problem(&problem, dtype);
    for (uint32_t step = 0; step < STEPS; step++) step_problem(&problem, optimizer, step, name);
    add(digest, problem.values, ELEMENTS * size_of(dtype));
    add_state(digest, optimizer);
    descent_optimizer_free(optimizer);
}

static void minimization(int32_t algorithm, const char *name, digest *digest) {
    descent_optimizer *optimizer = optimizer_of(algorithm, name);
    double x[20];
    fill(x, DESCENT_FLOAT64, 20, 3);
    descent_stop   stop = {.struct_size = sizeof stop, .max_steps = STEPS};
    descent_result result = {.struct_size = sizeof result};
    check(descent_minimize(optimizer, 20, x, valley, NULL, &stop, NULL, NULL, &result), name);
    add(digest, x, sizeof x);
    add_double(digest, result.value);
    descent_optimizer_free(optimizer);
}

/* ---- Losses ---- */

enum { BATCH = 67, WIDTH = 13 };

static void loss(int32_t number, descent_dtype dtype, const char *name, digest *digest) {
    double  scores[BATCH * WIDTH], targets[BATCH * WIDTH], gradient[BATCH * WIDTH], value = 0;
    int32_t labels[BATCH];
    fill(scores, dtype, BATCH * WIDTH, 11);
    fill(targets, dtype, BATCH * WIDTH, 12);
    for (int i = 0; i < BATCH * WIDTH; i++) { /* the logistic loss's are between 0 and 1 */
        if (dtype == DESCENT_FLOAT32) ((float *)targets)[i] = (((float *)targets)[i] + 1) / 2;
        else targets[i] = (targets[i] + 1) / 2;
    }
    for (int i = 0; i < BATCH; i++) labels[i] = i * 5 % WIDTH;
    const descent_loss kind = (descent_loss)number;
    check(descent_loss_takes_labels(kind)
              ? descent_loss_classify(kind, dtype, BATCH, WIDTH, scores, labels, gradient, &value)
              : descent_loss_regress(kind, dtype, BATCH, WIDTH, scores, targets, gradient, &value), name);
    add(digest, gradient, BATCH * WIDTH * size_of(dtype));
    add_double(digest, value);
}

/* ---- Fits ---- */

static void add_classifier(digest *digest, descent_classifier *classifier, const samples *samples) {
    float *weights, *bias;
    double value, accuracy;
    check(descent_classifier_parameters(classifier, &weights, &bias), "parameters");
    add(digest, weights, sizeof *weights * DIMENSION * CLASSES);
    add(digest, bias, sizeof *bias * CLASSES);
    check(descent_classifier_evaluate(classifier, &samples->data, &value, &accuracy), "evaluate");
    add_double(digest, value);
    add_double(digest, accuracy);
}

static void fit(int32_t kind, int32_t sampling, const char *algorithm, const char *name, digest *digest) {
    static samples samples;
    begin_samples(&samples);
    descent_algorithm number;
    check(descent_algorithm_from_name(algorithm, &number), name);
    descent_optimizer  *optimizer = optimizer_of(number, name);
    descent_classifier *classifier = NULL;
    check(descent_classifier_create(DIMENSION, CLASSES, (descent_loss)kind, &classifier), name);
    check(descent_classifier_set_l2(classifier, 1e-3), name);
    check(descent_classifier_initialize(classifier, 0.1, 5), name);
    descent_fit_options options;
    descent_fit_options_init(&options);
    options.batch_size = descent_algorithm_is_batch(number) ? 0 : 32;
    options.sampling = sampling;
    check(descent_classifier_fit(classifier, optimizer, &samples.data, &options, NULL, NULL), name);
    add_classifier(digest, classifier, &samples);
    descent_classifier_free(classifier);
    descent_optimizer_free(optimizer);
}

/* ---- Chance ---- */

static descent_sampler *sampler_of(int32_t sampling, const samples *samples) {
    descent_sampler *sampler = NULL;
    static double    weights[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) weights[i] = i % 7;
    check(sampling == DESCENT_SAMPLE_WEIGHTED
              ? descent_sampler_create_weighted(SAMPLES, 32, weights, 9, &sampler)
              : descent_sampler_create(SAMPLES, 32, sampling, samples->labels, 9, &sampler), "sampler");
    return sampler;
}

static void add_batches(digest *digest, descent_sampler *sampler, int batches) {
    size_t indices[32], count;
    for (int batch = 0; batch < batches; batch++) {
        check(descent_sampler_next(sampler, indices, &count), "next");
        for (size_t i = 0; i < count; i++) add(digest, &(uint32_t){(uint32_t)indices[i]}, 4);
    }
}

static void initial(int32_t initializer, descent_dtype dtype, const char *name, digest *digest) {
    double values[500];
    check(descent_initialize((descent_initializer)initializer, dtype, 25, 20, 1, 42, values), name);
    add(digest, values, 500 * size_of(dtype));
}

static void search(int32_t mode, const char *name, digest *digest) {
    double x[6];
    fill(x, DESCENT_FLOAT64, 6, 4);
    descent_search_options options = {.struct_size = sizeof options, .mode = mode, .trials = 200, .seed = 6, .scale = 0.5};
    descent_result         result = {.struct_size = sizeof result};
    check(descent_random_search(6, x, valley, NULL, &options, NULL, NULL, &result), name);
    add(digest, x, sizeof x);
}

/* ---- All of them ---- */

static void run_both_types(const char *group, int32_t number, const char *name, job_of_type job) {
    for (int32_t dtype = DESCENT_FLOAT32; dtype <= DESCENT_FLOAT64; dtype++) {
        digest digest;
        begin_digest(&digest);
        job(number, (descent_dtype)dtype, name, &digest);
        print(group, name, dtype == DESCENT_FLOAT32 ? "float32" : "float64", digest);
    }
}

static void run_jobs(void) {
    static samples samples;
    digest         digest;
    begin_samples(&samples);
    for (size_t i = 0; i < descent_algorithm_count(); i++) {
        const descent_algorithm algorithm = descent_algorithm_at(i);
        const char             *name = descent_algorithm_name(algorithm);
        if (!descent_algorithm_is_batch(algorithm)) run_both_types("steps", algorithm, name, steps);
        if (descent_algorithm_is_for_models(algorithm)) continue;
        begin_digest(&digest);
        minimization(algorithm, name, &digest);
        print("minimizations", name, "", digest);
    }
    for (size_t i = 0; i < descent_loss_count(); i++) {
        const descent_loss number = descent_loss_at(i);
        const char        *name = descent_loss_name(number);
        run_both_types("losses", number, name, loss);
        for (int32_t sampling = 1; descent_loss_takes_labels(number) && sampling <= DESCENT_SAMPLE_STRATIFIED; sampling++) {
            begin_digest(&digest);
            fit(number, sampling, sampling == DESCENT_SAMPLE_SHUFFLE ? "adam" : "momentum", name, &digest);
            print("fits", name, (const char *[]){"shuffled", "with replacement", "stratified"}[sampling - 1], digest);
        }
        if (number < DESCENT_ONE_VS_REST_HINGE || number > DESCENT_ONE_VS_REST_LOGISTIC) continue;
        begin_digest(&digest);
        fit(number, DESCENT_SAMPLE_SHUFFLE, "sdca", name, &digest);
        print("fits", name, "by dual coordinate ascent", digest);
        if (number == DESCENT_ONE_VS_REST_HINGE) continue;
        begin_digest(&digest);
        fit(number, DESCENT_SAMPLE_SHUFFLE, "coordinate_descent", name, &digest);
        print("fits", name, "by coordinate descent", digest);
    }
    for (int32_t sampling = 1; sampling <= DESCENT_SAMPLE_WEIGHTED; sampling++) {
        descent_sampler *sampler = sampler_of(sampling, &samples);
        begin_digest(&digest);
        add_batches(&digest, sampler, 40);
        print("samplers", (const char *[]){"shuffle", "replacement", "stratified", "weighted"}[sampling - 1], "", digest);
        descent_sampler_free(sampler);
    }
    for (int32_t number = 1; number <= DESCENT_INITIALIZE_HE_UNIFORM; number++)
        run_both_types("initial weights", number, (const char *[]){"zeros", "normal", "uniform", "xavier normal",
                       "xavier uniform", "he normal", "he uniform"}[number - 1], initial);
    for (int32_t mode = 1; mode <= 2; mode++) {
        begin_digest(&digest);
        search(mode, "search", &digest);
        print("random searches", mode == 1 ? "global" : "local", "", digest);
    }
}

/* ---- Saved here, resumed elsewhere ---- */

static FILE *open_file(const char *folder, const char *name, const char *mode) {
    char path[1000];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, mode);
    if (file == NULL) perror(path), exit(1);
    return file;
}

static void write_file(const char *folder, const char *name, const void *bytes, size_t size) {
    FILE *file = open_file(folder, name, "wb");
    if (fwrite(bytes, 1, size, file) != size || fclose(file) != 0) perror(name), exit(1);
}

static size_t read_file(const char *folder, const char *name, void *bytes, size_t most) {
    FILE        *file = open_file(folder, name, "rb");
    const size_t size = fread(bytes, 1, most, file);
    fclose(file);
    return size;
}

enum { MOST_BYTES = 1 << 20 };
static char buffer[MOST_BYTES];

/* The first or the second half of an optimizer's steps. */
static void half_of_steps(descent_algorithm algorithm, const char *folder, bool is_second) {
    const char        *name = descent_algorithm_name(algorithm);
    descent_optimizer *optimizer = NULL;
    problem            problem;
    char               file[100];
    begin_problem(&problem, DESCENT_FLOAT32);
    snprintf(file, sizeof file, "%s.values", name);
    if (is_second) {
        read_file(folder, file, problem.values, ELEMENTS * sizeof(float));
        check(descent_optimizer_load(buffer, read_file(folder, name, buffer, MOST_BYTES), &optimizer), name);
    } else {
        optimizer = optimizer_of(algorithm, name);
    }
    for (uint32_t step = 0; step < STEPS / 2; step++)
        step_problem(&problem, optimizer, (is_second ? STEPS / 2 : 0) + step, name);
    size_t size;
    void  *bytes = saved(optimizer, &size);
    if (is_second) {
        /* The digest of `steps` in float32. */
        digest digest;
        begin_digest(&digest);
        add(&digest, problem.values, ELEMENTS * sizeof(float));
        add(&digest, bytes, size);
        print("steps", name, "float32", digest);
    } else {
        write_file(folder, file, problem.values, ELEMENTS * sizeof(float));
        write_file(folder, name, bytes, size);
    }
    free(bytes);
    descent_optimizer_free(optimizer);
}

static void half_of_batches(int32_t sampling, const samples *samples, const char *folder, bool is_second) {
    const char      *name = (const char *[]){"shuffle", "replacement", "stratified", "weighted"}[sampling - 1];
    descent_sampler *sampler = NULL;
    digest           digest;
    size_t           size;
    begin_digest(&digest);
    if (is_second) {
        check(descent_sampler_load(buffer, read_file(folder, name, buffer, MOST_BYTES), &sampler), name);
        read_file(folder, "digest", &digest, sizeof digest);
        add_batches(&digest, sampler, 20);
        print("samplers", name, "", digest);
    } else {
        sampler = sampler_of(sampling, samples);
        add_batches(&digest, sampler, 20);
        write_file(folder, "digest", &digest, sizeof digest);
        check(descent_sampler_save(sampler, buffer, MOST_BYTES, &size), name);
        write_file(folder, name, buffer, size);
    }
    descent_sampler_free(sampler);
}

int main(int count, char **arguments) {
    if (count == 1) return run_jobs(), 0;
    if (count != 3) return fprintf(stderr, "promise [save|resume FOLDER]\n"), 2;
    const bool is_second = strcmp(arguments[1], "resume") == 0;
    static samples samples;
    begin_samples(&samples);
    for (size_t i = 0; i < descent_algorithm_count(); i++)
        if (!descent_algorithm_is_batch(descent_algorithm_at(i)))
            half_of_steps(descent_algorithm_at(i), arguments[2], is_second);
    half_of_batches(DESCENT_SAMPLE_WEIGHTED, &samples, arguments[2], is_second);
    return 0;
}
