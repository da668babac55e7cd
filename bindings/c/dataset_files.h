/*
 * Labelled samples of unsigned bytes from files, plain or compressed with gzip, in two formats:
 *
 *   idx       MNIST and Fashion-MNIST: a file of images (any number of dimensions from 2 on) and a file of labels
 *   CIFAR-10  the binary version: files of records of 1 label byte and 3072 bytes of image
 *
 * Compressed files are read through the program gzip, so that nothing but the C library is linked. A function that
 * returns false has said on stderr which file it was and what was expected of it. The file that includes this one
 * defines _POSIX_C_SOURCE as 200809L before its first #include.
 */
#ifndef DATASET_FILES_H
#define DATASET_FILES_H

#include <errno.h>
#include <fcntl.h>
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

struct file_list {
    char **paths;
    size_t count;
};

/* The files of a training or a test set. Without files of labels, those of the images are CIFAR-10 batches. */
struct set_files {
    struct file_list images, labels;
};

struct sample_set {
    unsigned char *features; /* count * dimension */
    int32_t       *labels;   /* count, each from 0 to 255 */
    size_t         count, dimension;
};

struct file_content {
    unsigned char *bytes;
    size_t         size;
};

static bool file_error(const char *path, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", path);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return false;
}

/* ---- lists of files ---- */

static void free_file_list(struct file_list *list) {
    for (size_t i = 0; i < list->count; i++) free(list->paths[i]);
    free(list->paths);
    *list = (struct file_list){NULL, 0};
}

/* Adds a path that malloc() has made, and which the list then owns; NULL is a malloc() that failed. */
static bool add_path(struct file_list *list, char *path) {
    char **paths = path != NULL ? realloc(list->paths, (list->count + 1) * sizeof *paths) : NULL;
    if (paths == NULL) {
        free(path);
        fputs("out of memory for the names of the files\n", stderr);
        return false;
    }
    list->paths = paths;
    list->paths[list->count++] = path;
    return true;
}

/* Adds directory/name.gz, or directory/name if there is none. */
static bool add_file(struct file_list *list, const char *directory, const char *name) {
    size_t size = strlen(directory) + strlen(name) + sizeof "/.gz";
    char  *path = malloc(size);
    if (path != NULL) {
        snprintf(path, size, "%s/%s.gz", directory, name);
        if (access(path, F_OK) != 0) snprintf(path, size, "%s/%s", directory, name);
    }
    return add_path(list, path);
}

