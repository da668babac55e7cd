/*
 * Samples from CSV, svmlight and .npy files, by the readers of these formats, and from image files.
 */
#ifndef SAMPLE_FILES_H
#define SAMPLE_FILES_H

#include "csv_columns.h"
#include "image_files.h"
#include "npy_file.h"
#include "sample_set.h"
#include "svmlight_file.h"

/* ---- formats ---- */

enum sample_format { CSV, SVMLIGHT, NPY, IMAGES };

/* That of the ending, .gz aside. */
static enum sample_format format_of(const char *path) {
    static const struct {
        const char        *ending;
        enum sample_format format;
    } formats[] = {{".csv", CSV}, {".svm", SVMLIGHT}, {".svmlight", SVMLIGHT}, {".libsvm", SVMLIGHT}, {".npy", NPY}};
    size_t length = strlen(path);
    if (length > 3 && strcmp(path + length - 3, ".gz") == 0) length -= 3;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t last = strlen(formats[i].ending);
        if (length > last && strncmp(path + length - last, formats[i].ending, last) == 0) return formats[i].format;
    }
    return IMAGES;
}

/* ---- svmlight ---- */

/* All samples of a file, one behind the other, until the largest index is known. */
struct sparse_samples {
    uint32_t *indices;
    double   *values;
    size_t    count, capacity, *ends; /* ends[i]: how many numbers the samples to i have */
};

static bool add_sparse_sample(struct sparse_samples *all, size_t sample, size_t room, const struct svmlight_file *file) {
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

static bool add_svmlight_answer(const struct svmlight_file *file, struct sample_set *set, struct schema *schema) {
    double number;
    if (set->is_unlabelled) return true;
    return read_finite(svmlight_place(file, 1), "a number as label", file->label, &number) &&
           set_number(set, schema, set->count, svmlight_place(file, 1), number);
}

static bool read_svmlight_samples(struct svmlight_file *file, struct sample_set *set, struct schema *schema,
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
            return place_error(svmlight_place(file, 0), "an index up to %zu was expected, the number of features of the "
                                                        "training data, not %zu", schema->dimension, largest);
        if (largest > set->dimension) set->dimension = largest;
        if (!add_svmlight_answer(file, set, schema) || !add_sparse_sample(all, set->count, set->capacity, file)) return false;
        set->count++;
    }
    return found == 0;
}

static bool make_dense(const char *path, const struct sparse_samples *all, struct sample_set *set) {
    if (set->count == 0) return true;
    if (set->dimension == 0) return file_error(path, "features were expected, but no sample has any");
    set->dtype = DESCENT_FLOAT64;
    double *dense = set->count <= SIZE_MAX / sizeof *dense / set->dimension
                        ? calloc(set->count * set->dimension, sizeof *dense) : NULL;
    if (dense == NULL) return file_error(path, "out of memory for %zu samples of %zu features", set->count, set->dimension);
    set->features = dense;
    for (size_t sample = 0, at = 0; sample < set->count; sample++, dense += set->dimension)
        for (; at < all->ends[sample]; at++) dense[all->indices[at]] = all->values[at];
    return true;
}

static bool read_svmlight(struct input_file *input, struct sample_set *set, struct schema *schema) {
    struct svmlight_file  file = {.input = input};
    struct sparse_samples all = {NULL, NULL, 0, 0, NULL};
    bool good = read_svmlight_samples(&file, set, schema, &all) && make_dense(input->path, &all, set);
    free(all.indices);
    free(all.values);
    free(all.ends);
    free_svmlight(&file);
    return good;
}

/* ---- .npy ---- */

