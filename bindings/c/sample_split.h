/*
 * A part of the training samples becomes validation data.
 */
#ifndef SAMPLE_SPLIT_H
#define SAMPLE_SPLIT_H

#include "sample_set.h"

/* Features of a sparse sample, behind those of the samples before its new place. */
static inline void copy_row(const struct sample_set *from, size_t sample, struct sample_set *to, size_t place) {
    const size_t bytes = size_of_feature(from->dtype), start = (size_t)from->row_starts[sample];
    const size_t count = (size_t)from->row_starts[sample + 1] - start, target = (size_t)to->row_starts[place];
    memmove((char *)to->features + target * bytes, (const char *)from->features + start * bytes, count * bytes);
    memmove(to->columns + target, from->columns + start, count * sizeof *to->columns);
    to->entry_count = target + count;
    to->row_starts[place + 1] = (int64_t)to->entry_count;
}

/* Copies a sample to a place at or before its own, or in another set; behind those that went to lower places. */
static inline void copy_sample(const struct sample_set *from, size_t sample, struct sample_set *to, size_t place) {
    size_t bytes = from->dimension * size_of_feature(from->dtype);
    if (from->row_starts != NULL) copy_row(from, sample, to, place);
    else memmove((char *)to->features + place * bytes, (const char *)from->features + sample * bytes, bytes);
    if (from->labels != NULL) to->labels[place] = from->labels[sample];
    if (from->targets != NULL) to->targets[place] = from->targets[sample];
    if (from->weights != NULL) to->weights[place] = from->weights[sample];
}

static inline bool make_room_for_rows(const struct sample_set *all, const bool *moves, size_t count,
                                      struct sample_set *part) {
    size_t entries = 1;
    for (size_t i = 0; i < all->count; i++)
        if (moves[i]) entries += (size_t)(all->row_starts[i + 1] - all->row_starts[i]);
    void *starts = NULL, *columns = NULL;
    bool  good = grow(&part->features, entries, size_of_feature(all->dtype)) &&
                grow(&starts, count + 1, sizeof *part->row_starts) && grow(&columns, entries, sizeof *part->columns);
    part->row_starts = starts;
    part->columns = columns;
    if (good) part->row_starts[0] = 0;
    return good;
}

static inline bool make_room_for_part(const struct sample_set *all, const bool *moves, size_t count,
                                      const struct schema *schema, struct sample_set *part) {
    part->dtype = all->dtype;
    part->dimension = all->dimension;
    bool good = all->row_starts != NULL
                    ? make_room_for_rows(all, moves, count, part)
                    : grow(&part->features, count, all->dimension * size_of_feature(all->dtype));
    return good && make_room_for_answers(part, schema, all->weights != NULL, count);
}

/* Moves the share of the samples, drawn at random, to *part, which is zero before and to be freed even after a failure.
 * The others keep their order. */
static inline bool split_samples(struct sample_set *all, const struct schema *schema, double share, uint64_t seed,
                          struct sample_set *part) {
    descent_sampler *sampler = NULL;
    size_t count = (size_t)ceil(share * (double)all->count), drawn = 0, kept = 0;
    if (count >= all->count) return fputs("--validation-fraction leaves no samples to train with\n", stderr), false;
    size_t *indices = malloc(count * sizeof *indices);
    bool   *moves = calloc(all->count, sizeof *moves);
    bool    good = indices != NULL && moves != NULL &&
                descent_sampler_create(all->count, count, DESCENT_SAMPLE_SHUFFLE, NULL, seed, &sampler) == DESCENT_OK &&
                descent_sampler_next(sampler, indices, &drawn) == DESCENT_OK;
    for (size_t i = 0; good && i < drawn; i++) moves[indices[i]] = true;
    good = good && make_room_for_part(all, moves, drawn, schema, part);
    for (size_t i = 0; good && i < all->count; i++) {
        if (moves[i]) copy_sample(all, i, part, part->count++);
        else copy_sample(all, i, all, kept++);
    }
    if (good) all->count = kept;
    else fputs("out of memory for the validation data\n", stderr);
    descent_sampler_free(sampler);
    free(moves);
    free(indices);
    return good;
}

#endif
