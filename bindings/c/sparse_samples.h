/*
 * Samples from files of sparse rows: SVMlight's, and Vowpal Wabbit's text with hashed features.
 */
#ifndef SPARSE_SAMPLES_H
#define SPARSE_SAMPLES_H

#include "sample_set.h"
#include "svmlight_file.h"
#include "vw_file.h"

#include <float.h>

/* Samples of which at least one number in so many is there are made dense. */
enum { DENSE_SHARE = 4 };

/* ---- one sample ---- */

static inline bool make_room_for_row(struct sample_set *set, const struct schema *schema, bool has_weights,
                                     size_t entries) {
    if (set->count == set->capacity) {
        size_t capacity = set->capacity == 0 ? 1024 : 2 * set->capacity;
        void  *starts = set->row_starts;
        bool   is_first = starts == NULL, good = grow(&starts, capacity + 1, sizeof *set->row_starts);
        set->row_starts = starts;
        if (good && is_first) set->row_starts[0] = 0;
        if (!good || !make_room_for_answers(set, schema, has_weights, capacity)) return false;
        set->capacity = capacity;
    }
    if (set->entry_capacity - set->entry_count >= entries && set->columns != NULL) return true;
    size_t room = 2 * (set->entry_count + entries) + 1024;
    void  *columns = set->columns;
    bool   good = grow(&set->features, room, sizeof(double)) && grow(&columns, room, sizeof *set->columns);
    set->columns = columns;
    if (good) set->entry_capacity = room;
    return good;
}

/* Adds a row, whose answer and weight are still to be set. */
static inline bool add_row(struct sample_set *set, const struct schema *schema, bool has_weights, struct place place,
                           const struct sparse_row *row) {
    if (!make_room_for_row(set, schema, has_weights, row->count))
        return place_error(place, "out of memory for so many samples");
    double *values = set->features;
    for (size_t i = 0; i < row->count; i++, set->entry_count++) {
        if (fabs(row->values[i]) > FLT_MAX)
            return place_error(place, "numbers that fit into 32 bits were expected, and %g is too large",
                               row->values[i]);
        values[set->entry_count] = row->values[i];
        set->columns[set->entry_count] = (int32_t)row->indices[i];
    }
    set->dtype = DESCENT_FLOAT64;
    set->row_starts[++set->count] = (int64_t)set->entry_count;
    return true;
}

/* ---- dense ones ---- */

static inline bool is_rather_dense(const struct sample_set *set) {
    return set->dimension <= SIZE_MAX / sizeof(double) / set->count &&
           set->entry_count >= set->count * set->dimension / DENSE_SHARE;
}

static inline bool make_dense(const char *path, struct sample_set *set) {
    double       *dense = calloc(set->count * set->dimension, sizeof *dense), *to = dense;
    const double *values = set->features;
    if (dense == NULL)
        return file_error(path, "out of memory for %zu samples of %zu features", set->count, set->dimension);
    for (size_t sample = 0, at = 0; sample < set->count; sample++, to += set->dimension)
        for (; at < (size_t)set->row_starts[sample + 1]; at++) to[set->columns[at]] = values[at];
    free(set->features);
    free(set->row_starts);
    free(set->columns);
    set->features = dense;
    set->row_starts = NULL;
    set->columns = NULL;
    return true;
}

/* Whether features of a file have the numbers that those of the training data have. */
static inline bool match_numbering(const char *path, const struct schema *schema, bool is_hashed) {
    if (schema->dimension == 0 || (schema->hash_bits > 0) == is_hashed) return true;
    return is_hashed ? file_error(path, "the training data are no text, whose features have hashed numbers")
                     : file_error(path, "the training data are text: features with hashed numbers were expected");
}

/* ---- a file while it is read ---- */

struct sparse_reader {
    bool                 is_text;
    struct svmlight_file svmlight; /* of the two, that of the format is used */
    struct vw_file       vw;
};

