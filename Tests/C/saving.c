/*
 * Saving in one process and going on in another: with another instruction set, and after a process that was killed. The
 * program runs itself once more for each part, and each part leaves its results in files, which must be the same as
 * those of a process that never stopped. Then every bit and every length of saved bytes, one after the other, is
 * made wrong.
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEPS = 30, HALF = 13, FIRST_COUNT = 37, SECOND_COUNT = 5, VARIANTS = 3 };
enum { SAMPLES = 60, DIMENSION = 7, CLASSES = 3, KILLED_AT = 17 };

static char directory[] = "/tmp/descent-saving-XXXXXX";

/* ---- files ---- */

static void make_directory(void) {
    memcpy(directory + sizeof directory - 7, "XXXXXX", 6);
    CHECK(mkdtemp(directory) != NULL, "%s", directory);
}

static void remove_directory(const char *name) {
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", name);
    CHECK(system(command) == 0, "%s", command);
}

static const char *path_of(const char *name) {
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void write_file(const char *name, const void *bytes, size_t size) {
    FILE *file = fopen(path_of(name), "wb");
    CHECK(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0, "%s", name);
}

/* The contents, which the caller frees. */
static void *read_file(const char *name, size_t *size) {
    FILE *file = fopen(path_of(name), "rb");
    char *bytes = malloc(1 << 20);
    *size = file == NULL || bytes == NULL ? 0 : fread(bytes, 1, 1 << 20, file);
    CHECK(*size > 0, "%s", name);
    if (file != NULL) fclose(file);
    return bytes;
}

static void save_optimizer(const descent_optimizer *optimizer, const char *name) {
    size_t size = 0, written = 0;
    CHECK_OK(descent_optimizer_save_size(optimizer, &size));
    void *bytes = malloc(size);
    CHECK_OK(descent_optimizer_save(optimizer, bytes, size, &written));
    CHECK(written == size, "%zu bytes instead of %zu", written, size);
    write_file(name, bytes, size);
    free(bytes);
}

static descent_optimizer *load_optimizer(const char *name) {
    size_t size;
    void  *bytes = read_file(name, &size);
    descent_optimizer *optimizer = NULL;
    CHECK_OK(descent_optimizer_load(bytes, size, &optimizer));
    free(bytes);
    return optimizer;
}

static void save_classifier(const descent_classifier *classifier, const char *name) {
    size_t size = 0, written = 0;
    CHECK_OK(descent_classifier_save_size(classifier, &size));
    void *bytes = malloc(size);
    CHECK_OK(descent_classifier_save(classifier, bytes, size, &written));
    CHECK(written == size, "%zu bytes instead of %zu", written, size);
    write_file(name, bytes, size);
    free(bytes);
}

static descent_classifier *load_classifier(const char *name) {
    size_t size;
    void  *bytes = read_file(name, &size);
    descent_classifier *classifier = NULL;
    CHECK_OK(descent_classifier_load(bytes, size, &classifier));
    free(bytes);
    return classifier;
}

/* ---- optimizers: the part of a run from step `first` to before `last` ---- */

struct parameters {
    float  one[FIRST_COUNT];
    double two[SECOND_COUNT];
};

static void set_if_there_is(descent_optimizer *optimizer, descent_option option, double value) {
    double present;
    if (descent_optimizer_get(optimizer, option, &present) == DESCENT_OK)
        CHECK_OK(descent_optimizer_set(optimizer, option, value));
}

static descent_optimizer *make_optimizer(descent_algorithm algorithm, int variant) {
    descent_optimizer *optimizer = NULL;
    CHECK_OK(descent_optimizer_create(algorithm, &optimizer));
    CHECK_OK(descent_optimizer_set_group(optimizer, 4, DESCENT_LEARNING_RATE, 0.03));
    if (variant == 0) return optimizer;
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_DIALECT, variant));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_CLIP_NORM, 2));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_TRACK_HEALTH, 1));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_SCHEDULE, DESCENT_SCHEDULE_COSINE_RESTARTS));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_SCHEDULE_STEPS, 7));
    CHECK_OK(descent_optimizer_set(optimizer, DESCENT_WARMUP_STEPS, 5));
    set_if_there_is(optimizer, DESCENT_AMSGRAD, 1);
    set_if_there_is(optimizer, DESCENT_CENTERED, 1);
    set_if_there_is(optimizer, DESCENT_MOMENTUM_DECAY, 0.75);
    return optimizer;
}

