/*
 * A file that takes its place under its name only when it is complete: a full disk leaves no half file. A function that
 * returns false has said on stderr which file it was and what went wrong. The file that includes this one defines
 * _POSIX_C_SOURCE as 200809L before its first #include.
 */
#ifndef NEW_FILE_H
#define NEW_FILE_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct new_file {
    const char *path;      /* where it is to be */
    char       *temporary; /* where it is until then; NULL for a device or a pipe, which is written to directly */
    FILE       *stream;
};

static inline bool new_file_error(struct new_file *file, const char *action) {
    fprintf(stderr, "%s: cannot %s: %s\n", file->path, action, strerror(errno));
    if (file->stream != NULL) fclose(file->stream);
    if (file->temporary != NULL) unlink(file->temporary);
    free(file->temporary);
    return false;
}

static inline bool open_new_file(const char *path, struct new_file *file) {
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

static inline bool finish_new_file(struct new_file *file) {
    FILE *stream = file->stream;
    file->stream = NULL;
    if (fclose(stream) != 0) return new_file_error(file, "write");
    if (file->temporary != NULL && rename(file->temporary, file->path) != 0) return new_file_error(file, "rename");
    free(file->temporary);
    return true;
}

/* Tells before a long computation whether its result could be saved there. */
static inline bool check_that_file_can_be_made(const char *path) {
    struct new_file file;
    if (!open_new_file(path, &file)) return false;
    fclose(file.stream);
    if (file.temporary != NULL) unlink(file.temporary);
    free(file.temporary);
    return true;
}

#endif
