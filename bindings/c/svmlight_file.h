/*
 * A reader of the files of SVMlight and LIBSVM that hands out one sample at a time, sparse as it is in the file:
 *
 *     label [qid:number] index:value index:value ... [# comment]
 *
 * Indices begin with 1 and ascend within a line; features that are not there are 0; qid is ignored.
 */
#ifndef SVMLIGHT_FILE_H
#define SVMLIGHT_FILE_H

#include "input_file.h"

/* `struct svmlight_file svmlight = {.input = &input};` begins to read an open file; end with free_svmlight(). */
struct svmlight_file {
    struct input_file *input;
    size_t             line;    /* of the sample, from 1 */
    const char        *label;   /* as it is written; this and the arrays are valid until the next sample is read */
    size_t             count;   /* of its features that are there */
    uint32_t          *indices; /* of these, from 0, ascending */
    double            *values;
    /* Behind these: */
    char  *text;
    size_t text_capacity, capacity;
};

static inline void free_svmlight(struct svmlight_file *svmlight) {
    free(svmlight->text);
    free(svmlight->indices);
    free(svmlight->values);
}

static inline struct place svmlight_place(const struct svmlight_file *svmlight, size_t item) {
    return (struct place){svmlight->input->path, svmlight->line, item, NULL, NULL};
}

static inline bool make_room_in_svmlight(struct svmlight_file *svmlight) {
    if (svmlight->count < svmlight->capacity) return true;
    size_t    capacity = svmlight->capacity == 0 ? 256 : 2 * svmlight->capacity;
    uint32_t *indices = realloc(svmlight->indices, capacity * sizeof *indices);
    if (indices != NULL) svmlight->indices = indices;
    double *values = realloc(svmlight->values, capacity * sizeof *values);
    if (values != NULL) svmlight->values = values;
    if (indices == NULL || values == NULL)
        return place_error(svmlight_place(svmlight, 0), "out of memory for the line");
    svmlight->capacity = capacity;
    return true;
}

/* Adds index:value, which is item `item` of its line. */
static inline bool add_svmlight_feature(struct svmlight_file *svmlight, char *text, size_t item) {
    struct place place = svmlight_place(svmlight, item);
    char         buffer[48], *end;
    uintmax_t    index = strtoumax(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != ':')
        return place_error(place, "index:value was expected, not \"%s\"", shown(text, buffer));
    if (index == 0 || index > INT32_MAX)
        return place_error(place, "an index from 1 to 2147483647 was expected, in \"%s\"", shown(text, buffer));
    if (svmlight->count > 0 && index - 1 <= svmlight->indices[svmlight->count - 1])
        return place_error(place, "an index above %zu was expected (they ascend), in \"%s\"",
                           (size_t)svmlight->indices[svmlight->count - 1] + 1, shown(text, buffer));
    if (!make_room_in_svmlight(svmlight)) return false;
    svmlight->indices[svmlight->count] = (uint32_t)(index - 1);
    return read_finite(place, "a number behind the colon", end + 1, &svmlight->values[svmlight->count++]);
}

static inline bool read_svmlight_items(struct svmlight_file *svmlight) {
    static const char blanks[] = " \t\r\n\v\f";
    char  *rest = NULL;
    size_t item = 1;
    svmlight->count = 0;
    svmlight->label = strtok_r(svmlight->text, blanks, &rest);
    if (strchr(svmlight->label, ':') != NULL) {
        char buffer[48];
        return place_error(svmlight_place(svmlight, 1), "a label was expected, not \"%s\"",
                           shown(svmlight->label, buffer));
    }
    for (char *text; (text = strtok_r(NULL, blanks, &rest)) != NULL; ) {
        item++;
        if (item == 2 && strncmp(text, "qid:", 4) == 0) continue;
        if (!add_svmlight_feature(svmlight, text, item)) return false;
    }
    return true;
}

/* 1 and the next sample, 0 at the end of the file, -1 after a failure. Lines with nothing but a comment are skipped. */
static inline int read_svmlight_sample(struct svmlight_file *svmlight) {
    for (;;) {
        ssize_t length = getline(&svmlight->text, &svmlight->text_capacity, svmlight->input->stream);
        if (length < 0 && !feof(svmlight->input->stream) && !ferror(svmlight->input->stream))
            return place_error(svmlight_place(svmlight, 0), "out of memory for the line"), -1;
        if (length < 0) return 0;
        svmlight->line++;
        if (memchr(svmlight->text, '\0', (size_t)length) != NULL)
            return place_error(svmlight_place(svmlight, 0), "text was expected, but there is a byte 00"), -1;
        svmlight->text[strcspn(svmlight->text, "#")] = '\0';
        if (svmlight->text[strspn(svmlight->text, " \t\r\n\v\f")] == '\0') continue;
        return read_svmlight_items(svmlight) ? 1 : -1;
    }
}

#endif
