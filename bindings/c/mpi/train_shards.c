/*
 * Trains a linear classifier on a data set that lies in one pair of files for each shard, PREFIX-features-0.npy and
 * PREFIX-labels-0.npy to PREFIX-features-7.npy and PREFIX-labels-7.npy, with 1, 2, 4 or 8 processes, each of which reads the
 * files of its own shards:
 *
 *     mpicc -std=c99 train_shards.c -I ../../../include -L ../../../build/lib -ldescent -lm -o train_shards
 *     mpirun -n 4 ./train_shards PREFIX CLASSES EPOCHS BATCH_SIZE checkpoint.descent
 *
 * After each epoch rank 0 saves model and optimizer. If the program finds such a file it goes on from there, with any
 * number of processes: the result has the same bits.
 *
 * Shard s of n rows has rows floor(s * n / 8) to floor((s + 1) * n / 8): numpy.array_split() gives parts that differ by one
 * row too, but at other places; the library says how many rows a process must hold.
 */
#define _POSIX_C_SOURCE 200809L

#include "mpi_communicator.h"

#include "../new_file.h"
#include "../npy_file.h"

#include <inttypes.h>
#include <math.h>

enum { SHARDS = 8, CHECKPOINT_KIND = 65 };

struct training {
    descent_communicator communicator;
    descent_classifier  *classifier;
    descent_optimizer   *optimizer;
    descent_dataset      data;
    void                *features;
    int32_t             *labels;
    const char          *checkpoint;
};

static bool library_failed(const struct training *training, const char *what) {
    fprintf(stderr, "rank %d cannot %s: %s\n", (int)training->communicator.rank, what, descent_last_error());
    return false;
}

/* ---- the files of a process's shards, one behind the other ---- */

static bool append(void **array, size_t count, size_t added, const void *numbers, size_t size) {
    void *larger = realloc(*array, (count + added) * size + 1);
    if (larger == NULL) return fputs("out of memory for the samples\n", stderr), false;
    memcpy((char *)larger + count * size, numbers, added * size);
    *array = larger;
    return true;
}

static bool add_labels(struct training *training, const char *path, size_t rows) {
    struct npy_header header;
    void *numbers = NULL;
    bool  good = read_npy(path, &header, &numbers);
    if (good && (header.columns != 1 || header.rows != rows))
        good = file_error(path, "%zu labels were expected", rows);
    void *labels = training->labels;
    good = good && append(&labels, training->data.samples + rows, 0, numbers, sizeof(int32_t));
    training->labels = labels;
    for (size_t i = 0; good && i < rows; i++)
        training->labels[training->data.samples + i] = (int32_t)npy_number(&header, numbers, i);
    free(numbers);
    return good;
}

static bool add_shard(struct training *training, const char *prefix, int shard) {
    struct npy_header header;
    descent_dataset  *data = &training->data;
    char  path[1024];
    void *numbers = NULL;
    snprintf(path, sizeof path, "%s-features-%d.npy", prefix, shard);
    bool good = read_npy(path, &header, &numbers);
    if (good && !(header.is_matrix && ((header.kind == 'f' && header.bytes == 4) || (header.kind == 'u' && header.bytes == 1))))
        good = file_error(path, "a matrix of float32 or of bytes was expected");
    if (good && data->samples > 0 && header.columns != data->dimension)
        good = file_error(path, "%zu features were expected, as in the files before, not %zu", data->dimension,
                          header.columns);
    if (good) {
        data->dtype = header.kind == 'u' ? DESCENT_UINT8 : DESCENT_FLOAT32;
        data->scale = header.kind == 'u' ? 1.0f / 255 : 1;
        data->dimension = header.columns;
        snprintf(path, sizeof path, "%s-labels-%d.npy", prefix, shard);
        good = append(&training->features, data->samples, header.rows, numbers, header.columns * header.bytes) &&
               add_labels(training, path, header.rows);
        data->samples += header.rows;
    }
    free(numbers);
    return good;
}

static bool read_shards(struct training *training, const char *prefix) {
    const int rank = training->communicator.rank, size = training->communicator.size;
    bool good = SHARDS % size == 0 || file_error(prefix, "%d processes do not divide %d shards", size, SHARDS);
    for (int shard = rank * (SHARDS / size); good && shard < (rank + 1) * (SHARDS / size); shard++)
        good = add_shard(training, prefix, shard);
    training->data.struct_size = sizeof training->data;
    training->data.features = training->features;
    training->data.labels = training->labels;
    training->data.communicator = &training->communicator;
    training->data.shards = SHARDS;
    return good;
}

/* ---- checkpoints: the saved bytes of model and optimizer as entries of one file ---- */

static bool save_entries(const struct training *training, const descent_saved_entry entries[2]) {
    struct new_file file;
    size_t size = 0;
    if (descent_saved_build(CHECKPOINT_KIND, entries, 2, NULL, 0, &size) != DESCENT_OK)
        return library_failed(training, "save");
    void *bytes = malloc(size);
    bool  good = bytes != NULL || file_error(training->checkpoint, "out of memory for %zu bytes", size);
    if (good && descent_saved_build(CHECKPOINT_KIND, entries, 2, bytes, size, &size) != DESCENT_OK)
        good = library_failed(training, "save");
    good = good && open_new_file(training->checkpoint, &file);
    if (good && fwrite(bytes, 1, size, file.stream) != size) good = new_file_error(&file, "write");
    else good = good && finish_new_file(&file);
    free(bytes);
    return good;
}

