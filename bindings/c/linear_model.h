/*
 * A classifier or a regressor, whichever the task is, so that a program has every step once; and its file, which is
 * what the library saves and what it does not know: the names of features and classes.
 */
#ifndef LINEAR_MODEL_H
#define LINEAR_MODEL_H

#include "input_file.h"
#include "new_file.h"
#include "sample_set.h"

#include <descent.h>

struct linear_model {
    descent_classifier *classifier; /* one of the two is NULL */
    descent_regressor  *regressor;
};

/* descent_classifier_function() or descent_regressor_function(), which take the same arguments. */
#define MODEL_CALL(model, function, ...)                                                               \
    ((model)->classifier != NULL ? descent_classifier_##function((model)->classifier, __VA_ARGS__)     \
                                 : descent_regressor_##function((model)->regressor, __VA_ARGS__))

static inline bool library_failed(const char *what) {
    fprintf(stderr, "cannot %s: %s\n", what, descent_last_error());
    return false;
}

static inline void free_model(struct linear_model *model) {
    descent_classifier_free(model->classifier);
    descent_regressor_free(model->regressor);
}

/* Two classes have one output. */
static inline size_t count_outputs(const struct schema *schema) {
    return schema->regresses || schema->class_count == 2 ? 1 : schema->class_count;
}

static inline descent_status create_model(const struct schema *schema, descent_loss loss, struct linear_model *model) {
    if (schema->regresses) return descent_regressor_create(schema->dimension, 1, loss, &model->regressor);
    if (schema->class_count == 2) return descent_classifier_create_binary(schema->dimension, loss, &model->classifier);
    return descent_classifier_create(schema->dimension, schema->class_count, loss, &model->classifier);
}

/* A label or a float for each sample. */
static inline descent_status predict_samples(const struct linear_model *model, const descent_dataset *data,
                                             void *predictions) {
    return model->classifier != NULL ? descent_classifier_predict(model->classifier, data, predictions)
                                     : descent_regressor_predict(model->regressor, data, predictions);
}

/* ---- its file: the library's saved bytes of a kind of our own ---- */

enum { MODEL_FILE_KIND = 64, MODEL_ENTRIES = 7 };

/* The texts one behind the other, each with its zero. To be freed; NULL if there is no memory. */
static inline char *joined(const struct text_list *list, size_t *size) {
    *size = 0;
    for (size_t i = 0; i < list->count; i++) *size += strlen(list->texts[i]) + 1;
    char *bytes = malloc(*size + 1), *to = bytes;
    for (size_t i = 0; bytes != NULL && i < list->count; to += strlen(to) + 1, i++) strcpy(to, list->texts[i]);
    return bytes;
}

static inline bool split(const descent_saved_entry *entry, struct text_list *list) {
    const char *at = entry->data, *end = at + entry->columns;
    if (entry->columns == 0 || end[-1] != '\0') return false;
    for (; at < end; at += strlen(at) + 1)
        if (!add_text(list, strdup(at))) return false;
    return true;
}

static inline bool write_model_file(const char *path, const descent_saved_entry *entries, size_t count) {
    struct new_file file;
    size_t size = 0;
    if (descent_saved_build(MODEL_FILE_KIND, entries, count, NULL, 0, &size) != DESCENT_OK)
        return library_failed("save");
    void *bytes = malloc(size);
    bool  good = bytes != NULL || file_error(path, "out of memory for %zu bytes", size);
    if (good && descent_saved_build(MODEL_FILE_KIND, entries, count, bytes, size, &size) != DESCENT_OK)
        good = library_failed("save");
    good = good && open_new_file(path, &file);
    if (good && fwrite(bytes, 1, size, file.stream) != size) good = new_file_error(&file, "write");
    else good = good && finish_new_file(&file);
    free(bytes);
    return good;
}

static inline descent_saved_entry text_entry(const char *name, const void *bytes, size_t size) {
    return (descent_saved_entry){.struct_size = sizeof(descent_saved_entry), .dtype = DESCENT_UINT8, .name = name,
                                 .data = bytes, .rows = 1, .columns = size, .rank = 1};
}

static inline descent_saved_entry number_entry(const char *name, const double *number) {
    return (descent_saved_entry){.struct_size = sizeof(descent_saved_entry), .dtype = DESCENT_FLOAT64, .name = name,
                                 .data = number, .rows = 1, .columns = 1, .rank = 0};
}

static inline bool save_model(const char *path, const struct linear_model *model, const struct schema *schema,
                              double scale) {
    struct text_list classes = {NULL, 0}, target = {NULL, 0};
    const double hash_bits = schema->hash_bits, normalizes = schema->normalizes;
    size_t size = 0, names_size, classes_size, target_size, count = 0;
    bool   good = MODEL_CALL(model, save_size, &size) == DESCENT_OK || library_failed("save the model");
    void  *bytes = malloc(size + 1);
    for (size_t i = 0; good && i < schema->class_count; i++) good = add_text(&classes, strdup(schema->classes[i].name));
    if (good && schema->target_name != NULL) good = add_text(&target, strdup(schema->target_name));
    char *name_bytes = joined(&schema->names, &names_size), *class_bytes = joined(&classes, &classes_size);
    char *target_bytes = joined(&target, &target_size);
    if (good && (bytes == NULL || name_bytes == NULL || class_bytes == NULL || target_bytes == NULL))
        good = file_error(path, "out of memory for the model");
    if (good && MODEL_CALL(model, save, bytes, size, &size) != DESCENT_OK) good = library_failed("save the model");
    if (good) {
        descent_saved_entry entries[MODEL_ENTRIES] = {text_entry("model", bytes, size)};
        entries[++count] = number_entry("scale", &scale);
        if (hash_bits > 0) entries[++count] = number_entry("hash_bits", &hash_bits);
        if (normalizes > 0) entries[++count] = number_entry("normalizes", &normalizes);
        if (classes_size > 0) entries[++count] = text_entry("classes", class_bytes, classes_size);
        if (names_size > 0) entries[++count] = text_entry("features", name_bytes, names_size);
        if (target_size > 0) entries[++count] = text_entry("target", target_bytes, target_size);
        good = write_model_file(path, entries, count + 1);
    }
    free_texts(&classes);
    free_texts(&target);
    free(target_bytes);
    free(class_bytes);
    free(name_bytes);
    free(bytes);
    return good;
}

/* The entry of a name and type, or NULL. */
static inline const descent_saved_entry *find_entry(const descent_saved_entry *entries, size_t count, const char *name,
                                             descent_dtype dtype, uint32_t rank) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(entries[i].name, name) == 0 && entries[i].dtype == dtype && entries[i].rank == rank)
            return &entries[i];
    return NULL;
}