static void run_optimizer(descent_algorithm algorithm, int variant, int first, int last) {
    struct parameters w = {{0}, {0}}, g;
    char optimizer_name[64], parameters_name[64];
    snprintf(optimizer_name, sizeof optimizer_name, "%s-%d.optimizer", descent_algorithm_name(algorithm), variant);
    snprintf(parameters_name, sizeof parameters_name, "%s-%d.parameters", descent_algorithm_name(algorithm), variant);
    descent_optimizer *optimizer = first == 0 ? make_optimizer(algorithm, variant) : load_optimizer(optimizer_name);
    if (first > 0) {
        size_t size;
        void  *bytes = read_file(parameters_name, &size);
        CHECK(size == sizeof w, "%zu bytes", size);
        memcpy(&w, bytes, sizeof w);
        free(bytes);
    }
    for (int step = first; step < last; step++) {
        for (int i = 0; i < FIRST_COUNT; i++) g.one[i] = w.one[i] - 0.1f * (float)((i * 7 + step * 3) % 11);
        for (int i = 0; i < SECOND_COUNT; i++) g.two[i] = w.two[i] + 0.3 * ((i + step) % 5);
        const descent_tensor tensors[] = {{w.one, g.one, 1, FIRST_COUNT, DESCENT_FLOAT32, 4},
                                          {w.two, g.two, SECOND_COUNT, 1, DESCENT_FLOAT64, 0}};
        CHECK_OK(descent_optimizer_step(optimizer, tensors, 2));
    }
    save_optimizer(optimizer, optimizer_name);
    write_file(parameters_name, &w, sizeof w);
    descent_optimizer_free(optimizer);
}

static void run_optimizers(int first, int last) {
    for (size_t i = 0; i < descent_algorithm_count(); i++)
        for (int variant = 0; variant < VARIANTS && !descent_algorithm_is_batch(descent_algorithm_at(i)); variant++)
            run_optimizer(descent_algorithm_at(i), variant, first, last);
}

/* ---- a sampler and a classifier ---- */

static float   features[SAMPLES * DIMENSION];
static int32_t labels[SAMPLES];

static descent_dataset make_data(void) {
    for (int i = 0; i < SAMPLES; i++) {
        labels[i] = i % CLASSES;
        for (int j = 0; j < DIMENSION; j++)
            features[i * DIMENSION + j] = (float)((i * 31 + j * 17) % 23) / 23 + (float)(j % CLASSES == labels[i]);
    }
    return (descent_dataset){.struct_size = sizeof(descent_dataset), .dtype = DESCENT_FLOAT32, .features = features,
                             .labels = labels, .samples = SAMPLES, .dimension = DIMENSION, .scale = 1};
}

static void run_sampler(int first, int last) {
    descent_sampler *sampler = NULL;
    if (first == 0) {
        make_data();
        CHECK_OK(descent_sampler_create(SAMPLES, 8, DESCENT_SAMPLE_STRATIFIED, labels, 3, &sampler));
    } else {
        size_t size;
        void  *bytes = read_file("sampler", &size);
        CHECK_OK(descent_sampler_load(bytes, size, &sampler));
        free(bytes);
    }
    size_t indices[8] = {0}, count, size = 0;
    for (int step = first; step < last; step++) CHECK_OK(descent_sampler_next(sampler, indices, &count));
    CHECK_OK(descent_sampler_save_size(sampler, &size));
    void *bytes = malloc(size);
    CHECK_OK(descent_sampler_save(sampler, bytes, size, &size));
    write_file("sampler", bytes, size);
    write_file("indices", indices, sizeof indices);
    free(bytes);
    descent_sampler_free(sampler);
}

