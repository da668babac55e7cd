/*
 * The readers of the C programs, of CSV, svmlight, Vowpal Wabbit's and .npy files. A reader that fails has said so in one line that can be
 * printed, and one that does not has said nothing; what it has read is finite and in its ranges.
 */
#define _POSIX_C_SOURCE 200809L
#include "outcome.h"

/* What the readers say goes into a text, which is looked at. */
static FILE *complaints;
#undef stderr
#define stderr complaints
#include "../../bindings/c/sample_files.h"
#include "../../bindings/c/sample_split.h"
#undef stderr
#define stderr stderr

static struct schema     schema;
static struct sample_set set;

/* What the library asks of sparse samples. */
static void check_rows(void) {
    EXPECT(set.row_starts[0] == 0 && (size_t)set.row_starts[set.count] == set.entry_count, "%zu", set.entry_count);
    for (size_t i = 0; i < set.count; i++) {
        const int64_t start = set.row_starts[i], end = set.row_starts[i + 1];
        EXPECT(start <= end, "row %zu", i);
        add_number((uint64_t)end);
        for (int64_t at = start; at < end; at++) {
            const int32_t column = set.columns[at];
            EXPECT(column >= 0 && (size_t)column < set.dimension, "row %zu", i);
            EXPECT(at == start || column > set.columns[at - 1], "row %zu", i);
            add_number((uint64_t)column);
        }
    }
}

static void check_samples(void) {
    EXPECT(set.count > 0 && set.dimension > 0 && set.dtype == DESCENT_FLOAT64, "%zu x %zu", set.count, set.dimension);
    const double *features = set.features;
    add_number(set.count);
    if (set.row_starts != NULL) check_rows();
    const size_t numbers = set.row_starts != NULL ? set.entry_count : set.count * set.dimension;
    for (size_t i = 0; i < numbers; i++) {
        EXPECT(isfinite(features[i]), "feature %zu", i);
        add_double(features[i]);
    }
    for (size_t i = 0; i < set.count; i++) {
        if (set.weights != NULL) EXPECT(set.weights[i] >= 0 && isfinite(set.weights[i]), "weight %zu", i);
        if (schema.regresses) EXPECT(isfinite(set.targets[i]), "target %zu", i);
        else EXPECT(set.labels[i] >= 0 && (size_t)set.labels[i] < schema.class_count, "label %zu", i);
        add_double(schema.regresses ? set.targets[i] : set.labels[i]);
    }
    for (size_t i = 0; i < schema.class_count; i++) {
        EXPECT(schema.classes[i].label == (int32_t)i, "class %zu", i);
        if (i > 0) EXPECT(compare_classes(schema.classes[i - 1].name, schema.classes[i].name) < 0, "class %zu", i);
        add_bytes(schema.classes[i].name, strlen(schema.classes[i].name));
    }
}

/* A split neither loses nor changes anything that is there. */
static void check_parts(void) {
    struct sample_set part = {0};
    const size_t count = set.count, entries = set.entry_count;
    if (count < 2) return;
    EXPECT(split_samples(&set, &schema, 0.4, 1, &part), "%zu samples", count);
    EXPECT(set.count + part.count == count && part.count > 0, "%zu samples of %zu", part.count, count);
    EXPECT(set.entry_count + part.entry_count == entries, "%zu entries of %zu", part.entry_count, entries);
    check_samples();
    free_sample_set(&part);
}

static bool read_array(struct input_file *file) {
    struct npy_header header;
    double numbers[4];
    if (!read_npy_header(file, &header)) return false;
    EXPECT(header.rows > 0 && header.columns > 0 && header.bytes <= 8, "%zu x %zu", header.rows, header.columns);
    const size_t rows = header.rows < 4 ? header.rows : 4;
    if (header.columns != 1) return true;
    if (!read_npy_rows(file, &header, 0, rows, numbers)) return false;
    for (size_t i = 0; i < rows; i++) add_double(npy_number(&header, numbers, i));
    return true;
}

static bool read_any(struct input_file *file, size_t format) {
    bool good;
    switch (format) {
    case 0: good = read_csv(file, &set, &schema); break;
    case 1: good = read_sparse(file, false, &set, &schema); break;
    case 2: return read_array(file);
    default: good = read_sparse(file, true, &set, &schema);
    }
    good = good && finish_samples(file->path, &set, &schema);
    if (good) check_samples();
    if (good && set.row_starts != NULL) check_parts();
    return good;
}

static void run_input(input *in) {
    const size_t format = take_up_to(in, 3), choices = take_byte(in);
    char  *said = NULL;
    size_t length = 0;
    schema.regresses = choices % 2 == 1;
    schema.target = choices / 2 % 4 == 3 ? "1" : NULL;
    schema.weights = choices / 8 % 4 == 3 ? "w" : NULL;
    schema.text_bits = (uint32_t)(1 + choices / 32 * 4);
    schema.normalizes = choices / 16 % 2 == 1;
    complaints = open_memstream(&said, &length);
    /* It refuses a size of 0 in some C libraries. */
    struct input_file file = {"file", in->size > 0 ? fmemopen(copy_of(in->bytes, in->size), in->size, "rb") : NULL, 0};
    if (complaints == NULL) abort();
    const bool good = file.stream == NULL || read_any(&file, format);
    if (file.stream != NULL) fclose(file.stream);
    fclose(complaints);
    EXPECT(good == (length == 0), "\"%s\"", said);
    if (!good) EXPECT(strchr(said, '\n') == said + length - 1, "\"%s\"", said);
    for (size_t i = 0; i + 1 < length; i++) EXPECT(said[i] >= ' ' && said[i] <= '~', "\"%s\"", said);
    add_bytes(said, length);
    free(said);
}

static void end_input(void) {
    free_sample_set(&set);
    free_schema(&schema);
    set = (struct sample_set){0};
    schema = (struct schema){0};
}