/* All entries of saved bytes, to be freed, or NULL. */
static inline descent_saved_entry *list_entries(const void *bytes, size_t size, size_t *count) {
    if (descent_saved_entries(bytes, size, NULL, 0, count) != DESCENT_OK) return NULL;
    descent_saved_entry *entries = calloc(*count + 1, sizeof *entries);
    if (entries == NULL) return NULL;
    entries[0].struct_size = sizeof *entries;
    if (descent_saved_entries(bytes, size, entries, *count, count) == DESCENT_OK) return entries;
    free(entries);
    return NULL;
}

/* The model of the library among the bytes. Its shape must be that of the schema. */
static inline bool load_inner_model(const descent_saved_entry *entry, struct linear_model *model,
                                    struct schema *schema) {
    size_t count;
    descent_saved_entry *inner = list_entries(entry->data, entry->columns, &count);
    const descent_saved_entry *bias = inner != NULL ? find_entry(inner, count, "bias", DESCENT_FLOAT32, 1) : NULL;
    const descent_saved_entry *weights = inner != NULL ? find_entry(inner, count, "weights", DESCENT_FLOAT32, 2) : NULL;
    /* Weights that are mostly 0 are saved without their zeros. */
    const descent_saved_entry *rows = inner != NULL ? find_entry(inner, count, "weights.rows", DESCENT_UINT64, 0) : NULL;
    bool good = bias != NULL && (weights != NULL || rows != NULL);
    if (good) {
        uint64_t dimension = 0;
        if (weights != NULL) dimension = weights->rows;
        else memcpy(&dimension, rows->data, sizeof dimension);
        schema->dimension = (size_t)dimension;
        good = bias->columns == count_outputs(schema) &&
               (schema->names.count == 0 || schema->names.count == schema->dimension);
    }
    free(inner);
    if (!good) return false;
    return (schema->regresses ? descent_regressor_load(entry->data, entry->columns, &model->regressor)
                              : descent_classifier_load(entry->data, entry->columns, &model->classifier)) == DESCENT_OK;
}