struct fit {
    descent_classifier *classifier;
    descent_optimizer  *optimizer;
    uint64_t            kill_at; /* the step after which the process dies */
};

static int32_t checkpoint(const descent_progress_report *report, void *context) {
    struct fit *fit = context;
    if (fit->kill_at == 0) return 0;
    save_classifier(fit->classifier, "classifier");
    save_optimizer(fit->optimizer, "trainer");
    if (report->step == fit->kill_at) raise(SIGKILL);
    return 0;
}

static void run_fit(bool goes_on, uint64_t kill_at) {
    const descent_dataset data = make_data();
    struct fit fit = {NULL, NULL, kill_at};
    descent_fit_options options;
    descent_fit_options_init(&options);
    options.epochs = 4;
    options.batch_size = 9;
    options.seed = 12;
    if (goes_on) {
        fit.classifier = load_classifier("classifier");
        fit.optimizer = load_optimizer("trainer");
        CHECK_OK(descent_classifier_resume(fit.classifier, fit.optimizer, &data, &options, checkpoint, &fit));
    } else {
        CHECK_OK(descent_classifier_create(DIMENSION, CLASSES, DESCENT_SQUARED_HINGE, &fit.classifier));
        CHECK_OK(descent_classifier_initialize(fit.classifier, 0.1, 1));
        CHECK_OK(descent_optimizer_create(DESCENT_ADAM, &fit.optimizer));
        CHECK_OK(descent_classifier_fit(fit.classifier, fit.optimizer, &data, &options, checkpoint, &fit));
    }
    save_classifier(fit.classifier, "classifier");
    save_optimizer(fit.optimizer, "trainer");
    descent_classifier_free(fit.classifier);
    descent_optimizer_free(fit.optimizer);
}

/* ---- processes ---- */

/* Runs this program again for one part, with an instruction set, in a directory. True if it ended, false if it was killed. */
static bool run_part(const char *part, const char *instruction_set, const char *place) {
    int   status = -1;
    pid_t child = fork();
    if (child == 0) {
        setenv("DESCENT_ISA", instruction_set, 1);
        execl("/proc/self/exe", "saving", part, place, (char *)NULL);
        _exit(127);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child, "%s", part);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return false;
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s with %s: status %d", part, instruction_set, status);
    return true;
}

static int do_part(const char *part) {
    if (strcmp(part, "whole") == 0) run_optimizers(0, STEPS), run_sampler(0, STEPS), run_fit(false, 0);
    if (strcmp(part, "first") == 0) run_optimizers(0, HALF), run_sampler(0, HALF), run_fit(false, KILLED_AT);
    if (strcmp(part, "second") == 0) run_optimizers(HALF, STEPS), run_sampler(HALF, STEPS), run_fit(true, 0);
    return check_failures == 0 ? 0 : 1;
}

static void check_same_files(const char *instruction_sets, const char *whole, const char *name) {
    size_t size, expected_size;
    void  *bytes = read_file(name, &size);
    char   own[sizeof directory];
    memcpy(own, directory, sizeof own);
    memcpy(directory, whole, sizeof own);
    void *expected = read_file(name, &expected_size);
    memcpy(directory, own, sizeof own);
    CHECK(size == expected_size && memcmp(bytes, expected, size) == 0, "%s: %s differs", instruction_sets, name);
    free(bytes);
    free(expected);
}

