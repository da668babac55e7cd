/*
 * How long sums over processes take, the library's and MPI_Allreduce's, and an epoch of minibatches with them. Started by
 * scale.py; prints one line of JSON for each measurement.
 *
 *     mpirun -n 2 exchange sums
 *     mpirun -n 2 exchange epoch ROWS DIMENSION CLASSES BATCH_SIZE EPOCHS SHARDS
 *     exchange alone ROWS DIMENSION CLASSES BATCH_SIZE EPOCHS SHARDS
 */
#define _POSIX_C_SOURCE 200809L

#include "../../bindings/c/mpi/mpi_communicator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 15 };

/* Of a machine that others use too, the least is what the work itself takes. */
static double least(const double *times) {
    double best = times[0];
    for (int round = 1; round < ROUNDS; round++) best = times[round] < best ? times[round] : best;
    return best;
}

static void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, descent_last_error());
    MPI_Abort(MPI_COMM_WORLD, 1);
}

/* Seconds for one sum, in turns; the first of each is not counted. */
static void measure_sums(const descent_communicator *communicator) {
    for (size_t bytes = 8; bytes <= 52428800; bytes = bytes < 8192 ? 8 * bytes : bytes * 2) {
        const size_t count = (bytes > 52428800 / 2 ? 52428800 : bytes) / sizeof(float);
        const int    repeats = bytes < 65536 ? 50 : bytes < 4194304 ? 5 : 1;
        float *numbers = malloc(count * sizeof *numbers), *sums = malloc(count * sizeof *sums);
        double ours[ROUNDS], theirs[ROUNDS];
        for (size_t i = 0; i < count; i++) numbers[i] = (float)(i % 1000) + (float)communicator->rank;
        for (int round = -1; round < ROUNDS; round++) {
            double begin;
            double seconds = 0;
            for (int repeat = 0; repeat < repeats; repeat++) {
                memcpy(sums, numbers, count * sizeof *sums);
                MPI_Barrier(MPI_COMM_WORLD);
                begin = MPI_Wtime();
                if (descent_communicator_sum(communicator, DESCENT_FLOAT32, sums, count) != DESCENT_OK) fail("sum");
                seconds += MPI_Wtime() - begin;
            }
            if (round >= 0) ours[round] = seconds / repeats;
            MPI_Barrier(MPI_COMM_WORLD);
            seconds = 0;
            for (int repeat = 0; repeat < repeats; repeat++) {
                memcpy(sums, numbers, count * sizeof *sums);
                MPI_Barrier(MPI_COMM_WORLD);
                begin = MPI_Wtime();
                MPI_Allreduce(MPI_IN_PLACE, sums, (int)count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
                seconds += MPI_Wtime() - begin;
            }
            if (round >= 0) theirs[round] = seconds / repeats;
        }
        if (communicator->rank == 0) {
            printf("{\"processes\": %d, \"bytes\": %zu, \"library\": %.9f, \"allreduce\": %.9f}\n", (int)communicator->size,
                   count * sizeof(float), least(ours), least(theirs));
            fflush(stdout);
        }
        free(numbers);
        free(sums);
    }
}

/* What the communicator does: how often, how many bytes, and how long. */
struct meter {
    MPI_Comm world;
    long     calls;
    double   bytes, seconds;
};

static int32_t metered(int32_t partner, const void *send, void *receive, size_t bytes, void *context) {
    struct meter *meter = context;
    const double begin = MPI_Wtime();
    const int32_t status = mpi_exchange(partner, send, receive, bytes, &meter->world);
    meter->seconds += MPI_Wtime() - begin;
    meter->bytes += (double)bytes;
    meter->calls++;
    return status;
}

static void measure_epoch(descent_communicator *communicator, struct meter *meter, char **arguments) {
    const size_t all = (size_t)atol(arguments[0]), dimension = (size_t)atol(arguments[1]), classes = (size_t)atol(arguments[2]);
    const int rank = communicator != NULL ? communicator->rank : 0, size = communicator != NULL ? communicator->size : 1;
    const size_t rows = all * (size_t)(rank + 1) / (size_t)size - all * (size_t)rank / (size_t)size;
    const uint32_t batch_size = (uint32_t)atol(arguments[3]), epochs = (uint32_t)atol(arguments[4]);
    float   *features = malloc(rows * dimension * sizeof *features);
    int32_t *labels = malloc(rows * sizeof *labels);
    uint32_t state = 1 + (uint32_t)rank;
    for (size_t i = 0; i < rows * dimension; i++) features[i] = (float)((state = state * 1664525u + 1013904223u) >> 8) / 16777216;
    for (size_t i = 0; i < rows; i++) labels[i] = (int32_t)((state = state * 1664525u + 1013904223u) >> 8) % (int32_t)classes;
    const descent_dataset data = {.struct_size = sizeof data, .dtype = DESCENT_FLOAT32, .features = features,
                                  .labels = labels, .samples = rows, .dimension = dimension, .scale = 1};
    descent_fit_options options;
    descent_fit_options_init(&options);
    options.epochs = epochs;
    options.batch_size = batch_size;
    options.communicator = communicator;
    options.shards = (uint32_t)atol(arguments[5]);
    double times[ROUNDS];
    for (int round = -1; round < ROUNDS; round++) {
        descent_classifier *classifier = NULL;
        descent_optimizer  *sgd = NULL;
        if (descent_classifier_create(dimension, classes, DESCENT_SOFTMAX_CROSS_ENTROPY, &classifier) != DESCENT_OK ||
            descent_optimizer_create(DESCENT_SGD, &sgd) != DESCENT_OK) fail("begin");
        meter->calls = 0, meter->bytes = meter->seconds = 0;
        MPI_Barrier(MPI_COMM_WORLD);
        const double begin = MPI_Wtime();
        if (descent_classifier_fit(classifier, sgd, &data, &options, NULL, NULL) != DESCENT_OK) fail("fit");
        MPI_Barrier(MPI_COMM_WORLD);
        if (round >= 0) times[round] = (MPI_Wtime() - begin) / epochs;
        descent_classifier_free(classifier);
        descent_optimizer_free(sgd);
    }
    const double steps = (double)epochs * (double)((all - 1) / batch_size + 1);
    if (rank == 0)
        printf("{\"processes\": %d, \"threads\": %d, \"epoch\": %.9f, \"calls_per_step\": %.3f, \"bytes_per_step\": %.0f, "
               "\"exchange_per_step\": %.9f, \"step\": %.9f}\n", size, (int)descent_thread_count(), least(times),
               (double)meter->calls / steps, meter->bytes / steps, meter->seconds / steps,
               least(times) * epochs / steps);
    free(features);
    free(labels);
}

int main(int count, char **arguments) {
    MPI_Init(&count, &arguments);
    struct meter meter = {.world = MPI_COMM_WORLD};
    descent_communicator communicator = mpi_communicator(&meter.world);
    if (count == 2 && strcmp(arguments[1], "sums") == 0) measure_sums(&communicator);
    communicator.exchange = metered;
    communicator.context = &meter;
    if (count == 8) measure_epoch(strcmp(arguments[1], "alone") == 0 ? NULL : &communicator, &meter, arguments + 2);
    MPI_Finalize();
    return 0;
}
