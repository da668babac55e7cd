/*
 * Samples from .npy files: a matrix of features, and answers in a column of it or in a file of their own.
 */
#ifndef NPY_SAMPLES_H
#define NPY_SAMPLES_H

#include "npy_file.h"
#include "sample_set.h"

/* Makes the features 64-bit unless the library can read them as they are. */
static inline bool take_npy_features(const char *path, const struct npy_header *header, struct sample_set *set) {
    bool is_float = header->kind == 'f';
    if (is_float || (header->kind == 'u' && header->bytes == 1)) {
        set->dtype = !is_float ? DESCENT_UINT8 : header->bytes == 4 ? DESCENT_FLOAT32 : DESCENT_FLOAT64;
        return true;
    }
    size_t  count = header->rows * header->columns;
    double *wide = malloc(count * sizeof *wide);
    if (wide == NULL) return file_error(path, "out of memory for %zu x %zu numbers", header->rows, header->columns);
    for (size_t i = 0; i < count; i++) wide[i] = npy_number(header, set->features, i);
    free(set->features);
    set->features = wide;
    set->dtype = DESCENT_FLOAT64;
    return true;
}

/* Every feature is a finite number. `left_out`: the column that was taken out of the matrix, or SIZE_MAX. */
static inline bool check_npy_features(const char *path, const struct npy_header *header, const void *numbers,
                                      size_t left_out) {
    for (size_t row = 0; header->kind == 'f' && row < header->rows; row++)
        for (size_t column = 0; column < header->columns; column++) {
            double number = npy_number(header, numbers, row * header->columns + column);
            struct place place = {path, row + 1, column + 1 + (column >= left_out), NULL, "row"};
            if (!isfinite(number)) return place_error(place, "a number was expected, and %g is not finite", number);
        }
    return true;
}

/* Takes the column with the answers out of the matrix. */
static inline bool split_npy_column(const char *path, struct sample_set *set, struct schema *schema,
                                    struct npy_header *header, size_t *left_out) {
    double number = (double)header->columns;
    if (schema->target != NULL && !(is_number(schema->target, &number) && number == floor(number) && number >= 1 &&
                                    number <= (double)header->columns))
        return file_error(path, "--target: a column from 1 to %zu was expected, not %s", header->columns,
                          schema->target);
    size_t target = (size_t)number - 1, width = header->columns * header->bytes;
    char  *matrix = set->features, *to = matrix;
    for (size_t i = 0; i < header->rows; i++) {
        struct place place = {path, i + 1, target + 1, NULL, "row"};
        if (!set_numeric_answer(set, schema, i, place, npy_number(header, matrix,
                                                                  i * header->columns + target))) return false;
    }
    for (size_t i = 0; i < header->rows; i++) {
        const char *row = matrix + i * width;
        size_t before = target * header->bytes, after = width - before - header->bytes;
        memmove(to, row, before);
        memmove(to + before, row + before + header->bytes, after);
        to += before + after;
    }
    header->columns--;
    *left_out = target;
    return true;
}

static inline bool read_npy_answers(const char *path, struct sample_set *set, struct schema *schema) {
    struct npy_header header;
    void *numbers = NULL;
    bool  good = read_npy(path, &header, &numbers);
    if (good && (header.columns != 1 || header.rows != set->count))
        good = file_error(path, "%zu numbers were expected, one for each sample, not %zu x %zu", set->count,
                          header.rows, header.columns);
    for (size_t i = 0; good && i < set->count; i++)
        good = set_numeric_answer(set, schema, i, (struct place){path, i + 1, 0, NULL, "row"},
                                  npy_number(&header, numbers, i));
    free(numbers);
    return good;
}

/* Without a file of answers they are a column of the matrix. */
static inline bool read_npy_samples(const char *path, const char *answers, struct sample_set *set,
                                    struct schema *schema) {
    struct npy_header header;
    size_t left_out = SIZE_MAX;
    if (!read_npy(path, &header, &set->features)) return false;
    if (!header.is_matrix) return file_error(path, "a matrix was expected, a row for each sample");
    set->count = header.rows;
    if (!make_room_for_answers(set, schema, false, set->count)) return file_error(path, "out of memory for the labels");
    bool holds_answers = answers == NULL && (!set->is_unlabelled || header.columns == schema->dimension + 1);
    if (holds_answers && header.columns < 2) return file_error(path, "features and a column of labels were expected");
    if (holds_answers && !split_npy_column(path, set, schema, &header, &left_out)) return false;
    set->dimension = header.columns;
    return check_npy_features(path, &header, set->features, left_out) &&
           (answers == NULL || set->is_unlabelled || read_npy_answers(answers, set, schema)) &&
           take_npy_features(path, &header, set);
}

#endif
