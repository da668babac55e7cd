/*
 * Calls on samplers. Every batch must have sample numbers that there are, an epoch of a shuffle each of them once, and a
 * second sampler that is sought to the same place the same batch.
 */
#include "choices.h"
#include "saved.h"

enum { MOST_CALLS = 60, MOST_ROOM = 4096 };

static struct {
    descent_sampler *sampler, *twin; /* made in the same way */
    size_t           samples, batch_size;
    int32_t          sampling;
    bool             drops_last;
    size_t          *indices;
    uint8_t         *seen; /* which samples the present epoch of a shuffle has had */
    bool             is_whole_epoch;
} made;

static size_t room(void) { return made.samples < made.batch_size ? made.samples : made.batch_size; }

static void forget(void) {
    descent_sampler_free(made.sampler);
    descent_sampler_free(made.twin);
    memset(&made, 0, sizeof made);
}

static size_t take_sampler_size(input *in, size_t usual) {
    const uint8_t kind = take_byte(in);
    if (kind < 224) return 1 + kind % usual;
    return kind < 240 ? take_huge(in) : (size_t)take_bytes(in, kind % 9);
}

static int32_t *take_labels(input *in, size_t samples) {
    if (take_chance(in, 16) || samples == 0 || samples > MOST_ROOM) return NULL;
    int32_t     *labels = memory(samples * sizeof *labels, 0);
    const size_t classes = 1 + take_up_to(in, 15);
    const int32_t factor = take_chance(in, 4) ? (int32_t)take_32(in) & INT32_MAX : 1;
    for (size_t i = 0; i < samples; i++)
        labels[i] = (int32_t)((uint32_t)factor * (uint32_t)((i < 64 ? take_byte(in) : i) % classes)) & INT32_MAX;
    if (take_chance(in, 16)) labels[take_byte(in) % samples] = (int32_t)take_32(in);
    return labels;
}

static double *take_weights(input *in, size_t samples) {
    if (take_chance(in, 32) || samples > MOST_ROOM) return NULL;
    double *weights = memory(samples * sizeof *weights, 0);
    for (size_t i = 0; i < samples; i++) weights[i] = i < 64 ? fabs(take_double(in)) : (double)(i % 5);
    return weights;
}

static descent_status make(const int32_t *labels, const double *weights, uint64_t seed, descent_sampler **out) {
    if (weights != NULL) return descent_sampler_create_weighted(made.samples, made.batch_size, weights, seed, out);
    return descent_sampler_create(made.samples, made.batch_size, made.sampling, labels, seed, out);
}

static void create(input *in) {
    forget();
    made.samples = take_sampler_size(in, 60);
    made.batch_size = take_sampler_size(in, 20);
    made.sampling = (int32_t)take_number(in, 4);
    const uint64_t seed = take_chance(in, 4) ? take_64(in) : take_byte(in);
    const int32_t *labels = take_labels(in, made.samples);
    const double  *weights = made.sampling == DESCENT_SAMPLE_WEIGHTED ? take_weights(in, made.samples) : NULL;
    if (noted(make(labels, weights, seed, &made.sampler)) != DESCENT_OK) {
        EXPECT(made.sampler == NULL, "a sampler of a call that failed");
        return;
    }
    EXPECT(make(labels, weights, seed, &made.twin) == DESCENT_OK, "%s", descent_last_error());
    /* What it can hold it may take minutes to draw. */
    if (room() > MOST_ROOM || (made.sampling == DESCENT_SAMPLE_SHUFFLE && made.samples > MOST_ROOM)) {
        forget();
        return;
    }
    made.indices = memory(room() * sizeof *made.indices, 0);
    made.seen = memory(made.samples < MOST_ROOM ? made.samples : 0, 0);
    made.is_whole_epoch = true;
}

