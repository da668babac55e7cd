/*
 * Files to read, plain or compressed with gzip, as streams or as a whole, and messages that name the place in them.
 *
 * Compressed files are read through the program gzip, so that nothing but the C library is linked. A function that
 * returns false has said on stderr which file it was and what was expected of it. The file that includes this one
 * defines _POSIX_C_SOURCE as 200809L before its first #include.
 */
#ifndef INPUT_FILE_H
#define INPUT_FILE_H

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Texts of one's own: names of files, of columns, of classes. */
struct text_list {
    char **texts;
    size_t count;
};

struct input_file {
    const char *path;
    FILE       *stream;
    pid_t       gzip; /* the process that decompresses it; 0 if it is plain */
};

struct file_content {
    unsigned char *bytes;
    size_t         size;
};

/* Where in a file something is wrong; lines and columns count from 1, and 0 stands for the line or file as a whole. */
struct place {
    const char *path;
    size_t      line, column;
    const char *name; /* of the column, or NULL */
    const char *unit; /* what is called a line here, if it is none: "row" of an array; or NULL */
};

/* ---- messages ---- */

static inline bool file_error(const char *path, const char *format, ...) {
    char    text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s: %s\n", path, text); /* in one piece: other processes may write there too */
    return false;
}

/* What was found, fit to print: the first bytes, and a question mark for each that is not printable ASCII. */
static inline const char *shown(const char *text, char buffer[48]) {
    size_t length = 0;
    for (; length < 40 && text[length] != '\0'; length++)
        buffer[length] = (char)(text[length] >= ' ' && text[length] <= '~' ? text[length] : '?');
    strcpy(buffer + length, text[length] != '\0' ? "..." : "");
    return buffer;
}

