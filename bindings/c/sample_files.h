/*
 * Samples from CSV, svmlight, Vowpal Wabbit's and .npy files, by the readers of these formats, and from image files.
 */
#ifndef SAMPLE_FILES_H
#define SAMPLE_FILES_H

#include "csv_samples.h"
#include "image_files.h"
#include "npy_samples.h"
#include "sparse_samples.h"

/* ---- formats ---- */

enum sample_format { CSV, SVMLIGHT, VW, NPY, IMAGES };

/* That of the ending, .gz aside. */
static inline enum sample_format format_of(const char *path) {
    static const struct {
        const char        *ending;
        enum sample_format format;
    } formats[] = {{".csv", CSV}, {".svm", SVMLIGHT}, {".svmlight", SVMLIGHT}, {".libsvm", SVMLIGHT}, {".vw", VW},
                 {".npy", NPY}};
    size_t length = strlen(path);
    if (length > 3 && strcmp(path + length - 3, ".gz") == 0) length -= 3;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t last = strlen(formats[i].ending);
        if (length > last && strncmp(path + length - last, formats[i].ending, last) == 0) return formats[i].format;
    }
    return IMAGES;
}

/* ---- images ---- */

static inline bool read_images(const struct set_files *files, struct sample_set *set, struct schema *schema) {
    struct image_set images = {NULL, NULL, 0, 0};
    bool good = read_image_set(files, set->is_unlabelled, &images) &&
                make_room_for_answers(set, schema, false, images.count);
    for (size_t i = 0; good && !set->is_unlabelled && i < images.count; i++)
        good = set_numeric_answer(set, schema, i, (struct place){files->images.texts[0], i + 1, 0, NULL, "row"},
                                  images.labels[i]);
    set->features = images.features;
    set->dtype = DESCENT_UINT8;
    set->count = images.count;
    set->dimension = images.dimension;
    images.features = NULL;
    free_image_set(&images);
    return good;
}

/* ---- any ---- */

static inline bool read_lines(enum sample_format format, struct input_file *input, struct sample_set *set,
                              struct schema *schema) {
    return format == CSV ? read_csv(input, set, schema) : read_sparse(input, format == VW, set, schema);
}

/* *set is to be freed even after a failure. */
static inline bool read_sample_set(const struct set_files *files, struct sample_set *set, struct schema *schema) {
    const char *path = files->images.texts[0], *labels = files->labels.count > 0 ? files->labels.texts[0] : NULL;
    const enum sample_format format = format_of(path);
    struct input_file input;
    bool good;
    switch (format) {
    case NPY: good = read_npy_samples(path, labels, set, schema); break;
    case IMAGES: good = read_images(files, set, schema); break;
    default:
        if (!open_input(path, &input)) return false;
        good = close_input(&input, read_lines(format, &input, set, schema));
    }
    return good && finish_samples(path, set, schema);
}

/* A file with a weight for each sample: a .npy file, or text with one on each line. */
static inline bool read_weights_file(const char *path, struct sample_set *set) {
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
            good = sample >= set->count ||
                   set_weight(set, sample, (struct place){path, sample + 1, 0, NULL, "row"}, text);
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
        good = file_error(path, "%zu weights were expected, one for each sample, but there are %zu", set->count,
                          sample);
    return good;
}

#endif