/* The place of the next batch, which is also that of the twin from now on. */
static void agree(uint64_t *epoch, size_t *batch) {
    EXPECT(descent_sampler_position(made.sampler, epoch, batch) == DESCENT_OK, "%s", descent_last_error());
    EXPECT(*batch < descent_sampler_batches(made.sampler), "batch %zu", *batch);
    EXPECT(descent_sampler_seek(made.twin, *epoch, *batch) == DESCENT_OK, "%s", descent_last_error());
}

static bool draws_once(void) {
    return (made.sampling == DESCENT_SAMPLE_SHUFFLE || made.sampling == DESCENT_SAMPLE_STRATIFIED) && made.samples < MOST_ROOM;
}

static void next(input *in) {
    if (made.sampler == NULL || take_chance(in, 32)) {
        size_t one, two;
        noted(descent_sampler_next(made.sampler, take_chance(in, 2) ? NULL : &one, NULL));
        noted(descent_sampler_next(NULL, &one, &two));
        return;
    }
    uint64_t epoch;
    size_t   batch, count = 0;
    agree(&epoch, &batch);
    if (batch == 0) {
        if (made.samples < MOST_ROOM) memset(made.seen, 0, made.samples);
        made.is_whole_epoch = true;
    }
    noted(descent_sampler_next(made.sampler, made.indices, &count));
    EXPECT(count >= 1 && count <= room(), "%zu samples", count);
    for (size_t i = 0; i < count; i++) {
        EXPECT(made.indices[i] < made.samples, "sample %zu of %zu", made.indices[i], made.samples);
        if (draws_once() && made.is_whole_epoch)
            EXPECT(made.seen[made.indices[i]]++ == 0, "sample %zu twice", made.indices[i]);
        add_number(made.indices[i]);
    }
    size_t *expected = memory(room() * sizeof *expected, 0), expected_count = 0;
    EXPECT(descent_sampler_next(made.twin, expected, &expected_count) == DESCENT_OK, "%s", descent_last_error());
    EXPECT(count == expected_count, "%zu and %zu samples", count, expected_count);
    EXPECT(memcmp(expected, made.indices, count * sizeof *expected) == 0, "epoch %llu, batch %zu",
           (unsigned long long)epoch, batch);
}

static void seek(input *in) {
    const uint64_t epoch = take_chance(in, 4) ? take_64(in) : take_byte(in);
    const size_t   batches = descent_sampler_batches(made.sampler);
    const size_t   batch = take_chance(in, 8) ? (size_t)take_64(in) : take_byte(in) % (batches == 0 ? 1 : batches);
    const descent_status status = noted(descent_sampler_seek(made.sampler, epoch, batch));
    if (made.sampler != NULL) EXPECT((status == DESCENT_OK) == (batch < batches), "batch %zu of %zu", batch, batches);
    if (status == DESCENT_OK) made.is_whole_epoch = false;
}

static void drop_last(input *in) {
    const int32_t drop = (int32_t)take_number(in, 1);
    if (noted(descent_sampler_set_drop_last(made.sampler, drop)) == DESCENT_OK) {
        EXPECT(descent_sampler_set_drop_last(made.twin, drop) == DESCENT_OK, "%s", descent_last_error());
        made.is_whole_epoch = false;
    }
}

/* The twin's place takes one that was saved and loaded. */
static void reload(void) {
    if (made.sampler == NULL) return;
    descent_sampler_free(made.twin);
    made.twin = copy_sampler(made.sampler);
}

static void position(input *in) {
    uint64_t epoch = 7;
    size_t   batch = 7;
    noted(descent_sampler_position(made.sampler, take_chance(in, 16) ? NULL : &epoch, take_chance(in, 16) ? NULL : &batch));
    add_number(epoch);
    add_number(batch);
    add_number(descent_sampler_batches(made.sampler));
}

static void run_input(input *in) {
    create(in);
    for (int calls = 0; calls < MOST_CALLS && !is_empty(in); calls++) {
        switch (take_up_to(in, 10)) {
        case 0: create(in); break;
        case 1: seek(in); break;
        case 2: drop_last(in); break;
        case 3: position(in); break;
        case 4: reload(); break;
        default: next(in);
        }
    }
}

static void end_input(void) { forget(); }
