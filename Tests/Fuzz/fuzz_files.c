/*
 * The readers of the C programs, of CSV, svmlight and .npy files. A reader that fails has said so in one line that can be
 * printed, and one that does not has said nothing; what it has read is finite and in its ranges.
 */
#define _POSIX_C_SOURCE 200809L
#include "outcome.h"

/* What the readers say goes into a text, which is looked at. */
static FILE *complaints;
#undef stderr
#define stderr complaints
#include "../../bindings/c/sample_files.h"
#undef stderr
#define stderr stderr

/* More features than that are not made dense. */
enum { MOST_FEATURES = 4096 };

static struct schema     schema;
static struct sample_set set;

static void check_samples(void) {
    EXPECT(set.count > 0 && set.dimension > 0 && set.dtype == DESCENT_FLOAT64, "%zu x %zu", set.count, set.dimension);
    const double *features = set.features;
    add_number(set.count);
    for (size_t i = 0; i < set.count * set.dimension; i++) {
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

/* The samples one by one; true if there is nothing wrong and all of it can be made dense. */
static bool stream_svmlight(struct input_file *file) {
    struct svmlight_file svmlight = {.input = file};
    size_t most = 0;
    int    found;
    while ((found = read_svmlight_sample(&svmlight)) == 1)
        for (size_t i = 0; i < svmlight.count; i++) {
            EXPECT(i == 0 || svmlight.indices[i] > svmlight.indices[i - 1], "index %zu", i);
            EXPECT(isfinite(svmlight.values[i]), "value %zu", i);
            if (svmlight.indices[i] >= most) most = svmlight.indices[i] + 1;
        }
    free_svmlight(&svmlight);
    rewind(file->stream);
    return found == 0 && most <= MOST_FEATURES;
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
    case 1:
        if (!stream_svmlight(file)) return ftell(complaints) == 0;
        good = read_svmlight(file, &set, &schema);
        break;
    default: return read_array(file);
    }
    good = good && finish_samples(file->path, &set, &schema);
    if (good) check_samples();
    return good;
}

static void run_input(input *in) {
    const size_t format = take_up_to(in, 2), choices = take_byte(in);
    char  *said = NULL;
    size_t length = 0;
    schema.regresses = choices % 2 == 1;
    schema.target = choices / 2 % 4 == 3 ? "1" : NULL;
    schema.weights = choices / 8 % 4 == 3 ? "w" : NULL;
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