/* The files of CIFAR-10 if its first batch is in the directory, otherwise those of MNIST, there or not. */
static bool find_data_set(const char *directory, struct set_files *train, struct set_files *test) {
    static const char *const later_batches[] = {"data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                                                "data_batch_5.bin"};
    if (!add_file(&train->images, directory, "data_batch_1.bin")) return false;
    if (access(train->images.paths[0], F_OK) != 0) {
        free_file_list(&train->images);
        return add_file(&train->images, directory, "train-images-idx3-ubyte") &&
               add_file(&train->labels, directory, "train-labels-idx1-ubyte") &&
               add_file(&test->images, directory, "t10k-images-idx3-ubyte") &&
               add_file(&test->labels, directory, "t10k-labels-idx1-ubyte");
    }
    for (size_t i = 0; i < sizeof later_batches / sizeof *later_batches; i++)
        if (!add_file(&train->images, directory, later_batches[i])) return false;
    return add_file(&test->images, directory, "test_batch.bin");
}

/* ---- bytes ---- */

static bool read_to_the_end(const char *path, int descriptor, struct file_content *content) {
    size_t capacity = 0;
    for (;;) {
        if (content->size == capacity) {
            capacity = capacity == 0 ? 1 << 16 : 2 * capacity;
            unsigned char *bytes = capacity > content->size ? realloc(content->bytes, capacity) : NULL;
            if (bytes == NULL) return file_error(path, "out of memory after %zu bytes", content->size);
            content->bytes = bytes;
        }
        ssize_t count = read(descriptor, content->bytes + content->size, capacity - content->size);
        if (count == 0) return true;
        if (count < 0) return file_error(path, "cannot read: %s", strerror(errno));
        content->size += (size_t)count;
    }
}

/* Starts `gzip -dc` on the compressed file; *output becomes the descriptor to read what it writes. */
static bool start_gzip(const char *path, int compressed, pid_t *process, int *output) {
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

static bool read_compressed(const char *path, int compressed, struct file_content *content) {
    pid_t process = -1;
    int   output = -1, status;
    if (!start_gzip(path, compressed, &process, &output)) return false;
    bool complete = read_to_the_end(path, output, content);
    close(output);
    if (waitpid(process, &status, 0) != process) return file_error(path, "gzip got lost: %s", strerror(errno));
    if (!complete) return false;
    if (WIFSIGNALED(status)) return file_error(path, "gzip was ended by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return file_error(path, "truncated or altered: gzip ended with status %d", WEXITSTATUS(status));
    return true;
}

/* The whole file, decompressed if it starts like a gzip file. *content is to be freed even after a failure. */
static bool read_file(const char *path, struct file_content *content) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return file_error(path, "cannot open: %s", strerror(errno));
    unsigned char magic[2];
    bool is_compressed = pread(descriptor, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
    bool complete = is_compressed ? read_compressed(path, descriptor, content)
                                  : read_to_the_end(path, descriptor, content);
    close(descriptor);
    return complete;
}

/* ---- idx ---- */

/* The number of items and of bytes in one, from an idx header: two zero bytes, the type (8: unsigned byte), the number
 * of dimensions, and each dimension as a big-endian 32-bit number. Then the header is removed from the content. */
static bool remove_idx_header(const char *path, struct file_content *content, int least_dimensions, size_t *items,
                              size_t *item_size) {
    const unsigned char *bytes = content->bytes;
    if (content->size < 4 || bytes[0] != 0 || bytes[1] != 0 || bytes[2] != 8 || bytes[3] < least_dimensions)
        return file_error(path, "not an idx file of unsigned bytes with %d or more dimensions: it should start with "
                                "00 00 08 and their number", least_dimensions);
    size_t header = 4 + 4 * (size_t)bytes[3], product = 1;
    if (content->size < header)
        return file_error(path, "truncated: %zu bytes, but its header alone has %zu", content->size, header);
    for (size_t at = 4; at < header; at += 4) {
        size_t length = 0;
        for (size_t i = 0; i < 4; i++) length = length << 8 | bytes[at + i];
        if (length == 0 || length > SIZE_MAX / product)
            return file_error(path, "altered: dimension %zu in its header is %zu", at / 4, length);
        if (at == 4) *items = length;
        product *= length;
    }
    *item_size = product / *items;
    if (content->size - header != product)
        return file_error(path, "truncated or altered: %zu bytes after the header, which promises %zu items of %zu",
                          content->size - header, *items, *item_size);
    content->size = product;
    memmove(content->bytes, content->bytes + header, product);
    return true;
}

static bool read_idx_labels(const char *path, const char *images_path, struct sample_set *set) {
    struct file_content content = {NULL, 0};
    size_t items, item_size;
    bool   complete = read_file(path, &content) && remove_idx_header(path, &content, 1, &items, &item_size);
    if (complete && (items != set->count || item_size != 1))
        complete = file_error(path, "%zu items of %zu bytes, but %s needs %zu labels of 1 byte", items, item_size,
                              images_path, set->count);
    if (complete) {
        set->labels = set->count <= SIZE_MAX / sizeof *set->labels ? malloc(set->count * sizeof *set->labels) : NULL;
        if (set->labels == NULL) complete = file_error(path, "out of memory for %zu labels", set->count);
    }
    for (size_t i = 0; complete && i < set->count; i++) set->labels[i] = content.bytes[i];
    free(content.bytes);
    return complete;
}

static bool read_idx_set(const char *images, const char *labels, struct sample_set *set) {
    struct file_content content = {NULL, 0};
    bool complete = read_file(images, &content) &&
                    remove_idx_header(images, &content, 2, &set->count, &set->dimension);
    set->features = content.bytes;
    return complete && read_idx_labels(labels, images, set);
}

/* ---- CIFAR-10 ---- */

enum { CIFAR_CLASSES = 10, CIFAR_FEATURES = 3072, CIFAR_RECORD = 1 + CIFAR_FEATURES };

static bool check_cifar_records(const char *path, const struct file_content *content) {
    if (content->size == 0 || content->size % CIFAR_RECORD != 0)
        return file_error(path, "%zu bytes are not a whole number of CIFAR-10 records of %d (and idx images need "
                                "a file of labels)", content->size, CIFAR_RECORD);
    for (size_t at = 0; at < content->size; at += CIFAR_RECORD)
        if (content->bytes[at] >= CIFAR_CLASSES)
            return file_error(path, "altered: label %d in record %zu; those of CIFAR-10 are below %d",
                              content->bytes[at], at / CIFAR_RECORD, CIFAR_CLASSES);
    return true;
}

static bool append_cifar_records(const char *path, const struct file_content *content, struct sample_set *set) {
    /* Neither size can overflow: the content is in memory, and the set is not larger than contents that were. */
    size_t count = set->count + content->size / CIFAR_RECORD;
    unsigned char *features = realloc(set->features, count * CIFAR_FEATURES);
    if (features != NULL) set->features = features;
    int32_t *labels = realloc(set->labels, count * sizeof *labels);
    if (labels != NULL) set->labels = labels;
    if (features == NULL || labels == NULL) return file_error(path, "out of memory for %zu samples", count);

    const unsigned char *record = content->bytes;
    for (; set->count < count; set->count++, record += CIFAR_RECORD) {
        labels[set->count] = record[0];
        memcpy(features + set->count * CIFAR_FEATURES, record + 1, CIFAR_FEATURES);
    }
    return true;
}

static bool read_cifar_set(const struct file_list *batches, struct sample_set *set) {
    bool complete = true;
    set->dimension = CIFAR_FEATURES;
    for (size_t i = 0; complete && i < batches->count; i++) {
        struct file_content content = {NULL, 0};
        complete = read_file(batches->paths[i], &content) && check_cifar_records(batches->paths[i], &content) &&
                   append_cifar_records(batches->paths[i], &content, set);
        free(content.bytes);
    }
    return complete;
}

/* ---- either ---- */

/* *set, zero before, is to be freed even after a failure. */
static bool read_sample_set(const struct set_files *files, struct sample_set *set) {
    if (files->labels.count == 0) return read_cifar_set(&files->images, set);
    return read_idx_set(files->images.paths[0], files->labels.paths[0], set);
}

static void free_sample_set(struct sample_set *set) {
    free(set->features);
    free(set->labels);
    *set = (struct sample_set){NULL, NULL, 0, 0};
}

#endif
