/*
 * Samples in memory, as the library takes them, and what all sets of samples for one model have in common: the names of
 * the features, and the classes.
 */
#ifndef SAMPLE_SET_H
#define SAMPLE_SET_H

#include "input_file.h"

#include <descent.h>

/* A class of the labels. Labels that are numbers have their order, and come before other texts. */
struct class_name {
    char   *name;
    int32_t label;
};

/* What the training data, or a model that was saved, say about all other data. */
struct schema {
    bool              regresses;
    const char       *target, *weights; /* columns of the training data, as the user names them; NULL: the last, none */
    struct text_list  names;            /* of the features; none if the data had none */
    char             *target_name, *weights_name; /* NULL without names, and without such a column */
    size_t            dimension;        /* 0 until there are training data */
    uint32_t          hash_bits;        /* of text, whose features are hashed into 2^hash_bits; 0 for other data */
    uint32_t          text_bits;        /* what they are to be if the training data are text */
    bool              normalizes;       /* whether samples of sparse files are scaled to length 1 */
    struct class_name *classes;         /* in their order */
    size_t            class_count;
};

struct sample_set {
    bool          is_unlabelled; /* only to be predicted */
    descent_dtype dtype;
    void         *features;      /* count * dimension; of sparse samples only those that are there, row by row */
    int64_t      *row_starts;    /* of sparse samples: where each row begins, and behind them the end; else NULL */
    int32_t      *columns;       /* of sparse samples: the column of each feature, ascending in its row */
    int32_t      *labels;        /* of a classifier, else NULL */
    double       *targets;       /* of a regressor, else NULL */
    double       *weights;       /* NULL if there are none */
    size_t        count, capacity, dimension;
    size_t        entry_count, entry_capacity; /* of sparse samples: features that are there, and room for them */
};

static inline void free_schema(struct schema *schema) {
    for (size_t i = 0; i < schema->class_count; i++) free(schema->classes[i].name);
    free(schema->classes);
    free_texts(&schema->names);
    free(schema->target_name);
    free(schema->weights_name);
}

static inline void free_sample_set(struct sample_set *set) {
    free(set->features);
    free(set->row_starts);
    free(set->columns);
    free(set->labels);
    free(set->targets);
    free(set->weights);
}

/* ---- classes ---- */

static inline bool is_number(const char *text, double *number) {
    char *end;
    *number = strtod(text, &end);
    return end != text && *end == '\0';
}

static inline int compare_classes(const char *left, const char *right) {
    double left_number, right_number;
    bool   left_is = is_number(left, &left_number), right_is = is_number(right, &right_number);
    if (left_is != right_is) return left_is ? -1 : 1;
    if (left_is && left_number != right_number) return left_number < right_number ? -1 : 1;
    return strcmp(left, right);
}