/* Makes the features 64-bit unless the library can read them as they are. */
static bool take_npy_features(const char *path, const struct npy_header *header, struct sample_set *set) {
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

/* Takes the column with the answers out of the matrix. */
static bool split_npy_column(const char *path, struct sample_set *set, struct schema *schema, struct npy_header *header) {
    double number = (double)header->columns;
    if (schema->target != NULL && !(is_number(schema->target, &number) && number == floor(number) && number >= 1 &&
                                    number <= (double)header->columns))
        return file_error(path, "--target: a column from 1 to %zu was expected, not %s", header->columns, schema->target);
    size_t target = (size_t)number - 1, width = header->columns * header->bytes;
    char  *matrix = set->features, *to = matrix;
    for (size_t i = 0; i < header->rows; i++) {
        struct place place = {path, i + 1, target + 1, NULL};
        if (!set_number(set, schema, i, place, npy_number(header, matrix, i * header->columns + target))) return false;
    }
    for (size_t i = 0; i < header->rows; i++) {
        const char *row = matrix + i * width;
        size_t before = target * header->bytes, after = width - before - header->bytes;
        memmove(to, row, before);
        memmove(to + before, row + before + header->bytes, after);
        to += before + after;
    }
    header->columns--;
    return true;
}

static bool read_npy_answers(const char *path, struct sample_set *set, struct schema *schema) {
    struct npy_header header;
    void *numbers = NULL;
    bool  good = read_npy(path, &header, &numbers);
    if (good && (header.columns != 1 || header.rows != set->count))
        good = file_error(path, "%zu numbers were expected, one for each sample, not %zu x %zu", set->count, header.rows,
                          header.columns);
    for (size_t i = 0; good && i < set->count; i++)
        good = set_number(set, schema, i, (struct place){path, i + 1, 0, NULL}, npy_number(&header, numbers, i));
    free(numbers);
    return good;
}

/* Without a file of answers they are a column of the matrix. */
static bool read_npy_samples(const char *path, const char *answers, struct sample_set *set, struct schema *schema) {
    struct npy_header header;
    if (!read_npy(path, &header, &set->features)) return false;
    if (!header.is_matrix) return file_error(path, "a matrix was expected, a row for each sample");
    set->count = header.rows;
    if (!make_room_for_answers(set, schema, false, set->count)) return file_error(path, "out of memory for the labels");
    bool holds_answers = answers == NULL && (!set->is_unlabelled || header.columns == schema->dimension + 1);
    if (holds_answers && header.columns < 2) return file_error(path, "features and a column of labels were expected");
    if (holds_answers && !split_npy_column(path, set, schema, &header)) return false;
    set->dimension = header.columns;
    return (answers == NULL || set->is_unlabelled || read_npy_answers(answers, set, schema)) &&
           take_npy_features(path, &header, set);
}

/* ---- images ---- */

static bool read_images(const struct set_files *files, struct sample_set *set, struct schema *schema) {
    struct image_set images = {NULL, NULL, 0, 0};
    bool good = read_image_set(files, set->is_unlabelled, &images) && make_room_for_answers(set, schema, false, images.count);
    for (size_t i = 0; good && !set->is_unlabelled && i < images.count; i++)
        good = set_number(set, schema, i, (struct place){files->images.texts[0], i + 1, 0, NULL}, images.labels[i]);
    set->features = images.features;
    set->dtype = DESCENT_UINT8;
    set->count = images.count;
    set->dimension = images.dimension;
    images.features = NULL;
    free_image_set(&images);
    return good;
}

/* ---- any ---- */

/* *set is to be freed even after a failure. */
static bool read_sample_set(const struct set_files *files, struct sample_set *set, struct schema *schema) {
    const char *path = files->images.texts[0], *labels = files->labels.count > 0 ? files->labels.texts[0] : NULL;
    const enum sample_format format = format_of(path);
    struct input_file input;
    bool good;
    switch (format) {
    case NPY: good = read_npy_samples(path, labels, set, schema); break;
    case IMAGES: good = read_images(files, set, schema); break;
    default:
        if (!open_input(path, &input)) return false;
        good = close_input(&input, format == CSV ? read_csv(&input, set, schema) : read_svmlight(&input, set, schema));
    }
    return good && finish_samples(path, set, schema);
}

/* A file with a weight for each sample: a .npy file, or text with one on each line. */
static bool read_weights_file(const char *path, struct sample_set *set) {
    struct npy_header header;
    struct csv_file   csv;
    struct input_file input;
    void   *numbers = NULL;
    size_t  sample = 0;
    int     found = 0;
    free(set->weights);
    set->weights = malloc(set->count * sizeof *set->weights);
    if (set->weights == NULL) return file_error(path, "out of memory for the weights");
    bool good = true;
    if (format_of(path) == NPY) {
        good = read_npy(path, &header, &numbers);
        for (size_t total = good ? header.rows * header.columns : 0; good && sample < total; sample++) {
            char text[32];
            snprintf(text, sizeof text, "%.17g", npy_number(&header, numbers, sample));
            good = sample >= set->count || set_weight(set, sample, (struct place){path, sample + 1, 0, NULL}, text);
        }
        free(numbers);
    } else {
        if (!open_input(path, &input)) return false;
        csv = (struct csv_file){.input = &input};
        for (; good && (found = read_csv_record(&csv)) == 1; sample++)
            good = sample >= set->count || set_weight(set, sample, csv_place(&csv, 0, NULL), csv_field(&csv, 0));
        free_csv(&csv);
        good = close_input(&input, good && found == 0);
    }
    if (good && sample != set->count)
        good = file_error(path, "%zu weights were expected, one for each sample, but there are %zu", set->count, sample);
    return good;
}

#endif
