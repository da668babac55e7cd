/*
 * Writes a matrix of floats as a NumPy .npy file (format version 1.0): numpy.load() reads it, and so can any program
 * that skips the first 128 bytes, after which come the numbers, row by row, in the byte order of the machine.
 */
#ifndef NPY_FILE_H
#define NPY_FILE_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NPY_HEADER_SIZE = 128 };

/* A file that takes its place under its name only when it is complete: a full disk leaves no half file. */
struct new_file {
    const char *path;      /* where it is to be */
    char       *temporary; /* where it is until then; NULL for a device or a pipe, which is written to directly */
    FILE       *stream;
};

static bool new_file_error(struct new_file *file, const char *action) {
    fprintf(stderr, "%s: cannot %s: %s\n", file->path, action, strerror(errno));
    if (file->stream != NULL) fclose(file->stream);
    if (file->temporary != NULL) unlink(file->temporary);
    free(file->temporary);
    return false;
}

static bool open_new_file(const char *path, struct new_file *file) {
    struct stat status;
    *file = (struct new_file){path, NULL, NULL};
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        file->stream = fopen(path, "wb");
        return file->stream != NULL || new_file_error(file, "open");
    }
    size_t size = strlen(path) + sizeof ".18446744073709551615.partial";
    char *temporary = malloc(size);
    if (temporary == NULL) return new_file_error(file, "open");
    snprintf(temporary, size, "%s.%ju.partial", path, (uintmax_t)getpid());
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        free(temporary); /* another process's file, if any: not ours to remove */
        return new_file_error(file, "create a file beside it");
    }
    file->temporary = temporary;
    file->stream = fdopen(descriptor, "wb");
    if (file->stream == NULL) close(descriptor);
    return file->stream != NULL || new_file_error(file, "open");
}

static bool finish_new_file(struct new_file *file) {
    FILE *stream = file->stream;
    file->stream = NULL;
    if (fclose(stream) != 0) return new_file_error(file, "write");
    if (file->temporary != NULL && rename(file->temporary, file->path) != 0) return new_file_error(file, "rename");
    free(file->temporary);
    return true;
}

/* Tells before a long computation whether its result could be saved. */
static bool check_that_npy_can_be_saved(const char *path) {
    struct new_file file;
    if (!open_new_file(path, &file)) return false;
    fclose(file.stream);
    if (file.temporary != NULL) unlink(file.temporary);
    free(file.temporary);
    return true;
}

/* The matrix of rows * columns floats, the last row given apart from the others. */
static bool save_npy(const char *path, const float *rows_but_the_last, const float *last_row, size_t rows,
                     size_t columns) {
    enum { TEXT_SIZE = NPY_HEADER_SIZE - 10 };
    const uint16_t  one = 1;
    const char      byte_order = *(const unsigned char *)&one == 1 ? '<' : '>';
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
