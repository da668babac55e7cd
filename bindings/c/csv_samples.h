/*
 * Samples from a CSV file with a header: which of its columns are features, and which are labels and weights.
 */
#ifndef CSV_SAMPLES_H
#define CSV_SAMPLES_H

#include "csv_file.h"
#include "sample_set.h"

/* What the columns of a file are; SIZE_MAX for one that it does not have. */
struct csv_columns {
    struct text_list header;
    size_t           target, weights;
    size_t          *features; /* the column of each feature of the model */
    size_t           count;    /* of these */
};

static inline void free_columns(struct csv_columns *columns) {
    free_texts(&columns->header);
    free(columns->features);
}

/* A column by its name or, unless one is called so, by its number from 1. SIZE_MAX if there is none. */
static inline size_t find_column(const struct text_list *header, const char *name) {
    char  *end;
    size_t column = find_text(header, name);
    if (column < header->count) return column;
    uintmax_t number = strtoumax(name, &end, 10);
    return name[0] >= '0' && name[0] <= '9' && *end == '\0' && number >= 1 && number <= header->count
               ? (size_t)number - 1 : SIZE_MAX;
}

static inline bool read_csv_header(struct csv_file *csv, struct text_list *header) {
    size_t numbers = 0, fractions = 0;
    double number;
    int    found = read_csv_record(csv);
    if (found == 0)
        return file_error(csv->input->path, "a header with the names of columns was expected, but there is nothing");
    for (size_t i = 0; found == 1 && i < csv->count; i++) {
        const char  *name = csv_field(csv, i);
        struct place place = csv_place(csv, i + 1, name);
        size_t       same = find_text(header, name);
        if (same < header->count)
            return place_error(place, "a name of its own was expected, but column %zu has it already", same + 1);
        if (is_number(name, &number)) {
            numbers++;
            fractions += number != floor(number);
        }
        if (!add_text(header, strdup(name))) return false;
    }
    if (found == 1 && numbers == csv->count)
        return place_error(csv_place(csv, 0, NULL),
                           "a header with the names of columns was expected, but there are numbers only");
    /* Only a label is none in a first sample; columns that are counted have whole numbers as names. */
    if (found == 1 && numbers == csv->count - 1 && fractions > 0)
        return place_error(csv_place(csv, 0, NULL),
                           "a header with the names of columns was expected, but there seems to be a sample");
    const char *separator = found == 1 && csv->count == 1 ? strpbrk(header->texts[0], ";\t|") : NULL;
    if (separator != NULL)
        return place_error(csv_place(csv, 0, NULL), "commas were expected between the columns, but there are %s",
                           *separator == '\t' ? "tabs" : *separator == ';' ? "semicolons" : "bars");
    return found == 1;
}

/* The training data say which columns there are. */
static inline bool choose_columns(struct csv_file *csv, struct csv_columns *columns, struct schema *schema) {
    const struct text_list *header = &columns->header;
    columns->target = schema->target != NULL ? find_column(header, schema->target) : header->count - 1;
    if (columns->target == SIZE_MAX)
        return place_error(csv_place(csv, 0, NULL), "--target: there is no column \"%s\"", schema->target);
    if (schema->weights != NULL) columns->weights = find_column(header, schema->weights);
    if (columns->weights == columns->target)
        return place_error(csv_place(csv, 0, NULL), "--weights: the column \"%s\" is the target", schema->weights);
    for (size_t i = 0; i < header->count; i++)
        if (i != columns->target && i != columns->weights && !add_text(&schema->names, strdup(header->texts[i])))
            return false;
    schema->target_name = strdup(header->texts[columns->target]);
    if (columns->weights != SIZE_MAX) schema->weights_name = strdup(header->texts[columns->weights]);
    if (schema->target_name == NULL || (columns->weights != SIZE_MAX && schema->weights_name == NULL))
        return place_error(csv_place(csv, 0, NULL), "out of memory for the header");
    if (schema->names.count > 0) return true;
    return place_error(csv_place(csv, 0, NULL), "a column of features was expected beside the target");
}

/* Other data must have the columns of the training data, in any order; further ones are not looked at. */
static inline bool match_columns(struct csv_file *csv, struct csv_columns *columns, const struct schema *schema,
                                 bool is_unlabelled) {
    char buffer[48];
    const struct text_list *header = &columns->header;
    if (schema->names.count == 0)
        return file_error(csv->input->path, "the training data have no names of columns: it cannot be a CSV file");
    if (columns->target == SIZE_MAX && !is_unlabelled) {
        columns->target = find_text(header, schema->target_name);
        if (columns->target == header->count)
            return place_error(csv_place(csv, 0, NULL), "a column \"%s\" was expected, as in the training data",
                               shown(schema->target_name, buffer));
    }
    if (columns->weights == SIZE_MAX && schema->weights_name != NULL) {
        size_t column = find_text(header, schema->weights_name);
        if (column < header->count) columns->weights = column;
    }
    columns->features = malloc(schema->names.count * sizeof *columns->features);
    if (columns->features == NULL) return place_error(csv_place(csv, 0, NULL), "out of memory for the header");
    for (; columns->count < schema->names.count; columns->count++) {
        const char *name = schema->names.texts[columns->count];
        size_t      column = find_text(header, name);
        if (column == header->count)
            return place_error(csv_place(csv, 0, NULL), "a column \"%s\" was expected, as in the training data",
                               shown(name, buffer));
        columns->features[columns->count] = column;
    }
    return true;
}

static inline bool read_csv_sample(struct csv_file *csv, const struct csv_columns *columns, struct sample_set *set,
                            struct schema *schema) {
    const struct text_list *header = &columns->header;
    bool has_weights = columns->weights != SIZE_MAX;
    if (csv->count != header->count)
        return place_error(csv_place(csv, 0, NULL), "%zu fields were expected, as in the header, but there are %zu",
                           header->count, csv->count);
    double *features = add_sample(set, schema, has_weights, csv_place(csv, 0, NULL));
    bool    good = features != NULL;
    for (size_t i = 0; good && i < columns->count; i++) {
        size_t column = columns->features[i];
        good = read_finite(csv_place(csv, column + 1, header->texts[column]), "a number", csv_field(csv, column),
                           &features[i]);
    }
    size_t sample = set->count - 1, target = columns->target, weights = columns->weights;
    if (good && target != SIZE_MAX)
        good = set_answer(set, schema, sample, csv_place(csv, target + 1, header->texts[target]),
                          csv_field(csv, target));
    if (good && has_weights)
        good = set_weight(set, sample, csv_place(csv, weights + 1, header->texts[weights]), csv_field(csv, weights));
    return good;
}

static inline bool read_csv(struct input_file *input, struct sample_set *set, struct schema *schema) {
    struct csv_file    csv = {.input = input};
    struct csv_columns columns = {.target = SIZE_MAX, .weights = SIZE_MAX};
    int  found = 0;
    bool good = read_csv_header(&csv, &columns.header) &&
                (schema->dimension > 0 || choose_columns(&csv, &columns, schema)) &&
                match_columns(&csv, &columns, schema, set->is_unlabelled);
    set->dimension = columns.count;
    while (good && (found = read_csv_record(&csv)) == 1) good = read_csv_sample(&csv, &columns, set, schema);
    free_columns(&columns);
    free_csv(&csv);
    return good && found == 0;
}

#endif
