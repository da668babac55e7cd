/*
 * A network of one's own on several processes, with the optimizer's state divided among them: each computes the gradient of
 * its share of every minibatch, MPI_Allreduce adds these up, each steps its part of the parameters with an optimizer
 * that has the state of that part only, and MPI_Allgather brings the parts together.
 *
 *     mpicc -std=c99 network.c -I ../../../include -L ../../../build/lib -ldescent -lm -o network
 *     mpirun -n 4 ./network
 *
 * It prints the same numbers with any number of processes that divides 64. MPI adds up in an order of its own, in which
 * sums of floats would differ; so each sample's gradient is rounded to multiples of 2^-32, and these are added up as whole
 * numbers, whose sums do not depend on an order. And Adam works element by element, so that a part of the parameters goes as
 * it would go among the others.
 */
#include <descent.h>
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    INPUTS = 2, HIDDEN = 31, PARAMETERS = HIDDEN * INPUTS + HIDDEN + HIDDEN + 1, /* W1, b1, W2, b2 */
    BATCH = 64, STEPS = 400, MOST_PROCESSES = 64,
    ROOM = PARAMETERS + MOST_PROCESSES /* so that every part is as long as the others */
};

static const double UNIT = 4294967296.0; /* 2^32 */

/* A number in [-1, 1) that depends on its arguments only: the samples are the same in all processes. */
static double noise(uint32_t step, uint32_t sample, uint32_t number) {
    uint32_t state = step * 2654435761u ^ sample * 2246822519u ^ number * 3266489917u;
    for (int round = 0; round < 3; round++) {
        state ^= state >> 15;
        state *= 2246822519u;
        state ^= state >> 13;
    }
    return (double)state / 2147483648.0 - 1;
}

/* The loss of a sample, and its gradient. The network is to learn which points lie in a ring. */
static double backpropagate(const float *parameters, double x, double y, double gradient[PARAMETERS]) {
    const float *w1 = parameters, *b1 = w1 + HIDDEN * INPUTS, *w2 = b1 + HIDDEN, *b2 = w2 + HIDDEN;
    double hidden[HIDDEN], score = *b2;
    for (int unit = 0; unit < HIDDEN; unit++) {
        const double sum = w1[2 * unit] * x + w1[2 * unit + 1] * y + b1[unit];
        hidden[unit] = sum > 0 ? sum : 0;
        score += w2[unit] * hidden[unit];
    }
    const double radius = sqrt(x * x + y * y), target = radius > 0.4 && radius < 0.8 ? 1 : 0;
    const double probability = 1 / (1 + exp(-score)), slope = probability - target;
    for (int unit = 0; unit < HIDDEN; unit++) {
        const double back = hidden[unit] > 0 ? slope * w2[unit] : 0;
        gradient[2 * unit] = back * x;
        gradient[2 * unit + 1] = back * y;
        gradient[HIDDEN * INPUTS + unit] = back;
        gradient[HIDDEN * INPUTS + HIDDEN + unit] = slope * hidden[unit];
    }
    gradient[PARAMETERS - 1] = slope;
    return (score > 0 ? score : 0) - target * score + log(1 + exp(-fabs(score)));
}

/* The sums of this process's share of a minibatch, the loss behind the gradient. */
static void add_share(const float *parameters, int step, int rank, int size, int64_t sums[PARAMETERS + 1]) {
    double gradient[PARAMETERS];
    memset(sums, 0, (PARAMETERS + 1) * sizeof *sums);
    for (int sample = rank * (BATCH / size); sample < (rank + 1) * (BATCH / size); sample++) {
        const double x = noise((uint32_t)step, (uint32_t)sample, 0), y = noise((uint32_t)step, (uint32_t)sample, 1);
        sums[PARAMETERS] += llrint(UNIT * backpropagate(parameters, x, y, gradient));
        for (int i = 0; i < PARAMETERS; i++) sums[i] += llrint(UNIT * gradient[i]);
    }
}

static int fail(int rank, const char *what) {
    fprintf(stderr, "rank %d cannot %s: %s\n", rank, what, descent_last_error());
    MPI_Abort(MPI_COMM_WORLD, 1);
    return 1;
}

int main(int count, char **arguments) {
    int rank, size;
    MPI_Init(&count, &arguments);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (BATCH % size != 0) {
        if (rank == 0) fprintf(stderr, "%d processes do not divide a minibatch of %d\n", size, BATCH);
        MPI_Finalize();
        return 2;
    }
    static float parameters[ROOM], gradient[ROOM];
    int64_t own[PARAMETERS + 1], sums[PARAMETERS + 1];
    const int part = (PARAMETERS + size - 1) / size;
    /* The elements that this process steps; the last one may have fewer, or none. */
    const int first = rank * part, end = first + part < PARAMETERS ? first + part : PARAMETERS;
    const size_t length = end > first ? (size_t)(end - first) : 0;
    descent_optimizer *adam = NULL;
    if (descent_initialize(DESCENT_INITIALIZE_HE_NORMAL, DESCENT_FLOAT32, INPUTS, HIDDEN, 1, 1, parameters) != DESCENT_OK ||
        descent_initialize(DESCENT_INITIALIZE_HE_NORMAL, DESCENT_FLOAT32, HIDDEN, 1, 1, 2,
                           parameters + HIDDEN * INPUTS + HIDDEN) != DESCENT_OK ||
        descent_optimizer_create(DESCENT_ADAM, &adam) != DESCENT_OK ||
        descent_optimizer_set(adam, DESCENT_LEARNING_RATE, 0.02) != DESCENT_OK)
        return fail(rank, "begin");

    for (int step = 1; step <= STEPS; step++) {
        add_share(parameters, step, rank, size, own);
        MPI_Allreduce(own, sums, PARAMETERS + 1, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
        for (int i = 0; i < PARAMETERS; i++) gradient[i] = (float)((double)sums[i] / UNIT / BATCH);
        const descent_tensor tensor = {parameters + first, gradient + first, 1, length, DESCENT_FLOAT32, 0};
        if (length > 0 && descent_optimizer_step(adam, &tensor, 1) != DESCENT_OK) return fail(rank, "step");
        MPI_Allgather(MPI_IN_PLACE, part, MPI_FLOAT, parameters, part, MPI_FLOAT, MPI_COMM_WORLD);
        if (rank == 0 && (step == 1 || step % 100 == 0))
            printf("step %3d: loss %.17g\n", step, (double)sums[PARAMETERS] / UNIT / BATCH);
    }
    if (rank == 0) printf("parameters %016llx\n", (unsigned long long)descent_checksum(parameters, PARAMETERS * sizeof(float)));
    descent_optimizer_free(adam);
    MPI_Finalize();
    return 0;
}
