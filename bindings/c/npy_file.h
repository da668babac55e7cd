/*
 * NumPy's .npy files. Written are matrices of floats (format version 1.0): numpy.load() reads them, and so can any
 * program that skips the first 128 bytes, after which come the numbers, row by row, in the byte order of the machine.
 * Read are arrays of one or two dimensions, of any type of real numbers and byte order, as a whole or a part at a time.
 */
#ifndef NPY_FILE_H
#define NPY_FILE_H

#include "input_file.h"
#include "new_file.h"

enum { NPY_HEADER_SIZE = 128, NPY_LONGEST_HEADER = 65536 };

struct npy_header {
    char   kind;  /* 'f' for floating-point numbers, 'i' and 'u' for whole ones */
    size_t bytes; /* of a number: 1, 2, 4 or 8 */
    bool   is_swapped, is_matrix;
    size_t rows, columns; /* 1 column unless it is a matrix */
};

static inline bool is_little_endian(void) {
    const uint16_t one = 1;
    return *(const unsigned char *)&one == 1;
}

/* ---- reading ---- */

/* Behind `'key': ` in the text of a header, or NULL. */
static inline const char *npy_value(const char *text, const char *key) {
    char quoted[32];
    snprintf(quoted, sizeof quoted, "'%s'", key);
    const char *at = strstr(text, quoted);
    if (at != NULL) at += strlen(quoted);
    if (at != NULL) at += strspn(at, " :");
    return at;
}

static inline bool read_npy_type(const char *path, const char *text, struct npy_header *header) {
    char order = 0, kind = 0, end = 0;
    const char *descr = npy_value(text, "descr");
    bool good = descr != NULL && sscanf(descr, "'%c%c%zu%c", &order, &kind, &header->bytes, &end) == 4 && end == '\'';
    if (good && kind == 'b') kind = 'u';
    size_t bytes = header->bytes;
    good = good && (order == '<' || order == '>' || order == '|' || order == '=') &&
           (kind == 'f' ? bytes == 4 || bytes == 8
                        : (kind == 'i' || kind == 'u') && (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8));
    if (!good && (descr == NULL || *descr != '\''))
        return file_error(path, "float32, float64 or whole numbers were expected, but the array's type is %s",
                          descr == NULL ? "missing" : "a structure");
    if (!good)
        return file_error(path, "float32, float64 or whole numbers were expected, but the array's type is '%.*s'",
                          (int)strcspn(descr + 1, "'"), descr + 1);
    header->kind = kind;
    header->is_swapped = bytes > 1 && (order == '<' || order == '>') && (order == '<') != is_little_endian();
    return true;
}

static inline bool read_npy_shape(const char *path, const char *text, struct npy_header *header) {
    const char *order = npy_value(text, "fortran_order"), *shape = npy_value(text, "shape");
    if (order == NULL || shape == NULL || *shape != '(') return file_error(path, "the header of the array is damaged");
    size_t lengths[3], count = 0;
    const char *all = ++shape;
    for (; count < 3; count++) {
        char *end;
        errno = 0;
        shape += strspn(shape, " ,");
        if (*shape < '0' || *shape > '9') break;
        uintmax_t length = strtoumax(shape, &end, 10);
        if (errno != 0 || length == 0 || length > SIZE_MAX / 8)
            return file_error(path, "an array with at least one number was expected, not one of shape (%.*s)",
                              (int)strcspn(all, ")"), all);
        lengths[count] = (size_t)length;
        shape = end;
    }
    if (count < 1 || count > 2) return file_error(path, "an array of one or two dimensions was expected");
    header->is_matrix = count == 2;
    header->rows = lengths[0];
    header->columns = count == 2 ? lengths[1] : 1;
    if (header->rows > SIZE_MAX / 8 / header->columns)
        return file_error(path, "altered: %zu rows of %zu columns cannot be", header->rows, header->columns);
    if (header->is_matrix && strncmp(order, "False", 5) != 0)
        return file_error(path, "an array in C order was expected (numpy.ascontiguousarray makes one)");
    return true;
}