static inline bool load_classes(const descent_saved_entry *entry, struct schema *schema) {
    struct text_list texts = {NULL, 0};
    bool    good = split(entry, &texts);
    int32_t label;
    for (size_t i = 0; good && i < texts.count; i++)
        good = find_or_add_class(schema, (struct place){"classes", 0, 0, NULL, NULL}, texts.texts[i], &label) &&
               label == (int32_t)i;
    good = good && schema->class_count >= 2 && schema->class_count == texts.count;
    for (size_t i = 0; good && i < texts.count; i++) good = schema->classes[i].label == (int32_t)i;
    free_texts(&texts);
    return good;
}

/* How samples of sparse files become features; not in files of those that had none, or of earlier versions. */
static inline bool load_numbering(const descent_saved_entry *entries, size_t count, struct schema *schema) {
    const descent_saved_entry *bits = find_entry(entries, count, "hash_bits", DESCENT_FLOAT64, 0);
    double number = 0;
    schema->normalizes = find_entry(entries, count, "normalizes", DESCENT_FLOAT64, 0) != NULL;
    if (bits == NULL) return true;
    memcpy(&number, bits->data, sizeof number);
    if (!(number >= 1 && number <= 30 && schema->dimension == (size_t)1 << (unsigned)number)) return false;
    schema->hash_bits = (uint32_t)number;
    return true;
}

/* Model, schema (zero before) and scale, both to be freed even after a failure, from a file of save_model(). */
static inline bool load_model(const char *path, struct linear_model *model, struct schema *schema, double *scale) {
    struct file_content content = {NULL, 0};
    struct text_list target = {NULL, 0};
    size_t count = 0;
    if (!read_file(path, &content)) {
        free(content.bytes);
        return false;
    }
    descent_saved_entry *entries = list_entries(content.bytes, content.size, &count);
    const descent_saved_entry *bytes = NULL, *number = NULL, *classes = NULL, *names = NULL, *name = NULL;
    if (entries != NULL) {
        bytes = find_entry(entries, count, "model", DESCENT_UINT8, 1);
        number = find_entry(entries, count, "scale", DESCENT_FLOAT64, 0);
        classes = find_entry(entries, count, "classes", DESCENT_UINT8, 1);
        names = find_entry(entries, count, "features", DESCENT_UINT8, 1);
        name = find_entry(entries, count, "target", DESCENT_UINT8, 1);
    }
    bool good = bytes != NULL && number != NULL;
    schema->regresses = classes == NULL;
    if (good) memcpy(scale, number->data, sizeof *scale);
    good = good && isfinite(*scale) && (classes == NULL || load_classes(classes, schema)) &&
           (names == NULL || split(names, &schema->names)) && (name == NULL || split(name, &target)) &&
           (name == NULL) == (names == NULL) && (name == NULL || (target.count == 1)) &&
           load_inner_model(bytes, model, schema) && load_numbering(entries, count, schema);
    if (good && name != NULL) good = (schema->target_name = strdup(target.texts[0])) != NULL;
    if (!good) file_error(path, "no model of train_linear --save, or it was altered");
    free_texts(&target);
    free(entries);
    free(content.bytes);
    return good;
}

#endif
