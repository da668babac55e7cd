/*
 * A sample with few features that are not 0: which these are, and their values.
 */
#ifndef SPARSE_ROW_H
#define SPARSE_ROW_H

#include "input_file.h"

/* `struct sparse_row row = {.count = 0};` before the first; end with free_row(). */
struct sparse_row {
    size_t    count, capacity;
    uint32_t *indices; /* from 0, ascending */
    double   *values;  /* finite */
};

static inline void free_row(struct sparse_row *row) {
    free(row->indices);
    free(row->values);
}

/* Adds a feature behind the others. */
static inline bool add_to_row(struct sparse_row *row, struct place place, uint32_t index, double value) {
    if (row->count == row->capacity) {
        size_t    capacity = row->capacity == 0 ? 256 : 2 * row->capacity;
        uint32_t *indices = realloc(row->indices, capacity * sizeof *indices);
        if (indices != NULL) row->indices = indices;
        double *values = realloc(row->values, capacity * sizeof *values);
        if (values != NULL) row->values = values;
        if (indices == NULL || values == NULL) return place_error(place, "out of memory for the line");
        row->capacity = capacity;
    }
    row->indices[row->count] = index;
    row->values[row->count++] = value;
    return true;
}

/* Gives the row a Euclidean length of 1, unless all its values are 0. In steps, so that no square overflows. */
static inline void scale_to_length_1(struct sparse_row *row) {
    double largest = 0, squares = 0;
    for (size_t i = 0; i < row->count; i++) largest = fmax(largest, fabs(row->values[i]));
    if (largest == 0) return;
    for (size_t i = 0; i < row->count; i++) {
        row->values[i] /= largest;
        squares += row->values[i] * row->values[i];
    }
    const double length = sqrt(squares);
    for (size_t i = 0; i < row->count; i++) row->values[i] /= length;
}

#endif
