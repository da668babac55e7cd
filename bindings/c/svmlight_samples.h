/*
 * Samples from a file of SVMlight, made dense.
 */
#ifndef SVMLIGHT_SAMPLES_H
#define SVMLIGHT_SAMPLES_H

#include "sample_set.h"
#include "svmlight_file.h"

/* All samples of a file, one behind the other, until the largest index is known. */
struct sparse_samples {
    uint32_t *indices;
    double   *values;
    size_t    count, capacity, *ends; /* ends[i]: how many numbers the samples to i have */
};

static inline bool add_sparse_sample(struct sparse_samples *all, size_t sample, size_t room,
                                     const struct svmlight_file *file) {
    size_t count = all->count + file->count;
    void  *indices = all->indices, *values = all->values, *ends = all->ends;
    bool   good = grow(&ends, room, sizeof *all->ends);
    if (count > all->capacity) {
        size_t capacity = 2 * count;
        good = grow(&indices, capacity, sizeof *all->indices) && grow(&values, capacity, sizeof *all->values) && good;
        if (good) all->capacity = capacity;
    }
    *all = (struct sparse_samples){indices, values, all->count, all->capacity, ends};
    if (!good) return place_error(svmlight_place(file, 0), "out of memory for so many samples");
    if (file->count > 0) {
        memcpy(all->indices + all->count, file->indices, file->count * sizeof *all->indices);
        memcpy(all->values + all->count, file->values, file->count * sizeof *all->values);
    }
    all->count = all->ends[sample] = count;
    return true;
}

static inline bool add_svmlight_answer(const struct svmlight_file *file, struct sample_set *set,
                                       struct schema *schema) {
    double number;
    if (set->is_unlabelled) return true;
    return read_finite(svmlight_place(file, 1), "a number as label", file->label, &number) &&
           set_numeric_answer(set, schema, set->count, svmlight_place(file, 1), number);
}

static inline bool read_svmlight_samples(struct svmlight_file *file, struct sample_set *set, struct schema *schema,
                                  struct sparse_samples *all) {
    int found;
    set->dimension = schema->dimension;
    while ((found = read_svmlight_sample(file)) == 1) {
        if (set->count == set->capacity) {
            size_t capacity = set->capacity == 0 ? 1024 : 2 * set->capacity;
            if (!make_room_for_answers(set, schema, false, capacity))
                return place_error(svmlight_place(file, 0), "out of memory for so many samples");
            set->capacity = capacity;
        }
        size_t largest = file->count > 0 ? (size_t)file->indices[file->count - 1] + 1 : 0;
        if (schema->dimension > 0 && largest > schema->dimension)
            return place_error(svmlight_place(file, 0),
                               "an index up to %zu was expected, the number of features of the training data, not %zu",
                               schema->dimension, largest);
        if (largest > set->dimension) set->dimension = largest;
        if (!add_svmlight_answer(file, set, schema) || !add_sparse_sample(all, set->count, set->capacity, file))
            return false;
        set->count++;
    }
    return found == 0;
}

static inline bool make_dense(const char *path, const struct sparse_samples *all, struct sample_set *set) {
    if (set->count == 0) return true;
    if (set->dimension == 0) return file_error(path, "features were expected, but no sample has any");
    set->dtype = DESCENT_FLOAT64;
    double *dense = set->count <= SIZE_MAX / sizeof *dense / set->dimension
                        ? calloc(set->count * set->dimension, sizeof *dense) : NULL;
    if (dense == NULL)
        return file_error(path, "out of memory for %zu samples of %zu features", set->count, set->dimension);
    set->features = dense;
    for (size_t sample = 0, at = 0; sample < set->count; sample++, dense += set->dimension)
        for (; at < all->ends[sample]; at++) dense[all->indices[at]] = all->values[at];
    return true;
}

static inline bool read_svmlight(struct input_file *input, struct sample_set *set, struct schema *schema) {
    struct svmlight_file  file = {.input = input};
    struct sparse_samples all = {NULL, NULL, 0, 0, NULL};
    bool good = read_svmlight_samples(&file, set, schema, &all) && make_dense(input->path, &all, set);
    free(all.indices);
    free(all.values);
    free(all.ends);
    free_svmlight(&file);
    return good;
}

#endif