static inline bool place_error(struct place place, const char *format, ...) {
    char    buffer[48];
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", place.path);
    if (place.line > 0) fprintf(stderr, "%s %zu", place.unit != NULL ? place.unit : "line", place.line);
    if (place.column > 0) fprintf(stderr, ", column %zu", place.column);
    if (place.name != NULL) fprintf(stderr, " (%s)", shown(place.name, buffer));
    if (place.line > 0) fputs(": ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return false;
}

/* A finite number, perhaps between blanks. `what` it is goes into the message. */
static inline bool read_finite(struct place place, const char *what, const char *text, double *number) {
    char buffer[48], *end;
    errno = 0;
    *number = strtod(text, &end);
    bool too_large = errno == ERANGE && (*number > 1 || *number < -1);
    bool found = end != text;
    while (isspace((unsigned char)*end)) end++;
    if (!found && *end == '\0') return place_error(place, "%s was expected, but there is nothing", what);
    if (!found || *end != '\0') return place_error(place, "%s was expected, not \"%s\"", what, shown(text, buffer));
    if (too_large) return place_error(place, "%s was expected, and %s is too large", what, shown(text, buffer));
    return isfinite(*number) || place_error(place, "%s was expected, and %s is not finite", what, shown(text, buffer));
}

/* ---- lists of texts ---- */

static inline void free_texts(struct text_list *list) {
    for (size_t i = 0; i < list->count; i++) free(list->texts[i]);
    free(list->texts);
    *list = (struct text_list){NULL, 0};
}

/* Adds a text that malloc() has made, and which the list then owns; NULL is a malloc() that failed. */
static inline bool add_text(struct text_list *list, char *text) {
    char **texts = text != NULL ? realloc(list->texts, (list->count + 1) * sizeof *texts) : NULL;
    if (texts == NULL) {
        free(text);
        fputs("out of memory for names\n", stderr);
        return false;
    }
    list->texts = texts;
    list->texts[list->count++] = text;
    return true;
}

/* Its index, or the list's count. */
static inline size_t find_text(const struct text_list *list, const char *text) {
    size_t i = 0;
    while (i < list->count && strcmp(list->texts[i], text) != 0) i++;
    return i;
}

/* ---- opening and closing ---- */

/* Starts `gzip -dc` on the compressed file; *output becomes the descriptor to read what it writes. */
static inline bool start_gzip(const char *path, int compressed, pid_t *process, int *output) {
    char *const arguments[] = {(char[]){"gzip"}, (char[]){"-dc"}, NULL};
    int         ends[2], error;
    posix_spawn_file_actions_t actions;

    if (pipe(ends) != 0) return file_error(path, "no pipe to gzip: %s", strerror(errno));
    /* gzip must not inherit the pipe's ends, or its output would never come to an end. */
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);

    error = posix_spawn_file_actions_init(&actions);
    if (error == 0) {
        error = posix_spawn_file_actions_adddup2(&actions, compressed, STDIN_FILENO);
        if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        if (error == 0) error = posix_spawnp(process, arguments[0], &actions, NULL, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    close(ends[1]);
    *output = ends[0];
    if (error == 0) return true;
    close(ends[0]);
    return file_error(path, "compressed, and gzip could not be started: %s", strerror(error));
}

/* Opens a file, which is decompressed if it starts like a gzip file. Close it in any case after a success. */
static inline bool open_input(const char *path, struct input_file *input) {
    unsigned char magic[2];
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    *input = (struct input_file){path, NULL, 0};
    if (descriptor < 0) return file_error(path, "cannot open: %s", strerror(errno));
    if (pread(descriptor, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b) {
        int  output = -1;
        bool started = start_gzip(path, descriptor, &input->gzip, &output);
        close(descriptor);
        if (!started) return false;
        descriptor = output;
    }
    input->stream = fdopen(descriptor, "rb");
    if (input->stream == NULL) close(descriptor);
    return input->stream != NULL || file_error(path, "cannot open: %s", strerror(errno));
}

/* Whether the file was read without an error; it is not if the reading of what is in it was not `complete`. */
static inline bool close_input(struct input_file *input, bool complete) {
    int status = 0;
    if (complete && ferror(input->stream)) complete = file_error(input->path, "cannot read: %s", strerror(errno));
    fclose(input->stream);
    if (input->gzip == 0) return complete;
    if (waitpid(input->gzip, &status, 0) != input->gzip)
        return file_error(input->path, "gzip got lost: %s", strerror(errno));
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        return file_error(input->path, "truncated or altered: gzip ended with status %d", WEXITSTATUS(status));
    if (!complete) return false; /* and that may have been the end of gzip */
    return WIFEXITED(status) || file_error(input->path, "gzip was ended by signal %d", WTERMSIG(status));
}

/* ---- lines ---- */

/* `struct text_line line = {.text = NULL};` before the first; end with free(line.text). */
struct text_line {
    char  *text;     /* ends with a zero, and perhaps with the characters of a line's end before it */
    size_t capacity;
    size_t number;   /* from 1 */
};

static const char blanks[] = " \t\r\n\v\f";

static inline bool is_blank(char character) { return character != '\0' && strchr(blanks, character) != NULL; }

/* 1 and the next line, 0 at the end of the file, -1 after a failure. */
static inline int read_line(struct input_file *input, struct text_line *line) {
    ssize_t length = getline(&line->text, &line->capacity, input->stream);
    if (length < 0 && (feof(input->stream) || ferror(input->stream))) return 0;
    struct place place = {input->path, ++line->number, 0, NULL, NULL};
    if (length < 0) return place_error(place, "out of memory for the line"), -1;
    if (memchr(line->text, '\0', (size_t)length) != NULL)
        return place_error(place, "text was expected, but there is a byte 00"), -1;
    return 1;
}

/* ---- a file at once ---- */

static inline bool read_to_the_end(struct input_file *input, struct file_content *content) {
    size_t capacity = 0;
    for (;;) {
        if (content->size == capacity) {
            capacity = capacity == 0 ? 1 << 16 : 2 * capacity;
            unsigned char *bytes = capacity > content->size ? realloc(content->bytes, capacity) : NULL;
            if (bytes == NULL) return file_error(input->path, "out of memory after %zu bytes", content->size);
            content->bytes = bytes;
        }
        size_t count = fread(content->bytes + content->size, 1, capacity - content->size, input->stream);
        if (count == 0) return true;
        content->size += count;
    }
}

/* The whole file, decompressed. *content is to be freed even after a failure. */
static inline bool read_file(const char *path, struct file_content *content) {
    struct input_file input;
    if (!open_input(path, &input)) return false;
    return close_input(&input, read_to_the_end(&input, content));
}

#endif