static void check_processes(void) {
    static const char *const sets[] = {"baseline", "avx2", "avx512"};
    static const char *const other_files[] = {"sampler", "indices", "classifier", "trainer"};
    char whole[sizeof directory], both[40];
    make_directory();
    memcpy(whole, directory, sizeof whole);
    CHECK(run_part("whole", "baseline", whole), "the whole");
    for (int i = 0; i < 9; i++) {
        const char *saving = sets[i / 3], *loading = sets[i % 3];
        snprintf(both, sizeof both, "%s to %s", saving, loading);
        make_directory();
        CHECK(!run_part("first", saving, directory), "%s: the first part was to be killed", both);
        CHECK(run_part("second", loading, directory), "%s", both);
        for (size_t algorithm = 0; algorithm < descent_algorithm_count(); algorithm++)
            for (int variant = 0; variant < VARIANTS && !descent_algorithm_is_batch(descent_algorithm_at(algorithm)); variant++)
                for (int kind = 0; kind < 2; kind++) {
                    char name[64];
                    snprintf(name, sizeof name, "%s-%d.%s", descent_algorithm_name(descent_algorithm_at(algorithm)),
                             variant, kind == 0 ? "optimizer" : "parameters");
                    check_same_files(both, whole, name);
                }
        for (size_t file = 0; file < 4; file++) check_same_files(both, whole, other_files[file]);
        remove_directory(directory);
    }
    remove_directory(whole);
}

/* ---- wrong bytes ---- */

static descent_status load(int kind, const void *bytes, size_t size) {
    descent_optimizer  *optimizer = NULL;
    descent_sampler    *sampler = NULL;
    descent_classifier *classifier = NULL;
    descent_status status = kind == 1   ? descent_optimizer_load(bytes, size, &optimizer)
                            : kind == 2 ? descent_sampler_load(bytes, size, &sampler)
                                        : descent_classifier_load(bytes, size, &classifier);
    CHECK(status == DESCENT_OK || (optimizer == NULL && sampler == NULL && classifier == NULL), "a handle was written");
    descent_optimizer_free(optimizer);
    descent_sampler_free(sampler);
    descent_classifier_free(classifier);
    return status;
}

static void check_wrong_bytes(int kind, const unsigned char *bytes, size_t size) {
    unsigned char *wrong = malloc(size);
    CHECK_OK(load(kind, bytes, size));
    memcpy(wrong, bytes, size);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        wrong[bit / 8] ^= (unsigned char)(1 << bit % 8);
        CHECK(load(kind, wrong, size) == DESCENT_ERROR_CORRUPT_STATE, "kind %d: bit %zu: %s", kind, bit,
              descent_last_error());
        wrong[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    for (size_t length = 0; length < size; length++) {
        /* In memory of its own, so that valgrind and its like notice what is read behind it. */
        unsigned char *shorter = malloc(length + (length == 0));
        memcpy(shorter, bytes, length);
        CHECK(load(kind, shorter, length) == DESCENT_ERROR_CORRUPT_STATE, "kind %d: %zu bytes: %s", kind, length,
              descent_last_error());
        free(shorter);
    }
    for (int other = 1; other <= 3; other++)
        if (other != kind)
            CHECK(load(other, bytes, size) == DESCENT_ERROR_CORRUPT_STATE, "kind %d as kind %d", kind, other);
    free(wrong);
}

static void check_all_wrong_bytes(void) {
    size_t size;
    void  *bytes;
    make_directory();
    run_optimizer(DESCENT_ADAM, 1, 0, 3);
    run_sampler(0, 3);
    run_fit(false, 0);
    bytes = read_file("adam-1.optimizer", &size);
    check_wrong_bytes(1, bytes, size);
    free(bytes);
    bytes = read_file("sampler", &size);
    check_wrong_bytes(2, bytes, size);
    free(bytes);
    bytes = read_file("classifier", &size);
    check_wrong_bytes(3, bytes, size);
    free(bytes);
    remove_directory(directory);
}

int main(int argument_count, char **arguments) {
    if (argument_count == 3 && strlen(arguments[2]) == sizeof directory - 1) {
        memcpy(directory, arguments[2], sizeof directory);
        return do_part(arguments[1]);
    }
    /* `saving bytes` is for valgrind, under which the program cannot run itself again. */
    if (argument_count == 1) check_processes();
    check_all_wrong_bytes();
    return check_result("saving");
}