/* Reads the header; the numbers follow in the file. */
static inline bool read_npy_header(struct input_file *input, struct npy_header *header) {
    unsigned char start[12];
    size_t length = 0, size = 10;
    if (fread(start, 1, 10, input->stream) != 10 || memcmp(start, "\x93NUMPY", 6) != 0 || start[6] < 1 || start[6] > 3)
        return file_error(input->path, "not a .npy file: it should start with \\x93NUMPY and the version 1, 2 or 3");
    if (start[6] > 1) size += fread(start + 10, 1, 2, input->stream);
    for (size_t i = size; i-- > 8; ) length = length << 8 | start[i];
    char *text = length < NPY_LONGEST_HEADER ? malloc(length + 1) : NULL;
    bool  good = text != NULL && fread(text, 1, length, input->stream) == length;
    if (!good) file_error(input->path, "truncated or altered: its header alone should have %zu bytes", length);
    if (good) text[length] = '\0';
    good = good && read_npy_type(input->path, text, header) && read_npy_shape(input->path, text, header);
    free(text);
    return good;
}

/* The next `rows` rows, which follow `done` of them. */
static inline bool read_npy_rows(struct input_file *input, const struct npy_header *header, size_t done, size_t rows,
                          void *numbers) {
    size_t count = rows * header->columns, bytes = header->bytes, found = fread(numbers, bytes, count, input->stream);
    if (found < count)
        return file_error(input->path, "truncated: %zu rows of %zu numbers were expected, but it ends in row %zu",
                          header->rows, header->columns, done + found / header->columns + 1);
    for (unsigned char *at = numbers; header->is_swapped && count > 0; count--, at += bytes)
        for (size_t i = 0; i < bytes / 2; i++) {
            unsigned char byte = at[i];
            at[i] = at[bytes - 1 - i];
            at[bytes - 1 - i] = byte;
        }
    return true;
}

/* All numbers, to be freed even after a failure, of a file that must then be at its end. */
static inline bool read_npy(const char *path, struct npy_header *header, void **numbers) {
    struct input_file input;
    if (!open_input(path, &input)) return false;
    bool good = read_npy_header(&input, header);
    if (good) {
        *numbers = malloc(header->rows * header->columns * header->bytes);
        good = *numbers != NULL || file_error(path, "out of memory for %zu x %zu numbers", header->rows,
                                              header->columns);
    }
    good = good && read_npy_rows(&input, header, 0, header->rows, *numbers);
    if (good && getc(input.stream) != EOF) good = file_error(path, "altered: bytes follow the last number");
    return close_input(&input, good);
}

/* The number at an index, as a double. */
static inline double npy_number(const struct npy_header *header, const void *numbers, size_t index) {
    const unsigned char *at = (const unsigned char *)numbers + index * header->bytes;
    uint64_t bits = 0;
    float    single;
    double   wide;
    if (header->kind == 'f' && header->bytes == 4) return memcpy(&single, at, 4), (double)single;
    if (header->kind == 'f') return memcpy(&wide, at, 8), wide;
    for (size_t i = 0; i < header->bytes; i++)
        bits |= (uint64_t)at[is_little_endian() ? i : header->bytes - 1 - i] << 8 * i;
    if (header->kind == 'u') return (double)bits;
    uint64_t sign = UINT64_C(1) << (8 * header->bytes - 1);
    return (bits & sign) != 0 ? -(double)(sign - (bits ^ sign)) : (double)bits;
}

/* ---- writing ---- */

/* The matrix of rows * columns floats, the last row given apart from the others. */
static inline bool save_npy(const char *path, const float *rows_but_the_last, const float *last_row, size_t rows,
                     size_t columns) {
    enum { TEXT_SIZE = NPY_HEADER_SIZE - 10 };
    const char      byte_order = is_little_endian() ? '<' : '>';
    char            text[TEXT_SIZE], header[NPY_HEADER_SIZE + 1];
    struct new_file file;

    snprintf(text, sizeof text, "{'descr': '%cf4', 'fortran_order': False, 'shape': (%zu, %zu), }", byte_order, rows,
             columns);
    snprintf(header, sizeof header, "\x93NUMPY%c%c%c%c%-*s\n", 1, 0, TEXT_SIZE, 0, TEXT_SIZE - 1, text);

    if (!open_new_file(path, &file)) return false;
    if (fwrite(header, NPY_HEADER_SIZE, 1, file.stream) != 1 ||
        fwrite(rows_but_the_last, columns * sizeof(float), rows - 1, file.stream) != rows - 1 ||
        fwrite(last_row, columns * sizeof(float), 1, file.stream) != 1)
        return new_file_error(&file, "write");
    return finish_new_file(&file);
}

#endif
