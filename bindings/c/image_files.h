/*
 * Labelled images of unsigned bytes from files, plain or compressed with gzip, in two formats:
 *
 *   idx       MNIST and Fashion-MNIST: a file of images (any number of dimensions from 2 on) and a file of labels
 *   CIFAR-10  the binary version: files of records of 1 label byte and 3072 bytes of image
 */
#ifndef IMAGE_FILES_H
#define IMAGE_FILES_H

#include "input_file.h"

/* What the files hold. */
struct image_set {
    unsigned char *features; /* count * dimension */
    int32_t       *labels;   /* count, each from 0 to 255 */
    size_t         count, dimension;
};

/* The files of a training or a test set. Without files of labels, those of the images are CIFAR-10 batches. */
struct set_files {
    struct text_list images, labels;
};

/* Adds directory/name.gz, or directory/name if there is none. */
static inline bool add_file(struct text_list *list, const char *directory, const char *name) {
    size_t size = strlen(directory) + strlen(name) + sizeof "/.gz";
    char  *path = malloc(size);
    if (path != NULL) {
        snprintf(path, size, "%s/%s.gz", directory, name);
        if (access(path, F_OK) != 0) snprintf(path, size, "%s/%s", directory, name);
    }
    return add_text(list, path);
}

/* The files of CIFAR-10 if its first batch is in the directory, otherwise those of MNIST, there or not. */
static inline bool find_data_set(const char *directory, struct set_files *train, struct set_files *test) {
    static const char *const later_batches[] = {"data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                                                "data_batch_5.bin"};
    if (!add_file(&train->images, directory, "data_batch_1.bin")) return false;
    if (access(train->images.texts[0], F_OK) != 0) {
        free_texts(&train->images);
        return add_file(&train->images, directory, "train-images-idx3-ubyte") &&
               add_file(&train->labels, directory, "train-labels-idx1-ubyte") &&
               add_file(&test->images, directory, "t10k-images-idx3-ubyte") &&
               add_file(&test->labels, directory, "t10k-labels-idx1-ubyte");
    }
    for (size_t i = 0; i < sizeof later_batches / sizeof *later_batches; i++)
        if (!add_file(&train->images, directory, later_batches[i])) return false;
    return add_file(&test->images, directory, "test_batch.bin");
}

/* ---- idx ---- */

/* The number of items and of bytes in one, from an idx header: two zero bytes, the type (8: unsigned byte), the number
 * of dimensions, and each dimension as a big-endian 32-bit number. Then the header is removed from the content. */
static inline bool remove_idx_header(const char *path, struct file_content *content, int least_dimensions,
                                     size_t *items, size_t *item_size) {
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

static inline bool read_idx_labels(const char *path, const char *images_path, struct image_set *set) {
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

static inline bool read_idx_set(const char *images, const char *labels, struct image_set *set) {
    struct file_content content = {NULL, 0};
    bool complete = read_file(images, &content) &&
                    remove_idx_header(images, &content, 2, &set->count, &set->dimension);
    set->features = content.bytes;
    return complete && (labels == NULL || read_idx_labels(labels, images, set));
}

/* ---- CIFAR-10 ---- */

enum { CIFAR_CLASSES = 10, CIFAR_FEATURES = 3072, CIFAR_RECORD = 1 + CIFAR_FEATURES };

static inline bool check_cifar_records(const char *path, const struct file_content *content) {
    if (content->size == 0 || content->size % CIFAR_RECORD != 0)
        return file_error(path, "%zu bytes are not a whole number of CIFAR-10 records of %d (idx images need a file "
                                "of labels, and names of other files end with .csv, .svm, .vw or .npy)", content->size,
                          CIFAR_RECORD);
    for (size_t at = 0; at < content->size; at += CIFAR_RECORD)
        if (content->bytes[at] >= CIFAR_CLASSES)
            return file_error(path, "altered: label %d in record %zu; those of CIFAR-10 are below %d",
                              content->bytes[at], at / CIFAR_RECORD, CIFAR_CLASSES);
    return true;
}

static inline bool append_cifar_records(const char *path, const struct file_content *content, struct image_set *set) {
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

static inline bool read_cifar_set(const struct text_list *batches, struct image_set *set) {
    bool complete = true;
    set->dimension = CIFAR_FEATURES;
    for (size_t i = 0; complete && i < batches->count; i++) {
        struct file_content content = {NULL, 0};
        complete = read_file(batches->texts[i], &content) && check_cifar_records(batches->texts[i], &content) &&
                   append_cifar_records(batches->texts[i], &content, set);
        free(content.bytes);
    }
    return complete;
}

/* ---- either ---- */

/* *set, zero before, is to be freed even after a failure. Only idx images without labels leave its labels NULL. */
static inline bool read_image_set(const struct set_files *files, bool is_unlabelled, struct image_set *set) {
    if (is_unlabelled && files->labels.count == 0 && strstr(files->images.texts[0], ".bin") == NULL)
        return read_idx_set(files->images.texts[0], NULL, set);
    if (files->labels.count == 0) return read_cifar_set(&files->images, set);
    return read_idx_set(files->images.texts[0], files->labels.texts[0], set);
}

static inline void free_image_set(struct image_set *set) {
    free(set->features);
    free(set->labels);
    *set = (struct image_set){NULL, NULL, 0, 0};
}

#endif
