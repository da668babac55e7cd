/*
 * A reader of Vowpal Wabbit's plain text that hands out one sample at a time, its features numbered by a hash:
 *
 *     [label [weight]] ['tag]|[namespace[:factor]] feature[:value] feature[:value] ... [|[namespace] ...]
 *
 * A feature without a value has 1, and a factor multiplies the values of its namespace. The same feature twice counts
 * twice. What touches the first | is a tag, which is skipped; so the label needs a blank behind it. Numbers are as
 * Vowpal Wabbit gives them unless it is told otherwise: the last bits of the MurmurHash3 of the name, with the
 * namespace's own hash as seed (0 for none); and a name of digits is a number already, to which the seed is added.
 */
#ifndef VW_FILE_H
#define VW_FILE_H

#include "hashing.h"
#include "sparse_row.h"

enum { MOST_HASH_BITS = 30 };

/* `struct vw_file vw = {.input = &input, .hash_bits = 18};` begins to read an open file; end with free_vw(). */
struct vw_file {
    struct input_file *input;
    unsigned           hash_bits; /* indices are below 2^hash_bits; 1 to MOST_HASH_BITS */
    struct text_line   text;      /* of the sample, changed by the reading */
    const char        *label;     /* as it is written, or NULL; valid until the next sample is read, as is the row */
    double             weight;    /* 1 unless there is one */
    struct sparse_row  row;
    /* Behind these: the present namespace, and where the reading is. */
    uint32_t seed;
    double   factor;
    char    *at;
    size_t   item;
    uint64_t *keys; /* to sort a row by; these and the other values have room for so many */
    double   *other_values;
    size_t    room;
};

static inline void free_vw(struct vw_file *vw) {
    free(vw->text.text);
    free_row(&vw->row);
    free(vw->keys);
    free(vw->other_values);
}

static inline struct place vw_place(const struct vw_file *vw, size_t item) {
    return (struct place){vw->input->path, vw->text.number, item, NULL, NULL};
}

static inline uint32_t hash_name(const char *name, size_t size, uint32_t seed) {
    uint32_t number = 0;
    for (size_t i = 0; i < size; i++) {
        if (name[i] < '0' || name[i] > '9') return murmur_hash(name, size, seed);
        number = 10 * number + (uint32_t)(name[i] - '0');
    }
    return number + seed;
}

/* ---- in front of the features ---- */

/* The words in front of the first |, which `bar` is: label, weight and tag. */
static inline bool read_vw_head(struct vw_file *vw, char *bar) {
    char  *rest = NULL, *words[3] = {NULL}, buffer[48];
    size_t count = 0;
    bool   is_tagged = bar > vw->text.text && !is_blank(bar[-1]);
    *bar = '\0';
    vw->label = NULL;
    vw->weight = 1;
    for (char *word = strtok_r(vw->text.text, blanks, &rest); word != NULL; word = strtok_r(NULL, blanks, &rest)) {
        bool is_tag = word[0] == '\'' || (is_tagged && word + strlen(word) == bar);
        if (count == 3 || (count == 2 && !is_tag))
            return place_error(vw_place(vw, count + 1), "the features behind a | were expected, not \"%s\"",
                               shown(word, buffer));
        words[count++] = word;
    }
    vw->item = count + (is_tagged ? 0 : 1);
    if (count > 0 && (is_tagged || words[count - 1][0] == '\'')) count--;
    if (count > 0) vw->label = words[0];
    if (count < 2) return true;
    return read_finite(vw_place(vw, 2), "a weight from 0 on", words[1], &vw->weight) &&
           (vw->weight >= 0 || place_error(vw_place(vw, 2), "a weight from 0 on was expected, not %s",
                                           shown(words[1], buffer)));
}

/* ---- features ---- */

/* The name of a namespace or feature and, behind a colon, its number; moves on to what ends it. */
static inline bool read_vw_word(struct vw_file *vw, double *number, size_t *size) {
    char *name = vw->at;
    *size = strcspn(name, ":| \t\r\n\v\f");
    vw->at += *size;
    *number = 1;
    if (*vw->at != ':') return true;
    char *text = vw->at + 1;
    vw->at = text + strcspn(text, "| \t\r\n\v\f");
    char end = *vw->at;
    *vw->at = '\0';
    bool good = *size > 0 ? read_finite(vw_place(vw, vw->item), "a number behind the colon", text, number)
                          : place_error(vw_place(vw, vw->item), "a name in front of the colon was expected");
    *vw->at = end;
    return good;
}

