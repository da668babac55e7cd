/*
 * A reader of CSV files that hands out one record at a time, as RFC 4180 has them: fields between commas, quoted where
 * they hold commas, quotes (doubled) or line ends; lines end with LF or CRLF. Empty lines and a byte order mark are
 * skipped.
 */
#ifndef CSV_FILE_H
#define CSV_FILE_H

#include "input_file.h"

/* `struct csv_file csv = {.input = &input};` begins to read an open file; end with free_csv(). */
struct csv_file {
    struct input_file *input;
    size_t             line;  /* in which the record begins, from 1 */
    size_t             count; /* of its fields */
    /* Behind these: */
    size_t  lines_read, capacity, size, field_capacity, *starts;
    char   *text;
};

static inline void free_csv(struct csv_file *csv) {
    free(csv->text);
    free(csv->starts);
}

/* A field of the present record, valid until the next one is read. */
static inline char *csv_field(const struct csv_file *csv, size_t field) { return csv->text + csv->starts[field]; }

static inline struct place csv_place(const struct csv_file *csv, size_t column, const char *name) {
    return (struct place){csv->input->path, csv->line, column, name, NULL};
}

static inline bool csv_memory_error(const struct csv_file *csv) {
    return place_error(csv_place(csv, 0, NULL), "out of memory for the line");
}

static inline bool add_csv_byte(struct csv_file *csv, int byte) {
    if (csv->size == csv->capacity) {
        size_t capacity = csv->capacity == 0 ? 4096 : 2 * csv->capacity;
        char  *text = realloc(csv->text, capacity);
        if (text == NULL) return csv_memory_error(csv);
        csv->text = text;
        csv->capacity = capacity;
    }
    csv->text[csv->size++] = (char)byte;
    return true;
}

static inline bool begin_csv_field(struct csv_file *csv) {
    if (csv->count == csv->field_capacity) {
        size_t  capacity = csv->field_capacity == 0 ? 64 : 2 * csv->field_capacity;
        size_t *starts = realloc(csv->starts, capacity * sizeof *starts);
        if (starts == NULL) return csv_memory_error(csv);
        csv->starts = starts;
        csv->field_capacity = capacity;
    }
    csv->starts[csv->count++] = csv->size;
    return true;
}

/* The next byte; LF for CRLF. */
static inline int next_csv_byte(struct csv_file *csv) {
    int byte = getc_unlocked(csv->input->stream);
    if (byte == '\r') {
        int next = getc_unlocked(csv->input->stream);
        if (next == '\n') byte = next;
        else ungetc(next, csv->input->stream);
    }
    csv->lines_read += byte == '\n';
    return byte;
}

/* The rest of a field behind its opening quote; *byte becomes what comes after the closing one. */
static inline bool read_quoted(struct csv_file *csv, int *byte) {
    for (;;) {
        *byte = next_csv_byte(csv);
        if (*byte == EOF || *byte == '\0')
            return place_error(csv_place(csv, csv->count, NULL),
                               "the quoted field that begins here has no closing quote");
        if (*byte == '"') {
            *byte = next_csv_byte(csv);
            if (*byte != '"') break;
        }
        if (!add_csv_byte(csv, *byte)) return false;
    }
    if (*byte == ',' || *byte == '\n' || *byte == EOF) return true;
    return place_error(csv_place(csv, csv->count, NULL),
                       "a comma or the end of the line was expected behind the closing quote, not byte %02x",
                       (unsigned)*byte);
}

/* Reads a field of which the first byte is given, and leaves there what ended it. */
static inline bool read_csv_field(struct csv_file *csv, int *byte) {
    if (!begin_csv_field(csv)) return false;
    if (*byte == '"') {
        if (!read_quoted(csv, byte)) return false;
    } else {
        for (; *byte != ',' && *byte != '\n' && *byte != EOF; *byte = next_csv_byte(csv)) {
            if (*byte == '\0')
                return place_error(csv_place(csv, csv->count, NULL), "text was expected, but there is a byte 00");
            if (!add_csv_byte(csv, *byte)) return false;
        }
    }
    return add_csv_byte(csv, '\0');
}

static inline int first_csv_byte(struct csv_file *csv) {
    int byte = next_csv_byte(csv);
    if (csv->lines_read == 0 && csv->line == 0 && byte == 0xef) {
        static const char rest[] = "\xbb\xbf";
        for (size_t i = 0; i < 2 && byte != EOF; i++) byte = next_csv_byte(csv) == (unsigned char)rest[i] ? byte : EOF;
        if (byte != EOF) byte = next_csv_byte(csv);
    }
    while (byte == '\n') byte = next_csv_byte(csv);
    return byte;
}

/* 1 and the next record, 0 at the end of the file, -1 after a failure. */
static inline int read_csv_record(struct csv_file *csv) {
    int byte = first_csv_byte(csv);
    if (byte == EOF) return 0;
    csv->line = csv->lines_read + 1;
    csv->count = csv->size = 0;
    for (;;) {
        if (!read_csv_field(csv, &byte)) return -1;
        if (byte != ',') return 1;
        byte = next_csv_byte(csv);
    }
}

#endif
