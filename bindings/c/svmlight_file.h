/*
 * A reader of the files of SVMlight and LIBSVM that hands out one sample at a time, sparse as it is in the file:
 *
 *     label [qid:number] index:value index:value ... [# comment]
 *
 * Indices begin with 1 and ascend within a line; features that are not there are 0; qid is ignored.
 */
#ifndef SVMLIGHT_FILE_H
#define SVMLIGHT_FILE_H

#include "sparse_row.h"

/* `struct svmlight_file svmlight = {.input = &input};` begins to read an open file; end with free_svmlight(). */
struct svmlight_file {
    struct input_file *input;
    struct text_line   text;  /* of the sample, changed by the reading */
    const char        *label; /* as it is written; this and the row are valid until the next sample is read */
    struct sparse_row  row;
};

static inline void free_svmlight(struct svmlight_file *svmlight) {
    free(svmlight->text.text);
    free_row(&svmlight->row);
}

static inline struct place svmlight_place(const struct svmlight_file *svmlight, size_t item) {
    return (struct place){svmlight->input->path, svmlight->text.number, item, NULL, NULL};
}

/* Adds index:value, which is item `item` of its line. */
static inline bool add_svmlight_feature(struct svmlight_file *svmlight, char *text, size_t item) {
    struct place place = svmlight_place(svmlight, item);
    char         buffer[48], *end;
    double       value;
    uintmax_t    index = strtoumax(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != ':')
        return place_error(place, "index:value was expected, not \"%s\"", shown(text, buffer));
    if (index == 0 || index > INT32_MAX)
        return place_error(place, "an index from 1 to 2147483647 was expected, in \"%s\"", shown(text, buffer));
    const struct sparse_row *row = &svmlight->row;
    if (row->count > 0 && index - 1 <= row->indices[row->count - 1])
        return place_error(place, "an index above %zu was expected (they ascend), in \"%s\"",
                           (size_t)row->indices[row->count - 1] + 1, shown(text, buffer));
    return read_finite(place, "a number behind the colon", end + 1, &value) &&
           add_to_row(&svmlight->row, place, (uint32_t)(index - 1), value);
}

static inline bool read_svmlight_items(struct svmlight_file *svmlight) {
    char  *rest = NULL;
    size_t item = 1;
    svmlight->row.count = 0;
    svmlight->label = strtok_r(svmlight->text.text, blanks, &rest);
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
        int found = read_line(svmlight->input, &svmlight->text);
        if (found != 1) return found;
        char *text = svmlight->text.text;
        text[strcspn(text, "#")] = '\0';
        if (text[strspn(text, blanks)] == '\0') continue;
        return read_svmlight_items(svmlight) ? 1 : -1;
    }
}

#endif