/* Begins to read an open file. End with free_sparse_reader(), even after a failure. */
static inline bool begin_sparse(struct input_file *input, bool is_text, struct sample_set *set, struct schema *schema,
                                struct sparse_reader *reader) {
    *reader = (struct sparse_reader){is_text, {.input = input}, {.input = input}};
    if (!match_numbering(input->path, schema, is_text)) return false;
    if (is_text && schema->dimension == 0) schema->hash_bits = schema->text_bits;
    reader->vw.hash_bits = schema->hash_bits;
    set->dimension = is_text ? (size_t)1 << schema->hash_bits : schema->dimension;
    return true;
}

static inline void free_sparse_reader(struct sparse_reader *reader) {
    free_svmlight(&reader->svmlight);
    free_vw(&reader->vw);
}

static inline bool add_svmlight_sample(struct svmlight_file *file, struct sample_set *set, struct schema *schema) {
    struct sparse_row *row = &file->row;
    const struct place place = svmlight_place(file, 0), answer = svmlight_place(file, 1);
    size_t largest = row->count > 0 ? (size_t)row->indices[row->count - 1] + 1 : 0;
    double number;
    if (schema->dimension > 0 && largest > schema->dimension)
        return place_error(place,
                           "an index up to %zu was expected, the number of features of the training data, not %zu",
                           schema->dimension, largest);
    if (largest > set->dimension) set->dimension = largest;
    if (schema->normalizes) scale_to_length_1(row);
    if (!add_row(set, schema, false, place, row)) return false;
    return set->is_unlabelled || (read_finite(answer, "a number as label", file->label, &number) &&
                                  set_numeric_answer(set, schema, set->count - 1, answer, number));
}

static inline bool add_vw_sample(struct vw_file *file, struct sample_set *set, struct schema *schema) {
    if (schema->normalizes) scale_to_length_1(&file->row);
    if (!add_row(set, schema, true, vw_place(file, 0), &file->row)) return false;
    const size_t sample = set->count - 1;
    set->weights[sample] = file->weight;
    if (set->is_unlabelled) return true;
    if (file->label == NULL)
        return place_error(vw_place(file, 1), "a label, and a blank behind it, was expected in front of the |");
    return set_answer(set, schema, sample, vw_place(file, 1), file->label);
}

/* Adds the next sample: 1, or 0 at the end of the file, -1 after a failure. */
static inline int read_sparse_sample(struct sparse_reader *reader, struct sample_set *set, struct schema *schema) {
    int found = reader->is_text ? read_vw_sample(&reader->vw) : read_svmlight_sample(&reader->svmlight);
    if (found != 1) return found;
    return (reader->is_text ? add_vw_sample(&reader->vw, set, schema)
                            : add_svmlight_sample(&reader->svmlight, set, schema)) ? 1 : -1;
}

/* The samples make room for others. */
static inline void forget_samples(struct sample_set *set) { set->count = set->entry_count = 0; }

/* ---- all of them ---- */

/* Without weights where all are 1. */
static inline void drop_weights_of_1(struct sample_set *set) {
    for (size_t i = 0; i < set->count; i++)
        if (set->weights[i] != 1) return;
    free(set->weights);
    set->weights = NULL;
}

static inline bool read_sparse(struct input_file *input, bool is_text, struct sample_set *set, struct schema *schema) {
    struct sparse_reader reader;
    int  found = 0;
    bool good = begin_sparse(input, is_text, set, schema, &reader);
    while (good && (found = read_sparse_sample(&reader, set, schema)) == 1) {}
    free_sparse_reader(&reader);
    if (!good || found < 0 || set->count == 0) return good && found == 0;
    if (set->dimension == 0) return file_error(input->path, "features were expected, but no sample has any");
    if (is_text) drop_weights_of_1(set);
    return is_text || !is_rather_dense(set) || make_dense(input->path, set);
}

#endif