/* Behind a |. */
static inline bool begin_vw_namespace(struct vw_file *vw) {
    const char *name = vw->at;
    size_t      size;
    if (!read_vw_word(vw, &vw->factor, &size)) return false;
    vw->seed = hash_name(name, size, 0);
    return true;
}

static inline bool add_vw_feature(struct vw_file *vw) {
    const char *name = vw->at;
    size_t      size;
    double      value;
    if (!read_vw_word(vw, &value, &size)) return false;
    uint32_t hash = hash_name(name, size, vw->seed) & ((UINT32_C(1) << vw->hash_bits) - 1);
    value *= vw->factor;
    if (!isfinite(value)) return place_error(vw_place(vw, vw->item), "a value was expected, and this one is too large");
    return add_to_row(&vw->row, vw_place(vw, vw->item), hash, value);
}

static inline bool read_vw_features(struct vw_file *vw) {
    for (;;) {
        if (is_blank(*vw->at)) {
            vw->at += strspn(vw->at, blanks);
            vw->item++;
        }
        if (*vw->at == '\0') return true;
        if (*vw->at == '|') {
            vw->at++;
            if (!begin_vw_namespace(vw)) return false;
        } else if (!add_vw_feature(vw)) {
            return false;
        }
    }
}

/* ---- the row ---- */

static inline int compare_keys(const void *left, const void *right) {
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static inline bool make_room_to_sort(struct vw_file *vw) {
    const size_t room = vw->row.capacity;
    if (vw->room == room) return true;
    uint64_t *keys = room <= UINT32_MAX ? realloc(vw->keys, room * sizeof *keys) : NULL;
    if (keys != NULL) vw->keys = keys;
    double *values = room <= UINT32_MAX ? realloc(vw->other_values, room * sizeof *values) : NULL;
    if (values != NULL) vw->other_values = values;
    if (keys == NULL || values == NULL) return place_error(vw_place(vw, 0), "out of memory for the line");
    vw->room = room;
    return true;
}

/* Makes the indices ascend, and one feature of those with the same index: its values are added in their order. */
static inline bool sort_vw_row(struct vw_file *vw) {
    struct sparse_row *row = &vw->row;
    const size_t       count = row->count;
    if (!make_room_to_sort(vw)) return false;
    for (size_t i = 0; i < count; i++) vw->keys[i] = (uint64_t)row->indices[i] << 32 | i;
    if (count > 1) qsort(vw->keys, count, sizeof *vw->keys, compare_keys);
    row->count = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t index = (uint32_t)(vw->keys[i] >> 32);
        const double   value = row->values[(uint32_t)vw->keys[i]];
        if (row->count > 0 && row->indices[row->count - 1] == index) {
            double *sum = &vw->other_values[row->count - 1];
            if (!isfinite(*sum += value))
                return place_error(vw_place(vw, 0), "the sum of the values of one feature is too large");
            continue;
        }
        row->indices[row->count] = index;
        vw->other_values[row->count++] = value;
    }
    double *values = row->values;
    row->values = vw->other_values;
    vw->other_values = values;
    return true;
}

/* 1 and the next sample, 0 at the end of the file, -1 after a failure. Empty lines are skipped. */
static inline int read_vw_sample(struct vw_file *vw) {
    for (;;) {
        int found = read_line(vw->input, &vw->text);
        if (found != 1) return found;
        char *text = vw->text.text, *bar = strchr(text, '|');
        if (text[strspn(text, blanks)] == '\0') continue;
        if (bar == NULL) return place_error(vw_place(vw, 0), "a | in front of the features was expected"), -1;
        vw->row.count = 0;
        if (!read_vw_head(vw, bar)) return -1;
        vw->at = bar + 1;
        return begin_vw_namespace(vw) && read_vw_features(vw) && sort_vw_row(vw) ? 1 : -1;
    }
}

#endif