static bool save(const struct training *training) {
    size_t sizes[2] = {0, 0};
    if (descent_classifier_save_size(training->classifier, &sizes[0]) != DESCENT_OK ||
        descent_optimizer_save_size(training->optimizer, &sizes[1]) != DESCENT_OK)
        return library_failed(training, "save");
    void *model = malloc(sizes[0]), *optimizer = malloc(sizes[1]);
    bool good = model != NULL && optimizer != NULL;
    if (good && (descent_classifier_save(training->classifier, model, sizes[0], &sizes[0]) != DESCENT_OK ||
                 descent_optimizer_save(training->optimizer, optimizer, sizes[1], &sizes[1]) != DESCENT_OK))
        good = library_failed(training, "save");
    const descent_saved_entry entries[2] = {
        {.struct_size = sizeof *entries, .dtype = DESCENT_UINT8, .name = "classifier", .data = model, .rows = 1,
         .columns = sizes[0], .rank = 1},
        {.struct_size = sizeof *entries, .dtype = DESCENT_UINT8, .name = "optimizer", .data = optimizer, .rows = 1,
         .columns = sizes[1], .rank = 1}};
    good = good && save_entries(training, entries);
    free(model);
    free(optimizer);
    return good;
}

/* The last checkpoint, which only rank 0 needs to see; *found is false if there is none. */
static bool load(struct training *training, bool *found) {
    struct file_content content = {NULL, 0};
    uint64_t size = 0;
    FILE    *stream = training->communicator.rank == 0 ? fopen(training->checkpoint, "rb") : NULL;
    if (stream != NULL) {
        fclose(stream);
        if (read_file(training->checkpoint, &content)) size = content.size;
        else size = UINT64_MAX;
    }
    MPI_Bcast(&size, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
    *found = size > 0;
    if (size == 0 || size == UINT64_MAX) return free(content.bytes), size == 0;
    if (content.bytes == NULL) content.bytes = malloc(size);
    if (content.bytes == NULL) return file_error(training->checkpoint, "out of memory");
    MPI_Bcast(content.bytes, (int)size, MPI_BYTE, 0, MPI_COMM_WORLD);
    descent_saved_entry entries[2] = {{.struct_size = sizeof *entries}};
    size_t count = 0;
    bool good = descent_saved_entries(content.bytes, size, entries, 2, &count) == DESCENT_OK && count == 2;
    good = good && descent_classifier_load(entries[0].data, entries[0].columns, &training->classifier) == DESCENT_OK &&
           descent_optimizer_load(entries[1].data, entries[1].columns, &training->optimizer) == DESCENT_OK;
    if (!good) library_failed(training, "load the checkpoint");
    free(content.bytes);
    return good;
}

/* ---- training ---- */

static int32_t after_step(const descent_progress_report *report, void *context) {
    const struct training *training = context;
    if (!report->epoch_end) return 0;
    printf("epoch %" PRIu32 ": loss %.6f\n", report->epoch, report->loss);
    fflush(stdout);
    return training->checkpoint != NULL && !save(training);
}

static bool begin(struct training *training, size_t classes, bool *goes_on) {
    if (training->checkpoint != NULL && !load(training, goes_on)) return false;
    if (*goes_on) return true;
    return (descent_classifier_create(training->data.dimension, classes, DESCENT_SOFTMAX_CROSS_ENTROPY,
                                      &training->classifier) == DESCENT_OK &&
            descent_optimizer_create(DESCENT_ADAM, &training->optimizer) == DESCENT_OK) ||
           library_failed(training, "begin");
}

static bool train(struct training *training, size_t classes, uint32_t epochs, uint32_t batch_size) {
    descent_fit_options options;
    bool   goes_on = false;
    double loss, accuracy;
    descent_fit_options_init(&options);
    options.epochs = epochs;
    options.batch_size = batch_size;
    options.communicator = &training->communicator;
    options.shards = SHARDS;
    if (!begin(training, classes, &goes_on)) return false;
    descent_progress progress = training->communicator.rank == 0 ? after_step : NULL;
    descent_status status = (goes_on ? descent_classifier_resume : descent_classifier_fit)(
        training->classifier, training->optimizer, &training->data, &options, progress, training);
    if (status != DESCENT_OK) return library_failed(training, "train");
    if (descent_classifier_evaluate(training->classifier, &training->data, &loss, &accuracy) != DESCENT_OK)
        return library_failed(training, "evaluate");
    if (training->communicator.rank == 0) printf("loss %.17g, %.2f%% right\n", loss, 100 * accuracy);
    return true;
}

int main(int count, char **arguments) {
    MPI_Comm world = MPI_COMM_WORLD;
    MPI_Init(&count, &arguments);
    MPI_Comm_set_errhandler(world, MPI_ERRORS_RETURN);
    struct training training = {.communicator = mpi_communicator(&world)};
    const long classes = count > 2 ? atol(arguments[2]) : 0, epochs = count > 3 ? atol(arguments[3]) : 10;
    const long batch_size = count > 4 ? atol(arguments[4]) : 128;
    training.checkpoint = count > 5 ? arguments[5] : NULL;
    if (classes < 2 || epochs < 1 || batch_size < 0 || count > 6) {
        if (training.communicator.rank == 0)
            fputs("usage: train_shards PREFIX CLASSES [EPOCHS [BATCH_SIZE [CHECKPOINT]]]\n", stderr);
        MPI_Finalize();
        return 2;
    }
    bool good = read_shards(&training, arguments[1]) &&
                train(&training, (size_t)classes, (uint32_t)epochs, (uint32_t)batch_size);
    descent_classifier_free(training.classifier);
    descent_optimizer_free(training.optimizer);
    free(training.features);
    free(training.labels);
    /* The others may wait for this one. */
    if (!good) MPI_Abort(world, 1);
    MPI_Finalize();
    return 0;
}