/* The first class that does not come before the name. */
static inline size_t place_of_class(const struct schema *schema, const char *name) {
    size_t low = 0, high = schema->class_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_classes(schema->classes[middle].name, name) < 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* Labels count the classes in the order in which they appear, until finish_classes() sorts them. */
static inline bool find_or_add_class(struct schema *schema, struct place place, const char *name, int32_t *label) {
    char   buffer[48];
    size_t at = place_of_class(schema, name);
    if (at < schema->class_count && strcmp(schema->classes[at].name, name) == 0) {
        *label = schema->classes[at].label;
        return true;
    }
    if (schema->dimension > 0)
        return place_error(place, "a label of the training data was expected, not \"%s\"", shown(name, buffer));
    struct class_name *classes = realloc(schema->classes, (schema->class_count + 1) * sizeof *classes);
    if (classes != NULL) schema->classes = classes;
    char *copy = strdup(name);
    if (classes == NULL || copy == NULL) {
        free(copy);
        return place_error(place, "out of memory for the classes");
    }
    memmove(classes + at + 1, classes + at, (schema->class_count - at) * sizeof *classes);
    *label = (int32_t)schema->class_count++;
    classes[at] = (struct class_name){copy, *label};
    return true;
}

/* Makes the labels those of the classes in their order. */
static inline bool finish_classes(struct schema *schema, struct sample_set *set) {
    int32_t *ranks = malloc((schema->class_count + 1) * sizeof *ranks);
    if (ranks == NULL) return fputs("out of memory for the classes\n", stderr), false;
    for (size_t i = 0; i < schema->class_count; i++) {
        ranks[schema->classes[i].label] = (int32_t)i;
        schema->classes[i].label = (int32_t)i;
    }
    for (size_t i = 0; i < set->count; i++) set->labels[i] = ranks[set->labels[i]];
    free(ranks);
    return true;
}

/* ---- samples ---- */

static inline bool grow(void **array, size_t count, size_t size) {
    void *larger = count <= SIZE_MAX / size ? realloc(*array, count * size) : NULL;
    if (larger != NULL) *array = larger;
    return larger != NULL;
}

static inline size_t size_of_feature(descent_dtype dtype) {
    return dtype == DESCENT_UINT8 ? 1 : dtype == DESCENT_FLOAT32 ? sizeof(float) : sizeof(double);
}

/* Room for the answers (labels or targets) and, if they are wanted, the weights of so many samples. */
static inline bool make_room_for_answers(struct sample_set *set, const struct schema *schema, bool has_weights,
                                         size_t count) {
    bool good = true;
    void *labels = set->labels, *targets = set->targets, *weights = set->weights;
    if (!set->is_unlabelled && !schema->regresses) good = grow(&labels, count, sizeof *set->labels);
    if (!set->is_unlabelled && schema->regresses) good = grow(&targets, count, sizeof *set->targets);
    if (has_weights) good = grow(&weights, count, sizeof *set->weights) && good;
    set->labels = labels;
    set->targets = targets;
    set->weights = weights;
    return good;
}

/* Room for one more sample; its features, all 64-bit, are at the place that is returned, or NULL. */
static inline double *add_sample(struct sample_set *set, const struct schema *schema, bool has_weights,
                                 struct place place) {
    if (set->count == set->capacity) {
        size_t capacity = set->capacity == 0 ? 1024 : 2 * set->capacity;
        if (set->dimension > SIZE_MAX / sizeof(double) ||
            !grow(&set->features, capacity, set->dimension * sizeof(double)) ||
            !make_room_for_answers(set, schema, has_weights, capacity))
            return place_error(place, "out of memory for so many samples"), NULL;
        set->capacity = capacity;
    }
    set->dtype = DESCENT_FLOAT64;
    return (double *)set->features + set->count++ * set->dimension;
}

/* The label or the target of a sample, of which the text is given. */
static inline bool set_answer(struct sample_set *set, struct schema *schema, size_t sample, struct place place,
                              const char *text) {
    double number;
    char   buffer[48];
    if (set->is_unlabelled) return true;
    if (schema->regresses) return read_finite(place, "a target", text, &set->targets[sample]);
    if (*text == '\0') return place_error(place, "a label was expected, but there is nothing");
    if (is_number(text, &number) && !(number == floor(number) && isfinite(number)))
        return place_error(place, "a label was expected, not the number %s (--task regress learns numbers)",
                           shown(text, buffer));
    return find_or_add_class(schema, place, text, &set->labels[sample]);
}

/* The same for an answer that is a number in the file: equal ones have equal texts. */
static inline bool set_numeric_answer(struct sample_set *set, struct schema *schema, size_t sample, struct place place,
                              double number) {
    char text[32];
    snprintf(text, sizeof text, "%.17g", number);
    return set_answer(set, schema, sample, place, text);
}

static inline bool set_weight(struct sample_set *set, size_t sample, struct place place, const char *text) {
    static const char what[] = "a weight from 0 on";
    char buffer[48];
    if (!read_finite(place, what, text, &set->weights[sample])) return false;
    return set->weights[sample] >= 0 || place_error(place, "%s was expected, not %s", what, shown(text, buffer));
}

/* What every reader ends with: the first set of a model says what the other ones must be. */
static inline bool finish_samples(const char *path, struct sample_set *set, struct schema *schema) {
    char buffer[48];
    if (set->count == 0) return file_error(path, "at least one sample was expected, but there is none");
    if (schema->dimension > 0)
        return set->dimension == schema->dimension ||
               file_error(path, "%zu features in a sample, but %zu in the training set", set->dimension,
                          schema->dimension);
    if (!schema->regresses && schema->class_count < 2)
        return file_error(path, "labels of at least two classes were expected, but all are \"%s\"",
                          shown(schema->classes[0].name, buffer));
    if (!schema->regresses && !finish_classes(schema, set)) return false;
    schema->dimension = set->dimension;
    return true;
}

#endif
